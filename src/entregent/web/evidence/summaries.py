"""One row per customer for lists, kept in step with the evidence."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from entregent.web.evidence.models import CustomerSummary
from entregent.web.evidence.models.derived import Watermark

RECORDS = ("interaction", "transaction", "answer", "case", "agreement", "consent")
CHUNK = 5_000

_SELECT = """
SELECT c.id, c.kind, c.name, c.language, c.since,
  (SELECT MIN(i.at) FROM evidence_interaction i WHERE i.customer_id = c.id),
  (SELECT MAX(i.at) FROM evidence_interaction i WHERE i.customer_id = c.id),
  COALESCE((SELECT i.channel FROM evidence_interaction i WHERE i.customer_id = c.id ORDER BY i.at DESC LIMIT 1), ''),
  (SELECT COUNT(*) FROM evidence_interaction i WHERE i.customer_id = c.id),
  (SELECT COUNT(*) FROM evidence_interaction i WHERE i.customer_id = c.id AND i.direction = 'in'),
  COALESCE((SELECT SUM(t.amount) FROM evidence_transaction t
     WHERE t.customer_id = c.id AND t.kind NOT IN ('claim', 'gift')), 0),
  (SELECT COUNT(*) FROM evidence_case k WHERE k.customer_id = c.id),
  (SELECT COUNT(*) FROM evidence_case k WHERE k.customer_id = c.id AND k.resolved_at IS NULL AND k.closed_at IS NULL),
  (SELECT a.value FROM evidence_answer a WHERE a.customer_id = c.id AND a.instrument = 'nps' AND a.value IS NOT NULL
     ORDER BY a.at DESC LIMIT 1)
FROM evidence_customer c
WHERE c.merged_into_id IS NULL AND c.id IN ({marks})
"""
COLUMNS = (
    "customer_id", "kind", "name", "language", "since", "first_at", "last_at", "last_channel", "interactions",
    "contacts", "revenue", "cases", "open_cases", "nps", "sort_name",
)  # fmt: skip


def fold(name: str) -> str:
    """A name without accents or case, as lists sort and search it.

    >>> fold("Élodie d’Aÿ")
    "elodie d'ay"
    """
    bare = unicodedata.normalize("NFKD", name.replace("’", "'"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).casefold()[:200]


def refresh_summaries(customer_ids: Iterable[int]) -> int:
    """Compute the summaries of some customers anew; returns how many stand."""
    asked = sorted(set(customer_ids))
    written = 0
    for start in range(0, len(asked), CHUNK):
        written += _refresh(asked[start : start + CHUNK])
    return written


@transaction.atomic
def _refresh(customer_ids: Sequence[int]) -> int:
    marks = ", ".join(["%s"] * len(customer_ids))
    names = ", ".join(COLUMNS)
    values = ", ".join(["%s"] * len(COLUMNS))
    kept = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
    upsert = (
        f"INSERT INTO evidence_customersummary ({names}, value_class) VALUES ({values}, '') "
        f"ON CONFLICT (customer_id) DO UPDATE SET {kept}"
    )
    with connection.cursor() as cursor:
        cursor.execute(_SELECT.format(marks=marks), list(customer_ids))
        rows = [(*row, fold(row[2])) for row in cursor.fetchall()]
        standing = {row[0] for row in rows}
        gone = [key for key in customer_ids if key not in standing]
        CustomerSummary.objects.filter(pk__in=gone).delete()
        if rows:
            cursor.executemany(upsert, [tuple(map(_plain, row)) for row in rows])
    return len(rows)


def _plain(value: Any) -> Any:
    return value


_PLACE = "summaries:place"
"""The last customer refreshed by a pass that is not over; 0 between passes."""
_AIM = "summaries:aim:{record}"
"""The last row of a table that the pass looks at."""
_DONE = "summaries:{record}"
"""The last row of a table that a whole pass has looked at."""


def catch_up() -> int:
    """Refresh the customers whom new or changed rows are about, then everybody's value class.

    Customers are taken in the order of their keys, and the place is kept: stopped anywhere, the
    next call goes on from there, and then looks for what came since. Returns how many were
    refreshed.
    """
    taken_up = Watermark.of(_PLACE) > 0
    written = _one_pass(changed=_of_changed_rows())
    return written + (_one_pass(changed=set()) if taken_up else 0)


def _one_pass(*, changed: set[int]) -> int:
    place = Watermark.of(_PLACE)
    if not place:
        for record in (*RECORDS, "customer"):
            Watermark.set(_AIM.format(record=record), _newest(record))
    touched = sorted(_of_new_rows(beyond=place) | changed)
    written = 0
    for start in range(0, len(touched), CHUNK):
        some = touched[start : start + CHUNK]
        with transaction.atomic():
            written += _refresh(some)
            place = max(place, some[-1])
            Watermark.set(_PLACE, place)
    if place:
        classify_values()
    with transaction.atomic():
        for record in (*RECORDS, "customer"):
            Watermark.set(_DONE.format(record=record), Watermark.of(_AIM.format(record=record)))
        Watermark.set(_PLACE, 0)
    return written


def _newest(record: str) -> int:
    """The last row of a table, or the last looked at where it was removed since."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT MAX(id) FROM evidence_{record}")
        return max(cursor.fetchone()[0] or 0, Watermark.of(_DONE.format(record=record)))


