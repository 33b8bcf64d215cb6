"""What playbooks in force write by themselves: actions drawn, closed, and looked at again.

Each playbook is drawn in batches, each batch in one transaction. Killed half-way, the next draw goes
on where this one stopped: who has an action keeps it, and nobody gets a second.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from entregent.adapters.catalogue.playbooks import PlaybookEntry
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.evidence.models import Customer
from entregent.web.playbooks.catalogue import entry_of, said
from entregent.web.playbooks.measures.drawing import Asked, Plan, plan, share_out
from entregent.web.playbooks.measures.effects import as_number
from entregent.web.playbooks.measures.reading import facts_now, ground_for
from entregent.web.playbooks.models import Action, Version
from entregent.web.playbooks.queries import (
    Standing,
    loads,
    people_of,
    seen_since,
    standing_playbooks,
    to_look_at,
    usual_agents,
)

BATCH = 500
EXPIRES_AFTER = timedelta(days=30)
"""Past its due date by as much, with nobody at it, an action tells more of us than of the customer."""

State, Because = Action.State, Action.Because


def draw_everybody(now: datetime | None = None) -> Counter[str]:
    """Draw what playbooks in force ask for today; returns how many were drawn, held out and closed."""
    now = now or timezone.now()
    done = Counter(expired=expire(now), merged=follow_merges(now))
    playing = _in_force()
    facts = facts_now([entry for _one, entry in playing], now) if playing else None
    if facts is not None:
        for standing, entry in playing:
            done += _draw(standing, entry, facts, now, None)
        look_again(facts, now)
    return done


def draw_one(customer_id: int, now: datetime | None = None) -> Counter[str]:
    """The same for one customer, of whom something new is known."""
    now = now or timezone.now()
    done: Counter[str] = Counter()
    playing = _in_force()
    if not playing or not Customer.objects.filter(pk=customer_id, merged_into=None).exists():
        return done
    facts = facts_now([entry for _one, entry in playing], now, customer_id)
    if facts is not None:
        for standing, entry in playing:
            done += _draw(standing, entry, facts, now, customer_id)
    return done


def _in_force() -> list[tuple[Standing, PlaybookEntry]]:
    """Playbooks that are played, the most urgent first, with what they say."""
    found = [(one, played) for one in standing_playbooks() if (played := one.played)]
    return sorted(found, key=lambda pair: (-pair[1].priority, pair[0].key))


def asked_of(standing: Standing, entry: PlaybookEntry) -> Asked:
    """A playbook as it is put to the base."""
    row = standing.row
    share = row.held_out_percent / 100 if row else 0.0
    return Asked(standing.key, row.pk if row else None, entry, share)


def give_out(
    customers: Sequence[int], entry: PlaybookEntry, version: Version
) -> dict[int, int | None]:
    """Customer → who acts, as the playbook names a person, a usual contact or a role."""
    if version.person_id is not None:
        return dict.fromkeys(customers, version.person_id)
    people = [person.pk for person in people_of(entry.owner)]
    usual = usual_agents(customers) if entry.owner == "usual_agent" else {}
    return share_out(customers, people, usual, loads())


def _draw(
    standing: Standing,
    entry: PlaybookEntry,
    facts: pa.Table,
    now: datetime,
    customer_id: int | None,
) -> Counter[str]:
    assert standing.row is not None
    version = standing.row.in_force
    assert version is not None
    ground = ground_for(entry, standing.row, now, customer_id)
    found = plan(facts, asked_of(standing, entry), ground)
    done = Counter(closed=_lapse(found, now))
    given_to = give_out(found.play, entry, version)
    drawn = [*found.play, *found.leave]
    for start in range(0, len(drawn), BATCH):
        some = drawn[start : start + BATCH]
        done += _store(some, found, version, entry=entry, given_to=given_to, now=now)
    if sum(done.values()):
        record(Verb.CREATED, "actions", by=None, about=said(entry.name), **dict(done))
    return done


@transaction.atomic
def _lapse(found: Plan, now: datetime) -> int:
    closed = 0
    for because in set(found.lapsed.values()):
        keys = [pk for pk, why in found.lapsed.items() if why == because]
        closed += _close(keys, State.MOOT, because, now)
    return closed


def _close(keys: Sequence[int], state: str, because: str, now: datetime) -> int:
    closed = 0
    for start in range(0, len(keys), BATCH):
        rows = Action.objects.filter(pk__in=keys[start : start + BATCH], state=State.OPEN)
        closed += rows.update(state=state, because=because, closed_at=now)
    return closed


@transaction.atomic
def _store(
    customers: Sequence[int], found: Plan, version: Version, *, entry: PlaybookEntry,
    given_to: dict[int, int | None], now: datetime,
) -> Counter[str]:  # fmt: skip
    # Customers who left or were merged since the facts were read stay without.
    there = set(
        Customer.objects.filter(pk__in=customers, merged_into=None).values_list("pk", flat=True)
    )
    playing = set(found.play)
    away = [found.gives_way[one] for one in customers if one in found.gives_way]
    gave_way = _close(away, State.MOOT, Because.GAVE_WAY, now)
    today = timezone.localdate(now)
    before = Action.objects.filter(playbook=version.playbook_id).count()
    Action.objects.bulk_create(
        (
            Action(
                playbook_id=version.playbook_id,
                version=version,
                customer_id=customer,
                state=State.OPEN if customer in playing else State.HELD_OUT,
                contacts=entry.contacts,
                priority=entry.priority,
                channel=entry.channel,
                owner_id=given_to.get(customer),
                role=entry.owner,
                drawn_at=now,
                due_on=today + timedelta(days=entry.deadline_days),
                first_due_on=today + timedelta(days=entry.deadline_days),
                look_on=today + timedelta(days=entry.look_after_days),
                **_told(found.facts[customer], entry),
            )
            for customer in customers
            if customer in there
        ),
        # Another draw may have come first: one open action per customer and playbook stands.
        ignore_conflicts=True,
    )
    stored = Action.objects.filter(playbook=version.playbook_id).count() - before
    held = sum(customer in there and customer not in playing for customer in customers)
    return Counter(drawn=stored - held, held_out=held, gave_way=gave_way)


def _told(facts: dict[str, Any], entry: PlaybookEntry) -> dict[str, Any]:
    """What an action keeps of the facts: those its conditions rest on, and where it began."""
    asked = {condition.field for condition in entry.all}
    return {
        "facts": {name: value for name, value in facts.items() if name in asked},
        "kind": facts["kind"] or "",
        "family": facts["family"] or "",
        "before": as_number(entry.measured_by, facts[entry.measured_by]),
    }


@transaction.atomic
def expire(now: datetime) -> int:
    """Close what is long past its date."""
    last = timezone.localdate(now) - EXPIRES_AFTER
    rows = Action.objects.filter(state=State.OPEN, due_on__lt=last)
    closed = rows.update(state=State.EXPIRED, closed_at=now)
    if closed:
        record(Verb.CHANGED, "actions", by=None, expired=closed)
    return closed


@transaction.atomic
def follow_merges(now: datetime) -> int:
    """Give the actions of a merged customer to the one who was kept, unless they have theirs."""
    moved = 0
    merged = Action.objects.filter(state=State.OPEN).exclude(customer__merged_into=None)
    for action in merged.select_related("customer__merged_into"):
        kept = action.customer.merged_into
        assert kept is not None
        clash = Q(playbook=action.playbook_id) | (Q(contacts=True) if action.contacts else Q())
        if Action.objects.filter(clash, customer=kept, state=State.OPEN).exists():
            _close([action.pk], State.MOOT, Because.MERGED, now)
        else:
            action.customer = kept
            action.save(update_fields=["customer"])
        moved += 1
    return moved


def look_again(facts: pa.Table, now: datetime) -> int:
    """See what became of the customers whose day has come, on both sides alike."""
    due = list(to_look_at(now).select_related("version"))
    if not due:
        return 0
    known = dict(zip(facts.column("customer_id").to_pylist(), range(facts.num_rows), strict=True))
    for start in range(0, len(due), BATCH):
        some = due[start : start + BATCH]
        for action in some:
            _look(action, facts, known.get(action.customer_id), now)
        with transaction.atomic():
            Action.objects.bulk_update(
                some, ["after", "looked_at", "replied", "bought", "resolved", "left"]
            )
    return len(due)


def _look(action: Action, facts: pa.Table, place: int | None, now: datetime) -> None:
    measured = entry_of(action.version.entry).measured_by
    if place is not None and measured in facts.column_names:
        action.after = as_number(measured, facts.column(measured)[place].as_py())
    since = seen_since(action, now)
    action.replied, action.bought = since.replied, since.bought
    action.resolved, action.left = since.resolved, since.left
    action.looked_at = now
