"""The one door for writing many rows: executemany on SQLite, COPY on PostgreSQL.

Both run on the connection and in the transaction of the caller, so that rows and their account
are stored together or not at all.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from django.db import connection, models
from django.db.models import Field

Adapt = Callable[[Any], Any]
CHUNK = 10_000
ROWS_AT_ONCE = 50
"""Rows of one statement: beginning and ending one costs SQLite a quarter of what a row costs."""
_json = json.JSONEncoder(ensure_ascii=False).encode


# Pages in memory of our own and not the file's, which would grow with it; fewer, larger moves from
# the log to the file. Pages: as many as the indexes of some millions of rows touch in a batch.
# Rows are given the keys of rows looked up or stored in the same transaction: looking them up
# again, one by one, proves nothing.
_WRITING = {
    "mmap_size": 0,
    "cache_size": -96_000,
    "wal_autocheckpoint": 20_000,
    "foreign_keys": 0,
}


@contextmanager
def writing_much() -> Iterator[None]:
    """Settings of this connection for writing without end."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        before = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in _WRITING}
        for name, value in _WRITING.items():
            cursor.execute(f"PRAGMA {name} = {value}")
        try:
            yield
        finally:
            for name, value in before.items():
                cursor.execute(f"PRAGMA {name} = {value}")


def insert(
    model: type[models.Model],
    columns: Mapping[str, Sequence[Any]],
    same: Mapping[str, int | str] | None = None,
) -> int:
    """Store one row per place of the columns, keyed by field attribute name; returns how many.

    same: what is the same in every row. Moments may be given as stamps.
    """
    count = len(next(iter(columns.values()), ()))
    if not count:
        return 0
    same = same or {}
    fields = {name: _field(model, name) for name in (*columns, *same)}
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields.values())
    if connection.vendor == "sqlite":
        adapted = [_adapted(fields[name], said) for name, said in columns.items()]
        # Written out, for each parameter bound costs every row something.
        marks = f"({', '.join([*('?' * len(columns)), *map(_literal, same.values())])})"
        insert_into = f"INSERT INTO {table} ({names}) VALUES "
        rows = zip(*adapted, strict=True)
        whole = count // ROWS_AT_ONCE
        connection.ensure_connection()
        # The driver itself: Django's wrapper rewrites every parameter of every row.
        with connection.wrap_database_errors:
            if whole:
                connection.connection.executemany(
                    insert_into + ", ".join([marks] * ROWS_AT_ONCE),
                    (tuple(chain.from_iterable(islice(rows, ROWS_AT_ONCE))) for _ in range(whole)),
                )
            connection.connection.executemany(insert_into + marks, rows)
    else:
        adapted = [
            [None if value is None else json.dumps(value) for value in said]
            if isinstance(fields[name], models.JSONField)
            else said
            for name, said in columns.items()
        ]
        constant = tuple(same.values())
        with (
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
        ):
            for row in zip(*adapted, strict=True):
                copy.write_row((*row, *constant))
    return count


def _literal(value: int | str) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def last_id(model: type[models.Model]) -> int:
    """The highest key in use."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {model._meta.db_table}")
        return int(cursor.fetchone()[0])


def next_ids(model: type[models.Model], count: int) -> list[int]:
    """Keys for rows about to be stored; the caller holds the write transaction."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            last = (cursor.fetchone() or (0,))[0]
            return list(range(last + 1, last + 1 + count))
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table, count],
        )
        return [key for (key,) in cursor.fetchall()]


def rows_by_key(
    model: type[models.Model], keys: Sequence[bytes], *fields: str
) -> dict[bytes, tuple[Any, ...]]:
    """The stored rows that bear some row_keys: row_key → the fields asked, as they are stored."""
    names = ", ".join(str(_field(model, name).column) for name in fields)
    table = model._meta.db_table
    found: dict[bytes, tuple[Any, ...]] = {}
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # As literals: SQLite binds no list, and a key is hexadecimal whatever the file says.
            listed = ", ".join([f"x'{key.hex()}'" for key in keys])
            cursor.execute(f"SELECT row_key, {names} FROM {table} WHERE row_key IN ({listed})")
        else:
            cursor.execute(
                f"SELECT row_key, {names} FROM {table} WHERE row_key = ANY(%s)", [list(keys)]
            )
        while rows := cursor.fetchmany(CHUNK):
            for key, *values in rows:
                found[bytes(key)] = tuple(
                    bytes(value) if isinstance(value, memoryview) else value for value in values
                )
    return found


def others_changes() -> int | None:
    """A number that stays while no other connection writes; None where the store has none."""
    if connection.vendor != "sqlite":
        return None
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA data_version")
        return int(cursor.fetchone()[0])


def owners_of(scheme: str, values: Collection[str]) -> dict[str, int]:
    """Whose identities of a scheme these are: value → customer, for those known."""
    known = "SELECT value, customer_id FROM evidence_identity WHERE scheme = %s AND value"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f"{known} IN (SELECT value FROM json_each(%s))",
                [scheme, json.dumps(sorted(values), ensure_ascii=False)],
            )
        else:
            cursor.execute(f"{known} = ANY(%s)", [scheme, list(values)])
        return dict(cursor.fetchall())


def _field(model: type[models.Model], name: str) -> "Field[Any, Any]":
    for field in model._meta.concrete_fields:
        if field.attname == name:
            return field
    raise LookupError(f"{model.__name__} has no column {name}")


def _adapted(field: "Field[Any, Any]", values: Sequence[Any]) -> Sequence[Any]:
    """Values as SQLite stores them."""
    adapt = _sqlite_form(field)
    if adapt is None or (
        isinstance(field, models.DateTimeField)
        and isinstance(next((value for value in values if value is not None), ""), str)
    ):
        return values
    return [None if value is None else adapt(value) for value in values]


def _sqlite_form(field: "Field[Any, Any]") -> Adapt | None:
    if isinstance(field, models.DateTimeField):
        # As Django writes them: UTC without its offset.
        return lambda moment: datetime.__str__(moment.replace(tzinfo=None))
    if isinstance(field, models.DateField):
        return date.isoformat
    if isinstance(field, models.DecimalField):
        places = Decimal(1).scaleb(-field.decimal_places)
        return lambda amount: f"{amount.quantize(places):f}"
    if isinstance(field, models.JSONField):
        return _json
    return None
