"""Net promoter score: published figures, a second method, and what is refused."""

import csv
from datetime import UTC, datetime

import ibis
import numpy as np
import pyarrow as pa
import pytest

from entregent.engine.errors import (
    BrokenContract,
    LengthsDiffer,
    MissingColumns,
    MixedVersions,
    NoRatings,
    NotFinite,
    RatingOutOfScale,
    TooFewRespondents,
    UnknownOption,
)
from entregent.engine.estimates import Estimate, overlap
from entregent.engine.surveys.answers import MixedItems, with_period
from entregent.engine.surveys.nps import (
    NpsCounts,
    net_promoter_score,
    nps_by,
    nps_counts,
    nps_counts_by,
    nps_difference,
    nps_from_counts,
    nps_sample_size,
    nps_trend,
    weighted_net_promoter_score,
)

# promoters, detractors, n, score, Wald, adjusted Wald: formula of measuringu.com,
# "nps-three-confidence-intervals", worked out at z = 1.959963985.
PUBLISHED = [
    (60, 15, 100, 45.0, (30.5, 59.5), (29.34, 58.04)),
    (25, 5, 50, 40.0, (21.61, 58.39), (19.64, 55.83)),
    (15, 8, 36, 19.44, (-5.88, 44.77), (-6.28, 42.18)),
    (0, 0, 20, 0.0, (0, 0), (-10.44, 10.44)),
    (10, 0, 10, 100.0, (100, 100), (47.5, 100)),
]


def counted(promoters, detractors, n):
    return NpsCounts(promoters, n - promoters - detractors, detractors)


@pytest.mark.parametrize(("promoters", "detractors", "n", "score", "wald", "adjusted"), PUBLISHED)
def test_score_and_intervals_are_the_published_ones(
    promoters, detractors, n, score, wald, adjusted
):
    counts = counted(promoters, detractors, n)
    plain, rocks = nps_from_counts(counts, interval="Wald"), nps_from_counts(counts)
    assert round(plain.value, 2) == round(rocks.value, 2) == score
    assert (round(plain.low, 2), round(plain.high, 2)) == wald
    assert (round(rocks.low, 2), round(rocks.high, 2)) == adjusted


def test_difference_is_the_published_one():
    second, first = counted(60, 15, 100), counted(45, 25, 100)
    plain, rocks = nps_difference(first, second, interval="Wald"), nps_difference(first, second)
    assert plain.points.value == rocks.points.value == 25.0
    assert (round(plain.z, 4), round(plain.p_value, 4)) == (2.2751, 0.0229)
    assert (round(rocks.z, 4), round(rocks.p_value, 3)) == (2.2409, 0.025)
    assert round((rocks.points.low + rocks.points.high) / 2, 2) == 24.27


def test_nines_and_tens_promote_and_up_to_six_detract():
    assert nps_counts(range(11)) == NpsCounts(promoters=2, passives=2, detractors=7)


def test_standard_error_matches_resampling():
    survey = np.repeat([10, 8, 3], [500, 300, 200])
    draws = np.random.default_rng(7).multinomial(1000, [0.5, 0.3, 0.2], size=20_000)
    resampled = 100 * (draws[:, 0] - draws[:, 2]) / 1000
    assert net_promoter_score(survey).standard_error == pytest.approx(np.std(resampled), rel=0.02)


def test_adjusted_interval_covers_the_truth_as_often_as_it_says():
    draws = np.random.default_rng(3).multinomial(20, [0.85, 0.1, 0.05], size=4000)
    intervals = [nps_from_counts(NpsCounts(*map(int, draw))) for draw in draws]
    covered = np.mean([each.low <= 80 <= each.high for each in intervals])
    assert 0.93 <= covered <= 0.985


def test_one_respondent_has_a_score_and_a_wide_interval():
    alone = net_promoter_score([10])
    assert (alone.value, alone.n) == (100.0, 1)
    assert alone.high - alone.low > 80


