"""The indexes that pages rely on, put off while a first large import comes, and made at once after.

An index filled row by row, in no order, costs several times what it costs to build at once. What
is missing is told by the store itself, so nothing has to remember it: whoever needs the indexes
calls `restore_indexes` first, and an import killed meanwhile leaves pages slower, never wrong.
"""

from collections.abc import Iterable

from django.db import connection, models, transaction

from entregent.web.evidence.changes import TABLES

PUT_OFF = ("interactions", "transactions")
"""Nothing that happens during an import looks these up by anything but their keys."""
MANY = 50_000
"""Rows from which building at once is worth it."""
TOO_MANY = 3_000_000
"""Rows whose index takes long to build while others wait to write, and much memory to sort."""


def put_off_indexes(table: str, coming: int) -> None:
    """Drop the indexes of a table into which far more rows come than it holds; the caller commits."""
    if connection.vendor != "sqlite" or table not in PUT_OFF or not MANY <= coming <= TOO_MANY:
        return
    model = TABLES[table]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {model._meta.db_table}")
        if 4 * cursor.fetchone()[0] > coming:
            return
        for index in _standing(model):
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(index.name)}")


def restore_indexes() -> int:
    """Build what is missing, one transaction each; returns how many were."""
    if connection.vendor != "sqlite":
        return 0
    built = 0
    for table in PUT_OFF:
        model = TABLES[table]
        for index in model._meta.indexes:
            if _is_missing(model, index):
                built += _build(model, index)
    return built


def _build(model: type[models.Model], index: models.Index) -> bool:
    statement = str(index.create_sql(model, connection.schema_editor()))
    with transaction.atomic(), connection.cursor() as cursor:
        # Another process may have built it while this one waited for its turn to write.
        if not _is_missing(model, index):
            return False
        cursor.execute(statement)
    return True


def _standing(model: type[models.Model]) -> Iterable[models.Index]:
    return [index for index in model._meta.indexes if index.name in _names(model)]


def _is_missing(model: type[models.Model], index: models.Index) -> bool:
    """Whether a table stands without one of its indexes."""
    names = _names(model)
    return bool(names) and index.name not in names


def _names(model: type[models.Model]) -> set[str]:
    """What SQLite keeps under a table's name: the table itself, where it stands, and its indexes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE tbl_name = %s", [model._meta.db_table])
        return {name for (name,) in cursor.fetchall()}
