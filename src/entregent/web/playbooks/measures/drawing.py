"""Who is concerned by a playbook today, who is left out and why, and who plays it with whom."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa

from entregent.adapters.catalogue.playbooks import PlaybookEntry
from entregent.engine.evidence import CONTRACTS, ibis_schema
from entregent.engine.relationship.actions import Limits, concerned, contactable, held_out
from entregent.web.playbooks.measures.facts import asked, whole
from entregent.web.playbooks.models import Action
from entregent.web.playbooks.queries import Episode, OpenContact

State = Action.State
KEPT_BESIDE = ("kind", "family")


@dataclass(frozen=True, slots=True)
class Asked:
    """A playbook put to the base.

    playbook: its row's key in the store, None before it has one.
    held_out_share: between 0 and 1.
    """

    key: str
    playbook: int | None
    entry: PlaybookEntry
    held_out_share: float


@dataclass(frozen=True, slots=True)
class Ground:
    """What limits a draw, as the store has it now.

    purposes: consents any of which allows the contact. consents and contacts: rows of the store.
    episodes: customer → the last episode of this playbook. contacting: customer → the contact under way.
    """

    purposes: Sequence[str]
    consents: Sequence[tuple[Any, ...]]
    contacts: Sequence[tuple[Any, ...]]
    episodes: Mapping[int, Episode]
    contacting: Mapping[int, OpenContact]
    limits: Limits
    again_after: timedelta
    now: datetime


@dataclass
class Plan:
    """What a draw would do.

    facts: customer → what their conditions rest on, of everybody concerned.
    play, leave: customers to act with, and to hold out. refused: customer → why not.
    under_way: concerned, with this playbook's action open. lapsed: open actions whose reason is gone.
    gives_way: customer → the open contact of lower priority that this one takes the place of.
    """

    facts: dict[int, dict[str, Any]] = field(default_factory=dict)
    play: list[int] = field(default_factory=list)
    leave: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    under_way: list[int] = field(default_factory=list)
    lapsed: dict[int, str] = field(default_factory=dict)
    gives_way: dict[int, int] = field(default_factory=dict)


def purposes_for(entry: PlaybookEntry) -> list[str]:
    """The consents any of which allows a playbook's contact: the purpose itself, or for its channel.

    Sources write "marketing", or "email_marketing".
    """
    if entry.purpose is None or not entry.contacts:
        return []
    return [entry.purpose, f"{entry.channel}_{entry.purpose}"]


def fields_of(entries: Collection[PlaybookEntry]) -> set[str]:
    """Every column that some playbooks ask of, or are measured by."""
    names = {entry.measured_by for entry in entries}
    for entry in entries:
        names |= set(entry.for_engine().fields)
    return names


def plan(facts: pa.Table, this: Asked, ground: Ground) -> Plan:
    """What a draw would do with everybody in the facts; nothing is written."""
    found = Plan(facts=_concerned(facts, this.entry))
    waiting: list[int] = []
    for customer in found.facts:
        episode = ground.episodes.get(customer)
        if episode and episode.state == State.OPEN:
            found.under_way.append(customer)
        elif episode and ground.now - episode.at < ground.again_after:
            found.refused[customer] = (
                "held_out" if episode.state == State.HELD_OUT else "not_again_yet"
            )
        else:
            waiting.append(customer)
    _lapse(found, facts, ground)
    found.refused |= _refusals(waiting, ground)
    ready = [customer for customer in waiting if customer not in found.refused]
    ready = _one_contact_at_a_time(found, ready, this, ground)
    left = held_out(this.key, ready, this.held_out_share)
    for customer, alone in zip(ready, left.tolist(), strict=True):
        (found.leave if alone else found.play).append(customer)
    # Those held out keep nobody else from being called.
    if this.entry.contacts:
        found.gives_way = {
            customer: ground.contacting[customer].pk
            for customer in found.play
            if customer in ground.contacting
        }
    return found


def _concerned(facts: pa.Table, entry: PlaybookEntry) -> dict[int, dict[str, Any]]:
    playbook = entry.for_engine()
    shown = [*dict.fromkeys(condition.field for condition in entry.all)]
    beside = [name for name in (*KEPT_BESIDE, entry.measured_by) if name not in shown]
    told = whole(facts, {*playbook.fields, entry.measured_by})
    if told.num_rows == 1:
        # One customer at once, where planning the question would take longer than everything else.
        (row,) = told.to_pylist()
        kept = {name: row[name] for name in (*shown, *beside)}
        return {row["customer_id"]: kept} if playbook.concerns(row) else {}
    table = ibis.memtable(told)
    rows = concerned(table, playbook).select("customer_id", *shown, *beside)
    return {row.pop("customer_id"): row for row in asked(rows.order_by("customer_id")).to_pylist()}


def _lapse(found: Plan, facts: pa.Table, ground: Ground) -> None:
    """Actions that nobody took in hand yet, of customers who are no longer concerned, or said no."""
    known = set(facts.column("customer_id").to_pylist())
    refused = _refusals(found.under_way, ground)
    for customer, episode in ground.episodes.items():
        if episode.state != State.OPEN or customer not in known:
            continue
        if refused.get(customer) == "no_consent":
            found.lapsed[episode.pk] = "withdrawn"
        elif customer not in found.facts and not episode.touched:
            found.lapsed[episode.pk] = "no_longer"
    gone = {
        customer for customer in found.under_way if ground.episodes[customer].pk in found.lapsed
    }
    found.under_way = [customer for customer in found.under_way if customer not in gone]
    found.refused |= dict.fromkeys(gone, "no_consent")


def _refusals(customers: Sequence[int], ground: Ground) -> dict[int, str]:
    """Customers whom consent or limits keep from being contacted, each with why."""
    if not ground.purposes or not customers:
        return {}
    people = set(customers)
    consents = [row for row in ground.consents if row[0] in people]
    contacts = [row for row in ground.contacts if row[1] in people]
    table = contactable(
        ibis.memtable(pa.table({"customer_id": pa.array(list(customers), pa.int64())})),
        _rows("consents", ("customer_id", "purpose", "given_at", "withdrawn_at"), consents),
        _rows(
            "interactions", ("interaction_id", "customer_id", "at", "direction"),
            [(*row, "out") for row in contacts],
        ),
        at=ground.now, limits=ground.limits, purposes=ground.purposes,
    )  # fmt: skip
    return {
        row["customer_id"]: row["refusal"]
        for row in asked(table.filter(table.refusal.notnull())).to_pylist()
    }


def _rows(name: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Any:
    whole_schema = ibis.schema(ibis_schema(CONTRACTS[name])).to_pyarrow()
    schema = pa.schema([whole_schema.field(column) for column in columns])
    listed = [dict(zip(columns, row, strict=True)) for row in rows]
    return ibis.memtable(pa.Table.from_pylist(listed, schema))


def _one_contact_at_a_time(found: Plan, ready: list[int], this: Asked, ground: Ground) -> list[int]:
    """Leave out customers whom a colleague is about to contact for something at least as urgent."""
    if not this.entry.contacts:
        return ready
    free = []
    for customer in ready:
        other = ground.contacting.get(customer)
        if other and (other.touched or other.priority >= this.entry.priority):
            found.refused[customer] = "other_first"
        else:
            free.append(customer)
    return free


def share_out(
    customers: Sequence[int],
    people: Sequence[int],
    usual: Mapping[int, int],
    loads: Mapping[int, int],
) -> dict[int, int | None]:
    """Customer → who acts: the one who knows them, else whoever has least to do.

    people: in a fixed order, so that equal loads fall alike. loads: open actions of each.
    """
    burden = {person: loads.get(person, 0) for person in people}
    found: dict[int, int | None] = {}
    for customer in customers:
        person = usual.get(customer)
        if person is None and burden:
            person = min(burden, key=lambda one: burden[one])
        if person is not None:
            burden[person] = burden.get(person, 0) + 1
        found[customer] = person
    return found
