"""Declared changes, what was put in their balances, and what was decided; for those who may see it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from entregent.engine.change.balance import FOR_CHANGE, Cell
from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Power
from entregent.web.decisions.models import (
    Change,
    Decision,
    GuideUse,
    Heard,
    Item,
    Quote,
    Weighing,
    Weight,
)
from entregent.web.evidence.models import Answer, Customer, Interaction
from entregent.web.shared.folding import folded

_WORDS = re.compile(r"\w+")
RULERS = ("importance", "confidence", "readiness")
"""Fields of a change that name the questions asking it of people, from 0 to 10."""
PROPOSED_EACH = 3
MOST_ASIDE = 20
_TELLING = (F("near") * F("talk_confidence")).desc()
"""What is both near the change and read with confidence comes first."""
_Addressed = TypeVar("_Addressed", Quote, Heard)
_END_OF_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?![:;,)»])|\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Said:
    """A quote beside the verbatim that holds it still."""

    quote: Quote
    row: Any

    @property
    def customer(self) -> Customer | None:
        return self.row.customer  # type: ignore[no-any-return]

    @property
    def channel_name(self) -> str:
        return _channel_name(self.row)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A sentence that the machine proposes, beside the verbatim that holds it still."""

    heard: Heard
    row: Any

    @property
    def customer(self) -> Customer | None:
        return self.row.customer  # type: ignore[no-any-return]

    @property
    def channel_name(self) -> str:
        return _channel_name(self.row)


@dataclass(frozen=True, slots=True)
class Proposals:
    """What the machine proposes for each cell, the surest first, and what it left alone.

    by_cell: cell → proposals shown. waiting: cell → all of them.
    heard: sentences near the change; neutral: those that speak neither way; unsure: those on which
    the coder abstained; dismissed: those that people set aside.
    """

    by_cell: dict[str, list[Proposed]]
    waiting: dict[str, int]
    heard: int
    neutral: int
    unsure: int
    dismissed: list[Proposed]


@dataclass(frozen=True, slots=True)
class Weighed:
    """One person's weight of one item, at a moment."""

    person: int | None
    item: int
    weight: int


def changes_for(user: User) -> QuerySet[Change]:
    if not user.may(Power.SEE_FIGURES):
        return Change.objects.none()
    return Change.objects.select_related("by")


def changes_listed(user: User) -> QuerySet[Change]:
    """With how many items and weighings each has, and when it was last weighed."""
    return changes_for(user).annotate(
        n_items=Count("items", filter=Q(items__removed_at=None), distinct=True),
        n_weighings=Count("weighings", distinct=True),
        weighed_at=Max("weighings__at"),
    )


def items_of(change: Change, *, at: datetime | None = None) -> list[Item]:
    """What stands in the balance, or stood in it at a moment."""
    items = Item.objects.filter(change=change)
    if at is None:
        return list(items.filter(removed_at=None))
    return list(items.filter(Q(removed_at=None) | Q(removed_at__gt=at), at__lte=at))


def removed_items_of(change: Change) -> list[Item]:
    return list(Item.objects.filter(change=change).exclude(removed_at=None).order_by("-removed_at"))


def said_under(
    user: User, items: Iterable[Item], *, at: datetime | None = None
) -> dict[int, list[Said]]:
    """Item → the passages under it, newest first.

    A passage whose verbatim has gone, or no longer holds it, is passed over: what is shown as said
    can always be read in its place.
    """
    if not user.may(Power.SEE_CUSTOMERS):
        return {}
    quotes = Quote.objects.filter(item__in=[item.pk for item in items])
    return _by_item(_standing(quotes.filter(at__lte=at) if at else quotes))


def of_their_words(customers: Sequence[int]) -> Q:
    """Whatever is kept by the address of these customers' words."""
    return Q(
        kind="echange", row__in=Interaction.objects.filter(customer__in=customers).values("pk")
    ) | Q(kind="reponse", row__in=Answer.objects.filter(customer__in=customers).values("pk"))


def said_by(customer: Customer) -> dict[int, list[Said]]:
    """Change → what one customer said of it, oldest first."""
    mine = Quote.objects.filter(
        of_their_words([customer.pk]),
        item__removed_at=None,
        item__holder=Item.Holder.CUSTOMER,
    ).select_related("item")
    found: dict[int, list[Said]] = {}
    for one in reversed(_standing(mine)):
        found.setdefault(one.quote.item.change_id, []).append(one)
    return found


def _standing(quotes: QuerySet[Quote]) -> list[Said]:
    return [Said(quote, row) for quote, row in _with_rows(list(quotes))]


