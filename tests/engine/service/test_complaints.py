"""Complaint figures: by hand, as of an instant, and on a real incident log."""

from datetime import UTC, datetime, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.real_data import shared

from entregent.engine.errors import BrokenContract, MissingColumns
from entregent.engine.estimates import Abstention
from entregent.engine.service.complaints import (
    NoCases,
    NoExposure,
    complaint_figures,
    complaint_figures_by,
    complaint_figures_of,
    complaint_rates,
    poisson_rate,
    problems_per_complaint,
)

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
STAMP = pa.timestamp("us", "UTC")


def after(hours):
    return [None if hour is None else MONDAY + timedelta(hours=hour) for hour in hours]


def cases(closed, **columns):
    """Cases opened on Monday at eight, closed so many hours later (None: still open)."""
    stamps = {name: values for name, values in columns.items() if name.endswith("_at")}
    others = {name: values for name, values in columns.items() if not name.endswith("_at")}
    table = {
        "case_id": list(range(len(closed))),
        "opened_at": pa.array([MONDAY] * len(closed), STAMP),
        "closed_at": pa.array(after(closed), STAMP),
        **{name: pa.array(after(hours), STAMP) for name, hours in stamps.items()},
        **others,
    }
    return ibis.memtable(pa.table(table))


def test_with_every_case_closed_the_median_is_the_plain_median():
    hours = [1, 2, 3, 10, 20]
    found = complaint_figures(cases(hours), as_of=MONDAY + timedelta(days=9))
    close = found.steps["close"]
    assert (found.opened, found.open, close.done, close.waiting) == (5, 0, 5, 0)
    assert close.median_hours.value == 3
    assert close.slow_hours.value == 20
    even = complaint_figures(cases([1, 2, 4, 10]), as_of=MONDAY + timedelta(days=9))
    assert even.steps["close"].median_hours.value == 3


def test_cases_left_open_make_the_time_longer_and_not_shorter():
    """Two closed fast, three open after 100 hours: nobody knows a median, and 2 h is no answer."""
    found = complaint_figures(cases([1, 2, None, None, None]), as_of=MONDAY + timedelta(hours=100))
    assert found.open == 3
    assert isinstance(found.steps["close"].median_hours, Abstention)
    half = complaint_figures(cases([1, 2, 3, None, None]), as_of=MONDAY + timedelta(hours=100))
    assert half.steps["close"].median_hours.value == 3


def test_survival_and_its_interval_match_an_independent_computation():
    """Kaplan-Meier by hand on six cases, two of them censored at different ages."""
    opened = after([0, 0, 0, 0, 90, 70])
    closed = after([10, 30, 50, 80, None, None])
    table = ibis.memtable(
        pa.table({"opened_at": pa.array(opened, STAMP), "closed_at": pa.array(closed, STAMP)})
    )
    close = complaint_figures(table, as_of=MONDAY + timedelta(hours=100)).steps["close"]
    # Censored at ages 10 and 30. Survival: 5/6 at 10, × 3/4 at 30, × 1/2 at 50, 0 at 80.
    assert close.median_hours.value == 50
    surviving = np.array([5 / 6, 5 / 6 * 3 / 4, 5 / 6 * 3 / 4 * 1 / 2, 0])
    greenwood = np.cumsum([1 / (6 * 5), 1 / (4 * 3), 1 / (2 * 1)])
    spread = 1.959963984540054 * np.sqrt(greenwood) / -np.log(surviving[:3])
    times = np.array([10, 30, 50, 80])
    low = times[np.append(surviving[:3] ** np.exp(spread), 0) <= 0.5][0]
    high = times[np.append(surviving[:3] ** np.exp(-spread), 0) <= 0.5][0]
    assert (close.median_hours.low, close.median_hours.high) == (low, high)


def test_the_same_cases_look_otherwise_at_an_earlier_instant():
    table = cases([1, 2, 30], acknowledged_at=[1, 1, 5], reopened=[0, 1, 0])
    early = complaint_figures(table, as_of=MONDAY + timedelta(hours=3))
    late = complaint_figures(table, as_of=MONDAY + timedelta(hours=40))
    assert (early.open, late.open) == (1, 0)
    assert (early.steps["acknowledge"].done, late.steps["acknowledge"].done) == (2, 3)
    assert early.reopened.n == 2
    assert early.reopened.value == 50
    assert late.reopened.value == pytest.approx(100 / 3)


