"""How far the chain would move with other respondents: thousands of resamples at a time."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from entregent.engine.chain.criteria import heterotrait_monotrait
from entregent.engine.chain.estimation import (
    Answers,
    ChainEstimate,
    Missing,
    Solved,
    estimate_chain,
    item_matrix,
    solve,
    standardise,
)
from entregent.engine.chain.models import PathModel
from entregent.engine.chain.resampling import draws_with_replacement, weighted_moments
from entregent.engine.chain.weighting import Matrix, Plan, Scheme, plan_of
from entregent.engine.errors import NotMeasurable
from entregent.engine.estimates import Estimate

COUNTS_HELD = 2_000_000  # draws held by one batch: its size depends on nothing but the answers
LARGEST_BATCH = 250
JACKKNIFE_GROUPS = 1000


class Interval(StrEnum):
    PERCENTILE = "percentile"
    BCA = "bca"  # bias-corrected and accelerated (Efron 1987)


class Signs(StrEnum):
    """A score and its opposite fit alike, so a resample may come out turned around."""

    CONSTRUCT = "construct"  # turn a construct back when its loadings oppose the original's
    NONE = "none"


class TooFewUsableSamples(NotMeasurable):
    """Most resamples could not be estimated."""

    def __init__(self, usable: int, samples: int) -> None:
        self.usable, self.samples = usable, samples
        super().__init__(
            f"only {usable} of {samples} resamples could be estimated; "
            "there are too few or too similar respondents for an interval"
        )


@dataclass(frozen=True)
class ChainBootstrap:
    """A chain and the doubt about each of its figures.

    paths, total_effects: (source, target) → Estimate.  r_squared: construct → Estimate.
    weights, loadings: item → Estimate, on the item's own construct.
    htmt: (construct, construct) → Estimate; distinct constructs have `high` below 1.
    samples, failed: resamples drawn, and those left out because they could not be estimated.
    path_draws: (usable samples, constructs, constructs), for whoever draws the distribution.
    """

    estimate: ChainEstimate
    interval: Interval
    samples: int
    failed: int
    paths: dict[tuple[str, str], Estimate]
    total_effects: dict[tuple[str, str], Estimate]
    r_squared: dict[str, Estimate]
    weights: dict[str, Estimate]
    loadings: dict[str, Estimate]
    htmt: dict[tuple[str, str], Estimate]
    path_draws: Matrix


def bootstrap_chain(
    answers: Answers,
    model: PathModel,
    *,
    scheme: Scheme = Scheme.PATH,
    consistent: bool = False,
    missing: Missing = Missing.REFUSE,
    samples: int = 5000,
    confidence: float = 0.95,
    interval: Interval = Interval.PERCENTILE,
    signs: Signs = Signs.CONSTRUCT,
    seed: int = 0,
    workers: int | None = None,
) -> ChainBootstrap:
    """Bootstrap intervals of every figure of a path model.

    answers, model, scheme, consistent, missing: as in `estimate_chain`.
    samples: resamples of the respondents; 5,000 or more for a report.
    interval: percentile, or BCa, whose acceleration comes from a jackknife (by respondent up to
    1,000 of them, by group beyond).  seed: the same seed gives the same draws, whatever `workers`
    (threads; as many as processors when None).
    Raises as `estimate_chain` does, and TooFewUsableSamples when fewer than half of the resamples
    can be estimated.
    Source: Efron 1987, JASA 82, 171-185; construct-level sign change: Tenenhaus et al. 2005.

    >>> import numpy as np
    >>> from entregent.engine.chain.models import Construct
    >>> trust = np.tile([1.0, 2, 3, 4, 5, 6], 10)
    >>> model = PathModel(
    ...     (Construct("Trust", ("t",)), Construct("Loyalty", ("l",))), (("Trust", "Loyalty"),)
    ... )
    >>> loyalty = np.tile([2.0, 1, 4, 3, 6, 5], 10)
    >>> found = bootstrap_chain({"t": trust, "l": loyalty}, model, samples=500)
    >>> path = found.paths["Trust", "Loyalty"]
    >>> path.low < path.value < path.high
    True
    """
    estimate = estimate_chain(answers, model, scheme=scheme, consistent=consistent, missing=missing)
    table, _ = item_matrix(answers, model, missing)
    standardised, _, _ = standardise(table, model.items)
    plan = plan_of(model)

    def figures_of(counts: Matrix) -> tuple[Matrix, int]:
        _, _, correlations = weighted_moments(standardised, counts)
        solved = solve(correlations, plan, scheme, consistent=consistent)
        if signs is Signs.CONSTRUCT:
            solved = _turned_back(solved, estimate, plan)
        figures = _figures(solved, correlations, plan)
        return figures[solved.usable], int((~solved.usable).sum())

    draws, failed = _resampled(figures_of, len(standardised), samples, seed, workers)
    if len(draws) < samples / 2:
        raise TooFewUsableSamples(len(draws), samples)

    original = figures_of(np.ones((1, len(standardised))))[0][0]
    if interval is Interval.BCA:
        left_out = _jackknifed(figures_of, len(standardised))
        low, high = _bca(original, draws, left_out, confidence)
    else:
        tail = (1 - confidence) / 2
        low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    estimates = [
        Estimate(
            value=float(value),
            standard_error=float(error),
            n=estimate.n,
            low=float(at_least),
            high=float(at_most),
            confidence=confidence,
            method=f"bootstrap {interval.value}, {len(draws)} samples",
        )
        for value, error, at_least, at_most in zip(
            original, draws.std(axis=0, ddof=1), low, high, strict=True
        )
    ]
    names, items = model.names, model.items
    sources, targets = np.nonzero(plan.arrows)
    causes, effects = np.nonzero(_reaches(plan))
    one, other = _pairs(plan)
    path_draws = np.zeros((len(draws), len(names), len(names)))
    path_draws[:, sources, targets] = draws[:, : len(sources)]
    rest = iter(estimates)
    return ChainBootstrap(
        estimate=estimate,
        interval=interval,
        samples=samples,
        failed=failed,
        # In the order in which _figures lays them out.
        paths={(names[a], names[b]): next(rest) for a, b in zip(sources, targets, strict=True)},
        total_effects={
            (names[a], names[b]): next(rest) for a, b in zip(causes, effects, strict=True)
        },
        r_squared={names[j]: next(rest) for j in sorted(plan.predictors)},
        weights={item: next(rest) for item in items},
        loadings={item: next(rest) for item in items},
        htmt={(names[a], names[b]): next(rest) for a, b in zip(one, other, strict=True)},
        path_draws=path_draws,
    )


# ---------------------------------------------------------------- drawing


def _resampled(
    figures_of: Callable[[Matrix], tuple[Matrix, int]],
    respondents: int,
    samples: int,
    seed: int,
    workers: int | None,
) -> tuple[Matrix, int]:
    size = _batch_size(respondents)
    sizes = [min(size, samples - start) for start in range(0, samples, size)]
    seeds = np.random.SeedSequence(seed).spawn(len(sizes))

    def batch(drawn: int, source: np.random.SeedSequence) -> tuple[Matrix, int]:
        generator = np.random.default_rng(source)
        return figures_of(draws_with_replacement(respondents, drawn, generator))

    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        batches = list(pool.map(batch, sizes, seeds))
    return np.concatenate([draws for draws, _ in batches]), sum(failed for _, failed in batches)


def _batch_size(respondents: int) -> int:
    return int(np.clip(COUNTS_HELD // respondents, 1, LARGEST_BATCH))


def _turned_back(solved: Solved, estimate: ChainEstimate, plan: Plan) -> Solved:
    """Each construct of each resample on the side of the original's loadings."""
    own = plan.membership
    agreement = np.einsum("bij,ij->bj", solved.loadings * own, estimate.loadings * own)
    side = np.where(agreement < 0, -1.0, 1.0)
    return Solved(
        weights=solved.weights * side[:, None, :],
        loadings=solved.loadings * side[:, None, :],
        scores=solved.scores * side[:, :, None] * side[:, None, :],
        reliability=solved.reliability,
        paths=solved.paths * side[:, :, None] * side[:, None, :],
        r_squared=solved.r_squared,
        settled=solved.settled,
        usable=solved.usable,
        iterations=solved.iterations,
    )