def _of_new_rows(*, beyond: int) -> set[int]:
    """Customers beyond a key whom rows of the pass are about."""
    touched: set[int] = set()
    with connection.cursor() as cursor:
        for record in (*RECORDS, "customer"):
            key = "id" if record == "customer" else "customer_id"
            done, aim = (Watermark.of(name.format(record=record)) for name in (_DONE, _AIM))
            cursor.execute(
                f"SELECT DISTINCT {key} FROM evidence_{record} WHERE id > %s AND id <= %s AND {key} > %s",
                [done, aim, beyond],
            )
            touched.update(key for (key,) in cursor.fetchall())
    return touched


def _of_changed_rows() -> set[int]:
    """Customers whom rows that were changed since the last snapshot are about."""
    touched: set[int] = set()
    with connection.cursor() as cursor:
        for record in RECORDS:
            cursor.execute(
                f"SELECT DISTINCT t.customer_id FROM evidence_{record} t "
                "JOIN evidence_stalerow s ON s.row_id = t.id "
                'WHERE s."table" = %s AND t.customer_id IS NOT NULL',
                [f"{record}s"],
            )
            touched.update(key for (key,) in cursor.fetchall())
        cursor.execute("SELECT row_id FROM evidence_stalerow WHERE \"table\" = 'customers'")
        touched.update(key for (key,) in cursor.fetchall())
    return touched


_CLASSES = """
UPDATE evidence_customersummary SET value_class = ranked.class FROM (
  SELECT customer_id, CASE
    WHEN revenue <= 0 THEN ''
    WHEN place = 1 OR running <= 0.80 * total THEN 'A'
    WHEN running <= 0.95 * total THEN 'B'
    ELSE 'C' END AS class
  FROM (
    SELECT customer_id, revenue,
      ROW_NUMBER() OVER ranking AS place,
      SUM(CASE WHEN revenue > 0 THEN revenue ELSE 0 END) OVER ranking AS running,
      (SELECT SUM(revenue) FROM evidence_customersummary WHERE revenue > 0) AS total
    FROM evidence_customersummary
    WINDOW ranking AS (ORDER BY revenue DESC, customer_id ROWS UNBOUNDED PRECEDING)
  ) ranks
) ranked
WHERE ranked.customer_id = evidence_customersummary.customer_id
  AND ranked.class <> evidence_customersummary.value_class
"""


@transaction.atomic
def classify_values() -> None:
    """A, B or C by the revenue realised: A makes the first 80 %, B the next 15 %, C the rest.

    The customer who crosses a line stands below it, as `engine.value.abc` has it by default.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLASSES)
