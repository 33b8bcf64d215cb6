"""JSON documents and JSON Lines, record by record, however long they are."""

import codecs
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any, BinaryIO, Self

import ijson

from entregent.adapters.readers.batches import Batch, Notice, Reason, Unreadable, UnreadableFile
from entregent.adapters.readers.choices import Choices
from entregent.adapters.readers.conversations import root_is_record, rows_of
from entregent.adapters.readers.flattening import as_json, flattened
from entregent.adapters.readers.inflation import opened
from entregent.adapters.readers.limits import LINE_CHARACTERS, MOST_COLUMNS, RECORD_BYTES, excerpt
from entregent.adapters.readers.records import Record, batched, columns_of
from entregent.adapters.readers.text_files import TextFile, readable

# How many parts of the document tell where its records lie.
TELLING_EVENTS = 20_000
# One decoder for all lines: making one for each costs as much as reading the line.
DECODED = json.JSONDecoder(parse_float=Decimal).decode
BROKEN = (ijson.JSONError, ValueError, UnicodeError, RecursionError)


@dataclass(slots=True)
class JsonTable:
    """The records of one JSON document or of one file of JSON lines.

    record_path: where the records lie, `tickets` or `data.items`; empty, the document is the record
        or the list of them.
    """

    text: TextFile
    format: str
    record_path: str
    record_paths: tuple[str, ...]
    notices: list[Notice] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()

    @property
    def rows_at_most(self) -> int | None:
        return self.text.lines if self.format == "jsonl" else None

    def batches(self, size: int = 20_000) -> Iterator[Batch]:
        return batched(self.records(), self.columns, size)

    def records(self) -> Iterator[Record | Unreadable]:
        if self.format == "jsonl":
            return _from_lines(self.text)
        return _from_document(self.text, self.record_path)


def open_json(text: TextFile, choices: Choices) -> JsonTable:
    """Settle where the records of a JSON file lie and which columns they have."""
    notices = list(text.notices)
    if _is_lines(text.sample()) and choices.record_path is None:
        table = JsonTable(text, "jsonl", "", (), notices)
    else:
        paths, root = _record_paths(text)
        path = _chosen_path(paths, root, choices)
        if choices.record_path is None and len(paths) > 1:
            notices.append(
                Notice("several_record_paths", {"chosen": path, "paths": ", ".join(paths[:6])})
            )
        table = JsonTable(text, "json", path, tuple(paths), notices)
    table.columns = columns_of(table.records())
    if len(table.columns) > MOST_COLUMNS:
        facts = {"have": str(len(table.columns)), "limit": str(MOST_COLUMNS)}
        raise UnreadableFile(Reason("too_many_columns", facts))
    if not table.columns:
        first = next(table.records(), None)
        is_broken = isinstance(first, Unreadable) and first.reason.code != "not_an_object"
        raise UnreadableFile(Reason("broken_json" if is_broken else "no_records"))
    return table


def _is_lines(sample: str) -> bool:
    """Whether the first line is an object by itself, and another begins after it."""
    lines = [line for line in sample.lstrip("\ufeff").splitlines() if line.strip()]
    if len(lines) < 2 or not lines[1].lstrip().startswith("{"):
        return False
    try:
        return isinstance(json.loads(lines[0]), dict)
    except ValueError:
        return False


def _from_lines(text: TextFile) -> Iterator[Record | Unreadable]:
    with text.open() as stream:
        lines = iter(partial(stream.readline, LINE_CHARACTERS), "")
        for number, line in enumerate(lines, start=1):
            if len(line) >= LINE_CHARACTERS and not line.endswith("\n"):
                for more in lines:
                    if more.endswith("\n"):
                        break
                reason = Reason("too_long", {"limit": str(LINE_CHARACTERS)})
                yield Unreadable(number, readable(excerpt(line)), reason)
            elif line.strip("\ufeff \t\r\n"):
                yield from _from_line(number, line.strip("\ufeff\r\n"), text)


def _from_line(number: int, line: str, text: TextFile) -> Iterator[Record | Unreadable]:
    problem = None if text.is_clean else text.foreign(line)
    value = None
    try:
        value = DECODED(line)
    except (ValueError, RecursionError):
        problem = problem or Reason("broken_json")
    if problem is None and isinstance(value, dict):
        for row in _rows(number, value, partial(str, line)):
            yield _storable(row) if "\\ud" in line.lower() else row
    else:
        yield Unreadable(number, readable(excerpt(line)), problem or Reason("not_an_object"))