def _with_rows(listed: Sequence[_Addressed]) -> list[tuple[_Addressed, Any]]:
    """Passages whose verbatim is there and holds them still, each with it."""
    rows: dict[tuple[str, int], Any] = {}
    for kind, model in (("echange", Interaction), ("reponse", Answer)):
        ids = {one.row for one in listed if one.kind == kind}
        if ids:
            there = model._default_manager.filter(pk__in=ids).select_related("customer")
            rows |= {(kind, row.pk): row for row in there}
    found = []
    for one in listed:
        row = rows.get((one.kind, one.row))
        if row is not None and one.text in row.text:
            found.append((one, row))
    return found


def _channel_name(row: Any) -> str:
    channel = getattr(row, "channel", Interaction.Channel.SURVEY)
    return str(dict(Interaction.Channel.choices).get(channel, channel))


def proposals_for(user: User, change: Change) -> Proposals | None:
    """What the machine proposes for a change; None for those who may not read customers' words.

    A verbatim that stands in the balance is not proposed for it; the same words are proposed once.
    """
    if not user.may(Power.SEE_CUSTOMERS):
        return None
    attached = Quote.objects.filter(
        item__change=change, item__removed_at=None, kind=OuterRef("kind"), row=OuterRef("row")
    )
    heard = Heard.objects.filter(change=change)
    open_ones = heard.filter(dismissed_at=None).exclude(Exists(attached))
    counts = dict(
        open_ones.exclude(cell="")
        .order_by()
        .values_list("cell")
        .annotate(n=Count("text", distinct=True))
    )
    shown: dict[str, list[Heard]] = {}
    for cell in Item.In:
        told: dict[str, Heard] = {}
        for one in open_ones.filter(cell=cell).order_by(_TELLING, "pk")[: PROPOSED_EACH * 10]:
            told.setdefault(" ".join(_WORDS.findall(folded(one.text))), one)
        shown[cell.value] = list(told.values())[:PROPOSED_EACH]
    aside = list(heard.exclude(dismissed_at=None).order_by("-dismissed_at")[:MOST_ASIDE])
    rows = _with_rows([*(one for some in shown.values() for one in some), *aside])
    standing = {one.pk: Proposed(one, row) for one, row in rows}
    totals = heard.filter(dismissed_at=None).aggregate(
        heard=Count("pk"),
        neutral=Count("pk", filter=Q(talk="neutral")),
        unsure=Count("pk", filter=Q(talk="")),
    )
    return Proposals(
        by_cell={
            cell: [standing[one.pk] for one in some if one.pk in standing]
            for cell, some in shown.items()
        },
        waiting=counts,
        dismissed=[standing[one.pk] for one in aside if one.pk in standing],
        **totals,
    )


def _by_item(quotes: Sequence[Said]) -> dict[int, list[Said]]:
    found: dict[int, list[Said]] = {}
    for one in quotes:
        found.setdefault(one.quote.item_id, []).append(one)
    return found


def heard_from(customer: Customer) -> dict[int, list[Proposed]]:
    """Change → sentences of one customer that the machine read, oldest first.

    What people dismissed is left out, and verbatims that they put in that balance themselves.
    """
    attached = Quote.objects.filter(
        item__change=OuterRef("change"),
        item__removed_at=None,
        kind=OuterRef("kind"),
        row=OuterRef("row"),
    )
    mine = Heard.objects.filter(
        of_their_words([customer.pk]),
        dismissed_at=None,
    ).exclude(Exists(attached))
    found: dict[int, list[Proposed]] = {}
    for one, row in _with_rows(list(mine.order_by("said_at", "pk"))):
        found.setdefault(one.change_id, []).append(Proposed(one, row))
    return found


@dataclass(frozen=True, slots=True)
class Voice:
    """Whether a customer was heard for a change and against it, and the groups they are of."""

    change: bool
    sustain: bool
    family: str
    value_class: str


def voices_on(change: Change) -> dict[int, Voice]:
    """Customer → which ways they were heard, in passages people chose and sentences the machine read."""
    quotes = Quote.objects.filter(
        item__change=change, item__removed_at=None, item__holder=Item.Holder.CUSTOMER
    )
    attached = quotes.filter(kind=OuterRef("kind"), row=OuterRef("row"))
    heard = Heard.objects.filter(change=change, dismissed_at=None).exclude(cell="")
    ways: dict[int, set[bool]] = {}
    for spoken in (
        quotes.order_by().values_list("customer", "item__cell"),
        heard.exclude(Exists(attached)).order_by().values_list("customer", "cell"),
    ):
        for customer, cell in spoken:
            if customer is not None:
                ways.setdefault(customer, set()).add(Cell(cell) in FOR_CHANGE)
    groups = _groups_of(
        Customer.objects.filter(
            Q(pk__in=quotes.order_by().values("customer"))
            | Q(pk__in=heard.order_by().values("customer"))
        )
    )
    return {
        customer: Voice(True in both, False in both, *groups.get(customer, ("", "")))
        for customer, both in ways.items()
    }


