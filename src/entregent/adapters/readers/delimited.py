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
    MOST_COLUMNS,
    excerpt,
)
from entregent.adapters.readers.text_files import TextFile, readable

DELIMITERS = ",;\t|^~¦"
SAMPLE_ROWS = 200


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
            while (taken := rows.take(size)) is not None:
                yield self._batch(taken)

    def _batch(self, taken: "_Taken") -> Batch:
        width = len(self.columns)
        refused = taken.refused
        if not self.text.is_clean and self.text.foreign("".join(taken.lines)):
            for place in range(len(taken.rows)):
                if reason := self.text.foreign(taken.original(place)):
                    refused.setdefault(place, reason)
        for place, row in enumerate(taken.rows):
            if len(row) != width and place not in refused:
                self._settle_width(place, taken)

        kept = [place for place in range(len(taken.rows)) if place not in refused]
        rows = [taken.rows[place] for place in kept] if refused else taken.rows
        columns = zip(*rows, strict=True) if rows else [()] * width
        return Batch(
            numbers=[taken.firsts[place] for place in kept],
            cells={name: list(cells) for name, cells in zip(self.columns, columns, strict=True)},
            original=lambda i: taken.original(kept[i]),
            unreadable=[
                Unreadable(taken.firsts[place], readable(excerpt(taken.original(place))), reason)
                for place, reason in sorted(refused.items())
            ],
        )

    def _settle_width(self, place: int, taken: "_Taken") -> None:
        """Empty cells beyond the last column do no harm; else words would get a wrong name."""
        row, width = taken.rows[place], len(self.columns)
        facts = {"have": str(len(row)), "want": str(width)}
        if len(row) < width:
            code = "half_a_line" if taken.is_half(place) else "too_few_cells"
            taken.refused[place] = Reason(code, facts)
        elif any(row[width:]):
            taken.refused[place] = Reason("too_many_cells", facts)
        else:
            del row[width:]


def open_delimited(text: TextFile, choices: Choices) -> DelimitedTable:
    """Settle the delimiter and the columns of a text file."""
    sample = text.sample()
    told, skipped = _told_by_first_line(sample)
    delimiter = choices.delimiter or told or guess_delimiter(sample)
    if delimiter in '"\r\n':
        raise UnreadableFile(Reason("unknown_delimiter", {"delimiter": delimiter}))
    with text.open() as stream:
        opening = _Rows(stream, delimiter, 0, skipped).take(SAMPLE_ROWS)
    if opening is None:
        raise UnreadableFile(Reason("empty_file"))
    rows = opening.rows
    notices = list(text.notices)
    if choices.delimiter is None:
        notices.append(Notice("delimiter_guessed", {"delimiter": _spoken(delimiter)}))

    place = header_place(rows)
    if 0 in opening.refused or len(rows[place]) > MOST_COLUMNS:
        raise UnreadableFile(
            Reason("too_many_columns", {"have": str(len(rows[place])), "limit": str(MOST_COLUMNS)})
        )
    if choices.header is False:
        width = max(len(row) for row in rows[place:])
        skipped += opening.spans[place][0]
        return DelimitedTable(text, delimiter, numbered(width), skipped, notices)
    if len(rows) == place + 1:
        raise UnreadableFile(Reason("header_only", {"line": str(opening.firsts[place])}))
    if place:
        notices.append(Notice("preamble_skipped", {"lines": str(opening.firsts[place] - 1)}))
    columns, of_names = named(rows[place], _usual_width(rows[place + 1 :], len(rows[place])))
    if looks_like_a_row(rows[place]):
        notices.append(Notice("header_looks_like_a_row"))
    if len(columns) == 1:
        notices.append(Notice("one_column"))
    if _ends_in_half_a_line(text):
        notices.append(Notice("no_newline_at_end"))
    skipped += opening.spans[place][1]
    return DelimitedTable(text, delimiter, columns, skipped, [*notices, *of_names])


def guess_delimiter(sample: str) -> str:
    """The delimiter that cuts most rows into the same number of cells, two or more."""
    lines = io.StringIO(sample, newline="").readlines()
    whole = lines[:-1] if len(lines) > 1 and not lines[-1].endswith("\n") else lines
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in _parsed(whole, delimiter) if any(row))
        wide = {width: count for width, count in widths.items() if width > 1}
        if not wide:
            continue
        width = max(wide, key=lambda width: (wide[width], width))
        # To the nearest tenth, so that one damaged row does not decide between candidates.
        score = (round(wide[width] / widths.total(), 1), width)
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


def _ends_in_half_a_line(text: TextFile) -> bool:
    return not text.ends_in_newline


def _spoken(delimiter: str) -> str:
    return "TAB" if delimiter == "\t" else delimiter


