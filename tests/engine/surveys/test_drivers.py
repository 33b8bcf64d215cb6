"""Key drivers: R relaimpo's figures, all subsets by another route, intervals, refusals."""

import csv
from itertools import combinations
from math import factorial

import ibis
import numpy as np
import pyarrow as pa
import pytest

from entregent.engine.errors import (
    BrokenContract,
    Collinear,
    ConstantColumn,
    LengthsDiffer,
    MissingColumns,
    NoRatings,
    NotFinite,
    TooFewRespondents,
    UnknownOption,
)
from entregent.engine.surveys.drivers import (
    correlations_of,
    johnson_weights,
    key_drivers,
    key_drivers_from_correlations,
    key_drivers_of,
    lmg,
    sampled_lmg,
)

# Correlations of R's `swiss` (47 provinces, 1888): Fertility, then the five predictors.
SWISS_NAMES = ["Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality"]
SWISS = np.array(
    [
        [1.0, 0.3530791836199748, -0.6458827064572877, -0.6637888570350691, 0.4636847006517937, 0.4165560314349827],
        [0.3530791836199748, 1.0, -0.6865422086171364, -0.6395225189483201, 0.4010950530487399, -0.0608586084165816],
        [-0.6458827064572877, -0.6865422086171364, 1.0, 0.6984152962884828, -0.5727418060641664, -0.1140215964820336],
        [-0.6637888570350691, -0.6395225189483201, 0.6984152962884828, 1.0, -0.1538589170909148, -0.0993218458213456],
        [0.4636847006517937, 0.4010950530487399, -0.5727418060641664, -0.1538589170909148, 1.0, 0.1754959075966229],
        [0.4165560314349827, -0.0608586084165816, -0.1140215964820336, -0.0993218458213456, 0.1754959075966229, 1.0],
    ]
)  # fmt: skip
# Correlations of R's `mtcars`: mpg, then cyl, disp, hp, gear.
MTCARS = np.array(
    [
        [1.0, -0.8521619594266129, -0.8475513792624785, -0.7761683718265862, 0.4802847573388421],
        [-0.8521619594266129, 1.0, 0.9020328721469989, 0.8324474527218194, -0.4926865993894713],
        [-0.8475513792624785, 0.9020328721469989, 1.0, 0.7909485863698066, -0.5555691985624825],
        [-0.7761683718265862, 0.8324474527218194, 0.7909485863698066, 1.0, -0.1257042582254742],
        [0.4802847573388421, -0.4926865993894713, -0.5555691985624825, -0.1257042582254742, 1.0],
    ]
)
# R relaimpo 2.2-7 and relativeImp 0.0.2, quoted by Siamang-Labs/siamang, tests/test_drivers.py.
PUBLISHED = [
    (SWISS, lmg, [0.0570912207681, 0.1711730289002, 0.2601346786244, 0.1055701503735, 0.1127659229265]),
    (SWISS, johnson_weights, [0.048416895812, 0.154708249806, 0.271964104646, 0.114680029948, 0.116965721381]),
    (MTCARS, lmg, [0.2470520332352, 0.2434995947956, 0.2109128995443, 0.0777251114079]),
    (MTCARS, johnson_weights, [0.228479725928, 0.22214687054, 0.232174439299, 0.096388603215]),
]  # fmt: skip
SWISS_R2, MTCARS_R2 = 0.706735001593, 0.779189638983


@pytest.mark.parametrize(("correlations", "measure", "parts"), PUBLISHED)
def test_parts_are_the_published_ones(correlations, measure, parts):
    found = measure(correlations[1:, 1:], correlations[1:, 0])
    assert found == pytest.approx(parts, abs=1e-11)
    r2 = SWISS_R2 if len(parts) == 5 else MTCARS_R2
    assert found.sum() == pytest.approx(r2, abs=1e-11)


def test_two_predictors_by_hand():
    among, outcome = [[1, 0.5], [0.5, 1]], [0.6, 0.4]
    for measure in (lmg, johnson_weights):
        assert measure(among, outcome) == pytest.approx([0.2866666667, 0.0866666667], abs=1e-10)


def survey(p, n=300, seed=0):
    draw = np.random.default_rng(seed)
    predictors = draw.normal(size=(n, p)) + draw.normal(size=(n, 1))
    return predictors, predictors @ draw.uniform(0, 1, p) + draw.normal(size=n) * 2


def parts_by_regressions(predictors, outcome):
    """The definition itself, one regression per subset."""
    n, p = predictors.shape

    def r2(subset):
        design = np.column_stack([np.ones(n), predictors[:, list(subset)]])
        residuals = outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
        return 1 - residuals.var() / outcome.var()

    explained = {s: r2(s) for k in range(p + 1) for s in combinations(range(p), k)}
    parts = np.zeros(p)
    for j in range(p):
        for s, without in explained.items():
            if j not in s:
                weight = factorial(len(s)) * factorial(p - 1 - len(s)) / factorial(p)
                parts[j] += weight * (explained[tuple(sorted((*s, j)))] - without)
    return parts


