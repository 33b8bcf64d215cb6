"""Storing what a batch of an export says: who each row is about, and what is new in it.

Everything here runs inside the caller's transaction. The promise it keeps: each row of the batch
ends as created, updated, unchanged or rejected, and the four counts add up to the rows read.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, cast

import numpy as np
from django.db import IntegrityError, models, transaction

from entregent.adapters.intake.conversion import Converted, Occurrences, Pieces, digest
from entregent.adapters.intake.values import moment_of, stamp
from entregent.adapters.readers.batches import Reason
from entregent.web.evidence import bulk
from entregent.web.evidence.changes import TABLES, changing
from entregent.web.evidence.models import (
    Customer,
    Identity,
    IdentityConflict,
    Import,
    Interaction,
    RejectedRow,
    ReplacedRow,
)

UNCHANGED, UPDATED, CREATED = 0, 1, 2
FACTS = ("kind", "name", "language", "since")
MOST_OWNERS = 300_000
"""Identities of a scheme that an import remembers the owners of: some fifty megabytes."""
FARTHEST = 2**63 - 1


@dataclass(slots=True)
class Tally:
    """The account of a batch. reach: table → lowest and highest key that its rows may have."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    evidence: Counter[str] = field(default_factory=Counter)
    reach: dict[str, tuple[int, int]] = field(default_factory=dict)


class Owners(dict[str, int]):
    """Whose the identities of one scheme are, as far as this import has asked."""

    def __init__(self, scheme: str) -> None:
        super().__init__()
        self.scheme = scheme


class Intake:
    """Stores the batches of one import, in order."""

    def __init__(self, of_import: Import) -> None:
        self.of_import = of_import
        self.described = Occurrences()
        self.may_be_known: set[str] = set()
        self._owners: dict[str, Owners] = {}
        self._seen_change: int | None = None

    def skip(self, batch: Converted) -> None:
        """Pass over a batch stored before an interruption, remembering what later rows depend on."""
        if batch.about_customers:
            _Batch(self, batch).settle_customers(dry=True)

    def store(self, batch: Converted) -> Tally:
        before = {table: bulk.last_id(model) for table, model in TABLES.items()}
        change = bulk.others_changes()
        if change is None or change != self._seen_change:
            # Others wrote since the last batch: they may have merged customers or removed some.
            self.forget_owners()
        self._seen_change = change
        tally = _Batch(self, batch).store()
        tally.reach = {
            table: (before[table] + 1, bulk.last_id(TABLES[table])) for table in tally.evidence
        }
        return tally

    def owners_of(self, scheme: str, values: set[str]) -> Owners:
        """Whose identities of a scheme some values are; what was asked before is remembered."""
        owners = self._owners.setdefault(scheme, Owners(scheme))
        if len(owners) + len(values) > MOST_OWNERS:
            owners.clear()
        if asked := values - owners.keys() - {""}:
            owners.update(bulk.owners_of(scheme, asked))
        return owners

    def forget_owners(self) -> None:
        self._owners.clear()


