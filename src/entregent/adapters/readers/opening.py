"""Opening a file: which format it is in, which export it is, and what its columns mean."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from entregent.adapters.intake.mapping import Mapping
from entregent.adapters.readers.batches import Batch, Notice, Reading, Reason, UnreadableFile
from entregent.adapters.readers.chats import is_chat, open_chat
from entregent.adapters.readers.choices import Choices
from entregent.adapters.readers.delimited import open_delimited
from entregent.adapters.readers.event_logs import open_event_log
from entregent.adapters.readers.guessing import day_first_of, guess, is_ambiguous
from entregent.adapters.readers.inflation import is_gzip
from entregent.adapters.readers.json_documents import open_json
from entregent.adapters.readers.mail import open_mails
from entregent.adapters.readers.parquet_files import open_parquet
from entregent.adapters.readers.shapes import Proposal, Shape, Sight, recognised, shape_called
from entregent.adapters.readers.text_files import TextFile, read_text
from entregent.adapters.readers.workbooks import open_workbook

SAMPLE_ROWS = 2_000
# How far to look for a date that settles whether the day stands first.
SETTLING_ROWS = 100_000
MAIL_HEADER = re.compile(
    r"(?:(?:from|to|subject|date|received|return-path|message-id|mime-version|delivered-to"
    r"|dkim-signature|x-[\w-]+|content-type|reply-to|arc-[\w-]+|authentication-results): ?.*\r?\n"
    r"(?:[ \t]+.*\r?\n)*){2,}",
    re.IGNORECASE,
)
TIME_ROLES = ("at", "since", "from", "until")


class Table(Protocol):
    """What every format hands on before its columns have a meaning."""

    @property
    def format(self) -> str: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def notices(self) -> list[Notice]: ...
    @property
    def sheets(self) -> tuple[str, ...]: ...
    @property
    def record_paths(self) -> tuple[str, ...]: ...
    @property
    def rows_at_most(self) -> int | None: ...
    def batches(self, size: int = 20_000) -> Iterator[Batch]: ...


@dataclass(frozen=True, slots=True)
class OpenReading:
    """A table whose export was recognised, or not.

    header_rows: opening rows of the table that are no rows of the export.
    names: the table's column names → those of the export.
    """

    table: Table
    known: Shape | None
    columns: tuple[str, ...]
    labels: dict[str, str]
    header_rows: int
    names: dict[str, str]
    mapping: Mapping
    notices: list[Notice] = field(default_factory=list)

    @property
    def format(self) -> str:
        return self.table.format

    @property
    def shape(self) -> str | None:
        return self.known.code if self.known else None

    @property
    def sheets(self) -> tuple[str, ...]:
        return self.table.sheets

    @property
    def record_paths(self) -> tuple[str, ...]:
        return self.table.record_paths

    @property
    def rows_at_most(self) -> int | None:
        return self.table.rows_at_most

    def batches(self, size: int = 20_000) -> Iterator[Batch]:
        batches = _shaped(self.table, self.known, self.header_rows, self.names, size)
        return map(self._complete, batches)

    def _complete(self, batch: Batch) -> Batch:
        """Every batch has every column, also those worked out from values that it does not hold."""
        absent = [column for column in self.columns if column not in batch.cells]
        batch.cells.update({column: [""] * len(batch) for column in absent})
        return batch


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a reading, for a page to show."""

    columns: tuple[str, ...]
    numbers: list[int]
    rows: list[tuple[str, ...]]
    unreadable: list[tuple[int, str, Reason]]


