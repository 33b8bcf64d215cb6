"""Ambivalence: how much somebody is torn, from how much speaks each way."""

import numpy as np
from numpy.typing import ArrayLike

from entregent.engine.errors import BrokenContract, LengthsDiffer, NotFinite
from entregent.engine.relationship.space import Floats


def griffin_ambivalence(positive: ArrayLike, negative: ArrayLike) -> Floats:
    """Intensity of both sides less their difference: (P + N) / 2 - |P - N|.

    positive, negative: same shape, at least 0, in any one unit (counts, mean weights).
    Returns the same unit, from -max / 2 (all on one side) to max (both sides strong); higher is
    more torn.
    Raises BrokenContract on a negative amount, NotFinite on NaN or infinity, LengthsDiffer.
    Source: Thompson, Zanna and Griffin 1995.

    >>> griffin_ambivalence([3, 3, 2, 1, 4], [3, 0, 1, 1, 2])
    array([ 3. , -1.5,  0.5,  1. ,  1. ])
    """
    p, n = _sides(positive, negative)
    return np.asarray((p + n) / 2 - np.abs(p - n))


def kaplan_ambivalence(positive: ArrayLike, negative: ArrayLike) -> Floats:
    """Twice the weaker side: P + N - |P - N|.

    Arguments and errors as for `griffin_ambivalence`; at least 0, higher is more torn.
    Source: Kaplan 1972, Psychological Bulletin 77, 361-372.

    >>> kaplan_ambivalence([3, 3], [3, 0])
    array([6., 0.])
    """
    p, n = _sides(positive, negative)
    return np.asarray(2 * np.minimum(p, n))


def gradual_threshold_ambivalence(
    positive: ArrayLike, negative: ArrayLike, *, power: float = 0.5
) -> Floats:
    """Ambivalence that rises ever more slowly with the weaker side, and stops heeding the stronger.

    5 C^power - D^(1/C), where C and D are the weaker and the stronger side, each plus one.
    Arguments and errors as for `griffin_ambivalence`; counts of reactions; higher is more torn.
    Source: Priester and Petty 1996, J. Personality and Social Psychology 71, 431-449; the formula is
    known in the field and was not read again at its source.

    >>> gradual_threshold_ambivalence([0, 3], [0, 3]).round(3)
    array([4.   , 8.586])
    """
    p, n = _sides(positive, negative)
    conflicting, dominant = np.minimum(p, n) + 1, np.maximum(p, n) + 1
    return np.asarray(5 * conflicting**power - dominant ** (1 / conflicting))


def _sides(positive: ArrayLike, negative: ArrayLike) -> tuple[Floats, Floats]:
    p, n = np.asarray(positive, dtype=float), np.asarray(negative, dtype=float)
    if p.shape != n.shape:
        raise LengthsDiffer({"positive": p.size, "negative": n.size})
    if not (np.isfinite(p).all() and np.isfinite(n).all()):
        raise NotFinite("amounts for and against must be finite")
    if np.any(p < 0) or np.any(n < 0):
        raise BrokenContract("amounts for and against are never negative")
    return p, n
