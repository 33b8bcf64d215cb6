"""Whether anybody moved at all: asked before any table of moves is believed."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from entregent.engine.errors import BrokenContract
from entregent.engine.relationship.moves import Transitions
from entregent.engine.relationship.space import Floats


@dataclass(frozen=True, slots=True)
class MovementTest:
    """A table of moves against the claim that nobody moved.

    statistic: twice the gain in log-likelihood.  freedom: cells off the diagonal.
    p_value: between 0 and 1; chance of such a gain if nobody moved.
    """

    statistic: float
    freedom: int
    p_value: float


def movement_test(
    before: Floats, after: Floats, prior: Floats, found: Transitions, *, rounds: int = 200
) -> MovementTest:
    """Likelihood-ratio test of a table of moves against "nobody moved".

    before, after, prior: as given to `estimate_transitions`; found: what it returned.
    Where the evidence of each period is weak, very different tables explain it equally well, and
    the test says so. Cells at the edge of the table make it cautious: it finds movement less often
    than its level says.
    Raises BrokenContract when shapes differ.

    >>> sure = np.array([[0.98, 0.02]] * 50 + [[0.02, 0.98]] * 50)
    >>> half = np.array([0.5, 0.5])
    >>> still = Transitions(np.eye(2), np.eye(2), np.eye(2), np.array([50.0, 50.0]), 0.95)
    >>> movement_test(sure, sure, half, still).statistic
    0.0
    """
    classes = len(prior)
    if before.shape != after.shape or before.shape[1] != classes:
        raise BrokenContract("before, after and prior do not speak of the same classes")
    first, second = before / prior, after / prior
    gain = _best(first, second, prior, found.share, rounds) - _best(
        first, second, prior, np.eye(classes), rounds
    )
    statistic, freedom = max(2 * gain, 0.0), classes * (classes - 1)
    return MovementTest(statistic, freedom, float(chi2.sf(statistic, freedom)))


def _best(first: Floats, second: Floats, prior: Floats, table: Floats, rounds: int) -> float:
    """Log-likelihood of a table under the starting shares that suit it best."""
    # What each customer's evidence weighs for each starting class, whatever their shares.
    weight = first * (second @ table.T)
    start = prior.copy()
    for _ in range(rounds):
        belonging = start * weight
        start = (belonging / belonging.sum(axis=1, keepdims=True)).mean(axis=0)
    return float(np.log(weight @ start).sum())
