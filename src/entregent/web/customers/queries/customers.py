"""Which customers a person may see, and which of them answer to what was asked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, Func, Q, QuerySet
from django.utils import timezone

from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Power
from entregent.web.customers.queries.identities import customers_known_by
from entregent.web.evidence.models import Agreement, Consent, Customer, CustomerSummary
from entregent.web.evidence.search import customers_named
from entregent.web.shared.folding import folded
from entregent.web.shared.seeking import Gathered, Place, Seeker, SeekPage

PAGE = 50
MOST_COUNTED = 10_000

SORTS = {
    "name": "sort_name",
    "since": "since",
    "last": "last_at",
    "channel": "last_channel",
    "interactions": "interactions",
    "contacts": "contacts",
    "revenue": "revenue",
    "value": "value_class",
    "open": "open_cases",
    "nps": "nps",
    "language": "language",
    "kind": "kind",
}
"""Sort, as the address says it → column of the summary."""

NPS_GROUPS = {"promoter": (9, 10), "passive": (7, 8), "detractor": (0, 6)}


class Unindexed(Func):
    """The column's value, which SQLite's planner then looks for in no index.

    For a filter that most rows meet, walking the index of the sort beats gathering and sorting.
    """

    template = "%(expressions)s"
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **known: Any) -> Any:
        return self.as_sql(compiler, connection, template="+%(expressions)s", **known)


@dataclass(frozen=True, slots=True)
class CustomersAsked:
    """What a person asked of the list; the defaults ask for everybody."""

    words: str = ""
    language: str = ""
    kind: str = ""
    value: str = ""
    channel: str = ""
    nps: str = ""
    open: bool = False
    quiet_days: int | None = None
    sort: str = "name"
    descending: bool = False

    @property
    def narrowings(self) -> int:
        """How many filters are set."""
        filters = (
            self.words.strip(), self.language, self.kind, self.value, self.channel, self.nps,
            self.open, self.quiet_days,
        )  # fmt: skip
        return sum(map(bool, filters))

    @property
    def filtered(self) -> bool:
        return self.narrowings > 0


@dataclass(frozen=True, slots=True)
class CustomersFound:
    """A page of the list. matches: how many answer, counted no further than 10 000."""

    page: SeekPage[CustomerSummary]
    matches: int
    more_than_counted: bool = False


def customers_for(user: User) -> QuerySet[Customer]:
    """The customers this person may see; those merged into another are not there any more."""
    if not user.may(Power.SEE_CUSTOMERS):
        return Customer.objects.none()
    return Customer.objects.filter(merged_into=None)


def summaries_for(user: User) -> QuerySet[CustomerSummary]:
    """The rows of the list this person may see."""
    if not user.may(Power.SEE_CUSTOMERS):
        return CustomerSummary.objects.none()
    return CustomerSummary.objects.all()


def agreements_for(user: User) -> QuerySet[Agreement]:
    if not user.may(Power.SEE_CUSTOMERS):
        return Agreement.objects.none()
    return Agreement.objects.filter(customer__merged_into=None)


def consents_for(user: User) -> QuerySet[Consent]:
    if not user.may(Power.SEE_CUSTOMERS):
        return Consent.objects.none()
    return Consent.objects.filter(customer__merged_into=None)


def sorted_summaries(
    summaries: QuerySet[CustomerSummary], asked: CustomersAsked
) -> QuerySet[CustomerSummary]:
    """Everything that answers, in the order asked, for an export."""
    column = F(SORTS[asked.sort])
    order = column.desc(nulls_last=True) if asked.descending else column.asc(nulls_last=True)
    return _filtered(summaries, asked).order_by(order, "-pk" if asked.descending else "pk")


def find_customers(
    user: User, asked: CustomersAsked, *, after: str = "", before: str = ""
) -> CustomersFound:
    """One page of the customers that answer, and how many do.

    Few matches are gathered and sorted here; many are met while walking the index of the sort. A
    count decides, not the database's guess, so that rare and common filters are fast alike.
    """
    summaries, column = summaries_for(user), SORTS[asked.sort]
    # The class is cut out of the revenue, and its index sorted by it.
    along = {column, "value_class"} if column == "revenue" else {column}
    walk = Seeker(_filtered(summaries, asked, through=along), column, descending=asked.descending)
    # One filter is counted along its index; several are met sooner by reading every row once.
    indexed = SORTS.values() if asked.narrowings <= 1 else ()
    gathered = _filtered(summaries, asked, through=indexed)
    matches = gathered[: MOST_COUNTED + 1].count() if indexed else 0
    if asked.filtered and matches <= MOST_COUNTED:
        keys = gathered.values_list(column, "pk")[: MOST_COUNTED + 1]
        places = [Place(value, key) for value, key in keys]
        matches = len(places)
        if matches <= MOST_COUNTED:
            walk = Gathered.of(summaries, column, places, descending=asked.descending)
    return CustomersFound(
        walk.page(after=after, before=before, size=PAGE),
        min(matches, MOST_COUNTED),
        more_than_counted=matches > MOST_COUNTED,
    )


def best_matches(user: User, words: str, *, limit: int) -> list[CustomerSummary]:
    """The customers most likely meant: the name as typed first, then whom we spoke with last."""
    meant = summaries_for(user).filter(_known_as(words))
    found = meant.values_list("pk", flat=True)[:2_000]
    start = folded(words).strip()
    rows = summaries_for(user).filter(pk__in=list(found))
    return sorted(
        rows.order_by(F("last_at").desc(nulls_last=True), "pk")[: 40 * limit],
        key=lambda row: not row.sort_name.startswith(start),
    )[:limit]


def namesakes(user: User, customer: Customer, *, limit: int = 5) -> list[CustomerSummary]:
    """Others of the same name: perhaps the same person twice."""
    named = customers_named(customer.name)
    if named is None:
        return []
    return list(summaries_for(user).filter(pk__in=named).exclude(pk=customer.pk)[:limit])


def _filtered(
    summaries: QuerySet[CustomerSummary], asked: CustomersAsked, *, through: Collection[str] = ()
) -> QuerySet[CustomerSummary]:
    """through: columns whose index may be used; the others are read row after row."""
    conditions: list[tuple[str, str, Any]] = []
    if asked.language:
        conditions.append(("language", "exact", asked.language))
    if asked.kind:
        conditions.append(("kind", "exact", asked.kind))
    if asked.value:
        conditions.append(("value_class", "exact", asked.value))
    if asked.channel:
        conditions.append(("last_channel", "exact", asked.channel))
    if asked.open:
        conditions.append(("open_cases", "gt", 0))
    if asked.quiet_days:
        quiet_since = timezone.now() - timedelta(days=asked.quiet_days)
        conditions.append(("last_at", "lt", quiet_since))
    if asked.nps in NPS_GROUPS:
        conditions.append(("nps", "range", NPS_GROUPS[asked.nps]))
    for column, lookup, value in conditions:
        if column in through:
            summaries = summaries.filter(**{f"{column}__{lookup}": value})
        else:
            name = f"plain_{column}"
            summaries = summaries.alias(**{name: Unindexed(F(column))}).filter(
                **{f"{name}__{lookup}": value}
            )
    if asked.words.strip():
        summaries = summaries.filter(_known_as(asked.words))
    return summaries


def _known_as(words: str) -> Q:
    known, named = customers_known_by(words), customers_named(words)
    if known is not None and ("@" in words or named is None):
        return Q(pk__in=known)
    if known is not None:
        return Q(pk__in=known) | Q(pk__in=named)
    return Q(pk__in=named) if named is not None else Q(pk__in=[])
