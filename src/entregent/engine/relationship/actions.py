"""Playbooks: who would be concerned, who may be contacted, what comes next, and did it help."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from entregent.engine.errors import BrokenContract, MissingColumns
from entregent.engine.estimates import Abstention, Estimate, mean_of
from entregent.engine.evidence import CONTRACTS, conform
from entregent.engine.relationship.space import Floats

ASKS = ("equals", "one_of", "above", "below", "at_least", "at_most")


@dataclass(frozen=True, slots=True)
class Condition:
    """A question asked of one column; unknown never fulfils it."""

    field: str
    asks: str
    value: Any

    def __post_init__(self) -> None:
        if self.asks not in ASKS:
            raise BrokenContract(f"a condition asks {self.asks!r}; it asks one of {ASKS}")

    def holds(self, table: ir.Table) -> ir.BooleanValue:
        column = table[self.field]
        match self.asks:
            case "equals":
                held = column == self.value
            case "one_of":
                held = column.isin(list(self.value))
            case "above":
                held = column > self.value
            case "below":
                held = column < self.value
            case "at_least":
                held = column >= self.value
            case _:
                held = column <= self.value
        return held.fill_null(False)


@dataclass(frozen=True, slots=True)
class Playbook:
    """Whom a playbook is about.

    priority: 0 to 100, which comes first when several concern one customer.
    contacts: whether playing it means writing or calling.
    purpose: the consent that this contact needs; None where it answers the customer.
    """

    name: str
    all: tuple[Condition, ...]
    unless: tuple[Condition, ...] = ()
    priority: int = 50
    contacts: bool = True
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a customer may be contacted, whatever the playbook."""

    contacts_per_30_days: int
    days_between_contacts: int


def concerned(profiles: ir.Table, playbook: Playbook) -> ir.Table:
    """The rows of customers whom a playbook is about, before consent and limits.

    profiles: one row per customer, with every column that the conditions name.
    Raises MissingColumns, BrokenContract when there is no condition.
    """
    if not playbook.all:
        raise BrokenContract(f"{playbook.name} has no condition: it would be about everybody")
    fields = {condition.field for condition in (*playbook.all, *playbook.unless)}
    absent = sorted(fields - set(profiles.columns))
    if absent:
        raise MissingColumns("profiles", absent)
    kept = reduce(and_, [condition.holds(profiles) for condition in playbook.all])
    if playbook.unless:
        kept = kept & ~reduce(or_, [condition.holds(profiles) for condition in playbook.unless])
    return profiles.filter(kept)


def contactable(
    customers: ir.Table,
    consents: ir.Table,
    interactions: ir.Table,
    *,
    at: datetime,
    limits: Limits,
    purpose: str | None,
) -> ir.Table:
    """`customer_id` and `refusal` of each customer: null where a contact is allowed on that date.

    purpose: the consent needed; None where the contact answers the customer, and needs none.
    `refusal` is `no_consent`, `too_many` (contacts in 30 days) or `too_soon` (since the last one).
    """
    now = ibis.literal(at)
    given = conform(consents, CONTRACTS["consents"])
    allows = (
        given.filter(
            given.purpose == (purpose or ""),
            given.given_at.notnull() & (given.given_at <= now),
            given.withdrawn_at.isnull() | (given.withdrawn_at > now),
        )
        .select(allowing="customer_id")
        .distinct()
    )
    past = conform(interactions, CONTRACTS["interactions"])
    month, soon = timedelta(days=30), timedelta(days=limits.days_between_contacts)
    sent = past.filter(past.direction == "out", past.at <= now, past.at > ibis.literal(at - month))
    recent = sent.group_by(contacted="customer_id").aggregate(
        contacts=sent.count(), last_contact=sent.at.max()
    )
    table = customers.select("customer_id")
    table = table.left_join(allows, table.customer_id == allows.allowing)
    table = table.left_join(recent, table.customer_id == recent.contacted)
    refusals = [
        (table.contacts.fill_null(0) >= limits.contacts_per_30_days, "too_many"),
        ((table.last_contact > ibis.literal(at - soon)).fill_null(False), "too_soon"),
    ]
    if purpose is not None:
        refusals.insert(0, (table.allowing.isnull(), "no_consent"))
    return table.select("customer_id", refusal=ibis.cases(*refusals, else_=ibis.null("string")))


def next_best_action(profiles: ir.Table, playbooks: Sequence[Playbook]) -> ir.Table:
    """`customer_id` and `playbook`: for each customer concerned, the playbook of highest priority.

    Equal priorities keep the order given. Raises as `concerned` does.
    """
    ranked = sorted(playbooks, key=lambda playbook: -playbook.priority)
    parts = [
        concerned(profiles, playbook).select(
            "customer_id", playbook=ibis.literal(playbook.name), order=ibis.literal(rank)
        )
        for rank, playbook in enumerate(ranked)
    ]
    if not parts:
        raise BrokenContract("there is no playbook to choose from")
    every = ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
    first = ibis.window(group_by=every.customer_id, order_by=every["order"])
    numbered = every.mutate(place=ibis.row_number().over(first))
    return numbered.filter(numbered.place == 0).select("customer_id", "playbook")


@dataclass(frozen=True, slots=True)
class Effect:
    """What happened to those played to and to those held out.

    difference: mean of the played less mean of the held out, in the outcome's unit.
    shown: whether the interval leaves zero out.
    """

    played: Estimate
    held_out: Estimate
    difference: Estimate
    shown: bool


def compare_with_held_out(
    outcome: Floats, held_out: NDArray[np.bool_], *, confidence: float = 0.95, needed: int = 20
) -> Effect | Abstention:
    """Whether a playbook helped, against customers left out of it at random.

    outcome: shape (customers,), the change in what the playbook is measured by, NaN where unknown.
    held_out: shape (customers,), drawn at random before the playbook was played: otherwise the
    difference is one of customers, not of the playbook.
    Welch's interval. Abstains when either side has fewer than `needed` known outcomes.
    """
    if outcome.shape != held_out.shape:
        raise BrokenContract("outcomes and held-out marks do not name the same customers")
    known = ~np.isnan(outcome)
    sides = [outcome[known & ~held_out], outcome[known & held_out]]
    fewest = min(len(side) for side in sides)
    if fewest < needed:
        return Abstention("too few customers on one of the two sides", fewest, needed)
    played, kept_out = (mean_of(side, confidence=confidence) for side in sides)
    variances = [float(side.var(ddof=1)) / len(side) for side in sides]
    error = sum(variances) ** 0.5
    freedom = (
        sum(variances) ** 2
        / sum(v**2 / (len(s) - 1) for v, s in zip(variances, sides, strict=True))
        if error > 0
        else float("inf")
    )
    by = played.value - kept_out.value
    reach = float(stdtrit(freedom, 0.5 + confidence / 2)) * error
    n = played.n + kept_out.n
    difference = Estimate(by, error, n, by - reach, by + reach, confidence, "Welch")
    return Effect(played, kept_out, difference, shown=by - reach > 0 or by + reach < 0)
