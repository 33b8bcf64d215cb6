"""Words, neighbours of words and pieces of words as weighted counts, for linear coders.

A word's pieces never change, so they are looked up once per word and not once per text: what a
batch costs is its distinct words, a product of two sparse matrices, and nothing else.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from entregent.engine.voice.words import folded, plain, tokens_in, words_in

Hashes = NDArray[np.uint64]

_MOST_WORDS_KEPT = 200_000
_MIX = np.uint64(0x9E3779B97F4A7C15)
_WORD, _PAIR, _PIECE, _GAP = (np.uint64(salt << 56) for salt in (1, 2, 3, 4))
_LOW = np.uint64((1 << 56) - 1)


@dataclass(slots=True)
class WordFeatures:
    """A dictionary of features with their rarity, learned from examples.

    hashes: sorted, one per feature.  rarity: log inverse document frequency, the same length.
    """

    hashes: Hashes
    rarity: NDArray[np.float32]
    _met: "_MetWords" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._met = _MetWords(self._places)

    @property
    def size(self) -> int:
        return int(self.hashes.size)

    def matrix(self, texts: Sequence[str]) -> csr_matrix:
        """One row per text, of unit length unless nothing in the text is known."""
        owners, words = self._met.words_of(texts)
        places, sizes = self._met.pieces_of(words)
        row_of_pair, pairs = _pairs(owners, self._met.hashes_of(words))
        found = self._places(pairs)
        rows = np.concatenate([np.repeat(owners, sizes), row_of_pair[found >= 0]])
        columns = np.concatenate([places, found[found >= 0]])
        counts = csr_matrix(
            (np.ones(rows.size, np.float32), (rows, columns)), shape=(len(texts), self.size)
        )
        return self._weighted(counts)

    def _places(self, hashes: Hashes) -> NDArray[np.int64]:
        """Column of each hash, -1 where it is not known."""
        if not self.size:
            return np.full(hashes.size, -1)
        places = np.searchsorted(self.hashes, hashes)
        places[places == self.size] = 0
        return np.where(self.hashes[places] == hashes, places, -1)

    def _weighted(self, counts: csr_matrix) -> csr_matrix:
        counts.data = (1 + np.log(counts.data)) * self.rarity[counts.indices]
        rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        squares = np.bincount(rows, counts.data.astype(np.float64) ** 2, counts.shape[0])
        counts.data /= np.sqrt(squares)[rows].astype(np.float32)
        return counts


def learn_features(texts: Sequence[str], *, in_at_least: int = 2) -> WordFeatures:
    """The features that come in at least so many of the texts.

    >>> features = learn_features(["too slow", "so slow", "slow today"], in_at_least=3)
    >>> features.matrix(["slow", "fast"]).getnnz(axis=1).tolist()
    [10, 0]
    """
    everything = [_hashes_in(text) for text in texts]
    features, found_in = np.unique(
        np.concatenate(everything or [np.zeros(0, np.uint64)]), return_counts=True
    )
    kept = found_in >= in_at_least
    rarity = np.log((1 + len(texts)) / (1 + found_in[kept])) + 1
    return WordFeatures(features[kept], rarity.astype(np.float32))


def _hashes_in(text: str) -> Hashes:
    """Every feature of one text, once."""
    words = [folded(word) for word in words_in(text)]
    own = np.asarray([crc32(word.encode()) for word in words], np.uint64)
    _, pairs = _pairs(np.zeros(own.size, np.int64), own)
    return np.unique(np.concatenate([pairs, *(_word_hashes(word) for word in set(words))]))


class _MetWords:
    """Words met so far, each with its hash and the columns of its pieces."""

    def __init__(self, places: Callable[[Hashes], NDArray[np.int64]]) -> None:
        self._places = places
        self._forget()

    def _forget(self) -> None:
        self._rank: dict[str, int] = {}
        self._pieces: list[NDArray[np.int64]] = []
        self._hashes: list[int] = []

    def words_of(self, texts: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(row of the text, rank of the word) of every word, in order."""
        if len(self._rank) > _MOST_WORDS_KEPT:
            self._forget()
        rank, ranks, lengths = self._rank, [], []
        for text in texts:
            tokens = tokens_in(text)
            lengths.append(len(tokens))
            for token in tokens:
                known = rank.get(token)
                ranks.append(self._meet(token) if known is None else known)
        return np.repeat(np.arange(len(lengths)), lengths), np.asarray(ranks, np.int64)

    def _meet(self, token: str) -> int:
        self._rank[token] = met = len(self._rank)
        word = folded(plain(token))
        self._hashes.append(crc32(word.encode()))
        places = self._places(_word_hashes(word))
        self._pieces.append(places[places >= 0])
        return met

    def hashes_of(self, words: NDArray[np.int64]) -> Hashes:
        return np.asarray(self._hashes, np.uint64)[words]

    def pieces_of(self, words: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Columns of the pieces of every word one after another, and how many each word has."""
        if not words.size:
            return words, words
        pieces = [self._pieces[word] for word in words.tolist()]
        return np.concatenate(pieces), np.fromiter(map(len, pieces), np.int64, len(pieces))


def _pairs(owners: NDArray[np.int64], words: Hashes) -> tuple[NDArray[np.int64], Hashes]:
    """Words next to each other, and words with one between, with the text they stand in."""
    near = np.flatnonzero(owners[1:] == owners[:-1])
    far = np.flatnonzero(owners[2:] == owners[:-2])
    return (
        np.concatenate([owners[near], owners[far]]),
        np.concatenate(
            [
                _mixed(words[near], words[near + 1], _PAIR),
                _mixed(words[far], words[far + 2], _GAP),
            ]
        ),
    )


def _mixed(first: Hashes, second: Hashes, salt: np.uint64) -> Hashes:
    return (((first * _MIX) ^ (second + (first << np.uint64(6)))) & _LOW) | salt


def _word_hashes(word: str) -> Hashes:
    """The word itself, and runs of three to five letters of it with its edges marked."""
    edged = f"<{word}>"
    runs = {edged[i : i + n] for n in (3, 4, 5) for i in range(len(edged) - n + 1)}
    pieces = np.asarray([crc32(run.encode()) for run in sorted(runs)], np.uint64) | _PIECE
    return np.append(pieces, np.uint64(crc32(word.encode())) | _WORD)
