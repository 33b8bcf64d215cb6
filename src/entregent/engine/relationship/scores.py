"""A score between 0 and 1 pooled from witnesses of different worth, with its doubt."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from entregent.engine.errors import BrokenContract, RatingOutOfScale
from entregent.engine.relationship.space import Floats


@dataclass(frozen=True, slots=True)
class Witness:
    """One thing that speaks of the score.

    value: shape (customers,), between 0 and 1, NaN where silent.
    worth: shape (customers,) or one number, how many plain observations it counts for.
    """

    name: str
    value: Floats
    worth: Floats | float = 1.0


@dataclass(frozen=True, slots=True)
class Scores:
    """One score per customer.

    value, low, high: shape (customers,), between 0 and 1; NaN where nobody spoke.
    worth: shape (customers,), observations the score rests on.
    confidence: of the interval.
    """

    value: Floats
    low: Floats
    high: Floats
    worth: Floats
    confidence: float

    @property
    def error(self) -> Floats:
        """Standard deviation of the score, NaN where nobody spoke."""
        a, b = 1 + self.worth * self._share, 1 + self.worth * (1 - self._share)
        spread = np.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
        return np.asarray(np.where(self.worth > 0, spread, np.nan))

    def above(self, middle: float) -> Floats:
        """Probability that the score lies above `middle`; one half where nobody spoke."""
        a, b = 1 + self.worth * self._share, 1 + self.worth * (1 - self._share)
        return np.asarray(np.where(self.worth > 0, beta.sf(middle, a, b), 0.5))

    @property
    def _share(self) -> Floats:
        # The value is the mean of a Beta(1 + w s, 1 + w (1 - s)): undo it to find s.
        w = np.maximum(self.worth, 1e-12)
        return np.asarray(np.clip((np.nan_to_num(self.value, nan=0.5) * (w + 2) - 1) / w, 0, 1))


def pooled_score(
    witnesses: Sequence[Witness], customers: int, *, confidence: float = 0.95
) -> Scores:
    """Pool witnesses as observations of one share, from a flat prior.

    Returns the mean and the central interval of a Beta(1 + for, 1 + against), where each witness
    adds worth x value to `for` and the rest of its worth to `against`. A customer of whom nobody
    spoke has no score.
    Raises RatingOutOfScale when a value leaves 0 to 1, BrokenContract on a negative worth.
    Source: proposed; conjugate pooling of shares.

    >>> score = pooled_score([Witness("words", np.array([1.0, np.nan]), 2.0)], 2)
    >>> score.value
    array([0.75,  nan])
    """
    for_it, worth = np.zeros(customers), np.zeros(customers)
    for witness in witnesses:
        spoken = ~np.isnan(witness.value)
        value = np.where(spoken, witness.value, 0.0)
        if np.any((value < 0) | (value > 1)):
            raise RatingOutOfScale(f"{witness.name} leaves 0 to 1")
        counts = np.where(spoken, np.nan_to_num(witness.worth), 0.0)
        if np.any(counts < 0):
            raise BrokenContract(f"{witness.name} has a negative worth")
        for_it += counts * value
        worth += counts
    a, b = 1 + for_it, 1 + worth - for_it
    tail = (1 - confidence) / 2
    known = worth > 0
    return Scores(
        value=np.where(known, a / (a + b), np.nan),
        low=np.where(known, beta.ppf(tail, a, b), np.nan),
        high=np.where(known, beta.ppf(1 - tail, a, b), np.nan),
        worth=worth,
        confidence=confidence,
    )


def on_unit_scale(rating: Floats, low: float, high: float) -> Floats:
    """A rating moved onto 0 to 1; NaN stays NaN.

    Raises RatingOutOfScale.

    >>> on_unit_scale(np.array([1.0, 4.0, 7.0]), 1, 7)
    array([0. , 0.5, 1. ])
    """
    if np.any((rating < low) | (rating > high)):
        raise RatingOutOfScale(
            f"ratings run from {np.nanmin(rating):g} to {np.nanmax(rating):g}, "
            f"the scale from {low:g} to {high:g}"
        )
    return np.asarray((rating - low) / (high - low))


def from_balance(balance: Floats) -> Floats:
    """A balance between -1 and 1 moved onto 0 to 1.

    >>> from_balance(np.array([-1.0, 0.0, 1.0]))
    array([0. , 0.5, 1. ])
    """
    return on_unit_scale(balance, -1.0, 1.0)
