"""People's codings as a table of the evidence contract, read by analysts like the rest."""

from collections.abc import Collection, Sequence
from typing import Any

from entregent.adapters.snapshot import TableQuery
from entregent.engine.evidence import HELD
from entregent.web.coding.models import Adjudication, Coding, Queue, Words
from entregent.web.coding.news import ADDRESSES, AT_ONCE
from entregent.web.evidence.changes import mark_stale

TABLE = "human_codings"

_TAKEN = {
    "interaction_id": "i.id",
    "response_id": "a.response_id",
    "item": "a.item",
    "customer_id": "coalesce(i.customer_id, a.customer_id)",
    "at": "coalesce(i.at, a.at)",
    "wording": "w.digest",
    "coded_at": "t.at",
    "coder": "CAST(t.by_id AS text)",
    "queue": "t.queue_id",
    "blind": "q.blind",
    "settled": (
        "(SELECT s.value FROM {table} s WHERE s.words_id = t.words_id AND s.start = t.start "
        'AND s."end" = t."end" AND s.code = t.code ORDER BY s.id DESC LIMIT 1)'
    ),
}
"""Where a column comes from, if not from the coding's own of the same name."""


def human_codings() -> TableQuery:
    """A SELECT of every coding whose words are still there."""
    taken = _TAKEN | {"settled": _TAKEN["settled"].format(table=Adjudication._meta.db_table)}
    columns = ", ".join(
        taken.get(column.name, f't."{column.name}"') + f' AS "{column.name}"'
        for column in HELD[TABLE].columns
    )
    sql = (
        f"SELECT t.id AS row_id, {columns} FROM {Coding._meta.db_table} t "
        f"JOIN {Words._meta.db_table} w ON w.id = t.words_id "
        f"LEFT JOIN {Queue._meta.db_table} q ON q.id = t.queue_id "
        f"LEFT JOIN evidence_interaction i ON w.kind = '{ADDRESSES['interactions']}' AND i.id = w.row "
        f"LEFT JOIN evidence_answer a ON w.kind = '{ADDRESSES['answers']}' AND a.id = w.row"
    )
    return TableQuery(TABLE, "t.id", sql, "coalesce(i.id, a.id) IS NOT NULL")


def codings_of(table: str, row_ids: Sequence[int]) -> Collection[int]:
    """Codings of the words in some rows of the evidence."""
    found: list[int] = []
    if table in ADDRESSES:
        for start in range(0, len(row_ids), AT_ONCE):
            of_rows = Coding.objects.filter(
                words__kind=ADDRESSES[table], words__row__in=row_ids[start : start + AT_ONCE]
            )
            found += of_rows.order_by().values_list("pk", flat=True)
    return found


def coding_goes(instance: Coding, **_news: Any) -> None:
    """However it goes: with its words, with their customer, with an import taken back."""
    mark_stale(TABLE, [instance.pk])


def place_is_settled(instance: Adjudication, **_news: Any) -> None:
    """What was said of the place says now what stands there, too."""
    at_place = Coding.objects.filter(
        words=instance.words_id, start=instance.start, end=instance.end, code=instance.code
    )
    mark_stale(TABLE, list(at_place.order_by().values_list("pk", flat=True)))
