"""Journeys against a plain reading of the log, event by event, and against published logs."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.battery import Measure, battery, unregistered
from tests.engine.real_data import events_of, shared

from entregent.engine import journeys
from entregent.engine.errors import BrokenContract, MissingColumns
from entregent.engine.journeys import customer_table, flows, log, names, variants
from entregent.engine.journeys.flows import directly_follows, journey_map
from entregent.engine.journeys.log import NoEvents, event_log, log_size
from entregent.engine.journeys.variants import channel_switches, drop_off, loops

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def table(rows, columns=("case_id", "activity", "hour")):
    """Events given as (case, activity, hour after the start, …)."""
    named = dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))
    hours = named.pop("hour")
    at = pa.array(
        [None if hour is None else START + timedelta(hours=hour) for hour in hours],
        pa.timestamp("us", "UTC"),
    )
    return ibis.memtable(pa.table({**named, "at": at}))


def rows_of(expression):
    return expression.to_pyarrow().to_pylist()


def read_plainly(events):
    """Traces, pairs with their gaps: the definition, without an engine."""
    cases = defaultdict(list)
    for row in events.to_pylist():
        cases[row["case_id"]].append((row["at"], row["event"], row["activity"]))
    traces = [sorted(trace) for trace in cases.values()]
    gaps = defaultdict(list)
    for trace in traces:
        for (at, _, source), (later, _, target) in pairwise(trace):
            gaps[source, target].append((later - at) / timedelta(seconds=1))
    return traces, gaps


def test_the_gap_is_the_median_of_all_gaps_and_not_their_mean():
    log = event_log(
        table([(1, "a", 0), (1, "b", 1), (2, "a", 0), (2, "b", 2), (3, "a", 0), (3, "b", 30)])
    )
    assert rows_of(directly_follows(log)) == [
        {"source": "a", "target": "b", "n": 3, "median_gap_seconds": 2 * 3600}
    ]


def test_an_even_number_of_gaps_has_its_median_in_the_middle():
    log = event_log(table([(1, "a", 0), (1, "b", 1), (2, "a", 0), (2, "b", 2)]))
    assert rows_of(directly_follows(log))[0]["median_gap_seconds"] == 1.5 * 3600


def test_microseconds_are_kept():
    log = event_log(table([(1, "a", 0), (1, "b", 1 / 3600 / 1e6 * 7)]))
    assert rows_of(directly_follows(log))[0]["median_gap_seconds"] == pytest.approx(7e-6)


def test_ties_are_settled_by_the_column_asked_and_then_by_the_activity():
    rows = [(1, "b", 0, 1), (1, "a", 0, 2), (1, "c", 1, 3)]
    events = table(rows, ("case_id", "activity", "hour", "event"))
    by_name = {
        (row["source"], row["target"]) for row in rows_of(directly_follows(event_log(events)))
    }
    in_turn = event_log(events, order=["event"])
    by_turn = {(row["source"], row["target"]) for row in rows_of(directly_follows(in_turn))}
    assert by_name == {("a", "b"), ("b", "c")}
    assert by_turn == {("b", "a"), ("a", "c")}


def test_a_case_of_one_event_begins_and_ends_with_it_and_flows_nowhere():
    found = journey_map(event_log(table([(1, "a", 0)])))
    assert found.flows == ()
    assert (found.cases, found.events) == (1, 1)
    assert (found.stops[0].begins, found.stops[0].ends) == (1, 1)


def test_events_without_case_activity_or_time_are_left_out_and_counted():
    events = table([(1, "a", 0), (None, "b", 1), (1, None, 2), (1, "c", None), (1, "d", 3)])
    size = log_size(events)
    assert (size.events, size.cases, size.activities, size.left_out) == (2, 1, 2, 3)
    assert [row["target"] for row in rows_of(directly_follows(event_log(events)))] == ["d"]


def test_any_column_can_be_the_case():
    events = table([(1, "a", 0), (1, "b", 1)], ("customer_id", "activity", "hour"))
    assert rows_of(directly_follows(event_log(events, case="customer_id")))[0]["n"] == 1


def test_a_log_without_events_is_refused():
    empty = table([(1, "a", 0)]).limit(0)
    with pytest.raises(NoEvents):
        journey_map(event_log(empty))
    with pytest.raises(NoEvents):
        log_size(empty)


def test_absent_columns_are_named():
    events = table([(1, "a", 0)])
    with pytest.raises(MissingColumns, match="customer_id"):
        event_log(events, case="customer_id")
    with pytest.raises(MissingColumns, match="event"):
        event_log(events, order=["event"])
    with pytest.raises(MissingColumns, match="stage"):
        log_size(events, activity="stage")
    with pytest.raises(MissingColumns, match="channel"):
        channel_switches(event_log(events))


def test_variants_count_cases_that_went_the_same_way():
    rows = [(1, "a", 0), (1, "b", 1), (2, "a", 5), (2, "b", 9), (3, "b", 0), (3, "a", 1)]
    found = {
        tuple(row["variant"]): row for row in rows_of(variants.variants(event_log(table(rows))))
    }
    assert found["a", "b"]["n"] == 2
    assert found["a", "b"]["median_seconds"] == 2.5 * 3600
    assert found["b", "a"]["n"] == 1


def test_a_journey_longer_than_nine_events_keeps_its_order():
    long = [chr(ord("z") - place) for place in range(12)]
    found = rows_of(
        variants.variants(event_log(table([(1, name, h) for h, name in enumerate(long)])))
    )
    assert found[0]["variant"] == long


def test_loops_tell_repeats_at_once_from_returns():
    rows = [(1, a, hour) for hour, a in enumerate("aabab")] + [(2, "a", 0)]
    found = {row.pop("activity"): row for row in rows_of(loops(event_log(table(rows))))}
    assert found["a"] == {"n": 4, "cases": 2, "repeating_cases": 1, "repeats": 2, "at_once": 1}
    assert found["b"] == {"n": 2, "cases": 1, "repeating_cases": 1, "repeats": 1, "at_once": 0}


def test_switches_pass_over_events_of_unknown_channel():
    rows = [(1, "x", 0, "email"), (1, "x", 1, None), (1, "x", 2, "phone"), (1, "x", 3, "phone")]
    events = table(rows, ("case_id", "activity", "hour", "channel"))
    assert rows_of(channel_switches(event_log(events, carry=["channel"]))) == [
        {
            "from_channel": "email",
            "to_channel": "phone",
            "n": 1,
            "cases": 1,
            "median_gap_seconds": 7200.0,
        }
    ]


def test_drop_off_tells_the_dropped_from_the_finished_and_from_those_under_way():
    rows = [
        *((1, "ask", 0), (1, "buy", 1)),
        *((2, "ask", 0), (2, "wait", 1)),
        *((3, "ask", 95), (3, "wait", 99)),
        (4, "ask", 0),
        (5, "ask", 200),
    ]
    found = drop_off(
        event_log(table(rows)),
        completed=["buy"],
        as_of=START + timedelta(hours=100),
        quiet=timedelta(hours=24),
    )
    by_activity = {row.pop("activity"): row for row in rows_of(found)}
    assert by_activity["ask"] == {
        "reached": 4, "completed": 1, "under_way": 1, "dropped": 1, "still_here": 0,
    }  # fmt: skip
    assert by_activity["wait"] == {
        "reached": 2, "completed": 0, "under_way": 1, "dropped": 1, "still_here": 1,
    }  # fmt: skip
    assert by_activity["buy"]["dropped"] == 0


def test_drop_off_needs_an_instant_with_a_zone():
    with pytest.raises(BrokenContract, match="time zone"):
        drop_off(
            event_log(table([(1, "a", 0)])),
            completed=[],
            as_of=datetime(2026, 1, 1),
            quiet=timedelta(1),
        )


logs = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from("abc"), st.integers(0, 6)), min_size=1, max_size=25
)


@settings(max_examples=25, deadline=None)
@given(logs)
def test_every_count_agrees_with_a_plain_reading(rows):
    numbered = [(*row, place) for place, row in enumerate(rows)]
    events = table(numbered, ("case_id", "activity", "hour", "event"))
    log = event_log(events, order=["event"])
    traces, gaps = read_plainly(events.to_pyarrow())
    found = journey_map(log)
    assert {(f.source, f.target): f.n for f in found.flows} == {p: len(g) for p, g in gaps.items()}
    for flow in found.flows:
        assert flow.median_gap_seconds == median(gaps[flow.source, flow.target])
    ways = Counter(tuple(activity for *_, activity in trace) for trace in traces)
    assert {tuple(r["variant"]): r["n"] for r in rows_of(variants.variants(log))} == ways
    for row in rows_of(loops(log)):
        counts = [sum(a == row["activity"] for *_, a in trace) for trace in traces]
        assert row["repeats"] == sum(max(count - 1, 0) for count in counts)
        assert row["repeating_cases"] == sum(count > 1 for count in counts)
        assert row["at_once"] == len(gaps.get((row["activity"], row["activity"]), []))
    assert (
        sum(stop.begins for stop in found.stops) == sum(s.ends for s in found.stops) == len(traces)
    )


@pytest.mark.real_data
def test_the_running_example_of_process_mining_flows_as_in_the_book():
    """Six requests for compensation (van der Aalst 2016, table 2.1)."""
    found = journey_map(event_log(ibis.memtable(events_of("data/event_logs/running-example.xes"))))
    assert (found.cases, found.events) == (6, 42)
    flow = {(part.source, part.target): part.n for part in found.flows}
    assert flow["register request", "examine casually"] == 3
    assert flow["register request", "examine thoroughly"] == 1
    assert flow["register request", "check ticket"] == 2
    assert flow["decide", "reinitiate request"] == 3
    assert flow["decide", "reject request"] == flow["decide", "pay compensation"] == 3
    assert [stop.activity for stop in found.stops if stop.begins] == ["register request"]


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "cases", "events", "activities"),
    [
        ("helpdesk.xes.gz", 4580, 21_348, 14),
        ("06_bpic2013_closed.xes.gz", 1487, 6_660, 4),
        ("08_receipt.xes.gz", 1434, 8_577, 27),
    ],
)
def test_real_logs_agree_with_a_plain_reading(name, cases, events, activities):
    read = events_of(f"data/event_logs/{name}")
    found = journey_map(event_log(ibis.memtable(read), order=["event"]))
    assert (found.cases, found.events, len(found.stops)) == (cases, events, activities)
    traces, gaps = read_plainly(read)
    assert {(f.source, f.target): f.n for f in found.flows} == {p: len(g) for p, g in gaps.items()}
    for flow in found.flows:
        assert flow.median_gap_seconds == pytest.approx(median(gaps[flow.source, flow.target]))
    ways = Counter(tuple(activity for *_, activity in trace) for trace in traces)
    counted = rows_of(variants.variants(event_log(ibis.memtable(read), order=["event"])))
    assert {tuple(row["variant"]): row["n"] for row in counted} == ways


@pytest.mark.real_data
def test_the_incident_log_is_mapped_end_to_end():
    log = ibis.memtable(
        pq.read_table(
            shared("data/servicenow_incidents/incident_event_log.parquet"),
            columns=["number", "incident_state", "sys_updated_at", "sys_mod_count"],
        )
    )
    at = log["sys_updated_at"].as_timestamp("%d/%m/%Y %H:%M").cast("timestamp('UTC')")
    events = log.mutate(at=at, turn=log["sys_mod_count"].cast("int64"))
    found = journey_map(event_log(events, case="number", activity="incident_state", order=["turn"]))
    assert (found.cases, found.events) == (24_918, 141_712)
    assert sum(flow.n for flow in found.flows) == 141_712 - 24_918
    assert {part.activity for part in found.stops} >= {"New", "Active", "Resolved", "Closed"}


tables = logs.map(lambda rows: pa.table(table(rows).to_pyarrow()))


MEASURES = [
    Measure(
        "journey map",
        lambda events: journey_map(event_log(ibis.memtable(events))),
        {"events": tables},
        rows=["events"],
        examples=5,
        covers=(flows.journey_map, flows.directly_follows, flows.beginnings_and_ends),
    ),
    Measure(
        "log size",
        lambda events: log_size(ibis.memtable(events)),
        {"events": tables},
        rows=["events"],
        examples=5,
        covers=(log.log_size, log.event_log),
    ),
]

test_battery = battery(MEASURES)

# Ibis tables, unread: an empty log gives an empty table, and the order of its rows is the engine's.
UNREAD = {
    variants.variants,
    variants.loops,
    variants.channel_switches,
    variants.drop_off,
    customer_table.customer_table,
    names.numbered,
}


def test_no_measure_of_journeys_is_forgotten():
    assert unregistered(journeys, MEASURES, UNREAD) == []
