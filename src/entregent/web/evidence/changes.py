"""Telling the caches that rows changed, in the transaction that changes them."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import models

from entregent.web.evidence import search
from entregent.web.evidence.bulk import insert
from entregent.web.evidence.models import (
    Agreement,
    Answer,
    Case,
    Consent,
    Customer,
    Identity,
    Interaction,
    StaleRow,
    Transaction,
)

TABLES: dict[str, type[models.Model]] = {
    "customers": Customer,
    "identities": Identity,
    "interactions": Interaction,
    "transactions": Transaction,
    "answers": Answer,
    "cases": Case,
    "agreements": Agreement,
    "consents": Consent,
}

SEARCHED = {"interactions", "answers", "customers"}


def mark_stale(table: str, row_ids: Collection[int]) -> None:
    """Rows of an evidence table were changed or removed; the snapshot must read them again."""
    if table not in TABLES:
        raise LookupError(table)
    insert(StaleRow, {"table": [table] * len(row_ids), "row_id": list(row_ids)})


@contextmanager
def changing(table: str, row_ids: Collection[int]) -> Iterator[None]:
    """Wrap the statements that change rows: the search index and the snapshot follow."""
    listed = list(row_ids)
    if table in SEARCHED:
        search.forget_rows(table, listed)  # type: ignore[arg-type]
    yield
    if table in SEARCHED:
        search.index_rows(table, listed)  # type: ignore[arg-type]
    mark_stale(table, listed)


@contextmanager
def removing(table: str, row_ids: Collection[int]) -> Iterator[None]:
    """Wrap the statement that removes rows: the search index and the snapshot forget them."""
    listed = list(row_ids)
    if table in SEARCHED:
        search.forget_rows(table, listed)  # type: ignore[arg-type]
    yield
    mark_stale(table, listed)
