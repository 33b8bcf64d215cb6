"""Sheets of Excel workbooks, row by row."""

import contextlib
import datetime as dt
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException

from entregent.adapters.readers.batches import Batch, Notice, Reason, Unreadable, UnreadableFile
from entregent.adapters.readers.choices import Choices
from entregent.adapters.readers.flattening import plain_text
from entregent.adapters.readers.headers import header_place, looks_like_a_row, named, numbered
from entregent.adapters.readers.inflation import check_zip, refuse_if_swollen
from entregent.adapters.readers.limits import FIELD_CHARACTERS, excerpt
from entregent.adapters.readers.records import Record, batched

SAMPLE_ROWS = 200
# All the words of a workbook are one table, which the library holds in memory.
MOST_WORDS_BYTES = 256 * 2**20
BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, ParseError, DefusedXmlException, LookupError,
    ValueError, TypeError, AttributeError, AssertionError, OSError, EOFError, OverflowError,
    NotImplementedError, RecursionError,
)  # fmt: skip


@dataclass(slots=True)
class SheetTable:
    """The rows of one sheet.

    first_row: number of the sheet's row where the first record stands.
    """

    path: Path
    sheet: str
    sheets: tuple[str, ...]
    columns: tuple[str, ...]
    first_row: int
    rows_at_most: int | None = None
    notices: list[Notice] = field(default_factory=list)
    format: str = "xlsx"
    record_paths: tuple[str, ...] = ()

    def batches(self, size: int = 20_000) -> Iterator[Batch]:
        return batched(self._records(), self.columns, size)

    def _records(self) -> Iterator[Record | Unreadable]:
        number = self.first_row - 1
        with _workbook(self.path) as workbook:
            rows = _numbered_rows(workbook[self.sheet])
            while True:
                try:
                    number, cells = next(rows)
                except StopIteration:
                    return
                except BROKEN:
                    yield Unreadable(number + 1, "", Reason("cut_short"))
                    return
                if number >= self.first_row:
                    yield self._record(number, cells)

    def _record(self, number: int, cells: list[str]) -> Record | Unreadable:
        width = len(self.columns)
        original = "\t".join(cells)
        if any(cells[width:]):
            facts = {"have": str(len(cells)), "want": str(width)}
            return Unreadable(number, excerpt(original), Reason("too_many_cells", facts))
        if len(original) > FIELD_CHARACTERS:
            reason = Reason("too_long", {"limit": str(FIELD_CHARACTERS)})
            return Unreadable(number, excerpt(original), reason)
        # A sheet does not store the empty cells at the end of a row.
        padded = cells[:width] + [""] * (width - len(cells))
        named_cells = dict(zip(self.columns, padded, strict=True))
        return Record(number, named_cells, lambda: original)


def open_workbook(path: Path, choices: Choices) -> SheetTable:
    """Settle the sheet and its columns; refuse an archive that swells out of proportion."""
    with check_zip(path) as archive:
        names = {member.filename: member for member in archive.infolist()}
        for name, member in names.items():
            refuse_if_swollen(member.file_size, member.compress_size)
            if name.endswith("sharedStrings.xml") and member.file_size > MOST_WORDS_BYTES:
                limit = str(MOST_WORDS_BYTES // 2**20)
                raise UnreadableFile(Reason("too_many_words", {"megabytes": limit}))
    with _workbook(path) as workbook:
        sheets = tuple(sheet.title for sheet in workbook.worksheets)
        sheet = _chosen_sheet(workbook, sheets, choices)
        try:
            table = _table(path, workbook, sheet, sheets, choices)
        except BROKEN as problem:
            raise UnreadableFile(Reason("broken_workbook")) from problem
    if choices.sheet is None and len(sheets) > 1:
        notice = Notice("several_sheets", {"chosen": sheet, "sheets": ", ".join(sheets)})
        table.notices.append(notice)
    return table


def _table(
    path: Path, workbook: Any, sheet: str, sheets: tuple[str, ...], choices: Choices
) -> SheetTable:
    worksheet = workbook[sheet]
    # Sheets may declare any size; a promise to show progress by, never to allocate by.
    declared = worksheet.max_row
    opening = list(islice(_numbered_rows(worksheet), SAMPLE_ROWS))
    if not opening:
        raise UnreadableFile(Reason("empty_file"))
    rows = [cells for _, cells in opening]
    place = header_place(rows)
    number, header = opening[place]
    if choices.header is False:
        columns = numbered(max(map(len, rows[place:])))
        return SheetTable(path, sheet, sheets, columns, number, declared)
    if len(opening) == place + 1:
        raise UnreadableFile(Reason("header_only", {"line": str(number)}))
    columns, notices = named(header)
    if place:
        notices.append(Notice("preamble_skipped", {"lines": str(number - 1)}))
    if looks_like_a_row(header):
        notices.append(Notice("header_looks_like_a_row"))
    return SheetTable(path, sheet, sheets, columns, number + 1, declared, notices)


def _chosen_sheet(workbook: Any, sheets: tuple[str, ...], choices: Choices) -> str:
    if choices.sheet is not None:
        if choices.sheet not in sheets:
            facts = {"sheet": choices.sheet, "sheets": ", ".join(sheets)}
            raise UnreadableFile(Reason("no_such_sheet", facts))
        return choices.sheet
    for sheet in workbook.worksheets:
        with contextlib.suppress(*BROKEN):
            if sheet.sheet_state == "visible" and len(list(islice(_numbered_rows(sheet), 2))) == 2:
                return str(sheet.title)
    if not sheets:
        raise UnreadableFile(Reason("empty_file"))
    return sheets[0]


@contextlib.contextmanager
def _workbook(path: Path) -> Iterator[Any]:
    # Handed over open: the library would judge a path by its name.
    with path.open("rb") as content, warnings.catch_warnings():
        # Styles, filters and extensions that the library leaves out do not touch the values.
        warnings.simplefilter("ignore")
        try:
            workbook = openpyxl.load_workbook(content, read_only=True, data_only=True)
        except BROKEN as problem:
            raise UnreadableFile(Reason("broken_workbook")) from problem
        try:
            yield workbook
        finally:
            workbook.close()


def _numbered_rows(worksheet: Any) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, with their numbers in the sheet."""
    worksheet.reset_dimensions()
    for number, row in enumerate(worksheet.iter_rows(values_only=True), start=1):
        cells = [_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield number, cells


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, dt.datetime):
        # Spreadsheets count days: midnight means that nobody wrote a time.
        whole_day = value.time() == dt.time()
        return (value.date() if whole_day else value.replace(microsecond=0)).isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return plain_text(value.total_seconds())
    return plain_text(value)
