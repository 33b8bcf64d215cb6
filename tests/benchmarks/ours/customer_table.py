"""Twenty figures per customer: FILE. Prints the sums over customers, as a check."""

import json
import sys
from datetime import UTC, datetime

import ibis
import pyarrow.compute as pc

from entregent.engine.journeys.customer_table import customer_table

events = ibis.duckdb.connect().read_parquet(sys.argv[1])
features = customer_table(events, as_of=datetime(2026, 1, 1, tzinfo=UTC)).to_pyarrow()
print(json.dumps({name: pc.sum(features[name]).as_py() for name in features.column_names}))
