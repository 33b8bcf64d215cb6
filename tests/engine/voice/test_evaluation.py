"""Scores are those of scikit-learn and of the definitions; intervals hold whole texts together."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from entregent.engine.errors import BrokenContract, LengthsDiffer, NoRatings
from entregent.engine.voice.evaluation import (
    accuracy,
    expected_calibration_error,
    macro_f1,
    positive_f1,
    risk_coverage,
    score_code,
    with_interval,
)

CHANCE = np.random.default_rng(5)
TRUTH = CHANCE.choice(["a", "b", "c"], 300, p=[0.6, 0.3, 0.1]).tolist()
ANSWERS = [one if CHANCE.random() < 0.7 else "a" for one in TRUTH]


def test_scores_are_those_of_scikit_learn():
    assert macro_f1(TRUTH, ANSWERS) == pytest.approx(f1_score(TRUTH, ANSWERS, average="macro"))
    assert accuracy(TRUTH, ANSWERS) == accuracy_score(TRUTH, ANSWERS)
    assert positive_f1(TRUTH, ANSWERS, positive="c") == pytest.approx(
        f1_score(TRUTH, ANSWERS, labels=["c"], average="macro")
    )


def test_rare_values_are_left_out_of_the_mean_but_not_forgiven():
    truth, answers = ["a"] * 10 + ["z"], ["a"] * 10 + ["a"]
    assert macro_f1(truth, answers) == pytest.approx(20 / 21)


def test_no_value_often_enough_is_refused():
    with pytest.raises(NoRatings):
        macro_f1(["a", "b"], ["a", "b"])


def test_columns_must_run_side_by_side():
    with pytest.raises(LengthsDiffer):
        accuracy(["a"], ["a", "b"])
    with pytest.raises(NoRatings):
        accuracy([], [])


def test_the_interval_is_wider_when_cases_come_in_texts():
    alone = with_interval(accuracy, TRUTH, TRUTH[:150] + ["?"] * 150, range(300))
    together = with_interval(accuracy, TRUTH, TRUTH[:150] + ["?"] * 150, np.arange(300) // 30)
    assert alone.value == together.value == 0.5
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_calibration_error_by_hand():
    assert expected_calibration_error([0.95, 0.95, 0.55, 0.55], [1, 1, 1, 0]) == pytest.approx(0.05)
    with pytest.raises(BrokenContract):
        expected_calibration_error([1.2], [1])
    with pytest.raises(NoRatings):
        expected_calibration_error([], [])


def test_risk_falls_when_the_unclear_is_given_up():
    clear = np.linspace(1, 0, 100)
    curve = risk_coverage(clear, clear > 0.2)
    assert curve.risk_at(0.8) == pytest.approx(0.0, abs=0.02)
    assert curve.risk_at(1.0) == pytest.approx(0.2, abs=0.02)


def test_a_code_is_judged_whole():
    score = score_code(
        "x", TRUTH, ANSWERS, range(300), confidences=np.full(300, 0.7), sure=np.arange(300) < 150
    )
    assert score.abstained == 0.5
    assert score.risk == pytest.approx(1 - accuracy(TRUTH, ANSWERS))
    assert score.baseline == pytest.approx(macro_f1(TRUTH, ["a"] * 300))
    assert score.f1.low < score.f1.value < score.f1.high