def test_a_narrower_margin_needs_more_people():
    # 1.96^2 x (p + d - (p - d)^2) / e^2 with p = .6, d = .15 is .5475 x 384.146
    assert nps_sample_size(10, promoters=0.6, detractors=0.15) == 211
    assert nps_sample_size(5) == 1537
    assert nps_sample_size(5, population=2000) < 900
    assert nps_sample_size(5, response_rate=0.2) == 7683


@pytest.mark.parametrize(
    "asked",
    [
        {"margin": 0},
        {"margin": 5, "response_rate": 0},
        {"margin": 5, "promoters": 0.8, "detractors": 0.4},
        {"margin": 5, "weighting_effect": 0.5},
    ],
)
def test_an_impossible_sample_is_refused(asked):
    with pytest.raises(BrokenContract):
        nps_sample_size(**asked)


def test_equal_weights_change_nothing():
    ratings = [10, 9, 8, 8, 3, 10, 0, 9]
    plain, weighed = net_promoter_score(ratings), weighted_net_promoter_score(ratings, [2] * 8)
    assert (weighed.value, weighed.low, weighed.high) == pytest.approx(
        (plain.value, plain.low, plain.high)
    )


def test_weights_move_the_score_and_widen_the_interval():
    ratings = [10] * 30 + [0] * 10
    weights = [1] * 30 + [3] * 10
    weighed = weighted_net_promoter_score(ratings, weights)
    assert weighed.value == pytest.approx(0.0, abs=1e-12)
    assert weighed.n == 40
    assert "30.0 effective" in weighed.method


def test_a_steady_rise_is_a_trend():
    trend = nps_trend([NpsCounts(200 + 30 * k, 300, 300 - 30 * k) for k in range(6)])
    assert trend.slope.value == pytest.approx(7.5, abs=0.2)
    assert trend.slope.low > 0
    assert trend.p_value < 0.001
    assert trend.heterogeneity_p > 0.9
    assert [round(score.value, 2) for score in trend.scores[:2]] == [-12.5, -5.0]


def test_jumps_beyond_sampling_widen_the_trend():
    jumpy = [NpsCounts(700, 200, 100), NpsCounts(100, 200, 700)] * 4
    trend = nps_trend(jumpy)
    assert trend.heterogeneity_p < 1e-6
    assert trend.slope.low < 0 < trend.slope.high


def test_intervals_that_touch_are_not_to_be_ranked():
    near = [nps_from_counts(counted(*each)) for each in ((30, 20, 100), (33, 20, 100))]
    far = [nps_from_counts(counted(*each)) for each in ((10, 60, 300), (200, 20, 300))]
    assert overlap(near)
    assert not overlap(far)
    assert overlap([Estimate(0.0, None, 1), far[0]])


@pytest.mark.parametrize(
    ("ratings", "refusal"),
    [
        ([], NoRatings),
        ([9, np.nan], NotFinite),
        ([9, np.inf], NotFinite),
        ([11], RatingOutOfScale),
        ([-1], RatingOutOfScale),
        ([9.5], RatingOutOfScale),
        (["nine"], BrokenContract),
        ([[9, 10]], BrokenContract),
    ],
)
def test_ratings_that_are_none_are_refused(ratings, refusal):
    with pytest.raises(refusal):
        net_promoter_score(ratings)


def test_other_refusals_name_the_fact():
    with pytest.raises(NoRatings):
        nps_from_counts(NpsCounts(0, 0, 0))
    with pytest.raises(BrokenContract, match="below 0"):
        NpsCounts(-1, 0, 0)
    with pytest.raises(UnknownOption, match="adjusted Wald"):
        nps_from_counts(NpsCounts(1, 1, 1), interval="Wilson")
    with pytest.raises(BrokenContract, match="confidence"):
        nps_from_counts(NpsCounts(1, 1, 1), confidence=95)
    with pytest.raises(TooFewRespondents):
        nps_difference(NpsCounts(3, 0, 0), NpsCounts(5, 0, 0), interval="Wald")
    with pytest.raises(TooFewRespondents, match="3 are needed"):
        nps_trend([NpsCounts(1, 1, 1)] * 2)
    with pytest.raises(LengthsDiffer):
        weighted_net_promoter_score([9, 10], [1])
    with pytest.raises(BrokenContract):
        weighted_net_promoter_score([9, 10], [1, -1])


