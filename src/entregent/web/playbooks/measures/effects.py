"""Whether a playbook helped, against the customers it left alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from entregent.engine.estimates import Abstention, Estimate
from entregent.engine.relationship.actions import Effect, compare_with_held_out
from entregent.engine.relationship.life_cycle import STAGES
from entregent.web.playbooks.models import Action

EVENTS = ("replied", "resolved", "bought", "left")


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing looked at: on average with those played to and with those held out.

    name: measure, or an event. needed: how many are missing on the smaller side before anything is said.
    """

    name: str
    played: Estimate | None
    held_out: Estimate | None
    difference: Estimate | None
    shown: bool
    fewest: int
    needed: int

    @property
    def missing(self) -> int:
        return max(self.needed - self.fewest, 0)


def as_number(field: str, value: Any) -> float | None:
    """A fact as a number: stages count from the first to the fourth, and decline is below them all."""
    if value is None:
        return None
    if field == "stage":
        return float(STAGES.index(value)) if value != "decline" else -1.0
    return float(value) if isinstance(value, int | float) else None


def effects_of(outcomes: Sequence[Mapping[str, Any]]) -> list[Compared]:
    """What changed and what happened, on both sides.

    outcomes: one row per customer, of all those drawn, acted with or not: leaving out those whom
    nobody reached would compare people who are easy to reach with everybody.
    """
    held_out = np.array([row["state"] == Action.State.HELD_OUT for row in outcomes], dtype=bool)
    columns = {"measure": [_change(row) for row in outcomes]}
    for event in EVENTS:
        columns[event] = [np.nan if row[event] is None else float(row[event]) for row in outcomes]
    return [_compared(name, np.array(values, float), held_out) for name, values in columns.items()]


def _change(row: Mapping[str, Any]) -> float:
    if row["before"] is None or row["after"] is None:
        return float("nan")
    return float(row["after"] - row["before"])


def _compared(name: str, values: Any, held_out: Any) -> Compared:
    effect = compare_with_held_out(values, held_out)
    if isinstance(effect, Abstention):
        return Compared(name, None, None, None, False, effect.n, effect.needed or 0)
    assert isinstance(effect, Effect)
    fewest = min(effect.played.n, effect.held_out.n)
    return Compared(
        name, effect.played, effect.held_out, effect.difference, effect.shown, fewest, fewest
    )
