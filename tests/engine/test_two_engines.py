"""Every table measure gives the same answer on DuckDB and on Apache Spark.

A measure joins by one line in MEASURES: its name, the evidence it reads (a table of EVIDENCE) and
the call. Rows of an Ibis table that the measure leaves unread are compared without regard to
their order; everything else as it stands.
"""

import dataclasses
import math
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from entregent.engine.journeys.customer_table import customer_table
from entregent.engine.journeys.flows import beginnings_and_ends, directly_follows, journey_map
from entregent.engine.journeys.log import event_log, log_size
from entregent.engine.journeys.variants import channel_switches, drop_off, loops, variants
from entregent.engine.service.arrivals import typical_week
from entregent.engine.service.complaints import (
    complaint_figures,
    complaint_figures_by,
    complaint_rates,
)
from entregent.engine.service.levels import service_level, service_level_by
from entregent.engine.surveys.answers import with_period
from entregent.engine.surveys.csat import csat_by
from entregent.engine.surveys.drivers import key_drivers_of
from entregent.engine.surveys.kano import kano_counts_by
from entregent.engine.surveys.nps import nps_by, nps_counts_by
from entregent.engine.surveys.pareto import pareto_of
from entregent.engine.value.abc import abc_classes
from entregent.engine.value.crossed_matrix import crossed_matrix
from entregent.engine.value.purchases import purchase_history, revenue_by_customer
from entregent.engine.value.rfm import rfm_scores, rfm_table

