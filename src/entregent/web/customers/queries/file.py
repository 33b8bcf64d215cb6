"""Everything the first screen of a relationship file says, in a fixed number of questions."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from entregent.web.accounts.models import User
from entregent.web.audit.models import Entry, Verb
from entregent.web.customers.models import Merge
from entregent.web.evidence.models import (
    Agreement,
    Answer,
    Case,
    Consent,
    Customer,
    CustomerSummary,
    Identity,
    Interaction,
    Transaction,
)  # fmt: skip

RECENT_DAYS = 730
MOST_CASES = 100
LAST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Money:
    """What went either way in one currency, over twelve months and in all."""

    currency: str
    year_in: Decimal
    year_back: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class RelationshipFile:
    """What we know of one customer, as it stands today."""

    customer: Customer
    summary: CustomerSummary | None
    identities: list[Identity]
    agreements: list[Agreement]
    consents: list[Consent]
    cases: list[Case]
    money: list[Money]
    scores: list[Answer]
    last_words: list[Interaction]
    last_in: Interaction | None
    last_out: Interaction | None
    usual_channel: str
    usual_contact: str
    promised_by: dict[int, User]
    merges: list[Merge]
    today: date

    def of_kind(self, *kinds: str) -> list[Agreement]:
        return [row for row in self.agreements if row.kind in kinds]

    @property
    def manners(self) -> list[Agreement]:
        """Preferences and tacit agreements that hold."""
        return [
            row
            for row in self.of_kind("preference", "tacit")
            if row.until is None or row.until >= self.today
        ]

    @property
    def contracts(self) -> list[Agreement]:
        """Contracts and what holds them, the next to end first, those ended last."""
        rows = self.of_kind("contract", "exit_fee")
        return sorted(
            rows,
            key=lambda row: (
                bool(row.until and row.until < self.today),
                row.until or date.max,
                row.kind,
            ),
        )

    @property
    def running_contracts(self) -> list[Agreement]:
        return [
            row for row in self.of_kind("contract") if row.until is None or row.until >= self.today
        ]

    @property
    def open_promises(self) -> list[Agreement]:
        rows = [row for row in self.of_kind("promise") if row.kept is None]
        return sorted(rows, key=lambda row: row.until or date.max)

    @property
    def settled_promises(self) -> list[Agreement]:
        rows = [row for row in self.of_kind("promise") if row.kept is not None]
        return sorted(rows, key=lambda row: row.until or row.since or date.min, reverse=True)

    @property
    def open_cases(self) -> list[Case]:
        return [case for case in self.cases if case.resolved_at is None and case.closed_at is None]

    @property
    def settled_cases(self) -> list[Case]:
        return [case for case in self.cases if case.resolved_at or case.closed_at]


def file_of(customer: Customer) -> RelationshipFile:
    """Read one customer's file."""
    interactions = Interaction.objects.filter(customer=customer)
    recent = interactions.filter(at__gte=timezone.now() - timedelta(days=RECENT_DAYS))
    agreements = list(Agreement.objects.filter(customer=customer).order_by("-since", "-pk"))
    last_words = list(
        interactions.filter(direction="in").exclude(text="").order_by("-at", "-pk")[:LAST_WORDS]
    )
    return RelationshipFile(
        customer=customer,
        summary=CustomerSummary.objects.filter(pk=customer.pk).first(),
        identities=list(customer.identities.order_by("scheme", "value")),
        agreements=agreements,
        consents=list(Consent.objects.filter(customer=customer).order_by("purpose", "-given_at")),
        cases=list(Case.objects.filter(customer=customer).order_by("-opened_at", "-pk")[:MOST_CASES]),
        money=_money(customer),
        scores=list(
            Answer.objects.filter(customer=customer, value__isnull=False, instrument__in=("nps", "csat", "ces"))
            .order_by("-at", "-pk")[:12]
        ),
        last_words=last_words,
        last_in=interactions.filter(direction="in").order_by("-at", "-pk").first(),
        last_out=interactions.filter(direction="out").order_by("-at", "-pk").first(),
        usual_channel=_most(recent.filter(direction="in"), "channel"),
        usual_contact=_most(recent, "agent_id"),
        promised_by=_promised_by(agreements),
        merges=list(Merge.objects.filter(kept=customer, undone_at=None).select_related("duplicate", "by")),
        today=timezone.localdate(),
    )  # fmt: skip


def _most(rows: QuerySet[Interaction], column: str) -> str:
    most = (
        rows.exclude(**{column: ""}).order_by().values_list(column)
        .annotate(times=Count("pk")).order_by("-times", column).first()
    )  # fmt: skip
    return str(most[0]) if most else ""


def _money(customer: Customer) -> list[Money]:
    year = timezone.now() - timedelta(days=365)
    sums = (
        Transaction.objects.filter(customer=customer)
        .values("currency")
        .annotate(
            year_in=Sum("amount", filter=Q(at__gte=year, amount__gt=0)),
            year_back=Sum("amount", filter=Q(at__gte=year, amount__lt=0)),
            total=Sum("amount"),
        )
        .order_by("-total")
    )
    return [
        Money(
            row["currency"] or "EUR",
            row["year_in"] or Decimal(0),
            -(row["year_back"] or Decimal(0)),
            row["total"] or Decimal(0),
        )
        for row in sums
    ]


def _promised_by(agreements: list[Agreement]) -> dict[int, User]:
    """Who wrote down each agreement, where a colleague did and not a file."""
    keys = [str(row.pk) for row in agreements]
    entries = Entry.objects.filter(
        kind="agreement", object_id__in=keys, verb=Verb.CREATED
    ).select_related("by")
    return {int(entry.object_id): entry.by for entry in entries if entry.by}
