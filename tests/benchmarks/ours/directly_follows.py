"""Directly-follows counts with median gaps: FILE [memory limit] [folder for what does not fit]."""

import json
import sys

import ibis

from entregent.engine.journeys.flows import directly_follows
from entregent.engine.journeys.log import event_log

connection = ibis.duckdb.connect()
if len(sys.argv) > 2:
    connection.raw_sql(f"SET memory_limit = '{sys.argv[2]}'")
    connection.raw_sql(f"SET temp_directory = '{sys.argv[3]}'")
events = connection.read_parquet(sys.argv[1])
flows = directly_follows(event_log(events, case="customer_id")).to_pyarrow().to_pylist()
print(json.dumps([[f["source"], f["target"], f["n"], f["median_gap_seconds"]] for f in flows]))