pytestmark = [
    pytest.mark.spark,
    # Warnings of Spark and Ibis among themselves, on which we have no hold.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyspark"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
STAMP = pa.timestamp("us", "UTC")


def _interactions():
    """600 events of 40 customers, with ties, gaps in every optional column and odd seconds."""
    rng = np.random.default_rng(20)
    n = 600
    waits = np.round(rng.exponential(25, n), 3)
    seconds = np.round(rng.integers(0, 150 * 86_400, n) / 600) * 600
    return pa.table(
        {
            "interaction_id": rng.permutation(n),
            "customer_id": [None if c == 0 else int(c) for c in rng.integers(0, 41, n)],
            "case_id": [f"C{c}" for c in rng.integers(1, 90, n)],
            "at": pa.array(
                [START + timedelta(seconds=float(s), microseconds=int(s) % 7) for s in seconds],
                STAMP,
            ),
            "activity": rng.choice(["ask", "buy", "call", "wait", "réclamer"], n).tolist(),
            "channel": [c or None for c in rng.choice(["", "phone", "email", "web"], n).tolist()],
            "amount": np.round(rng.normal(40, 30, n), 2),
            "wait_seconds": [None if w > 80 else float(w) for w in waits],
            "handle_seconds": [None if w < 2 else float(int(w * 7)) for w in waits],
            "abandoned": [[True, False, False, None][int(k)] for k in rng.integers(0, 4, n)],
            "agent_id": rng.choice(["Zoé", "Adam"], n).tolist(),
        }
    )


def _cases():
    rng = np.random.default_rng(21)
    n = 120
    opened = [START + timedelta(hours=int(hours)) for hours in rng.integers(0, 2000, n)]

    def later(most, missing):
        return pa.array(
            [
                None
                if rng.random() < missing
                else at + timedelta(minutes=int(rng.integers(-20, most)))
                for at in opened
            ],
            STAMP,
        )

    return pa.table(
        {
            "case_id": range(n),
            "opened_at": pa.array(opened, STAMP),
            "acknowledged_at": later(900, 0.1),
            "resolved_at": later(20_000, 0.3),
            "closed_at": later(40_000, 0.4),
            "cause": [c or None for c in rng.choice(["", "late", "broken", "rude"], n).tolist()],
            "reopened": [None if k == 3 else int(k) for k in rng.integers(0, 4, n)],
        }
    )


def _answers():
    rng = np.random.default_rng(22)
    n = 300
    return pa.table(
        {
            "response_id": [f"R{k}" for k in range(n)],
            "at": pa.array(
                [START + timedelta(days=int(d)) for d in rng.integers(0, 170, n)], STAMP
            ),
            "instrument": ["nps"] * n,
            "instrument_version": ["1"] * n,
            "item": ["recommend"] * n,
            "value": [None if k == 11 else float(k) for k in rng.integers(1, 12, n)],
            "shop": rng.choice(["Lille", "Metz"], n).tolist(),
            "effort": rng.integers(1, 6, n),
            "speed": rng.integers(1, 6, n),
        }
    )


def _transactions():
    rng = np.random.default_rng(23)
    n = 400
    return pa.table(
        {
            "transaction_id": range(n),
            "customer_id": rng.integers(1, 60, n),
            "at": pa.array(
                [START + timedelta(days=int(d)) for d in rng.integers(0, 170, n)], STAMP
            ),
            "amount": pa.array([Decimal(int(c)) / 100 for c in rng.integers(100, 9000, n)]).cast(
                pa.decimal128(18, 4)
            ),
            "currency": ["EUR"] * n,
        }
    )


def _base():
    """Customers with revenue and potential, prospects and ties among them."""
    rng = np.random.default_rng(24)
    return pa.table(
        {
            "customer_id": range(80),
            "revenue": [float(v) for v in rng.integers(0, 12, 80) * 100],
            "potential": [float(v) for v in rng.integers(0, 9, 80) * 500],
        }
    )


def _pairs():
    rng = np.random.default_rng(25)
    return pa.table(
        {
            "attribute": rng.choice(["app", "branch"], 200).tolist(),
            "functional": rng.integers(1, 6, 200),
            "dysfunctional": [None if k == 6 else int(k) for k in rng.integers(1, 7, 200)],
        }
    )


EVIDENCE = {
    "interactions": _interactions,
    "cases": _cases,
    "answers": _answers,
    "transactions": _transactions,
    "base": _base,
    "pairs": _pairs,
}

in_turn = partial(event_log, order=["interaction_id"], carry=["channel"])
by_customer = partial(in_turn, case="customer_id")
PROMISES = {"acknowledge": timedelta(hours=8), "close": timedelta(days=10)}

MEASURES = [
    ("service level", "interactions", service_level),
    (
        "service level by agent",
        "interactions",
        lambda t: service_level_by(t, ["agent_id", "channel"]),
    ),
    ("typical week", "interactions", typical_week),
    ("complaint figures", "cases", partial(complaint_figures, as_of=AS_OF, promises=PROMISES)),
    (
        "complaint figures by cause",
        "cases",
        lambda t: complaint_figures_by(t, ["cause"], as_of=START + timedelta(days=40)),
    ),
    ("complaint rates", "cases", lambda t: complaint_rates(t, 5000)),
    ("log size", "interactions", log_size),
    ("directly follows", "interactions", lambda t: directly_follows(in_turn(t))),
    ("directly follows, ties by name", "interactions", lambda t: directly_follows(event_log(t))),
    ("directly follows by customer", "interactions", lambda t: directly_follows(by_customer(t))),
    ("beginnings and ends", "interactions", lambda t: beginnings_and_ends(in_turn(t))),
    ("journey map", "interactions", lambda t: journey_map(in_turn(t))),
    ("variants", "interactions", lambda t: variants(in_turn(t))),
    ("loops", "interactions", lambda t: loops(in_turn(t))),
    ("channel switches", "interactions", lambda t: channel_switches(in_turn(t))),
    (
        "drop-off",
        "interactions",
        lambda t: drop_off(in_turn(t), completed=["buy"], as_of=AS_OF, quiet=timedelta(days=60)),
    ),
    ("customer table", "interactions", partial(customer_table, as_of=AS_OF)),
    ("NPS counts by shop", "answers", lambda t: nps_counts_by(t, ["shop"])),
    ("NPS by shop", "answers", lambda t: nps_by(t, ["shop"])),
    ("NPS by month", "answers", lambda t: nps_by(with_period(t, "M"), ["period"])),
    (
        "CSAT by shop",
        "answers",
        lambda t: csat_by(t, ["shop"], points=10, instrument="nps", figure="mean"),
    ),
    ("drivers", "answers", lambda t: key_drivers_of(t, ["effort", "speed"], "value", resamples=20)),
    ("Pareto of causes", "cases", lambda t: pareto_of(t, resamples=20)),
    ("Kano counts", "pairs", kano_counts_by),
    ("revenue by customer", "transactions", revenue_by_customer),
    ("purchase history", "transactions", purchase_history),
    ("RFM", "transactions", lambda t: rfm_scores(rfm_table(t))),
    ("ABC classes", "transactions", lambda t: abc_classes(revenue_by_customer(t))),
    ("crossed ABC matrix", "base", crossed_matrix),
]


@pytest.fixture(scope="session")
def spark():
    """One small Spark for all the tests, in this process."""
    pyspark_sql = pytest.importorskip("pyspark.sql", reason="install entregent[spark] to try Spark")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    session = (
        pyspark_sql.SparkSession.builder.master("local[1]")
        .config("spark.driver.memory", "768m")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield ibis.pyspark.connect(session)
    session.stop()


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence")
    for name, made in EVIDENCE.items():
        pq.write_table(made(), folder / f"{name}.parquet")
    return folder


@pytest.fixture(scope="session")
def on_spark(spark, files):
    return {
        name: spark.read_parquet(files / f"{name}.parquet", table_name=name) for name in EVIDENCE
    }


@pytest.fixture(scope="session")
def on_duckdb(files):
    connection = ibis.duckdb.connect()
    yield {
        name: connection.read_parquet(files / f"{name}.parquet", table_name=name)
        for name in EVIDENCE
    }
    connection.disconnect()


@pytest.mark.parametrize(
    ("evidence", "measure"), [pytest.param(*rest, id=name) for name, *rest in MEASURES]
)
def test_spark_answers_as_duckdb_does(evidence, measure, on_duckdb, on_spark):
    here, there = read(measure(on_duckdb[evidence])), read(measure(on_spark[evidence]))
    assert here
    assert_alike(here, there)


def read(result):
    """An unread table as rows in an order of their own; anything else as it is."""
    if not isinstance(result, ir.Table):
        return result
    return sorted(result.to_pyarrow().to_pylist(), key=lambda row: [str(v) for v in row.values()])


def assert_alike(one, other, rel=1e-9):
    """Equal to the ninth digit, through dataclasses, mappings and lists."""
    if dataclasses.is_dataclass(one):
        one, other = (
            {field.name: getattr(side, field.name) for field in dataclasses.fields(side)}
            for side in (one, other)
        )
    if isinstance(one, Mapping):
        assert one.keys() == other.keys()
        for key in one:
            assert_alike(one[key], other[key], rel)
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            assert_alike(left, right, rel)
    elif isinstance(one, np.ndarray):
        np.testing.assert_allclose(one, other, rtol=rel, atol=1e-12)
    elif isinstance(one, float) and other is not None:
        assert math.isclose(one, other, rel_tol=rel, abs_tol=1e-12)
    else:
        assert one == other
