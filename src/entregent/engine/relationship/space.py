"""The space in which kinds of relationship are placed, and its axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from entregent.engine.errors import BrokenContract, NotMeasurable

AXES = (
    "valence",
    "intensity",
    "strength",
    "power",
    "cooperation",
    "formality",
    "duration",
    "voluntary",
)
"""Interpersonal dimensions: Wish, Deutsch and Kaplan 1976, Fournier 1998; scales proposed."""

TREATMENTS = ("frequency", "tone", "personalisation", "offers", "speed")
"""What the firm does to a customer, each on the scale of what a kind would like to receive."""

type Floats = NDArray[np.float64]