# ---------------------------------------------------------------- figures as one row per sample


def _figures(solved: Solved, correlations: Matrix, plan: Plan) -> Matrix:
    """(samples, figures): paths, total effects, R², weights, loadings, HTMT, in that order."""
    sources, targets = np.nonzero(plan.arrows)
    causes, effects = np.nonzero(_reaches(plan))
    items, owners = np.nonzero(plan.membership)
    return np.hstack(
        [
            solved.paths[:, sources, targets],
            solved.total_effects[:, causes, effects],
            solved.r_squared[:, sorted(plan.predictors)],
            solved.weights[:, items, owners],
            solved.loadings[:, items, owners],
            _htmt_pairs(correlations, plan),
        ]
    )


def _htmt_pairs(correlations: Matrix, plan: Plan) -> Matrix:
    one, other = _pairs(plan)
    return heterotrait_monotrait(correlations, plan.blocks)[:, one, other]


def _pairs(plan: Plan) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of constructs that both have two items or more."""
    several = [j for j, block in enumerate(plan.blocks) if len(block) > 1]
    one, other = np.triu_indices(len(several), k=1)
    return np.array(several, dtype=np.intp)[one], np.array(several, dtype=np.intp)[other]


def _reaches(plan: Plan) -> NDArray[np.bool_]:
    """True where arrows lead, directly or through others, from row to column."""
    one = np.eye(len(plan.arrows))
    return np.asarray(np.linalg.inv(one - plan.arrows * 1.0) - one > 0.5)


# ---------------------------------------------------------------- BCa


def _jackknifed(figures_of: Callable[[Matrix], tuple[Matrix, int]], respondents: int) -> Matrix:
    """Figures without each respondent, or without each of many groups of them."""
    groups = min(respondents, JACKKNIFE_GROUPS)
    group_of = np.arange(respondents) % groups
    size = _batch_size(respondents)
    batches = []
    for start in range(0, groups, size):
        left_out = np.arange(start, min(start + size, groups))
        figures, _ = figures_of((group_of[None, :] != left_out[:, None]).astype(np.float64))
        batches.append(figures)
    return np.concatenate(batches)


def _bca(
    original: Matrix, draws: Matrix, left_out: Matrix, confidence: float
) -> tuple[Matrix, Matrix]:
    """Bounds of each figure: percentiles shifted for median bias and for skewness."""
    below = ((draws < original).mean(axis=0) + (draws <= original).mean(axis=0)) / 2
    edge = 0.5 / len(draws)
    bias = ndtri(np.clip(below, edge, 1 - edge))
    influence = left_out.mean(axis=0) - left_out
    spread = (influence**2).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        acceleration = np.nan_to_num((influence**3).sum(axis=0) / (6 * spread**1.5))
    tail = (1 - confidence) / 2
    bounds = []
    for quantile in (tail, 1 - tail):
        shifted = bias + ndtri(quantile)
        place = ndtr(bias + shifted / (1 - acceleration * shifted))
        bounds.append(_quantile_each(draws, place))
    return bounds[0], bounds[1]


def _quantile_each(draws: Matrix, places: Matrix) -> Matrix:
    """A quantile of its own for every column."""
    ordered = np.sort(draws, axis=0)
    position = np.clip(places, 0, 1) * (len(draws) - 1)
    lower = np.floor(position).astype(np.intp)
    upper = np.minimum(lower + 1, len(draws) - 1)
    columns = np.arange(draws.shape[1])
    share = position - lower
    between: Matrix = ordered[lower, columns] * (1 - share) + ordered[upper, columns] * share
    return between
