"""When customers call: the typical week that a staffing plan starts from."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby

import ibis
import ibis.expr.types as ir

from entregent.engine.errors import BrokenContract, MissingColumns
from entregent.engine.instants import whole_seconds
from entregent.engine.service.errors import NoCalls

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class IntervalLoad:
    """One interval of the typical week.

    weekday: 0 Monday to 6 Sunday.  minute: of the day, at which the interval begins.
    calls: mean per such interval, days without a call counted.  most: the busiest seen.
    handle_seconds: mean of the calls that say; None when none does.  n: calls in all.
    """

    weekday: int
    minute: int
    calls: float
    most: int
    handle_seconds: float | None
    n: int


def typical_week(
    interactions: ir.Table, *, interval_minutes: int = 30, zone: tzinfo = UTC
) -> list[IntervalLoad]:
    """Mean calls and handling time of each interval of the week, in the clock of `zone`.

    interactions: evidence table, of which `at` and, when there, `handle_seconds` are read; filter
    by channel, direction and period beforehand. interval_minutes: a divisor of a day.
    The period runs from the first day with a call to the last, both counted whole.
    Returns the intervals in which anybody ever called, in the order of the week.
    Raises MissingColumns, NoCalls, BrokenContract when the interval does not divide a day.

    >>> at = [datetime(2026, 3, 2, 9, 5, tzinfo=UTC), datetime(2026, 3, 9, 9, 20, tzinfo=UTC)]
    >>> load = typical_week(ibis.memtable({"at": at}))[0]
    >>> load.weekday, load.minute, load.calls
    (0, 540, 1.0)
    """
    if interval_minutes < 1 or DAY_MINUTES % interval_minutes:
        raise BrokenContract(f"{interval_minutes} minutes do not divide a day")
    if "at" not in interactions.columns:
        raise MissingColumns("interactions", ["at"])
    seconds = (
        interactions["handle_seconds"].cast("float64")
        if "handle_seconds" in interactions.columns
        else ibis.null("float64")
    )
    # Minutes leave the engine, so that the clock of any zone can be read from them.
    minute = whole_seconds(interactions["at"]) // 60
    counted = (
        interactions.filter(interactions["at"].notnull())
        .select(_minute=minute.cast("int64"), handling=seconds)
        .group_by("_minute")
        .aggregate(
            _calls=ibis._.count(), _total=ibis._.handling.sum(), _said=ibis._.handling.count()
        )
    )
    return _averaged(counted.to_pyarrow().to_pylist(), interval_minutes, zone)


def _averaged(rows: list[dict[str, float]], minutes: int, zone: tzinfo) -> list[IntervalLoad]:
    if not rows:
        raise NoCalls(": no interaction has a time")
    intervals = []
    for row in rows:
        local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=row["_minute"])).astimezone(
            zone
        )
        start = (local.hour * 60 + local.minute) // minutes * minutes
        intervals.append((local.weekday(), start, local.date(), row))
    first, last = min(part[2] for part in intervals), max(part[2] for part in intervals)
    days = [
        sum(
            (first + timedelta(days=day)).weekday() == weekday
            for day in range((last - first).days + 1)
        )
        for weekday in range(7)
    ]
    loads = []
    intervals.sort(key=lambda part: (*part[:3], part[3]["_minute"]))
    for (weekday, start), group in groupby(intervals, key=lambda part: part[:2]):
        members = list(group)
        by_day: dict[object, int] = {}
        for _, _, day, row in members:
            by_day[day] = by_day.get(day, 0) + int(row["_calls"])
        said = sum(row["_said"] for *_, row in members)
        total = sum(row["_total"] or 0.0 for *_, row in members)
        loads.append(
            IntervalLoad(
                weekday=weekday,
                minute=start,
                calls=sum(by_day.values()) / days[weekday],
                most=max(by_day.values()),
                handle_seconds=total / said if said else None,
                n=sum(by_day.values()),
            )
        )
    return loads
