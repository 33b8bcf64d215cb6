"""What is inferred of whom, for those who may see it; and the rows that an inference rests on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Count, F, FloatField, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from django.forms import model_to_dict

from entregent.engine.evidence import CONTRACTS
from entregent.engine.relationship.profiling import CHOICE, ProfileModel
from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Power
from entregent.web.evidence.changes import TABLES
from entregent.web.evidence.models import (
    Agreement,
    Answer,
    Case,
    CodedSegment,
    CodedText,
    Customer,
    Interaction,
)
from entregent.web.relationships.models import (
    CatalogueVersion,
    Overruling,
    Profile,
    Reckoning,
)

SORTS = {
    "off": "off",
    "closeness": "closeness",
    "name": "customer__summary__sort_name",
    "wanted": "shown_family",
    "given": "treated_as",
    "revenue": "customer__summary__revenue",
    "value": "customer__summary__value_class",
    "last": "customer__summary__last_at",
}
"""Sort, as the address says it → column."""

RENAMED = {"from": "since"}
MOST_TEXTS = 60


@dataclass(frozen=True, slots=True)
class GapsAsked:
    """What a person asked of the list of gaps; the defaults ask for all of it."""

    wanted: str = ""
    given: str = ""
    direction: str = ""
    value: str = ""
    channel: str = ""
    sure: float = 0.5
    sort: str = "-off"

    @property
    def filtered(self) -> bool:
        return bool(
            self.wanted or self.given or self.direction or self.value or self.channel
            or self.sure > 0.5
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class GapSums:
    """Sums over a group of customers: how many, how many expected off, and the doubt of that.

    expected: sum of the probabilities of being treated otherwise than wished. spread: its variance.
    """

    customers: int
    measured: int
    expected: float
    spread: float


def latest_reckoning() -> Reckoning | None:
    """The last inference of everybody that was finished."""
    return Reckoning.objects.exclude(finished_at=None).first()


def catalogue_versions() -> QuerySet[CatalogueVersion]:
    """The firm's versions of the catalogue, the one in force first."""
    return CatalogueVersion.objects.select_related("by")


def version_number() -> int:
    """Of the version in force; 0 for the package's own."""
    return CatalogueVersion.objects.values_list("number", flat=True).first() or 0


def version_and_before(number: int) -> tuple[CatalogueVersion | None, CatalogueVersion | None]:
    """A version and the one it replaced."""
    both = catalogue_versions().filter(number__in=(number, number - 1))
    found = {one.number: one for one in both}
    return found.get(number), found.get(number - 1)


def profiles_for(user: User) -> QuerySet[Profile]:
    """The profiles this person may see; those of merged customers are not there any more."""
    if not user.may(Power.SEE_CUSTOMERS):
        return Profile.objects.none()
    return Profile.objects.filter(customer__merged_into=None)


def gaps_for(user: User, asked: GapsAsked) -> QuerySet[Profile]:
    """Customers probably treated otherwise than they wish, in the order asked."""
    found = _answering(profiles_for(user).exclude(direction=0), asked)
    if asked.direction in {"close", "distant"}:
        found = found.filter(direction=1 if asked.direction == "close" else -1)
    if asked.sure > 0.5:
        found = found.filter(off__gte=asked.sure)
    column = F(SORTS.get(asked.sort.lstrip("-"), "off"))
    order = (
        column.desc(nulls_last=True) if asked.sort.startswith("-") else column.asc(nulls_last=True)
    )
    return (
        found.select_related("customer__summary").defer("known", "families").order_by(order, "pk")
    )


def gap_sums(user: User, asked: GapsAsked) -> GapSums:
    """How many of the customers that answer are expected to be treated otherwise than they wish."""
    zero = Value(0.0, output_field=FloatField())
    rows = _answering(profiles_for(user), asked)
    sums = rows.aggregate(
        expected=Coalesce(Sum("off"), zero), squares=Coalesce(Sum(F("off") * F("off")), zero)
    )
    return GapSums(
        rows.count(),
        rows.filter(closeness__isnull=False).count(),
        sums["expected"],
        sums["expected"] - sums["squares"],
    )


def commonest_gap(gaps: QuerySet[Profile]) -> tuple[str, str, int, int] | None:
    """The wanted and given families, the direction and the number of the commonest gap of a list."""
    row = (
        gaps.order_by()
        .values("shown_family", "treated_as", "direction")
        .exclude(shown_family="")
        .annotate(n=Count("pk"))
        .order_by("-n", "shown_family")
        .first()
    )
    return (row["shown_family"], row["treated_as"], row["direction"], row["n"]) if row else None


