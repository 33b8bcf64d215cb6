"""Comma-separated values and their cousins: any delimiter, any line ending, any damage."""

import csv
import io
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from typing import TextIO

from entregent.adapters.readers.batches import Batch, Notice, Reason, Unreadable, UnreadableFile
from entregent.adapters.readers.choices import Choices
from entregent.adapters.readers.headers import looks_like_a_row, named
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
    """The rows of one text file with a delimiter."""

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
        with self.text.open() as stream:
            rows = _Rows(stream, self.delimiter, self.skipped_lines)
            size = max(1, min(size, BATCH_CELLS // len(self.columns)))
            while True:
                taken = rows.take(size)
                if taken is None:
                    return
                yield self._batch(taken)

    def _batch(self, taken: "_Taken") -> Batch:
        width = len(self.columns)
        refused = dict(taken.refused)
        if not self.text.is_clean and self.text.foreign("".join(taken.lines)):
            for place in range(len(taken.rows)):
                reason = self.text.foreign(taken.original(place))
                if reason:
                    refused.setdefault(place, reason)
        for place, row in enumerate(taken.rows):
            if len(row) != width and place not in refused:
                self._settle_width(place, row, taken, refused)

        kept = [place for place in range(len(taken.rows)) if place not in refused]
        rows = [taken.rows[place] for place in kept] if refused else taken.rows
        cells = zip(*rows, strict=True) if rows else [()] * width
        return Batch(
            numbers=[taken.firsts[place] for place in kept],
            cells={
                name: list(values) for name, values in zip(self.columns, cells, strict=True)
            },
            original=lambda i: taken.original(kept[i]),
            unreadable=[
                Unreadable(taken.firsts[place], readable(excerpt(taken.original(place))), reason)
                for place, reason in sorted(refused.items())
            ],
        )

    def _settle_width(
        self, place: int, row: list[str], taken: "_Taken", refused: dict[int, Reason]
    ) -> None:
        """Trailing empty cells are no harm; anything else would put words under a wrong name."""
        width = len(self.columns)
        facts = {"have": str(len(row)), "want": str(width)}
        if len(row) < width:
            is_half = taken.reached_end and place == len(taken.rows) - 1
            half = is_half and not self.text.ends_in_newline
            refused[place] = Reason("half_a_line" if half else "too_few_cells", facts)
        elif any(row[width:]):
            refused[place] = Reason("too_many_cells", facts)
        else:
            del row[width:]


@dataclass(slots=True)
class _Taken:
    """Consecutive rows with the physical lines they were made of."""

    rows: list[list[str]]
    firsts: list[int]
    spans: list[tuple[int, int]]
    lines: list[str]
    refused: dict[int, Reason]
    reached_end: bool

    def original(self, place: int) -> str:
        begin, end = self.spans[place]
        return "".join(self.lines[begin:end]).rstrip("\r\n")


class _Rows:
    """Rows of a stream, each with the physical lines it was made of, whatever they hold."""

    def __init__(self, stream: TextIO, delimiter: str, skipped_lines: int) -> None:
        # The limit is the whole process's; nobody needs a lower one than ours.
        csv.field_size_limit(max(csv.field_size_limit(), FIELD_CHARACTERS))
        self.delimiter = delimiter
        self.stream = iter(partial(stream.readline, LINE_CHARACTERS), "")
        self.returned: deque[str] = deque()
        self.line = 0
        self.lines: list[str] = []
        self.characters = 0
        self.ended = False
        self.too_long: set[int] = set()
        for _ in range(skipped_lines):
            self._next_line()
        self._begin()

    def take(self, size: int) -> _Taken | None:
        """The next rows, at most `size` and no more than memory should hold; None at the end."""
        # Lines of a row begun but not yet complete never outlive a batch: a batch ends with a row.
        first_line = self.line
        self.lines.clear()
        self.lines = []
        self.characters = 0
        self._begin()
        rows: list[list[str]] = []
        firsts: list[int] = []
        spans: list[tuple[int, int]] = []
        refused: dict[int, Reason] = {}
        begin = 0
        lines = self.lines
        read = self.reader.__next__

        while len(rows) < size and self.characters < BATCH_CHARACTERS:
            try:
                row = read()
            except StopIteration:
                break
            except csv.Error:
                refused[len(rows)] = self._recover(begin)
                row = []
                read = self.reader.__next__
            else:
                if self.ended:
                    refused[len(rows)] = self._give_back(begin)
                    read = self.reader.__next__
            end = len(lines)
            if self.too_long and not self.too_long.isdisjoint(range(begin, end)):
                refused[len(rows)] = Reason("field_too_long", {"limit": f"{FIELD_CHARACTERS}"})
            if len(rows) in refused or any(row):
                rows.append(row)
                firsts.append(first_line + begin + 1)
                spans.append((begin, end))
            begin = end
        if not rows:
            return None
        return _Taken(rows, firsts, spans, lines, refused, self.ended)

    def _begin(self) -> None:
        self.ended = False
        self.reader = csv.reader(self._kept(), delimiter=self.delimiter)

    def _kept(self) -> Iterator[str]:
        """Hand lines to the parser, keeping them; once it asks beyond the last, `ended` is set."""
        lines = self.lines
        while True:
            while self.returned:
                line = self.returned.popleft()
                ...
