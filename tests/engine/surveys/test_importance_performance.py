"""Importance and performance: four quadrants, how surely, and against competitors."""

import numpy as np
import pytest

from entregent.engine.errors import (
    BrokenContract,
    ConstantColumn,
    LengthsDiffer,
    NoRatings,
    NotFinite,
    UnknownOption,
)
from entregent.engine.surveys.importance_performance import (
    importance_performance,
    importance_performance_of_answers,
)

NAMES = ["delay", "advice", "logo", "car park"]
IMPORTANCE, PERFORMANCE = [9.0, 8.0, 2.0, 1.0], [2.0, 8.0, 9.0, 1.0]


def quadrants(crossed):
    return {position.name: position.quadrant for position in crossed.attributes}


def test_four_attributes_fall_in_four_quadrants():
    crossed = importance_performance(IMPORTANCE, PERFORMANCE, NAMES, source="stated")
    assert quadrants(crossed) == {
        "delay": "concentrate here",
        "advice": "keep up",
        "car park": "low priority",
        "logo": "possible overkill",
    }
    assert (crossed.importance_crosshair, crossed.performance_crosshair) == (5.0, 5.0)
    assert [position.name for position in crossed.attributes] == NAMES


def test_medians_resist_one_outlier():
    far = [100.0, 3.0, 2.0, 1.0]
    by_mean = importance_performance(far, PERFORMANCE, NAMES, source="derived")
    by_median = importance_performance(
        far, PERFORMANCE, NAMES, source="derived", crosshair="median"
    )
    assert quadrants(by_mean)["advice"] == "possible overkill"
    assert quadrants(by_median)["advice"] == "keep up"


def test_the_gap_to_the_best_competitor_is_told():
    crossed = importance_performance(
        IMPORTANCE, PERFORMANCE, NAMES, source="stated", best_competitor=[5, 7, 9, 1]
    )
    assert [position.gap for position in crossed.attributes] == [-3, 1, 0, 0]


def test_answers_tell_how_sure_a_quadrant_is():
    draw = np.random.default_rng(0)
    importance = np.array([6, 5, 4.9, 2]) + draw.normal(size=(60, 4))
    performance = np.array([2, 5, 5, 6]) + draw.normal(size=(60, 4))
    crossed = importance_performance_of_answers(importance, performance, NAMES)
    certainty = {position.name: position.certainty for position in crossed.attributes}
    assert certainty["delay"] == 100
    assert certainty["advice"] > 85
    first = crossed.attributes[0]
    assert first.importance.low < first.importance.value < first.importance.high
    assert crossed.source == "stated"


@pytest.mark.parametrize(
    ("importance", "performance", "refusal"),
    [
        ([], [], NoRatings),
        ([1, np.nan], [1, 2], NotFinite),
        ([1, 2], [1, np.inf], NotFinite),
        ([1, 2, 3], [1, 2, 3], LengthsDiffer),
        ([1, 1], [1, 2], ConstantColumn),
        ([1, 2], [3, 3], ConstantColumn),
    ],
)
def test_figures_that_make_no_map_are_refused(importance, performance, refusal):
    with pytest.raises(refusal):
        importance_performance(importance, performance, ["a", "b"], source="stated")


def test_other_refusals_name_the_fact():
    with pytest.raises(UnknownOption, match="derived, stated"):
        importance_performance([1, 2], [2, 1], ["a", "b"], source="guessed")
    with pytest.raises(UnknownOption, match="median"):
        importance_performance([1, 2], [2, 1], ["a", "b"], source="stated", crosshair="mode")
    with pytest.raises(BrokenContract, match="competitor"):
        importance_performance([1, 2], [2, 1], ["a", "b"], source="stated", best_competitor=[1])
    with pytest.raises(LengthsDiffer):
        importance_performance_of_answers([[1, 2]], [[1, 2], [2, 1]], ["a", "b"])
