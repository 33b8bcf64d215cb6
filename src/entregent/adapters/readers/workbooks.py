"""Sheets of Excel workbooks, row by row.

The library knows what a cell means; its own walk through a sheet keeps something of every row, and
its table of words an object for each. Both are done here, so that memory holds one batch of rows
and the words, end to end.
"""

import contextlib
import datetime as dt
import struct
import warnings
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import range_boundaries
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import DATA_TAG, DIMENSION_TAG, ROW_TAG, WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from entregent.adapters.readers.batches import Batch, Notice, Reason, Unreadable, UnreadableFile
from entregent.adapters.readers.choices import Choices
from entregent.adapters.readers.flattening import plain_text
from entregent.adapters.readers.headers import header_place, looks_like_a_row, named, numbered
from entregent.adapters.readers.inflation import check_zip, refuse_if_swollen
from entregent.adapters.readers.limits import FIELD_CHARACTERS, excerpt
from entregent.adapters.readers.records import Record, batched

SAMPLE_ROWS = 200
# All the words of a workbook are one table, held in memory.
MOST_WORDS_BYTES = 256 * 2**20
WORD_TAG, PLAIN_TAG = f"{{{SHEET_MAIN_NS}}}si", f"{{{SHEET_MAIN_NS}}}t"
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
        for member in archive.infolist():
            refuse_if_swollen(member.file_size, member.compress_size)
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
            reader = _Reader(content, read_only=True, data_only=True, keep_links=False)
            reader.read()
        except BROKEN as problem:
            raise UnreadableFile(Reason("broken_workbook")) from problem
        try:
            yield reader.wb
        finally:
            reader.wb.close()


class _Reader(ExcelReader):
    """The library's reader, with a table of words of our own."""

    def read_strings(self) -> None:
        words: Any = Words()
        self.shared_strings = words
        package: Any = self.package
        if (part := package.find(SHARED_STRINGS)) is None:
            return
        name = part.PartName[1:]
        if self.archive.getinfo(name).file_size > MOST_WORDS_BYTES:
            limit = str(MOST_WORDS_BYTES // 2**20)
            raise UnreadableFile(Reason("too_many_words", {"megabytes": limit}))
        with self.archive.open(name) as table:
            steps = iterparse(table, events=("start", "end"))
            _, root = next(steps)
            for step, element in steps:
                if step == "end" and element.tag == WORD_TAG:
                    # An underscore that begins no escape is escaped itself, as _x005F_.
                    words.append(_word(element).replace("x005F_", ""))
                    root.clear()

    def read_worksheets(self) -> None:
        package: Any = self
        for sheet, part in package.parser.find_sheets():
            if part.target in package.valid_files and "chartsheet" not in part.Type:
                worksheet: Any = _Sheet(self.wb, sheet.name, part.target, self.shared_strings)
                worksheet.sheet_state = sheet.state
                package.wb._sheets.append(worksheet)  # noqa: SLF001  as the library does


class _Sheet(ReadOnlyWorksheet):
    """The library's sheet, that does not look through all rows for a size declared nowhere."""

    _min_column: Any
    _min_row: Any
    _max_column: Any
    _max_row: Any

    def _get_size(self) -> None:
        sheet: Any = self
        with sheet._get_source() as source:  # noqa: SLF001  its own
            for _, element in iterparse(source, events=("start",)):
                if element.tag == DATA_TAG:
                    return
                if element.tag == DIMENSION_TAG:
                    bounds = range_boundaries(element.get("ref") or "A1")
                    self._min_column, self._min_row, self._max_column, self._max_row = bounds
                    return


def _word(element: Any) -> str:
    """The text of an entry: nearly always plain, else pieces in several styles."""
    if len(element) == 1 and element[0].tag == PLAIN_TAG:
        return element[0].text or ""
    text: Any = Text.from_tree(element)
    return str(text.content)


class Words:
    """Many texts, end to end, each found by its place.

    >>> words = Words()
    >>> words.append("été"), words.append(""), words.append("hiver")
    (None, None, None)
    >>> words[0], words[1], words[2]
    ('été', '', 'hiver')
    """

    def __init__(self) -> None:
        self.joined = bytearray()
        self.ends = array("Q", [0])

    def append(self, text: str) -> None:
        self.joined += text.encode("utf-8", "surrogatepass")
        self.ends.append(len(self.joined))

    def __getitem__(self, place: int) -> str:
        if place < 0:
            raise IndexError(place)
        # One end too many stands at the beginning, so the last place has an end after it.
        start, end = self.ends[place], self.ends[place + 1]
        return self.joined[start:end].decode("utf-8", "surrogatepass")


def _numbered_rows(worksheet: Any) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, with their numbers in the sheet."""
    workbook = worksheet.parent
    with worksheet._get_source() as source:  # noqa: SLF001  what its own walk begins with
        parser = WorkSheetParser(
            source,
            worksheet._shared_strings,  # noqa: SLF001
            data_only=True,
            epoch=workbook.epoch,
            date_formats=workbook._date_formats,  # noqa: SLF001
            timedelta_formats=workbook._timedelta_formats,  # noqa: SLF001
        )
        rows: Any = None
        for step, element in iterparse(source, events=("start", "end")):
            if step == "start":
                rows = element if element.tag == DATA_TAG else rows
            elif element.tag == ROW_TAG and rows is not None:
                number, found = parser.parse_row(element)
                # Neither the rows that were read nor how high they stand are looked at again.
                rows.clear()
                parser.row_dimensions.clear()
                if cells := _cells(found):
                    yield number, cells


def _cells(found: list[dict[str, Any]]) -> list[str]:
    """The texts of a row, each in its column, without the empty ones at its end."""
    filled = [(cell["column"], text) for cell in found if (text := _text(cell["value"]))]
    cells = [""] * max((column for column, _ in filled), default=0)
    for column, text in filled:
        cells[column - 1] = text
    return cells


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
