"""A figure and its doubt, which never travel apart."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

from entregent.engine.errors import BrokenContract, NoRatings, NotFinite


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure with what is needed to judge it.

    value: in the unit that the measure's docstring names.
    standard_error: same unit; None where the method gives an interval directly.
    n: respondents, customers or events the figure rests on.
    low, high: bounds of the interval at `confidence`, same unit; None where no interval is known.
    confidence: between 0 and 1.
    method: the name of the interval method, as the field says it.
    """

    value: float
    standard_error: float | None
    n: int
    low: float | None = None
    high: float | None = None
    confidence: float = 0.95
    method: str = ""


@dataclass(frozen=True, slots=True)
class Abstention:
    """The engine says that it does not know, and what would let it know.

    n: what there is.  needed: what there should be, in the same count.
    """

    reason: str
    n: int = 0
    needed: int | None = None


def normal_quantile(confidence: float) -> float:
    """Half-width of a two-sided normal interval, in standard errors.

    Raises BrokenContract unless confidence lies strictly between 0 and 1.

    >>> round(normal_quantile(0.95), 4)
    1.96
    """
    if not 0 < confidence < 1:
        raise BrokenContract(f"confidence is {confidence}; it lies between 0 and 1, both excluded")
    return float(ndtri(0.5 + confidence / 2))


def wilson_share(
    successes: float, n: int, *, confidence: float = 0.95, unit: float = 100.0
) -> Estimate:
    """A share of n with Wilson's score interval, in percent unless `unit` says otherwise.

    Keeps inside 0 and `unit`, and has a width even when nobody or everybody is a success.
    Raises NoRatings when n is 0, BrokenContract when successes lie outside 0 to n.
    Source: Wilson 1927, JASA 22, 209-212.

    >>> share = wilson_share(81, 263)
    >>> round(share.value, 2), round(share.low, 2), round(share.high, 2)
    (30.8, 25.53, 36.62)
    """
    z = normal_quantile(confidence)
    _check_share(successes, n)
    p = successes / n
    spread = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    centre, shrink = p + z**2 / (2 * n), 1 + z**2 / n
    low = 0.0 if successes == 0 else (centre - spread) / shrink
    high = 1.0 if successes == n else (centre + spread) / shrink
    error = unit * math.sqrt(p * (1 - p) / n)
    return Estimate(unit * p, error, n, unit * low, unit * high, confidence, "Wilson score")


def adjusted_wald_share(
    successes: float, n: int, *, confidence: float = 0.95, unit: float = 100.0
) -> Estimate:
    """A share of n with the adjusted Wald (Agresti-Coull) interval, in percent unless told.

    The value stays successes over n; only the interval is centred on the adjusted share.
    Raises as `wilson_share` does.
    Source: Agresti and Coull 1998, The American Statistician 52(2), 119-126.

    >>> share = adjusted_wald_share(9, 10)
    >>> round(share.low, 1), share.high
    (57.4, 100.0)
    """
    z = normal_quantile(confidence)
    _check_share(successes, n)
    padded = n + z**2
    centre = (successes + z**2 / 2) / padded
    error = math.sqrt(centre * (1 - centre) / padded)
    low, high = max(centre - z * error, 0.0), min(centre + z * error, 1.0)
    return Estimate(
        unit * successes / n, unit * error, n, unit * low, unit * high, confidence, "adjusted Wald"
    )


def _check_share(successes: float, n: int) -> None:
    if n == 0:
        raise NoRatings
    if not 0 <= successes <= n:
        raise BrokenContract(f"{successes} successes of {n}")


def mean_from_sums(
    n: int, total: float, total_of_squares: float, *, confidence: float = 0.95
) -> Estimate:
    """A mean with Student's interval from the count, the sum and the sum of squares.

    One answer alone has a mean and no interval. Whole-number sums (ratings) lose nothing on the
    way; for other values `mean_of` centres first and keeps more digits.
    Raises NoRatings when n is 0.

    >>> mean = mean_from_sums(4, 16.0, 66.0)
    >>> mean.value, round(mean.low, 3), round(mean.high, 3)
    (4.0, 2.701, 5.299)
    """
    normal_quantile(confidence)
    if n == 0:
        raise NoRatings
    mean = total / n
    return _student(mean, max(total_of_squares - n * mean**2, 0.0), n, confidence)


def mean_of(values: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """A mean with Student's interval, in the unit of the values.

    One value alone has a mean and no interval.
    Raises NoRatings when empty, NotFinite on NaN or infinity.

    >>> mean_of([3, 4, 5]).value
    4.0
    """
    normal_quantile(confidence)
    numbers = np.sort(np.asarray(values, dtype=np.float64))
    if numbers.size == 0:
        raise NoRatings
    if not np.isfinite(numbers).all():
        raise NotFinite("the values hold NaN or infinity")
    mean = float(numbers.mean())
    return _student(mean, float(((numbers - mean) ** 2).sum()), numbers.size, confidence)


def _student(mean: float, squares: float, n: int, confidence: float) -> Estimate:
    if n == 1:
        return Estimate(mean, None, 1, None, None, confidence, "one answer, no interval")
    error = math.sqrt(squares / (n - 1) / n)
    reach = float(stdtrit(n - 1, 0.5 + confidence / 2)) * error
    return Estimate(mean, error, n, mean - reach, mean + reach, confidence, "Student t")


def percentile_interval(
    draws: NDArray[np.float64], *, confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper percentiles of bootstrap draws, along the first axis.

    Raises NoRatings without draws.

    >>> low, high = percentile_interval(np.arange(101.0), confidence=0.9)
    >>> round(float(low), 6), round(float(high), 6)
    (5.0, 95.0)
    """
    normal_quantile(confidence)
    if len(draws) == 0:
        raise NoRatings("draws")
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return low, high


def overlap(estimates: Sequence[Estimate]) -> bool:
    """Whether any two of the intervals touch: then the figures are not to be ranked.

    An estimate without interval overlaps with everything.

    >>> overlap([Estimate(1, 0, 9, 0, 2), Estimate(5, 0, 9, 4, 6)])
    False
    """
    bounds = sorted(
        (-math.inf if item.low is None else item.low, math.inf if item.high is None else item.high)
        for item in estimates
    )
    return any(following[0] <= earlier[1] for earlier, following in itertools.pairwise(bounds))
