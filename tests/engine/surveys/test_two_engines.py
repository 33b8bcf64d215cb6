"""Every table measure gives the same answer on DuckDB and on Apache Spark."""

import os
from datetime import UTC, datetime, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.engine.battery import assert_same

from entregent.engine.errors import NotFinite, RatingOutOfScale
from entregent.engine.surveys.agreement import pair_counts
from entregent.engine.surveys.answers import with_period
from entregent.engine.surveys.ces import ces_by
from entregent.engine.surveys.csat import csat_by
from entregent.engine.surveys.drivers import key_drivers_of
from entregent.engine.surveys.instruments import instrument_from, scores_by
from entregent.engine.surveys.kano import kano_counts_by, kano_pairs
from entregent.engine.surveys.nps import nps_by
from entregent.engine.surveys.pareto import pareto_of

pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings(
        "ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning"
    ),
]

N = 400
DRAW = np.random.default_rng(11)
TRUST = instrument_from(
    {
        "name": "trust",
        "version": "1",
        "low": 1,
        "high": 7,
        "items": [
            {"name": "t1", "facet": "honesty"},
            {"name": "t2", "facet": "honesty", "reversed": True},
            {"name": "t3", "facet": "skill", "weight": 2},
        ],
    }
)


def rated(instrument, version, item, values):
    n = len(values)
    start = datetime(2025, 11, 20, 22, tzinfo=UTC)
    return pa.table(
        {
            "response_id": [f"r{place}" for place in range(n)],
            "at": [start + timedelta(hours=7 * place) for place in range(n)],
            "instrument": [instrument] * n,
            "instrument_version": [version] * n,
            "item": [item] * n,
            "value": pa.array(values, pa.float64()),
            "shop": pa.array([["a", "b", None][place % 3] for place in range(n)], pa.string()),
        }
    )


ANSWERS = pa.concat_tables(
    [
        rated("nps", "yearly", "recommend", [*map(float, DRAW.integers(0, 11, N - 1)), None]),
        rated("csat", "1", "overall", DRAW.integers(1, 6, N)),
        rated("ces", "1.0", "effort", DRAW.integers(1, 6, N // 2)),
        rated("ces", "2.0", "effort", DRAW.integers(1, 8, N // 2)),
        rated("kano", "1", "app.functional", DRAW.integers(1, 6, N)),
        rated("kano", "1", "app.dysfunctional", DRAW.integers(1, 6, N)),
        *(rated("trust", "1", item, DRAW.integers(1, 8, N)) for item in ("t1", "t2", "t3")),
    ]
)
CASES = pa.table(
    {
        "cause": DRAW.choice(["late", "lost", "rude"], N),
        "euros": DRAW.integers(1, 90, N),
        "second": DRAW.choice(["late", "lost", "rude"], N),
        "quality": DRAW.normal(5, 1, N),
        "price": DRAW.normal(5, 1, N),
        "overall": DRAW.normal(5, 1, N),
    }
)

MEASURES = {
    "nps by month and shop": lambda a, c: nps_by(with_period(a, "M"), ["period", "shop"]),
    "nps by week": lambda a, c: nps_by(with_period(a, "W"), ["period"]),
    "nps by day": lambda a, c: nps_by(with_period(a, "D"), ["period"]),
    "csat by quarter": lambda a, c: csat_by(with_period(a, "Q"), ["period"]),
    "csat mean by shop": lambda a, c: csat_by(a, ["shop"], figure="mean"),
    "ces by version": lambda a, c: ces_by(a, ["instrument_version"]),
    "kano": lambda a, c: kano_counts_by(kano_pairs(a, keep=["shop"]), ["attribute", "shop"]),
    "pareto by cost": lambda a, c: pareto_of(c, cost="euros", by="cost"),
    "drivers": lambda a, c: key_drivers_of(c, ["quality", "price"], "overall", resamples=50),
    "pairs of codes": lambda a, c: pair_counts(c, "cause", "second"),
    "instrument": lambda a, c: scores_by(a, TRUST, ["shop"]),
}


@pytest.fixture(scope="module")
def spark():
    sql = pytest.importorskip("pyspark.sql", reason="the extra entregent[spark] is not installed")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    running = sql.SparkSession.getActiveSession()
    session = running or (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.driver.memory", "768m")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    yield ibis.pyspark.connect(session)
    # There is one Spark per process: whoever started it stops it.
    if running is None:
        session.stop()


@pytest.fixture(scope="module")
def on_spark(spark, tmp_path_factory):
    tables = {}
    for name, table in (("answers", ANSWERS), ("cases", CASES)):
        path = tmp_path_factory.mktemp("evidence") / f"{name}.parquet"
        pq.write_table(table, path)
        tables[name] = spark.read_parquet(str(path))
    return tables


@pytest.mark.parametrize("measure", list(MEASURES))
def test_both_engines_give_the_same_answer(measure, on_spark):
    here = MEASURES[measure](ibis.memtable(ANSWERS), ibis.memtable(CASES))
    there = MEASURES[measure](on_spark["answers"], on_spark["cases"])
    assert_same(here, there, 1e-9)


INTRUDERS = {"nan": "double('nan')", "infinity": "double('inf')", "off the scale": "11.5"}


@pytest.mark.parametrize("intruder", list(INTRUDERS))
def test_spark_refuses_what_duckdb_refuses(intruder, spark):
    spoilt = spark.sql(
        "select 'nps' as instrument, cast(9 as double) as value, 'late' as cause "
        f"union all select 'nps', cast({INTRUDERS[intruder]} as double), 'late'"
    )
    with pytest.raises(RatingOutOfScale):
        nps_by(spoilt, [])
    if intruder != "off the scale":
        with pytest.raises(NotFinite):
            pareto_of(spoilt, cost="value", by="cost")
        with pytest.raises(NotFinite):
            key_drivers_of(spoilt.mutate(other=spoilt.value + 1), ["value"], "other")