def test_exact_parts_equal_one_regression_per_subset():
    predictors, outcome = survey(6)
    c = np.corrcoef(np.column_stack([predictors, outcome]).T)
    expected = parts_by_regressions(predictors, outcome)
    assert lmg(c[:6, :6], c[:6, 6]) == pytest.approx(expected, abs=1e-12)


def test_sampled_parts_are_near_the_exact_ones_and_say_how_near():
    predictors, outcome = survey(12)
    c = np.corrcoef(np.column_stack([predictors, outcome]).T)
    exact = lmg(c[:12, :12], c[:12, 12])
    sampled, errors = sampled_lmg(c[:12, :12], c[:12, 12], orders=4000)
    assert sampled.sum() == pytest.approx(exact.sum(), abs=1e-12)
    assert (np.abs(sampled - exact) < 4 * errors).all()
    assert errors.max() < 0.02 * exact.sum()


def test_fifteen_predictors_are_exact_and_sixteen_sampled():
    predictors, outcome = survey(16)
    names = [f"d{place}" for place in range(16)]
    report = key_drivers(predictors, outcome, names, resamples=20)
    assert all(driver.sampling_error > 0 for driver in report.drivers)
    exact = key_drivers(predictors[:, :15], outcome, names[:15], resamples=2)
    assert all(driver.sampling_error == 0 for driver in exact.drivers)
    c = np.corrcoef(np.column_stack([predictors, outcome]).T)
    with pytest.raises(BrokenContract, match="16 predictors"):
        lmg(c[:16, :16], c[:16, 16])


def test_sampled_intervals_stand_around_their_figures():
    predictors, outcome = survey(17)
    report = key_drivers(predictors, outcome, [f"d{k}" for k in range(17)], resamples=200)
    for driver in report.drivers:
        assert driver.importance.low < driver.importance.value < driver.importance.high


def test_without_resamples_there_is_no_interval():
    report = key_drivers(*survey(3), ["a", "b", "c"], resamples=0)
    assert report.r2.low is None
    assert all(driver.importance.low is None for driver in report.drivers)


def test_bootstrap_intervals_are_as_wide_as_repeated_surveys():
    draw = np.random.default_rng(9)
    slopes = np.array([0.8, 0.5, 0.1])

    def once(n=200):
        x = draw.normal(size=(n, 3))
        return x, x @ slopes + draw.normal(size=n)

    repeated = []
    for _ in range(400):
        x, y = once()
        c = np.corrcoef(np.column_stack([x, y]).T)
        repeated.append(lmg(c[:3, :3], c[:3, 3])[0])
    report = key_drivers(*once(), ["a", "b", "c"], resamples=500)
    first = next(driver for driver in report.drivers if driver.name == "a")
    assert first.importance.standard_error == pytest.approx(np.std(repeated), rel=0.25)


def test_wishart_intervals_agree_with_the_bootstrap_on_normal_answers():
    predictors, outcome = survey(4, 800)
    columns = np.column_stack([predictors, outcome])
    names = list("abcd")
    boot = key_drivers(predictors, outcome, names)
    wishart = key_drivers_from_correlations(np.corrcoef(columns.T), 800, names)
    for one, other in zip(boot.drivers, wishart.drivers, strict=True):
        assert one.name == other.name
        assert one.importance.value == pytest.approx(other.importance.value, abs=1e-12)
        assert one.importance.low == pytest.approx(other.importance.low, abs=0.015)
        assert one.importance.high == pytest.approx(other.importance.high, abs=0.015)


def test_a_suppressor_is_told():
    order = [1, 2, 3, 4, 5, 0]
    report = key_drivers_from_correlations(SWISS[np.ix_(order, order)], 47, SWISS_NAMES)
    told = {driver.name: driver for driver in report.drivers}
    assert told["Agriculture"].suppressor
    assert told["Agriculture"].beta == pytest.approx(-0.3129212825, abs=1e-9)
    assert any("Agriculture" in warning and "suppressor" in warning for warning in report.warnings)
    assert sum(driver.share for driver in report.drivers) == pytest.approx(100)
    assert report.drivers[0].name == "Education"


def test_overlap_and_few_respondents_are_told():
    draw = np.random.default_rng(0)
    one = draw.normal(size=25)
    predictors = np.column_stack([one, one + 0.1 * draw.normal(size=25), draw.normal(size=25)])
    report = key_drivers(predictors, one + draw.normal(size=25), ["a", "b", "c"], resamples=50)
    assert any("a, b overlap strongly" in warning for warning in report.warnings)
    assert any("fewer than ten" in warning for warning in report.warnings)


