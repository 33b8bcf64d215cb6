"""Columns on their way from one process to another: one long text each, instead of a million short ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from entregent.adapters.intake.conversion import Converted, Pieces

# A character that no cell holds; a column in which one does travels as it is.
BETWEEN = "\x1e"
KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class PackedTexts:
    """A column of texts, end to end."""

    joined: str
    count: int

    def unpacked(self) -> list[str]:
        return self.joined.split(BETWEEN) if self.count else []


@dataclass(frozen=True, slots=True)
class PackedKeys:
    """Keys of sixteen bytes each, end to end."""

    joined: bytes

    def unpacked(self) -> list[bytes]:
        places = range(0, len(self.joined), KEY_BYTES)
        return [self.joined[place : place + KEY_BYTES] for place in places]


def packed(column: Sequence[Any]) -> Any:
    """The column as it travels: texts and keys joined, anything else unchanged.

    >>> packed(["oui", "", "non"]).unpacked(), packed([1, None]), packed(["a", None])
    (['oui', '', 'non'], [1, None], ['a', None])
    """
    if not isinstance(column, list) or not column:
        return column
    if isinstance(column[0], str):
        try:
            joined = BETWEEN.join(column)
        except TypeError:
            return column
        fits = joined.count(BETWEEN) == len(column) - 1
        return PackedTexts(joined, len(column)) if fits else column
    if isinstance(column[0], bytes):
        return PackedKeys(b"".join(column))
    return column


def unpacked(column: Any) -> Any:
    return column.unpacked() if isinstance(column, (PackedTexts, PackedKeys)) else column


def pack(said: Converted) -> Converted:
    """The same batch, its columns packed in place."""
    return _each_column(said, packed)


def unpack(said: Converted) -> Converted:
    return _each_column(said, unpacked)


def _each_column(said: Converted, change: Any) -> Converted:
    said.numbers, said.originals = change(said.numbers), change(said.originals)
    said.identities = [(scheme, change(values)) for scheme, values in said.identities]
    for pieces in said.pieces.values():
        _each_piece(pieces, change)
    return said


def _each_piece(pieces: Pieces, change: Any) -> None:
    pieces.keys, pieces.contents = change(pieces.keys), change(pieces.contents)
    pieces.columns = {name: change(column) for name, column in pieces.columns.items()}
