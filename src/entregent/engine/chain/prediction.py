"""Does the chain predict answers it has not seen? PLSpredict."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from entregent.engine.chain.estimation import (
    Answers,
    Missing,
    item_matrix,
    refuse_too_few,
    solve,
    standardise,
)
from entregent.engine.chain.models import PathModel
from entregent.engine.chain.resampling import weighted_moments
from entregent.engine.chain.weighting import Matrix, Plan, Scheme, plan_of
from entregent.engine.errors import NotMeasurable


class Antecedents(StrEnum):
    """From which scores an outcome is predicted."""

    DIRECT = "direct"  # those of its own predictors, as answered
    EARLIEST = "earliest"  # those of the exogenous constructs only, carried along the arrows


class UnpredictableFold(NotMeasurable):
    """A training part of the answers does not carry the model."""

    def __init__(self, folds: int) -> None:
        super().__init__(
            f"with {folds} folds a training part does not carry the model; use fewer folds "
            "or more respondents"
        )


@dataclass(frozen=True, slots=True)
class ItemPrediction:
    """How well one item of an outcome was predicted for respondents left out of the estimate.

    q_squared: 1 less the squared error over that of the training mean; above 0 predicts at all.
    rmse, mae: in the item's own points.  linear_rmse: of a plain regression on the same
    antecedents' items, the benchmark that a chain should not lose to.
    """

    construct: str
    item: str
    q_squared: float
    rmse: float
    mae: float
    linear_rmse: float
    n: int


def predictive_relevance(
    answers: Answers,
    model: PathModel,
    *,
    scheme: Scheme = Scheme.PATH,
    antecedents: Antecedents = Antecedents.DIRECT,
    missing: Missing = Missing.REFUSE,
    folds: int = 10,
    repetitions: int = 10,
    seed: int = 0,
) -> list[ItemPrediction]:
    """Out-of-sample prediction of the items of every endogenous construct.

    answers, model, scheme, missing: as in `estimate_chain`.  folds: parts of the answers, each
    predicted from the others; repetitions: times the parts are drawn anew.
    Returns one ItemPrediction per item of an endogenous construct, errors pooled over repetitions.
    Raises as `estimate_chain` does, and UnpredictableFold.
    Source: Shmueli, Ray, Velasquez Estrada and Chatla 2016, J. Business Research 69, 4552-4564.

    >>> from entregent.engine.chain.models import Construct
    >>> trust = [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    >>> model = PathModel(
    ...     (Construct("Trust", ("t",)), Construct("Loyalty", ("l",))), (("Trust", "Loyalty"),)
    ... )
    >>> answers = {"t": trust, "l": [2, 1, 4, 3, 6, 5, 8, 7, 10, 9]}
    >>> predictive_relevance(answers, model, folds=5)[0].q_squared > 0.7
    True
    """
    table, _ = item_matrix(answers, model, missing)
    plan = plan_of(model)
    refuse_too_few(len(table), plan)
    if not 2 <= folds <= len(table):
        raise UnpredictableFold(folds)
    standardised, _, spread = standardise(table, model.items)
    part = _parts(len(table), folds, repetitions, seed)
    trained_on = (part[:, None, :] != np.arange(folds)[None, :, None]).reshape(-1, len(table))
    means, deviations, correlations = weighted_moments(standardised, trained_on.astype(float))
    solved = solve(correlations, plan, scheme, consistent=False)
    if not solved.usable.all():
        raise UnpredictableFold(folds)

    chain, mean_only = np.zeros((2, *part.shape, table.shape[1]))
    linear = np.zeros_like(chain)
    for fold, training in enumerate(trained_on):
        repetition, left_out = fold // folds, np.flatnonzero(~training)
        unseen = (standardised[left_out] - means[fold]) / deviations[fold]
        outcome = _carried(unseen @ solved.weights[fold], solved.paths[fold], plan, antecedents)
        own = solved.loadings[fold] * plan.membership
        chain[repetition, left_out] = outcome @ own.T * deviations[fold] + means[fold]
        mean_only[repetition, left_out] = means[fold]
        linear[repetition, left_out] = (
            _regressed(correlations[fold], unseen, plan, antecedents) * deviations[fold]
            + means[fold]
        )

    wrong, trivial, rival = (prediction - standardised for prediction in (chain, mean_only, linear))
    return [
        ItemPrediction(
            construct=model.names[target],
            item=model.items[item],
            q_squared=float(1 - (wrong[..., item] ** 2).sum() / (trivial[..., item] ** 2).sum()),
            rmse=float(np.sqrt((wrong[..., item] ** 2).mean()) * spread[item]),
            mae=float(np.abs(wrong[..., item]).mean() * spread[item]),
            linear_rmse=float(np.sqrt((rival[..., item] ** 2).mean()) * spread[item]),
            n=len(table),
        )
        for target in sorted(plan.predictors)
        for item in plan.blocks[target]
    ]


def _parts(respondents: int, folds: int, repetitions: int, seed: int) -> NDArray[np.intp]:
    """(repetitions, respondents): the fold each respondent falls into, folds as even as can be."""
    generator = np.random.default_rng(seed)
    return np.stack([generator.permutation(respondents) % folds for _ in range(repetitions)])


def _carried(scores: Matrix, paths: Matrix, plan: Plan, antecedents: Antecedents) -> Matrix:
    """Scores of the endogenous constructs as the arrows predict them."""
    known = scores.copy()
    for target in plan.order:
        if target in plan.predictors:
            source = known if antecedents is Antecedents.EARLIEST else scores
            known[:, target] = source @ paths[:, target]
    return known


def _regressed(
    correlations: Matrix, unseen: Matrix, plan: Plan, antecedents: Antecedents
) -> Matrix:
    """The same items from a plain regression on the antecedents' items."""
    predicted = np.zeros_like(unseen)
    for target, sources in plan.predictors.items():
        if antecedents is Antecedents.EARLIEST:
            sources = np.array([j for j in plan.order if j not in plan.predictors])  # noqa: PLW2901
        using = np.concatenate([plan.blocks[source] for source in sources])
        block = plan.blocks[target]
        coefficients = np.linalg.lstsq(
            correlations[np.ix_(using, using)], correlations[np.ix_(using, block)]
        )[0]
        predicted[:, block] = unseen[:, using] @ coefficients
    return predicted
