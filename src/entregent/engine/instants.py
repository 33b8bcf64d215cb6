"""Instants as whole numbers, alike on every engine."""

from typing import Any

import ibis
import ibis.expr.datatypes as dt

SECOND = 1_000_000  # microseconds

# Ibis's own conversions give fractions on one engine and not on the other, and go through a
# calendar that costs more than the sort they are for. Each engine has the plain count built in.
_INSTANT = dt.Timestamp(timezone="UTC")
_COUNT_OF = {
    engine: ibis.udf.scalar.builtin(
        # Ibis reads the name and the types; the engine has the body.
        lambda instant: instant,
        name=name,
        signature=((_INSTANT,), dt.int64),
    )
    for engine, name in {"duckdb": "epoch_us", "pyspark": "unix_micros"}.items()
}


def microseconds(instant: Any) -> Any:
    """Whole microseconds since 1970 of an Ibis timestamp in UTC.

    >>> from datetime import UTC, datetime
    >>> table = ibis.memtable({"at": [datetime(1970, 1, 1, 0, 0, 2, 5, tzinfo=UTC)]})
    >>> microseconds(table["at"]).execute()[0]
    np.int64(2000005)
    """
    instant = instant if instant.type().timezone == "UTC" else instant.cast(_INSTANT)
    count = _COUNT_OF.get(instant.get_backend().name, portable_microseconds)
    return count(instant)


def portable_microseconds(instant: Any) -> Any:
    """The same to the millisecond, for engines whose own count is not known here.

    >>> from datetime import UTC, datetime
    >>> table = ibis.memtable({"at": [datetime(1970, 1, 1, 0, 0, 2, 5000, tzinfo=UTC)]})
    >>> portable_microseconds(table["at"]).execute()[0]
    np.int64(2005000)
    """
    seconds = instant.truncate("s").epoch_seconds().cast("int64")
    return seconds * SECOND + instant.millisecond().cast("int64") * 1000


def whole_seconds(instant: Any) -> Any:
    """Whole seconds since 1970 of an Ibis timestamp in UTC, the fraction dropped.

    >>> from datetime import UTC, datetime
    >>> table = ibis.memtable({"at": [datetime(1970, 1, 1, 0, 0, 2, 5, tzinfo=UTC)]})
    >>> whole_seconds(table["at"]).execute()[0]
    np.int64(2)
    """
    return (microseconds(instant) - microseconds(instant) % SECOND) // SECOND
