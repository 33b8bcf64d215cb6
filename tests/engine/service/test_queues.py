"""Erlang's formulas against published values, simulation and limits."""

import heapq
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.real_data import shared

from entregent.engine.errors import LengthsDiffer
from entregent.engine.service.conventions import AbandonedCalls
from entregent.engine.service.errors import BrokenLine, NoCalls, OutOfReach, OverloadedLine
from entregent.engine.service.queues import (
    Line,
    blocking_probability,
    line_performance,
    waiting_probability,
)
from entregent.engine.service.staffing import (
    Goal,
    agents_needed,
    scheduled_for,
    staffing_costs,
    staffing_plan,
)


@pytest.fixture(scope="module")
def vectors():
    return json.loads(shared("domain/vectors.json").read_text())["erlang"]


@pytest.mark.real_data
def test_textbook_probabilities(vectors):
    textbook = vectors["textbook_C"]
    assert blocking_probability(5, 10) == pytest.approx(textbook["B(10,5)"], abs=1e-10)
    assert waiting_probability(5, 10) == pytest.approx(textbook["C(10,5)"], abs=1e-10)
    assert waiting_probability(0.5, 1) == pytest.approx(textbook["C(1,0.5)"])
    assert waiting_probability(1, 2) == pytest.approx(textbook["C(2,1)"])


@pytest.mark.real_data
def test_published_performance_with_endless_patience(vectors):
    for published in vectors["C"]:
        found = line_performance(Line(200, 180), published["N"], target_seconds=0.33 * 60)
        assert found.waits == pytest.approx(published["pw"], abs=5e-4)
        assert found.occupancy == pytest.approx(published["occ"], abs=5e-4)
        assert found.service_level() / 100 == pytest.approx(published["sl"], abs=5e-4)
        assert scheduled_for(published["N"], 0.30) == published["with_30pct_shrinkage"]


@pytest.mark.real_data
def test_eighty_twenty_asks_for_fourteen_and_thirteen_just_fails(vectors):
    published = vectors["eighty_twenty_C"]
    line = Line(2 * published["calls_per_30min"], published["aht_s"])
    for agents, level in published["N"].items():
        found = line_performance(line, int(agents), target_seconds=published["target_s"])
        assert found.service_level() / 100 == pytest.approx(level, abs=5e-5)
        assert found.mean_wait_seconds == pytest.approx(published["asa_s"][agents], abs=5e-3)
    assert agents_needed(line).agents == published["answer"]


@pytest.mark.real_data
def test_published_performance_when_callers_lose_patience(vectors):
    published = vectors["A"]
    line = Line(
        60 * published["lambda_per_min"], 60 * published["aht_min"], 60 * published["patience_min"]
    )
    found = line_performance(line, published["N"])
    assert found.waits == pytest.approx(published["pw"], abs=1e-5)
    assert found.abandoned == pytest.approx(published["p_abandon"], abs=1e-6)
    assert found.occupancy == pytest.approx(published["occ"], abs=1e-6)
    assert found.mean_wait_seconds / 60 == pytest.approx(published["asa_min"], abs=1e-6)
    assert found.service_level() / 100 == pytest.approx(published["sl_20s"], abs=1e-6)


def test_a_simulated_line_meets_every_figure_and_every_convention():
    """Calls one by one: who is answered, who gives up, and when."""
    rng = np.random.default_rng(1)
    line, agents, target, calls = Line(200, 180, 120), 10, 30.0, 300_000
    arrivals = np.cumsum(rng.exponential(18, calls)).tolist()
    service, patience = rng.exponential(180, calls).tolist(), rng.exponential(120, calls)
    free_at, wait = [0.0] * agents, np.empty(calls)
    for call, (arrival, patient) in enumerate(zip(arrivals, patience.tolist(), strict=True)):
        wait[call] = max(free_at[0] - arrival, 0.0)
        if wait[call] <= patient:
            heapq.heapreplace(free_at, arrival + wait[call] + service[call])
    abandoned = wait > patience
    stayed = np.minimum(wait, patience)
    in_time, short = ~abandoned & (stayed <= target), abandoned & (stayed <= target)
    found = line_performance(line, agents, target_seconds=target)
    assert found.waits == pytest.approx((stayed > 0).mean(), abs=0.01)
    assert found.mean_wait_seconds == pytest.approx(stayed.mean(), rel=0.03)
    assert found.abandoned == pytest.approx(abandoned.mean(), abs=0.005)
    assert found.abandoned_in_time == pytest.approx(short.mean(), abs=0.005)
    counted = {
        AbandonedCalls.MISSED: in_time.mean(),
        AbandonedCalls.IGNORED: in_time.sum() / (~abandoned).sum(),
        AbandonedCalls.MET_WHEN_SHORT: (in_time | short).mean(),
        AbandonedCalls.LEFT_OUT_WHEN_SHORT: in_time.sum() / (~short).sum(),
    }
    for convention, share in counted.items():
        assert found.service_level(convention) == pytest.approx(100 * share, abs=0.8)


@settings(deadline=None)
@given(st.floats(1, 500), st.floats(10, 900), st.integers(1, 40))
def test_endless_patience_is_the_limit_of_patience(calls, handling, spare):
    line = Line(calls, handling)
    agents = int(line.load) + 1 + spare  # nearer to the load, no patience is long enough
    endless = line_performance(line, agents)
    patient = line_performance(Line(calls, handling, 1e9), agents)
    assert patient.waits == pytest.approx(endless.waits, rel=1e-4, abs=1e-9)
    assert patient.service_level() == pytest.approx(endless.service_level(), rel=1e-4)
    assert patient.abandoned == pytest.approx(0, abs=1e-5)


