"""Weights that give silent groups their voice back, and what weighting costs in precision.

A weight of 2 says that the respondent speaks for two people of the population. Weights average 1.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from entregent.engine.arrays import finite_vector, side_by_side
from entregent.engine.errors import BrokenContract, DidNotConverge, NoRatings, NotMeasurable

RAKING_STEPS = 1000


class EmptyStratum(NotMeasurable):
    """A group of the population that nobody answered for; no weight can speak in its place."""

    def __init__(self, strata: Sequence[Hashable]) -> None:
        self.strata = list(strata)
        super().__init__(
            f"nobody answered in {', '.join(map(str, strata))}; merge with a neighbouring group"
        )


class UnknownStratum(BrokenContract):
    """Respondents belong to a group whose share of the population was not given."""

    def __init__(self, strata: Sequence[Hashable]) -> None:
        self.strata = list(strata)
        super().__init__(f"no population share is given for {', '.join(map(str, strata))}")


def post_stratification_weights(
    strata: Sequence[Hashable] | NDArray[Any], population: Mapping[Any, float]
) -> NDArray[np.float64]:
    """One weight per respondent, so that strata weigh as they do in the population.

    strata: one group name per respondent. population: size or share of each group (any unit).
    Returns weights that average 1.
    Raises NoRatings when nobody answered, EmptyStratum, UnknownStratum, BrokenContract on sizes
    that are not positive.
    Source: Holt and Smith 1979, JRSS A 142(1), 33-46.

    >>> post_stratification_weights(["shop", "shop", "shop", "web"], {"shop": 50, "web": 50})
    array([0.66666667, 0.66666667, 0.66666667, 2. ])
    """
    names, place, counts = _counted(strata)
    target = _target(names, population)
    return np.asarray((target / target.sum() * len(place) / counts)[place])


def raking_weights(
    margins: Sequence[Sequence[Hashable] | NDArray[Any]],
    populations: Sequence[Mapping[Any, float]],
    *,
    tolerance: float = 1e-10,
) -> NDArray[np.float64]:
    """One weight per respondent, so that every margin matches the population's (raking).

    margins: for each margin (age, region, ...), one group name per respondent.
    populations: for each margin, size or share of each group.
    Returns weights that average 1, found by iterative proportional fitting.
    Raises as `post_stratification_weights` does, LengthsDiffer, and DidNotConverge when the
    margins cannot be met together.
    Source: Deming and Stephan 1940, Annals of Mathematical Statistics 11(4), 427-444.

    >>> raking_weights([["f", "f", "m", "m"], ["a", "b", "a", "b"]],
    ...                [{"f": 1, "m": 3}, {"a": 1, "b": 1}])
    array([0.5, 0.5, 1.5, 1.5])
    """
    if not margins:
        raise NoRatings("margins")
    counted = [_counted(margin) for margin in margins]
    side_by_side(**{f"margin {k + 1}": place for k, (_, place, _) in enumerate(counted)})
    shares = [
        (target := _target(names, population)) / target.sum()
        for (names, _, _), population in zip(counted, populations, strict=True)
    ]
    n = len(counted[0][1])
    weights = np.ones(n)
    for _ in range(RAKING_STEPS):
        worst = 0.0
        for (_, place, _), share in zip(counted, shares, strict=True):
            factor = share * n / np.bincount(place, weights, minlength=len(share))
            worst = max(worst, float(np.abs(factor - 1).max()))
            weights = weights * factor[place]
        if worst < tolerance:
            return weights
    raise DidNotConverge("raking", RAKING_STEPS)


def design_effect(weights: ArrayLike) -> float:
    """How many times unequal weights multiply the variance of a mean (Kish); 1 is no cost.

    The n respondents are worth n divided by this figure.
    Raises NoRatings when empty, NotFinite, BrokenContract on weights below 0 or all 0.
    Source: Kish 1992, Journal of Official Statistics 8(2), 183-200.

    >>> design_effect([1, 1, 1, 1])
    1.0
    """
    positive = positive_weights(weights)
    return float(len(positive) * (positive**2).sum() / positive.sum() ** 2)


def positive_weights(weights: ArrayLike) -> NDArray[np.float64]:
    """Weights as floats: finite, none below 0, not all 0.

    >>> positive_weights([1, 0])
    array([1., 0.])
    """
    numbers = finite_vector(weights, "weights")
    if numbers.min() < 0 or numbers.sum() == 0:
        raise BrokenContract("weights are below 0, or all 0")
    return numbers


def _counted(
    strata: Sequence[Hashable] | NDArray[Any],
) -> tuple[list[Any], NDArray[np.intp], NDArray[np.intp]]:
    names, place = np.unique(np.asarray(strata), return_inverse=True)
    if len(place) == 0:
        raise NoRatings("respondents")
    return names.tolist(), place, np.bincount(place)


def _target(names: Sequence[Any], population: Mapping[Any, float]) -> NDArray[np.float64]:
    unknown = [name for name in names if name not in population]
    if unknown:
        raise UnknownStratum(unknown)
    empty = [name for name, size in population.items() if size > 0 and name not in set(names)]
    if empty:
        raise EmptyStratum(empty)
    sizes = finite_vector([population[name] for name in names], "population sizes")
    if sizes.min() <= 0:
        raise BrokenContract("population sizes must be above 0")
    return sizes
