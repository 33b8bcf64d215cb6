"""The chain estimated once: weights, loadings, paths, total effects, explained variance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from entregent.engine.arrays import side_by_side
from entregent.engine.chain.errors import InadmissibleCorrection, UnknownIndicators
from entregent.engine.chain.models import PathModel
from entregent.engine.chain.resampling import weighted_moments
from entregent.engine.chain.weighting import (
    SINGULAR,
    Matrix,
    Plan,
    Scheme,
    outer_weights,
    plan_of,
    regressions,
)
from entregent.engine.errors import (
    Collinear,
    ConstantColumn,
    DidNotConverge,
    NoRatings,
    NotFinite,
    TooFewRespondents,
)

Answers = Mapping[str, ArrayLike]


class Missing(StrEnum):
    """What to do with a respondent who left an item of the model unanswered."""

    REFUSE = "refuse"
    LISTWISE = "listwise"  # leave the respondent out, and count it


@dataclass(frozen=True)
class ChainEstimate:
    """A path model estimated from answers. Matrices follow the order of `model.items` and
    `model.names`.

    weights, loadings: (items, constructs); loadings hold the cross-loadings too.
    score_correlations: between constructs, corrected for unreliability when `consistent`.
    reliability: rho_A per construct, 1 for single items and mode B (Dijkstra and Henseler 2015).
    paths, total_effects: (constructs, constructs), from row to column, standardised.
    r_squared: per construct, NaN where no arrow reaches it.
    correlations, means, deviations: of the items, deviations with divisor n.
    left_out: respondents dropped for a missing answer.
    """

    model: PathModel
    scheme: Scheme
    consistent: bool
    n: int
    left_out: int
    iterations: int
    weights: Matrix
    loadings: Matrix
    score_correlations: Matrix
    reliability: Matrix
    paths: Matrix
    total_effects: Matrix
    r_squared: Matrix
    correlations: Matrix
    means: Matrix
    deviations: Matrix

    def path(self, source: str, target: str) -> float:
        return float(self.paths[self._place(source), self._place(target)])

    def total_effect(self, source: str, target: str) -> float:
        return float(self.total_effects[self._place(source), self._place(target)])

    def explained(self, target: str) -> float:
        """R² of a construct that an arrow reaches."""
        return float(self.r_squared[self._place(target)])

    def _place(self, name: str) -> int:
        return self.model.names.index(name)


@dataclass(frozen=True)
class Solved:
    """The figures of a stack of samples.

    settled: False where the weights did not converge.  usable: False where a figure cannot be had.
    """

    weights: Matrix
    loadings: Matrix
    scores: Matrix
    reliability: Matrix
    paths: Matrix
    r_squared: Matrix
    settled: NDArray[np.bool_]
    usable: NDArray[np.bool_]
    iterations: int

    @property
    def total_effects(self) -> Matrix:
        return total_effects_of(self.paths)


def estimate_chain(
    answers: Answers,
    model: PathModel,
    *,
    scheme: Scheme = Scheme.PATH,
    consistent: bool = False,
    missing: Missing = Missing.REFUSE,
) -> ChainEstimate:
    """Partial least squares estimate of a path model.

    answers: item name → one number per respondent, on whatever scale was asked (only
    correlations matter).  scheme: inner weighting; the three mostly agree to the second decimal.
    consistent: correct paths and loadings of mode A constructs for unreliability (PLSc).
    Returns standardised weights, loadings, paths and total effects from -1 to 1 or slightly
    beyond, R² from 0 to 1.
    Raises UnknownIndicators, LengthsDiffer, NotFinite, NoRatings, TooFewRespondents,
    ConstantColumn, Collinear (predictors of one construct, or items of a mode B block),
    DidNotConverge, InadmissibleCorrection.
    Source: Lohmöller 1989; Tenenhaus et al. 2005, CSDA 48, 159-205; consistent: Dijkstra and
    Henseler 2015, MIS Quarterly 39(2), 297-316.

    >>> from entregent.engine.chain.models import Construct
    >>> trust = [1, 2, 3, 4, 5, 6]
    >>> loyalty = [2, 1, 4, 3, 6, 5]
    >>> model = PathModel(
    ...     (Construct("Trust", ("t",)), Construct("Loyalty", ("l",))), (("Trust", "Loyalty"),)
    ... )
    >>> round(estimate_chain({"t": trust, "l": loyalty}, model).path("Trust", "Loyalty"), 4)
    0.8286
    """
    table, left_out = item_matrix(answers, model, missing)
    plan = plan_of(model)
    refuse_too_few(len(table), plan)
    standardised, means, deviations = standardise(table, model.items)
    _, _, correlations = weighted_moments(standardised, np.ones((1, len(table))))
    solved = solve(correlations, plan, scheme, consistent=consistent)
    _refuse_unsolved(solved, correlations[0], model, plan)
    return ChainEstimate(
        model=model,
        scheme=scheme,
        consistent=consistent,
        n=len(table),
        left_out=left_out,
        iterations=solved.iterations,
        weights=solved.weights[0],
        loadings=solved.loadings[0],
        score_correlations=solved.scores[0],
        reliability=solved.reliability[0],
        paths=solved.paths[0],
        total_effects=solved.total_effects[0],
        r_squared=solved.r_squared[0],
        correlations=correlations[0],
        means=means,
        deviations=deviations,
    )


def construct_scores(answers: Answers, estimate: ChainEstimate) -> Matrix:
    """Scores of respondents on the constructs, (respondents, constructs), in units of the
    standard deviations of those the model was estimated on.

    Raises UnknownIndicators and NotFinite.
    """
    table, _ = item_matrix(answers, estimate.model, Missing.REFUSE)
    scores: Matrix = (table - estimate.means) / estimate.deviations @ estimate.weights
    return scores


# ---------------------------------------------------------------- from answers to numbers


def item_matrix(answers: Answers, model: PathModel, missing: Missing) -> tuple[Matrix, int]:
    """(respondents, items) in the model's order, and how many respondents were left out."""
    if absent := [item for item in model.items if item not in answers]:
        raise UnknownIndicators(absent)
    columns = [np.asarray(answers[item], dtype=np.float64) for item in model.items]
    side_by_side(**dict(zip(model.items, columns, strict=True)))
    table = np.column_stack(columns)
    if not len(table):
        raise NoRatings("answers")
    if np.isinf(table).any():
        raise NotFinite("an answer is infinite")
    unanswered = np.isnan(table).any(axis=1)
    if unanswered.any() and missing is Missing.REFUSE:
        raise NotFinite(
            f"{int(unanswered.sum())} respondents left an item unanswered; "
            "leave them out (listwise) or complete them first"
        )
    return table[~unanswered], int(unanswered.sum())


