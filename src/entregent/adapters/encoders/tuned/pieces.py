"""Words cut into the pieces that a transformer knows."""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

BEGINS = "▁"
OPENING, CLOSING, UNKNOWN = 0, 1, 2
"""Ranks of the marks around a document, and of a sign that no piece holds."""
MARKS = ("<s>", "</s>", "<unk>")
_FAR = 10.0
_LOUDEST = 4
_REMEMBERED = 100_000


class Pieces:
    """Cuts each word into its likeliest pieces, under the chances of a unigram language model.

    pieces: `MARKS` first; those that begin a word start with BEGINS.  chances: logarithms.
    Source: Kudo 2018, "Subword Regularization", ACL.

    >>> pieces = Pieces([*MARKS, "▁re", "ste", "r", "▁rester"], [0, 0, 0, -4, -4, -3, -9])
    >>> pieces.ranks("reste rester")
    [3, 4, 6]
    """

    def __init__(self, pieces: Sequence[str], chances: Iterable[float]) -> None:
        self._known = {
            piece: (float(chance), rank)
            for rank, (piece, chance) in enumerate(zip(pieces, chances, strict=True))
            if rank >= len(MARKS)
        }
        self._longest = max(map(len, self._known))
        self._least = min(chance for chance, _ in self._known.values()) - _FAR
        self._of_word = lru_cache(_REMEMBERED)(self._cut)

    def ranks(self, text: str) -> list[int]:
        """Ranks of the pieces of a text, word after word."""
        return [rank for word in words_of(text) for rank in self._of_word(word)]

    def _cut(self, word: str) -> tuple[int, ...]:
        whole = BEGINS + word
        size = len(whole)
        best = [0.0] + [float("-inf")] * size
        came: list[tuple[int, int]] = [(0, UNKNOWN)] * (size + 1)
        for start in range(size):
            for end in range(start + 1, min(size, start + self._longest) + 1):
                found = self._known.get(whole[start:end])
                if found is None and end > start + 1:
                    continue
                chance, rank = found or (self._least, UNKNOWN)
                if best[start] + chance > best[end]:
                    best[end], came[end] = best[start] + chance, (start, rank)
        ranks: list[int] = []
        while size:
            size, rank = came[size]
            ranks.append(rank)
        return tuple(reversed(ranks))


def words_of(text: str) -> list[str]:
    """Words between spaces, one form for each sign; shouted words are read in small letters.

    >>> words_of("C’est FANTASTIQUE, la SNCF…")
    ["C'est", 'fantastique,', 'la', 'SNCF...']
    """
    plain = unicodedata.normalize("NFKC", text).replace("’", "'")
    return [word.lower() if _shouted(word) else word for word in plain.split()]


def _shouted(word: str) -> bool:
    return word.isupper() and sum(map(str.isalpha, word)) > _LOUDEST
