"""Telling the caches that rows changed, in the transaction that changes them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import models
from django.db.models.functions import Least

from entregent.web.evidence import holdings, search
from entregent.web.evidence.bulk import insert
from entregent.web.evidence.models import (
    Agreement,
    Answer,
    Case,
    CodedSegment,
    CodedText,
    Consent,
    Customer,
    Identity,
    Interaction,
    StaleRow,
    Transaction,
    Watermark,
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

DERIVED: dict[str, type[models.Model]] = {
    "coded_segments": CodedSegment,
    "coded_texts": CodedText,
}

CUSTOMERS_SIDE = ("in", "")
"""Directions of an interaction whose words are the customer's."""

CHOSEN = ("metaphor",)
"""Items answered by choosing: the words are the question's, not the customer's."""

SEARCHED = {"interactions", "answers", "customers"}

CODED = {"interactions": "interaction", "answers": "answer"}
"""The tables that hold customers' words, and the field by which a coded text names their rows."""

CODING_MARK = "coded:{table}:"
"""Beginning of the names of watermarks: below them, a coder has nothing left to read."""

AT_ONCE = 500


def mark_stale(table: str, row_ids: Collection[int]) -> None:
    """Rows of a table were changed or removed; the snapshot must read them again."""
    if table not in {*TABLES, *DERIVED, *holdings.holdings()}:
        raise LookupError(table)
    insert(StaleRow, {"table": [table] * len(row_ids), "row_id": list(row_ids)})


@contextmanager
def changing(table: str, row_ids: Collection[int]) -> Iterator[None]:
    """Wrap the statements that change rows: search index, codes and snapshot follow."""
    listed = list(row_ids)
    if table in SEARCHED:
        search.forget_rows(table, listed)  # type: ignore[arg-type]
    said = customers_words_of(table, listed)
    yield
    _let_codes_follow(table, listed, said)
    if table in SEARCHED:
        search.index_rows(table, listed)  # type: ignore[arg-type]
    _mark_resting_stale(table, listed)
    mark_stale(table, listed)


@contextmanager
def removing(table: str, row_ids: Collection[int]) -> Iterator[None]:
    """Wrap the statement that removes rows: search index, codes and snapshot forget them."""
    listed = list(row_ids)
    if table in SEARCHED:
        search.forget_rows(table, listed)  # type: ignore[arg-type]
    if table in CODED:
        forget_codes(table, listed)
    _mark_resting_stale(table, listed)
    yield
    mark_stale(table, listed)


def _mark_resting_stale(table: str, row_ids: Sequence[int]) -> None:
    for name, keys in holdings.resting_on(table, row_ids).items():
        mark_stale(name, keys)


def forget_codes(table: str, row_ids: Sequence[int]) -> None:
    """Remove what was coded of some rows' words, while the search index does not hold them."""
    for start in range(0, len(row_ids), AT_ONCE):
        texts = _coded(table, row_ids[start : start + AT_ONCE])
        _mark_codes_stale(texts)
        texts.delete()


def _let_codes_follow(table: str, row_ids: Sequence[int], said: Mapping[int, str]) -> None:
    """Words that are no longer the same are to be coded anew; the others may have changed hands."""
    if table not in CODED:
        return
    says = customers_words_of(table, row_ids)
    changed = [key for key in row_ids if said.get(key) != says.get(key)]
    forget_codes(table, changed)
    if changed:
        marks = Watermark.objects.filter(name__startswith=CODING_MARK.format(table=table))
        marks.update(last=Least("last", min(changed) - 1))
    for start in range(0, len(row_ids), AT_ONCE):
        _mark_codes_stale(_coded(table, row_ids[start : start + AT_ONCE]))


def customers_words(table: str) -> "models.QuerySet[Any]":
    """The rows of a table in which a customer says something in words of their own."""
    rows: models.QuerySet[Any] = TABLES[table]._default_manager.exclude(text="")
    if table == "interactions":
        return rows.filter(direction__in=CUSTOMERS_SIDE)
    return rows.exclude(item__in=CHOSEN)


def customers_words_of(table: str, row_ids: Sequence[int]) -> dict[int, str]:
    """What customers say in some rows of a table, by row; nothing where the firm speaks."""
    said: dict[int, str] = {}
    if table in CODED:
        for start in range(0, len(row_ids), AT_ONCE):
            rows = customers_words(table).filter(pk__in=row_ids[start : start + AT_ONCE])
            said.update(rows.values_list("pk", "text"))
    return said


def _coded(table: str, row_ids: Sequence[int]) -> "models.QuerySet[CodedText]":
    return CodedText.objects.filter(**{f"{CODED[table]}__in": row_ids})


def _mark_codes_stale(texts: "models.QuerySet[CodedText]") -> None:
    segments = CodedSegment.objects.filter(of_text__in=texts).order_by()
    mark_stale("coded_segments", segments.values_list("pk", flat=True))
    mark_stale("coded_texts", texts.values_list("pk", flat=True))
