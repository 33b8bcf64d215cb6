"""Net Promoter Score: how many would recommend, less how many would not.

Never rank teams or periods whose intervals overlap, and never pool a score asked after a call
(transactional) with one asked about the relationship: their `instrument_version` keeps them apart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtr

from entregent.engine.arrays import finite_vector, side_by_side
from entregent.engine.errors import (
    BrokenContract,
    NoRatings,
    RatingOutOfScale,
    TooFewRespondents,
    UnknownOption,
)
from entregent.engine.estimates import Estimate, normal_quantile
from entregent.engine.surveys.answers import Tally, rating_counts, rating_sums
from entregent.engine.surveys.weights import design_effect, positive_weights

Interval = Literal["adjusted Wald", "Wald"]

PROMOTER, DETRACTOR = 9, 6  # from 9 up a promoter, up to 6 a detractor
# Rocks's adjusted Wald: three respondents more, spread a quarter, a half, a quarter.
PADDING = {"adjusted Wald": 0.75, "Wald": 0.0}


@dataclass(frozen=True, slots=True)
class NpsCounts:
    """How many gave 9-10, 7-8 and 0-6."""

    promoters: int
    passives: int
    detractors: int

    def __post_init__(self) -> None:
        if min(self.promoters, self.passives, self.detractors) < 0:
            raise BrokenContract(f"a count is below 0: {self}")

    @property
    def n(self) -> int:
        return self.promoters + self.passives + self.detractors


@dataclass(frozen=True, slots=True)
class NpsDifference:
    """Second score less first, in points, with its two-sided test of no difference."""

    points: Estimate
    z: float
    p_value: float


@dataclass(frozen=True, slots=True)
class NpsTrend:
    """A straight line through the scores of successive periods.

    slope: points per period. p_value: two-sided, of no slope.
    heterogeneity_p: how often such distances from the line would arise by sampling alone; when
    small, the score moved in another way than a line, and the slope's error already says so.
    """

    slope: Estimate
    p_value: float
    heterogeneity_p: float
    scores: tuple[Estimate, ...]


def nps_counts(ratings: ArrayLike) -> NpsCounts:
    """Promoters, passives and detractors among the ratings.

    ratings: shape (respondents,), whole numbers 0 to 10, one per respondent.
    Raises NoRatings when empty, NotFinite, RatingOutOfScale unless whole and 0 to 10.

    >>> nps_counts([10, 9, 8, 3])
    NpsCounts(promoters=2, passives=1, detractors=1)
    """
    return _counted(_ratings(ratings))


def net_promoter_score(
    ratings: ArrayLike, *, interval: Interval = "adjusted Wald", confidence: float = 0.95
) -> Estimate:
    """Promoters' share less detractors' share.

    ratings: shape (respondents,), whole numbers 0 to 10, one per respondent.
    Returns points from -100 to 100; interval and standard error are in points too, take
    respondents as independent draws, and come from `interval` (the adjusted one keeps a width
    when everybody answers alike, and is centred nearer to 0 than the score).
    Raises NoRatings when empty, NotFinite, RatingOutOfScale unless whole and 0 to 10.
    Source: Reichheld 2003, "The One Number You Need to Grow", HBR 81(12); interval: Rocks 2016,
    "Interval Estimation for the Net Promoter Score", The American Statistician 70(4).

    >>> net_promoter_score([10, 9, 8, 3]).value
    25.0
    """
    return nps_from_counts(nps_counts(ratings), interval=interval, confidence=confidence)


def nps_from_counts(
    counts: NpsCounts, *, interval: Interval = "adjusted Wald", confidence: float = 0.95
) -> Estimate:
    """As `net_promoter_score`, from the three counts.

    >>> score = nps_from_counts(NpsCounts(60, 25, 15))
    >>> score.value, round(score.low, 2), round(score.high, 2)
    (45.0, 29.34, 58.04)
    """
    centre, error = _centre_and_error(counts, interval)
    reach = normal_quantile(confidence) * error
    value = 100 * (counts.promoters - counts.detractors) / counts.n
    low, high = max(centre - reach, -100.0), min(centre + reach, 100.0)
    return Estimate(value, error, counts.n, low, high, confidence, interval)


def nps_counts_from_tally(tally: Tally) -> NpsCounts:
    """As `nps_counts`, from how many gave each rating.

    >>> nps_counts_from_tally([(10.0, 2), (8.0, 1), (3.0, 1)])
    NpsCounts(promoters=2, passives=1, detractors=1)
    """
    counts = rating_counts(tally, range(11), "nps")
    promoters = sum(n for rating, n in counts.items() if rating >= PROMOTER)
    detractors = sum(n for rating, n in counts.items() if rating <= DETRACTOR)
    return NpsCounts(promoters, sum(counts.values()) - promoters - detractors, detractors)


def nps_difference(
    first: NpsCounts,
    second: NpsCounts,
    *,
    interval: Interval = "adjusted Wald",
    confidence: float = 0.95,
) -> NpsDifference:
    """Second score less first, for two independent groups of respondents.

    Returns points from -200 to 200, with z and two-sided p of no difference. The interval, z and
    p belong together: with adjusted Wald they are centred on the adjusted difference.
    Raises NoRatings when a group is empty; TooFewRespondents when plain Wald has no variance
    (everybody alike in both groups) to judge by.
    Source: two-sample z on the variance of Rocks 2016.

    >>> difference = nps_difference(NpsCounts(45, 30, 25), NpsCounts(60, 25, 15))
    >>> difference.points.value, round(difference.z, 2), round(difference.p_value, 3)
    (25.0, 2.24, 0.025)
    """
    (centre_1, error_1), (centre_2, error_2) = (
        _centre_and_error(counts, interval) for counts in (first, second)
    )
    error = math.hypot(error_1, error_2)
    n = first.n + second.n
    if error == 0:
        raise TooFewRespondents(n, n + 1)
    reach = normal_quantile(confidence) * error
    centre = centre_2 - centre_1
    value = nps_from_counts(second).value - nps_from_counts(first).value
    points = Estimate(
        value,
        error,
        n,
        max(centre - reach, -200.0),
        min(centre + reach, 200.0),
        confidence,
        interval,
    )
    z = centre / error
    return NpsDifference(points, z, float(2 * ndtr(-abs(z))))


def nps_sample_size(
    margin: float,
    *,
    promoters: float = 0.5,
    detractors: float = 0.5,
    confidence: float = 0.95,
    population: int | None = None,
    response_rate: float = 1.0,
    weighting_effect: float = 1.0,
) -> int:
    """People to ask so that the score is known to plus or minus `margin` points.

    margin: points, above 0. promoters, detractors: shares expected; the default is the worst
    case, half and half. population: customers in all, when they are few (finite correction).
    response_rate: share who answer. weighting_effect: design effect expected of the weights.
    Returns whole people, rounded up.
    Raises BrokenContract on a margin, rate or effect that cannot be.
    Source: Rocks 2016 for the variance; Cochran 1977, section 4.2, for the finite correction.

    >>> nps_sample_size(5, promoters=0.4, detractors=0.2)
    861
    """
    if margin <= 0 or not 0 < response_rate <= 1 or weighting_effect < 1:
        raise BrokenContract("margin is above 0, response_rate in 0 to 1, weighting_effect from 1")
    if promoters < 0 or detractors < 0 or promoters + detractors > 1:
        raise BrokenContract(f"shares {promoters} and {detractors} cannot be")
    variance = promoters + detractors - (promoters - detractors) ** 2
    needed = (100 * normal_quantile(confidence) / margin) ** 2 * variance * weighting_effect
    if population is not None:
        needed = needed / (1 + (needed - 1) / population) if needed > 1 else needed
    return math.ceil(round(needed / response_rate, 9))


def weighted_net_promoter_score(
    ratings: ArrayLike, weights: ArrayLike, *, confidence: float = 0.95
) -> Estimate:
    """Net promoter score where respondents weigh unequally, as `weights` of this room gives them.

    ratings: shape (respondents,), whole numbers 0 to 10. weights: same shape, 0 or more.
    Returns points from -100 to 100. The interval is adjusted Wald on the weighted shares with the
    effective number of respondents (n over Kish's design effect); n counts people, not weights.
    It holds the weights as known, so it is a little too narrow when they come from a small sample.
    Raises as `net_promoter_score` does, LengthsDiffer, BrokenContract on weights below 0.

    >>> weighted_net_promoter_score([10, 10, 10, 0], [1, 1, 1, 3]).value
    0.0
    """
    rated, weighed = _ratings(ratings), positive_weights(weights)
    n = side_by_side(ratings=rated, weights=weighed)
    weighed = weighed / weighed.sum()
    promoters = float(np.sort(weighed[rated >= PROMOTER]).sum())
    detractors = float(np.sort(weighed[rated <= DETRACTOR]).sum())
    effective = n / design_effect(np.sort(weighed))
    centre, error = _padded(effective * promoters, effective * detractors, effective, 0.75)
    reach = normal_quantile(confidence) * error
    return Estimate(
        100 * (promoters - detractors),
        error,
        n,
        max(centre - reach, -100.0),
        min(centre + reach, 100.0),
        confidence,
        f"adjusted Wald on {effective:.1f} effective respondents",
    )


def nps_trend(periods: Sequence[NpsCounts], *, confidence: float = 0.95) -> NpsTrend:
    """Points gained or lost per period, by a line through scores weighed by their precision.

    periods: counts of successive periods, equally spaced, oldest first; at least three.
    Returns the slope in points per period, its p-value, and whether the scores stray from the
    line more than sampling explains; if they do, the slope's error is widened (Birge ratio).
    Raises TooFewRespondents below three periods, NoRatings when a period is empty.
    Source: weighted least squares on adjusted Wald variances; Birge 1932, Phys. Rev. 40, 207.

    >>> trend = nps_trend([NpsCounts(40, 30, 30), NpsCounts(45, 30, 25), NpsCounts(50, 30, 20)])
    >>> round(trend.slope.value, 1), round(trend.p_value, 3)
    (9.7, 0.083)
    """
    if len(periods) < 3:
        raise TooFewRespondents(len(periods), 3)
    centres, errors = np.array([_centre_and_error(c, "adjusted Wald") for c in periods]).T
    precision = errors**-2
    times = np.arange(len(periods)) - np.average(np.arange(len(periods)), weights=precision)
    spread = float((precision * times**2).sum())
    slope = float((precision * times * centres).sum()) / spread
    residuals = centres - np.average(centres, weights=precision) - slope * times
    stray, freedom = float((precision * residuals**2).sum()), len(periods) - 2
    error = math.sqrt(max(1.0, stray / freedom) / spread)
    reach = normal_quantile(confidence) * error
    n = sum(counts.n for counts in periods)
    method = "weighted least squares, Birge ratio"
    return NpsTrend(
        Estimate(slope, error, n, slope - reach, slope + reach, confidence, method),
        float(2 * ndtr(-abs(slope) / error)),
        float(chdtrc(freedom, stray)),
        tuple(nps_from_counts(counts, confidence=confidence) for counts in periods),
    )


def nps_counts_by(
    answers: ir.Table,
    by: Sequence[str],
    *,
    instrument: str = "nps",
    item: str | None = None,
    version: str | None = None,
) -> list[tuple[Any, ...]]:
    """Promoters, passives and detractors per group of the evidence table `answers`.

    by: columns that make the groups (none: one row for everybody); see `with_period` for time.
    Returns (group..., NpsCounts), sorted by group. Answers without value are left out.
    Raises NoRatings, RatingOutOfScale, MissingColumns; MixedVersions and MixedItems unless
    `version`, `item` or `by` keep them apart.

    >>> answers = ibis.memtable({"instrument": ["nps"] * 3, "value": [9.0, 8.0, 2.0],
    ...                          "shop": ["Lille", "Lille", "Metz"]})
    >>> nps_counts_by(answers, ["shop"])[1]
    ('Metz', NpsCounts(promoters=0, passives=0, detractors=1))
    """
    sums = {
        "_n": ibis._.count(),
        "_promoters": (ibis._.rating >= PROMOTER).sum(),
        "_detractors": (ibis._.rating <= DETRACTOR).sum(),
    }
    rows = rating_sums(
        answers, by, sums, instrument=instrument, scale=range(11), item=item, version=version
    )
    return [
        (
            *(row[name] for name in by),
            NpsCounts(
                row["_promoters"],
                row["_n"] - row["_promoters"] - row["_detractors"],
                row["_detractors"],
            ),
        )
        for row in rows
    ]


def nps_by(
    answers: ir.Table,
    by: Sequence[str],
    *,
    instrument: str = "nps",
    item: str | None = None,
    version: str | None = None,
    interval: Interval = "adjusted Wald",
    confidence: float = 0.95,
) -> list[tuple[Any, ...]]:
    """Net promoter score per group of the evidence table `answers`.

    As `nps_counts_by`; returns (group..., Estimate) in points from -100 to 100, sorted by group.

    >>> answers = ibis.memtable({"instrument": ["nps"] * 3, "value": [9.0, 8.0, 2.0],
    ...                          "shop": ["Lille", "Lille", "Metz"]})
    >>> [(shop, score.value) for shop, score in nps_by(answers, ["shop"])]
    [('Lille', 50.0), ('Metz', -100.0)]
    """
    return [
        (*group, nps_from_counts(counts, interval=interval, confidence=confidence))
        for *group, counts in nps_counts_by(
            answers, by, instrument=instrument, item=item, version=version
        )
    ]


def _ratings(ratings: ArrayLike) -> NDArray[np.float64]:
    rated = finite_vector(ratings)
    if rated.min() < 0 or rated.max() > 10:
        raise RatingOutOfScale(
            f"ratings run from {rated.min():g} to {rated.max():g}; the scale is 0 to 10"
        )
    if (rated != np.floor(rated)).any():
        raise RatingOutOfScale("ratings are not all whole numbers; the scale is 0 to 10")
    return rated


def _counted(rated: NDArray[np.float64]) -> NpsCounts:
    promoters, detractors = int((rated >= PROMOTER).sum()), int((rated <= DETRACTOR).sum())
    return NpsCounts(promoters, rated.size - promoters - detractors, detractors)


def _centre_and_error(counts: NpsCounts, interval: Interval) -> tuple[float, float]:
    if interval not in PADDING:
        raise UnknownOption("interval", interval, PADDING)
    if counts.n == 0:
        raise NoRatings
    return _padded(counts.promoters, counts.detractors, counts.n, PADDING[interval])


def _padded(promoters: float, detractors: float, n: float, padding: float) -> tuple[float, float]:
    """Centre and standard error in points, with `padding` promoters and detractors more."""
    total = n + 4 * padding
    p, d = (promoters + padding) / total, (detractors + padding) / total
    return 100 * (p - d), 100 * math.sqrt(max(p + d - (p - d) ** 2, 0.0) / total)
