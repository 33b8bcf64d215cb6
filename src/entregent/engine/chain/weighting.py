"""The PLS iteration on correlation matrices, a whole stack of samples at a time.

Nothing here sees a respondent: weights, loadings and paths depend on the answers only through
the correlations between items, so that 5,000 resamples are one array of shape
(samples, items, items) and every step of the iteration is one product over it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from entregent.engine.chain.models import Mode, PathModel

Matrix = NDArray[np.float64]

TOLERANCE = 1e-7  # largest change of a weight at which the iteration stops
MAX_ITERATIONS = 3000  # pure noise settles slowly, but it settles
SINGULAR = 1e-10  # smallest eigenvalue, on the scale of a correlation, still read as non-zero


class Scheme(StrEnum):
    """How a construct's neighbours form its inner proxy."""

    PATH = "path"  # regression on predecessors, correlation with successors
    FACTORIAL = "factorial"  # correlation with every neighbour
    CENTROID = "centroid"  # its sign


@dataclass(frozen=True)
class Plan:
    """A model as the index arrays that the iteration works on."""

    membership: Matrix  # (items, constructs), 1 where the item measures the construct
    blocks: list[NDArray[np.intp]]  # item places, per construct
    regressed: list[int]  # constructs in mode B
    predictors: dict[int, NDArray[np.intp]]  # sources, per construct that an arrow reaches
    arrows: NDArray[np.bool_]  # (constructs, constructs), True from row to column
    order: list[int]  # causes first


def plan_of(model: PathModel) -> Plan:
    place = {name: number for number, name in enumerate(model.names)}
    sizes = [len(construct.items) for construct in model.constructs]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    blocks = [np.arange(starts[j], starts[j + 1]) for j in range(len(sizes))]
    membership = np.zeros((len(model.items), len(sizes)))
    for j, block in enumerate(blocks):
        membership[block, j] = 1.0
    arrows = np.zeros((len(sizes), len(sizes)), dtype=bool)
    for source, target in model.paths:
        arrows[place[source], place[target]] = True
    return Plan(
        membership=membership,
        blocks=blocks,
        regressed=[j for j, part in enumerate(model.constructs) if part.mode is Mode.B],
        predictors={
            j: np.flatnonzero(arrows[:, j]) for j in range(len(sizes)) if arrows[:, j].any()
        },
        arrows=arrows,
        order=[place[name] for name in model.causes_first()],
    )


def regressions(correlations: Matrix, plan: Plan) -> Matrix:
    """Coefficients of every construct on its predictors: (samples, constructs, constructs).

    A sample whose predictors determine each other gets NaN in that column.
    """
    coefficients = np.zeros_like(correlations)
    for target, sources in plan.predictors.items():
        crossed = correlations[:, sources, target]
        if len(sources) == 1:
            coefficients[:, sources, target] = crossed
        else:
            among = correlations[:, sources[:, None], sources[None, :]]
            coefficients[:, sources, target] = solve_each(among, crossed)
    return coefficients


def solve_each(matrices: Matrix, right: Matrix) -> Matrix:
    """Solutions of a stack of symmetric systems; NaN where a matrix is singular."""
    try:
        solved = np.asarray(np.linalg.solve(matrices, right[..., None])[..., 0], dtype=np.float64)
    except np.linalg.LinAlgError:
        solved = np.full_like(right, np.nan)
        sound = np.linalg.eigvalsh(matrices)[:, 0] > SINGULAR
        solved[sound] = np.linalg.solve(matrices[sound], right[sound][..., None])[..., 0]
    return solved


def _path_proxy(correlations: Matrix, plan: Plan) -> Matrix:
    towards_successors = correlations * plan.arrows.T
    return regressions(correlations, plan) + towards_successors


def _factorial_proxy(correlations: Matrix, plan: Plan) -> Matrix:
    return correlations * (plan.arrows | plan.arrows.T)


def _centroid_proxy(correlations: Matrix, plan: Plan) -> Matrix:
    return np.sign(correlations) * (plan.arrows | plan.arrows.T)


_PROXIES: dict[Scheme, Callable[[Matrix, Plan], Matrix]] = {
    Scheme.PATH: _path_proxy,
    Scheme.FACTORIAL: _factorial_proxy,
    Scheme.CENTROID: _centroid_proxy,
}


@dataclass(frozen=True)
class Weighted:
    """Outer weights of a stack of samples, and how the iteration ended.

    weights: (samples, items, constructs), zero outside the blocks; every score has variance 1.
    settled: (samples,), False where the weights did not converge or are not numbers.
    """

    weights: Matrix
    settled: NDArray[np.bool_]
    iterations: int


def outer_weights(correlations: Matrix, plan: Plan, scheme: Scheme) -> Weighted:
    """Weights of the items, for a stack of correlation matrices (samples, items, items)."""
    weights = _unit_variance(
        np.broadcast_to(plan.membership, (len(correlations), *plan.membership.shape)).copy(),
        correlations,
    )
    settled = np.zeros(len(correlations), dtype=bool)
    moving = np.arange(len(correlations))
    still = correlations
    iterations = 0
    while moving.size and iterations < MAX_ITERATIONS:
        iterations += 1
        before = weights[moving]
        after = _one_step(before, still, plan, scheme)
        change = np.abs(after - before).max(axis=(1, 2))
        weights[moving] = after
        settled[moving[change < TOLERANCE]] = True
        # NaN never compares as smaller, so a sample that went wrong is dropped here, unsettled.
        goes_on = change >= TOLERANCE
        if not goes_on.all():
            moving, still = moving[goes_on], still[goes_on]
    return Weighted(_oriented(weights, correlations), settled, iterations)


def _one_step(weights: Matrix, correlations: Matrix, plan: Plan, scheme: Scheme) -> Matrix:
    with_scores = correlations @ weights
    between_scores = weights.transpose(0, 2, 1) @ with_scores
    with_proxies = with_scores @ _PROXIES[scheme](between_scores, plan)
    after = with_proxies * plan.membership
    for construct in plan.regressed:
        block = plan.blocks[construct]
        within = correlations[:, block[:, None], block[None, :]]
        after[:, block, construct] = solve_each(within, with_proxies[:, block, construct])
    return _unit_variance(after, correlations)


def _unit_variance(weights: Matrix, correlations: Matrix) -> Matrix:
    variances = np.einsum("bij,bij->bj", weights, correlations @ weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled: Matrix = weights / np.sqrt(variances)[:, None, :]
    return scaled


def _oriented(weights: Matrix, correlations: Matrix) -> Matrix:
    """A score and its opposite fit alike: keep the one that its items, together, go along with."""
    together = np.einsum("bij,bij->bj", correlations @ weights, (weights != 0).astype(float))
    return weights * np.where(together < 0, -1.0, 1.0)[:, None, :]
