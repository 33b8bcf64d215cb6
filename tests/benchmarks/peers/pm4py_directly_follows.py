"""The same with pm4py: FILE."""

import json
import sys

import pandas as pd
import pm4py

events = pd.read_parquet(sys.argv[1], columns=["customer_id", "activity", "at"])
log = pm4py.format_dataframe(
    events.astype({"customer_id": str}),
    case_id="customer_id",
    activity_key="activity",
    timestamp_key="at",
)
counts, _, _ = pm4py.discover_dfg(log)
gaps, _, _ = pm4py.discover_performance_dfg(log, perf_aggregation_key="median")
print(json.dumps([[*pair, int(n), float(gaps[pair])] for pair, n in counts.items()]))
