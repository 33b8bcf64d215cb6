"""One kind of relationship as the catalogue draws it, and as this firm has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from entregent.adapters.catalogue.relationships import Kind
from entregent.engine.relationship.moves import open_moves
from entregent.engine.relationship.space import AXES, TREATMENTS
from entregent.web.relationships.catalogue import kind_name, relationships, said
from entregent.web.relationships.words import step_words


@dataclass(frozen=True, slots=True)
class Strip:
    """Where a kind stands on one axis. place: 0 at its low end, 100 at its high end."""

    name: str
    low: str
    high: str
    place: float


@dataclass(frozen=True, slots=True)
class Portrait:
    """goals: closer or happier kinds one move away. opens, comes_from: every move open from here, and to here.

    customers: expected number of this firm's, with its interval; None before any reckoning.
    """

    strips: list[Strip]
    wishes: list[tuple[str, str]]
    goals: list[tuple[str, str]]
    opens: list[tuple[str, str]]
    comes_from: list[tuple[str, str]]
    customers: Mapping[str, Any] | None


def portrait_of_kind(kind: Kind, figures: Mapping[str, Any]) -> Portrait:
    """Axes, wishes and the good moves that are open from here."""
    catalogue = relationships()
    axes, wishes = kind.axes.model_dump(), kind.treatment.model_dump()
    strips = []
    for axis in AXES:
        scale = catalogue.axes[axis]
        place = 100 * (axes[axis] - scale.low) / (scale.high - scale.low)
        strips.append(Strip(said(scale.name), said(scale.from_), said(scale.to), round(place, 1)))
    size = next(
        (one["customers"] for one in figures.get("kinds", []) if one["id"] == kind.id), None
    )
    return Portrait(
        strips,
        [
            (said(catalogue.treatments[name].name), step_words(name, wishes[name]))
            for name in TREATMENTS
        ],
        _open_goals(kind),
        *_open_both_ways(kind),
        size,
    )


def _open_goals(kind: Kind) -> list[tuple[str, str]]:
    """Closer or happier kinds that a firm may aim at, one move away: id and name."""
    space = relationships().space()
    if kind.id not in space.kinds:
        return []
    here = space.position(kind.id)
    up = [space.axis(axis) - space.axis(axis)[here] for axis in ("valence", "strength")]
    better = (up[0] >= 0) & (up[1] >= 0) & (up[0] + up[1] > 0)
    goals = open_moves(space)[here] & space.goals & better
    return [(space.kinds[rank], kind_name(space.kinds[rank])) for rank in np.flatnonzero(goals)]


def _open_both_ways(kind: Kind) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Kinds to which a move is open from here, and from which one is open to here."""
    space = relationships().space()
    if kind.id not in space.kinds:
        return [], []
    moves, here = open_moves(space), space.position(kind.id)
    both = [
        [(space.kinds[rank], kind_name(space.kinds[rank])) for rank in np.flatnonzero(open_)]
        for open_ in (moves[here], moves[:, here])
    ]
    return both[0], both[1]
