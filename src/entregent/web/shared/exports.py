"""Tables as files: CSV as the reader's spreadsheet expects it, or XLSX; streamed, typed, harmless.

A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers and dates
stay numbers and dates.
"""

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import IO, Any, Literal

from babel.numbers import get_decimal_symbol
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from entregent.web.shared.templatetags.figures import locale

Cell = str | int | float | Decimal | date | datetime | bool | None
Form = Literal["csv", "xlsx"]

FORMS: tuple[Form, ...] = ("csv", "xlsx")
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
SHEET_ROWS = 1_048_575
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export(
    form: Form, name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> HttpResponseBase:
    """The rows as a file to download.

    name: of the file, without its ending. columns: their headings, in the reader's language.
    rows: read as they are sent, so any number of them.
    """
    if form == "xlsx":
        return FileResponse(
            _workbook(columns, rows), as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX
        )
    return StreamingHttpResponse(
        _lines(columns, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def harmless(text: str) -> str:
    """The text, with an apostrophe before whatever a spreadsheet would compute.

    >>> harmless("=1+1"), harmless("- 10 %"), harmless("Bonjour")
    ("'=1+1", "'- 10 %", 'Bonjour')
    """
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


class _Line:
    """What csv writes to: hands each line back."""

    def write(self, line: str) -> str:
        return line


def _lines(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    decimal = get_decimal_symbol(locale())
    writer = csv.writer(_Line(), delimiter=";" if decimal == "," else ",")
    # The mark tells spreadsheets that the accents are UTF-8.
    yield "\ufeff" + str(writer.writerow([harmless(column) for column in columns]))
    for row in rows:
        yield str(writer.writerow([_written(cell, decimal) for cell in row]))


def _written(cell: Cell, decimal: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless(cell.replace("\0", ""))
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float | Decimal):
        return str(cell).replace(".", decimal)
    if isinstance(cell, datetime):
        return _local(cell).isoformat(" ", "seconds")
    return str(cell)


def _workbook(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> IO[bytes]:
    book = Workbook(write_only=True)
    left = iter(rows)
    # A sheet holds a million rows; what is beyond goes on the next one.
    while True:
        first = next(left, None)
        if first is None and book.sheetnames:
            break
        sheet = book.create_sheet()
        sheet.append([harmless(column) for column in columns])
        for row in chain([] if first is None else [first], islice(left, SHEET_ROWS - 1)):
            sheet.append([_typed(cell) for cell in row])
        if first is None:
            break
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    book.save(file)
    file.seek(0)
    return file


def _typed(cell: Cell) -> Any:
    if isinstance(cell, str):
        return harmless(ILLEGAL_CHARACTERS_RE.sub("", cell))
    return _local(cell) if isinstance(cell, datetime) else cell


def _local(moment: datetime) -> datetime:
    """A spreadsheet knows no zones: the workspace's time, to the second."""
    return (
        timezone.make_naive(moment).replace(microsecond=0) if timezone.is_aware(moment) else moment
    )