def refuse_too_few(respondents: int, plan: Plan) -> None:
    """The largest regression of the model needs two respondents more than it has predictors."""
    in_paths = [len(sources) for sources in plan.predictors.values()]
    in_blocks = [len(plan.blocks[construct]) for construct in plan.regressed]
    need = max(in_paths + in_blocks) + 2
    if respondents < need:
        raise TooFewRespondents(respondents, need)


def standardise(table: Matrix, items: Sequence[str]) -> tuple[Matrix, Matrix, Matrix]:
    means, deviations = table.mean(axis=0), table.std(axis=0)
    widest: Matrix = np.abs(table).max(axis=0)
    constant = np.flatnonzero(deviations <= 1e-12 * widest).tolist()
    if constant:
        raise ConstantColumn([items[place] for place in constant])
    return (table - means) / deviations, means, deviations


# ---------------------------------------------------------------- from correlations to figures


def solve(correlations: Matrix, plan: Plan, scheme: Scheme, *, consistent: bool) -> Solved:
    """Every figure of the model for a stack of correlation matrices (samples, items, items)."""
    complete = np.atleast_1d(np.isfinite(correlations).all(axis=(1, 2)))
    known = np.where(complete[:, None, None], correlations, np.eye(correlations.shape[1]))
    with np.errstate(invalid="ignore", divide="ignore"):
        weighted = outer_weights(known, plan, scheme)
        weights = weighted.weights
        loadings = known @ weights
        scores = weights.transpose(0, 2, 1) @ loadings
        reliability = rho_a(weights, known, plan)
        if consistent:
            scores = _disattenuated(scores, reliability)
            loadings = _consistent_loadings(weights, loadings, reliability, plan)
        paths = regressions(scores, plan)
        r_squared = _explained(paths, scores, plan)
    usable = complete & weighted.settled & np.isfinite(paths).all(axis=(1, 2))
    usable &= _told_apart(known, scores, plan)
    if consistent:
        usable &= (reliability > 0).all(axis=1) & _positive_definite(scores)
    return Solved(
        weights=weights,
        loadings=loadings,
        scores=scores,
        reliability=reliability,
        paths=paths,
        r_squared=r_squared,
        settled=weighted.settled,
        usable=usable,
        iterations=weighted.iterations,
    )


