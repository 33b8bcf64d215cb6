"""The ways cases go: variants, loops, channel switches, and where journeys are dropped."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from entregent.engine.errors import BrokenContract, MissingColumns
from entregent.engine.instants import SECOND
from entregent.engine.journeys.log import EventLog


def variants(log: EventLog) -> ir.Table:
    """Cases that went the same way, activity by activity.

    Returns an Ibis table, unread: variant (the activities in order), n cases, median_seconds from
    first to last event.
    Source: van der Aalst 2016, "Process Mining", 2nd ed., ch. 5.

    >>> from entregent.engine.journeys.log import event_log
    >>> from datetime import UTC, datetime
    >>> table = ibis.memtable({
    ...     "case_id": [1, 1], "activity": ["ask", "wait"],
    ...     "at": [datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (9, 10)],
    ... })
    >>> variants(event_log(table)).to_pyarrow().to_pylist()
    [{'variant': ['ask', 'wait'], 'n': 1, 'median_seconds': 3600.0}]
    """
    along = ibis.window(group_by="case", order_by=log.in_order)
    events = log.events.mutate(place=ibis.row_number().over(along).cast("int32"))
    # Not every engine collects in an order asked; all of them sort a list of (place, activity).
    step = ibis.struct({"place": events["place"], "activity": events["activity"]})
    cases = events.group_by("case").aggregate(
        steps=step.collect(), spent=events["instant"].max() - events["instant"].min()
    )
    ways = cases.select("spent", variant=cases["steps"].sort().map(lambda taken: taken["activity"]))
    counted = ways.group_by("variant").aggregate(n=ways.count(), median=ways["spent"].median())
    return counted.select("variant", "n", median_seconds=counted["median"].cast("float64") / SECOND)


def loops(log: EventLog) -> ir.Table:
    """Activities done again in the same case: rework, repeated contacts.

    Returns an Ibis table, unread: activity, n events, cases, repeating_cases (twice or more),
    repeats (events beyond the first of each case), at_once (repeats that follow the same activity
    directly; the others come back after something else).

    >>> from entregent.engine.journeys.log import event_log
    >>> from datetime import UTC, datetime
    >>> table = ibis.memtable({
    ...     "case_id": [1] * 4, "activity": ["call", "call", "wait", "call"],
    ...     "at": [datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in range(4)],
    ... })
    >>> loops(event_log(table)).order_by("activity").to_pyarrow().to_pylist()[0]
    {'activity': 'call', 'n': 3, 'cases': 1, 'repeating_cases': 1, 'repeats': 2, 'at_once': 1}
    """
    events = log.events
    along = ibis.window(group_by="case", order_by=log.in_order)
    marked = events.select(
        "case",
        "activity",
        again=(events["activity"].lag().over(along) == events["activity"]).fill_null(False),
    )
    per_case = marked.group_by(["case", "activity"]).aggregate(
        times=marked.count(), again=marked["again"].cast("int64").sum()
    )
    return per_case.group_by("activity").aggregate(
        n=per_case["times"].sum(),
        cases=per_case.count(),
        repeating_cases=(per_case["times"] > 1).cast("int64").sum(),
        repeats=(per_case["times"] - 1).sum(),
        at_once=per_case["again"].sum(),
    )


def channel_switches(log: EventLog, *, channel: str = "channel") -> ir.Table:
    """Changes of channel within a case.

    log: carries `channel`; events without one are passed over, so that a letter of unknown
    channel between two calls is no switch.
    Returns an Ibis table, unread: from_channel, to_channel, n, cases, median_gap_seconds.
    Raises MissingColumns when the log does not carry the channel.

    >>> from entregent.engine.journeys.log import event_log
    >>> from datetime import UTC, datetime
    >>> table = ibis.memtable({
    ...     "case_id": [1, 1], "activity": ["ask", "ask"], "channel": ["email", "phone"],
    ...     "at": [datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (9, 10)],
    ... })
    >>> channel_switches(event_log(table, carry=["channel"])).to_pyarrow().to_pylist()[0]["n"]
    1
    """
    if channel not in log.carried:
        raise MissingColumns("log", [channel])
    events = log.events.filter(log.events[channel].notnull())
    along = ibis.window(group_by="case", order_by=[*log.in_order, channel])
    steps = events.select(
        "case",
        from_channel=events[channel],
        to_channel=events[channel].lead().over(along),
        gap=events["instant"].lead().over(along) - events["instant"],
    )
    switched = steps.filter(
        steps["to_channel"].notnull(), steps["to_channel"] != steps["from_channel"]
    )
    counted = switched.group_by(["from_channel", "to_channel"]).aggregate(
        n=switched.count(), cases=switched["case"].nunique(), median=switched["gap"].median()
    )
    return counted.select(
        "from_channel",
        "to_channel",
        "n",
        "cases",
        median_gap_seconds=counted["median"].cast("float64") / SECOND,
    )


def drop_off(
    log: EventLog, *, completed: Sequence[str], as_of: datetime, quiet: timedelta
) -> ir.Table:
    """At which activity journeys are left unfinished.

    completed: activities that end a journey well; a case that has any of them is not dropped.
    as_of: instant at which the log was taken, with zone.  quiet: a case without an event for this
    long before `as_of` is dropped; a fresher one is still under way and not judged.
    Returns an Ibis table, unread: activity, reached (cases), completed, under_way, dropped (cases
    whose last event it is, unfinished and quiet), still_here (same, but under way).
    Divide dropped by reached - still_here: who is still here has not decided yet.
    Raises BrokenContract on an instant without zone.

    >>> from entregent.engine.journeys.log import event_log
    >>> from datetime import UTC
    >>> table = ibis.memtable({
    ...     "case_id": [1, 1, 2], "activity": ["ask", "buy", "ask"],
    ...     "at": [datetime(2026, 3, day, tzinfo=UTC) for day in (2, 3, 4)],
    ... })
    >>> drop_off(
    ...     event_log(table), completed=["buy"],
    ...     as_of=datetime(2026, 4, 1, tzinfo=UTC), quiet=timedelta(days=10),
    ... ).order_by("activity").to_pyarrow().to_pylist()[0]["dropped"]
    1
    """
    if as_of.tzinfo is None:
        raise BrokenContract("the instant has no time zone")
    taken = int(as_of.timestamp() * SECOND)
    limit = taken - int(quiet.total_seconds() * SECOND)
    events = log.events.filter(log.events["instant"] <= taken)
    along = ibis.window(group_by="case", order_by=log.in_order)
    placed = events.select(
        "case",
        "activity",
        "instant",
        last=events["activity"].lead().over(along).isnull(),
        finished=events["activity"].isin(list(completed)),
    )
    whole = ibis.window(group_by="case")
    judged = placed.mutate(
        done=placed["finished"].cast("int64").max().over(whole),
        fresh=(placed["instant"].max().over(whole) > limit).cast("int64"),
    )
    per_case = judged.group_by(["case", "activity"]).aggregate(
        done=judged["done"].max(),
        fresh=judged["fresh"].max(),
        last=judged["last"].cast("int64").max(),
    )
    open_ = (1 - per_case["done"]) * per_case["fresh"]
    left = (1 - per_case["done"]) * (1 - per_case["fresh"])
    return per_case.group_by("activity").aggregate(
        reached=per_case.count(),
        completed=per_case["done"].sum(),
        under_way=open_.sum(),
        dropped=(left * per_case["last"]).sum(),
        still_here=(open_ * per_case["last"]).sum(),
    )
