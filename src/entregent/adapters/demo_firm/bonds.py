"""What each kind of relationship tends to do: habits set down by hand, one line a kind.

The habits say how people behave (do they answer surveys, look around when the price rises, thank,
complain, show what they feel); nothing here is read from the catalogue that will infer them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from entregent.adapters.demo_firm.stock import read_json_lines


@dataclass(frozen=True, slots=True)
class Habits:
    id: str
    label: str
    family: str
    share: float
    tenure: tuple[int, int]
    came_by: Sequence[str]
    talks: float
    answers: float
    thanks: float
    complains: float
    shops_around: float
    patience: float
    shows: float
    wants: Mapping[str, int]
    says: Mapping[str, int]
    stays_by_wish: int
    stays_by_force: int
    mistaken_for: Sequence[str]
    when_hurt: Sequence[str]
    when_healed: Sequence[str]


@cache
def habits() -> Mapping[str, Habits]:
    return {row["id"]: Habits(**row) for row in read_json_lines("habits")}


def bond_for(rng: Random, *, tenure_years: float, came_by: str, organisation: bool) -> str:
    """A kind that this person's history allows, with the odd one out that history cannot explain."""
    weights = []
    kinds = list(habits().values())
    for kind in kinds:
        weight = kind.share
        youngest, oldest = kind.tenure
        if not youngest <= tenure_years <= oldest:
            weight *= 0.04
        weight *= 1.7 if came_by in kind.came_by else 0.45
        if organisation:
            weight *= {"business_partner": 9.0, "basic_exchange": 1.6, "teammate": 2.0}.get(
                kind.id, 0.5 if kind.family in {"exchange", "demanding", "captive"} else 0.15
            )
        weights.append(weight)
    return rng.choices(kinds, weights)[0].id
