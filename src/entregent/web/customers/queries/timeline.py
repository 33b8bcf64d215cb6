"""Everything that happened with one customer, newest first, from five tables as one list."""

import heapq
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from itertools import islice
from typing import Any, Literal

from django.db.models import Model, Q, QuerySet, prefetch_related_objects
from django.utils import timezone

from entregent.web.evidence.models import (
    Agreement,
    Answer,
    Case,
    Customer,
    Interaction,
    Transaction,
)  # fmt: skip
from entregent.web.shared.asked_words import Asked, answers_to, understand

PAGE = 40
MOST_READ = 20_000
"""Rows of one table that a search within reads before it says that it stopped."""

Kind = Literal["said", "answered", "bought", "complained", "agreed"]


@dataclass(frozen=True, slots=True)
class Table:
    """A table's part in the timeline: its time, and its rank among events of the same moment."""

    kind: Kind
    model: type[Model]
    time: str
    rank: int
    words: Callable[[Any], str]


TABLES: tuple[Table, ...] = (
    Table("said", Interaction, "at", 0, lambda row: f"{row.text} {row.activity}"),
    Table("answered", Answer, "at", 1, lambda row: f"{row.text} {row.instrument} {row.item}"),
    Table("bought", Transaction, "at", 2, lambda row: f"{row.product} {row.kind}"),
    Table(
        "complained", Case, "opened_at", 3,
        lambda row: f"{row.source_key} {row.cause} {row.remedy_asked} {row.remedy_given}",
    ),
    Table("agreed", Agreement, "since", 4, lambda row: row.text),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimelineAsked:
    """What a person wants to see of the timeline; the defaults show all of it."""

    words: str = ""
    kind: str = ""
    channel: str = ""
    direction: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def filtered(self) -> bool:
        return bool(
            self.words or self.kind or self.channel or self.direction or self.since or self.until
        )


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. Its place is its moment, then its table, then its key."""

    at: datetime
    rank: int
    key: int
    kind: Kind
    row: Any
    others: tuple[Any, ...] = ()
    """Rows told with it: answers of the same response, money moved in between."""

    @property
    def rows(self) -> tuple[Any, ...]:
        """The row and those told with it."""
        return (self.row, *self.others)

    @property
    def place(self) -> tuple[datetime, int, int]:
        return (self.at, self.rank, self.key)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Some events, the place where the next ones begin (empty at the end), and what was searched."""

    events: list[Event]
    following: str
    asked: Asked


def timeline_of(customer: Customer, asked: TimelineAsked, *, after: str = "") -> Timeline:
    """The events that follow a place; a place misread is the start."""
    place, words = _read(after), understand(asked.words)
    streams = [_events(table, customer, asked, words, place) for table in TABLES]
    merged = heapq.merge(*streams, key=lambda event: event.place, reverse=True)
    found = list(islice(merged, PAGE + 1))
    more = len(found) > PAGE
    shown = found[:PAGE]
    for kind in ("said", "answered"):
        rows = [event.row for event in shown if event.kind == kind]
        prefetch_related_objects(rows, "coded__segments")
    return Timeline(_gathered(shown), _written(shown[-1]) if more else "", words)


def _gathered(events: list[Event]) -> list[Event]:
    """Answers of one response stand together; so does the money moved between two other events."""
    together: list[Event] = []
    for event in events:
        last = together[-1] if together else None
        if last and last.kind == event.kind and _one_thing(last.row, event.row):
            together[-1] = replace(last, others=(*last.others, event.row))
        else:
            together.append(event)
    return together


def _one_thing(later: Any, earlier: Any) -> bool:
    if isinstance(later, Answer):
        return bool(later.response_id == earlier.response_id)
    return isinstance(later, Transaction)


def _events(
    table: Table,
    customer: Customer,
    asked: TimelineAsked,
    words: Asked,
    place: tuple[datetime, int, int] | None,
) -> Iterator[Event]:
    if not _wanted(table, asked):
        return iter(())
    rows = table.model._default_manager.filter(customer=customer)
    if table.kind == "said":
        rows = rows.select_related("case")
        if asked.channel:
            rows = rows.filter(channel=asked.channel)
        if asked.direction:
            rows = rows.filter(direction=asked.direction)
    if table.kind == "agreed":
        # A handful per customer, dated by day: read whole and placed in memory.
        events: Iterable[Event] = sorted(
            (
                _agreed(row)
                for row in Agreement.objects.filter(customer=customer).exclude(since=None)
            ),
            key=lambda event: event.place,
            reverse=True,
        )
        events = (event for event in events if _within(event.at, asked))
        if place is not None:
            start = place
            events = (event for event in events if event.place < start)
    else:
        rows = _between(table, rows, asked, place).order_by(f"-{table.time}", "-pk")
        events = _as_events(table, rows[:MOST_READ] if words else rows[: PAGE + 1])
    if words:
        return (event for event in events if answers_to(table.words(event.row), words))
    return iter(events)


def _wanted(table: Table, asked: TimelineAsked) -> bool:
    if asked.kind and asked.kind != table.kind:
        return False
    return table.kind == "said" or not (asked.channel or asked.direction)


def _between(
    table: Table, rows: QuerySet[Any], asked: TimelineAsked, place: tuple[datetime, int, int] | None
) -> QuerySet[Any]:
    if asked.since:
        rows = rows.filter(**{f"{table.time}__gte": asked.since})
    if asked.until:
        rows = rows.filter(**{f"{table.time}__lt": asked.until})
    if place is None:
        return rows
    at, rank, key = place
    rows = rows.filter(**{f"{table.time}__lte": at})
    if table.rank > rank:
        return rows.exclude(**{table.time: at})
    if table.rank == rank:
        return rows.filter(Q(**{f"{table.time}__lt": at}) | Q(pk__lt=key))
    return rows


def _as_events(table: Table, rows: QuerySet[Any]) -> Iterator[Event]:
    # Read in portions, so that a search within stops as soon as its page is full.
    portions = (rows[start : start + 500] for start in range(0, rows.query.high_mark or 0, 500))
    for portion in portions:
        read = list(portion)
        yield from (
            Event(getattr(row, table.time), table.rank, row.pk, table.kind, row) for row in read
        )
        if len(read) < 500:
            return


def _agreed(row: Agreement) -> Event:
    assert row.since is not None
    midnight = timezone.make_aware(datetime.combine(row.since, time()))
    return Event(midnight, TABLES[-1].rank, row.pk, "agreed", row)


def _within(at: datetime, asked: TimelineAsked) -> bool:
    return (asked.since is None or at >= asked.since) and (asked.until is None or at < asked.until)


def _written(event: Event) -> str:
    plain = json.dumps([event.at.astimezone(UTC).isoformat(), event.rank, event.key])
    return urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _read(written: str) -> tuple[datetime, int, int] | None:
    try:
        at, rank, key = json.loads(urlsafe_b64decode(written + "=" * (-len(written) % 4)))
        moment = datetime.fromisoformat(at)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC), int(rank), int(key))
    except (ValueError, TypeError, NotBase64):
        return None