@settings(deadline=None)
@given(st.floats(1, 500), st.floats(10, 900), st.floats(5, 900), st.integers(1, 60))
def test_flow_is_balanced_when_callers_lose_patience(calls, handling, patience, agents):
    """Who gives up is those who wait, at the rate of their patience."""
    found = line_performance(Line(calls, handling, patience), agents)
    assert found.abandoned == pytest.approx(found.mean_wait_seconds / patience, rel=1e-6, abs=1e-9)
    assert 0 <= found.abandoned_in_time <= found.abandoned + 1e-9
    assert 0 <= found.occupancy <= 1 + 1e-9
    assert found.in_time + found.abandoned <= 1 + 1e-9


@settings(deadline=None, max_examples=40)
@given(
    st.floats(1, 400),
    st.floats(20, 600),
    st.none() | st.floats(20, 600),
    st.sampled_from(list(AbandonedCalls)),
)
def test_one_agent_fewer_would_fail_the_goal(calls, handling, patience, convention):
    line, goal = Line(calls, handling, patience), Goal(abandoned=convention, occupancy=0.85)
    needed = agents_needed(line, goal)
    assert goal.met_by(needed.performance)
    fewer = needed.agents - 1
    if fewer > (line.load if patience is None else 0):
        assert not goal.met_by(line_performance(line, fewer))


def test_a_plan_follows_the_intervals():
    plan = staffing_plan([100, 0, 20], [180, 180, 300], shrinkage=0.3, fewest=2)
    assert [(part.agents, part.scheduled) for part in plan] == [(14, 20), (2, 3), (6, 9)]
    assert plan[1].performance is None
    hardly = staffing_plan([0.2], 60, fewest=3)[0]
    assert (hardly.agents, hardly.performance.agents) == (3, 3)


def test_the_cheapest_point_is_where_one_agent_more_stops_paying():
    curve = staffing_costs(Line(200, 180), agent_hour=25, waiting_hour=60)
    by_agents = {point.agents: point for point in curve.points}
    assert curve.cheapest.agents == 14
    assert by_agents[13].total > curve.cheapest.total < by_agents[15].total
    assert curve.holds_from < 60 < curve.holds_to
    for value, agents in ((curve.holds_from - 1, 13), (curve.holds_to + 1, 15)):
        other = staffing_costs(Line(200, 180), agent_hour=25, waiting_hour=value)
        assert other.cheapest.agents == agents


def test_lost_calls_pull_the_cheapest_point_up():
    line = Line(200, 180, 60)
    cheap = staffing_costs(line, agent_hour=25, waiting_hour=10)
    dear = staffing_costs(line, agent_hour=25, waiting_hour=10, lost_call=20)
    assert dear.cheapest.agents > cheap.cheapest.agents
    assert dear.cheapest.lost_calls > 0 == cheap.cheapest.lost_calls


def test_shrinkage_makes_agents_dearer():
    line = Line(200, 180, 60)
    present = staffing_costs(line, agent_hour=25, waiting_hour=200)
    shrunk = staffing_costs(line, agent_hour=25, waiting_hour=200, shrinkage=0.4)
    assert shrunk.cheapest.agents <= present.cheapest.agents
    assert shrunk.cheapest.staff == pytest.approx(shrunk.cheapest.agents * 25 / 0.6)


def test_an_overloaded_line_is_refused_unless_callers_lose_patience():
    with pytest.raises(OverloadedLine, match=r"10 agents cannot carry a load of 10\.00 erlangs"):
        line_performance(Line(200, 180), 10)
    assert 0 < line_performance(Line(200, 180, 60), 3).service_level() < 50


def test_a_goal_out_of_reach_says_how_far_it_got():
    with pytest.raises(OutOfReach, match=r"12 agents do not meet the goal: 64\.0 %"):
        agents_needed(Line(200, 180), most=12)
    with pytest.raises(OutOfReach, match="the load alone"):
        agents_needed(Line(200, 180), most=9)


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), float("inf")])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_line_without_sense_is_refused(place, wrong):
    parts = [200.0, 180.0, 60.0]
    parts[place] = wrong
    with pytest.raises(BrokenLine):
        Line(*parts)


@pytest.mark.parametrize(
    "broken",
    [
        lambda: Goal(level=100),
        lambda: Goal(level=float("nan")),
        lambda: Goal(occupancy=0),
        lambda: scheduled_for(3, 1.0),
        lambda: scheduled_for(3, -0.1),
        lambda: line_performance(Line(1, 1), 0),
        lambda: line_performance(Line(1, 1), 2, target_seconds=-1),
        lambda: line_performance(Line(1, 1), 2, target_seconds=float("nan")),
        lambda: blocking_probability(-1, 3),
        lambda: blocking_probability(float("nan"), 3),
        lambda: staffing_plan([5], 180, interval_minutes=0),
        lambda: staffing_plan([float("nan")], 180),
        lambda: staffing_costs(Line(1, 1), agent_hour=0, waiting_hour=1),
        lambda: staffing_costs(Line(1, 1), agent_hour=1, waiting_hour=-1),
        lambda: staffing_costs(Line(1, 1), agent_hour=1, waiting_hour=1, lost_call=float("inf")),
    ],
)
def test_what_makes_no_sense_is_refused(broken):
    with pytest.raises(BrokenLine):
        broken()


def test_a_plan_needs_intervals_and_a_handling_time_for_each():
    with pytest.raises(NoCalls):
        staffing_plan([], 180)
    with pytest.raises(LengthsDiffer):
        staffing_plan([1, 2], [180])


def test_a_large_line_is_computed_at_once():
    """Thousands of agents, and callers patient for an hour."""
    needed = agents_needed(Line(60_000, 240, 3600))
    assert 3900 < needed.agents < 4000  # fewer than the load, as a few give up