def test_a_case_opened_later_does_not_exist_yet():
    with pytest.raises(NoCases):
        complaint_figures(cases([1]), as_of=MONDAY - timedelta(seconds=1))


def test_late_are_those_who_wait_beyond_the_promise():
    promises = {"close": timedelta(hours=10), "answer": timedelta(hours=1)}
    found = complaint_figures(
        cases([5, 15, None, None], acknowledged_at=[1, 1, 1, None]),
        as_of=MONDAY + timedelta(hours=20),
        promises=promises,
    )
    assert found.steps["acknowledge"].late is None
    close = found.steps["close"]
    assert close.late == 2
    assert close.kept.value == 25
    assert close.kept.n == 4
    young = complaint_figures(
        cases([5, None]), as_of=MONDAY + timedelta(hours=9), promises=promises
    )
    assert young.steps["close"].late == 0
    assert (young.steps["close"].kept.value, young.steps["close"].kept.n) == (100, 1)


def test_a_close_without_an_answer_is_an_answer():
    table = cases([8, 8], resolved_at=[3, None])
    found = complaint_figures(table, as_of=MONDAY + timedelta(days=2))
    assert found.steps["answer"].done == 2
    assert found.steps["answer"].slow_hours.value == 8


def test_a_step_that_nobody_records_has_no_figures():
    found = complaint_figures(cases([3, None]), as_of=MONDAY + timedelta(days=1))
    assert list(found.steps) == ["answer", "close"]
    opened_only = cases([3]).drop("closed_at")
    assert complaint_figures(opened_only, as_of=MONDAY + timedelta(days=1)).steps == {}


def test_a_step_before_the_opening_is_left_out_and_counted():
    found = complaint_figures(cases([-1, 2, 4]), as_of=MONDAY + timedelta(days=1))
    close = found.steps["close"]
    assert (close.impossible, close.done) == (1, 2)
    assert close.median_hours.value == 3


def test_figures_by_cause_come_sorted_with_the_nameless_last():
    table = cases([1, 2, 3, 4], cause=["late", None, "broken", "late"])
    found = complaint_figures_by(table, ["cause"], as_of=MONDAY + timedelta(days=1))
    assert [(cause, figures.opened) for cause, figures in found] == [
        ("broken", 1),
        ("late", 2),
        (None, 1),
    ]


def test_before_any_end_there_is_no_reopening_to_speak_of():
    found = complaint_figures(cases([None, None], reopened=[0, 0]), as_of=MONDAY)
    assert found.reopened is None
    assert isinstance(found.steps["close"].median_hours, Abstention)


def test_rates_per_problem_have_exact_poisson_intervals():
    """Garwood's 95 % interval for 10 events is 4.795 to 18.390."""
    rate = poisson_rate(10, 1)
    assert (rate.low, rate.high) == pytest.approx((4.795, 18.390), abs=1e-3)
    nothing = poisson_rate(0, 1)
    assert (nothing.value, nothing.low, nothing.high) == pytest.approx((0, 0, 3.689), abs=1e-3)
    found = complaint_rates(cases([1] * 3, cause=["late", "late", "lost"]), 2000, per=100)
    assert [(cause, part.value) for cause, part in found] == [("late", 0.1), ("lost", 0.05)]


def test_what_complaints_refuse():
    table = cases([1])
    with pytest.raises(BrokenContract, match="time zone"):
        complaint_figures(table, as_of=datetime(2026, 3, 3))
    with pytest.raises(BrokenContract, match="not on forget"):
        complaint_figures(table, as_of=MONDAY, promises={"forget": timedelta(1)})
    with pytest.raises(MissingColumns, match="opened_at"):
        complaint_figures(table.drop("opened_at"), as_of=MONDAY)
    with pytest.raises(MissingColumns, match="cause"):
        complaint_rates(table, 10)
    for exposure in (0, -1, float("nan"), float("inf")):
        with pytest.raises(NoExposure):
            complaint_rates(cases([1], cause=["late"]), exposure)
        with pytest.raises(NoExposure):
            poisson_rate(1, exposure)
    with pytest.raises(NoCases):
        complaint_rates(cases([1], cause=["late"]).limit(0), 10)


