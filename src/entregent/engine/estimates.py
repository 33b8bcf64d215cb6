"""A figure and its doubt, which never travel apart."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure with what is needed to judge it.

    value: in the unit that the measure's docstring names.
    standard_error: same unit; None where the method gives an interval directly.
    n: respondents, customers or events the figure rests on.
    low, high: bounds of the interval at `confidence`, same unit; None where no interval is known.
    confidence: between 0 and 1.
    method: the name of the interval method, as the field says it.
    """

    value: float
    standard_error: float | None
    n: int
    low: float | None = None
    high: float | None = None
    confidence: float = 0.95
    method: str = ""


@dataclass(frozen=True, slots=True)
class Abstention:
    """The engine says that it does not know, and what would let it know.

    n: what there is.  needed: what there should be, in the same count.
    """

    reason: str
    n: int = 0
    needed: int | None = None
