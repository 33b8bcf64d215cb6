"""What people decide of playbooks: say, simulate, switch on and off. One transaction, one audit row each."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from entregent.adapters.catalogue.edits import edited
from entregent.adapters.catalogue.playbooks import Playbooks
from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.playbooks import tasks
from entregent.web.playbooks.actions.drawing import asked_of, give_out
from entregent.web.playbooks.catalogue import content_of, entry_of, ready, said, shelf
from entregent.web.playbooks.measures.drawing import plan
from entregent.web.playbooks.measures.reading import facts_now, ground_for
from entregent.web.playbooks.measures.simulating import figures_of, first_of
from entregent.web.playbooks.models import (
    Action,
    Playbook,
    SimulatedCustomer,
    Simulation,
    Version,
)
from entregent.web.playbooks.queries import (
    loads,
    purposes_known,
    standing_playbook,
    standing_playbooks,
)

MOST_HELD_OUT = 50


class NoSuchPlaybook(Exception):
    """Neither the catalogue nor the firm has a playbook of that name."""


class NothingInferred(Exception):
    """No relationship is inferred yet: nobody could be concerned."""


class NotSimulated(Exception):
    """Its latest version was never simulated."""


class NotSwitchedOn(Exception):
    """It is switched off already."""


def _touched(key: str) -> Playbook:
    """The playbook's row, made from the catalogue when the firm first touches it; locked."""
    if key in ready():
        row, made = Playbook.objects.get_or_create(key=key)
        if made:
            Version.objects.create(playbook=row, number=1, entry=content_of(ready()[key]))
    row_or_none = Playbook.objects.select_for_update().filter(key=key).first()
    if row_or_none is None:
        raise NoSuchPlaybook(key)
    return row_or_none


@transaction.atomic
def write_version(
    *, key: str, content: dict[str, Any], person: User | None, by: User | None
) -> Version:
    """Keep what a playbook says from now on; what is in force stays so until this is switched on.

    Raises CannotBePlayed, NoSuchPlaybook.
    """
    row = _touched(key)
    entry = entry_of(content | {"id": key})
    last = row.versions.first()
    assert last is not None
    if last.entry == content_of(entry) and last.person == person:
        return last
    version = Version.objects.create(
        playbook=row, number=last.number + 1, entry=content_of(entry), person=person, by=by
    )
    record(
        Verb.CHANGED, row, by=by, about=said(entry.name), version=version.number,
        changed=sorted(
            name for name, value in version.entry.items() if last.entry.get(name) != value
        ),
    )  # fmt: skip
    return version


@transaction.atomic
def add_playbook(
    *, content: dict[str, Any], person: User | None, by: User | None, key: str = ""
) -> Playbook:
    """A playbook of the firm's own, switched off. Raises CannotBePlayed."""
    key = key or _free_key(str(content.get("name", {}).get("fr", "")))
    entry = entry_of(content | {"id": key})
    row = Playbook.objects.create(key=key, own=True)
    Version.objects.create(playbook=row, number=1, entry=content_of(entry), person=person, by=by)
    record(Verb.CREATED, row, by=by, about=said(entry.name))
    return row


def _free_key(name: str) -> str:
    base = "ours_" + slugify(name).replace("-", "_")[:40].strip("_")
    taken = {one.key for one in standing_playbooks()}
    key, rank = base, 2
    while key in taken:
        key, rank = f"{base}_{rank}", rank + 1
    return key


