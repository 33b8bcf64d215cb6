"""An event log: the events of cases, in one total order.

Two events of a case may carry the same instant, and each engine would then order them as it
likes. The log settles it: by instant, then by the columns named in `order`, then by activity; so
that what still ties is the same activity at the same instant, and either order counts alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis.expr.types as ir

from entregent.engine.errors import MissingColumns, NotMeasurable
from entregent.engine.instants import microseconds
from entregent.engine.journeys.names import numbered


class NoEvents(NotMeasurable):
    """No event has a case, an activity and a time."""

    def __init__(self) -> None:
        super().__init__("no event with a case, an activity and a time is there to measure")


@dataclass(frozen=True)
class EventLog:
    """Events ready to be counted: columns case, activity, instant (microseconds since 1970),
    order_1…, and `carried` ones; and the names of their activities, numbered.

    Built by `event_log`; the measures of this room are Ibis expressions over `events`, so that
    nothing is read before one of them is executed.
    """

    events: ir.Table
    names: ir.Table
    order: tuple[str, ...] = ()
    carried: tuple[str, ...] = field(default=())

    @property
    def in_order(self) -> list[str]:
        return ["instant", *self.order, "activity"]


@dataclass(frozen=True, slots=True)
class LogSize:
    """left_out: events without case, activity or time."""

    events: int
    cases: int
    activities: int
    left_out: int


def event_log(
    events: ir.Table,
    *,
    case: str = "case_id",
    activity: str = "activity",
    at: str = "at",
    order: Sequence[str] = (),
    carry: Sequence[str] = (),
) -> EventLog:
    """Events of a table as a log.

    events: evidence table `interactions`, or any table of events.  case: the column that says
    whose journey it is (case_id, customer_id…).  order: columns that order events of the same
    instant, such as interaction_id.  carry: columns a measure reads besides, such as channel.
    Events without case, activity or time are left out; `log_size` counts them.
    Raises MissingColumns.

    >>> import ibis
    >>> table = ibis.memtable({"case_id": [1], "activity": ["call"], "at": ["2026-03-02 09:00:00"]})
    >>> event_log(table.mutate(at=table["at"].cast("timestamp('UTC')"))).in_order
    ['instant', 'activity']
    """
    wanted = [case, activity, at, *order, *carry]
    if absent := [name for name in wanted if name not in events.columns]:
        raise MissingColumns("events", absent)
    complete = events.filter(
        events[case].notnull(), events[activity].notnull(), events[at].notnull()
    )
    columns: dict[str, Any] = {
        "case": complete[case],
        "activity": complete[activity],
        "instant": microseconds(complete[at].cast("timestamp('UTC')")),
        **{f"order_{place}": complete[name] for place, name in enumerate(order, 1)},
        **{name: complete[name] for name in carry},
    }
    in_turn = tuple(f"order_{place}" for place in range(1, len(order) + 1))
    # Names of the table itself: of a filtered one, the engine would hold all it reads twice.
    names = numbered(events.select(activity=events[activity]), "activity")
    return EventLog(complete.select(**columns), names, in_turn, tuple(carry))


def log_size(
    events: ir.Table, *, case: str = "case_id", activity: str = "activity", at: str = "at"
) -> LogSize:
    """What stands in a table of events, and what a log leaves out.

    Raises MissingColumns, NoEvents.

    >>> import ibis
    >>> table = ibis.memtable({"case_id": [1, None], "activity": ["call"] * 2, "at": ["x"] * 2})
    >>> log_size(table)
    LogSize(events=1, cases=1, activities=1, left_out=1)
    """
    if absent := [name for name in (case, activity, at) if name not in events.columns]:
        raise MissingColumns("events", absent)
    complete = events[case].notnull() & events[activity].notnull() & events[at].notnull()
    [row] = (
        events.aggregate(
            _all=events.count(),
            _events=complete.cast("int64").sum(),
            _cases=events[case].nunique(where=complete),
            _activities=events[activity].nunique(where=complete),
        )
        .to_pyarrow()
        .to_pylist()
    )
    if not row["_events"]:
        raise NoEvents
    return LogSize(row["_events"], row["_cases"], row["_activities"], row["_all"] - row["_events"])
