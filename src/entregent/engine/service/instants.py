"""Instants as whole numbers, alike on every engine."""

from typing import Any


def whole_seconds(instant: Any) -> Any:
    """Seconds since 1970 of an Ibis timestamp, the fraction of a second dropped.

    The engines disagree on whether the count is whole, so it is made so before it is asked.

    >>> import ibis
    >>> from datetime import UTC, datetime
    >>> table = ibis.memtable({"at": [datetime(1970, 1, 2, 0, 0, 0, 900_000, tzinfo=UTC)]})
    >>> whole_seconds(table.at).execute()[0]
    np.int64(86400)
    """
    return instant.cast("timestamp('UTC')").truncate("s").epoch_seconds().cast("int64")
