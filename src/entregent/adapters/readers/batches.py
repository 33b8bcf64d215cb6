"""What every reader hands on: batches of rows, and rows that could not be read.

A reader never stops at a bad row and never drops one: each row of the file is either in a batch's
`rows` or in its `unreadable`, so that the counts add up.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from entregent.adapters.intake.mapping import Mapping


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row was refused: a code the pages translate, and the facts that fill the sentence."""

    code: str
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that could not be read: where it begins (line or record number), its text, and why."""

    number: int
    original: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows of a file.

    numbers: line (or record) number where each row begins, the first line of the file being 1.
    cells: column name → one text per row; an absent value is the empty text. Times and numbers of
        typed formats are in ISO 8601 and plain decimal form. Formats without a header row (JSON,
        XES) may bring a column that the opening rows did not have, so that nothing is lost.
    original: the text of row i as it stands in the file.
    unreadable: the rows between them that could not be read.
    """

    numbers: list[int]
    cells: dict[str, list[str]]
    original: Callable[[int], str]
    unreadable: list[Unreadable]

    def __len__(self) -> int:
        return len(self.numbers)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the person should know about the file, which is no refusal: a guess, a repair."""

    code: str
    facts: dict[str, str] = field(default_factory=dict)


class Reading(Protocol):
    """An open file, ready to be read from its beginning as often as needed.

    format: csv, tsv, xlsx, json, jsonl, parquet, mbox, eml, xes or whatsapp.
    shape: code of the known export it is, None where its roles were guessed column by column.
    columns: as the file names them (two of one name are numbered), then those the shape works out.
    labels: column → the question as respondents read it, where the export has it.
    sheets, record_paths: what else could have been read; `Choices` picks another.
    rows_at_most: how many rows the file can hold, to show progress by; None where nothing tells.
    """

    @property
    def format(self) -> str: ...
    @property
    def shape(self) -> str | None: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def labels(self) -> dict[str, str]: ...
    @property
    def sheets(self) -> tuple[str, ...]: ...
    @property
    def record_paths(self) -> tuple[str, ...]: ...
    @property
    def rows_at_most(self) -> int | None: ...
    @property
    def notices(self) -> list[Notice]: ...
    @property
    def mapping(self) -> Mapping: ...

    def batches(self, size: int = 20_000) -> Iterator[Batch]:
        """Every row of the file, in order. Constant memory."""
        ...


class UnreadableFile(Exception):
    """The file as a whole cannot be read; nothing was stored."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.code, reason.facts)