# ---------------------------------------------------------------- on tables


def answers(**columns):
    n = len(next(iter(columns.values())))
    return ibis.memtable(pa.table({"instrument": ["nps"] * n, **columns}))


def test_groups_and_periods_are_counted_where_the_answers_lie():
    days = [datetime(2026, 1, 31, 23, 30, tzinfo=UTC), datetime(2026, 2, 1, 0, 30, tzinfo=UTC)]
    table = answers(
        value=[10.0, 9.0, 0.0, None], at=[days[0], days[1], days[1], days[1]], shop=list("aabb")
    )
    scores = nps_by(with_period(table, "M"), ["period", "shop"])
    assert [(period.isoformat(), shop, score.value) for period, shop, score in scores] == [
        ("2026-01-01", "a", 100.0),
        ("2026-02-01", "a", 100.0),
        ("2026-02-01", "b", -100.0),
    ]


@pytest.mark.parametrize(
    ("every", "first"),
    [
        ("D", "2026-05-17"),
        ("W", "2026-05-11"),
        ("M", "2026-05-01"),
        ("Q", "2026-04-01"),
        ("Y", "2026-01-01"),
    ],
)
def test_periods_begin_on_their_first_day(every, first):
    table = answers(value=[9.0], at=[datetime(2026, 5, 17, 9, 30, tzinfo=UTC)])
    ((period, _),) = nps_by(with_period(table, every), ["period"])
    assert period.isoformat() == first


def test_everybody_at_once_equals_the_array_form():
    ratings = np.random.default_rng(0).integers(0, 11, 500)
    ((score,),) = nps_by(answers(value=ratings.astype(float)), [])
    assert score == net_promoter_score(ratings)


def test_answers_without_group_come_last():
    groups = nps_counts_by(answers(value=[9.0, 9.0], shop=pa.array([None, "a"])), ["shop"])
    assert [shop for shop, _ in groups] == ["a", None]


def test_two_versions_or_questions_are_not_pooled():
    table = answers(value=[9.0, 9.0], instrument_version=["after call", "yearly"])
    with pytest.raises(MixedVersions, match="after call and yearly"):
        nps_by(table, [])
    assert len(nps_by(table, ["instrument_version"])) == 2
    assert nps_by(table, [], version="yearly")[0][0].n == 1
    questions = answers(value=[9.0, 9.0], item=["recommend shop", "recommend brand"])
    with pytest.raises(MixedItems):
        nps_by(questions, [])
    assert nps_by(questions, [], item="recommend shop")[0][0].n == 1


@pytest.mark.parametrize("value", [11.0, -1.0, 9.5, float("nan"), float("inf")])
def test_off_scale_answers_are_refused_in_tables_too(value):
    with pytest.raises(RatingOutOfScale, match="1 answers"):
        nps_by(answers(value=[9.0, value]), [])


def test_tables_without_answers_or_columns_are_refused():
    with pytest.raises(NoRatings):
        nps_by(answers(value=[9.0]), [], instrument="other")
    with pytest.raises(NoRatings):
        nps_by(answers(value=pa.array([None], pa.float64())), [])
    with pytest.raises(MissingColumns, match="shop"):
        nps_by(answers(value=[9.0]), ["shop"])
    with pytest.raises(MissingColumns, match="at"):
        with_period(answers(value=[9.0]), "M")


@pytest.mark.real_data
def test_telecom_customers_by_stage_of_the_journey(shared):
    with (shared / "nps_telecom_verbatims" / "nps_verbatims.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["NPS_SCORE"]]
    table = answers(
        value=[float(row["NPS_SCORE"]) for row in rows],
        stage=[row["SURVEY_SUB_TYPE"] for row in rows],
    )
    ((overall,),) = nps_by(table, [])
    assert (round(overall.value, 1), overall.n) == (-24.7, 2353)
    assert {stage: round(score.value, 1) for stage, score in nps_by(table, ["stage"])} == {
        "Order": -10.0,
        "First Payment": -29.3,
        "Equipment Received": -56.7,
        "Service in Use": -76.7,
    }
