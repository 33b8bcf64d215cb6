"""The one door for writing many rows: executemany on SQLite, COPY on PostgreSQL.

Both run on the connection and in the transaction of the caller, so that rows and their account
are stored together or not at all.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django.db import connection, models
from django.db.models import Field

Adapt = Callable[[Any], Any]
CHUNK = 10_000


def insert(model: type[models.Model], columns: dict[str, Sequence[Any]]) -> int:
    """Store one row per place of the columns, keyed by field attribute name; returns how many."""
    fields = {name: _field(model, name) for name in columns}
    count = len(next(iter(columns.values()), ()))
    if not count:
        return 0
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields.values())
    if connection.vendor == "sqlite":
        adapted = [_adapted(field, columns[name]) for name, field in fields.items()]
        marks = ", ".join("?" * len(fields))
        connection.ensure_connection()
        # The driver itself: Django's wrapper rewrites every parameter of every row.
        with connection.wrap_database_errors:
            connection.connection.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({marks})", zip(*adapted, strict=True)
            )
    else:
        adapted = [
            [None if value is None else json.dumps(value) for value in columns[name]]
            if isinstance(field, models.JSONField)
            else columns[name]
            for name, field in fields.items()
        ]
        with (
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
        ):
            for row in zip(*adapted, strict=True):
                copy.write_row(row)
    return count


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
    """The stored rows that bear some row_keys: row_key → the fields asked."""
    found: dict[bytes, tuple[Any, ...]] = {}
    for start in range(0, len(keys), CHUNK):
        rows = cast("Any", model)._default_manager.filter(row_key__in=keys[start : start + CHUNK])
        for key, *values in rows.values_list("row_key", *fields).iterator(CHUNK):
            found[bytes(key)] = tuple(
                bytes(value) if isinstance(value, memoryview) else value for value in values
            )
    return found


def _field(model: type[models.Model], name: str) -> "Field[Any, Any]":
    for field in model._meta.concrete_fields:
        if field.attname == name:
            return field
    raise LookupError(f"{model.__name__} has no column {name}")


def _adapted(field: "Field[Any, Any]", values: Sequence[Any]) -> Sequence[Any]:
    """Values as SQLite stores them."""
    adapt = _sqlite_form(field)
    return (
        values if adapt is None else [None if value is None else adapt(value) for value in values]
    )


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
        return lambda value: json.dumps(value, ensure_ascii=False)
    return None
