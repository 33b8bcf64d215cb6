"""Batches made of records that come one by one, their columns known only once they are seen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from entregent.adapters.readers.batches import Batch, Unreadable
from entregent.adapters.readers.limits import BATCH_CELLS, BATCH_CHARACTERS

# A format without a header row shows its columns in its first records.
OPENING_RECORDS = 2_000


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a format without lines: its place, its cells, and how to write it out again."""

    number: int
    cells: dict[str, str]
    original: Callable[[], str]


def batched(
    records: Iterator[Record | Unreadable], columns: tuple[str, ...], size: int
) -> Iterator[Batch]:
    """Columnar batches; every batch has the columns given, and those that its records add."""
    size = max(1, min(size, BATCH_CELLS // max(1, len(columns))))
    taken: list[Record] = []
    unreadable: list[Unreadable] = []
    characters = 0
    for record in records:
        if isinstance(record, Unreadable):
            unreadable.append(record)
        else:
            taken.append(record)
            characters += sum(map(len, record.cells.values()))
        if len(taken) + len(unreadable) >= size or characters > BATCH_CHARACTERS:
            yield _batch(taken, unreadable, columns)
            taken, unreadable, characters = [], [], 0
    if taken or unreadable:
        yield _batch(taken, unreadable, columns)


def _batch(taken: list[Record], unreadable: list[Unreadable], columns: tuple[str, ...]) -> Batch:
    names = dict.fromkeys(columns)
    for record in taken:
        names.update(dict.fromkeys(record.cells))
    return Batch(
        [record.number for record in taken],
        {name: [record.cells.get(name, "") for record in taken] for name in names},
        lambda i: taken[i].original(),
        unreadable,
    )


def columns_of(records: Iterator[Record | Unreadable]) -> tuple[str, ...]:
    """The columns that the opening records have, in the order they come."""
    names: dict[str, None] = {}
    for seen, record in enumerate(records):
        if seen >= OPENING_RECORDS:
            break
        if isinstance(record, Record):
            names.update(dict.fromkeys(record.cells))
    return tuple(names)
