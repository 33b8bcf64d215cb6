"""Kano: the table, the rules, and five published attributes."""

import csv
from dataclasses import astuple

import ibis
import numpy as np
import pyarrow as pa
import pytest

from entregent.engine.errors import (
    BrokenContract,
    LengthsDiffer,
    MissingColumns,
    NoRatings,
    NotFinite,
    RatingOutOfScale,
    TooFewRespondents,
    UnknownOption,
)
from entregent.engine.surveys.kano import (
    KanoCounts,
    compare_kano_segments,
    kano_bootstrap,
    kano_by_segment,
    kano_continuous,
    kano_counts,
    kano_counts_by,
    kano_fuzzy,
    kano_pairs,
    kano_result,
)

# stp4/stp25kano README, n = 296: counts M O A I R Q, mode, rule, total and category strength,
# better, worse, Fong's difference, threshold and verdict.
PUBLISHED = [
    ("Service app", (95, 123, 45, 33, 0, 0), "O", "O", 0.89, 0.09, 0.568, -0.736, 28, 19.4, True),
    ("Excellent service", (101, 54, 54, 81, 3, 3), "M", "M", 0.71, 0.07, 0.372, -0.534, 20, 18.5, True),
    ("Hotline", (15, 24, 121, 124, 6, 6), "I", "A", 0.54, 0.01, 0.511, -0.137, 3, 19.8, False),
    ("Loan machine", (65, 87, 93, 51, 0, 0), "A", "O", 0.83, 0.02, 0.608, -0.514, 6, 18.5, False),
    ("Ready-to-use return", (9, 18, 83, 177, 6, 3), "I", "I", 0.37, 0.32, 0.352, -0.094, 94, 19.9, True),
]  # fmt: skip


@pytest.mark.parametrize("published", PUBLISHED, ids=[row[0] for row in PUBLISHED])
def test_attributes_come_out_as_published(published):
    _, counts, mode, rule, total, strength, better, worse, gap, threshold, differs = published
    result = kano_result(KanoCounts(*counts))
    assert (result.mode, result.by_rule) == (mode, rule)
    assert round(result.total_strength.value, 2) == total
    assert round(result.category_strength, 2) == strength
    assert (round(result.better.value, 3), round(result.worse.value, 3)) == (better, worse)
    assert (result.fong.difference, round(result.fong.threshold, 1)) == (gap, threshold)
    assert result.fong.significant is differs
    assert result.clear is (strength >= 0.06)


def test_the_table_is_that_of_berger():
    every = [(up, across) for up in range(1, 6) for across in range(1, 6)]
    letters = "".join(
        "MOAIRQ"[int(np.argmax(astuple(kano_counts([up], [across]))))] for up, across in every
    )
    assert letters == "QAAAORIIIMRIIIMRIIIMRRRRQ"


def test_pouliot_doubts_the_same_answer_twice_unless_neutral():
    same = range(1, 6)
    assert kano_counts(same, same, table="Pouliot").Q == 4
    assert kano_counts(same, same, table="Berger").Q == 2


def test_blauth_weighs_what_matters_against_what_does_not():
    silent_mode = KanoCounts(M=30, O=10, A=15, I=40, R=0, Q=5)
    assert kano_result(silent_mode).mode == "I"
    assert kano_result(silent_mode).blauth == "M"
    assert kano_result(KanoCounts(M=20, O=10, A=10, I=40, R=10, Q=10)).blauth == "I"


def test_coefficients_carry_intervals_within_their_range():
    result = kano_result(KanoCounts(M=0, O=0, A=5, I=0, R=1, Q=0))
    assert (result.better.value, result.better.high, result.worse.value) == (1.0, 1.0, 0.0)
    assert 0 < result.better.low < 1
    assert -1 < result.worse.low < result.worse.high == 0.0


def test_attributes_that_only_puzzle_have_no_coefficients():
    result = kano_result(KanoCounts(0, 0, 0, 0, 3, 4))
    assert (result.better, result.worse, result.mode) == (None, None, "Q")
    assert kano_bootstrap(KanoCounts(0, 0, 0, 0, 6, 6)).better is None


