"""Where to act first: importance of each construct for an outcome, against how well it does."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from entregent.engine.chain.errors import UnknownIndicators
from entregent.engine.chain.estimation import ChainEstimate
from entregent.engine.chain.weighting import Matrix, plan_of
from entregent.engine.errors import BrokenContract, NotMeasurable, RatingOutOfScale

Scale = tuple[float, float]


class NoPerformanceScale(NotMeasurable):
    """A construct whose weights point both ways has no 0 to 100 scale."""

    def __init__(self, construct: str, items: list[str]) -> None:
        self.construct, self.items = construct, items
        super().__init__(
            f"{', '.join(items)} weigh against {construct}, so its performance has no scale: "
            "reverse or drop these items"
        )


@dataclass(frozen=True, slots=True)
class Priority:
    """One construct on the importance-performance map of an outcome.

    importance: points of the outcome gained when the construct gains one point, both on 0 to 100
    (unstandardised total effect).  performance: mean of the construct from 0 to 100.
    """

    construct: str
    importance: float
    performance: float
    n: int


def importance_performance(
    estimate: ChainEstimate, target: str, scales: Scale | Mapping[str, Scale]
) -> list[Priority]:
    """Importance and performance of every construct that leads to `target`.

    estimate: not `consistent`, as performance is that of scores.  scales: lowest and highest
    answer possible, for all items or item by item.
    Returns one Priority per construct with an effect on the target, most important first.
    Raises NoPerformanceScale when an item weighs against its construct, RatingOutOfScale when a
    mean lies outside its scale, BrokenContract for an unknown target or an empty scale.
    Source: Ringle and Sarstedt 2016, Industrial Management & Data Systems 116(9), 1865-1886.

    >>> from entregent.engine.chain.estimation import estimate_chain
    >>> from entregent.engine.chain.models import Construct, PathModel
    >>> model = PathModel(
    ...     (Construct("Trust", ("t",)), Construct("Loyalty", ("l",))), (("Trust", "Loyalty"),)
    ... )
    >>> estimate = estimate_chain({"t": [1, 2, 3, 5], "l": [2, 2, 4, 5]}, model)
    >>> found = importance_performance(estimate, "Loyalty", (1, 5))[0]
    >>> round(found.importance, 3), found.performance
    (0.829, 43.75)
    """
    names, plan = estimate.model.names, plan_of(estimate.model)
    if target not in names:
        raise BrokenContract(f"the model has no construct {target}")
    performance, deviations = _hundred_point_scores(estimate, scales)
    effects = estimate.total_effects[:, names.index(target)]
    rescaled = effects * deviations[names.index(target)] / deviations
    leading = np.flatnonzero(_leads_to(plan.arrows, names.index(target)))
    found = [
        Priority(names[j], float(rescaled[j]), float(performance[j]), estimate.n) for j in leading
    ]
    return sorted(found, key=lambda priority: -priority.importance)


def construct_index(
    estimate: ChainEstimate, construct: str, scales: Scale | Mapping[str, Scale]
) -> float:
    """A construct's mean from 0 to 100: the customer satisfaction index when it is Satisfaction.

    Arguments and errors as in `importance_performance`.
    Source: Fornell et al. 1996, J. Marketing 60, 7-18.
    """
    if construct not in estimate.model.names:
        raise BrokenContract(f"the model has no construct {construct}")
    performance, _ = _hundred_point_scores(estimate, scales)
    return float(performance[estimate.model.names.index(construct)])


def _hundred_point_scores(
    estimate: ChainEstimate, scales: Scale | Mapping[str, Scale]
) -> tuple[Matrix, Matrix]:
    """Means and standard deviations of the constructs on 0 to 100."""
    items = estimate.model.items
    low, high = np.array([_scale_of(item, scales) for item in items], dtype=float).T
    outside = (estimate.means < low) | (estimate.means > high)
    if outside.any():
        item = items[int(np.flatnonzero(outside)[0])]
        raise RatingOutOfScale(f"the mean of {item} lies outside its scale")
    raw = estimate.weights / estimate.deviations[:, None]
    for number, construct in enumerate(estimate.model.constructs):
        against = [item for item, weight in zip(items, raw[:, number], strict=True) if weight < 0]
        if against:
            raise NoPerformanceScale(construct.name, against)
    span = 100 / (high - low)
    # Weights of the items once on 0 to 100: the original's, in the new unit, summing to one.
    shares = raw / span[:, None]
    shares = shares / shares.sum(axis=0)
    means = (estimate.means - low) * span @ shares
    spread = shares * (estimate.deviations * span)[:, None]
    variances = np.einsum("ij,ik,kj->j", spread, estimate.correlations, spread)
    return means, np.sqrt(variances)


def _scale_of(item: str, scales: Scale | Mapping[str, Scale]) -> Scale:
    if isinstance(scales, Mapping):
        if item not in scales:
            raise UnknownIndicators([f"the scale of {item}"])
        low, high = scales[item]
    else:
        low, high = scales
    if not low < high:
        raise BrokenContract(f"a scale from {low} to {high} holds no answer")
    return low, high


def _leads_to(arrows: Matrix | np.ndarray, target: int) -> Matrix:
    one = np.eye(len(arrows))
    reached: Matrix = (np.linalg.inv(one - arrows * 1.0) - one)[:, target]
    return reached
