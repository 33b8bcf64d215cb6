"""Playbooks: who would be concerned, who may be contacted, what comes next, and did it help."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from hashlib import blake2b
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

    def meets(self, value: Any) -> bool:
        """The same asked of one value, None being unknown."""
        if value is None:
            return False
        match self.asks:
            case "equals":
                return bool(value == self.value)
            case "one_of":
                return value in self.value
            case "above":
                return bool(value > self.value)
            case "below":
                return bool(value < self.value)
            case "at_least":
                return bool(value >= self.value)
            case _:
                return bool(value <= self.value)


HOLDS = frozenset(
    {
        "constraint", "exit_fees_in_force", "complaints_open", "complaints_last_year", "reopened",
        "escalated", "promises_broken", "leave_requests", "consents_withdrawn", "price_rises",
    }
)  # fmt: skip
"""What holds or hurts a customer: no offer is made because of it."""

HELD_FAMILIES = ("captive", "betrayed", "adversary")
HELD_KINDS = (
    "arranged_marriage", "dependency", "captive", "frenemy", "ex_partner", "stalker_prey",
    "villain_victim", "adversary",
)  # fmt: skip
HELD_QUADRANTS = ("captive", "bonded")

SPARED = (
    Condition("quadrant", "one_of", HELD_QUADRANTS),
    Condition("family", "one_of", HELD_FAMILIES),
    Condition("kind", "one_of", HELD_KINDS),
    Condition("complaints_open", "above", 0),
)
"""Who is never offered anything, whatever a playbook asks."""


def leans_on_a_hold(condition: Condition) -> bool:
    """Whether a condition picks customers by what holds or hurts them.

    >>> leans_on_a_hold(Condition("constraint", "at_least", 0.6))
    True
    >>> leans_on_a_hold(Condition("constraint", "at_most", 0.2))
    False
    """
    held = {"kind": HELD_KINDS, "family": HELD_FAMILIES, "quadrant": HELD_QUADRANTS}
    if condition.field in held:
        named = condition.value if condition.asks == "one_of" else (condition.value,)
        return bool(set(named) & set(held[condition.field]))
    return condition.field in HOLDS and condition.asks in {"equals", "one_of", "above", "at_least"}


@dataclass(frozen=True, slots=True)
class Playbook:
    """Whom a playbook is about.

    priority: 0 to 100, which comes first when several concern one customer.
    contacts: whether playing it means writing or calling.
    purpose: the consent that this contact needs; None where it answers the customer.
    offers: whether it proposes to buy, to renew or to commit.

    An offer is never aimed at customers by what holds or hurts them, and spares them even when it
    is aimed otherwise. Raises BrokenContract when it leans on a hold.
    """

    name: str
    all: tuple[Condition, ...]
    unless: tuple[Condition, ...] = ()
    priority: int = 50
    contacts: bool = True
    purpose: str | None = None
    offers: bool = False

    def __post_init__(self) -> None:
        leaning = [condition.field for condition in self.all if leans_on_a_hold(condition)]
        if self.offers and leaning:
            raise BrokenContract(f"{self.name} offers something because of {leaning}")

    @property
    def spares(self) -> tuple[Condition, ...]:
        """Every condition that leaves a customer out."""
        return (*self.unless, *SPARED) if self.offers else self.unless

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns that its conditions ask of, each once, in their order."""
        return tuple(dict.fromkeys(condition.field for condition in (*self.all, *self.spares)))

    def concerns(self, facts: Mapping[str, Any]) -> bool:
        """Whether it is about one customer, by what is known of them; as `concerned` has it.

        >>> late = Playbook("late", (Condition("promises_broken", "above", 0),))
        >>> late.concerns({"promises_broken": 2}), late.concerns({})
        (True, False)
        """
        return all(one.meets(facts.get(one.field)) for one in self.all) and not any(
            one.meets(facts.get(one.field)) for one in self.spares
        )


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
    absent = sorted(set(playbook.fields) - set(profiles.columns))
    if absent:
        raise MissingColumns("profiles", absent)
    kept = reduce(and_, [condition.holds(profiles) for condition in playbook.all])
    if playbook.spares:
        kept = kept & ~reduce(or_, [condition.holds(profiles) for condition in playbook.spares])
    return profiles.filter(kept)


def contactable(
    customers: ir.Table,
    consents: ir.Table,
    interactions: ir.Table,
    *,
    at: datetime,
    limits: Limits,
    purposes: Collection[str],
) -> ir.Table:
    """`customer_id` and `refusal` of each customer: null where a contact is allowed on that date.

    purposes: the consents any of which allows it; empty where the contact answers the customer: an
    answer that is owed needs no consent, and no limit holds it back.
    `refusal` is `no_consent`, `too_many` (contacts in 30 days) or `too_soon` (since the last one).
    """
    if not purposes:
        return customers.select("customer_id", refusal=ibis.null("string"))
    now = ibis.literal(at)
    given = conform(consents, CONTRACTS["consents"])
    allows = (
        given.filter(
            given.purpose.isin(sorted(purposes)),
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
        (table.allowing.isnull(), "no_consent"),
        (table.contacts.fill_null(0) >= limits.contacts_per_30_days, "too_many"),
        ((table.last_contact > ibis.literal(at - soon)).fill_null(False), "too_soon"),
    ]
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


def promise_days_left(agreements: ir.Table, at: datetime) -> ir.Table:
    """`customer_id` and `promise_days_left`: days until the next promise still open is due.

    Negative once it is late. Customers without an open promise that has a date are absent.
    """
    known = conform(agreements, CONTRACTS["agreements"])
    open_ = known.filter(
        known.kind == "promise", known.kept.isnull(), known["until"].notnull(),
        known.customer_id.notnull(),
    )  # fmt: skip
    due = open_["until"].cast("timestamp('UTC')").epoch_seconds().cast("int64")
    today = int(datetime(at.year, at.month, at.day, tzinfo=at.tzinfo).timestamp())
    return open_.group_by("customer_id").aggregate(
        promise_days_left=((due - today) / 86_400.0).min().cast("float64")
    )


def held_out(playbook: str, customers: Sequence[int], share: float) -> NDArray[np.bool_]:
    """Which customers a playbook leaves alone, to know what would have happened without it.

    share: between 0 and 1, the part left out on average.
    As good as drawn at random, yet the same customer always falls on the same side for the same
    playbook, and those held out at a share stay so at any larger one.
    Raises BrokenContract outside 0 to 1.

    >>> held_out("call_back", [1, 2, 3, 4, 5, 6], 0.5).tolist()
    [False, False, True, True, True, False]
    >>> held_out("call_back", [1, 2, 3], 0.0).any()
    np.False_
    """
    if not 0 <= share <= 1:
        raise BrokenContract(f"a share held out of {share}; it lies between 0 and 1")
    drawn = [
        int.from_bytes(blake2b(f"{playbook} {one}".encode(), digest_size=8).digest(), "big")
        for one in customers
    ]
    return np.array([number < share * 2**64 for number in drawn], dtype=bool)


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