def open_reading(path: Path, *, name: str | None = None, choices: Choices | None = None) -> Reading:
    """Open an export of any known format, told by its content.

    name: as the person calls the file, where it is stored under another name.
    Raises UnreadableFile, and nothing else, when nothing can be read from it.
    """
    choices = choices or Choices()
    name = name or path.name
    table = _table(path, name, choices)
    opening = next(iter(table.batches(SAMPLE_ROWS)), None)
    if opening is None or not (len(opening) or opening.unreadable):
        raise UnreadableFile(Reason("empty_file"))

    shape = _known(table, choices)
    sight = Sight(name, table.columns, opening.cells)
    header_rows = shape.header_rows(sight) if shape and shape.header_rows else 0
    extra = [[opening.cells[c][row] for c in table.columns] for row in range(header_rows)]
    if header_rows and len(opening) + len(opening.unreadable) == header_rows:
        raise UnreadableFile(Reason("header_only", {"line": str(opening.numbers[-1])}))
    names = dict(zip(table.columns, table.columns, strict=True))
    if shape and shape.names and extra:
        names = dict(zip(table.columns, shape.names(table.columns, extra), strict=True))
    labels = _labels(names, extra)

    cells = next(iter(_shaped(table, shape, header_rows, names, SAMPLE_ROWS))).cells
    columns = tuple(dict.fromkeys([*names.values(), *(shape.derived if shape else ()), *cells]))
    sight = Sight(name, columns, cells, labels)
    proposal = shape.propose(sight) if shape else guess(sight)
    notices = [*table.notices, *proposal.notices]
    if any(column != name for column, name in names.items()):
        # What the first header row left unnamed, the second one named.
        notices = [notice for notice in notices if notice.code != "unnamed_columns"]
    if shape and shape.unseen:
        notices.append(Notice("shape_unverified", {"shape": shape.name}))
    if not shape:
        notices.append(Notice("shape_unknown"))
    reading = OpenReading(
        table, shape, columns, labels, header_rows, names, proposal.mapping, notices
    )
    _settle_dates(reading, sight, choices)
    _settle_decimals(proposal, sight)
    return reading


def preview(reading: Reading, rows: int = 20) -> Preview:
    """The first rows of a reading, and the first that could not be read."""
    first = next(iter(reading.batches(rows)), None)
    if first is None:
        return Preview(reading.columns, [], [], [])
    empty = [""] * len(first)
    cells = [first.cells.get(column, empty) for column in reading.columns]
    return Preview(
        reading.columns,
        first.numbers,
        list(zip(*cells, strict=True)),
        [(row.number, row.original, row.reason) for row in first.unreadable],
    )


def _table(path: Path, name: str, choices: Choices) -> Table:
    try:
        if path.is_dir():
            raise UnreadableFile(Reason("directory"))
        with path.open("rb") as content:
            head = content.read(4096)
    except OSError as problem:
        raise UnreadableFile(Reason("no_such_file", {"path": name})) from problem
    if not head:
        raise UnreadableFile(Reason("empty_file"))
    if head.startswith(b"PAR1"):
        return open_parquet(path, choices)
    if head.startswith(b"PK\x03\x04"):
        return open_workbook(path, choices)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise UnreadableFile(Reason("old_workbook"))
    if any(head.startswith(magic) for magic in FOREIGN) and not is_gzip(path):
        raise UnreadableFile(Reason("binary_file"))
    text = read_text(path, choices.encoding)
    try:
        return _text_table(text, name, choices)
    except (UnicodeError, LookupError) as problem:
        reason = Reason("wrong_encoding", {"encoding": text.encoding})
        raise UnreadableFile(reason) from problem


FOREIGN = (
    b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"7z\xbc\xaf", b"Rar!", b"{\\rtf", b"\x7fELF",
    b"BZh", b"\xfd7zXZ", b"PK\x05\x06", b"SQLite format 3",
)  # fmt: skip