def channels_of(user: User) -> list[str]:
    """Last channels of the customers who have a profile."""
    rows = profiles_for(user).exclude(customer__summary__last_channel="")
    return sorted(
        set(rows.order_by().values_list("customer__summary__last_channel", flat=True).distinct())
    )


def _answering(profiles: QuerySet[Profile], asked: GapsAsked) -> QuerySet[Profile]:
    if asked.wanted:
        profiles = profiles.filter(shown_family=asked.wanted)
    if asked.given:
        profiles = profiles.filter(treated_as=asked.given)
    if asked.value:
        profiles = profiles.filter(customer__summary__value_class=asked.value)
    if asked.channel:
        profiles = profiles.filter(customer__summary__last_channel=asked.channel)
    return profiles


def customers_of_kind(user: User, kind: str) -> QuerySet[Profile]:
    """Customers for whom a kind is the likeliest, or of whom a colleague said so; surest first."""
    rows = profiles_for(user).filter(Q(said_kind=kind) | Q(said_kind="", kind=kind))
    return rows.select_related("customer__summary").order_by("-kind_probability", "pk")


def customers_of_family(user: User, family: str) -> QuerySet[Profile]:
    """Customers of a family of relationships; surest first."""
    rows = profiles_for(user).filter(shown_family=family)
    return rows.select_related("customer__summary").order_by("-family_probability", "pk")


def profile_of(user: User, customer: Customer) -> Profile | None:
    return profiles_for(user).select_related("reckoning").filter(pk=customer.pk).first()


def overrulings_of(customer: Customer) -> list[Overruling]:
    """What colleagues said of a customer's kind, the latest first, those taken back included."""
    return list(customer.overrulings.select_related("by", "undone_by"))


def kinds_said() -> dict[int, str]:
    """Every overruling in force: customer → kind."""
    return dict(Overruling.objects.filter(undone_at=None).values_list("customer_id", "kind"))


def rows_of(customer_id: int) -> dict[str, list[dict[str, Any]]]:
    """All evidence on one customer, in the names of the contract."""
    held: dict[str, list[dict[str, Any]]] = {}
    for table, contract in CONTRACTS.items():
        model = TABLES[table]
        own = f"{table[:-1]}_id"
        stored = {field.attname for field in model._meta.concrete_fields}
        names = {
            column.name: "id" if column.name == own else RENAMED.get(column.name, column.name)
            for column in contract.columns
        }
        names = {name: column for name, column in names.items() if column in stored}
        whose = {"pk": customer_id} if table == "customers" else {"customer_id": customer_id}
        rows = model._default_manager.filter(**whose).values_list(*names.values())
        held[table] = [dict(zip(names, row, strict=True)) for row in rows]
    for row in held["customers"]:
        row["attributes"] = json.dumps(row["attributes"])
    return held | _coded_rows(customer_id)


def _coded_rows(customer_id: int) -> dict[str, list[dict[str, Any]]]:
    """What was coded of one customer's words, in the names of the contract."""
    texts = [
        *CodedText.objects.filter(interaction__customer=customer_id).select_related("interaction"),
        *CodedText.objects.filter(answer__customer=customer_id).select_related("answer"),
    ]
    words = {
        text.pk: {
            "interaction_id": text.interaction_id,
            "response_id": text.answer and text.answer.response_id,
            "item": text.answer and text.answer.item,
            "customer_id": customer_id,
            "at": text.row.at,
            "coder": text.coder,
        }
        for text in texts
    }
    segments = CodedSegment.objects.filter(of_text__in=texts)
    return {
        "coded_texts": [words[text.pk] | model_to_dict(text) for text in texts],
        "coded_segments": [words[one.of_text_id] | model_to_dict(one) for one in segments],
    }


def texts_of(customer: Customer) -> list[CodedText]:
    """A customer's coded texts with their segments, in two questions."""
    mine = CodedText.objects.filter(
        Q(interaction__customer=customer) | Q(answer__customer=customer)
    )
    rows = mine.select_related("interaction", "answer").prefetch_related("segments")
    return list(rows.order_by("-pk")[:MOST_TEXTS])


@dataclass(frozen=True, slots=True)
class Trace:
    """A row that an inference rests on: when, in whose words or in ours, and its place in the file."""

    kind: str
    key: int
    at: Any
    words: str
    value: float | None = None


MOST_TRACES = 2
REMARKS = ("comment", "commentaire", "in_a_word", "verbatim", "remark", "text", "")
"""Items whose words belong to the answers given beside them."""


