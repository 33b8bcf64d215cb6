"""What the transformer reads in one go: pieces, and to which passage each of them belongs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from entregent.adapters.encoders.tuned.pieces import CLOSING, OPENING, Pieces

LONGEST = 254
"""Pieces read together, marks left out; what is longer is read in parts."""


@dataclass(slots=True)
class Document:
    """pieces: their ranks, the opening mark first, the closing one last.

    spans: passage, from, to; a passage is a number of the caller's, and may have several spans.
    """

    pieces: list[int] = field(default_factory=lambda: [OPENING])
    spans: list[tuple[int, int, int]] = field(default_factory=list)


Said = tuple[Sequence[int], int | None]
"""Pieces, and the passage they are of, if any."""


def packed(said: Iterable[Said]) -> Iterator[Document]:
    """Documents that hold pieces in the order they were said, none longer than LONGEST.

    >>> [(one.pieces, one.spans) for one in packed([([5, 6], None), ([7], 0)])]
    [([0, 5, 6, 7, 1], [(0, 3, 4)])]
    """
    document = Document()
    for ranks, passage in said:
        for first in range(0, len(ranks), LONGEST):
            part = ranks[first : first + LONGEST]
            if len(document.pieces) + len(part) > LONGEST + 1:
                document.pieces.append(CLOSING)
                yield document
                document = Document()
            if passage is not None:
                begins = len(document.pieces)
                document.spans.append((passage, begins, begins + len(part)))
            document.pieces += part
    document.pieces.append(CLOSING)
    yield document


def passages_in(pieces: Pieces, whole: str, passages: Sequence[tuple[int, str]]) -> list[Document]:
    """A text with its passages in their order; one that is not found there is read by itself."""
    text, place = " ".join(whole.split()), 0
    said: list[Said] = []
    strangers: list[Document] = []
    for passage, words in passages:
        wanted = " ".join(words.split())
        found = text.find(wanted, place)
        if found < 0:
            strangers += packed([(pieces.ranks(wanted), passage)])
            continue
        said.append((pieces.ranks(text[place:found]), None))
        said.append((pieces.ranks(wanted), passage))
        place = found + len(wanted)
    if not said:
        return strangers
    said.append((pieces.ranks(text[place:]), None))
    return [*packed(said), *strangers]


def whole_text(pieces: Pieces, passage: int, text: str) -> list[Document]:
    return list(packed([(pieces.ranks(text), passage)]))


def answer_to(pieces: Pieces, passage: int, text: str, before: str) -> list[Document]:
    """An utterance after what stands around it."""
    return list(
        packed(
            [
                ([*pieces.ranks(before)[: LONGEST // 2], CLOSING], None),
                (pieces.ranks(text), passage),
            ]
        )
    )