def _groups_of(customers: QuerySet[Customer]) -> dict[int, tuple[str, str]]:
    """Customer → family of relationship shown and value class; empty where unknown."""
    rows = customers.values_list("pk", "relationship__shown_family", "summary__value_class")
    return {pk: (family or "", value or "") for pk, family, value in rows}


@dataclass(frozen=True, slots=True)
class Ruled:
    """A customer's latest answer to one ruler, 0 to 10, and the groups they are of."""

    ruler: str
    value: float
    family: str
    value_class: str


def rulers_on(change: Change) -> list[Ruled]:
    """Every customer's latest answer to the questions that a change names."""
    found = []
    for ruler in RULERS:
        instrument, _dot, item = getattr(change, ruler).partition(".")
        if not item:
            continue
        answers = Answer.objects.filter(
            instrument=instrument, item=item, value__isnull=False, customer__isnull=False
        )
        latest = dict(answers.order_by("at", "pk").values_list("customer", "value"))
        groups = _groups_of(Customer.objects.filter(pk__in=answers.order_by().values("customer")))
        found += [
            Ruled(ruler, value, *groups.get(customer, ("", "")))
            for customer, value in latest.items()
            if value is not None
        ]
    return found


def was_asked(question: str) -> bool:
    """Whether somebody answered a question, named as `instrument.question`, with a number."""
    instrument, _dot, item = question.partition(".")
    return Answer.objects.filter(instrument=instrument, item=item, value__isnull=False).exists()


def ruled_by(customer: Customer, changes: Iterable[Change]) -> dict[int, dict[str, Answer]]:
    """Change → ruler → one customer's latest answer to the question that asks it."""
    asked = {
        (change.pk, ruler): getattr(change, ruler)
        for change in changes
        for ruler in RULERS
        if getattr(change, ruler)
    }
    items = {question.partition(".")[2] for question in asked.values()}
    answers = Answer.objects.filter(customer=customer, item__in=items, value__isnull=False)
    latest = (
        {f"{one.instrument}.{one.item}": one for one in answers.order_by("at", "pk")}
        if items
        else {}
    )
    found: dict[int, dict[str, Answer]] = {}
    for (change, ruler), question in asked.items():
        if question in latest:
            found.setdefault(change, {})[ruler] = latest[question]
    return found


def weighings_of(change: Change) -> list[Weighing]:
    return list(Weighing.objects.filter(change=change).select_related("by"))


def weights_of(change: Change, *, until: Weighing | None = None) -> list[Weighed]:
    """Each person's latest weight of each item, as of a weighing or today."""
    rows = Weight.objects.filter(weighing__change=change).order_by("weighing_id")
    if until is not None:
        rows = rows.filter(weighing_id__lte=until.pk)
    latest = {
        (person, item): weight
        for person, item, weight in rows.values_list("weighing__by_id", "item_id", "weight")
    }
    return [Weighed(person, item, weight) for (person, item), weight in latest.items()]


def decisions_for(user: User) -> QuerySet[Decision]:
    if not user.may(Power.SEE_FIGURES):
        return Decision.objects.none()
    return (
        Decision.objects.filter(withdrawn_at=None)
        .select_related("change", "by")
        .prefetch_related("looks__by")
    )


def due_decisions(user: User, today: date) -> QuerySet[Decision]:
    """Decisions whose day to be looked at again has come, the oldest first."""
    return decisions_for(user).filter(look_again_on__lte=today).order_by("look_again_on", "pk")


def uses_of(change: Change) -> list[GuideUse]:
    return list(GuideUse.objects.filter(change=change).select_related("by"))


def uses_with(customer: Customer) -> dict[int, list[GuideUse]]:
    """Change → what advisers used with one customer, the latest first."""
    found: dict[int, list[GuideUse]] = {}
    for use in GuideUse.objects.filter(customer=customer).select_related("by"):
        found.setdefault(use.change_id, []).append(use)
    return found


def sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence of a text stands, as (start, end).

    >>> text = "C’est long. Je perds patience !"
    >>> [text[start:end] for start, end in sentences(text)]
    ['C’est long.', 'Je perds patience !']
    """
    found, start = [], 0
    for gap in [*_END_OF_SENTENCE.finditer(text), None]:
        end = gap.start() if gap else len(text)
        if text[start:end].strip():
            found.append((start, end))
        start = gap.end() if gap else end
    return found


def passage(text: str, chosen: Sequence[int]) -> str:
    """The text from the first chosen sentence to the last, unchanged.

    >>> passage("Un. Deux. Trois.", [1, 2])
    'Deux. Trois.'
    """
    places = sentences(text)
    return text[places[min(chosen)][0] : places[max(chosen)][1]].strip()