def test_silent_customers_are_measured_or_refused():
    assert problems_per_complaint(100, 20, 1000, 100).value == pytest.approx(2)
    with pytest.raises(NoExposure):
        problems_per_complaint(0, 0, 10, 1)
    with pytest.raises(NoCases):
        problems_per_complaint(100, 0, 10, 1)
    with pytest.raises(NoCases):
        problems_per_complaint(100, 5, 10, 0)
    with pytest.raises(BrokenContract, match="exceeds its whole"):
        problems_per_complaint(100, 101, 10, 1)


@pytest.mark.real_data
def test_a_real_incident_log_is_measured_end_to_end():
    log = pq.read_table(
        shared("data/servicenow_incidents/incident_event_log.parquet"),
        columns=["number", "reopen_count", "opened_at", "resolved_at", "closed_at", "priority"],
    )
    events = ibis.memtable(log)
    assert events.count().execute() == 141_712

    def moment(column):
        return events[column].nullif("?").as_timestamp("%d/%m/%Y %H:%M").cast("timestamp('UTC')")

    incidents = (
        events.mutate(
            opened_at=moment("opened_at"),
            resolved_at=moment("resolved_at"),
            closed_at=moment("closed_at"),
            reopened=events["reopen_count"].cast("int64"),
        )
        .group_by(case_id="number")
        .aggregate(
            opened_at=ibis._.opened_at.min(),
            resolved_at=ibis._.resolved_at.max(),
            closed_at=ibis._.closed_at.max(),
            reopened=ibis._.reopened.max(),
            priority=ibis._.priority.min(),
        )
    )
    found = complaint_figures(incidents, as_of=datetime(2018, 1, 1, tzinfo=UTC))
    assert found.opened == 24_918
    close = found.steps["close"]
    assert close.done + close.waiting + close.impossible == 24_918
    assert close.median_hours.low <= close.median_hours.value <= close.median_hours.high
    assert 0 < found.reopened.value < 5
    by_priority = complaint_figures_by(
        incidents, ["priority"], as_of=datetime(2016, 4, 1, tzinfo=UTC)
    )
    assert sum(figures.opened for _, figures in by_priority) < 24_918
    assert sum(figures.open for _, figures in by_priority) > 0


HOURS = st.none() | st.integers(-2, 60)


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(st.tuples(HOURS, HOURS, HOURS, st.none() | st.integers(0, 2)), min_size=1),
    as_of=st.integers(0, 50),
)
def test_cases_at_hand_are_measured_as_a_table_of_them(rows, as_of):
    steps = ("acknowledged_at", "resolved_at", "closed_at")
    *hours, again = (list(column) for column in zip(*rows, strict=True))
    stamps = dict(zip(steps, hours, strict=True))
    asked = {
        "as_of": MONDAY + timedelta(hours=as_of),
        "promises": {"answer": timedelta(hours=10), "close": timedelta(hours=20)},
    }
    table = cases(
        stamps["closed_at"],
        acknowledged_at=stamps["acknowledged_at"],
        resolved_at=stamps["resolved_at"],
        reopened=pa.array(again, pa.int64()),
    )
    opened = np.full(len(rows), MONDAY.timestamp())
    seconds = {
        name: [np.nan if hour is None else MONDAY.timestamp() + 3600 * hour for hour in column]
        for name, column in stamps.items()
    }
    reopened = [np.nan if times is None else times for times in again]
    assert complaint_figures_of(opened, seconds, reopened, **asked) == complaint_figures(
        table, **asked
    )


def test_cases_at_hand_are_refused_before_any_was_opened_and_without_a_step():
    never = {step: [np.nan] for step in ("acknowledged_at", "resolved_at", "closed_at")}
    opened = [(MONDAY + timedelta(hours=1)).timestamp()]
    with pytest.raises(NoCases):
        complaint_figures_of(opened, never, [0], as_of=MONDAY)
    with pytest.raises(MissingColumns):
        complaint_figures_of(opened, {"closed_at": [np.nan]}, [0], as_of=MONDAY)
    with pytest.raises(BrokenContract):
        complaint_figures_of(opened, never, [0], as_of=MONDAY.replace(tzinfo=None))