def _text_table(text: TextFile, name: str, choices: Choices) -> Table:
    sample = text.sample()
    bare = sample.lstrip("\ufeff \t\r\n")
    if not bare:
        raise UnreadableFile(Reason("empty_file"))
    if bare.startswith("<"):
        if re.search(r"<log[\s>]|xes-standard|<!ENTITY|<!DOCTYPE", bare[:20_000], re.IGNORECASE):
            return open_event_log(text, choices)
        raise UnreadableFile(Reason("unknown_xml"))
    if re.match(r"\{\s*(\"|\}|$)|\[\s*(\{|\]|$)", bare) and not is_chat(sample):
        return open_json(text, choices)
    if re.match(r"From \S+.*\r?\n[\w-]+:", bare):
        return open_mails(text, "mbox", choices)
    if MAIL_HEADER.match(bare):
        return open_mails(text, "eml", choices)
    if is_chat(sample):
        return open_chat(text, name, choices)
    return open_delimited(text, choices)


def _known(table: Table, choices: Choices) -> Shape | None:
    if choices.shape == "none":
        return None
    if choices.shape:
        shape = shape_called(choices.shape)
        if shape is None:
            raise UnreadableFile(Reason("no_such_shape", {"shape": choices.shape}))
        return shape
    return recognised(table.columns, table.format)


def _labels(names: dict[str, str], extra: list[list[str]]) -> dict[str, str]:
    """The wording of each question, where the first extra header row has it."""
    if not extra:
        return {}
    return {
        column: " ".join(wording.split())
        for column, wording in zip(names.values(), extra[0], strict=True)
        if wording.strip() and wording.strip() != column
    }


def _shaped(
    table: Table, shape: Shape | None, header_rows: int, names: dict[str, str], size: int
) -> Iterator[Batch]:
    for place, batch in enumerate(table.batches(size + header_rows if header_rows else size)):
        skip = header_rows if place == 0 else 0
        yield _shape(batch, shape, skip, names)


def _shape(batch: Batch, shape: Shape | None, skip: int, names: dict[str, str]) -> Batch:
    if not skip and shape is None:
        return batch
    cells = {
        names.get(name, name): said[skip:] if skip else said for name, said in batch.cells.items()
    }
    if shape and shape.derive:
        cells |= shape.derive(cells)
    original = (lambda i: batch.original(i + skip)) if skip else batch.original
    return Batch(batch.numbers[skip:], cells, original, batch.unreadable)


def _settle_dates(reading: OpenReading, sight: Sight, choices: Choices) -> None:
    """Whether the day stands first in this file's dates, or the question to ask."""
    mapping = reading.mapping
    dated = [
        column
        for column, roles in mapping.columns.items()
        if any(role.rpartition(".")[2].endswith(TIME_ROLES) for role in roles)
    ]
    if choices.day_first is not None:
        mapping.day_first = choices.day_first
        return
    doubtful = [column for column in dated if is_ambiguous(sight.values(column))]
    if not doubtful or mapping.day_first is not None:
        return
    mapping.day_first = _day_first(reading, doubtful)
    if mapping.day_first is None:
        example = sight.values(doubtful[0])[0]
        facts = {"column": doubtful[0], "example": example}
        reading.notices.append(Notice("ambiguous_day_month", facts))


def _day_first(reading: OpenReading, columns: list[str]) -> bool | None:
    seen = 0
    for batch in reading.batches(5_000):
        for column in columns:
            found = day_first_of(batch.cells.get(column, ()))
            if found is not None:
                return found
        seen += len(batch)
        if seen >= SETTLING_ROWS:
            break
    return None


def _settle_decimals(proposal: Proposal, sight: Sight) -> None:
    """1,5 or 1.5: whichever the amounts use, if only one of them."""
    mapping = proposal.mapping
    texts = [
        value
        for column, roles in mapping.columns.items()
        if any(role.startswith("transaction.") for role in roles)
        for value in sight.values(column)
    ]
    commas = any(re.search(r"\d,\d{1,2}(?!\d)", text) for text in texts)
    points = any(re.search(r"\d\.\d{1,2}(?!\d)", text) for text in texts)
    if commas != points:
        mapping.decimal_comma = commas
