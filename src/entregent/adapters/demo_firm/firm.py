"""The demo firm whole: evidence tables that keep to the contract, and the truth beside them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa

from entregent.adapters.demo_firm.bonds import habits
from entregent.adapters.demo_firm.composer import Composer
from entregent.adapters.demo_firm.course import Course, World
from entregent.adapters.demo_firm.ledger import Ledger, Row
from entregent.adapters.demo_firm.life import Life
from entregent.adapters.demo_firm.people import Person, population
from entregent.adapters.demo_firm.setting import FIRM, Adviser, Change, Setting
from entregent.adapters.demo_firm.stock import Stock
from entregent.adapters.demo_firm.surveys import Surveys

DUPLICATES_PER_CUSTOMER = 1 / 150


@dataclass(frozen=True)
class DemoFirm:
    """Eighteen months of La Sauvelande.

    tables: the evidence tables by name, as Arrow tables of the evidence contract.
    truth: one row a customer, what the generator knows and the evidence does not say.
    advisers and changes: what a workspace needs to be set up beside the evidence.
    """

    name: str
    seed: int
    today: date
    tables: Mapping[str, pa.Table]
    truth: Sequence[Mapping[str, Any]]
    advisers: Sequence[Adviser]
    changes: Mapping[str, Change]

    def fingerprint(self) -> str:
        """A digest of every evidence row and of the truth: equal digests, equal firms."""
        digest = hashlib.sha256()
        for name in sorted(self.tables):
            digest.update(name.encode())
            digest.update(repr(self.tables[name].to_pydict()).encode())
        digest.update(json.dumps(self.truth, sort_keys=True, default=str).encode())
        return digest.hexdigest()


def generate_firm(*, seed: int = 7, customers: int = 2000, today: date) -> DemoFirm:
    """The firm as it stood on the eve of `today`, the same for the same seed.

    customers: rows of the customers table, the few doubles among them included.
    today: the day after the last one that the evidence knows; no clock is read.

    >>> firm = generate_firm(customers=20, today=date(2026, 11, 1))
    >>> firm.tables["customers"].num_rows
    20
    """
    setting = Setting(today)
    doubles = int(customers * DUPLICATES_PER_CUSTOMER)
    rng = Random(f"{seed}:people")
    people = population(rng, setting, customers - doubles)
    world = _world(seed, setting, customers)

    truth: list[Row] = []
    for person in people:
        life = Life(world, person, Random(f"{seed}:life:{person.customer_id}"))
        first_bond = person.bond
        course = life.live()
        truth.append(_truth(person, first_bond, course, life, setting))
    _write_people(Random(f"{seed}:identities"), world.ledger, people)
    tables = dict(world.ledger.tables())
    _enter_twice(Random(f"{seed}:doubles"), setting, tables, people, doubles, truth)
    return DemoFirm(FIRM, seed, today, tables, truth, setting.advisers, setting.changes)


def write_truth(firm: DemoFirm, path: Path) -> None:
    """Keep the truth in a file of its own, far from the evidence."""
    content = {"firm": firm.name, "seed": firm.seed, "today": firm.today, "customers": firm.truth}
    path.write_text(
        json.dumps(content, ensure_ascii=False, default=str, indent=1), encoding="utf-8"
    )


def _world(seed: int, setting: Setting, customers: int) -> World:
    stock = Stock(most_uses_of_a_whole=max(1, round(customers / 700)))
    composer = Composer(stock, Random(f"{seed}:words"))
    ledger = Ledger(setting)
    return World(setting, ledger, composer, Surveys(setting, ledger, composer))


def _truth(person: Person, first_bond: str, course: Course, life: Life, setting: Setting) -> Row:
    habit = habits()[person.bond]
    attitudes = {
        name: {
            "attitude": round(course.attitudes[name], 3),
            "adopted_on": course.adopted.get(name),
            "talk": course.talked.get(name, []),
        }
        for name in setting.changes
    }
    adviser_warmth = {"warm": 4, "plain": 2, "cold": 0}[person.adviser.manner]
    return {
        "customer_id": person.customer_id,
        "relationship": person.bond,
        "family": habit.family,
        "relationship_at_start": first_bond,
        "relationship_path": [list(step) for step in course.bond_path],
        "wanted": dict(habit.wants),
        "given": {
            "programme": life.programme.name,
            "contact": life.programme.contact,
            "tone": round((life.programme.tone + adviser_warmth) / 2),
            "personal": life.programme.personal,
            "offers": life.programme.offers,
        },
        "stage": course.stage_path[-1][1],
        "stage_path": [list(step) for step in course.stage_path],
        "satisfaction": round(course.mood, 3),
        "changes": attitudes,
        "life": [list(event) for event in course.events],
        "promises": [list(promise) for promise in course.promises],
        "left_on": course.left_on,
        "left_for": course.left_for or None,
        "stays_by_wish": habit.stays_by_wish,
        "stays_by_force": habit.stays_by_force,
        "came_by": person.came_by,
        "household": person.household,
        "same_person_as": None,
    }


def _write_people(rng: Random, ledger: Ledger, people: Sequence[Person]) -> None:
    for person in people:
        attributes = {
            "ville": person.town,
            "agence": person.agency,
            "conseiller": person.adviser.agent_id,
            "naissance": None if person.organisation else person.born,
            "contrats": [policy.product for policy in person.policies],
        }
        if person.organisation:
            attributes["contact"] = f"{person.first} {person.last}"
        ledger.write(
            "customers",
            customer_id=person.customer_id,
            kind="organisation" if person.organisation else "person",
            name=person.name,
            language=person.language,
            since=person.since,
            attributes=json.dumps(attributes, ensure_ascii=False),
        )
        known = [("crm:societaire", str(200_000 + person.customer_id * 7))]
        elderly = 2026 - person.born > 72 and not person.organisation
        if rng.random() < (0.55 if elderly else 0.96):
            known.append(("email", person.email))
        if rng.random() < 0.95:
            known.append(("phone", person.phone))
        if person.online:
            known.append(("portal:login", f"u{person.customer_id * 13 + 100_000}"))
        for scheme, value in known:
            ledger.write("identities", customer_id=person.customer_id, scheme=scheme, value=value)


def _enter_twice(
    rng: Random,
    setting: Setting,
    tables: dict[str, pa.Table],
    people: Sequence[Person],
    doubles: int,
    truth: list[Row],
) -> None:
    """A few people stand in the books twice: a second entry took over their last contacts."""
    chosen = rng.sample([p for p in people if not p.organisation], doubles) if doubles else []
    second = {p.customer_id: len(people) + rank for rank, p in enumerate(chosen, 1)}
    cut = setting.day_at(0.7)
    first_seen: dict[int, date] = {}
    moved = tables["interactions"].to_pylist()
    for row in moved:
        late = row["at"].date() >= cut and row["channel"] in {"app", "chat", "web"}
        if late and row["case_id"] is None and row["customer_id"] in second:
            row["customer_id"] = second[row["customer_id"]]
            first_seen.setdefault(row["customer_id"], row["at"].date())
    customers, identities = tables["customers"].to_pylist(), tables["identities"].to_pylist()
    for person in chosen:
        number = second[person.customer_id]
        name = rng.choice(
            (
                f"{person.last} {person.first}",
                f"{person.first[0]}. {person.last}",
                f"{person.first} {person.last.upper()}",
            )
        )
        attributes = json.dumps(
            {"ville": person.town, "origine": "espace en ligne"}, ensure_ascii=False
        )
        since = first_seen.get(number, cut + timedelta(days=rng.randrange(60)))
        customers.append(
            {
                "customer_id": number,
                "kind": "person",
                "name": name,
                "language": person.language,
                "since": since,
                "attributes": attributes,
            }
        )
        shared = ("phone", person.phone) if rng.random() < 0.6 else ("email", person.email)
        for scheme, value in (("portal:login", f"u{number * 13 + 100_000}"), shared):
            identities.append({"customer_id": number, "scheme": scheme, "value": value})
        original = truth[person.customer_id - 1]
        truth.append({**original, "customer_id": number, "same_person_as": person.customer_id})
    for name, rows in (
        ("customers", customers),
        ("identities", identities),
        ("interactions", moved),
    ):
        tables[name] = pa.Table.from_pylist(rows, schema=tables[name].schema)
