"""Settings that the models of buying share, and the checks of what is handed to them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from entregent.engine.errors import NotFinite
from entregent.engine.value.errors import OutOfRange

# Proposed: below, four parameters cannot be told apart.
FEWEST_CUSTOMERS = 10


def positive(**settings: float) -> None:
    """Raise NotFinite or OutOfRange unless every setting is a number above zero."""
    for name, value in settings.items():
        if not np.isfinite(value):
            raise NotFinite(f"{name} is {value}")
        if value <= 0:
            raise OutOfRange(f"{name} is {value}; it must be above zero")


def between(low: float, high: float, **settings: float) -> None:
    """Raise NotFinite or OutOfRange unless every setting lies between low and high."""
    for name, value in settings.items():
        if not np.isfinite(value):
            raise NotFinite(f"{name} is {value}")
        if not low <= value <= high:
            raise OutOfRange(f"{name} is {value}; it must lie between {low} and {high}")


def times(time: ArrayLike) -> NDArray[np.float64]:
    """Times as an array; raises NotFinite or OutOfRange on NaN, infinity and time before now."""
    ahead = np.asarray(time, dtype=np.float64)
    if not np.isfinite(ahead).all():
        raise NotFinite("a time is NaN or infinite")
    if (ahead < 0).any():
        raise OutOfRange("a time lies before the start")
    return ahead
