"""Reliability: do several questions measure one thing, and different things from one another?

Functions on answers (alpha, omega, item by item) and on what a path model already has: loadings,
weights and correlations (composite reliability, rho_A, AVE, HTMT).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import fdtri

from entregent.engine.arrays import finite_matrix, finite_vector, side_by_side
from entregent.engine.errors import (
    BrokenContract,
    ConstantColumn,
    DidNotConverge,
    NotMeasurable,
    TooFewRespondents,
)
from entregent.engine.estimates import Estimate, normal_quantile

# A uniqueness below this share of the item's variance says that the one-factor model does not fit.
SMALLEST_UNIQUENESS = 0.005


class TooFewItems(NotMeasurable):
    """Consistency between questions needs at least two of them (three for one factor)."""

    def __init__(self, have: int, need: int) -> None:
        self.have, self.need = have, need
        super().__init__(f"{have} items are given, {need} are needed")


class NothingInCommon(NotMeasurable):
    """The items do not correlate enough for the figure to exist."""


@dataclass(frozen=True, slots=True)
class ItemAnalysis:
    """One item among its own.

    item_rest_correlation: with the sum of the others; below 0 the item is probably reversed.
    alpha_without: Cronbach's alpha of the others; None with two items, or when their sum is constant.
    """

    name: str
    mean: float
    standard_deviation: float
    item_rest_correlation: float
    alpha_without: float | None
    probably_reversed: bool


@dataclass(frozen=True, slots=True)
class OneFactor:
    """Loadings and uniquenesses of standardised items on one common factor.

    improper: an item is explained wholly (Heywood case), so the model does not hold.
    """

    loadings: NDArray[np.float64]
    uniquenesses: NDArray[np.float64]
    improper: bool


def cronbach_alpha(
    items: ArrayLike, *, standardised: bool = False, confidence: float = 0.95
) -> Estimate:
    """Cronbach's alpha: share of the sum's variance that the items have in common.

    items: shape (respondents, items), all scored the same way, no missing answer.
    Returns at most 1, higher is more consistent, .70 is the usual floor; below 0 when items
    pull against each other. `standardised` gives every item the same variance. Feldt's interval.
    Raises NoRatings, NotFinite, TooFewItems below two, TooFewRespondents below two,
    ConstantColumn when an item does not vary.
    Source: Cronbach 1951, Psychometrika 16, 297-334; Feldt 1965, Psychometrika 30, 357-370.

    >>> round(cronbach_alpha([[1, 2], [2, 2], [3, 4], [5, 4]]).value, 3)
    0.879
    """
    answers = _answers(items)
    n, k = answers.shape
    covariances = np.corrcoef(answers.T) if standardised else np.cov(answers.T)
    alpha = alpha_from_covariances(covariances)
    tail = (1 - confidence) / 2
    freedom = n - 1, (n - 1) * (k - 1)
    normal_quantile(confidence)
    low = 1 - (1 - alpha) * float(fdtri(*freedom, 1 - tail))
    high = 1 - (1 - alpha) * float(fdtri(*freedom, tail))
    return Estimate(alpha, None, n, low, high, confidence, "Feldt")


def alpha_from_covariances(covariances: ArrayLike) -> float:
    """Cronbach's alpha from the items' covariances (or correlations: standardised alpha).

    covariances: shape (items, items), symmetric.
    Raises TooFewItems below two, NothingInCommon when the items' sum does not vary.

    >>> round(alpha_from_covariances([[1, 0.5], [0.5, 1]]), 4)
    0.6667
    """
    matrix = _square(covariances)
    total = float(matrix.sum())
    if total <= 1e-12 * float(np.trace(matrix)):
        raise NothingInCommon("the sum of the items does not vary")
    k = len(matrix)
    return k / (k - 1) * (1 - float(np.trace(matrix)) / total)


def item_analysis(items: ArrayLike, names: Sequence[str]) -> list[ItemAnalysis]:
    """How each item sits among the others; see ItemAnalysis.

    items: shape (respondents, items). names: one per item.
    Raises as `cronbach_alpha` does, LengthsDiffer.

    >>> first, *_ = item_analysis([[1, 2, 5], [2, 2, 4], [3, 4, 3], [5, 4, 1]], ["a", "b", "c"])
    >>> first.probably_reversed
    True
    """
    answers = _answers(items)
    side_by_side(items=answers.T, names=np.asarray(names))
    total = answers.sum(axis=1)
    return [
        _analysed(name, answers[:, place], total, np.delete(answers, place, axis=1))
        for place, name in enumerate(names)
    ]


def one_factor(correlations: ArrayLike) -> OneFactor:
    """Fit one common factor to the items by maximum likelihood.

    correlations: shape (items, items), at least three items.
    Returns loadings signed so that their sum is positive.
    Raises TooFewItems, NothingInCommon when the matrix is singular, DidNotConverge.
    Source: Jöreskog 1967, Psychometrika 32, 443-482.

    >>> fit = one_factor([[1, .56, .48], [.56, 1, .42], [.48, .42, 1]])
    >>> np.round(fit.loadings, 3).tolist()
    [0.8, 0.7, 0.6]
    """
    matrix = _square(correlations, smallest=3)
    if np.linalg.eigvalsh(matrix)[0] < 1e-10:
        raise NothingInCommon("one item is a combination of the others")
    start = np.clip(0.5 / np.diag(np.linalg.inv(matrix)), 0.05, 1.0)
    found = minimize(
        _discrepancy,
        np.log(start),
        args=(matrix,),
        jac=True,
        method="L-BFGS-B",
        bounds=[(np.log(SMALLEST_UNIQUENESS), 0.0)] * len(matrix),
        options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-9},
    )
    if not found.success and float(np.abs(found.jac).max()) > 1e-4:
        raise DidNotConverge("the one-factor model", 500)
    uniquenesses = np.exp(found.x)
    loadings = _loadings(uniquenesses, matrix)
    sign = -1.0 if loadings.sum() < 0 else 1.0
    return OneFactor(
        sign * loadings, uniquenesses, bool((uniquenesses <= 1.01 * SMALLEST_UNIQUENESS).any())
    )


def mcdonald_omega(items: ArrayLike) -> float:
    """McDonald's omega (total, one factor): share of the sum's variance due to the factor.

    items: shape (respondents, items), at least three, all scored the same way.
    Returns 0 to 1, .70 is the usual floor; unlike alpha it lets items differ in strength.
    Raises as `cronbach_alpha` and `one_factor` do.
    Source: McDonald 1999, Test Theory: A Unified Treatment.

    >>> draw = np.random.default_rng(1)
    >>> factor = draw.normal(size=(2000, 1))
    >>> answers = factor * [0.8, 0.7, 0.6] + draw.normal(size=(2000, 3)) * [0.6, 0.714, 0.8]
    >>> round(mcdonald_omega(answers), 1)
    0.7
    """
    answers = _answers(items)
    if answers.shape[1] < 3:
        raise TooFewItems(answers.shape[1], 3)
    fit = one_factor(np.corrcoef(answers.T))
    # Back to the items' own variances: omega is about the sum that people actually compute.
    spread = answers.std(axis=0, ddof=1)
    return omega_from_loadings(fit.loadings * spread, fit.uniquenesses * spread**2)


def omega_from_loadings(loadings: ArrayLike, uniquenesses: ArrayLike) -> float:
    """Omega from one factor's loadings and uniquenesses: squared sum over squared sum plus noise.

    loadings, uniquenesses: shape (items,), in the same metric.
    Raises NoRatings, NotFinite, LengthsDiffer, BrokenContract on uniquenesses below 0.

    >>> round(omega_from_loadings([0.8, 0.7, 0.6], [0.36, 0.51, 0.64]), 4)
    0.7449
    """
    strength, noise = (
        finite_vector(loadings, "loadings"),
        finite_vector(uniquenesses, "uniquenesses"),
    )
    side_by_side(loadings=strength, uniquenesses=noise)
    if noise.min() < 0:
        raise BrokenContract("a uniqueness is below 0")
    common = float(strength.sum() ** 2)
    if common + noise.sum() == 0:
        raise NothingInCommon("loadings and uniquenesses are all 0")
    return common / (common + float(noise.sum()))


def composite_reliability(loadings: ArrayLike) -> float:
    """Composite reliability (rho_C, Jöreskog's rho) of standardised items.

    loadings: shape (items,), correlations of items with their construct, -1 to 1.
    Returns 0 to 1; .70 is the usual floor, above .95 the items repeat each other.
    Raises NoRatings, NotFinite, BrokenContract on loadings outside -1 to 1.
    Source: Jöreskog 1971, Psychometrika 36, 109-133.

    >>> round(composite_reliability([0.8, 0.7, 0.6]), 4)
    0.7449
    """
    strength = _standard_loadings(loadings)
    return omega_from_loadings(strength, 1 - strength**2)


def average_variance_extracted(loadings: ArrayLike) -> float:
    """Average variance extracted: mean squared loading; from .50 the construct outweighs noise.

    loadings: shape (items,), -1 to 1.
    Raises as `composite_reliability` does.
    Source: Fornell and Larcker 1981, Journal of Marketing Research 18, 39-50.

    >>> round(average_variance_extracted([0.8, 0.7, 0.6]), 4)
    0.4967
    """
    return float((_standard_loadings(loadings) ** 2).mean())


def rho_a(weights: ArrayLike, correlations: ArrayLike) -> float:
    """Dijkstra and Henseler's rho_A: reliability of a weighted composite.

    weights: shape (items,), outer weights of the composite (mode A), up to a factor.
    correlations: shape (items, items), of those items.
    Returns at most about 1, .70 is the usual floor.
    Raises TooFewItems below two, LengthsDiffer, NothingInCommon when weights are all 0.
    Source: Dijkstra and Henseler 2015, MIS Quarterly 39(2), 297-316, equation 3.

    >>> round(rho_a([0.5, 0.4, 0.3], [[1, .56, .48], [.56, 1, .42], [.48, .42, 1]]), 3)
    0.787
    """
    matrix = _square(correlations)
    weighed = finite_vector(weights, "weights")
    side_by_side(weights=weighed, correlations=matrix)
    variance = float(weighed @ matrix @ weighed)
    if variance <= 0:
        raise NothingInCommon("the weighted composite does not vary")
    weighed = weighed / np.sqrt(variance)
    outer = np.outer(weighed, weighed)
    shared = float(weighed @ (matrix - np.diag(np.diag(matrix))) @ weighed)
    expected = float(weighed @ (outer - np.diag(np.diag(outer))) @ weighed)
    if expected == 0:
        raise NothingInCommon("one item carries all the weight")
    return float(weighed @ weighed) ** 2 * shared / expected


def htmt(
    correlations: ArrayLike, blocks: Mapping[str, Sequence[int]]
) -> dict[tuple[str, str], float]:
    """Heterotrait-monotrait ratio of every pair of constructs: are they two things or one?

    correlations: shape (items, items). blocks: construct to the places of its items (two or more).
    Returns about 0 (distinct) to 1 (the same); doubts start at .85 or .90. Absolute correlations
    (HTMT+), so that reversed items do not hide anything.
    Raises BrokenContract on places outside the matrix, TooFewItems on blocks of one item,
    NothingInCommon when a block's items do not correlate.
    Source: Henseler, Ringle and Sarstedt 2015, JAMS 43, 115-135; Ringle et al. 2023 for HTMT+.

    >>> pairs = htmt([[1, .6, .3, .3], [.6, 1, .3, .3], [.3, .3, 1, .6], [.3, .3, .6, 1]],
    ...              {"trust": [0, 1], "value": [2, 3]})
    >>> round(pairs["trust", "value"], 2)
    0.5
    """
    matrix = np.abs(_square(correlations))
    names = list(blocks)
    own = {name: _within(matrix, name, blocks[name]) for name in names}
    return {
        (one, other): float(matrix[np.ix_(list(blocks[one]), list(blocks[other]))].mean())
        / float(np.sqrt(own[one] * own[other]))
        for place, one in enumerate(names)
        for other in names[place + 1 :]
    }


def _within(matrix: NDArray[np.float64], name: str, block: Sequence[int]) -> float:
    places = list(block)
    if len(places) < 2:
        raise TooFewItems(len(places), 2)
    if min(places) < 0 or max(places) >= len(matrix) or len(set(places)) < len(places):
        raise BrokenContract(f"{name} names items that are not among the {len(matrix)} given")
    between = matrix[np.ix_(places, places)][np.triu_indices(len(places), 1)]
    if between.mean() == 0:
        raise NothingInCommon(f"the items of {name} do not correlate at all")
    return float(between.mean())


def _analysed(
    name: str,
    answers: NDArray[np.float64],
    total: NDArray[np.float64],
    others: NDArray[np.float64],
) -> ItemAnalysis:
    rest = total - answers
    correlation = float(np.corrcoef(answers, rest)[0, 1]) if np.ptp(rest) > 0 else 0.0
    without = None
    if others.shape[1] > 1 and np.ptp(rest) > 0:
        without = alpha_from_covariances(np.cov(others.T))
    return ItemAnalysis(
        name,
        float(answers.mean()),
        float(answers.std(ddof=1)),
        correlation,
        without,
        correlation < 0,
    )


def _discrepancy(
    log_uniquenesses: NDArray[np.float64], matrix: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Maximum-likelihood discrepancy with the loadings solved for, and its slope.

    With one factor it depends on the eigenvalues below the first of the matrix scaled by the
    uniquenesses: sum of (eigenvalue - log eigenvalue - 1) over them.
    """
    scale = np.exp(-log_uniquenesses / 2)
    values, vectors = np.linalg.eigh(matrix * np.outer(scale, scale))
    rest, axes = values[:-1], vectors[:, :-1]
    slope = -((axes**2) @ (rest - 1))
    return float((rest - np.log(rest) - 1).sum()), slope


def _loadings(
    uniquenesses: NDArray[np.float64], matrix: NDArray[np.float64]
) -> NDArray[np.float64]:
    scale = uniquenesses**-0.5
    values, vectors = np.linalg.eigh(matrix * np.outer(scale, scale))
    return np.asarray(np.sqrt(max(values[-1] - 1, 0.0)) * vectors[:, -1] / scale)


def _answers(items: ArrayLike) -> NDArray[np.float64]:
    answers = finite_matrix(items)
    n, k = answers.shape
    if k < 2:
        raise TooFewItems(k, 2)
    if n < 2:
        raise TooFewRespondents(n, 2)
    constant = np.flatnonzero(np.ptp(answers, axis=0) == 0)
    if constant.size:
        raise ConstantColumn([f"item {place + 1}" for place in constant])
    return answers


def _square(matrix: ArrayLike, smallest: int = 2) -> NDArray[np.float64]:
    square = finite_matrix(matrix, "correlations")
    if square.shape[0] != square.shape[1] or not np.allclose(square, square.T, atol=1e-8):
        raise BrokenContract("correlations are not a symmetric matrix")
    if len(square) < smallest:
        raise TooFewItems(len(square), smallest)
    return square


def _standard_loadings(loadings: ArrayLike) -> NDArray[np.float64]:
    strength = finite_vector(loadings, "loadings")
    if np.abs(strength).max() > 1 + 1e-9:
        raise BrokenContract(
            f"a loading is {strength[np.abs(strength).argmax()]:g}, outside -1 to 1"
        )
    return np.clip(strength, -1.0, 1.0)
