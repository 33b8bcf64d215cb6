"""Storing the fictional firm; its truth goes to a file beside the data, never into the evidence."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, transaction

from entregent.adapters.demo_firm import DemoFirm, write_truth
from entregent.adapters.intake.conversion import digest
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.evidence import bulk
from entregent.web.evidence.changes import TABLES
from entregent.web.evidence.models import Customer, Source
from entregent.web.evidence.refresh import refresh_everything
from entregent.web.workspace.models import Sector, Workspace

ORDER = (
    "customers",
    "identities",
    "cases",
    "interactions",
    "transactions",
    "answers",
    "agreements",
    "consents",
)
OWN_KEYS = {
    "customers": "customer_id",
    "interactions": "interaction_id",
    "transactions": "transaction_id",
    "cases": "case_id",
    "agreements": "agreement_id",
}
RENAMED = {"from": "since"}


class StoreNotEmpty(Exception):
    """There is evidence already; the fictional firm would mix with it."""


def load_demo(firm: DemoFirm) -> dict[str, int]:
    """Store a firm in an empty workspace; returns the rows of each table."""
    with transaction.atomic():
        if Customer.objects.exists():
            raise StoreNotEmpty
        sources: dict[str, int] = {}
        counts = {table: _store(table, firm.tables[table], firm.name, sources) for table in ORDER}
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                for statement in connection.ops.sequence_reset_sql(
                    no_style(), list(TABLES.values())
                ):
                    cursor.execute(statement)
        Workspace(firm=firm.name, demo=True, sector=Sector.INSURANCE).save()
        record(Verb.IMPORTED, "demo", by=None, about=firm.name, **counts)
    write_truth(firm, Path(settings.HOME) / "demo_truth.json")
    refresh_everything()
    return counts


def _store(table: str, rows: pa.Table, firm: str, sources: dict[str, int]) -> int:
    model = TABLES[table]
    if table == "identities":
        rows = _naming_one(rows)
    said: dict[str, list[Any]] = {name: rows.column(name).to_pylist() for name in rows.column_names}
    columns: dict[str, list[Any]] = {}
    own = OWN_KEYS.get(table)
    for name, values in said.items():
        if name == own:
            columns["id"] = values
        elif name == "source":
            columns["source_id"] = [_source(value, sources) for value in values]
        else:
            columns[RENAMED.get(name, name)] = values
    if "attributes" in columns:
        columns["attributes"] = [
            json.loads(value) if value else {} for value in columns["attributes"]
        ]
    fields = {field.attname: field for field in model._meta.concrete_fields}
    if "row_key" in fields:
        keys = said[own] if own else range(rows.num_rows)
        columns["row_key"] = [digest(table, firm, str(key)) for key in keys]
        columns["content"] = [digest(*map(str, row)) for row in zip(*said.values(), strict=True)]
        columns.setdefault("source_id", [_source(firm, sources)] * rows.num_rows)
    for name, field in fields.items():
        if name in columns and not field.null:
            blank: Any = {} if name == "attributes" else ""
            columns[name] = [blank if value is None else value for value in columns[name]]
        elif name not in columns and not field.null and not field.primary_key:
            columns[name] = [""] * rows.num_rows
    return bulk.insert(model, {name: values for name, values in columns.items() if name in fields})


def _naming_one(rows: pa.Table) -> pa.Table:
    """What a household shares names the one who gave it first, as it does when files are imported."""
    seen: set[tuple[str, str]] = set()
    first = []
    for pair in zip(
        rows.column("scheme").to_pylist(), rows.column("value").to_pylist(), strict=True
    ):
        first.append(pair not in seen)
        seen.add(pair)
    return rows.filter(pa.array(first))


def _source(name: str | None, sources: dict[str, int]) -> int | None:
    if not name:
        return None
    if name not in sources:
        sources[name] = Source.objects.create(name=name).pk
    return sources[name]
