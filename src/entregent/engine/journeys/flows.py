"""What follows what: directly-follows counts with the median gap, beginnings and ends."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from entregent.engine.instants import SECOND
from entregent.engine.journeys.log import EventLog, NoEvents


@dataclass(frozen=True, slots=True)
class Flow:
    """n times, `target` came next after `source` in the same case."""

    source: str
    target: str
    n: int
    median_gap_seconds: float


@dataclass(frozen=True, slots=True)
class Stop:
    """One activity: events, and the cases that begin and end with it."""

    activity: str
    n: int
    begins: int
    ends: int


@dataclass(frozen=True)
class JourneyMap:
    """The directly-follows picture of a log, busiest first."""

    cases: int
    events: int
    stops: tuple[Stop, ...]
    flows: tuple[Flow, ...]


def directly_follows(log: EventLog) -> ir.Table:
    """Pairs of activities where the second is the very next event of the same case.

    Returns an Ibis table, unread: source, target, n, median_gap_seconds (exact; the mean of the
    two middle gaps when n is even). Gaps are 0 or more, to the microsecond.
    Source: van der Aalst 2016, "Process Mining", 2nd ed., ch. 6.

    >>> from entregent.engine.journeys.log import event_log
    >>> from datetime import UTC, datetime
    >>> table = ibis.memtable({
    ...     "case_id": [1, 1, 1], "activity": ["ask", "wait", "ask"],
    ...     "at": [datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (9, 10, 12)],
    ... })
    >>> directly_follows(event_log(table)).order_by("source").to_pyarrow().to_pylist()[0]
    {'source': 'ask', 'target': 'wait', 'n': 1, 'median_gap_seconds': 3600.0}
    """
    coded = log.events.join(log.names, "activity")
    following = ibis.window(group_by="case", order_by=["instant", *log.order, "code"])
    steps = coded.select(
        source_code=coded["code"],
        target_code=coded["code"].lead().over(following),
        gap=coded["instant"].lead().over(following) - coded["instant"],
    )
    steps = steps.filter(steps["target_code"].notnull())
    counted = steps.group_by(["source_code", "target_code"]).aggregate(
        n=steps.count(), median_gap=steps["gap"].median()
    )
    sources = log.names.select(source_code=log.names["code"], source=log.names["activity"])
    targets = log.names.select(target_code=log.names["code"], target=log.names["activity"])
    named = counted.join(sources, "source_code").join(targets, "target_code")
    return named.select(
        "source", "target", "n", median_gap_seconds=named["median_gap"].cast("float64") / SECOND
    )


def beginnings_and_ends(log: EventLog) -> ir.Table:
    """Events of each activity, and the cases it begins and ends.

    Returns an Ibis table, unread: activity, n, begins, ends.

    >>> from entregent.engine.journeys.log import event_log
    >>> from datetime import UTC, datetime
    >>> table = ibis.memtable({
    ...     "case_id": [1, 1], "activity": ["ask", "wait"],
    ...     "at": [datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (9, 10)],
    ... })
    >>> beginnings_and_ends(event_log(table)).order_by("activity").to_pyarrow().to_pylist()[0]
    {'activity': 'ask', 'n': 1, 'begins': 1, 'ends': 0}
    """
    events = log.events
    along = ibis.window(group_by="case", order_by=log.in_order)
    placed = events.select(
        "activity",
        first=events["activity"].lag().over(along).isnull(),
        last=events["activity"].lead().over(along).isnull(),
    )
    return placed.group_by("activity").aggregate(
        n=placed.count(),
        begins=placed["first"].cast("int64").sum(),
        ends=placed["last"].cast("int64").sum(),
    )


def journey_map(log: EventLog) -> JourneyMap:
    """The picture of a log, read: its stops and flows, busiest first.

    Raises NoEvents.

    >>> from entregent.engine.journeys.log import event_log
    >>> from datetime import UTC, datetime
    >>> table = ibis.memtable({
    ...     "case_id": [1, 1], "activity": ["ask", "wait"],
    ...     "at": [datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (9, 10)],
    ... })
    >>> journey_map(event_log(table)).flows
    (Flow(source='ask', target='wait', n=1, median_gap_seconds=3600.0),)
    """
    stops = [Stop(**row) for row in beginnings_and_ends(log).to_pyarrow().to_pylist()]
    if not stops:
        raise NoEvents
    flows = [Flow(**row) for row in directly_follows(log).to_pyarrow().to_pylist()]
    return JourneyMap(
        cases=sum(stop.begins for stop in stops),
        events=sum(stop.n for stop in stops),
        stops=tuple(sorted(stops, key=lambda stop: (-stop.n, stop.activity))),
        flows=tuple(sorted(flows, key=lambda flow: (-flow.n, flow.source, flow.target))),
    )
