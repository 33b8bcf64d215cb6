"""Customer satisfaction: the share who tick the top boxes, and the mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from entregent.engine.arrays import finite_vector
from entregent.engine.errors import (
    BrokenContract,
    ConstantColumn,
    RatingOutOfScale,
    TooFewRespondents,
    UnknownOption,
)
from entregent.engine.estimates import Estimate, mean_from_sums, normal_quantile, wilson_share
from entregent.engine.surveys.answers import Tally, rating_counts, rating_sums

Figure = Literal["top box", "mean"]
FIGURES = ("top box", "mean")


@dataclass(frozen=True, slots=True)
class DistributionShift:
    """How two groups of ratings differ over the whole scale, not only over its top boxes.

    superiority: chance, in percent, that an answer of the second group is above one of the first,
    ties counting half; 50 says no shift. p_value: two-sided, of no shift.
    """

    superiority: Estimate
    p_value: float


def csat_top_box(
    ratings: ArrayLike, *, points: int = 5, boxes: int = 2, confidence: float = 0.95
) -> Estimate:
    """Share of respondents who tick one of the top boxes (4 or 5 of 5 unless told).

    ratings: shape (respondents,), whole numbers 1 to `points`. boxes: how many count as satisfied.
    Returns percent, 0 to 100, with Wilson's interval.
    Raises NoRatings when empty, NotFinite, RatingOutOfScale unless whole and 1 to `points`.
    Source of the interval: Wilson 1927, JASA 22, 209-212.

    >>> csat_top_box([5, 4, 3, 5]).value
    75.0
    """
    rated = _ratings(ratings, points)
    _check_boxes(points, boxes)
    satisfied = int((rated > points - boxes).sum())
    return wilson_share(satisfied, rated.size, confidence=confidence)


def csat_from_tally(
    tally: Tally, *, points: int = 5, boxes: int = 2, confidence: float = 0.95
) -> Estimate:
    """As `csat_top_box`, from how many gave each rating.

    >>> csat_from_tally([(5.0, 2), (4.0, 1), (3.0, 1)]).value
    75.0
    """
    _check_boxes(points, boxes)
    counts = rating_counts(tally, range(1, points + 1), "csat")
    satisfied = sum(n for rating, n in counts.items() if rating > points - boxes)
    return wilson_share(satisfied, sum(counts.values()), confidence=confidence)


def csat_mean(ratings: ArrayLike, *, points: int = 5, confidence: float = 0.95) -> Estimate:
    """Mean rating, in points of the scale, with Student's interval cut to the scale.

    ratings: shape (respondents,), whole numbers 1 to `points`.
    One respondent alone has a mean and no interval.
    Raises as `csat_top_box` does.

    >>> csat_mean([5, 4, 3, 5]).value
    4.25
    """
    rated = _ratings(ratings, points)
    return scale_mean(
        rated.size, rated.sum(), (rated**2).sum(), low=1, high=points, confidence=confidence
    )


def csat_distribution(
    ratings: ArrayLike, *, points: int = 5, confidence: float = 0.95
) -> dict[int, Estimate]:
    """Share of respondents on each point of the scale, lowest first, in percent with Wilson's
    intervals (each point on its own, not all at once).

    ratings: shape (respondents,), whole numbers 1 to `points`.
    Raises as `csat_top_box` does.

    >>> [share.value for share in csat_distribution([5, 4, 3, 5]).values()]
    [0.0, 0.0, 25.0, 25.0, 50.0]
    """
    rated = _ratings(ratings, points)
    counts = np.bincount(rated.astype(np.intp), minlength=points + 1)[1:]
    return {
        point: wilson_share(int(count), rated.size, confidence=confidence)
        for point, count in enumerate(counts, start=1)
    }


def distribution_shift(
    first: ArrayLike, second: ArrayLike, *, points: int = 5, confidence: float = 0.95
) -> DistributionShift:
    """Whether the second group rates higher than the first, over the whole scale.

    first, second: shapes (respondents,), whole numbers 1 to `points`, two independent groups.
    Raises as `csat_top_box` does; TooFewRespondents below two in a group; ConstantColumn when
    neither group's answers vary against the other's, which leaves nothing to judge by.
    Source: Brunner and Munzel 2000, Biometrical Journal 42(1), 17-25 (normal form).

    >>> shift = distribution_shift([1, 2, 3, 3], [3, 4, 5, 5])
    >>> round(shift.superiority.value, 2)
    93.75
    """
    groups = [_ratings(group, points) for group in (first, second)]
    smallest = min(group.size for group in groups)
    if smallest < 2:
        raise TooFewRespondents(smallest, 2)
    counts = [np.bincount(group.astype(np.intp), minlength=points + 1) for group in groups]
    # What each rating of one group is worth against the other: share below plus half the ties.
    worth = [(np.cumsum(c) - c / 2) / c.sum() for c in reversed(counts)]
    value = float((counts[1] * worth[1]).sum() / groups[1].size)
    variance = sum(
        _weighted_variance(worth_there, count) / group.size
        for worth_there, count, group in zip(worth, counts, groups, strict=True)
    )
    if variance == 0:
        raise ConstantColumn(["first", "second"])
    error = float(np.sqrt(variance))
    reach = normal_quantile(confidence) * error
    superiority = Estimate(
        100 * value,
        100 * error,
        groups[0].size + groups[1].size,
        100 * max(value - reach, 0.0),
        100 * min(value + reach, 1.0),
        confidence,
        "Brunner-Munzel",
    )
    return DistributionShift(superiority, float(2 * ndtr(-abs(value - 0.5) / error)))


def csat_by(
    answers: ir.Table,
    by: Sequence[str],
    *,
    figure: Figure = "top box",
    points: int = 5,
    boxes: int = 2,
    instrument: str = "csat",
    item: str | None = None,
    version: str | None = None,
    confidence: float = 0.95,
) -> list[tuple[Any, ...]]:
    """Customer satisfaction per group of the evidence table `answers`.

    by: columns that make the groups (none: one row for everybody); see `with_period` for time.
    Returns (group..., Estimate), sorted by group: percent for the top box, points for the mean.
    Raises NoRatings, RatingOutOfScale, MissingColumns, UnknownOption; MixedVersions and
    MixedItems unless `version`, `item` or `by` keep them apart.

    >>> answers = ibis.memtable({"instrument": ["csat"] * 3, "value": [5.0, 4.0, 2.0],
    ...                          "shop": ["Lille", "Lille", "Metz"]})
    >>> [(shop, share.value) for shop, share in csat_by(answers, ["shop"])]
    [('Lille', 100.0), ('Metz', 0.0)]
    """
    _check_boxes(points, boxes)
    if figure not in FIGURES:
        raise UnknownOption("figure", figure, FIGURES)
    rating = ibis._.rating
    sums = {
        "_n": rating.count(),
        "_satisfied": (rating > points - boxes).sum(),
        "_total": rating.sum(),
        "_squares": (rating * rating).sum(),
    }
    rows = rating_sums(
        answers,
        by,
        sums,
        instrument=instrument,
        scale=range(1, points + 1),
        item=item,
        version=version,
    )
    return [(*(row[name] for name in by), _figure(row, figure, points, confidence)) for row in rows]


def scale_mean(
    n: int, total: float, squares: float, *, low: float, high: float, confidence: float
) -> Estimate:
    """A mean from whole-number sums whose interval stays on the scale.

    >>> scale_mean(2, 9, 41, low=1, high=5, confidence=0.95).high
    5.0
    """
    mean = mean_from_sums(n, float(total), float(squares), confidence=confidence)
    if mean.low is None or mean.high is None:
        return mean
    return Estimate(
        mean.value,
        mean.standard_error,
        mean.n,
        max(mean.low, float(low)),
        min(mean.high, float(high)),
        confidence,
        mean.method,
    )


def _figure(row: dict[str, Any], figure: Figure, points: int, confidence: float) -> Estimate:
    if figure == "top box":
        return wilson_share(row["_satisfied"], row["_n"], confidence=confidence)
    return scale_mean(
        row["_n"], row["_total"], row["_squares"], low=1, high=points, confidence=confidence
    )


def _ratings(ratings: ArrayLike, points: int) -> NDArray[np.float64]:
    rated = finite_vector(ratings)
    if rated.min() < 1 or rated.max() > points or (rated != np.floor(rated)).any():
        raise RatingOutOfScale(
            f"ratings run from {rated.min():g} to {rated.max():g}; "
            f"the scale is whole numbers from 1 to {points}"
        )
    return rated


def _check_boxes(points: int, boxes: int) -> None:
    if not 0 < boxes < points:
        raise BrokenContract(f"{boxes} top boxes of {points} points")


def _weighted_variance(values: NDArray[np.float64], counts: NDArray[np.intp]) -> float:
    mean = np.average(values, weights=counts)
    return float((counts * (values - mean) ** 2).sum() / (counts.sum() - 1))
