"""The snapshot of this store: what is read from it, when it is refreshed, how measures get at it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import ibis.expr.types as ir
from django.conf import settings
from django.db import connection, transaction
from ibis.backends.duckdb import Backend

from entregent.adapters.snapshot import (
    DailySums,
    Manifest,
    TableQuery,
    connect,
    evidence_tables,
    refresh,
)
from entregent.engine.evidence import CONTRACTS, HELD
from entregent.web.evidence import likeness
from entregent.web.evidence.changes import DERIVED, TABLES
from entregent.web.evidence.holdings import holdings
from entregent.web.evidence.models import StaleRow

_RENAMED = {"from": "from", "source": "s.name"}
_WITH_SOURCE = {"interactions", "consents"}
_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class _Opened:
    """One version of the snapshot, as this process reads it."""

    version: int
    folder: Path
    backend: Backend
    tables: dict[str, ir.Table]
    sums: DailySums


_open: _Opened | None = None


def table_queries() -> list[TableQuery]:
    """One SELECT per table that the snapshot holds, in the contract's names."""
    queries = []
    for table, contract in CONTRACTS.items():
        model = TABLES[table]
        columns = []
        for column in contract.columns:
            name = column.name
            if name == f"{table[:-1]}_id" and table != "consents":
                taken = "t.id"
            elif name == "source":
                taken = "s.name"
            else:
                taken = f't."{name}"'
            if connection.vendor == "postgresql" and column.type.startswith("decimal"):
                taken = f"CAST({taken} AS text)"
            if connection.vendor == "postgresql" and name == "attributes":
                taken = f"CAST({taken} AS text)"
            columns.append(f'{taken} AS "{name}"')
        source = (
            " LEFT JOIN evidence_source s ON s.id = t.source_id" if table in _WITH_SOURCE else ""
        )
        sql = f"SELECT t.id AS row_id, {', '.join(columns)} FROM {model._meta.db_table} t{source}"
        queries.append(
            TableQuery(
                table, "t.id", sql, "t.merged_into_id IS NULL" if table == "customers" else "TRUE"
            )
        )
    of_other_rooms = [holding.query() for holding in holdings().values()]
    return queries + [coded_query(table) for table in DERIVED] + of_other_rooms


_OF_WORDS = {
    "interaction_id": "x.interaction_id",
    "response_id": "a.response_id",
    "item": "a.item",
    "customer_id": "coalesce(i.customer_id, a.customer_id)",
    "at": "coalesce(i.at, a.at)",
    "coder": "x.coder",
}
"""What a coded row takes from the words it is of."""


def coded_query(table: str) -> TableQuery:
    """A SELECT of coded rows, with whose words they are of and when these were said."""
    model = DERIVED[table]
    stored = {field.attname for field in model._meta.concrete_fields}
    columns = []
    for column in HELD[table].columns:
        own = f't."{column.name}"' if column.name in stored else "NULL"
        columns.append(f'{_OF_WORDS.get(column.name, own)} AS "{column.name}"')
    of_text = "t.id" if table == "coded_texts" else "t.of_text_id"
    sql = (
        f"SELECT t.id AS row_id, {', '.join(columns)} FROM {model._meta.db_table} t "
        f"JOIN evidence_codedtext x ON x.id = {of_text} "
        "LEFT JOIN evidence_interaction i ON i.id = x.interaction_id "
        "LEFT JOIN evidence_answer a ON a.id = x.answer_id"
    )
    return TableQuery(table, "t.id", sql)


def store_uri() -> str:
    configured = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{configured['NAME']}"
    user = configured["USER"] or ""
    password = f":{configured['PASSWORD']}" if configured["PASSWORD"] else ""
    host, port = configured["HOST"] or "", configured["PORT"] or 5432
    if host.startswith("/"):
        return f"postgresql://{user}{password}@/{configured['NAME']}?host={host}&port={port}"
    return f"postgresql://{user}{password}@{host or 'localhost'}:{port}/{configured['NAME']}"


def refresh_snapshot(folder: Path | None = None) -> Manifest:
    """Bring the snapshot up to the store's last commit. What is stale stays marked until it is done."""
    noted = list(StaleRow.objects.values_list("pk", "table", "row_id"))
    stale: dict[str, set[int]] = {}
    for _, table, row_id in noted:
        stale.setdefault(table, set()).add(row_id)
    with _lock:
        manifest = refresh(store_uri(), folder or settings.SNAPSHOT_FOLDER, table_queries(), stale)
    if noted:
        likeness.forget(stale.get("coded_texts", set()))
        last = max(pk for pk, _, _ in noted)
        with transaction.atomic():
            StaleRow.objects.filter(pk__lte=last).delete()
    return manifest


def rebuild_snapshot() -> Manifest:
    """Drop the snapshot and write it anew."""
    folder = Path(settings.SNAPSHOT_FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    # The version goes on: what was remembered under an old one must not come back.
    Manifest(Manifest.of(folder).version, {}).write(folder)
    for part in folder.rglob("*.parquet"):
        part.unlink()
    return refresh_snapshot()


@contextmanager
def evidence() -> Iterator[dict[str, ir.Table]]:
    """The evidence tables as the last refresh left them, for one measure at a time in this process."""
    with _lock:
        yield _opened().tables


@contextmanager
def daily_sums() -> Iterator[DailySums]:
    """What each day of the same evidence adds up to, for one measure at a time in this process."""
    with _lock:
        yield _opened().sums


def _opened() -> _Opened:
    global _open  # noqa: PLW0603  one DuckDB per process, reopened when the snapshot moves on
    folder = Path(settings.SNAPSHOT_FOLDER)
    manifest = Manifest.of(folder)
    if _open is None or (_open.version, _open.folder) != (manifest.version, folder):
        backend = _open.backend if _open else connect()
        tables = evidence_tables(backend, folder, manifest)
        sums = DailySums(backend.con, folder, manifest)
        _open = _Opened(manifest.version, folder, backend, tables, sums)
    return _open


def snapshot_version() -> int:
    return Manifest.of(Path(settings.SNAPSHOT_FOLDER)).version
