"""Twenty figures a customer's events give, one row per customer: what segments, kinds of
relationship and predictions are computed from."""

from collections.abc import Sequence
from datetime import datetime

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from entregent.engine.errors import BrokenContract, MissingColumns
from entregent.engine.instants import SECOND, microseconds
from entregent.engine.journeys.names import numbered

DAY = 86_400 * SECOND
BITS = 62
DIGITAL = ["email", "chat", "web", "social"]
COLUMNS = ("customer_id", "at", "activity", "channel", "amount")


def customer_table(
    events: ir.Table, *, as_of: datetime, purchases: Sequence[str] = ("buy",)
) -> ir.Table:
    """One row of features per customer, from events up to an instant.

    events: customer_id, at, activity, channel, amount (money of a purchase or refund, else
    anything).  as_of: with zone; later events are left out.  purchases: activities whose amount
    counts as bought.
    Returns an Ibis table, unread, of customer_id and twenty figures: events, active_days,
    activities, channels (distinct), age_days, days_since_last_event, days_between_events (mean),
    longest_silence_days, median_gap_days, events_last_30_days, events_last_90_days,
    events_previous_90_days, purchases, bought, mean_purchase, largest_purchase,
    days_since_last_purchase, phone_share, digital_share, channel_switches. Days are fractions;
    a figure that a customer cannot have (a gap with one event) is null.
    Raises MissingColumns, BrokenContract on an instant without zone.

    >>> from datetime import UTC
    >>> events = ibis.memtable({
    ...     "customer_id": [7, 7], "activity": ["ask", "buy"], "channel": ["phone", "web"],
    ...     "amount": [0.0, 20.0], "at": [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 3)],
    ... })
    >>> row = customer_table(events, as_of=datetime(2026, 3, 4, tzinfo=UTC)).to_pyarrow().to_pylist()
    >>> row[0]["events"], row[0]["days_since_last_purchase"], row[0]["channel_switches"]
    (2, 1.0, 1)
    """
    if absent := [name for name in COLUMNS if name not in events.columns]:
        raise MissingColumns("events", absent)
    if as_of.tzinfo is None:
        raise BrokenContract("the instant has no time zone")
    taken = int(as_of.timestamp() * SECOND)
    known = events.filter(events["customer_id"].notnull(), events["at"].notnull())
    instant = microseconds(known["at"].cast("timestamp('UTC')"))
    past = known.filter(instant <= taken)
    # Of the table itself: of a filtered one, the engine would hold all its columns to read it twice.
    activities, channels = numbered(events, "activity"), numbered(events, "channel")
    coded = past.left_join(activities, "activity").left_join(
        channels.rename(channel_code="code"), "channel"
    )
    plain = coded.select(
        "customer_id",
        instant=microseconds(coded["at"].cast("timestamp('UTC')")),
        activity=coded["code"],
        channel=coded["channel_code"],
        amount=coded["amount"].cast("float64"),
        bought=coded["activity"].isin(list(purchases)),
        by_phone=coded["channel"] == "phone",
        digital=coded["channel"].isin(DIGITAL),
    )
    along = ibis.window(group_by="customer_id", order_by=["instant", "activity", "channel"])
    before = plain["instant"].lag().over(along)
    seen = plain.mutate(
        gap=plain["instant"] - before,
        new_day=(plain["instant"] // DAY != before // DAY).fill_null(True),
        switched=plain["channel"] != plain["channel"].lag().over(along),
        age=taken - plain["instant"],
    )
    counted = seen.group_by("customer_id").aggregate(
        events=seen.count(),
        active_days=_count(seen["new_day"]),
        activities=_different(seen["activity"]),
        channels=_different(seen["channel"]),
        oldest=seen["age"].max(),
        newest=seen["age"].min(),
        longest_gap=seen["gap"].max(),
        median_gap=seen["gap"].median(),
        events_last_30_days=_count(seen["age"] < 30 * DAY),
        events_last_90_days=_count(seen["age"] < 90 * DAY),
        events_previous_90_days=_count((seen["age"] >= 90 * DAY) & (seen["age"] < 180 * DAY)),
        purchases=_count(seen["bought"]),
        bought=seen["amount"].sum(where=seen["bought"]),
        largest_purchase=seen["amount"].max(where=seen["bought"]),
        last_purchase=seen["age"].min(where=seen["bought"]),
        by_phone=_count(seen["by_phone"]),
        digital=_count(seen["digital"]),
        channel_switches=_count(seen["switched"]),
    )
    gaps = (counted["events"] - 1).nullif(0)
    return counted.select(
        "customer_id",
        "events",
        "active_days",
        "activities",
        "channels",
        age_days=_days(counted["oldest"]),
        days_since_last_event=_days(counted["newest"]),
        days_between_events=_days(counted["oldest"] - counted["newest"]) / gaps,
        longest_silence_days=_days(counted["longest_gap"]),
        median_gap_days=_days(counted["median_gap"]),
        events_last_30_days=counted["events_last_30_days"],
        events_last_90_days=counted["events_last_90_days"],
        events_previous_90_days=counted["events_previous_90_days"],
        purchases=counted["purchases"],
        bought=counted["bought"].fill_null(0.0),
        mean_purchase=counted["bought"] / counted["purchases"].nullif(0),
        largest_purchase=counted["largest_purchase"],
        days_since_last_purchase=_days(counted["last_purchase"]),
        phone_share=counted["by_phone"].cast("float64") / counted["events"],
        digital_share=counted["digital"].cast("float64") / counted["events"],
        channel_switches=counted["channel_switches"],
    )


# Both engines know these three by these names, and Ibis not on both; counting what is true is a
# fifth of the work less than adding up ones and zeros.
_true_among = ibis.udf.agg.builtin(
    lambda condition: condition, name="count_if", signature=((dt.boolean,), dt.int64)
)
_bits_set = ibis.udf.scalar.builtin(
    lambda mask: mask, name="bit_count", signature=((dt.int64,), dt.int64)
)
_bits_together = ibis.udf.agg.builtin(
    lambda mask: mask, name="bit_or", signature=((dt.int64,), dt.int64)
)


def _different(code: ir.IntegerColumn) -> ir.IntegerValue:
    """How many different codes: the first as bits of one number, which spares a set per customer;
    any beyond counted as a set."""
    bit = ibis.literal(1, "int64") << ibis.least(code, BITS).cast("int64")
    first = _bits_together((code < BITS).ifelse(bit, 0).fill_null(0))
    return _bits_set(first) + code.nunique(where=code >= BITS)


def _count(condition: ir.BooleanValue) -> ir.IntegerScalar:
    # Among nulls only, one engine counts null and not 0.
    return _true_among(condition.fill_null(False))


def _days(microsecond_count: ir.NumericValue) -> ir.FloatingValue:
    return microsecond_count.cast("float64") / DAY
