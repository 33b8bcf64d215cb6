"""Pictures of service, journeys and the chain: they draw, in both languages, with the figures."""

import json
from datetime import UTC, datetime, timedelta

import ibis
import numpy as np
import pytest
import vl_convert

from entregent.adapters.charts import chain, journeys, service
from entregent.engine.chain.bootstrap import bootstrap_chain
from entregent.engine.chain.importance import importance_performance
from entregent.engine.chain.models import model_from
from entregent.engine.journeys.flows import journey_map
from entregent.engine.journeys.log import event_log
from entregent.engine.service.levels import service_level_by
from entregent.engine.service.queues import Line
from entregent.engine.service.staffing import staffing_costs

START = datetime(2026, 3, 2, tzinfo=UTC)
MODEL = model_from(
    {
        "constructs": {"Trust": ["t1", "t2"], "Value": ["v"], "Loyalty": ["l"]},
        "paths": [("Value", "Trust"), ("Trust", "Loyalty"), ("Value", "Loyalty")],
    }
)


@pytest.fixture(scope="module")
def bootstrapped():
    draw = np.random.default_rng(2).normal(size=(5, 80))
    value = 5 + draw[0]
    trust = value + 0.5 * draw[1]
    answers = {"v": value, "t1": trust, "t2": trust + draw[2], "l": trust - 0.1 * value + draw[3]}
    return bootstrap_chain(answers, MODEL, samples=100)


@pytest.fixture(scope="module")
def mapped():
    rows = [
        (1, "ask", 0),
        (1, "wait", 1),
        (1, "ask", 3),
        (1, "buy", 4),
        (2, "ask", 0),
        (2, "ask", 9),
    ]
    table = {
        "case_id": [row[0] for row in rows],
        "activity": [row[1] for row in rows],
        "at": [START + timedelta(hours=row[2]) for row in rows],
    }
    return journey_map(event_log(ibis.memtable(table)))


def drawn(specification):
    """The picture as SVG, which says whether Vega accepts it."""
    return vl_convert.vegalite_to_svg(json.loads(json.dumps(specification)))


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "Le moins cher : 14"), ("en", "Cheapest: 14")]
)
def test_the_cost_curve_names_its_cheapest_point_and_for_how_long_it_holds(language, words):
    curve = staffing_costs(Line(200, 180), agent_hour=25, waiting_hour=60)
    svg = drawn(service.staffing_cost_curve(curve, language))
    assert words in svg
    assert "48" in svg
    assert ("appels perdus" in svg, "lost calls" in svg) == (False, False)


def test_lost_calls_are_drawn_when_there_are_any():
    curve = staffing_costs(Line(200, 180, 60), agent_hour=25, waiting_hour=60, lost_call=3)
    assert "appels perdus" in drawn(service.staffing_cost_curve(curve))


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "comptent comme manqués"), ("en", "count as missed")]
)
def test_service_levels_say_how_abandoned_calls_count(language, words):
    calls = ibis.memtable(
        {
            "wait_seconds": [5.0, 45.0, 9.0],
            "abandoned": [False] * 3,
            "shop": ["Lille", "Lille", "Metz"],
        }
    )
    svg = drawn(service.service_levels(service_level_by(calls, ["shop"]), language))
    assert words in svg
    assert "Lille" in svg


@pytest.mark.parametrize(("language", "gap"), [("fr", "1,5 h"), ("en", "1.5 h")])
def test_the_graph_of_journeys_shows_stops_flows_and_gaps(mapped, language, gap):
    specification = journeys.directly_follows_graph(mapped, language)
    svg = drawn(specification)
    for name in ("ask", "wait", "buy"):
        assert f">{name}<" in svg
    assert journeys.duration(5400, language) == gap


def test_rare_activities_are_left_out_and_counted(mapped):
    assert "2 activités rares non montrées" in drawn(
        journeys.directly_follows_graph(mapped, activities=1)
    )


def test_a_journey_of_one_event_still_draws():
    table = {"case_id": [1], "activity": ["ask"], "at": [START]}
    alone = journey_map(event_log(ibis.memtable(table)))
    assert ">ask<" in drawn(journeys.directly_follows_graph(alone))


def test_durations_are_said_in_the_unit_a_person_would_use():
    said = [journeys.duration(seconds) for seconds in (0, 59, 60, 3600, 86_400, 864_000)]
    assert said == ["0 s", "59 s", "1 min", "1 h", "1 j", "10 j"]
    assert journeys.duration(172_800, "en") == "2 d"


@pytest.mark.parametrize(("language", "name"), [("fr", "Confiance"), ("en", "Trust")])
def test_the_path_diagram_writes_each_interval_and_each_r_squared(bootstrapped, language, name):
    svg = drawn(chain.path_diagram(bootstrapped, language))
    assert f">{name}<" in svg
    path = bootstrapped.paths["Value", "Trust"]
    figure = f"{path.value:.2f}"
    assert (figure.replace(".", ",") if language == "fr" else figure) in svg
    assert svg.count(">R² ") == 2


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "Où agir pour"), ("en", "Where to act for")]
)
def test_the_priority_map_names_its_goal(bootstrapped, language, words):
    found = importance_performance(bootstrapped.estimate, "Loyalty", (-5, 15))
    assert words in drawn(chain.priority_map(found, "Loyalty", language))
