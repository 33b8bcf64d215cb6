"""Means and shares of customers who belong to a class only by a probability."""

import numpy as np

from entregent.engine.errors import BrokenContract, NotFinite
from entregent.engine.estimates import Estimate, normal_quantile, wilson_share
from entregent.engine.relationship.space import Floats


def effective_count(weight: Floats) -> float:
    """Kish's effective number of customers: (sum of weights) squared over the sum of squares.

    >>> effective_count(np.array([1.0, 1.0, 0.0]))
    2.0
    """
    squares = float((weight**2).sum())
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0


def weighted_share(hit: Floats, weight: Floats, *, confidence: float = 0.95) -> Estimate:
    """Share of the weight that hits, 0 to 1, with Wilson's interval on the effective count.

    hit: shape (customers,), 0 or 1.  weight: shape (customers,), probabilities of belonging.
    Nobody at all gives NaN and no interval.
    """
    count = round(effective_count(weight))
    if count == 0:
        return Estimate(float("nan"), None, 0, confidence=confidence, method="nobody")
    share = min(max(float((weight * hit).sum() / weight.sum()), 0.0), 1.0)
    return wilson_share(share * count, count, confidence=confidence, unit=1.0)


def weighted_mean(value: Floats, weight: Floats, *, confidence: float = 0.95) -> Estimate:
    """Mean of a value over customers weighed by their probability of belonging, in its unit.

    value: shape (customers,); NaN where unknown, which leaves the customer out.
    The standard error is that of a ratio, by linearisation; it takes the probabilities as known.
    Such a mean leans towards the mean of everybody, the more so the less sure the probabilities.
    Raises NotFinite on infinite values, BrokenContract when weights leave 0 to 1.
    Source: Kish 1965, Survey Sampling, for the effective count.

    >>> weighted_mean(np.array([10.0, 20.0]), np.array([1.0, 1.0])).value
    15.0
    """
    if np.isinf(value).any():
        raise NotFinite("a value is infinite")
    if np.any((weight < 0) | (weight > 1 + 1e-9)):
        raise BrokenContract("weights are probabilities, from 0 to 1")
    known = ~np.isnan(value)
    value, weight = value[known], weight[known]
    count = effective_count(weight)
    total = float(weight.sum())
    if count < 1e-9 or total <= 0:
        return Estimate(float("nan"), None, 0, confidence=confidence, method="nobody")
    mean = float((weight * value).sum() / total)
    if count <= 1 + 1e-9:
        return Estimate(mean, None, round(count), confidence=confidence, method="one customer")
    squares = float((weight**2 * (value - mean) ** 2).sum())
    error = (squares / total**2 * count / (count - 1)) ** 0.5
    reach = normal_quantile(confidence) * error
    return Estimate(
        mean, error, round(count), mean - reach, mean + reach, confidence, "ratio, linearised"
    )