def simulate(*, key: str, by: User | None) -> Simulation:
    """See whom the latest version would concern today. No action is created.

    Raises NoSuchPlaybook, NothingInferred.
    """
    now = timezone.now()
    with transaction.atomic():
        _touched(key)
    standing = standing_playbook(key)
    if standing is None or standing.latest is None:
        raise NoSuchPlaybook(key)
    facts = facts_now([standing.entry], now)
    if facts is None or not facts.num_rows:
        raise NothingInferred
    asked = asked_of(standing, standing.entry)
    ground = ground_for(standing.entry, standing.row, now)
    found = plan(facts, asked, ground)
    given_to = give_out(found.play, standing.entry, standing.latest)
    purposes = set(ground.purposes)
    figures = figures_of(
        found, customers=facts.num_rows, given_to=given_to, loads=loads(),
        deadline_days=standing.entry.deadline_days,
        purpose_unknown=bool(purposes) and not purposes & set(purposes_known()),
    )  # fmt: skip
    with transaction.atomic():
        simulation = Simulation.objects.create(version=standing.latest, figures=figures, by=by)
        SimulatedCustomer.objects.bulk_create(
            SimulatedCustomer(simulation=simulation, customer_id=customer, refusal=why, facts=its)
            for customer, why, its in first_of(found)
        )
        record(
            Verb.LOOKED, simulation, by=by, about=said(standing.entry.name),
            version=standing.latest.number, concerned=figures["concerned"],
        )  # fmt: skip
    return simulation


@transaction.atomic
def switch_on(*, key: str, held_out_percent: int, by: User | None) -> Playbook:
    """Play the latest version from now on; the first actions are drawn at once.

    Raises NoSuchPlaybook, NotSimulated.
    """
    row = _touched(key)
    latest = row.versions.first()
    if latest is None or not latest.simulations.exists():
        raise NotSimulated(key)
    if not 0 <= held_out_percent <= MOST_HELD_OUT:
        raise ValueError(f"{held_out_percent} % held out; it lies between 0 and {MOST_HELD_OUT}")
    row.in_force, row.held_out_percent = latest, held_out_percent
    row.switched_on_at = timezone.now()
    row.save()
    record(
        Verb.CHANGED, row, by=by, about=said(entry_of(latest.entry).name), switched="on",
        version=latest.number, held_out_percent=held_out_percent,
    )  # fmt: skip
    transaction.on_commit(tasks.draw_all.enqueue)
    return row


@transaction.atomic
def switch_off(*, key: str, withdraw_open: bool, by: User | None) -> Playbook:
    """Draw nothing more; what is still to do stays, unless it is withdrawn too.

    Raises NoSuchPlaybook, NotSwitchedOn.
    """
    row = _touched(key)
    if row.in_force is None:
        raise NotSwitchedOn(key)
    name = said(entry_of(row.in_force.entry).name)
    row.in_force, row.switched_on_at = None, None
    row.save()
    withdrawn = 0
    if withdraw_open:
        withdrawn = row.actions.filter(state=Action.State.OPEN).update(
            state=Action.State.MOOT, because=Action.Because.SWITCHED_OFF,
            closed_at=timezone.now(), closed_by=by,
        )  # fmt: skip
    record(Verb.CHANGED, row, by=by, about=name, switched="off", withdrawn=withdrawn)
    return row


def playbooks_as_catalogue() -> Playbooks:
    """Every playbook as it stands, in the shape of the catalogue's file."""
    base = shelf().playbooks
    return base.model_copy(update={"playbooks": tuple(one.entry for one in standing_playbooks())})


@transaction.atomic
def take_in_file(*, text: str, name: str, by: User | None) -> list[str]:
    """Keep what a file says of playbooks as new versions; returns the keys of those that changed.

    Raises CatalogueRefused with every problem and its line; nothing is kept then, and what was in
    force stays in force.
    """
    before = {one.key: one for one in standing_playbooks()}
    after = edited(playbooks_as_catalogue(), text, name)
    changed = []
    for entry in after.playbooks:
        old = before.get(entry.id)
        if old is None:
            add_playbook(content=content_of(entry), person=None, by=by, key=entry.id)
        elif content_of(old.entry) != content_of(entry):
            person = old.latest.person if old.latest else None
            write_version(key=entry.id, content=content_of(entry), person=person, by=by)
        else:
            continue
        changed.append(entry.id)
    record(Verb.IMPORTED, "playbooks", by=by, about=name[:200], changed=changed)
    return changed
