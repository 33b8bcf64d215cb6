"""Satisfaction and effort: Wilson's intervals, whole distributions, versions never mixed."""

import ibis
import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binomtest, brunnermunzel, sem
from scipy.stats import t as student

from entregent.engine.errors import (
    BrokenContract,
    ConstantColumn,
    LengthsDiffer,
    MixedVersions,
    NoRatings,
    NotFinite,
    RatingOutOfScale,
    TooFewRespondents,
    UnknownOption,
)
from entregent.engine.estimates import (
    adjusted_wald_share,
    mean_from_sums,
    mean_of,
    percentile_interval,
    wilson_share,
)
from entregent.engine.surveys.ces import UnknownEffortVersion, ces_by, customer_effort_score
from entregent.engine.surveys.csat import (
    csat_by,
    csat_distribution,
    csat_mean,
    csat_top_box,
    distribution_shift,
)


@pytest.mark.parametrize(("satisfied", "n"), [(0, 7), (1, 7), (81, 263), (10, 10)])
def test_wilson_interval_is_scipys(satisfied, n):
    share = wilson_share(satisfied, n, unit=1)
    theirs = binomtest(satisfied, n).proportion_ci(method="wilson")
    assert (share.low, share.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_adjusted_wald_covers_wilson_and_stays_inside():
    wide, tight = adjusted_wald_share(9, 10), wilson_share(9, 10)
    assert wide.value == tight.value == 90.0
    assert wide.low < tight.low
    assert wide.high <= 100.0


def test_mean_of_ratings_has_students_interval():
    ratings = [5, 4, 3, 5]
    mean = csat_mean(ratings)
    low, _ = student.interval(0.95, 3, loc=4.25, scale=sem(ratings))
    assert (mean.value, mean.standard_error) == pytest.approx((4.25, sem(ratings)))
    assert mean.low == pytest.approx(low, abs=1e-9)
    assert mean.high == 5.0


def test_both_ways_to_a_mean_agree():
    values = np.random.default_rng(1).integers(1, 8, 60)
    sums = mean_from_sums(60, float(values.sum()), float((values**2).sum()))
    assert (sums.low, sums.high) == pytest.approx((mean_of(values).low, mean_of(values).high))


def test_one_answer_has_a_mean_and_no_interval():
    alone = csat_mean([4])
    assert (alone.value, alone.standard_error, alone.low, alone.high) == (4.0, None, None, None)


def test_top_boxes_follow_the_scale():
    ratings = [5, 4, 3, 2, 1]
    assert csat_top_box(ratings).value == 40.0
    assert csat_top_box(ratings, boxes=1).value == 20.0
    assert csat_top_box([10, 9, 8], points=10).value == pytest.approx(66.6666667)


def test_distribution_adds_up():
    shares = csat_distribution([5, 4, 3, 5])
    assert list(shares) == [1, 2, 3, 4, 5]
    assert sum(share.value for share in shares.values()) == 100.0


def test_shift_is_scipys_brunner_munzel():
    first, second = [1, 2, 2, 3, 3, 4], [2, 3, 4, 4, 5, 5, 5]
    shift = distribution_shift(first, second)
    theirs = brunnermunzel(first, second, distribution="normal")
    assert shift.p_value == pytest.approx(theirs.pvalue, abs=1e-12)
    assert shift.superiority.value > 50


@pytest.mark.parametrize(
    ("ratings", "refusal"),
    [
        ([], NoRatings),
        ([4, np.nan], NotFinite),
        ([4, -np.inf], NotFinite),
        ([0], RatingOutOfScale),
        ([6], RatingOutOfScale),
        ([4.5], RatingOutOfScale),
    ],
)
@pytest.mark.parametrize("measure", [csat_top_box, csat_mean, csat_distribution])
def test_ratings_that_are_none_are_refused(measure, ratings, refusal):
    with pytest.raises(refusal):
        measure(ratings)


def test_other_refusals_of_satisfaction():
    with pytest.raises(BrokenContract, match="top boxes"):
        csat_top_box([5], boxes=5)
    with pytest.raises(TooFewRespondents):
        distribution_shift([5], [4, 3])
    with pytest.raises(ConstantColumn):
        distribution_shift([5, 5], [4, 4])
    with pytest.raises(BrokenContract):
        wilson_share(5, 4)
    with pytest.raises(NoRatings):
        mean_of([])
    with pytest.raises(NotFinite):
        mean_of([np.inf])
    with pytest.raises(NoRatings):
        mean_from_sums(0, 0, 0)
    with pytest.raises(NoRatings):
        percentile_interval(np.empty((0, 3)))


def table(instrument, **columns):
    n = len(next(iter(columns.values())))
    return ibis.memtable(pa.table({"instrument": [instrument] * n, **columns}))


def test_satisfaction_by_group_equals_the_array_form():
    ratings = np.random.default_rng(2).integers(1, 6, 300)
    answers = table("csat", value=ratings.astype(float), shop=np.repeat(["a", "b"], 150))
    shares, means = csat_by(answers, ["shop"]), csat_by(answers, ["shop"], figure="mean")
    assert shares == [("a", csat_top_box(ratings[:150])), ("b", csat_top_box(ratings[150:]))]
    assert means[1][1].low == pytest.approx(csat_mean(ratings[150:]).low, abs=1e-12)
    with pytest.raises(UnknownOption):
        csat_by(answers, [], figure="median")


# ---------------------------------------------------------------- effort


def test_the_two_versions_of_effort_run_opposite_ways():
    old, new = customer_effort_score([1, 2, 5], "1.0"), customer_effort_score([7, 6, 1], "2.0")
    assert not old.higher_is_better
    assert new.higher_is_better
    assert old.easy.value == new.easy.value == pytest.approx(66.6666667)


def test_effort_versions_are_never_mixed():
    with pytest.raises(MixedVersions, match=r"1\.0 and 2\.0"):
        customer_effort_score([1, 7], ["1.0", "2.0"])
    both = table("ces", value=[1.0, 7.0], instrument_version=["1.0", "2.0"])
    with pytest.raises(MixedVersions):
        ces_by(both, [])
    apart = ces_by(both, ["instrument_version"], figure="easy")
    assert [(version, easy.value) for version, easy in apart] == [("1.0", 100.0), ("2.0", 100.0)]
    assert ces_by(both, [], version="2.0")[0][0].value == 7.0


@pytest.mark.parametrize("version", ["", "3", "2"])
def test_an_effort_answer_without_its_version_cannot_be_read(version):
    with pytest.raises(UnknownEffortVersion, match="opposite ways"):
        customer_effort_score([3], version)
    with pytest.raises(UnknownEffortVersion):
        ces_by(table("ces", value=[3.0], instrument_version=[version]), [])


def test_a_null_version_is_unknown():
    answers = table("ces", value=[3.0], instrument_version=pa.array([None], pa.string()))
    with pytest.raises(UnknownEffortVersion):
        ces_by(answers, [])


def test_a_six_is_off_the_first_scale():
    with pytest.raises(RatingOutOfScale, match=r"1\.0"):
        customer_effort_score([6], "1.0")
    with pytest.raises(RatingOutOfScale, match=r"1\.0"):
        ces_by(table("ces", value=[6.0], instrument_version=["1.0"]), [])


def test_other_refusals_of_effort():
    with pytest.raises(NoRatings):
        customer_effort_score([], "2.0")
    with pytest.raises(NotFinite):
        customer_effort_score([np.nan], "2.0")
    with pytest.raises(LengthsDiffer):
        customer_effort_score([1, 2], ["2.0"])
    with pytest.raises(UnknownOption):
        ces_by(table("ces", value=[3.0], instrument_version=["2.0"]), [], figure="median")
