"""Service level on the evidence table, and the typical week."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import strategies as st
from tests.engine.battery import Measure, battery, unregistered

from entregent.engine import service
from entregent.engine.errors import BrokenContract, MissingColumns, UnknownOption
from entregent.engine.service import complaints, levels, queues, staffing
from entregent.engine.service.arrivals import typical_week
from entregent.engine.service.conventions import AbandonedCalls
from entregent.engine.service.errors import BrokenLine, ImpossibleWait, NoCalls
from entregent.engine.service.levels import service_level, service_level_by

CALLS = pa.table(
    {
        "wait_seconds": [5.0, 20.0, 20.1, 90.0, 10.0, 60.0, None],
        "abandoned": [False, False, False, None, True, True, None],
        "team": ["a", "a", "a", "b", "b", "b", "b"],
    }
)


def calls(**changed):
    columns = {name: CALLS[name].to_pylist() for name in CALLS.column_names} | changed
    return ibis.memtable(pa.table(columns))


@pytest.mark.parametrize(
    ("convention", "percent", "n"),
    [
        (AbandonedCalls.MISSED, 100 * 2 / 6, 6),
        (AbandonedCalls.IGNORED, 100 * 2 / 4, 4),
        (AbandonedCalls.MET_WHEN_SHORT, 100 * 3 / 6, 6),
        (AbandonedCalls.LEFT_OUT_WHEN_SHORT, 100 * 2 / 5, 5),
    ],
)
def test_each_convention_counts_abandoned_calls_its_own_way(convention, percent, n):
    found = service_level(calls(), abandoned=convention)
    assert found.level.value == pytest.approx(percent)
    assert (found.level.n, found.convention) == (n, convention)
    assert found.level.low < found.level.value < found.level.high
    assert found.level.method == "Wilson score"
    assert (found.answered, found.in_time) == (4, 2)
    assert (found.abandoned, found.abandoned_in_time) == (2, 1)
    assert (found.unsaid, found.without_wait) == (1, 1)


def test_the_target_itself_is_in_time():
    assert service_level(calls(), target_seconds=20).in_time == 2
    assert service_level(calls(), target_seconds=19.9).in_time == 1
    assert service_level(calls(), target_seconds=0).in_time == 0


def test_groups_come_sorted_with_their_own_counts():
    found = service_level_by(calls(), ["team"])
    assert [team for team, _ in found] == ["a", "b"]
    assert [part.answered for _, part in found] == [3, 1]


def test_a_group_that_the_convention_leaves_empty_is_not_there():
    gone = calls(abandoned=[False, False, False, True, True, True, None])
    found = service_level_by(gone, ["team"], abandoned=AbandonedCalls.IGNORED)
    assert [team for team, _ in found] == ["a"]


def test_without_a_column_for_abandonment_all_calls_count_as_answered_and_that_is_said():
    found = service_level(calls().drop("abandoned"))
    assert (found.answered, found.abandoned, found.unsaid) == (6, 0, 6)


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_an_impossible_wait_is_refused_with_its_count(wrong):
    with pytest.raises(ImpossibleWait, match="1 calls"):
        service_level(calls(wait_seconds=[5.0, 20.0, 20.1, 90.0, 10.0, 60.0, wrong]))


def test_no_call_with_a_wait_is_refused():
    with pytest.raises(NoCalls):
        service_level(calls(wait_seconds=pa.nulls(7, pa.float64())))
    with pytest.raises(NoCalls):
        service_level(calls().limit(0))
    with pytest.raises(NoCalls):
        service_level_by(calls().limit(0), ["team"])


def test_the_columns_and_options_asked_for_must_exist():
    with pytest.raises(MissingColumns, match="wait_seconds"):
        service_level(calls().drop("wait_seconds"))
    with pytest.raises(MissingColumns, match="shop"):
        service_level_by(calls(), ["shop"])
    with pytest.raises(UnknownOption, match="sometimes"):
        service_level(calls(), abandoned="sometimes")
    for target in (-1, float("nan"), float("inf")):
        with pytest.raises(BrokenLine):
            service_level(calls(), target_seconds=target)


def test_a_typical_week_counts_the_days_on_which_nobody_called():
    monday = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    at = [monday, monday + timedelta(minutes=20), monday + timedelta(days=14, minutes=10)]
    handling = [100.0, None, 200.0]
    found = typical_week(ibis.memtable({"at": at, "handle_seconds": handling}))
    assert len(found) == 1
    load = found[0]
    assert (load.weekday, load.minute, load.most, load.n) == (0, 540, 2, 3)
    assert load.calls == pytest.approx(1.0)
    assert load.handle_seconds == pytest.approx(150)


def test_a_typical_week_is_read_on_the_local_clock_in_winter_and_in_summer():
    at = [datetime(2026, 1, 5, 8, 0, tzinfo=UTC), datetime(2026, 7, 6, 7, 0, tzinfo=UTC)]
    found = typical_week(ibis.memtable({"at": at}), zone=ZoneInfo("Europe/Paris"))
    assert [(load.weekday, load.minute, load.n) for load in found] == [(0, 540, 2)]


def test_a_typical_week_refuses_what_it_cannot_read():
    with pytest.raises(NoCalls):
        typical_week(
            ibis.memtable(
                {"at": pa.nulls(1, pa.timestamp("us", "UTC"))}, schema={"at": "timestamp('UTC')"}
            )
        )
    with pytest.raises(MissingColumns):
        typical_week(calls())
    for minutes in (0, 7):
        with pytest.raises(BrokenContract, match="divide a day"):
            typical_week(calls(), interval_minutes=minutes)


waits = st.floats(0, 600).map(lambda seconds: round(seconds, 1))
tables = st.lists(st.tuples(waits, st.booleans()), min_size=1, max_size=20).map(
    lambda rows: pa.table(
        {
            "wait_seconds": pa.array([row[0] for row in rows], pa.float64()),
            "abandoned": pa.array([row[1] for row in rows], pa.bool_()),
        }
    )
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 2, 1), timezones=st.just(UTC))


@st.composite
def cases(draw):
    opened = draw(st.lists(moments, min_size=1, max_size=15))
    hours = draw(
        st.lists(st.none() | st.integers(0, 900), min_size=len(opened), max_size=len(opened))
    )
    closed = [
        None if h is None else o + timedelta(hours=h) for o, h in zip(opened, hours, strict=True)
    ]
    stamp = pa.timestamp("us", "UTC")
    return pa.table(
        {
            "opened_at": pa.array(opened, stamp),
            "closed_at": pa.array(closed, stamp),
            "cause": [("late", "broken")[len(opened) % 2]] * len(opened),
            "reopened": np.arange(len(opened)) % 3,
        }
    )


def on_tables(measure):
    return lambda table: measure(ibis.memtable(table))


MEASURES = [
    Measure(
        "service level",
        on_tables(lambda table: service_level_by(table, [])),
        {"table": tables},
        rows=["table"],
        finite=["table.wait_seconds"],
        covers=(levels.service_level, levels.service_level_by, levels.service_level_from_counts),
        examples=8,
    ),
    Measure(
        "complaint figures",
        on_tables(
            lambda table: complaints.complaint_figures(
                table,
                as_of=datetime(2026, 2, 1, tzinfo=UTC),
                promises={"close": timedelta(days=10)},
            )
        ),
        {"table": cases()},
        rows=["table"],
        covers=(complaints.complaint_figures, complaints.complaint_figures_by),
        examples=6,
    ),
    Measure(
        "complaint figures of cases at hand",
        lambda opened: complaints.complaint_figures_of(
            opened,
            dict.fromkeys(complaints.STEPS.values(), np.full(len(opened), np.nan)),
            np.zeros(len(opened)),
            as_of=datetime(2026, 2, 1, tzinfo=UTC),
        ),
        {"opened": st.lists(st.integers(0, 10**9), min_size=1, max_size=15).map(np.array)},
        rows=["opened"],
        covers=(complaints.complaint_figures_of,),
    ),
    Measure(
        "complaint rates",
        lambda table, exposure: complaints.complaint_rates(ibis.memtable(table), exposure),
        {"table": cases(), "exposure": st.floats(100, 1e5)},
        rows=["table"],
        covers=(complaints.complaint_rates, complaints.poisson_rate),
        examples=6,
    ),
    Measure(
        "typical week",
        on_tables(typical_week),
        {
            "table": st.lists(moments, min_size=1, max_size=15).map(
                lambda at: pa.table({"at": pa.array(at, pa.timestamp("us", "UTC"))})
            )
        },
        rows=["table"],
        covers=(typical_week,),
        examples=6,
    ),
]
test_battery = battery(MEASURES)


def test_no_measure_of_service_is_forgotten():
    formulas = {
        complaints.problems_per_complaint,
        queues.blocking_probability,
        queues.waiting_probability,
        queues.line_performance,
        staffing.scheduled_for,
        staffing.agents_needed,
        staffing.staffing_plan,
        staffing.staffing_costs,
    }
    assert unregistered(service, MEASURES, formulas) == []


def test_a_level_from_counts_is_refused_without_calls_or_with_an_impossible_wait():
    said = {"target_seconds": 20, "abandoned": AbandonedCalls.IGNORED}
    with pytest.raises(NoCalls):
        levels.service_level_from_counts(levels.CallCounts(0, 0, 3, 1), **said)
    with pytest.raises(ImpossibleWait):
        levels.service_level_from_counts(levels.CallCounts(1, 1, 0, 0, impossible=1), **said)
