"""Up to when a firm's evidence tells of its life."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import ibis
import ibis.expr.types as ir

MOMENTS = {"interactions": "at", "transactions": "at", "answers": "at", "cases": "opened_at"}
"""Tables that tell of a firm's life, and the column that says when."""
SILENCE = timedelta(days=60)
STRAGGLERS = 0.001


def last_lived_day(tables: Mapping[str, ir.Table], now: datetime) -> date | None:
    """The last day of evidence that is not in the future; None without any.

    tables: of the evidence contract, by name; those of MOMENTS that are there are read.
    A few dates beyond a long silence are plans or slips of the pen, not the firm's life: where at
    most one row in a thousand lies after two months without any, they are left aside.

    >>> at = [datetime(2024, 3, day, tzinfo=UTC) for day in range(1, 29)] * 50
    >>> late = [datetime(2025, 9, 1, tzinfo=UTC)]
    >>> table = ibis.memtable({"at": at + late})
    >>> last_lived_day({"interactions": table}, datetime(2026, 1, 1, tzinfo=UTC))
    datetime.date(2024, 3, 28)
    """
    rows: Counter[date] = Counter()
    for name, column in MOMENTS.items():
        if name not in tables:
            continue
        table = tables[name]
        past = table.filter(table[column] <= ibis.literal(now))
        days = past.group_by(day=past[column].epoch_seconds() // 86_400).aggregate(n=past.count())
        found = days.to_pyarrow()
        for day, n in zip(found["day"].to_pylist(), found["n"].to_pylist(), strict=True):
            rows[datetime.fromtimestamp(int(day) * 86_400, UTC).date()] += n
    return last_day_of(rows)


def last_day_of(rows: Mapping[date, int]) -> date | None:
    """As `last_lived_day`, from how many rows each day holds, none of them in the future.

    >>> last_day_of({date(2024, 3, 1): 4_000, date(2025, 9, 1): 1})
    datetime.date(2024, 3, 1)
    """
    if not rows:
        return None
    days, most = sorted(rows), STRAGGLERS * sum(rows.values())
    last, after = days[-1], 0
    for earlier, day in reversed(list(pairwise(days))):
        after += rows[day]
        if after > most:
            break
        if day - earlier > SILENCE:
            last = earlier
    return last
