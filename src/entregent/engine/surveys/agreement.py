"""Agreement between coders beyond what chance would give: 1 agree always, 0 as by chance.

Cohen for two coders, Fleiss for a fixed number of interchangeable ones, Krippendorff for any
number with missing codes and for ordered or measured scales.
"""

from collections.abc import Hashable, Sequence
from typing import Any, Literal

import ibis.expr.types as ir
import numpy as np
from numpy.typing import ArrayLike, NDArray

from entregent.engine.arrays import finite_matrix, side_by_side
from entregent.engine.errors import (
    BrokenContract,
    NoRatings,
    NotFinite,
    NotMeasurable,
    TooFewRespondents,
    UnknownOption,
)
from entregent.engine.estimates import Estimate, normal_quantile, percentile_interval
from entregent.engine.surveys.answers import require

Weights = Literal["none", "linear", "quadratic"]
WEIGHTS = ("none", "linear", "quadratic")
Level = Literal["nominal", "ordinal", "interval"]
LEVELS = ("nominal", "ordinal", "interval")


class OneCategoryOnly(NotMeasurable):
    """Every code is the same, so chance agreement is certain and nothing exceeds it."""

    def __init__(self) -> None:
        super().__init__("every code is the same; agreement beyond chance does not exist")


def cohen_kappa(
    first: Sequence[Hashable] | NDArray[Any],
    second: Sequence[Hashable] | NDArray[Any],
    *,
    weights: Weights = "none",
    order: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Cohen's kappa of two coders, weighted when categories are ordered.

    first, second: one code per unit, of any kind that sorts; None is refused.
    weights: "linear" or "quadratic" count near misses less. order: categories from low to high,
    where their own order (alphabet, number) is not the right one.
    Returns -1 to 1 with the large-sample interval.
    Raises NoRatings, LengthsDiffer, OneCategoryOnly, UnknownOption, BrokenContract on codes that
    are missing or not in `order`.
    Source: Cohen 1960, Educational and Psychological Measurement 20, 37-46; Cohen 1968 for
    weights; Fleiss, Cohen and Everitt 1969, Psychological Bulletin 72, 323-327, for the error.

    >>> round(cohen_kappa(list("aabb"), list("aaba")).value, 3)
    0.5
    """
    one, other = list(first), list(second)
    if not one and not other:
        raise NoRatings("codes")
    side_by_side(first=np.empty(len(one)), second=np.empty(len(other)))
    for code in (*one, *other):
        if code is None or code != code:  # noqa: PLR0124 - NaN alone differs from itself
            raise BrokenContract("a code is missing; Krippendorff's alpha takes missing codes")
    categories = sorted({*one, *other}) if order is None else list(order)
    place = {category: number for number, category in enumerate(categories)}
    absent = {*one, *other} - place.keys()
    if absent:
        raise BrokenContract(f"codes {', '.join(map(str, absent))} are not in the order given")
    confusion = np.zeros((len(categories), len(categories)))
    np.add.at(confusion, ([place[code] for code in one], [place[code] for code in other]), 1)
    return cohen_kappa_of_counts(confusion, weights=weights, confidence=confidence)


def cohen_kappa_of_counts(
    confusion: ArrayLike, *, weights: Weights = "none", confidence: float = 0.95
) -> Estimate:
    """As `cohen_kappa`, from the counts of pairs: rows first coder, columns second.

    confusion: shape (categories, categories), categories in order when weighted.
    Raises as `cohen_kappa` does, BrokenContract on a matrix that is not square or below 0.

    >>> kappa = cohen_kappa_of_counts([[20, 5], [10, 15]])
    >>> round(kappa.value, 3), round(kappa.standard_error, 3)
    (0.4, 0.127)
    """
    counts = finite_matrix(confusion, "counts")
    if counts.shape[0] != counts.shape[1] or counts.min() < 0:
        raise BrokenContract("counts of pairs are not a square matrix of 0 or more")
    n = float(counts.sum())
    if n == 0:
        raise NoRatings("codes")
    p = counts / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    credit = _credit(len(p), weights)
    observed, expected = float((credit * p).sum()), float((credit * np.outer(rows, columns)).sum())
    if expected >= 1 - 1e-12:
        raise OneCategoryOnly
    kappa = (observed - expected) / (1 - expected)
    # Fleiss, Cohen and Everitt 1969, equation 13.
    mean_credit = (credit @ columns)[:, None] + (rows @ credit)[None, :]
    variance = float((p * (credit - mean_credit * (1 - kappa)) ** 2).sum())
    variance = (variance - (kappa - expected * (1 - kappa)) ** 2) / (n * (1 - expected) ** 2)
    error = float(np.sqrt(max(variance, 0.0)))
    reach = normal_quantile(confidence) * error
    low, high = max(kappa - reach, -1.0), min(kappa + reach, 1.0)
    return Estimate(kappa, error, int(n), low, high, confidence, "Fleiss-Cohen-Everitt")


def pair_counts(table: ir.Table, first: str, second: str) -> tuple[NDArray[np.float64], list[Any]]:
    """Counts of pairs of codes of a table, and the categories in sorted order, on any engine.

    Rows where one of the two coders said nothing are left out.
    Raises MissingColumns, NoRatings.

    >>> import ibis
    >>> table = ibis.memtable({"machine": ["a", "a", "b"], "human": ["a", "b", "b"]})
    >>> counts, categories = pair_counts(table, "machine", "human")
    >>> counts.tolist(), categories
    ([[1.0, 1.0], [0.0, 1.0]], ['a', 'b'])
    """
    require(table, [first, second], "codes")
    both = table.filter(table[first].notnull(), table[second].notnull())
    rows = both.group_by([first, second]).aggregate(pairs=both.count()).to_pyarrow().to_pylist()
    if not rows:
        raise NoRatings("codes")
    categories = sorted({code for row in rows for code in (row[first], row[second])})
    place = {category: number for number, category in enumerate(categories)}
    counts = np.zeros((len(categories), len(categories)))
    for row in rows:
        counts[place[row[first]], place[row[second]]] = row["pairs"]
    return counts, categories


def fleiss_kappa(counts: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """Fleiss's kappa of several interchangeable coders.

    counts: shape (units, categories), how many coders gave each category; every unit has the
    same number of coders, at least two.
    Returns -1 to 1; the interval bootstraps units, whose number is n.
    Raises NoRatings, NotFinite, TooFewRespondents below two coders, OneCategoryOnly,
    BrokenContract when units differ in coders.
    Source: Fleiss 1971, Psychological Bulletin 76, 378-382.

    >>> round(fleiss_kappa([[3, 0], [0, 3], [3, 0], [2, 1]]).value, 3)
    0.625
    """
    tallies = finite_matrix(counts, "counts")
    if tallies.min() < 0:
        raise BrokenContract("a count is below 0")
    coders = tallies.sum(axis=1)
    if np.ptp(coders) != 0:
        raise BrokenContract(
            f"units have {coders.min():g} to {coders.max():g} coders; Krippendorff's alpha takes that"
        )
    if coders[0] < 2:
        raise TooFewRespondents(int(coders[0]), 2)
    tallies = tallies[np.lexsort(tallies.T[::-1])]
    agreed = ((tallies**2).sum(axis=1) - coders[0]) / (coders[0] * (coders[0] - 1))
    shares = tallies / coders[0]
    value = _fleiss(agreed.mean(), shares.mean(axis=0))
    if np.isnan(value):
        raise OneCategoryOnly
    times = _resampled_units(len(tallies))
    times = times / len(tallies)
    draws = _fleiss(times @ agreed, times @ shares)
    return _bootstrapped(float(value), draws, len(tallies), confidence)


def krippendorff_alpha(
    codes: ArrayLike, *, level: Level = "nominal", confidence: float = 0.95
) -> Estimate:
    """Krippendorff's alpha of any number of coders, with missing codes.

    codes: shape (coders, units), category numbers or measured values; NaN where a coder is
    silent. Units coded once say nothing about agreement and are left out.
    level: "nominal" (same or not), "ordinal" (ranks apart) or "interval" (distance apart).
    Returns at most 1, below 0 when coders disagree more than chance; .80 is the usual floor, .667
    the lowest for tentative conclusions. The interval bootstraps units; n is their number.
    Raises NoRatings when no unit is coded twice, NotFinite on infinities, OneCategoryOnly,
    UnknownOption, BrokenContract unless two-dimensional.
    Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability".

    >>> round(krippendorff_alpha([[1, 2, 3, 3], [1, 2, 3, 4]]).value, 3)
    0.696
    """
    if level not in LEVELS:
        raise UnknownOption("level", level, LEVELS)
    given = _codes(codes)
    values, place = np.unique(given[np.isfinite(given)], return_inverse=True)
    unit = np.broadcast_to(np.arange(given.shape[1]), given.shape)[np.isfinite(given)]
    tallies = np.zeros((given.shape[1], len(values)))
    np.add.at(tallies, (unit, place), 1)
    tallies = tallies[tallies.sum(axis=1) > 1]
    if len(tallies) == 0:
        raise NoRatings("units coded twice")
    used = tallies.sum(axis=0) > 0
    tallies, values = tallies[:, used], values[used]
    tallies = tallies[np.lexsort(tallies.T[::-1])]
    value = _krippendorff(np.ones((1, len(tallies))), tallies, values, level)[0]
    if np.isnan(value):
        raise OneCategoryOnly
    draws = _krippendorff(_resampled_units(len(tallies)), tallies, values, level)
    return _bootstrapped(float(value), draws, len(tallies), confidence)


def _krippendorff(
    times: NDArray[np.float64],
    tallies: NDArray[np.float64],
    values: NDArray[np.float64],
    level: Level,
) -> NDArray[np.float64]:
    """Alpha for every row of `times`, which says how often each unit is taken.

    Disagreement is a sum of squared distances over pairs of codes: within units for what is
    observed, over all codes for what chance would give.
    """
    coded, totals = tallies.sum(axis=1), times @ tallies
    everything = totals.sum(axis=1)
    if level == "nominal":
        observed = times @ ((coded**2 - (tallies**2).sum(axis=1)) / (coded - 1))
        expected = everything**2 - (totals**2).sum(axis=1)
    else:
        place = _places(totals, values, level)
        squares = coded * (place**2 @ tallies.T) - (place @ tallies.T) ** 2
        observed = 2 * (times * squares / (coded - 1)).sum(axis=1)
        spread = everything * (totals * place**2).sum(axis=1) - (totals * place).sum(axis=1) ** 2
        expected = 2 * spread
    several = (totals > 0).sum(axis=1) > 1
    return np.where(
        several, 1 - (everything - 1) * observed / np.where(several, expected, 1.0), np.nan
    )


def _places(
    totals: NDArray[np.float64], values: NDArray[np.float64], level: Level
) -> NDArray[np.float64]:
    """Where each value stands, for every row of totals, around 0 so that squares stay exact."""
    if level == "interval":
        return np.asarray((values - values.mean())[None])
    # Ordinal: middle rank, so that two values are as far apart as there are codes between them.
    middle = np.cumsum(totals, axis=1) - totals / 2 - totals.sum(axis=1, keepdims=True) / 2
    return np.asarray(middle)


def _fleiss(agreed: Any, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    expected = (shares**2).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        kappa = (agreed - expected) / (1 - expected)
    return np.where(expected < 1 - 1e-12, kappa, np.nan)


def _resampled_units(units: int, resamples: int = 1000) -> NDArray[np.float64]:
    draw = np.random.default_rng(0)
    times = draw.multinomial(units, np.full(units, 1 / units), size=resamples)
    return times.astype(np.float64)


def _bootstrapped(
    value: float, draws: NDArray[np.float64], units: int, confidence: float
) -> Estimate:
    known = draws[np.isfinite(draws)]
    if units < 2 or len(known) < 2:
        return Estimate(value, None, units, None, None, confidence, "too few units to resample")
    low, high = percentile_interval(known, confidence=confidence)
    error = float(known.std(ddof=1))
    return Estimate(value, error, units, float(low), float(high), confidence, "bootstrap of units")


def _credit(categories: int, weights: Weights) -> NDArray[np.float64]:
    if weights not in WEIGHTS:
        raise UnknownOption("weights", weights, WEIGHTS)
    if weights == "none" or categories == 1:
        return np.eye(categories)
    apart = np.abs(np.subtract.outer(np.arange(categories), np.arange(categories)))
    return 1 - (apart / (categories - 1)) ** (1 if weights == "linear" else 2)


def _codes(codes: ArrayLike) -> NDArray[np.float64]:
    try:
        given = np.asarray(codes, dtype=np.float64)
    except (TypeError, ValueError):
        raise BrokenContract("codes are not numbers; give each category a number") from None
    if given.size == 0:
        raise NoRatings("codes")
    if given.ndim != 2:
        raise BrokenContract("codes are not coders by units")
    if np.isinf(given).any():
        raise NotFinite("a code is infinite")
    return given