class _Batch:
    """One batch on its way into the store."""

    def __init__(self, intake: Intake, converted: Converted) -> None:
        self.intake, self.converted = intake, converted
        self.refusals = converted.refusals
        self.outcomes = [UNCHANGED] * len(converted)
        self.customers: list[int | None] = [None] * len(converted)
        self.evidence: Counter[str] = Counter()
        self.through_at: dict[int, str] = {}
        self.newcomers: dict[int, int] = {}

    def store(self) -> Tally:
        self.refuse_repeated()
        self.settle_customers()
        case_ids = self.store_cases()
        for table in ("interactions", "transactions", "answers", "agreements", "consents"):
            if table in self.converted.pieces:
                self.store_pieces(
                    table,
                    self.converted.pieces[table],
                    case_ids if table == "interactions" else None,
                )
        self.store_refusals()
        kept = Counter(
            (self.outcomes[row] for row in self.kept_rows()) if self.refusals else self.outcomes
        )
        unreadable = len(self.converted.unreadable)
        return Tally(
            read=len(self.converted) + unreadable,
            created=kept[CREATED], updated=kept[UPDATED], unchanged=kept[UNCHANGED],
            rejected=len(self.refusals) + unreadable, evidence=self.evidence,
        )  # fmt: skip

    def kept_rows(self) -> Iterable[int]:
        rows = range(len(self.converted))
        return (row for row in rows if row not in self.refusals) if self.refusals else rows

    def refuse_repeated(self) -> None:
        """Refuse the rows that tell again, and otherwise, what an earlier row of the file told."""
        for table, pieces in self.converted.pieces.items():
            if not pieces.repeated:
                continue
            keys = [pieces.keys[place] for place in pieces.repeated]
            told = {
                key: content
                for key, (content,) in bulk.rows_by_key(TABLES[table], keys, "content").items()
            }
            asked = set(keys)
            for place, row in enumerate(pieces.rows):
                key, content = pieces.keys[place], pieces.contents[place]
                if key not in asked or row in self.refusals:
                    continue
                if place in pieces.repeated and told.setdefault(key, content) != content:
                    self.refusals[row] = Reason(
                        "said_twice", {"text": self.converted.originals[row][:80]}
                    )
                else:
                    told[key] = content

    # Who

    def settle_customers(self, *, dry: bool = False) -> None:
        """Find or make the customer of every row; refuse the rows whose identities disagree."""
        through = self.known_interactions()
        columns = self.identity_columns()
        newcomers: list[int] = []
        conflicts: list[tuple[int, list[tuple[str, str, int]]]] = []
        fresh: list[tuple[Owners, str, int]] = []
        for row in self.unsettled_rows(columns, through):
            customer = through.get(row) if through else None
            unknown: list[tuple[str, Owners]] = []
            for _, said, owners in columns:
                if not (value := said[row]):
                    continue
                owner = owners.get(value)
                if owner is None:
                    unknown.append((value, owners))
                elif customer is None:
                    customer = owner
                elif owner != customer:
                    conflicts.append((row, self.told_of(row, columns)))
                    break
            else:
                if unknown:
                    if customer is None:
                        newcomers.append(row)
                        customer = -len(newcomers)
                        self.outcomes[row] = CREATED
                    for value, owners in unknown:
                        owners[value] = customer
                        fresh.append((owners, value, customer))
                    self.outcomes[row] = max(self.outcomes[row], UPDATED)
                self.customers[row] = customer
        for row, _ in conflicts:
            named = ", ".join(said[row] for _, said, _ in columns if said[row])
            self.refusals[row] = Reason("identities_disagree", {"text": named[:200]})
        if dry:
            self.described_twice()
            self.intake.forget_owners()
            return
        self.store_customers(newcomers, fresh)
        self.store_conflicts(conflicts)

    def unsettled_rows(
        self, columns: list[tuple[str, list[str], Owners]], through: dict[int, int | None]
    ) -> Iterable[int]:
        """The rows to look at one by one; all identities of the others are known and agree."""
        if through or not columns:
            return list(self.kept_rows())
        owned = np.array([
            np.fromiter(map(owners.get, said, repeat(0)), np.int64, len(said))
            for _, said, owners in columns
        ])  # fmt: skip
        silent = np.array(
            [np.fromiter(map(len, said), np.int64, len(said)) == 0 for _, said, _ in columns]
        )
        lowest = np.where(silent, FARTHEST, owned).min(axis=0)
        highest = owned.max(axis=0)
        settled = (lowest > 0) & (lowest == highest)
        self.customers = [
            owner if known else None
            for owner, known in zip(highest.tolist(), settled.tolist(), strict=True)
        ]
        unsettled = np.flatnonzero(~settled).tolist()
        return [row for row in unsettled if row not in self.refusals]

    def known_interactions(self) -> dict[int, int | None]:
        """row → customer, for the rows that name an interaction to say whose they are."""
        asked = {
            row: key for row, key in self.converted.through.items() if row not in self.refusals
        }
        if not asked:
            return {}
        found = bulk.rows_by_key(Interaction, list(set(asked.values())), "customer_id", "at")
        told: dict[int, int | None] = {}
        for row, key in asked.items():
            if key not in found:
                self.refusals[row] = Reason("unknown_interaction")
                continue
            told[row], at = found[key]
            # The driver hands moments over as they are stored: SQLite's without a zone.
            self.through_at[row] = stamp(at) if at.tzinfo else str(at)
        return told

    def identity_columns(self) -> list[tuple[str, list[str], Owners]]:
        """Per column of identities: its scheme, its values, and whose they are, for those known."""
        wanted: dict[str, set[str]] = {}
        for scheme, said in self.converted.identities:
            asked = {said[row] for row in self.kept_rows()} if self.refusals else set(said)
            wanted.setdefault(scheme, set()).update(asked)
        owners = {scheme: self.intake.owners_of(scheme, asked) for scheme, asked in wanted.items()}
        return [(scheme, said, owners[scheme]) for scheme, said in self.converted.identities]

    @staticmethod
    def told_of(
        row: int, columns: list[tuple[str, list[str], Owners]]
    ) -> list[tuple[str, str, int]]:
        """The identities of a row that are known, and whose."""
        return [
            (scheme, said[row], owners[said[row]])
            for scheme, said, owners in columns
            if said[row] in owners
        ]

    def store_customers(self, newcomers: list[int], fresh: list[tuple[Owners, str, int]]) -> None:
        keys = bulk.next_ids(Customer, len(newcomers)) if newcomers else []
        real = self.newcomers = {-place: key for place, key in enumerate(keys, start=1)}
        if newcomers:
            self.customers = [
                real.get(customer, customer) if customer is not None else None
                for customer in self.customers
            ]
        described = set(newcomers)
        if newcomers:
            facts = [self.converted.facts.get(row, {}) for row in newcomers]
            bulk.insert(
                Customer,
                {
                    "id": keys,
                    "kind": [said.get("kind", "person") for said in facts],
                    "name": [said.get("name", "") for said in facts],
                    "language": [said.get("language", "") for said in facts],
                    "since": [said.get("since") for said in facts],
                    "attributes": [self.converted.attributes.get(row, {}) for row in newcomers],
                },
                {"created_in_id": self.intake.of_import.pk},
            )
            self.evidence["customers"] += len(keys)
        if fresh:
            owned = [real.get(customer, customer) for _, _, customer in fresh]
            for (owners, value, _), customer in zip(fresh, owned, strict=True):
                owners[value] = customer
            bulk.insert(
                Identity,
                {
                    "customer_id": owned,
                    "scheme": [owners.scheme for owners, _, _ in fresh],
                    "value": [value for _, value, _ in fresh],
                },
                {"created_in_id": self.intake.of_import.pk},
            )
            self.evidence["identities"] += len(fresh)
        self.complete_customers(described)

    def complete_customers(self, described: set[int]) -> None:
        """Add what rows say of customers already stored; those described made theirs just now.

        A file that lists customers has the word on them, the first time it names each; anything
        else only fills what is blank, so that reading it twice changes nothing.
        """
        said = self.converted.facts.keys() | self.converted.attributes.keys()
        telling = [
            row for row in sorted(said - described - self.refusals.keys()) if self.customers[row]
        ]
        repeated = self.described_twice()
        if not telling:
            return
        stored = Customer.objects.in_bulk(
            list({cast("int", self.customers[row]) for row in telling}), field_name="pk"
        )
        before: dict[int, dict[str, Any]] = {}
        for row in telling:
            customer = stored[cast("int", self.customers[row])]
            facts = self.converted.facts.get(row, {})
            attributes = self.converted.attributes.get(row, {})
            overwrite = self.converted.about_customers and row not in repeated
            changed = _differences(customer, facts, attributes, overwrite=overwrite)
            if not changed:
                continue
            before.setdefault(customer.pk, _as_stored(customer))
            for name, value in changed.items():
                setattr(customer, name, value)
            self.outcomes[row] = max(self.outcomes[row], UPDATED)
        if not before:
            return
        touched = [stored[key] for key in before]
        with changing("customers", list(before)):
            Customer.objects.bulk_update(touched, [*FACTS, "attributes"], batch_size=500)
        self.remember(
            "customers",
            {
                key: values
                for key, values in before.items()
                if stored[key].created_in_id != self.intake.of_import.pk
            },
        )

    def described_twice(self) -> set[int]:
        """The rows about a customer whom an earlier row of a list of customers already described."""
        if not self.converted.about_customers:
            return set()
        rows = [row for row in self.kept_rows() if self.customers[row] is not None]
        if not rows:
            return set()
        marks = [digest(str(self.customers[row])) for row in rows]
        return {
            row
            for row, earlier in zip(rows, self.intake.described.count(marks), strict=True)
            if earlier
        }

    def store_conflicts(self, conflicts: list[tuple[int, list[tuple[str, str, int]]]]) -> None:
        bulk.insert(
            IdentityConflict,
            {
                "of_import_id": [self.intake.of_import.pk] * len(conflicts),
                "number": [self.converted.numbers[row] for row, _ in conflicts],
                "identities": [
                    [
                        [scheme, value, self.newcomers.get(owner, owner)]
                        for scheme, value, owner in held
                    ]
                    for _, held in conflicts
                ],
            },
        )

    # What

    def store_cases(self) -> dict[int, int]:
        """row → its case, stored if the row tells of it."""
        keys = self.converted.case_keys
        if "cases" in self.converted.pieces:
            self.store_pieces("cases", self.converted.pieces["cases"], None)
        if not keys:
            return {}
        ids = bulk.rows_by_key(TABLES["cases"], list(set(keys.values())), "id")
        return {row: ids[key][0] for row, key in keys.items() if key in ids}

    def store_pieces(self, table: str, pieces: Pieces, case_ids: dict[int, int] | None) -> None:
        places: Sequence[int] = range(len(pieces.rows))
        if self.refusals:
            places = [place for place in places if pieces.rows[place] not in self.refusals]
        if not places:
            return
        if "at" in pieces.columns and self.through_at:
            pieces.columns["at"] = [
                moment if moment is not None else self.through_at.get(row)
                for row, moment in zip(pieces.rows, pieces.columns["at"], strict=True)
            ]
        keys = [pieces.keys[place] for place in places] if self.refusals else pieces.keys
        if table not in self.intake.may_be_known and len(set(keys)) == len(keys):
            try:
                with transaction.atomic():
                    self.insert(table, pieces, places, case_ids)
            except IntegrityError:
                # Some rows are known: from now on this table is looked up before it is written.
                self.intake.may_be_known.add(table)
            else:
                if self.is_every_row(pieces.rows):
                    self.outcomes = [CREATED] * len(self.outcomes)
                else:
                    for place in places:
                        self.outcomes[pieces.rows[place]] = CREATED
                return
        self.merge(table, pieces, places, case_ids)

    def is_every_row(self, rows: Sequence[int]) -> bool:
        return isinstance(rows, range) and rows == range(len(self.converted))

    def merge(
        self, table: str, pieces: Pieces, places: Sequence[int], case_ids: dict[int, int] | None
    ) -> None:
        """Store the rows of a table some of which may be stored already, or stand twice in the batch."""
        model = TABLES[table]
        if table == "cases":
            places = self.with_news(pieces, places)
        stored = bulk.rows_by_key(
            model, list({pieces.keys[place] for place in places}), "content", "id"
        )
        fresh: dict[bytes, int] = {}
        changed: dict[int, int] = {}
        for place in places:
            key, content, row = pieces.keys[place], pieces.contents[place], pieces.rows[place]
            if key in stored:
                if stored[key][0] == content:
                    continue
                stored[key] = (content, stored[key][1])
                changed[stored[key][1]] = place
                outcome = UPDATED
            elif key in fresh:
                if pieces.contents[fresh[key]] == content:
                    continue
                fresh[key] = place
                outcome = UPDATED
            else:
                fresh[key] = place
                outcome = CREATED
            self.outcomes[row] = max(self.outcomes[row], outcome)
        self.insert(table, pieces, list(fresh.values()), case_ids)
        self.update(table, pieces, changed)

    def with_news(self, pieces: Pieces, places: Sequence[int]) -> Sequence[int]:
        """The places of cases whose row is not wholly known: an event read again says nothing new."""
        events = self.converted.pieces.get("interactions")
        if events is None:
            return places
        known = bulk.rows_by_key(Interaction, events.keys, "content")
        settled = {
            row
            for row, key, content in zip(events.rows, events.keys, events.contents, strict=True)
            if known.get(key) == (content,)
        }
        return [place for place in places if pieces.rows[place] not in settled]

    def insert(
        self, table: str, pieces: Pieces, places: Sequence[int], case_ids: dict[int, int] | None
    ) -> None:
        model, of_import = TABLES[table], self.intake.of_import
        whole = len(places) == len(pieces.rows)
        rows = pieces.rows if whole else [pieces.rows[place] for place in places]
        columns: dict[str, list[Any]] = {
            name: said if whole else [said[place] for place in places]
            for name, said in pieces.columns.items()
        }
        columns["customer_id"] = (
            self.customers if self.is_every_row(rows) else [self.customers[row] for row in rows]
        )
        columns["row_key"] = pieces.keys if whole else [pieces.keys[place] for place in places]
        columns["content"] = (
            pieces.contents if whole else [pieces.contents[place] for place in places]
        )
        if case_ids:
            columns["case_id"] = [case_ids.get(row) for row in rows]
        same: dict[str, int | str] = {"created_in_id": of_import.pk}
        if of_import.source_id is not None:
            same["source_id"] = of_import.source_id
        for needed in model._meta.concrete_fields:
            if needed.attname not in columns and not needed.null and not needed.primary_key:
                same[needed.attname] = ""
        self.evidence[table] += bulk.insert(model, columns, same)

    def update(self, table: str, pieces: Pieces, changed: dict[int, int]) -> None:
        if not changed:
            return
        model = cast("Any", TABLES[table])
        rows = model._default_manager.in_bulk(list(changed))
        before = {
            key: _as_stored(row)
            for key, row in rows.items()
            if row.created_in_id != self.intake.of_import.pk
        }
        for key, place in changed.items():
            for name, said in pieces.columns.items():
                setattr(rows[key], name, _as_held(model, name, said[place]))
            rows[key].content = pieces.contents[place]
            if (customer := self.customers[pieces.rows[place]]) is not None:
                rows[key].customer_id = customer
        with changing(table, list(changed)):
            model._default_manager.bulk_update(
                rows.values(), [*pieces.columns, "content", "customer"], batch_size=500
            )
        self.remember(table, before)

    # The account

    def remember(self, table: str, before: dict[int, dict[str, Any]]) -> None:
        """Keep how rows stood before this import, once."""
        kept = ReplacedRow.objects.filter(
            of_import=self.intake.of_import, table=table, row_id__in=list(before)
        )
        already = set(kept.values_list("row_id", flat=True))
        first = {key: values for key, values in before.items() if key not in already}
        bulk.insert(
            ReplacedRow,
            {
                "of_import_id": [self.intake.of_import.pk] * len(first),
                "table": [table] * len(first),
                "row_id": list(first),
                "before": list(first.values()),
            },
        )

    def store_refusals(self) -> None:
        refused = [
            *(
                (self.converted.numbers[row], self.converted.originals[row], reason)
                for row, reason in self.refusals.items()
            ),
            *((row.number, row.original, row.reason) for row in self.converted.unreadable),
        ]
        bulk.insert(
            RejectedRow,
            {
                "of_import_id": [self.intake.of_import.pk] * len(refused),
                "number": [number for number, _, _ in refused],
                "original": [original.replace("\x00", "�") for _, original, _ in refused],
                "code": [reason.code for _, _, reason in refused],
                "facts": [reason.facts for _, _, reason in refused],
            },
        )


