"""Pictures of survey results: valid Vega-Lite, intervals drawn, both languages."""

import json
from datetime import date

import numpy as np
import pytest
import vl_convert

from entregent.adapters.charts import surveys
from entregent.engine.surveys.csat import csat_distribution
from entregent.engine.surveys.drivers import key_drivers
from entregent.engine.surveys.importance_performance import (
    importance_performance,
    importance_performance_of_answers,
)
from entregent.engine.surveys.kano import KanoCounts, kano_bootstrap, kano_result
from entregent.engine.surveys.nps import NpsCounts, nps_from_counts
from entregent.engine.surveys.pareto import pareto

HOTLINE = KanoCounts(M=15, O=24, A=121, I=124, R=6, Q=6)
PUZZLING = KanoCounts(0, 0, 0, 0, 5, 9)
DRAW = np.random.default_rng(0)
RATINGS = DRAW.integers(1, 6, (30, 3)).astype(float)


def score(promoters):
    return nps_from_counts(NpsCounts(promoters, 30, 40))


PICTURES = {
    "scores by group": lambda language: surveys.scores_by_group(
        [("Lille", score(50)), ("Metz", score(30))], "nps", language
    ),
    "scores over time": lambda language: surveys.scores_over_time(
        [(date(2026, month, 1), score(10 * month)) for month in range(1, 6)], "csat", language
    ),
    "distribution": lambda language: surveys.satisfaction_distribution(
        csat_distribution([5, 4, 3, 5]), language
    ),
    "kano map": lambda language: surveys.kano_map(
        {"hotline": kano_result(HOTLINE), "puzzle": kano_result(PUZZLING)}, language
    ),
    "kano certainty": lambda language: surveys.kano_certainty(
        {"hotline": kano_bootstrap(HOTLINE)}, language
    ),
    "drivers": lambda language: surveys.driver_bars(
        key_drivers(RATINGS[:, :2], RATINGS[:, 2], ["délai", "accueil"], resamples=50), language
    ),
    "importance": lambda language: surveys.importance_performance_map(
        importance_performance([3, 1], [1, 3], ["délai", "accueil"], source="derived"), language
    ),
    "stated importance": lambda language: surveys.importance_performance_map(
        importance_performance_of_answers(
            RATINGS[:, :2], RATINGS[:, 1:], ["délai", "accueil"], resamples=50
        ),
        language,
    ),
    "pareto": lambda language: surveys.pareto_bars(
        pareto(["late"] * 8 + ["lost"] * 3 + ["rude"]), language
    ),
}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", list(PICTURES))
def test_a_picture_is_drawn_with_its_title(name, language):
    specification = PICTURES[name](language)
    svg = vl_convert.vegalite_to_svg(json.loads(json.dumps(specification)))
    title = specification.get("title") or specification["layer"][0].get("title")
    words = title if isinstance(title, str) else title["text"]
    assert words.split()[0] in svg
    assert "NaN" not in svg


@pytest.mark.parametrize("name", list(PICTURES))
def test_the_two_languages_differ_in_words_only(name):
    french, english = PICTURES[name]("fr"), PICTURES[name]("en")
    assert french != english
    assert french.keys() == english.keys()


@pytest.mark.parametrize("name", ["scores by group", "distribution", "kano map", "drivers"])
def test_intervals_are_drawn(name):
    text = json.dumps(PICTURES[name]("fr"))
    assert '"rule"' in text
    assert "low" in text


def test_an_attribute_without_coefficients_has_no_place_on_the_map():
    assert "puzzle" not in json.dumps(PICTURES["kano map"]("fr"))
