"""Words, neighbours of words and pieces of words as weighted counts, for linear coders.

A word's pieces never change, so they are looked up once per word and not once per text: what a
batch costs is its distinct words, a product of two sparse matrices, and nothing else.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, count
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from entregent.engine.voice.words import folded, plain, tokens_in, words_in

Hashes = NDArray[np.uint64]

_MOST_WORDS_KEPT = 200_000
_MIX = np.uint64(0x9E3779B97F4A7C15)
_WORD, _PAIR, _PIECE, _GAP = (salt << 56 for salt in (1, 2, 3, 4))
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
    pieces = chain.from_iterable(_word_hashes(word) for word in set(words))
    return np.unique(np.append(pairs, np.fromiter(pieces, np.uint64)))


class _MetWords:
    """Words met so far, each with its hash and the columns of its pieces."""

    def __init__(self, places: Callable[[Hashes], NDArray[np.int64]]) -> None:
        self._places = places
        self._forget()

    def _forget(self) -> None:
        self._rank: dict[str, int] = {}
        self._hashes = np.zeros(0, np.uint64)
        # Columns of the pieces of all words one after another, and where those of each word begin.
        self._pieces = np.zeros(0, np.int64)
        self._starts = np.zeros(1, np.int64)

    def words_of(self, texts: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(row of the text, rank of the word) of every word, in order."""
        if len(self._rank) > _MOST_WORDS_KEPT:
            self._forget()
        cut = [tokens_in(text) for text in texts]
        tokens = list(chain.from_iterable(cut))
        fresh = [token for token in dict.fromkeys(tokens) if token not in self._rank]
        if fresh:
            self._meet(fresh)
        ranks = np.fromiter(map(self._rank.__getitem__, tokens), np.int64, len(tokens))
        lengths = np.fromiter(map(len, cut), np.int64, len(cut))
        return np.repeat(np.arange(len(cut)), lengths), ranks

    def _meet(self, tokens: Sequence[str]) -> None:
        """Words are met many at once: looking up their pieces one by one would take most of the time."""
        words = [folded(plain(token)) for token in tokens]
        self._rank.update(zip(tokens, count(len(self._rank))))
        own = np.asarray([crc32(word.encode()) for word in words], np.uint64)
        self._hashes = np.append(self._hashes, own)
        hashed = [_word_hashes(word) for word in words]
        sizes = np.fromiter(map(len, hashed), np.int64, len(hashed))
        places = self._places(np.fromiter(chain.from_iterable(hashed), np.uint64, sizes.sum()))
        known = places >= 0
        ends = np.append(0, np.cumsum(known))[np.cumsum(sizes)]
        self._starts = np.append(self._starts, self._starts[-1] + ends)
        self._pieces = np.append(self._pieces, places[known])

    def hashes_of(self, words: NDArray[np.int64]) -> Hashes:
        return self._hashes[words]

    def pieces_of(self, words: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Columns of the pieces of every word one after another, and how many each word has."""
        starts = self._starts[words]
        sizes = self._starts[words + 1] - starts
        ends = np.cumsum(sizes)
        inside = np.arange(sizes.sum()) - np.repeat(ends - sizes, sizes)
        return self._pieces[np.repeat(starts, sizes) + inside], sizes


def _pairs(owners: NDArray[np.int64], words: Hashes) -> tuple[NDArray[np.int64], Hashes]:
    """Words next to each other, and words with one between, with the text they stand in."""
    near = np.flatnonzero(owners[1:] == owners[:-1])
    far = np.flatnonzero(owners[2:] == owners[:-2])
    return (
        np.concatenate([owners[near], owners[far]]),
        np.concatenate(
            [
                _mixed(words[near], words[near + 1], np.uint64(_PAIR)),
                _mixed(words[far], words[far + 2], np.uint64(_GAP)),
            ]
        ),
    )


def _mixed(first: Hashes, second: Hashes, salt: np.uint64) -> Hashes:
    return (((first * _MIX) ^ (second + (first << np.uint64(6)))) & _LOW) | salt


@lru_cache(maxsize=1 << 14)
def _word_hashes(word: str) -> list[int]:
    """The word itself, and runs of three to five letters of it with its edges marked."""
    edged = f"<{word}>"
    runs = {edged[i : i + n] for n in (3, 4, 5) for i in range(len(edged) - n + 1)}
    return [crc32(run.encode()) | _PIECE for run in runs] + [crc32(word.encode()) | _WORD]
