"""Playbooks as they stand, what is to be done and by whom; and the rows that a draw rests on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from entregent.adapters.catalogue.playbooks import CHANGE_STAGE, PlaybookEntry
from entregent.web.accounts.models import User
from entregent.web.accounts.roles import POWERS, Power, Role
from entregent.web.decisions.models import Change, Item, Quote
from entregent.web.evidence.models import (
    Agreement,
    Case,
    Consent,
    Customer,
    Interaction,
    Transaction,
)  # fmt: skip
from entregent.web.playbooks.catalogue import entry_of, ready
from entregent.web.playbooks.models import Action, Playbook, Simulation, Version
from entregent.web.relationships.models import Profile
from entregent.web.shared.folding import folded

RECENT_DAYS = 30
ROLES: dict[str, str] = {
    "adviser": Role.ADVISER,
    "usual_agent": Role.ADVISER,
    "manager": Role.MANAGER,
    "marketing": Role.MANAGER,
    "analyst": Role.ANALYST,
    "data_protection_officer": Role.OFFICER,
}
"""Who plays, as the catalogue says it → the role that does."""

State = Action.State


@dataclass(frozen=True, slots=True)
class Standing:
    """A playbook as it stands today.

    entry: what it says, in its latest version or in the catalogue.
    row: None while the firm has not touched it. simulated: the latest version was, so that it may
    be switched on. open: actions still to do.
    """

    key: str
    entry: PlaybookEntry
    row: Playbook | None = None
    latest: Version | None = None
    simulated: Simulation | None = None
    open: int = 0

    @property
    def on(self) -> bool:
        return bool(self.row and self.row.in_force_id)

    @property
    def own(self) -> bool:
        return bool(self.row and self.row.own)

    @property
    def newer(self) -> bool:
        """A later version waits, while an earlier one is played."""
        return bool(self.row and self.on and self.latest and self.row.in_force_id != self.latest.pk)

    @property
    def may_be_switched_on(self) -> bool:
        return self.simulated is not None and (not self.on or self.newer)

    @property
    def played(self) -> PlaybookEntry | None:
        """What is played now, which may be an earlier version."""
        return entry_of(self.row.in_force.entry) if self.row and self.row.in_force else None


def playbooks_for(user: User) -> list[Standing]:
    """Every playbook, those in force first, then by priority."""
    if not user.may(Power.SEE_FIGURES):
        return []
    return standing_playbooks()


def playbook_for(user: User, key: str) -> Standing | None:
    if not user.may(Power.SEE_FIGURES):
        return None
    return standing_playbook(key)


def standing_playbook(key: str) -> Standing | None:
    return next((one for one in standing_playbooks() if one.key == key), None)


def standing_playbooks() -> list[Standing]:
    """The catalogue's playbooks under what the firm made of them, and its own."""
    rows = {row.key: row for row in Playbook.objects.select_related("in_force__person")}
    still_open = Action.objects.filter(state=State.OPEN).order_by().values_list("playbook")
    open_ = dict(still_open.annotate(n=Count("pk")))
    newest = Version.objects.values("playbook").annotate(newest=Max("pk")).values("newest")
    latest = {
        version.playbook_id: version
        for version in Version.objects.filter(pk__in=newest).select_related("person", "by")
    }
    last = Simulation.objects.values("version").annotate(last=Max("pk")).values("last")
    simulated = {one.version_id: one for one in Simulation.objects.filter(pk__in=last)}
    found = []
    for key in [*ready(), *(key for key in rows if key not in ready())]:
        row = rows.get(key)
        version = latest.get(row.pk) if row else None
        if version is None:
            if key in ready():
                found.append(Standing(key, ready()[key], row))
            continue
        found.append(
            Standing(
                key, entry_of(version.entry), row, version, simulated.get(version.pk),
                open_.get(version.playbook_id, 0),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (not one.on, -one.entry.priority, one.key))


def versions_of(row: Playbook | None) -> list[Version]:
    if row is None:
        return []
    return list(row.versions.select_related("by").annotate(n_simulations=Count("simulations")))


def simulation_for(user: User, key: str, pk: int) -> Simulation | None:
    if not user.may(Power.SEE_FIGURES):
        return None
    return (
        Simulation.objects.filter(pk=pk, version__playbook__key=key)
        .select_related("version__playbook", "by")
        .first()
    )


def changes_named() -> dict[int, str]:
    """Declared changes that a playbook may ask about."""
    return dict(Change.objects.filter(withdrawn_at=None).values_list("pk", "name"))


def purposes_known() -> list[str]:
    """What customers gave or withdrew a consent for."""
    return sorted(Consent.objects.order_by().values_list("purpose", flat=True).distinct())


# What is to be done.


@dataclass(frozen=True, slots=True)
class WorkAsked:
    """What a person asked of the list of things to do."""

    whose: str = "mine"
    playbook: str = ""
    family: str = ""
    channel: str = ""
    when: str = ""
    sort: str = "due"

    @property
    def filtered(self) -> bool:
        return bool(self.playbook or self.family or self.channel or self.when)


def actions_for(user: User) -> QuerySet[Action]:
    """What this person may see; the held-out group is nobody's work, and stays out of sight."""
    if not user.may(Power.SEE_CUSTOMERS):
        return Action.objects.none()
    return Action.objects.exclude(state=State.HELD_OUT).filter(customer__merged_into=None)


def work_for(user: User, asked: WorkAsked, today: date) -> QuerySet[Action]:
    """Open actions, as asked, in the order asked."""
    found = whose(actions_for(user).filter(state=State.OPEN), user, asked.whose)
    if asked.playbook:
        found = found.filter(playbook__key=asked.playbook)
    if asked.family:
        found = found.filter(family=asked.family)
    if asked.channel:
        found = found.filter(channel=asked.channel)
    if asked.when == "late":
        found = found.filter(due_on__lt=today)
    elif asked.when == "week":
        found = found.filter(due_on__lte=today + timedelta(days=7))
    order = {
        "due": ("due_on", "-priority", "pk"),
        "priority": ("-priority", "due_on", "pk"),
        "name": ("customer__summary__sort_name", "due_on", "pk"),
    }[asked.sort]
    return found.select_related("customer__summary", "playbook", "version", "owner").order_by(
        *order
    )


def whose(actions: QuerySet[Action], user: User, which: str) -> QuerySet[Action]:
    """Mine, my team's (those of my trade, taken or not), or everybody's."""
    return actions.filter(_held_by(user, which))


def _held_by(user: User, which: str) -> Q:
    if which == "mine":
        return Q(owner=user)
    if which == "team":
        trades = [name for name, role in ROLES.items() if role == user.role]
        return Q(owner__role=user.role) | Q(owner=None, role__in=trades)
    return Q()


def work_counts(user: User, today: date) -> dict[str, int]:
    """How many open actions are mine, late among them, my team's, and everybody's."""
    mine, team = _held_by(user, "mine"), _held_by(user, "team")
    counts: dict[str, int] = (
        actions_for(user)
        .filter(state=State.OPEN)
        .aggregate(
            mine=Count("pk", filter=mine),
            late=Count("pk", filter=mine & Q(due_on__lt=today)),
            team=Count("pk", filter=team),
            all=Count("pk"),
        )
    )
    return counts


def closed_lately(user: User) -> QuerySet[Action]:
    """What this person closed today, which may still be taken back."""
    since = timezone.now() - timedelta(hours=12)
    mine = actions_for(user).filter(closed_by=user, closed_at__gte=since)
    return mine.select_related("customer", "version").order_by("-closed_at")


def action_for(user: User, pk: int) -> Action | None:
    found = actions_for(user).filter(pk=pk)
    return found.select_related("customer", "playbook", "version", "owner", "closed_by").first()


def may_work(user: User, action: Action) -> bool:
    """Whether this person may close an action: who serves customers, or whose it is."""
    return user.may(Power.EDIT_CUSTOMERS) or action.owner_id == user.pk


def colleagues() -> list[User]:
    """Who may be given something to do."""
    able = [role for role, powers in POWERS.items() if Power.SEE_CUSTOMERS in powers]
    return list(User.objects.filter(is_active=True, role__in=able))


# What a row of the list shows beside it, in a fixed number of questions.


@dataclass(frozen=True, slots=True)
class Trace:
    """A row behind an action: its kind, when, and the words."""

    kind: str
    at: Any
    words: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What one should know before acting: a trace, the manners agreed, a consent that is missing."""

    trace: Trace | None
    manners: list[str]


def beside(actions: Sequence[Action], today: date) -> dict[int, Beside]:
    """Action → what to read beside it."""
    people = [action.customer_id for action in actions]
    agreed = list(
        Agreement.objects.filter(customer__in=people, kind__in=("promise", "preference", "tacit"))
        .filter(Q(kind="promise") | Q(until=None) | Q(until__gte=today))
        .order_by("-since", "-pk")
    )
    cases = list(
        Case.objects.filter(
            customer__in=people, kind="complaint", resolved_at=None, closed_at=None
        ).order_by("-opened_at", "-pk")
    )
    last = (
        Interaction.objects.filter(customer=OuterRef("pk"), direction="in")
        .exclude(text="")
        .order_by("-at", "-pk")
    )
    newest = Customer.objects.filter(pk__in=people).annotate(last=Subquery(last.values("pk")[:1]))
    keys = [key for key in newest.values_list("last", flat=True) if key]
    words = {row.customer_id: row for row in Interaction.objects.filter(pk__in=keys)}
    found = {}
    for action in actions:
        mine = [row for row in agreed if row.customer_id == action.customer_id]
        case = next((row for row in cases if row.customer_id == action.customer_id), None)
        trace = _trace(action, mine, case, words.get(action.customer_id))
        manners = [row.text for row in mine if row.kind != "promise" and row.text]
        found[action.pk] = Beside(trace, manners[:2])
    return found


def _trace(
    action: Action, agreed: Iterable[Agreement], case: Case | None, words: Interaction | None
) -> Trace | None:
    """The row that tells most of why: the promise, the complaint, else the customer's last words."""
    asked = set(action.facts)
    promises = [row for row in agreed if row.kind == "promise"]
    broken = next((row for row in promises if row.kept is False), None)
    waiting = [row for row in promises if row.kept is None and row.until]
    due = min(waiting, key=lambda row: row.until or date.max, default=None)
    if "promises_broken" in asked and broken:
        return Trace("broken", broken.until or broken.since, broken.text)
    if "promise_days_left" in asked and due:
        return Trace("promise", due.until, due.text)
    if asked & {"complaints_open", "complaints_last_year"} and case:
        return Trace("complaint", case.opened_at, case.cause)
    return Trace("words", words.at, words.text) if words else None


def said_since(action: Action) -> Interaction | None:
    """The customer's first words after an action was closed."""
    if action.closed_at is None:
        return None
    rows = Interaction.objects.filter(
        customer=action.customer_id, direction="in", at__gte=action.closed_at
    )
    return rows.exclude(text="").order_by("at", "pk").first()


# The rows that a draw rests on.

PROFILE_COLUMNS = (
    "customer_id", "kind", "kind_probability", "second_kind", "second_probability", "third_kind",
    "third_probability", "family", "family_probability", "abstains", "pieces", "stage",
    "stage_probability", "trust", "dedication", "constraint", "closeness", "closeness_error",
    "quadrant", "quadrant_probability", "said_kind", "said_family",
)  # fmt: skip


def profile_rows(customer_id: int | None = None) -> Iterator[tuple[Any, ...]]:
    """What is inferred, and what colleagues said instead: of everybody, or of one."""
    rows = Profile.objects.filter(customer__merged_into=None)
    if customer_id is not None:
        rows = rows.filter(customer=customer_id)
    return rows.values_list(*PROFILE_COLUMNS).iterator(chunk_size=10_000)


def quotes_on(change_id: int, customer_id: int | None = None) -> list[Quote]:
    """What customers said of a declared change."""
    rows = Quote.objects.filter(
        item__change=change_id, item__removed_at=None, item__holder=Item.Holder.CUSTOMER
    )
    if customer_id is not None:
        rows = rows.filter(customer=customer_id)
    return list(rows.exclude(customer=None).select_related("item").order_by("said_at", "pk"))


def changes_asked(fields: Iterable[str]) -> list[Change]:
    """The declared changes that some fields ask about."""
    keys = [int(name.rpartition("_")[2]) for name in fields if CHANGE_STAGE.fullmatch(name)]
    return list(Change.objects.filter(pk__in=keys)) if keys else []


def consents_of(purposes: Sequence[str], customer_id: int | None = None) -> list[tuple[Any, ...]]:
    """(customer, purpose, given, withdrawn) for some purposes, as the store has it now."""
    rows = Consent.objects.filter(purpose__in=purposes).exclude(customer=None)
    if customer_id is not None:
        rows = rows.filter(customer=customer_id)
    return list(rows.values_list("customer_id", "purpose", "given_at", "withdrawn_at"))


def contacts_since(since: datetime, customer_id: int | None = None) -> list[tuple[Any, ...]]:
    """(row, customer, when) of what was sent to customers, and of what colleagues say they did."""
    rows = Interaction.objects.filter(direction="out", at__gt=since).exclude(customer=None)
    done = Action.objects.filter(state=State.DONE, contacts=True, closed_at__gt=since)
    if customer_id is not None:
        rows, done = rows.filter(customer=customer_id), done.filter(customer=customer_id)
    return [
        *rows.values_list("pk", "customer_id", "at"),
        *done.annotate(row=-F("pk")).values_list("row", "customer_id", "closed_at"),
    ]


@dataclass(frozen=True, slots=True)
class Episode:
    """The last time a playbook concerned a customer."""

    pk: int
    state: str
    touched: bool
    at: datetime


def episodes_of(playbook: Playbook | None, customer_id: int | None = None) -> dict[int, Episode]:
    """Customer → the last episode of a playbook."""
    if playbook is None:
        return {}
    rows = playbook.actions.order_by("drawn_at", "pk")
    if customer_id is not None:
        rows = rows.filter(customer=customer_id)
    found = {}
    values = rows.values_list("customer_id", "pk", "state", "touched", "closed_at", "drawn_at")
    for customer, pk, state, touched, closed_at, drawn_at in values:
        found[customer] = Episode(pk, state, touched, closed_at or drawn_at)
    return found


@dataclass(frozen=True, slots=True)
class OpenContact:
    """A contact that somebody is about to make."""

    pk: int
    playbook: int
    priority: int
    touched: bool


def open_contacts(customer_id: int | None = None) -> dict[int, OpenContact]:
    """Customer → the contact under way."""
    rows = Action.objects.filter(state=State.OPEN, contacts=True)
    if customer_id is not None:
        rows = rows.filter(customer=customer_id)
    values = rows.values_list("customer_id", "pk", "playbook_id", "priority", "touched")
    return {
        customer: OpenContact(pk, playbook, priority, touched)
        for customer, pk, playbook, priority, touched in values
    }


def loads() -> dict[int, int]:
    """Person → open actions."""
    rows = Action.objects.filter(state=State.OPEN).exclude(owner=None)
    return dict(rows.values_list("owner").annotate(n=Count("pk")).order_by())


def usual_agents(customers: Sequence[int]) -> dict[int, int]:
    """Customer → the colleague who most often spoke with them, where a name or address tells who."""
    names: dict[str, int] = {}
    for user in User.objects.filter(is_active=True, role=Role.ADVISER):
        names[folded(user.name)] = user.pk
        names[user.email.lower()] = user.pk
    names.pop("", None)
    met: dict[int, tuple[int, int]] = {}
    for start in range(0, len(customers), 500):
        rows = (
            Interaction.objects.filter(customer__in=customers[start : start + 500])
            .exclude(agent_id="")
            .values_list("customer_id", "agent_id")
            .annotate(n=Count("pk"))
            .order_by()
        )
        for customer, agent, n in rows:
            person = names.get(folded(agent)) or names.get(agent.lower())
            if person and n > met.get(customer, (0, 0))[0]:
                met[customer] = (n, person)
    return {customer: person for customer, (_n, person) in met.items()}


def people_of(role: str) -> list[User]:
    """Colleagues who hold the role a playbook asks for."""
    return list(User.objects.filter(is_active=True, role=ROLES[role]).order_by("pk"))


# What became of the customers.


def to_look_at(now: datetime) -> QuerySet[Action]:
    """Actions, and customers held out, whose day to be looked at has come."""
    today = timezone.localdate(now)
    return Action.objects.filter(looked_at=None, look_on__lte=today).order_by("pk")


@dataclass(frozen=True, slots=True)
class Since:
    """What the evidence shows of one customer since a moment; None where it cannot show it."""

    replied: bool
    bought: bool | None
    resolved: bool | None
    left: bool | None


def seen_since(action: Action, until: datetime) -> Since:
    """What a customer did from the day an action was drawn until a moment."""
    start, person = action.drawn_at, action.customer_id
    words = Interaction.objects.filter(customer=person, direction="in")
    bought = Transaction.objects.filter(customer=person, amount__gt=0).exclude(kind="claim")
    open_then = Case.objects.filter(customer=person, kind="complaint", opened_at__lte=start)
    open_then = open_then.filter(
        Q(resolved_at=None) | Q(resolved_at__gt=start), Q(closed_at=None) | Q(closed_at__gt=start)
    )
    contracts = Agreement.objects.filter(customer=person, kind="contract")
    then, now = timezone.localdate(start), timezone.localdate(until)
    had = contracts.filter(Q(until=None) | Q(until__gte=then)).exists()
    has = contracts.filter(Q(until=None) | Q(until__gte=now)).exists()
    settled = Q(resolved_at__lte=until) | Q(closed_at__lte=until)
    return Since(
        replied=words.filter(at__gt=start, at__lte=until).exists(),
        bought=bought.filter(at__gt=start, at__lte=until).exists() if bought.exists() else None,
        resolved=open_then.filter(settled).exists() if open_then.exists() else None,
        left=not has if had else None,
    )


def outcomes_of(playbook: Playbook) -> list[Mapping[str, Any]]:
    """Each customer looked at again, once each, those held out included: the first episode counts."""
    rows = playbook.actions.exclude(looked_at=None).order_by("drawn_at", "pk")
    first: dict[int, Mapping[str, Any]] = {}
    for row in rows.values(
        "customer_id", "state", "before", "after", "replied", "bought", "resolved", "left"
    ):
        first.setdefault(row["customer_id"], row)
    return list(first.values())


def tally_of(playbook: Playbook) -> dict[str, int]:
    """How many episodes of a playbook are in each state, and wait to be looked at."""
    found = dict(playbook.actions.order_by().values_list("state").annotate(n=Count("pk")))
    return {state: found.get(state, 0) for state in State.values} | {
        "looked": playbook.actions.exclude(looked_at=None).count(),
        "waiting": playbook.actions.filter(looked_at=None).count(),
    }


def replies_to(playbook: Playbook) -> list[tuple[str, int]]:
    """What colleagues said came of what they did."""
    rows = playbook.actions.filter(state=State.DONE).exclude(reply="").order_by()
    counts = dict(rows.values_list("reply").annotate(n=Count("pk")))
    return [
        (str(reply.label), counts[reply.value]) for reply in Action.Reply if reply.value in counts
    ]


def reasons_against(playbook: Playbook) -> list[tuple[str, int]]:
    """Why actions were not done, the commonest first."""
    rows = playbook.actions.filter(state=State.NOT_DONE).order_by()
    counts = dict(rows.values_list("because").annotate(n=Count("pk")))
    named = dict(Action.Because.choices)
    return sorted(
        ((str(named.get(key, key)), n) for key, n in counts.items()), key=lambda pair: -pair[1]
    )


def open_of(user: User, customer: Customer) -> list[Action]:
    """What is to be done with one customer, the most urgent first."""
    rows = actions_for(user).filter(customer=customer, state=State.OPEN)
    return list(
        rows.select_related("version", "playbook", "owner").order_by("-priority", "due_on", "pk")
    )


def lately_concerned(customer: Customer, since: datetime) -> set[int]:
    """Playbooks that concerned a customer since a moment, those that held them out included."""
    rows = Action.objects.filter(customer=customer).filter(
        Q(state=State.OPEN) | Q(closed_at__gte=since) | Q(closed_at=None, drawn_at__gte=since)
    )
    return set(rows.values_list("playbook_id", flat=True))