def test_continuous_answers_place_the_attribute():
    # Functional like is 4 and must-be 2; dysfunctional dislike is 4 and live with 2.
    point = kano_continuous([1, 1, 2, 2], [5, 4, 4, 5])
    assert (point.functional.value, point.dysfunctional.value) == (3.0, 3.0)
    assert point.deviation == pytest.approx((1.1547005, 1.1547005))
    assert (point.correlation, point.category) == (0.0, "O")
    assert kano_continuous([3, 3], [5, 5]).category == "M"
    assert kano_continuous([1, 1], [3, 3]).category == "A"
    assert kano_continuous([3], [3]).category == "I"


def test_fuzzy_answers_may_belong_to_two_categories():
    half = [[0.5, 0.5, 0, 0, 0]]
    dislike = [[0, 0, 0, 0, 1]]
    assert kano_fuzzy(half, dislike) == KanoCounts(M=1, O=1, A=0, I=0, R=0, Q=0)
    assert kano_fuzzy(half, dislike, threshold=0.6).n == 0


def test_crisp_fuzzy_answers_are_ordinary_answers():
    draw = np.random.default_rng(4)
    up, across = draw.integers(1, 6, (2, 80))
    assert kano_fuzzy(np.eye(5)[up - 1], np.eye(5)[across - 1]) == kano_counts(up, across)


def test_bootstrap_is_as_sure_as_the_margin_allows():
    sure = kano_bootstrap(KanoCounts(M=9, O=18, A=83, I=177, R=6, Q=3))
    torn = kano_bootstrap(KanoCounts(M=15, O=24, A=121, I=124, R=6, Q=6))
    assert sure.probabilities["I"] > 0.999
    assert 0.6 < torn.probabilities["A"] < 0.9
    assert sum(torn.probabilities.values()) == pytest.approx(1)
    wilson = kano_result(KanoCounts(M=15, O=24, A=121, I=124, R=6, Q=6)).better
    assert (torn.better.low, torn.better.high) == pytest.approx((wilson.low, wilson.high), abs=0.01)


def test_segments_that_contradict_each_other_are_told():
    up = [1] * 40 + [3] * 40
    segments = ["young"] * 40 + ["old"] * 40
    split = kano_by_segment(up, [3] * 80, segments)
    assert (split.segments["young"].by_rule, split.segments["old"].by_rule) == ("A", "I")
    assert split.contradictory
    assert split.cramers_v == pytest.approx(1.0)
    alike = kano_by_segment([1, 3] * 40, [3] * 80, segments)
    assert not alike.contradictory
    assert alike.heterogeneity_p == pytest.approx(1.0)


@pytest.mark.parametrize("measure", [kano_counts, kano_continuous])
@pytest.mark.parametrize(
    ("up", "across", "refusal"),
    [
        ([], [], NoRatings),
        ([1, np.nan], [1, 2], NotFinite),
        ([1, 2], [1, np.inf], NotFinite),
        ([0], [1], RatingOutOfScale),
        ([1], [6], RatingOutOfScale),
        ([1.5], [1], RatingOutOfScale),
        ([1, 2], [1], LengthsDiffer),
    ],
)
def test_answers_that_are_none_are_refused(measure, up, across, refusal):
    with pytest.raises(refusal):
        measure(up, across)


