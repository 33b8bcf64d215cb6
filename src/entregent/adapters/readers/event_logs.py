"""XES event logs: one row per event, with what its trace says under `case:`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from entregent.adapters.readers.batches import Batch, Notice, Reason, Unreadable, UnreadableFile
from entregent.adapters.readers.choices import Choices
from entregent.adapters.readers.flattening import as_json
from entregent.adapters.readers.inflation import opened
from entregent.adapters.readers.records import Record, batched, columns_of
from entregent.adapters.readers.text_files import TextFile

VALUES = frozenset({"string", "date", "int", "float", "boolean", "id"})
BEGAN = "case:first:timestamp"
TELLING = ("case:concept:name", "concept:name", "time:timestamp", "org:resource")


@dataclass(slots=True)
class EventLogTable:
    """The events of one log, in the order of the file; a row's number is the event's place."""

    text: TextFile
    notices: list[Notice] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    format: str = "xes"
    sheets: tuple[str, ...] = ()
    record_paths: tuple[str, ...] = ()
    rows_at_most: int | None = None

    def batches(self, size: int = 20_000) -> Iterator[Batch]:
        return batched(self.records(), self.columns, size)

    def records(self) -> Iterator[Record | Unreadable]:
        number = 0
        with opened(self.text.path) as content:
            events = _events(iterparse(content, events=("start", "end")))
            while True:
                try:
                    cells = next(events, None)
                except (ParseError, ValueError) as problem:
                    reason = Reason(_said(problem))
                    yield Unreadable(number + 1, "", reason)
                    return
                if cells is None:
                    return
                number += 1
                yield _record(number, cells)


def open_event_log(text: TextFile, choices: Choices) -> EventLogTable:  # noqa: ARG001  one door for all
    table = EventLogTable(text, list(text.notices))
    found = columns_of(table.records())
    if not found:
        first = next(table.records(), None)
        reason = first.reason if isinstance(first, Unreadable) else Reason("no_records")
        raise UnreadableFile(Reason("broken_xml") if reason.code == "cut_short" else reason)
    table.columns = (
        *(name for name in TELLING if name in found),
        *(name for name in found if name not in TELLING),
    )
    return table


def _record(number: int, cells: dict[str, str]) -> Record:
    return Record(number, cells, lambda: as_json(cells))


def _said(problem: Exception) -> str:
    if isinstance(problem, DefusedXmlException):
        return "entities_refused"
    return "cut_short"


def _events(parts: Iterator[tuple[str, Element]]) -> Iterator[dict[str, str]]:
    """The cells of each event. Elements are let go as soon as they were read."""
    path: list[Element] = []
    of_case: dict[str, str] = {}
    for step, element in parts:
        if step == "start":
            path.append(element)
            if _name(element) == "trace":
                of_case = {}
            continue
        path.pop()
        name = _name(element)
        parent = _name(path[-1]) if path else ""
        if name in VALUES and parent == "trace":
            of_case.update(_cells(element, "case:"))
        elif name == "event":
            cells: dict[str, str] = {}
            for attribute in element:
                cells.update(_cells(attribute, ""))
            # A trace does not say when it began; its first event does.
            of_case.setdefault(BEGAN, cells.get("time:timestamp", ""))
            yield of_case | cells
        if name in ("event", "trace", "global", "extension", "classifier") or (
            parent in ("trace", "log")
        ):
            element.clear()
            if path:
                path[-1].remove(element)


def _cells(attribute: Element, prefix: str) -> Iterator[tuple[str, str]]:
    key = attribute.get("key", "")
    if _name(attribute) in VALUES:
        yield prefix + key, attribute.get("value", "")
    for inner in attribute:
        yield from _cells(inner, f"{prefix}{key}.")


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
