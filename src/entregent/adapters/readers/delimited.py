"""Comma-separated values and their cousins: any delimiter, any line ending, any damage."""

import csv
import io
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from typing import TextIO

from entregent.adapters.readers.batches import Batch, Notice, Reason, Unreadable, UnreadableFile
from entregent.adapters.readers.choices import Choices
from entregent.adapters.readers.headers import header_place, looks_like_a_row, named, numbered
from entregent.adapters.readers.limits import (
    BATCH_CELLS,
    BATCH_CHARACTERS,
    FIELD_CHARACTERS,
    LINE_CHARACTERS,
    excerpt,
)
from entregent.adapters.readers.text_files import TextFile, readable

DELIMITERS = ",;\t|^~¦"
SAMPLE_ROWS = 200
# Few enough rows to be forgotten before the garbage collector looks through them: twice as fast.
PARSED_AT_ONCE = 500
FEW_LINES = 50


@dataclass(frozen=True, slots=True)
class DelimitedTable:
    """The rows of one text file with a delimiter.

    skipped_lines: physical lines before the first row: the header and whatever stands above it.
    """

    text: TextFile
    delimiter: str
    columns: tuple[str, ...]
    skipped_lines: int
    notices: list[Notice] = field(default_factory=list)
    sheets: tuple[str, ...] = ()
    record_paths: tuple[str, ...] = ()

    @property
    def format(self) -> str:
        return "tsv" if self.delimiter == "\t" else "csv"

    @property
    def rows_at_most(self) -> int | None:
        return max(0, self.text.lines - self.skipped_lines)

    def batches(self, size: int = 20_000) -> Iterator[Batch]:
        size = max(1, min(size, BATCH_CELLS // len(self.columns)))
        with self.text.open() as stream:
            rows = _Rows(stream, self.delimiter, len(self.columns), self.skipped_lines)
            while (filled := self._next(rows, size)) is not None:
                yield filled.batch(self.columns)

    def _next(self, rows: "_Rows", size: int) -> "_Filling | None":
        filling = _Filling(len(self.columns))
        while filling.rows < size and filling.characters < BATCH_CHARACTERS:
            lines = rows.lines(min(PARSED_AT_ONCE, size - filling.rows))
            if not lines:
                break
            text = "".join(lines) if not self.text.is_clean else ""
            plain = None if text and self.text.foreign(text) else rows.plain(lines)
            if plain is not None:
                filling.extend(plain, rows.line + 1, lines)
                rows.line += len(lines)
                continue
            until = rows.line + len(lines)
            rows.give_back(lines)
            while rows.line < until and (row := rows.next()) is not None:
                filling.append(row, self._settled(row))
        return filling if filling.rows or filling.unreadable else None

    def _settled(self, row: "_Row") -> Reason | None:
        """Why the row is refused, if it is.

        Empty cells beyond the last column do no harm; else words would get a wrong name.
        """
        if row.problem is None and not self.text.is_clean:
            row.problem = self.text.foreign(row.original)
        width = len(self.columns)
        if row.problem or len(row.cells) == width:
            return row.problem
        facts = {"have": str(len(row.cells)), "want": str(width)}
        if len(row.cells) < width:
            return Reason("half_a_line" if row.is_half else "too_few_cells", facts)
        if any(row.cells[width:]):
            return Reason("too_many_cells", facts)
        del row.cells[width:]
        return None


def open_delimited(text: TextFile, choices: Choices) -> DelimitedTable:
    """Settle the delimiter and the columns of a text file."""
    sample = text.sample()
    told, skipped = _told_by_first_line(sample)
    delimiter = choices.delimiter or told or guess_delimiter(sample)
    if delimiter in '"\r\n':
        raise UnreadableFile(Reason("unknown_delimiter", {"delimiter": delimiter}))
    rows = _opening_rows(text, delimiter, skipped)
    notices = list(text.notices)
    if choices.delimiter is None:
        notices.append(Notice("delimiter_guessed", {"delimiter": _spoken(delimiter)}))

    place = header_place([row.cells for row in rows])
    header = rows[place]
    if header.problem:
        raise UnreadableFile(Reason("unreadable_header", {"line": str(header.number)}))
    if choices.header is False:
        columns = numbered(max(len(row.cells) for row in rows[place:]))
        return DelimitedTable(text, delimiter, columns, header.number - 1, notices)
    if len(rows) == place + 1:
        raise UnreadableFile(Reason("header_only", {"line": str(header.number)}))
    usual = _usual_width([row.cells for row in rows[place + 1 :]], len(header.cells))
    columns, of_names = named(header.cells, usual)
    if place:
        notices.append(Notice("preamble_skipped", {"lines": str(header.number - 1)}))
    if looks_like_a_row(header.cells):
        notices.append(Notice("header_looks_like_a_row"))
    if len(columns) == 1:
        notices.append(Notice("one_column"))
    skipped = header.number - 1 + len(header.lines)
    return DelimitedTable(text, delimiter, columns, skipped, [*notices, *of_names])


def _opening_rows(text: TextFile, delimiter: str, skipped: int) -> "list[_Row]":
    with text.open() as stream:
        reading = _Rows(stream, delimiter, 0, skipped)
        rows: list[_Row] = []
        characters = 0
        while len(rows) < SAMPLE_ROWS and characters < BATCH_CHARACTERS:
            row = reading.next()
            if row is None:
                break
            rows.append(row)
            characters += sum(map(len, row.lines))
    if not rows:
        raise UnreadableFile(Reason("empty_file"))
    return rows


def guess_delimiter(sample: str) -> str:
    """The delimiter that cuts most rows into the same number of cells, two or more."""
    lines = io.StringIO(sample, newline="").readlines()
    whole = lines[:-1] if len(lines) > 1 and not lines[-1].endswith("\n") else lines
    best, best_score = ",", (0.0, False, 0)
    for delimiter in DELIMITERS:
        rows = [row for row in _parsed(whole, delimiter) if any(row)]
        widths = Counter(map(len, rows))
        wide = {width: count for width, count in widths.items() if width > 1}
        if not wide:
            continue
        width = max(wide, key=lambda width: (wide[width], width))
        # To the nearest tenth, so that one damaged row does not decide between candidates. Then
        # the header decides: texts hold commas, names of columns hardly ever.
        score = (round(wide[width] / widths.total(), 1), len(rows[0]) == width, width)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _parsed(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    rows = csv.reader(lines, delimiter=delimiter)
    try:
        yield from islice(rows, SAMPLE_ROWS)
    except csv.Error:
        return


def _told_by_first_line(sample: str) -> tuple[str | None, int]:
    """The delimiter that a first line `sep=;` announces to spreadsheets, and lines to skip."""
    first = sample.split("\n", 1)[0].strip("\r\ufeff")
    if len(first) == len("sep=;") and first.lower().startswith("sep="):
        return first[-1], 1
    return None, 0


def _usual_width(rows: Sequence[Sequence[str]], header: int) -> int:
    """How wide most rows are, where they hold more than the header names."""
    widths = Counter(len(row) for row in rows if any(row[header:]))
    if not widths:
        return 0
    width, count = widths.most_common(1)[0]
    return width if 2 * count > len(rows) else 0


def _spoken(delimiter: str) -> str:
    return "TAB" if delimiter == "\t" else delimiter


@dataclass(slots=True)
class _Row:
    """One row with the physical lines that it was made of."""

    cells: list[str]
    number: int
    lines: list[str]
    problem: Reason | None

    @property
    def original(self) -> str:
        return "".join(self.lines).rstrip("\r\n")

    @property
    def is_half(self) -> bool:
        """Only the last line of a file can do without a line ending."""
        return not self.lines[-1].endswith(("\n", "\r"))


class _Filling:
    """A batch being filled, column by column."""

    def __init__(self, width: int) -> None:
        self.numbers: list[int] = []
        self.cells: list[list[str]] = [[] for _ in range(width)]
        self.originals: list[str] = []
        self.unreadable: list[Unreadable] = []
        self.characters = 0

    @property
    def rows(self) -> int:
        return len(self.numbers) + len(self.unreadable)

    def extend(self, rows: list[list[str]], first: int, lines: list[str]) -> None:
        for column, cells in zip(self.cells, zip(*rows, strict=True), strict=True):
            column.extend(cells)
        self.numbers.extend(range(first, first + len(rows)))
        self.originals.extend(lines)
        self.characters += sum(map(len, lines))

    def append(self, row: _Row, problem: Reason | None) -> None:
        original = row.original
        self.characters += len(original)
        if problem:
            self.unreadable.append(Unreadable(row.number, readable(excerpt(original)), problem))
            return
        for column, cell in zip(self.cells, row.cells, strict=True):
            column.append(cell)
        self.numbers.append(row.number)
        self.originals.append(original)

    def batch(self, columns: tuple[str, ...]) -> Batch:
        return Batch(
            self.numbers,
            dict(zip(columns, self.cells, strict=True)),
            lambda i: self.originals[i].rstrip("\r\n"),
            self.unreadable,
        )


class _Rows:
    """Rows of a stream, each with the physical lines it was made of, whatever they hold.

    line: how many physical lines were read into rows so far.
    """

    def __init__(self, stream: TextIO, delimiter: str, width: int, skipped_lines: int) -> None:
        # The limit belongs to the whole process; nobody there needs a lower one than ours.
        csv.field_size_limit(max(csv.field_size_limit(), FIELD_CHARACTERS))
        self.stream = iter(partial(stream.readline, LINE_CHARACTERS), "")
        self.delimiter = delimiter
        self.width = width
        self.returned: deque[str] = deque()
        self.line = sum(1 for _ in islice(self.stream, skipped_lines))
        self.kept: list[str] = []
        self.is_too_long = False
        self.has_ended = False
        self.read: Callable[[], list[str]] | None = None

    def lines(self, count: int) -> list[str]:
        """The next physical lines, not yet parsed, fewer if long; overlong ones are in pieces."""
        coming = chain(self._drained(), self.stream)
        lines = list(islice(coming, min(count, FEW_LINES)))
        if sum(map(len, lines)) < FIELD_CHARACTERS:
            lines.extend(islice(coming, count - len(lines)))
        return lines

    def give_back(self, lines: Sequence[str]) -> None:
        self.returned.extendleft(reversed(lines))
        self.read = None

    def plain(self, lines: list[str]) -> list[list[str]] | None:
        """The rows of these lines if each line is one whole row of the right width, else None.

        The empty line put at the end parses to an empty row, unless a quote is still open.
        """
        try:
            rows = list(csv.reader([*lines, "\n"], delimiter=self.delimiter))
        except csv.Error:
            return None
        if len(rows) != len(lines) + 1 or rows.pop():
            return None
        if set(map(len, rows)) != {self.width} or not all(map(any, rows)):
            return None
        return rows if max(map(len, lines)) < LINE_CHARACTERS else None

    def next(self) -> _Row | None:
        """The next row, read line by line; None at the end. Empty rows are none."""
        while True:
            read = self.read or self._parser()
            self.kept.clear()
            self.is_too_long = False
            first, cells, problem = self.line + 1, [], None
            try:
                cells = read()
            except StopIteration:
                return None
            except csv.Error:
                problem = self._recovered()
            if self.has_ended:
                # The parser asked for a line beyond the last: a quote is open.
                problem = self._reopened()
            if self.is_too_long:
                problem = Reason("too_long", {"limit": str(FIELD_CHARACTERS)})
            self.line += len(self.kept)
            if problem or any(cells):
                return _Row(cells, first, self.kept.copy(), problem)

    def _parser(self) -> Callable[[], list[str]]:
        self.has_ended = False
        self.read = csv.reader(self._handed(), delimiter=self.delimiter).__next__
        return self.read

    def _handed(self) -> Iterator[str]:
        """Hand lines to the parser and keep them; asked for one beyond the last, say so."""
        for line in chain(self._drained(), self.stream):
            self.kept.append(line)
            overlong = len(line) >= LINE_CHARACTERS and not line.endswith(("\n", "\r"))
            yield self._shortened(line) if overlong else line
        self.has_ended = True

    def _drained(self) -> Iterator[str]:
        while self.returned:
            yield self.returned.popleft()

    def _shortened(self, line: str) -> str:
        """Read past the rest of a line that memory should not hold; keep its beginning.

        The parser gets a quote in its place when the line holds an odd number of them, so that it
        knows whether it is between quotes afterwards.
        """
        quotes = line.count('"')
        for more in chain(self._drained(), self.stream):
            quotes += more.count('"')
            if more.endswith(("\n", "\r")):
                break
        self.kept[-1] = excerpt(line) + "\n"
        self.is_too_long = True
        return '"' * (quotes % 2) + "\n"

    def _recovered(self) -> Reason:
        """A field went beyond the limit: either it is that long, or its quote was never meant."""
        self.read = None
        is_open = "".join(self.kept).count('"') % 2
        if is_open and self._are_rows(self.kept[1:]):
            return self._unclosed()
        if is_open:
            for line in chain(self._drained(), self.stream):
                self.line += 1
                if line.count('"') % 2:
                    break
        return Reason("too_long", {"limit": str(FIELD_CHARACTERS)})

    def _reopened(self) -> Reason:
        """The file ended between quotes: it was cut there, or the quote was never meant."""
        if self._are_rows(self.kept[1:]):
            return self._unclosed()
        return Reason("unclosed_quote" if self.kept[-1].endswith("\n") else "half_a_line")

    def _unclosed(self) -> Reason:
        """Refuse the first line alone, and read those after it again."""
        self.give_back(self.kept[1:])
        del self.kept[1:]
        return Reason("unclosed_quote")

    def _are_rows(self, lines: Sequence[str]) -> bool:
        widths = [len(row) for row in _parsed(lines, self.delimiter)]
        return self.width > 1 and 2 * widths.count(self.width) > len(widths)
