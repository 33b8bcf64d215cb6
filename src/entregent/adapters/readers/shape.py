"""What makes a known export known: its telling columns, what each means, what is worked out."""

from collections.abc import Callable
from dataclasses import dataclass, field

from entregent.adapters.intake.mapping import Mapping, TimeUnit
from entregent.adapters.readers.batches import Notice

Cells = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Sight:
    """What the opening rows show: the columns, their cells, the wording of questions."""

    name: str
    columns: tuple[str, ...]
    cells: Cells
    labels: dict[str, str] = field(default_factory=dict)

    def values(self, column: str) -> list[str]:
        """The values of a column that say something."""
        return [cell.strip() for cell in self.cells.get(column, ()) if cell.strip()]

    def label(self, column: str) -> str:
        return self.labels.get(column, column)


@dataclass(slots=True)
class Proposal:
    """The mapping proposed, and what the person should know about it."""

    mapping: Mapping
    notices: list[Notice] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shape:
    """One known export.

    telling: sets of column names, in lower case; any one of them tells the shape.
    columns: column, in lower case → its roles; those that a file does not have are left out.
    derived, derive: columns that the shape works out from the others, row by row.
    header_rows: how many opening rows are no data, and `names` what the columns are called then.
    refine: completes the mapping from what the opening rows show.
    unseen: its columns come from documentation; nobody here has seen a file.
    """

    code: str
    name: str
    about: str
    telling: tuple[frozenset[str], ...]
    samples: tuple[str, ...]
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    units: dict[str, TimeUnit] = field(default_factory=dict)
    scales: dict[str, tuple[float, float]] = field(default_factory=dict)
    settings: dict[str, str | bool] = field(default_factory=dict)
    derived: tuple[str, ...] = ()
    derive: Callable[[Cells], Cells] | None = None
    header_rows: Callable[[Sight], int] | None = None
    names: Callable[[tuple[str, ...], list[list[str]]], tuple[str, ...]] | None = None
    refine: Callable[[Sight, Proposal], None] | None = None
    formats: tuple[str, ...] = ("csv", "tsv", "xlsx", "json", "jsonl", "parquet")
    notices: tuple[Notice, ...] = ()
    unseen: bool = False

    def strength(self, columns: tuple[str, ...]) -> int:
        """How many columns tell this shape in a file; 0 when it is another."""
        present = {column.casefold() for column in columns}
        return max((len(telling) for telling in self.telling if telling <= present), default=0)

    def propose(self, sight: Sight) -> Proposal:
        """What each column of a file of this shape means."""
        here = {column.casefold(): column for column in sight.columns}
        mapping = Mapping(
            columns={
                here[column]: list(roles)
                for column, roles in self.columns.items()
                if column in here
            },
            constants=dict(self.constants),
            values={role: dict(words) for role, words in self.values.items()},
            units=dict(self.units),
            scales=dict(self.scales),
            **self.settings,  # type: ignore[arg-type]
        )
        proposal = Proposal(mapping, list(self.notices))
        if self.refine:
            self.refine(sight, proposal)
        return proposal


def cells_of(cells: Cells, *names: str) -> list[str]:
    """The first of some columns that a file has, or else empty cells."""
    for name in names:
        if name in cells:
            return cells[name]
    return [""] * len(next(iter(cells.values()), []))


def telling(*names: str) -> frozenset[str]:
    return frozenset(names)