def test_other_refusals_name_the_fact():
    with pytest.raises(NoRatings):
        kano_result(KanoCounts(0, 0, 0, 0, 0, 0))
    with pytest.raises(NoRatings):
        kano_bootstrap(KanoCounts(0, 0, 0, 0, 0, 0))
    with pytest.raises(TooFewRespondents, match="10 are needed"):
        kano_bootstrap(KanoCounts(1, 0, 0, 0, 0, 0))
    with pytest.raises(BrokenContract, match="below 0"):
        KanoCounts(-1, 0, 0, 0, 0, 0)
    with pytest.raises(UnknownOption, match="Pouliot"):
        kano_counts([1], [1], table="Kano")
    with pytest.raises(TooFewRespondents):
        kano_by_segment([1], [2], ["only"])
    with pytest.raises(NoRatings):
        compare_kano_segments(
            {"a": KanoCounts(1, 0, 0, 0, 0, 0), "b": KanoCounts(0, 0, 0, 0, 0, 0)}
        )
    with pytest.raises(BrokenContract, match="sum to 1"):
        kano_fuzzy([[0.5, 0, 0, 0, 0]], [[1, 0, 0, 0, 0]])
    with pytest.raises(BrokenContract, match="5 are needed"):
        kano_fuzzy([[1.0]], [[1.0]])
    with pytest.raises(BrokenContract, match="threshold"):
        kano_fuzzy([[1.0, 0, 0, 0, 0]], [[1.0, 0, 0, 0, 0]], threshold=0)


# ---------------------------------------------------------------- on tables


def long_answers(rows):
    return ibis.memtable(
        pa.table(
            {
                "response_id": [row[0] for row in rows],
                "item": [row[1] for row in rows],
                "value": pa.array([row[2] for row in rows], pa.float64()),
                "segment": [row[3] for row in rows],
            }
        )
    )


def test_both_answers_of_a_respondent_find_each_other():
    answers = long_answers(
        [
            ("r1", "app.functional", 1, "a"),
            ("r1", "app.dysfunctional", 5, "a"),
            ("r2", "app.functional", 3, "b"),
            ("r2", "app.dysfunctional", 5, "b"),
            ("r3", "app.functional", 1, "b"),
            ("r3", "app.dysfunctional", None, "b"),
            ("r1", "overall", 9, "a"),
        ]
    )
    assert kano_counts_by(kano_pairs(answers)) == [("app", KanoCounts(1, 1, 0, 0, 0, 0))]
    by_segment = kano_counts_by(kano_pairs(answers, keep=["segment"]), ["attribute", "segment"])
    assert by_segment == [
        ("app", "a", KanoCounts(0, 1, 0, 0, 0, 0)),
        ("app", "b", KanoCounts(1, 0, 0, 0, 0, 0)),
    ]


def test_tables_that_cannot_be_read_are_refused():
    twice = long_answers(
        [
            ("r1", "app.functional", 1, "a"),
            ("r1", "app.functional", 2, "a"),
            ("r1", "app.dysfunctional", 5, "a"),
        ]
    )
    with pytest.raises(BrokenContract, match="more than once"):
        kano_counts_by(kano_pairs(twice))
    with pytest.raises(NoRatings):
        kano_counts_by(kano_pairs(long_answers([("r1", "app.functional", 1, "a")])))
    off_scale = ibis.memtable(pa.table({"functional": [1.0], "dysfunctional": [float("nan")]}))
    with pytest.raises(RatingOutOfScale):
        kano_counts_by(off_scale, [])
    with pytest.raises(MissingColumns, match="dysfunctional"):
        kano_counts_by(ibis.memtable(pa.table({"functional": [1.0]})), [])


WORDING = [
    "I like it that way",
    "I must be that way",
    "I am neutral",
    "I can live with it that way",
    "I dislike it that way",
]


@pytest.mark.real_data
def test_storing_funds_as_the_first_cohort_sees_it(shared):
    path = shared / "kano_payments" / "storage--cohort1-clean.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    code = {answer: number for number, answer in enumerate(WORDING, start=1)}
    results = {}
    for feature in ("F1", "F2", "F3", "F4", "F5"):
        up, across = (
            [code[row[f"{feature}_{half}"]] for row in rows]
            for half in ("functional", "dysfunctional")
        )
        results[feature] = kano_result(kano_counts(up, across))
    assert {feature: result.by_rule for feature, result in results.items()} == {
        "F1": "I",
        "F2": "O",
        "F3": "O",
        "F4": "O",
        "F5": "O",
    }
    assert astuple(results["F1"].counts) == (5, 6, 13, 48, 15, 4)
    assert not results["F5"].fong.significant