def test_resamples_where_a_driver_does_not_vary_are_left_out_and_counted():
    predictors, outcome = survey(2, 12)
    predictors[:, 1] = [1.0] + [0.0] * 11
    report = key_drivers(predictors, outcome, ["a", "rare"], resamples=300)
    assert 50 < report.dropped < 200
    assert report.resamples == 300 - report.dropped
    assert any("left out" in warning for warning in report.warnings)


def test_drivers_that_say_the_same_are_refused_by_name():
    predictors, outcome = survey(3)
    predictors[:, 2] = predictors[:, 0] - 2 * predictors[:, 1]
    with pytest.raises(Collinear, match="a, b, c"):
        key_drivers(predictors, outcome, ["a", "b", "c"])
    with pytest.raises(Collinear):
        lmg([[1, 1], [1, 1]], [0.5, 0.5])


X, Y = survey(2, 10)


@pytest.mark.parametrize(
    ("predictors", "outcome", "refusal"),
    [
        (np.empty((0, 2)), [], NoRatings),
        (np.where(X[0, 0] == X, np.nan, X), Y, NotFinite),
        (X, np.where(Y[0] == Y, np.inf, Y), NotFinite),
        (X, Y[:-1], LengthsDiffer),
        (X[:3], Y[:3], TooFewRespondents),
        (X[:1], Y[:1], TooFewRespondents),
        (np.column_stack([X[:, 0], np.ones(10)]), Y, ConstantColumn),
        (X, np.ones(10), ConstantColumn),
        (X[:, :1], Y, BrokenContract),
    ],
)
def test_answers_that_carry_no_drivers_are_refused(predictors, outcome, refusal):
    with pytest.raises(refusal):
        key_drivers(predictors, outcome, ["a", "b"])


def test_other_refusals_name_the_fact():
    with pytest.raises(UnknownOption, match="johnson"):
        key_drivers(X, Y, ["a", "b"], method="beta")
    with pytest.raises(BrokenContract, match="R2 would exceed 1"):
        lmg([[1, 0], [0, 1]], [0.9, 0.9])
    with pytest.raises(BrokenContract, match="diagonal"):
        lmg([[2, 0], [0, 1]], [0.1, 0.1])
    with pytest.raises(BrokenContract, match="symmetric"):
        johnson_weights([[1, 0.5], [0, 1]], [0.1, 0.1])
    with pytest.raises(BrokenContract, match="orders"):
        sampled_lmg([[1, 0], [0, 1]], [0.1, 0.1], orders=2)
    with pytest.raises(BrokenContract, match="size"):
        key_drivers_from_correlations(np.eye(3), 50, ["a"])
    with pytest.raises(TooFewRespondents):
        key_drivers_from_correlations(np.eye(3), 3, ["a", "b"])


# ---------------------------------------------------------------- on tables


def table(**columns):
    return ibis.memtable(pa.table(columns))


def test_correlations_of_a_table_leave_gaps_out_and_keep_their_digits():
    draw = np.random.default_rng(0)
    a, b = draw.normal(size=(2, 200)) + 1e6
    gaps = pa.array(b, mask=np.arange(200) < 10)
    found, n = correlations_of(table(a=a, b=gaps), ["a", "b"])
    assert n == 190
    assert found[0, 1] == pytest.approx(np.corrcoef(a[10:], b[10:])[0, 1], abs=1e-9)
    report = key_drivers_of(table(a=a, b=b, y=a + b), ["a", "b"], "y", resamples=10)
    assert report.r2.value == pytest.approx(1)


def test_tables_that_cannot_be_read_are_refused():
    with pytest.raises(MissingColumns, match="price"):
        correlations_of(table(a=[1.0, 2.0]), ["a", "price"])
    with pytest.raises(NotFinite, match="a hold"):
        correlations_of(table(a=[1.0, float("nan")], b=[1.0, 2.0]), ["a", "b"])
    with pytest.raises(ConstantColumn, match="b holds"):
        correlations_of(table(a=[1.0, 2.0], b=[0.1, 0.1]), ["a", "b"])
    with pytest.raises(NoRatings):
        correlations_of(table(a=pa.array([None], pa.float64()), b=[0.1]), ["a", "b"])
    with pytest.raises(TooFewRespondents):
        correlations_of(table(a=[1.0], b=[0.1]), ["a", "b"])


@pytest.mark.real_data
def test_service_quality_of_a_european_manufacturer(shared):
    with (shared / "csem_surveys" / "SQ.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != "sat"]
    predictors = np.array([[float(row[name]) for name in names] for row in rows])
    outcome = np.array([float(row["sat"]) for row in rows])
    report = key_drivers(predictors, outcome, names, resamples=100)
    assert report.r2.value == pytest.approx(0.7817, abs=5e-5)
    assert report.r2.n == 411
    assert report.drivers[0].name == "a22"
    assert [driver.name for driver in report.drivers if driver.suppressor] == ["a14"]