def _from_document(text: TextFile, path: str) -> Iterator[Record | Unreadable]:
    number = 0
    with _utf8(text) as content:
        values = ijson.items(content, path, multiple_values=True, buf_size=2**16)
        while True:
            try:
                value = next(values)
            except StopIteration:
                return
            except _TooLong:
                reason = Reason("too_long", {"limit": str(RECORD_BYTES)})
                yield Unreadable(number + 1, content.latest, reason)
                return
            except BROKEN as problem:
                code = "cut_short" if "premature" in str(problem).lower() else "broken_json"
                yield Unreadable(number + 1, content.latest, Reason(code))
                return
            number += 1
            content.since_record = 0
            if isinstance(value, dict):
                yield from _rows(number, value, partial(as_json, value))
            else:
                original = excerpt(as_json(value))
                yield Unreadable(number, original, Reason("not_an_object"))


def _storable(row: Record | Unreadable) -> Record | Unreadable:
    """Half a character, as `\\ud83d` alone, is written out: no store could take it."""
    if isinstance(row, Unreadable):
        return row
    cells = {name: readable(cell) for name, cell in row.cells.items()}
    return Record(row.number, cells, row.original)


def _rows(
    number: int, value: dict[str, Any], original: Callable[[], str]
) -> Iterator[Record | Unreadable]:
    try:
        rows = [flattened(row) for row in rows_of(value)]
    except RecursionError:
        yield Unreadable(number, "", Reason("too_deep"))
        return
    for cells in rows:
        yield Record(number, cells, original)


def _record_paths(text: TextFile) -> tuple[list[str], frozenset[str]]:
    """Where lists of objects lie, shallowest first, and the names at the root of the document."""
    found: dict[str, int] = {}
    root: set[str] = set()
    last: tuple[str, str] = ("", "")
    with _utf8(text) as content:
        events = ijson.parse(content, multiple_values=True, buf_size=2**16)
        try:
            for prefix, event, value in islice(events, TELLING_EVENTS):
                if event == "start_map" and last == (prefix.removesuffix(".item"), "start_array"):
                    found.setdefault(prefix, prefix.count("."))
                if event == "start_map" and prefix == "item" and last == ("", "start_array"):
                    found.setdefault("item", 0)
                if event == "map_key" and prefix == "":
                    root.add(value)
                last = (prefix, event)
        except (*BROKEN, _TooLong):
            pass
    nested = [path for path in found if path.count("item") == 1]
    return sorted(nested, key=lambda path: found[path]), frozenset(root)


def _chosen_path(paths: list[str], root: frozenset[str], choices: Choices) -> str:
    if choices.record_path is not None:
        wanted = choices.record_path
        for path in (wanted, f"{wanted}.item", ".".join(filter(None, [wanted, "item"]))):
            if path in paths:
                return path
        if wanted == "":
            return ""
        raise UnreadableFile(
            Reason("no_such_path", {"path": wanted, "paths": ", ".join(paths[:6])})
        )
    if root_is_record(root) or not paths:
        return ""
    return paths[0]


class _TooLong(Exception):
    """One record is longer than memory should hold."""


class _Measured:
    """UTF-8 bytes of a text file; counts those that went by since the last record ended."""

    def __init__(self, content: BinaryIO) -> None:
        self.content = content
        self.since_record = 0
        self.latest = ""

    def read(self, size: int = -1) -> bytes:
        block = self.content.read(size)
        self.since_record += len(block)
        if self.since_record > RECORD_BYTES:
            raise _TooLong
        if block:
            self.latest = readable(excerpt(block[-4000:].decode("utf-8", "replace")))
        return block

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.content.close()


def _utf8(text: TextFile) -> _Measured:
    content = opened(text.path)
    if text.encoding == "utf-8-sig":
        content.read(len(codecs.BOM_UTF8))
    elif text.encoding != "utf-8":
        recoded = codecs.EncodedFile(content, "utf-8", text.encoding, errors="replace")
        return _Measured(recoded)
    return _Measured(content)
