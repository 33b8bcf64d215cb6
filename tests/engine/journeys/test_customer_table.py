"""Twenty figures per customer, against a plain reading of each customer's events."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import mean, median

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entregent.engine.errors import BrokenContract, MissingColumns
from entregent.engine.journeys.customer_table import customer_table

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
DAY = timedelta(days=1)

events = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.floats(-5, 250).map(lambda days: AS_OF - timedelta(seconds=round(days * 86_400))),
        st.sampled_from(["ask", "buy", "wait"]),
        st.sampled_from(["phone", "web", "shop"]),
        st.integers(-20, 500).map(float),
    ),
    min_size=1,
    max_size=30,
)


def as_table(rows):
    names = ("customer_id", "at", "activity", "channel", "amount")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return pa.table(columns | {"at": pa.array(columns["at"], pa.timestamp("us", "UTC"))})


def plainly(rows):
    """The same twenty figures, one customer after another."""
    found = {}
    for customer in {row[0] for row in rows}:
        own = sorted(row[1:4] for row in rows if row[0] == customer and row[1] <= AS_OF)
        if not own:
            continue
        amounts = [
            (AS_OF - row[1], row[4])
            for row in rows
            if row[0] == customer and row[1] <= AS_OF and row[2] == "buy"
        ]
        ages = [(AS_OF - at) / DAY for at, *_ in own]
        gaps = [before - after for before, after in pairwise(ages)]
        channels = [channel for *_, channel in own]
        found[customer] = {
            "events": len(own),
            "active_days": len({at.date() for at, *_ in own}),
            "activities": len({activity for _, activity, _ in own}),
            "channels": len(set(channels)),
            "age_days": max(ages),
            "days_since_last_event": min(ages),
            "days_between_events": mean(gaps) if gaps else None,
            "longest_silence_days": max(gaps) if gaps else None,
            "median_gap_days": median(gaps) if gaps else None,
            "events_last_30_days": sum(age < 30 for age in ages),
            "events_last_90_days": sum(age < 90 for age in ages),
            "events_previous_90_days": sum(90 <= age < 180 for age in ages),
            "purchases": len(amounts),
            "bought": sum(amount for _, amount in amounts),
            "mean_purchase": mean(amount for _, amount in amounts) if amounts else None,
            "largest_purchase": max((amount for _, amount in amounts), default=None),
            "days_since_last_purchase": min((age / DAY for age, _ in amounts), default=None),
            "phone_share": channels.count("phone") / len(own),
            "digital_share": channels.count("web") / len(own),
            "channel_switches": sum(a != b for a, b in pairwise(channels)),
        }
    return found


@settings(max_examples=25, deadline=None)
@given(events)
def test_every_figure_agrees_with_a_plain_reading(rows):
    table = customer_table(ibis.memtable(as_table(rows)), as_of=AS_OF)
    found = {row.pop("customer_id"): row for row in table.to_pyarrow().to_pylist()}
    expected = plainly(rows)
    assert found.keys() == expected.keys()
    for customer, figures in expected.items():
        assert len(figures) == 20
        assert found[customer].keys() == figures.keys()
        for name, value in figures.items():
            assert found[customer][name] == pytest.approx(value, abs=1e-9), name


def test_events_without_customer_or_time_are_left_out():
    rows = [(1, AS_OF - DAY, "buy", "web", 5.0)]
    table = as_table([*rows, (None, AS_OF, "buy", "web", 5.0), (2, None, "buy", "web", 5.0)])
    assert customer_table(ibis.memtable(table), as_of=AS_OF).count().execute() == 1


def test_absent_columns_and_instants_without_zone_are_refused():
    table = ibis.memtable(as_table([(1, AS_OF, "buy", "web", 5.0)]))
    with pytest.raises(MissingColumns, match="channel"):
        customer_table(table.drop("channel"), as_of=AS_OF)
    with pytest.raises(BrokenContract, match="time zone"):
        customer_table(table, as_of=datetime(2026, 7, 1))
