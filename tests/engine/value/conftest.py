"""Published purchase histories, and small tables of sales."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pytest

from entregent.engine.value.bg_bb import occasion_histories
from entregent.engine.value.histories import purchase_histories

PUBLISHED = Path(__file__).parent / "published"


@pytest.fixture(scope="session")
def cdnow():
    return np.genfromtxt(PUBLISHED / "cdnow.csv", delimiter=",", names=True)


@pytest.fixture(scope="session")
def cdnow_histories(cdnow):
    return purchase_histories(cdnow["x"], cdnow["t_x"], cdnow["T"])


@pytest.fixture(scope="session")
def donations():
    table = np.genfromtxt(PUBLISHED / "donations.csv", delimiter=",", names=True)
    return occasion_histories(
        table["frequency"], table["recency"], table["periods"], table["weights"]
    )


@pytest.fixture(scope="session")
def sales():
    """Sales from (customer, day of 2026 from 1, amount) lines, with a transaction_id."""

    def make(*lines, **changed):
        days = [datetime(2025, 12, 31, tzinfo=UTC) + timedelta(days=day) for _, day, _ in lines]
        columns = {
            "transaction_id": pa.array(range(len(lines)), pa.int64()),
            "customer_id": pa.array([who for who, _, _ in lines], pa.int64()),
            "at": pa.array(days, pa.timestamp("us", tz="UTC")),
            "amount": pa.array([amount for _, _, amount in lines], pa.float64()),
        }
        return ibis.memtable(pa.table(columns | changed))

    return make


@pytest.fixture(scope="session")
def customers():
    """A table of customers numbered from 1, from columns of figures."""

    def make(**columns):
        n = len(next(iter(columns.values())))
        numbers = {name: pa.array(values, pa.float64()) for name, values in columns.items()}
        return ibis.memtable(
            pa.table({"customer_id": pa.array(range(1, n + 1), pa.int64())} | numbers)
        )

    return make
