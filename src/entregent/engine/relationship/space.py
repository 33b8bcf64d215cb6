"""The space in which kinds of relationship are placed: axes, families, priors, move rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from entregent.engine.errors import BrokenContract, NotMeasurable

Floats = NDArray[np.float64]

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
"""Interpersonal dimensions: Wish, Deutsch and Kaplan 1976 and Fournier 1998; scales proposed."""

TREATMENTS = ("frequency", "tone", "personalisation", "offers", "speed")
"""What the firm does to a customer, on the scales of what a kind would like to receive."""


class UnknownKind(NotMeasurable):
    """A kind is asked for that the catalogue in force does not hold."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(f"the catalogue holds no kind {kind!r}")


@dataclass(frozen=True, slots=True)
class MoveRule:
    """When a direct move from one kind to another is open.

    rise: most that each slow axis may rise in one move; falling is free.
    rise_of_strength_into_negative: most that strength may rise into a kind of negative valence.
    repair_valence, repair_rise: out of a negative kind, highest valence that opens and highest rise.
    entered_never_chosen: kinds that one is born or put into.
    needs_a_bond_of: least strength one must leave from, for each kind that ends a bond.
    also_open, also_closed: the firm's own exceptions, as (from, to).
    """

    rise: Mapping[str, float]
    rise_of_strength_into_negative: float
    repair_valence: float
    repair_rise: float
    entered_never_chosen: frozenset[str] = frozenset()
    needs_a_bond_of: Mapping[str, float] = field(default_factory=dict)
    also_open: frozenset[tuple[str, str]] = frozenset()
    also_closed: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class KindSpace:
    """Kinds of relationship placed on the axes.

    kinds, families: names, in the catalogue's order.
    family_of: shape (kinds,), position in `families`.
    coordinates: shape (kinds, 8), in the order of AXES, on each axis's own scale.
    treatments: shape (kinds, 5), what each kind would like to receive, in the order of TREATMENTS.
    ranges: shape (8, 2), lowest and highest point of each axis.
    functional: shape (families,), whether the family is one of plain use rather than feeling.
    goals: shape (kinds,), whether a firm may decently aim at it.
    """

    kinds: tuple[str, ...]
    families: tuple[str, ...]
    family_of: NDArray[np.intp]
    coordinates: Floats
    treatments: Floats
    ranges: Floats
    functional: NDArray[np.bool_]
    goals: NDArray[np.bool_]
    rule: MoveRule

    def __post_init__(self) -> None:
        kinds = len(self.kinds)
        shapes = {
            "family_of": (self.family_of.shape, (kinds,)),
            "coordinates": (self.coordinates.shape, (kinds, len(AXES))),
            "treatments": (self.treatments.shape, (kinds, len(TREATMENTS))),
            "ranges": (self.ranges.shape, (len(AXES), 2)),
            "functional": (self.functional.shape, (len(self.families),)),
            "goals": (self.goals.shape, (kinds,)),
        }
        for name, (have, want) in shapes.items():
            if have != want:
                raise BrokenContract(f"{name} has shape {have}, {want} is needed")

    def position(self, kind: str) -> int:
        """Raises UnknownKind."""
        try:
            return self.kinds.index(kind)
        except ValueError:
            raise UnknownKind(kind) from None

    def axis(self, name: str) -> Floats:
        """Shape (kinds,): where every kind stands on one axis."""
        return self.coordinates[:, AXES.index(name)]

    def by_family(self, kinds: Floats) -> Floats:
        """Shape (..., kinds) summed to (..., families)."""
        member = np.zeros((len(self.kinds), len(self.families)))
        member[np.arange(len(self.kinds)), self.family_of] = 1.0
        return kinds @ member

    def family(self, kind: str) -> str:
        return self.families[int(self.family_of[self.position(kind)])]
