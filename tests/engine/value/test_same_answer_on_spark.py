"""The table measures of value on DuckDB and on Apache Spark, from the same rows."""

import os
from datetime import date

import ibis
import numpy as np
import pyarrow as pa
import pytest
from tests.engine.battery import assert_same

from entregent.engine.value.abc import abc_classes, concentration, concentration_curve
from entregent.engine.value.class_moves import class_moves
from entregent.engine.value.crossed_matrix import crossed_classes, crossed_matrix
from entregent.engine.value.holdout import split_holdout
from entregent.engine.value.purchases import (
    histories_of,
    purchase_history,
    revenue_by_customer,
    transaction_counts,
)
from entregent.engine.value.rfm import rfm_scores, rfm_scores_by_thresholds, rfm_table

pytestmark = [
    pytest.mark.spark,
    # PySpark and Ibis's reading of pandas call what their own dependencies have since renamed.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def rows():
    generator = np.random.default_rng(9)
    n = 600
    seconds = 1767225600 + generator.integers(0, 120 * 86_400, n)
    return pa.table(
        {
            "transaction_id": np.arange(n),
            "customer_id": generator.integers(0, 80, n),
            "at": pa.array(seconds * 1_000_000, pa.timestamp("us", tz="UTC")),
            "amount": generator.integers(0, 20_000, n) / 100,
        }
    )


@pytest.fixture(scope="module")
def engines(rows):
    pyspark = pytest.importorskip("pyspark.sql", reason="the extra [spark] is not installed")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    session = (
        pyspark.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.memory", "1g")
        .getOrCreate()
    )
    yield {
        "spark": spark_table(session, ibis.pyspark.connect(session), rows),
        "duckdb": ibis.memtable(rows),
    }
    session.stop()


def spark_table(session, spark, rows):
    """Rows given as plain values, so that no pandas lies between."""
    frame = session.createDataFrame(
        [tuple(row.values()) for row in rows.to_pylist()],
        "transaction_id long, customer_id long, at timestamp, amount double",
    )
    frame.createOrReplaceTempView("sold_for_value")
    return spark.table("sold_for_value")


def read(table, order="customer_id"):
    return table.order_by(order).to_pyarrow().to_pydict()


def revenue(sold):
    return revenue_by_customer(sold)


def with_potential(sold):
    bought = revenue(sold)
    return bought.mutate(potential=bought.revenue * (bought.customer_id % 7))


MEASURES = {
    "transaction counts": transaction_counts,
    "purchase history": lambda sold: read(purchase_history(sold, until=date(2026, 4, 30))),
    "grouped histories": lambda sold: histories_of(purchase_history(sold)),
    "revenue": lambda sold: read(revenue(sold)),
    "abc classes": lambda sold: read(abc_classes(revenue(sold))),
    "concentration": lambda sold: concentration(revenue(sold)),
    "curve": lambda sold: concentration_curve(revenue(sold), points=20),
    "crossed classes": lambda sold: read(crossed_classes(with_potential(sold))),
    "crossed matrix": lambda sold: crossed_matrix(with_potential(sold)),
    "class moves": lambda sold: (
        class_moves(
            abc_classes(revenue_by_customer(sold, until=date(2026, 2, 28))),
            abc_classes(revenue_by_customer(sold, since=date(2026, 3, 1))),
        ).counts
    ),
    "rfm": lambda sold: read(rfm_table(sold, value="mean")),
    "rfm scores": lambda sold: read(rfm_scores(rfm_table(sold))),
    "rfm scores, ties together": lambda sold: read(rfm_scores(rfm_table(sold), ties="together")),
    "rfm by thresholds": lambda sold: read(
        rfm_scores_by_thresholds(
            rfm_table(sold),
            days_since_last_purchase=(10, 40),
            purchases=(3, 8),
            value=(200.0, 900.0),
        )
    ),
    "holdout": lambda sold: split_holdout(sold, calibration_until=date(2026, 3, 15)),
}


@pytest.mark.parametrize("name", MEASURES)
def test_spark_and_duckdb_give_the_same_answer(engines, name):
    measure = MEASURES[name]
    assert_same(measure(engines["spark"]), measure(engines["duckdb"]), 1e-9)
