"""What is known of each customer, as a playbook asks for it: of everybody, or of one."""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from entregent.adapters.snapshot import connect
from entregent.engine.evidence import CONTRACTS, ibis_schema
from entregent.engine.relationship.actions import promise_days_left
from entregent.engine.relationship.features import BEHAVIOUR, behaviour_features
from entregent.web.decisions.measures import standing
from entregent.web.decisions.models import Change, Quote
from entregent.web.decisions.queries import Said
from entregent.web.relationships.measures.reading import Tables

SURE_OF_QUADRANT = 0.5
WORDS = frozenset(
    {"kind", "second_kind", "third_kind", "family", "stage", "quadrant", "model"}
)  # fmt: skip
STEP = 20_000
REMEMBERED = 8
_lock = threading.Lock()
_questions: dict[tuple[datetime, datetime], str] = {}
_remembered: dict[tuple[str, datetime, tuple[str, ...]], pa.Table] = {}


@lru_cache(maxsize=1)
def _backend() -> Backend:
    return connect(threads=2, memory="1GB")


def asked(expression: ir.Table) -> pa.Table:
    """The rows of an expression over tables in memory."""
    with _lock:
        return _backend().to_pyarrow(expression)


def profile_table(rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> pa.Table:
    """What is inferred, under the names of the contract; what a colleague said stands before it.

    columns: names of the rows' values, as the profile keeps them.
    """
    parts, part = [], []
    for row in rows:
        part.append(_as_asked(dict(zip(columns, row, strict=True))))
        if len(part) == STEP:
            parts.append(pa.Table.from_pylist(part, _SCHEMA))
            part = []
    return pa.concat_tables([*parts, pa.Table.from_pylist(part, _SCHEMA)])


_SCHEMA = pa.schema(
    {
        "customer_id": pa.int64(),
        "kind": pa.string(), "kind_probability": pa.float64(),
        "second_kind": pa.string(), "second_probability": pa.float64(),
        "third_kind": pa.string(), "third_probability": pa.float64(),
        "family": pa.string(), "family_probability": pa.float64(),
        "abstains": pa.bool_(), "pieces": pa.int64(),
        "stage": pa.string(), "stage_probability": pa.float64(),
        "trust": pa.float64(), "dedication": pa.float64(), "constraint": pa.float64(),
        "closeness_gap": pa.float64(), "closeness_gap_error": pa.float64(),
        "quadrant": pa.string(), "model": pa.string(), "at": pa.timestamp("us", tz="UTC"),
    }
)  # fmt: skip


def _as_asked(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: row[name] for name in _SCHEMA.names if name in row}
    kept["closeness_gap"], kept["closeness_gap_error"] = row["closeness"], row["closeness_error"]
    sure = row["quadrant_probability"] >= SURE_OF_QUADRANT
    kept["quadrant"] = row["quadrant"] if sure and row["quadrant"] else None
    if row["said_kind"]:
        kept |= {
            "kind": row["said_kind"], "kind_probability": 1.0, "family": row["said_family"],
            "family_probability": 1.0, "abstains": False,
        }  # fmt: skip
    return kept


def facts_of_everybody(
    profiles: pa.Table,
    tables: Tables,
    fields: Collection[str],
    *,
    at: datetime,
    now: datetime,
    snapshot: str,
) -> pa.Table:
    """The columns that some playbooks ask of, for every customer who has a profile.

    at: the date as of which behaviour was read. now: the day that promises are counted from.
    snapshot: names what the tables hold; what was read of it once is not read again.
    """
    found = profiles
    behaviour = tuple(name for name in BEHAVIOUR if name in fields)
    if behaviour:
        found = found.join(_behaviour(tables, behaviour, at, snapshot), keys="customer_id")
    if "promise_days_left" in fields:
        left = promise_days_left(tables["agreements"], now).to_pyarrow()
        found = found.join(left, keys="customer_id")
    return found


def _behaviour(tables: Tables, names: tuple[str, ...], at: datetime, snapshot: str) -> pa.Table:
    """How customers behave. Planning the question takes longer than answering it for a few thousand."""
    asked_for = (snapshot, at, names)
    with _lock:
        if asked_for not in _remembered:
            while len(_remembered) >= REMEMBERED:
                _remembered.pop(next(iter(_remembered)))
            read = behaviour_features(tables, at).select("customer_id", *names).to_pyarrow()
            _remembered[asked_for] = _as_numbers(read, names)
        return _remembered[asked_for]


def facts_of_one(
    profile: pa.Table, rows: Mapping[str, list[dict[str, Any]]], at: datetime, now: datetime
) -> pa.Table:
    """The same of one customer, from their own rows; every column of behaviour."""
    with _lock:
        question = _question(at, now.replace(hour=0, minute=0, second=0, microsecond=0))
        duck = _backend().con
        for name, contract in CONTRACTS.items():
            schema = ibis.schema(ibis_schema(contract)).to_pyarrow()
            duck.register(f"acted_{name}", pa.Table.from_pylist(rows[name], schema))
        read = duck.execute(question).to_arrow_table()
    return profile.join(_as_numbers(read, (*BEHAVIOUR, "promise_days_left")), keys="customer_id")


def _question(at: datetime, today: datetime) -> str:
    """What is asked of one customer's rows, as SQL; planned once a day, for it takes longer than answering."""
    asked_for = (at, today)
    if asked_for not in _questions:
        tables = {
            name: ibis.table(ibis_schema(contract), name=f"acted_{name}")
            for name, contract in CONTRACTS.items()
        }
        behaviour = behaviour_features(tables, at)
        left = promise_days_left(tables["agreements"], today).rename(promised_to="customer_id")
        joined = behaviour.left_join(left, behaviour.customer_id == left.promised_to)
        _questions.clear()
        _questions[asked_for] = str(_backend().compile(joined.drop("promised_to")))
    return _questions[asked_for]


def _as_numbers(read: pa.Table, names: Sequence[str]) -> pa.Table:
    """Counts come as whole numbers of any width, or as decimals: here they are all plain numbers."""
    columns = {name: read.column(name).cast(pa.float64()) for name in names}
    return pa.table({"customer_id": read.column("customer_id").cast(pa.int64()), **columns})


def with_change_stages(
    facts: pa.Table, changes: Sequence[tuple[Change, Sequence[Quote]]], now: datetime
) -> pa.Table:
    """The stage of each customer in declared changes, from the words that people put in the balance."""
    people = facts.column("customer_id").to_pylist()
    for change, quotes in changes:
        said: dict[int, list[Said]] = {}
        for quote in quotes:
            if quote.customer_id is not None:
                said.setdefault(quote.customer_id, []).append(Said(quote, None))
        stages = {person: standing(change, words, now).stage for person, words in said.items()}
        column = pa.array([stages.get(person) for person in people], pa.string())
        facts = facts.append_column(f"change_stage_{change.pk}", column)
    return facts


def whole(facts: pa.Table, fields: Collection[str]) -> pa.Table:
    """The facts with a column for every field asked of; one that nobody knows is empty."""
    for name in sorted(set(fields) - set(facts.column_names)):
        words = name in WORDS or name.startswith("change_stage_")
        kind = pa.string() if words else pa.float64()
        facts = facts.append_column(name, pa.nulls(facts.num_rows, kind))
    return facts