def _differences(
    customer: Customer, facts: dict[str, Any], attributes: dict[str, str], *, overwrite: bool
) -> dict[str, Any]:
    changed = {
        name: value
        for name, value in facts.items()
        if getattr(customer, name) != value and (overwrite or not getattr(customer, name))
    }
    merged = (
        {**customer.attributes, **attributes}
        if overwrite
        else {**attributes, **customer.attributes}
    )
    if merged != customer.attributes:
        changed["attributes"] = merged
    return changed


def _as_held(model: Any, name: str, value: Any) -> Any:
    """A value of a piece as an object of the store holds it."""
    is_moment = isinstance(value, str) and isinstance(
        model._meta.get_field(name), models.DateTimeField
    )
    return moment_of(value) if is_moment else value


def _as_stored(row: Any) -> dict[str, Any]:
    """A row's values as JSON, to be put back by an undo."""
    values: dict[str, Any] = {}
    for column in row._meta.concrete_fields:
        value = getattr(row, column.attname)
        if isinstance(value, (bytes, memoryview)):
            values[column.attname] = bytes(value).hex()
        elif value is None or isinstance(value, (bool, int, float, str, dict, list)):
            values[column.attname] = value
        else:
            values[column.attname] = (
                value.isoformat() if hasattr(value, "isoformat") else str(value)
            )
    return values
