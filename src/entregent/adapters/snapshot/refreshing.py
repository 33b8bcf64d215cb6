"""Bringing the snapshot up to date: new rows become new parts, changed rows rewrite theirs."""

import contextlib
import itertools
import sqlite3
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import duckdb
import pyarrow as pa
from adbc_driver_postgresql import dbapi as postgresql

from entregent.adapters.snapshot.daily_sums import forget_sums, write_sums
from entregent.adapters.snapshot.parts import Manifest, Part
from entregent.engine.evidence import HELD, IDENTIFIER, Contract, ibis_schema

ROWS_PER_PART = 500_000
SMALL = 50_000
MANY_SMALL = 12


@dataclass(frozen=True, slots=True)
class TableQuery:
    """How a table is read from the store.

    key: the column that orders and finds rows, unqualified.
    sql: a SELECT of the contract's columns and `row_id`, ending before its WHERE.
    where: a condition that always holds, or "TRUE".
    """

    table: str
    key: str
    sql: str
    where: str = "TRUE"


def refresh(
    store: str, folder: Path, queries: Collection[TableQuery], stale: dict[str, set[int]]
) -> Manifest:
    """Read what is new or stale from the store and publish a new manifest.

    store: sqlite:///path or postgresql://…  stale: table → keys of rows changed or removed.
    Files no longer named are removed after the move; a reader that holds them open keeps them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest = Manifest.of(folder)
    # By the clock, so that a snapshot dropped and written anew takes no version it had before.
    fresh = Manifest(max(manifest.version + 1, int(time.time())), {})
    with contextlib.closing(_store(store)) as opened, duckdb.connect() as duck:
        duck.execute("SET TimeZone = 'UTC'; SET threads = 2")
        for query in queries:
            writer = _Writer(opened, duck, folder, query, fresh.version)
            # From a lost file on, everything is read again: rows are only ever added at the end.
            parts = list(
                itertools.takewhile(
                    lambda part: (folder / part.file).exists(),
                    manifest.tables.get(query.table, []),
                )
            )
            kept = writer.rewritten(parts, stale.get(query.table, set()))
            added = writer.added(max((part.last for part in parts), default=0))
            fresh.tables[query.table] = writer.compacted([*kept, *added])
        if fresh.tables == manifest.tables:
            return manifest
        write_sums(duck, folder, fresh, anew=fresh.files() - manifest.files())
    fresh.write(folder)
    gone = manifest.files() - fresh.files()
    for file in gone:
        (folder / file).unlink(missing_ok=True)
    forget_sums(folder, gone)
    return fresh


class _Store(Protocol):
    """A connection that hands rows over as Arrow."""

    def rows(self, sql: str, contract: Contract) -> pa.Table: ...
    def close(self) -> None: ...


class _Sqlite:
    """The standard library's own SQLite, read only.

    Never another build of SQLite in this process: two of them on one file undo each other's locks,
    and what the store's own connection then writes is lost.
    """

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=20)

    def rows(self, sql: str, contract: Contract) -> pa.Table:
        schema = pa.schema(
            [
                ("row_id", pa.int64()),
                *((column.name, _sqlite_type(column.type)) for column in contract.columns),
            ]
        )
        cursor = self.connection.execute(sql)
        batches = []
        while rows := cursor.fetchmany(20_000):
            said = [
                [None if value is None else str(value) for value in column]
                if kind.type == pa.string()
                else column
                for column, kind in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            arrays = [
                pa.array(column, type=kind.type) for column, kind in zip(said, schema, strict=True)
            ]
            batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
        return pa.Table.from_batches(batches, schema=schema)

    def close(self) -> None:
        self.connection.close()


def _sqlite_type(kind: str) -> pa.DataType:
    """How SQLite hands a contract type over: times, days and money as text, to be cast."""
    return {
        IDENTIFIER: pa.int64(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "boolean": pa.int64(),
    }.get(kind, pa.string())


class _Postgres:
    """PostgreSQL through ADBC, which copies whole columns."""

    def __init__(self, uri: str) -> None:
        self.connection = postgresql.connect(uri)

    def rows(self, sql: str, contract: Contract) -> pa.Table:  # noqa: ARG002  it types its own columns
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            rows: pa.Table = cursor.fetch_arrow_table()
        return rows

    def close(self) -> None:
        self.connection.close()


def _store(uri: str) -> _Store:
    return (
        _Sqlite(uri.removeprefix("sqlite:///")) if uri.startswith("sqlite:///") else _Postgres(uri)
    )


class _Writer:
    """Writes the parts of one table."""

    def __init__(
        self,
        store: _Store,
        duck: duckdb.DuckDBPyConnection,
        folder: Path,
        query: TableQuery,
        version: int,
    ) -> None:
        self.store, self.duck, self.folder, self.query, self.version = (
            store,
            duck,
            folder,
            query,
            version,
        )
        self.written = 0
        schema = ibis_schema(HELD[query.table])
        casts = (
            f'CAST({_readable(name, str(kind))} AS {_duck(str(kind))}) AS "{name}"'
            for name, kind in schema.items()
        )
        self.cast = ", ".join(casts)

    def added(self, last: int) -> list[Part]:
        """Rows beyond the last key, in parts."""
        parts: list[Part] = []
        while True:
            rows = self.read(
                f"{self.query.key} > {last}", f"ORDER BY {self.query.key} LIMIT {ROWS_PER_PART}"
            )
            if not rows.num_rows:
                return parts
            part = self.part(rows, last + 1, rows.column("row_id")[-1].as_py())
            parts.append(part)
            last = part.last
            if rows.num_rows < ROWS_PER_PART:
                return parts

    def rewritten(self, parts: list[Part], stale: set[int]) -> list[Part]:
        """The parts, those that hold stale rows read again from the store."""
        if not stale:
            return parts
        return [
            self.part(
                self.read(
                    f"{self.query.key} BETWEEN {part.first} AND {part.last}",
                    f"ORDER BY {self.query.key}",
                ),
                part.first,
                part.last,
            )
            if any(part.first <= key <= part.last for key in stale)
            else part
            for part in parts
        ]

    def compacted(self, parts: list[Part]) -> list[Part]:
        """Small neighbours joined once there are many: every file costs each reader something."""
        small = [part for part in parts if part.rows < SMALL]
        if len(small) < MANY_SMALL:
            return parts
        start = parts.index(small[0])
        tail = parts[start:]
        if sum(part.rows for part in tail) > ROWS_PER_PART:
            return parts
        name = self.name()
        files = [str(self.folder / part.file) for part in tail]
        self.duck.execute(
            f"COPY (FROM read_parquet({files})) TO '{self.folder / name}' (FORMAT parquet, COMPRESSION zstd)"
        )
        return [
            *parts[:start],
            Part(name, tail[0].first, tail[-1].last, sum(part.rows for part in tail)),
        ]

    def read(self, condition: str, rest: str) -> pa.Table:
        return self.store.rows(
            f"{self.query.sql} WHERE {self.query.where} AND {condition} {rest}",
            HELD[self.query.table],
        )

    def part(self, rows: pa.Table, first: int, last: int) -> Part:
        name = self.name()
        relation = self.duck.from_arrow(rows)
        relation.query("rows_read", f"SELECT {self.cast} FROM rows_read").write_parquet(
            str(self.folder / name), compression="zstd"
        )
        return Part(name, first, last, rows.num_rows)

    def name(self) -> str:
        self.written += 1
        return f"{self.query.table}-{self.version}-{self.written}.parquet"


def _duck(kind: str) -> str:
    if kind.startswith("timestamp"):
        return "TIMESTAMPTZ"
    return {"string": "VARCHAR", "int64": "BIGINT", "float64": "DOUBLE"}.get(kind, kind.upper())


def _readable(name: str, kind: str) -> str:
    """What SQLite hands over as text or number, in a form that the cast understands."""
    if kind == "boolean":
        return f'CAST("{name}" AS VARCHAR)'
    return f'"{name}"'