def traces(
    customer: Customer, features: Sequence[str], read_as: Mapping[str, Sequence[tuple[str, str]]]
) -> dict[str, list[Trace]]:
    """The rows behind some features of a customer, in a fixed number of questions.

    read_as: for a column, the (instrument, item) of the firm's own that stand in for it.
    """
    found: dict[str, list[Trace]] = {}
    quoted: set[str] = set()
    answers = list(Answer.objects.filter(customer=customer).order_by("-at", "-pk")[:400])
    words = {
        (row.response_id, row.instrument): row.text
        for row in answers
        if row.text and row.item in REMARKS
    }
    cases = list(
        Case.objects.filter(customer=customer, kind="complaint").order_by("-opened_at", "-pk")[:20]
    )
    agreements = list(Agreement.objects.filter(customer=customer).order_by("-since", "-pk")[:60])
    said = list(
        Interaction.objects.filter(customer=customer, direction="in")
        .exclude(text="")
        .order_by("-at", "-pk")[:40]
    )
    for feature in features:
        rows = (
            _from_answers(feature, answers, words, read_as)
            or _from_cases(feature, cases)
            or _from_agreements(feature, agreements)
            or _from_words(feature, said)
        )
        # The same remark behind several answers is quoted once.
        found[feature] = [
            replace(row, words="") if row.words in quoted else row for row in rows[:MOST_TRACES]
        ]
        quoted |= {row.words for row in rows[:MOST_TRACES]}
    return found


def _from_answers(
    feature: str,
    answers: Sequence[Answer],
    words: Mapping[tuple[str, str], str],
    read_as: Mapping[str, Sequence[tuple[str, str]]],
) -> list[Trace]:
    instrument, _dot, item = feature.partition(".")
    asked = [(instrument, item), *read_as.get(feature, ())]
    said = feature == CHOICE
    rows = [
        row
        for row in answers
        for its, own in asked
        if row.instrument == its and (not own or row.item == own)
        and (said or row.value is not None)
    ]  # fmt: skip
    return [
        Trace(
            "answer", row.pk, row.at, "" if said else row.text or words.get((row.response_id, row.instrument), ""),
            row.value,
        )
        for row in rows[:1]
    ]  # fmt: skip


def _from_cases(feature: str, cases: Sequence[Case]) -> list[Trace]:
    if feature not in {
        "complaints", "complaints_last_year", "complaints_open", "escalated", "reopened",
    }:  # fmt: skip
        return []
    if feature == "complaints_open":
        cases = [case for case in cases if not (case.resolved_at or case.closed_at)]
    if feature == "escalated":
        cases = [
            case for case in cases if case.status == "escalated" or case.severity == "critical"
        ]
    return [Trace("case", case.pk, case.opened_at, case.cause) for case in cases]


def _from_agreements(feature: str, agreements: Sequence[Agreement]) -> list[Trace]:
    kinds = {
        "promises_broken": ("promise",),
        "tacit_agreements": ("tacit", "preference"),
        "exit_fees_in_force": ("exit_fee",),
        "contracts_in_force": ("contract",),
        "contracts_ended": ("contract",),
    }.get(feature, ())
    rows = [row for row in agreements if row.kind in kinds]
    if feature == "promises_broken":
        rows = [row for row in rows if row.kept is False]
    return [Trace("agreement", row.pk, row.since, row.text) for row in rows]


def _from_words(feature: str, said: Sequence[Interaction]) -> list[Trace]:
    if feature in {"public_words", "public_texts"}:
        rows = [row for row in said if row.channel in {"review", "social"}]
    elif feature in {"contacts_in", "contacts_in_last_year"}:
        rows = list(said)
    elif feature in {"thanks", "leave_requests"}:
        asked = (
            ("merci", "thank") if feature == "thanks" else ("résili", "resili", "partir", "cancel")
        )
        rows = [row for row in said if any(word in row.text.lower() for word in asked)]
    else:
        return []
    return [Trace("interaction", row.pk, row.at, row.text) for row in rows]


def read_as(model: ProfileModel) -> dict[str, Sequence[tuple[str, str]]]:
    """For a column of answers, every (instrument, item) that may stand behind it."""
    return {**model.read_as, CHOICE: model.metaphors}


def ties_of(customer: Customer, *, today: date) -> list[Agreement]:
    """Contracts and exit fees in force."""
    rows = Agreement.objects.filter(customer=customer, kind__in=("contract", "exit_fee"))
    return list(rows.filter(Q(until=None) | Q(until__gte=today)).order_by("kind", "until"))
