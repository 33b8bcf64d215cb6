"""From evidence to what is known of each customer: of all at once, or of one."""

import json
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from entregent.adapters.snapshot import connect
from entregent.engine.evidence import HELD, ibis_schema
from entregent.engine.recency import MOMENTS, last_lived_day
from entregent.engine.relationship.profiling import ProfileModel, customer_table
from entregent.engine.relationship.words import text_shares

CODED = ("coded_segments", "coded_texts")
SAMPLE = 20_000
Tables = Mapping[str, ir.Table]


def last_moment(tables: Tables, now: datetime) -> datetime | None:
    """The end of the last day of evidence that is not in the future; None without any."""
    last = last_lived_day(tables, now)
    return (
        None if last is None else end_of_day(datetime(last.year, last.month, last.day, tzinfo=UTC))
    )


def end_of_day(moment: datetime) -> datetime:
    day = moment.astimezone(UTC).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def within(tables: Tables, since: datetime, until: datetime) -> dict[str, ir.Table]:
    """The evidence of a stretch of time; what has no moment (agreements, people) stays as it is."""
    held = dict(tables)
    for name, column in (MOMENTS | dict.fromkeys(CODED, "at")).items():
        moments = tables[name][column]
        held[name] = tables[name].filter(
            (moments > ibis.literal(since)) & (moments <= ibis.literal(until))
        )
    return held


class Read:
    """What is known of every customer, on disk: read by batches, however many there are."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.customers = pq.read_metadata(path).num_rows

    def batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        yield from (
            batch for batch in pq.ParquetFile(self.path).iter_batches(rows) if batch.num_rows
        )

    def sample(self) -> pa.RecordBatch:
        """Customers from all over the base, all of them where they are few."""
        table = pq.read_table(self.path) if self.customers <= SAMPLE else self._every()
        return table.combine_chunks().to_batches()[0]

    def _every(self) -> pa.Table:
        step = self.customers // SAMPLE + 1
        return pa.Table.from_batches(
            [batch.take(pa.array(range(0, batch.num_rows, step))) for batch in self.batches(50_000)]
        )


def hearing_texts(tables: Tables, at: datetime, model: ProfileModel) -> ProfileModel:
    """The model, knowing what an average text of this firm says."""
    shares = text_shares(tables["coded_texts"], at, interactions=tables["interactions"])
    return replace(model, text_shares=shares)


@contextmanager
def read_everybody(tables: Tables, at: datetime, model: ProfileModel) -> Iterator[Read]:
    """Read every customer once; what was read is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="entregent-") as folder:
        path = Path(folder) / "customers.parquet"
        customer_table(tables, at, model).to_parquet(path)
        yield Read(path)


# One customer. Planning the question takes longer than answering it, so its plan is kept for the day.
_lock = threading.Lock()
_planned: list[tuple[str, datetime, str]] = []
"""Which model and moment the plan in hand is for; one at most."""


@lru_cache(maxsize=1)
def _backend() -> Backend:
    """An engine that holds the tables of the contract, always empty but while a question is asked."""
    backend = connect(threads=1, memory="1GB")
    for name in HELD:
        backend.con.register("rows_of_one", _schema(name).empty_table())
        backend.con.execute(f"CREATE TABLE one_{name} AS SELECT * FROM rows_of_one")
    # A plan made while they are empty must not rest on their being so.
    backend.con.execute("SET disabled_optimizers = 'statistics_propagation'")
    return backend


@lru_cache(maxsize=len(HELD))
def _schema(name: str) -> pa.Schema:
    return ibis.schema(ibis_schema(HELD[name])).to_pyarrow()


def _plan(at: datetime, model: ProfileModel) -> None:
    """Have the question about one customer planned, once a day for a model."""
    asked = (model.version, at, repr(model.text_shares))
    if asked in _planned:
        return
    tables = {
        name: ibis.table(ibis_schema(contract), name=f"one_{name}")
        for name, contract in HELD.items()
    }
    question = _backend().compile(customer_table(tables, at, model))
    _backend().con.execute(f"PREPARE one_customer AS {question}")
    _planned[:] = [asked]


def read_one(
    rows: Mapping[str, list[dict[str, Any]]], at: datetime, model: ProfileModel
) -> pa.RecordBatch:
    """What is known of one customer, from rows in the names of the evidence contract."""
    with _lock:
        _plan(at, model)
        duck = _backend().con
        duck.execute("BEGIN")
        try:
            for name, its in rows.items():
                if its:
                    told = pa.Table.from_pylist([_whole(row) for row in its], _schema(name))
                    duck.register("rows_of_one", told)
                    duck.execute(f"INSERT INTO one_{name} SELECT * FROM rows_of_one")
            found = duck.execute("EXECUTE one_customer").to_arrow_table()
            return found.combine_chunks().to_batches()[0]
        finally:
            # Nobody's rows stay.
            duck.execute("ROLLBACK")
            duck.unregister("rows_of_one")


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: json.dumps(value) if isinstance(value, dict) else value for name, value in row.items()
    }
