"""Tables of the snapshot that rooms above this one keep: each declares its own when it starts."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from entregent.adapters.snapshot import TableQuery


@dataclass(frozen=True, slots=True)
class Holding:
    """query: how its rows are read.

    resting_on: from a table of the evidence and keys of its rows, the keys of the rows that say
    something else once those have changed or gone.
    """

    query: Callable[[], TableQuery]
    resting_on: Callable[[str, Sequence[int]], Collection[int]]


_declared: dict[str, Holding] = {}


def holds(table: str, holding: Holding) -> None:
    """Declare a table of the evidence contract that this room keeps."""
    _declared[table] = holding


def holdings() -> dict[str, Holding]:
    return dict(_declared)


def resting_on(table: str, row_ids: Sequence[int]) -> dict[str, Collection[int]]:
    """By declared table, its rows that rest on some rows of the evidence."""
    return {name: holding.resting_on(table, row_ids) for name, holding in _declared.items()}
