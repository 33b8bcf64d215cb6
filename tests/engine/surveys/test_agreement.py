"""Agreement between coders: Krippendorff's own example, Fleiss's, scikit-learn beside Cohen."""

import csv
import gzip
from collections import defaultdict

import ibis
import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import cohen_kappa_score

from entregent.engine.errors import (
    BrokenContract,
    LengthsDiffer,
    MissingColumns,
    NoRatings,
    NotFinite,
    TooFewRespondents,
    UnknownOption,
)
from entregent.engine.surveys.agreement import (
    OneCategoryOnly,
    cohen_kappa,
    cohen_kappa_of_counts,
    fleiss_kappa,
    krippendorff_alpha,
    pair_counts,
)

_ = np.nan
# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section D: four coders, 12 units.
KRIPPENDORFF = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
]
# Fleiss 1971 as printed in later textbooks: 10 subjects, 14 raters, kappa .210.
FLEISS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_of_krippendorffs_own_example(level, published):
    alpha = krippendorff_alpha(KRIPPENDORFF, level=level)
    assert round(alpha.value, 3) == published
    # The twelfth unit was coded once and says nothing about agreement.
    assert alpha.n == 11
    assert alpha.low < alpha.value < alpha.high


def test_kappa_of_fleisss_example():
    assert round(fleiss_kappa(FLEISS).value, 3) == 0.210


def test_alpha_of_complete_codes_is_near_fleiss():
    codes = [np.repeat(np.arange(5), row) for row in FLEISS]
    alpha, kappa = krippendorff_alpha(np.array(codes).T), fleiss_kappa(FLEISS)
    # alpha = 1 - (1 - kappa) (1 - 1/N) with N codes in all
    assert alpha.value == pytest.approx(1 - (1 - kappa.value) * (1 - 1 / 140), abs=1e-12)


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
def test_cohens_kappa_is_scikit_learns(weights):
    draw = np.random.default_rng(0)
    first = draw.integers(0, 4, 200)
    second = np.where(draw.random(200) < 0.6, first, draw.integers(0, 4, 200))
    theirs = cohen_kappa_score(first, second, weights=None if weights == "none" else weights)
    assert cohen_kappa(first, second, weights=weights).value == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("weights", ["none", "quadratic"])
def test_cohens_error_matches_resampling(weights):
    shares = np.array([[0.3, 0.05, 0.02], [0.06, 0.25, 0.04], [0.03, 0.05, 0.2]])
    draws = np.random.default_rng(1).multinomial(300, shares.ravel(), size=2000)
    kappas = [cohen_kappa_of_counts(draw.reshape(3, 3), weights=weights).value for draw in draws]
    told = cohen_kappa_of_counts(300 * shares, weights=weights).standard_error
    assert told == pytest.approx(np.std(kappas), rel=0.06)


def test_order_of_categories_matters_only_when_weighted():
    first, second = ["low", "high", "mid", "low"], ["mid", "high", "mid", "low"]
    order = ["low", "mid", "high"]
    assert cohen_kappa(first, second).value == cohen_kappa(first, second, order=order).value
    near = cohen_kappa(first, second, weights="linear", order=order)
    assert near.value > cohen_kappa(first, second, order=order).value


def test_perfect_agreement_is_one():
    assert cohen_kappa(list("aab"), list("aab")).value == 1.0
    assert fleiss_kappa([[3, 0], [0, 3]]).value == 1.0
    assert krippendorff_alpha([[1, 2], [1, 2]]).value == 1.0


def test_one_unit_has_no_interval():
    alone = krippendorff_alpha([[1], [2]])
    assert (alone.value, alone.low) == (0.0, None)


@pytest.mark.parametrize(
    ("codes", "refusal"),
    [
        ([], NoRatings),
        ([[1, _], [_, 2]], NoRatings),
        ([[1, np.inf], [1, 2]], NotFinite),
        ([[1, 1], [1, 1]], OneCategoryOnly),
        ([1, 2], BrokenContract),
        ([["a"], ["b"]], BrokenContract),
    ],
)
def test_codes_that_carry_no_alpha_are_refused(codes, refusal):
    with pytest.raises(refusal):
        krippendorff_alpha(codes)


def test_other_refusals_name_the_fact():
    with pytest.raises(NoRatings):
        cohen_kappa([], [])
    with pytest.raises(LengthsDiffer):
        cohen_kappa(["a"], ["a", "b"])
    with pytest.raises(BrokenContract, match="missing"):
        cohen_kappa(["a", None], ["a", "b"])
    with pytest.raises(BrokenContract, match="missing"):
        cohen_kappa([1.0, np.nan], [1.0, 2.0])
    with pytest.raises(BrokenContract, match="not in the order"):
        cohen_kappa(["a"], ["b"], order=["a"])
    with pytest.raises(OneCategoryOnly):
        cohen_kappa(["a", "a"], ["a", "a"])
    with pytest.raises(UnknownOption, match="quadratic"):
        cohen_kappa(list("ab"), list("ba"), weights="cubic")
    with pytest.raises(BrokenContract, match="square"):
        cohen_kappa_of_counts([[1, 2]])
    with pytest.raises(NoRatings):
        cohen_kappa_of_counts([[0, 0], [0, 0]])
    with pytest.raises(BrokenContract, match="2 to 3 coders"):
        fleiss_kappa([[2, 0], [1, 2]])
    with pytest.raises(TooFewRespondents):
        fleiss_kappa([[1, 0], [0, 1]])
    with pytest.raises(OneCategoryOnly):
        fleiss_kappa([[3, 0], [3, 0]])
    with pytest.raises(UnknownOption, match="ordinal"):
        krippendorff_alpha([[1, 2], [1, 2]], level="ratio")


def test_pairs_are_counted_where_they_lie():
    table = ibis.memtable(
        pa.table({"machine": ["a", "a", "b", None], "human": ["a", "b", "b", "a"]})
    )
    counts, categories = pair_counts(table, "machine", "human")
    assert (counts.tolist(), categories) == ([[1, 1], [0, 1]], ["a", "b"])
    with pytest.raises(MissingColumns):
        pair_counts(table, "machine", "robot")


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("speaker", "column", "published"),
    [
        ("client", "client_talk_type", 0.4669),
        ("therapist", "main_therapist_behaviour", 0.7365),
    ],
)
def test_ten_counsellors_reading_the_same_seven_conversations(shared, speaker, column, published):
    codes = defaultdict(list)
    with gzip.open(shared / "annomi" / "AnnoMI-full.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["interlocutor"] == speaker:
                codes[row["transcript_id"], row["utterance_id"]].append(row[column])
    ten_times = [given for given in codes.values() if len(given) == 10]
    categories = sorted({code for given in ten_times for code in given})
    counts = [[given.count(category) for category in categories] for given in ten_times]
    assert fleiss_kappa(counts).value == pytest.approx(published, abs=5e-5)