@dataclass(slots=True)
class _Taken:
    """Consecutive rows, the physical lines that they were made of, and those refused."""

    rows: list[list[str]]
    firsts: list[int]
    spans: list[tuple[int, int]]
    lines: list[str]
    refused: dict[int, Reason]

    def original(self, place: int) -> str:
        begin, end = self.spans[place]
        return "".join(self.lines[begin:end]).rstrip("\r\n")

    def is_half(self, place: int) -> bool:
        """Only the last line of a file can do without a line ending."""
        return not self.lines[self.spans[place][1] - 1].endswith(("\n", "\r"))


class _Rows:
    """Rows of a stream, each with the physical lines it was made of, whatever they hold."""

    def __init__(self, stream: TextIO, delimiter: str, width: int, skipped_lines: int) -> None:
        # The limit belongs to the whole process; nobody there needs a lower one than ours.
        csv.field_size_limit(max(csv.field_size_limit(), FIELD_CHARACTERS))
        self.stream = iter(partial(stream.readline, LINE_CHARACTERS), "")
        self.delimiter = delimiter
        self.width = width
        self.returned: deque[str] = deque()
        self.lines: list[str] = []
        self.line = 0
        self.characters = 0
        self.ended = False
        self.too_long: set[int] = set()
        for _ in self._kept():
            if len(self.lines) >= skipped_lines:
                break

    def take(self, size: int) -> _Taken | None:
        """The next rows, at most `size`, and no more than memory should hold; None at the end."""
        self.line += len(self.lines)
        self.lines = lines = []
        self.characters = 0
        self.too_long.clear()
        rows: list[list[str]] = []
        firsts: list[int] = []
        spans: list[tuple[int, int]] = []
        refused: dict[int, Reason] = {}
        read = self._parser()
        begin = 0
        while len(rows) < size and self.characters < BATCH_CHARACTERS:
            line = self.line
            problem = None
            try:
                row = read()
            except StopIteration:
                break
            except csv.Error:
                row, problem = [], self._recover(begin)
                read = self._parser()
            else:
                # The parser asked for a line beyond the last: a quote is open.
                if self.ended:
                    problem = self._reopen(begin)
                    read = self._parser()
            end = len(lines)
            if self.too_long and not self.too_long.isdisjoint(range(begin, end)):
                problem = Reason("too_long", {"limit": str(FIELD_CHARACTERS)})
            if problem:
                refused[len(rows)] = problem
            if problem or any(row):
                rows.append(row)
                firsts.append(line + begin + 1)
                spans.append((begin, end))
            begin = end
        return _Taken(rows, firsts, spans, lines, refused) if rows else None

    def _parser(self) -> Callable[[], list[str]]:
        self.ended = False
        return csv.reader(self._kept(), delimiter=self.delimiter).__next__

    def _kept(self) -> Iterator[str]:
        """Hand lines to the parser and keep them; asked for one beyond the last, say so."""
        keep = self.lines.append
        for line in chain(self._drained(), self.stream):
            keep(line)
            self.characters += len(line)
            if len(line) >= LINE_CHARACTERS and not line.endswith(("\n", "\r")):
                line = self._shortened(line)  # noqa: PLW2901  what is kept is its beginning
            yield line
        self.ended = True

    def _drained(self) -> Iterator[str]:
        while self.returned:
            yield self.returned.popleft()

    def _shortened(self, line: str) -> str:
        """Read past the rest of a line that memory should not hold; keep its beginning.

        The parser gets a quote in its place when the line holds an odd number of them, so that it
        knows whether it is between quotes afterwards.
        """
        quotes = line.count('"')
        for more in self.stream:
            quotes += more.count('"')
            if more.endswith(("\n", "\r")):
                break
        self.lines[-1] = excerpt(line) + "\n"
        self.too_long.add(len(self.lines) - 1)
        return '"' * (quotes % 2) + "\n"

    def _recover(self, begin: int) -> Reason:
        """A field went beyond the limit: either it is that long, or its quote was never meant."""
        if "".join(self.lines[begin:]).count('"') % 2 == 0:
            return Reason("too_long", {"limit": str(FIELD_CHARACTERS)})
        if self._are_rows(self.lines[begin + 1 :]):
            return self._give_back(begin)
        for line in self.stream:
            self.line += 1
            if line.count('"') % 2:
                break
        return Reason("too_long", {"limit": str(FIELD_CHARACTERS)})

    def _reopen(self, begin: int) -> Reason:
        """The file ended between quotes: it was cut there, or the quote was never meant."""
        if self._are_rows(self.lines[begin + 1 :]):
            return self._give_back(begin)
        return Reason("half_a_line" if not self.lines[-1].endswith("\n") else "unclosed_quote")

    def _give_back(self, begin: int) -> Reason:
        """Keep the first line as the refused one, and read those after it again."""
        self.returned.extendleft(reversed(self.lines[begin + 1 :]))
        del self.lines[begin + 1 :]
        return Reason("unclosed_quote")

    def _are_rows(self, lines: Sequence[str]) -> bool:
        widths = [len(row) for row in _parsed(lines, self.delimiter)]
        return self.width > 1 and 2 * widths.count(self.width) > len(widths)
