"""What a customer receives of themselves: each room tells its part, in words and as it is stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from entregent.web.evidence.models import Customer

INNER = {
    "row_key", "content", "created_in", "customer", "source", "merged_into", "facets",
    # Colleagues are persons too: what they did is told, not who they are.
    "by", "undone_by", "closed_by", "dismissed_by", "owner", "person",
}  # fmt: skip
"""Columns that say how rows are stored, or name somebody else, and nothing of the person."""

Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Held:
    """One thing held: its heading, facts as (label, words), and passages as (words, what is said of them)."""

    heading: str
    facts: Sequence[tuple[str, str]] = ()
    passages: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the copy, in the language in force.

    about: where it comes from, how sure it is, what it serves. rows: by table, as they are stored.
    """

    title: str
    about: str
    held: list[Held] = field(default_factory=list)
    rows: Rows = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose copy it is. ids: numbers of the customer and of all that were merged into them."""

    customer: Customer
    ids: Sequence[int]


Teller = Callable[[Whose], Part]

_tellers: dict[str, Teller] = {}


def tells(name: str, teller: Teller) -> None:
    """A room adds its part to every copy, after those that are there."""
    _tellers[name] = teller


def parts_of(whose: Whose) -> dict[str, Part]:
    """Every room's part, by name, in the language in force."""
    return {name: teller(whose) for name, teller in _tellers.items()}


def as_held(row: models.Model, *but: str) -> dict[str, Any]:
    """A row as it is stored, without what tells nothing of the person."""
    return {
        one.name: one.value_from_object(row)
        for one in row._meta.concrete_fields
        if one.name not in INNER and one.name not in but
    }