def rho_a(weights: Matrix, correlations: Matrix, plan: Plan) -> Matrix:
    """Reliability of the scores, (samples, constructs): Dijkstra and Henseler's rho_A in mode A,
    1 for single items and mode B.
    """
    reliability = np.ones((len(weights), len(plan.blocks)))
    for construct, block in enumerate(plan.blocks):
        if len(block) == 1 or construct in plan.regressed:
            continue
        w = weights[:, block, construct]
        within = correlations[:, block[:, None], block[None, :]]
        off_diagonal = within * (1 - np.eye(len(block)))
        squared = np.einsum("bi,bi->b", w, w)
        common = np.einsum("bi,bij,bj->b", w, off_diagonal, w)
        outer = squared**2 - np.einsum("bi,bi->b", w**2, w**2)
        reliability[:, construct] = squared**2 * common / outer
    return reliability


def total_effects_of(paths: Matrix) -> Matrix:
    """Direct and indirect effects together: the sum of the powers of the path matrix."""
    one = np.eye(paths.shape[-1])
    # Without circles the power series ends, and I - paths is always invertible.
    with np.errstate(invalid="ignore"):
        effects: Matrix = np.linalg.inv(one - np.nan_to_num(paths)) - one
    effects[~np.isfinite(paths).all(axis=(-2, -1))] = np.nan
    return effects


def _disattenuated(scores: Matrix, reliability: Matrix) -> Matrix:
    corrected: Matrix = scores / np.sqrt(reliability[:, :, None] * reliability[:, None, :])
    diagonal = np.arange(scores.shape[1])
    corrected[:, diagonal, diagonal] = 1.0
    return corrected


def _consistent_loadings(
    weights: Matrix, loadings: Matrix, reliability: Matrix, plan: Plan
) -> Matrix:
    corrected = loadings / np.sqrt(reliability)[:, None, :]
    for construct, block in enumerate(plan.blocks):
        if len(block) == 1 or construct in plan.regressed:
            continue
        w = weights[:, block, construct]
        squared = np.einsum("bi,bi->b", w, w)
        corrected[:, block, construct] = w * (np.sqrt(reliability[:, construct]) / squared)[:, None]
    return corrected


def _explained(paths: Matrix, scores: Matrix, plan: Plan) -> Matrix:
    explained = np.full(paths.shape[:2], np.nan)
    for target, sources in plan.predictors.items():
        explained[:, target] = np.einsum(
            "bi,bi->b", paths[:, sources, target], scores[:, sources, target]
        )
    return explained


def _told_apart(correlations: Matrix, scores: Matrix, plan: Plan) -> NDArray[np.bool_]:
    """False where predictors, or the items of a mode B block, determine each other."""
    apart = np.ones(len(scores), dtype=bool)
    for sources in plan.predictors.values():
        if len(sources) > 1:
            apart &= _positive_definite(scores[:, sources[:, None], sources[None, :]])
    for construct in plan.regressed:
        block = plan.blocks[construct]
        apart &= _positive_definite(correlations[:, block[:, None], block[None, :]])
    return apart


def _positive_definite(matrices: Matrix) -> NDArray[np.bool_]:
    finite = np.isfinite(matrices).all(axis=(1, 2))
    smallest = np.full(len(matrices), -np.inf)
    smallest[finite] = np.linalg.eigvalsh(matrices[finite])[:, 0]
    return np.asarray(smallest > SINGULAR)


def _refuse_unsolved(solved: Solved, correlations: Matrix, model: PathModel, plan: Plan) -> None:
    for construct in plan.regressed:
        block = plan.blocks[construct]
        if np.linalg.eigvalsh(correlations[np.ix_(block, block)])[0] <= SINGULAR:
            raise Collinear(model.constructs[construct].items)
    if not solved.settled[0]:
        raise DidNotConverge("the weights", solved.iterations)
    weights = solved.weights[0]
    _refuse_collinear_constructs(weights.T @ correlations @ weights, model, plan)
    if not solved.usable[0]:
        unreliable = np.flatnonzero(~(solved.reliability[0] > 0))
        named = ", ".join(model.names[construct] for construct in unreliable)
        raise InadmissibleCorrection(
            f"the reliability of {named} is not above zero"
            if unreliable.size
            else "constructs correlate beyond 1 once corrected"
        )


def _refuse_collinear_constructs(scores: Matrix, model: PathModel, plan: Plan) -> None:
    for sources in plan.predictors.values():
        if np.linalg.eigvalsh(scores[np.ix_(sources, sources)])[0] <= SINGULAR:
            raise Collinear([model.names[source] for source in sources])
