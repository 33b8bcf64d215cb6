"""What a reader asks of a chain before believing it: reliability, distinctness, effect sizes, fit.

The thresholds are those of Hair, Hult, Ringle and Sarstedt, "A primer on PLS-SEM": habits of the
field, not laws; each concern carries the one it was held against.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from entregent.engine.chain.errors import UnsoundChain
from entregent.engine.chain.estimation import ChainEstimate
from entregent.engine.chain.models import Mode
from entregent.engine.chain.weighting import Matrix, plan_of
from entregent.engine.surveys.reliability import (
    alpha_from_covariances,
    average_variance_extracted,
    composite_reliability,
)

RELIABLE = 0.70
REDUNDANT = 0.95
VARIANCE_EXTRACTED = 0.50
LOADING = 0.708
WEAK_LOADING = 0.40
DISTINCT = 0.90
COLLINEAR = 5.0
FITS = 0.08
RESPONDENTS_PER_ARROW = 10
# 5 % two-sided, power 80 %: the inverse square root rule (Kock and Hadaya 2018).
DETECTABLE = 2.486


class Worry(StrEnum):
    UNRELIABLE = "unreliable"
    REDUNDANT_ITEMS = "redundant_items"
    LITTLE_VARIANCE_EXTRACTED = "little_variance_extracted"
    WEAK_LOADING = "weak_loading"
    OPPOSED_ITEM = "opposed_item"
    INADMISSIBLE_LOADING = "inadmissible_loading"
    NOT_DISTINCT = "not_distinct"
    COLLINEAR_PREDICTORS = "collinear_predictors"
    POOR_FIT = "poor_fit"
    FEW_RESPONDENTS = "few_respondents"
    LEFT_OUT = "left_out"


GRAVE = {Worry.UNRELIABLE, Worry.NOT_DISTINCT}


@dataclass(frozen=True, slots=True)
class Concern:
    """One reason for doubt: which figure, about what, held against which threshold."""

    worry: Worry
    about: tuple[str, ...]
    figure: str
    value: float
    threshold: float
    words: str


@dataclass(frozen=True, slots=True)
class ConstructReliability:
    """Reliability of one construct; NaN where a figure has no meaning (single item, mode B).

    alpha: standardised Cronbach.  rho_a: Dijkstra and Henseler.  rho_c: composite reliability.
    ave: average variance extracted.
    """

    construct: str
    items: int
    alpha: float
    rho_a: float
    rho_c: float
    ave: float


@dataclass(frozen=True)
class ChainCriteria:
    """Everything that speaks for or against an estimated chain.

    htmt: (constructs, constructs), NaN where a construct has a single item.
    f_squared, inner_vif: (constructs, constructs), source to target, NaN without an arrow; f² is
    infinite where nothing is left unexplained.
    srmr: saturated, that is of the measurement only.  smallest_detectable_path: at 5 %, power 80 %.
    """

    reliability: list[ConstructReliability]
    htmt: Matrix
    f_squared: Matrix
    inner_vif: Matrix
    srmr: float
    smallest_detectable_path: float
    concerns: list[Concern]


def chain_criteria(estimate: ChainEstimate) -> ChainCriteria:
    """Reliability, distinctness, effect sizes and fit of a chain, with the doubts they raise.

    estimate: as `estimate_chain` gives it.
    Returns figures whose units the fields name, and one Concern per threshold missed.
    Source: Hair et al. 2019, European Business Review 31(1), 2-24; HTMT: Henseler, Ringle and
    Sarstedt 2015, JAMS 43, 115-135; f²: Cohen 1988.

    >>> import numpy as np
    >>> from entregent.engine.chain.estimation import estimate_chain
    >>> from entregent.engine.chain.models import Construct, PathModel
    >>> draw = np.random.default_rng(3).normal(size=(5, 80))
    >>> answers = {
    ...     "t1": draw[0] + draw[1], "t2": draw[0] + draw[2],
    ...     "l1": draw[0] + draw[3], "l2": draw[0] + draw[4],
    ... }
    >>> model = PathModel(
    ...     (Construct("Trust", ("t1", "t2")), Construct("Loyalty", ("l1", "l2"))),
    ...     (("Trust", "Loyalty"),),
    ... )
    >>> found = chain_criteria(estimate_chain(answers, model))
    >>> sorted({concern.worry.value for concern in found.concerns})
    ['not_distinct', 'poor_fit']
    """
    plan = plan_of(estimate.model)
    reliability = [_construct_reliability(estimate, number) for number in range(len(plan.blocks))]
    htmt = heterotrait_monotrait(estimate.correlations[None], plan.blocks)[0]
    f_squared, inner_vif = _effect_sizes(estimate)
    srmr = standardised_residual(estimate)
    found = ChainCriteria(
        reliability=reliability,
        htmt=htmt,
        f_squared=f_squared,
        inner_vif=inner_vif,
        srmr=srmr,
        smallest_detectable_path=DETECTABLE / estimate.n**0.5,
        concerns=[],
    )
    found.concerns.extend(_concerns(estimate, found))
    return found


def refuse_unsound(estimate: ChainEstimate) -> None:
    """Raise UnsoundChain when a construct is not reliable or two are not distinct.

    For whoever would rather show no chain than a doubtful one.
    """
    grave = [
        concern.words for concern in chain_criteria(estimate).concerns if concern.worry in GRAVE
    ]
    if grave:
        raise UnsoundChain(grave)


def standardised_residual(estimate: ChainEstimate, *, saturated: bool = True) -> float:
    """SRMR: how far the items' correlations are from those the model implies.

    saturated: constructs correlate freely, so that only the measurement is judged; otherwise
    they correlate as the paths imply. Items of a mode B block, which explain rather than reflect
    it, are taken to correlate as observed.
    Returns 0 (perfect) and up; below .08 is the habit of the field.
    Source: Hu and Bentler 1999, Structural Equation Modeling 6(1), 1-55; Henseler et al. 2014.
    """
    scores = estimate.score_correlations if saturated else _implied_correlations(estimate)
    plan = plan_of(estimate.model)
    own = estimate.loadings * plan.membership
    implied = own @ scores @ own.T
    for construct, block in zip(estimate.model.constructs, plan.blocks, strict=True):
        if construct.mode is Mode.B:
            within = np.ix_(block, block)
            implied[within] = estimate.correlations[within]
    np.fill_diagonal(implied, 1.0)
    lower = np.tril_indices(len(implied))
    return float(np.sqrt(np.mean((estimate.correlations - implied)[lower] ** 2)))


def heterotrait_monotrait(correlations: Matrix, blocks: Sequence[NDArray[np.intp]]) -> Matrix:
    """HTMT of every pair of constructs, for a stack of correlation matrices.

    correlations: (samples, items, items).  Returns (samples, constructs, constructs), on absolute
    correlations; 1 on the diagonal, NaN where a construct has a single item.
    """
    sizes = np.array([len(block) for block in blocks])
    belongs = np.zeros((correlations.shape[1], len(blocks)))
    for number, block in enumerate(blocks):
        belongs[block, number] = 1.0
    # NaN in, NaN out: a sample where an item is constant, or a construct of a single item.
    with np.errstate(invalid="ignore", divide="ignore"):
        sums = belongs.T @ np.abs(correlations) @ belongs
        within_sums = np.einsum("bjj->bj", sums) - sizes
        within = within_sums / (sizes * (sizes - 1))
        between = sums / np.outer(sizes, sizes)
        ratios: Matrix = between / np.sqrt(within[:, :, None] * within[:, None, :])
    ratios[:, sizes == 1, :] = np.nan
    ratios[:, :, sizes == 1] = np.nan
    several = np.flatnonzero(sizes > 1)
    ratios[:, several, several] = 1.0
    return ratios


def _construct_reliability(estimate: ChainEstimate, number: int) -> ConstructReliability:
    construct = estimate.model.constructs[number]
    block = plan_of(estimate.model).blocks[number]
    count = len(block)
    if count == 1 or construct.mode is Mode.B:
        missing = float("nan")
        return ConstructReliability(construct.name, count, missing, missing, missing, missing)
    loadings = estimate.loadings[block, number]
    # Corrected for unreliability, a loading may leave the range of correlations.
    admissible = bool((np.abs(loadings) <= 1).all())
    return ConstructReliability(
        construct=construct.name,
        items=count,
        alpha=alpha_from_covariances(estimate.correlations[np.ix_(block, block)]),
        rho_a=float(estimate.reliability[number]),
        rho_c=composite_reliability(loadings) if admissible else float("nan"),
        ave=average_variance_extracted(loadings) if admissible else float("nan"),
    )


def _effect_sizes(estimate: ChainEstimate) -> tuple[Matrix, Matrix]:
    """f² and VIF of every arrow."""
    scores, plan = estimate.score_correlations, plan_of(estimate.model)
    f_squared, vif = np.full_like(scores, np.nan), np.full_like(scores, np.nan)
    for target, sources in plan.predictors.items():
        explained = estimate.r_squared[target]
        vif[sources, target] = np.diag(np.linalg.inv(scores[np.ix_(sources, sources)]))
        for source in sources:
            others = sources[sources != source]
            crossed = scores[others, target]
            without = crossed @ np.linalg.solve(scores[np.ix_(others, others)], crossed)
            left = 1 - explained
            f_squared[source, target] = (explained - without) / left if left > 0 else np.inf
    return f_squared, vif


def _implied_correlations(estimate: ChainEstimate) -> Matrix:
    """Correlations of constructs as the arrows imply them, exogenous ones as observed."""
    plan, observed = plan_of(estimate.model), estimate.score_correlations
    implied = np.eye(len(observed))
    placed: list[int] = []
    for construct in plan.order:
        for earlier in placed:
            if construct in plan.predictors:
                value = estimate.paths[:, construct] @ implied[:, earlier]
            elif earlier in plan.predictors:
                value = estimate.paths[:, earlier] @ implied[:, construct]
            else:
                value = observed[construct, earlier]
            implied[construct, earlier] = implied[earlier, construct] = value
        placed.append(construct)
    return implied


# ---------------------------------------------------------------- the doubts


def _concerns(estimate: ChainEstimate, found: ChainCriteria) -> list[Concern]:
    return [
        *_reliability_concerns(found.reliability),
        *_item_concerns(estimate),
        *_distinctness_concerns(estimate.model.names, found.htmt),
        *_predictor_concerns(estimate, found.inner_vif),
        *_sample_concerns(estimate, found.srmr),
    ]


def _reliability_concerns(reliability: Sequence[ConstructReliability]) -> list[Concern]:
    concerns = []
    for part in reliability:
        for figure, value in (("alpha", part.alpha), ("rho_a", part.rho_a), ("rho_c", part.rho_c)):
            if value < RELIABLE:
                words = f"{part.construct} is not reliable: {figure} {value:.3f} below {RELIABLE}"
                concerns.append(
                    Concern(Worry.UNRELIABLE, (part.construct,), figure, value, RELIABLE, words)
                )
        if part.alpha > REDUNDANT:
            words = (
                f"the items of {part.construct} nearly repeat each other: alpha {part.alpha:.3f}"
            )
            concerns.append(
                Concern(
                    Worry.REDUNDANT_ITEMS, (part.construct,), "alpha", part.alpha, REDUNDANT, words
                )
            )
        if part.ave < VARIANCE_EXTRACTED:
            words = (
                f"{part.construct} explains less than half of its items' variance: "
                f"AVE {part.ave:.3f}"
            )
            concerns.append(
                Concern(
                    Worry.LITTLE_VARIANCE_EXTRACTED,
                    (part.construct,),
                    "ave",
                    part.ave,
                    VARIANCE_EXTRACTED,
                    words,
                )
            )
    return concerns


def _item_concerns(estimate: ChainEstimate) -> list[Concern]:
    concerns = []
    plan = plan_of(estimate.model)
    for number, construct in enumerate(estimate.model.constructs):
        if construct.mode is Mode.B:
            continue
        for item, loading in zip(
            construct.items, estimate.loadings[plan.blocks[number], number], strict=True
        ):
            value = float(loading)
            if value < 0:
                worry, threshold = Worry.OPPOSED_ITEM, 0.0
                words = f"{item} runs against {construct.name}: is it a reversed item?"
            elif value > 1:
                worry, threshold = Worry.INADMISSIBLE_LOADING, 1.0
                words = f"{item} would measure {construct.name} beyond certainty: {value:.3f}"
            elif value < WEAK_LOADING:
                worry, threshold = Worry.WEAK_LOADING, WEAK_LOADING
                words = f"{item} hardly measures {construct.name}: loading {value:.3f}"
            else:
                continue
            concerns.append(
                Concern(worry, (construct.name, item), "loading", value, threshold, words)
            )
    return concerns


def _distinctness_concerns(names: Sequence[str], htmt: Matrix) -> list[Concern]:
    return [
        Concern(
            Worry.NOT_DISTINCT,
            (names[one], names[other]),
            "htmt",
            float(htmt[one, other]),
            DISTINCT,
            f"{names[one]} and {names[other]} are not distinct: "
            f"HTMT {htmt[one, other]:.3f} above {DISTINCT}",
        )
        for one, other in combinations(range(len(names)), 2)
        if htmt[one, other] > DISTINCT
    ]


def _predictor_concerns(estimate: ChainEstimate, vif: Matrix) -> list[Concern]:
    names = estimate.model.names
    return [
        Concern(
            Worry.COLLINEAR_PREDICTORS,
            (names[source], names[target]),
            "vif",
            float(vif[source, target]),
            COLLINEAR,
            f"the effect of {names[source]} on {names[target]} cannot be told from its "
            f"neighbours': VIF {vif[source, target]:.1f}",
        )
        for source, target in np.argwhere(vif > COLLINEAR).tolist()
    ]


def _sample_concerns(estimate: ChainEstimate, srmr: float) -> list[Concern]:
    concerns = []
    if srmr > FITS:
        words = f"the items correlate otherwise than the model implies: SRMR {srmr:.3f}"
        concerns.append(Concern(Worry.POOR_FIT, (), "srmr", srmr, FITS, words))
    plan = plan_of(estimate.model)
    in_paths = [len(sources) for sources in plan.predictors.values()]
    in_blocks = [len(plan.blocks[construct]) for construct in plan.regressed]
    most = max(in_paths + in_blocks)
    need = RESPONDENTS_PER_ARROW * most
    if estimate.n < need:
        words = f"{estimate.n} respondents for {most} predictors: {need} at least are usual"
        concerns.append(Concern(Worry.FEW_RESPONDENTS, (), "n", estimate.n, need, words))
    if estimate.left_out:
        words = f"{estimate.left_out} respondents were left out for a missing answer"
        concerns.append(Concern(Worry.LEFT_OUT, (), "left_out", estimate.left_out, 0, words))
    return concerns
