"""The same expression on Apache Spark in local mode: FILE."""

import json
import sys

import ibis
from pyspark.sql import SparkSession

from entregent.engine.journeys.flows import directly_follows
from entregent.engine.journeys.log import event_log

session = (
    SparkSession.builder.master("local[2]")
    .config("spark.driver.memory", "10g")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", "UTC")
    .getOrCreate()
)
session.sparkContext.setLogLevel("OFF")
events = ibis.pyspark.connect(session).read_parquet(sys.argv[1])
flows = directly_follows(event_log(events, case="customer_id")).to_pyarrow().to_pylist()
print(json.dumps([[f["source"], f["target"], f["n"], f["median_gap_seconds"]] for f in flows]))
