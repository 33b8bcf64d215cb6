"""The snapshot as Ibis tables on DuckDB."""

from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from entregent.adapters.snapshot.parts import Manifest
from entregent.engine.evidence import HELD, ibis_schema


def connect(*, threads: int = 2, memory: str = "4GB") -> Backend:
    """A DuckDB of this process's own, in memory, that speaks UTC."""
    backend = ibis.duckdb.connect(threads=threads, memory_limit=memory)
    backend.raw_sql("SET TimeZone = 'UTC'")
    return backend


def evidence_tables(
    backend: Backend, folder: Path, manifest: Manifest | None = None
) -> dict[str, ir.Table]:
    """Every table that a snapshot holds, by name; those without rows are empty tables."""
    manifest = manifest or Manifest.of(folder)
    tables = {}
    for name, contract in HELD.items():
        files = [str(folder / part.file) for part in manifest.tables.get(name, []) if part.rows]
        tables[name] = (
            backend.read_parquet(files, table_name=f"{name}_{manifest.version}")
            if files
            else ibis.memtable([], schema=ibis.schema(ibis_schema(contract)))
        )
    return tables
