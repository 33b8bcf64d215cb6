"""What each kind of relationship is worth, and what a plan to move customers would bring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from entregent.engine.errors import BrokenContract
from entregent.engine.estimates import Abstention, Estimate, normal_quantile
from entregent.engine.relationship.moves import Path, Transitions
from entregent.engine.relationship.space import Floats
from entregent.engine.relationship.weighing import effective_count, weighted_mean

NEEDED = 10
"""Proposed: effective customers under which a kind's worth is not told."""


@dataclass(frozen=True, slots=True)
class Worth:
    """One class of customers on the map.

    customers: expected number of customers, with the doubt that comes from not knowing each one's
    class.
    figures: for each figure asked, its mean per customer, or an abstention.
    """

    name: str
    customers: Estimate
    figures: Mapping[str, Estimate | Abstention]


def worth_by_class(
    probabilities: Floats,
    names: Sequence[str],
    figures: Mapping[str, Floats],
    *,
    confidence: float = 0.95,
    needed: int = NEEDED,
) -> list[Worth]:
    """Size and worth of each kind, or family, from probabilities and not from hard classes.

    probabilities: shape (customers, classes), rows sum to 1.
    figures: by name (revenue, margin, lifetime value, cost to serve, complaints, recommendation),
    shape (customers,), in the figure's own unit; NaN where unknown.
    Each customer counts in every class by its probability, so a class of which the inference is
    unsure leans towards everybody's mean: real differences are at least as large as those shown.
    Raises BrokenContract when shapes differ.
    """
    customers, classes = probabilities.shape
    if classes != len(names):
        raise BrokenContract(f"{classes} classes, {len(names)} names")
    for figure, column in figures.items():
        if column.shape != (customers,):
            raise BrokenContract(f"{figure} has shape {column.shape}, {(customers,)} is needed")
    return [
        Worth(
            name,
            _size(probabilities[:, i], confidence),
            {
                figure: _mean(column, probabilities[:, i], confidence, needed)
                for figure, column in figures.items()
            },
        )
        for i, name in enumerate(names)
    ]


def _size(probability: Floats, confidence: float) -> Estimate:
    expected = float(probability.sum())
    error = float((probability * (1 - probability)).sum()) ** 0.5
    reach = normal_quantile(confidence) * error
    return Estimate(
        expected,
        error,
        len(probability),
        max(0.0, expected - reach),
        min(float(len(probability)), expected + reach),
        confidence,
        "sum of probabilities",
    )


def _mean(
    column: Floats, probability: Floats, confidence: float, needed: int
) -> Estimate | Abstention:
    known = ~np.isnan(column)
    count = effective_count(probability[known])
    if count < needed:
        return Abstention("too few customers of this kind", round(count), needed)
    return weighted_mean(column, probability, confidence=confidence)


@dataclass(frozen=True, slots=True)
class PlanValue:
    """What a relationship plan would bring over one period, from the firm's own figures.

    per_customer: difference of worth between goal and origin, less the cost of trying.
    arriving: share of those tried who arrive, if they move as others moved.
    total: for all customers tried.
    """

    per_customer: Estimate
    arriving: Estimate
    total: Estimate


def value_of_plan(
    path: Path,
    worth: Mapping[str, Estimate | Abstention],
    transitions: Mapping[tuple[str, str], Estimate],
    customers: int,
    *,
    cost_per_customer: float = 0.0,
) -> PlanValue | Abstention:
    """Expected value of leading customers along a path.

    worth: mean worth of each kind on the path, per customer and period.
    transitions: for each step, the share of customers who made it in a period, as observed.
    customers: how many would be tried.
    The share arriving is the product of the steps' shares; those who do not arrive are counted at
    nothing, though some stop half-way. Errors are propagated to first order, taken as independent.
    What was observed is not what a plan causes: without a held-out group this is a hope with an
    interval, and should be shown as one.
    """
    if not path.exists or not path.steps:
        return Abstention("there is no path between the two kinds")
    ends = worth.get(path.kinds[0]), worth.get(path.kinds[-1])
    if not isinstance(ends[0], Estimate) or not isinstance(ends[1], Estimate):
        return Abstention("the worth of one of the two kinds is not known")
    steps = [transitions.get((step.origin, step.goal)) for step in path.steps]
    if any(step is None for step in steps):
        return Abstention("one of the steps was never observed")

    gain = ends[1].value - ends[0].value
    gain_error = (
        (ends[0].standard_error or 0.0) ** 2 + (ends[1].standard_error or 0.0) ** 2
    ) ** 0.5
    shares = [step for step in steps if step is not None]
    arriving = float(np.prod([step.value for step in shares]))
    relative = sum(
        ((step.standard_error or 0.0) / step.value) ** 2 for step in shares if step.value > 0
    )
    arriving_error = arriving * relative**0.5
    one = arriving * gain - cost_per_customer
    one_error = ((arriving * gain_error) ** 2 + (gain * arriving_error) ** 2) ** 0.5
    n = min(ends[0].n, ends[1].n)
    return PlanValue(
        per_customer=_around(one, one_error, n),
        arriving=_around(arriving, arriving_error, min(step.n for step in shares)),
        total=_around(customers * one, customers * one_error, n),
    )


def _around(value: float, error: float, n: int) -> Estimate:
    reach = normal_quantile(0.95) * error
    return Estimate(value, error, n, value - reach, value + reach, 0.95, "delta method")


def observed_steps(
    transitions: Transitions, kinds: Sequence[str]
) -> dict[tuple[str, str], Estimate]:
    """Each observed move as an estimate, for `value_of_plan`; rows that nobody left are absent."""
    steps = {}
    for i, origin in enumerate(kinds):
        n = float(transitions.leaving[i])
        if n <= 0:
            continue
        for j, goal in enumerate(kinds):
            if i == j:
                continue
            share = float(transitions.share[i, j])
            error = (share * (1 - share) / n) ** 0.5
            low, high = float(transitions.low[i, j]), float(transitions.high[i, j])
            steps[origin, goal] = Estimate(
                share, error, round(n), low, high, transitions.confidence, "Jeffreys"
            )
    return steps
