"""A made event log of any size: customers' events of a year, in the order of time."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tests.benchmarks.side_by_side import PRODUCTS

ACTIVITIES = [
    "view_page", "search", "open_ticket", "call", "wait", "transfer", "answer", "email_in",
    "email_out", "chat", "buy", "pay", "deliver", "return", "refund", "complain", "escalate",
    "resolve", "survey", "close",
]  # fmt: skip
CHANNELS = ["phone", "email", "chat", "web", "shop"]
EVENTS_PER_CASE = 12
YEAR_SECONDS = 365 * 86_400
CHUNK = 1_000_000


def event_log(events: int) -> Path:
    """The log as a Parquet file, made once; the same events every time."""
    path = PRODUCTS / f"events_{events}.parquet"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    begins = np.datetime64("2025-01-01", "us").astype("int64")
    at = np.sort(begins + rng.integers(0, YEAR_SECONDS, events) * 1_000_000)
    shares = rng.dirichlet(np.full(len(ACTIVITIES), 2.0))
    schema = pa.schema(
        [
            ("customer_id", pa.int64()),
            ("activity", pa.dictionary(pa.int32(), pa.string())),
            ("at", pa.timestamp("us", "UTC")),
            ("channel", pa.dictionary(pa.int32(), pa.string())),
            ("amount", pa.float64()),
        ]
    )
    unfinished = path.with_suffix(".part")
    with pq.ParquetWriter(unfinished, schema) as writer:
        for start in range(0, events, CHUNK):
            part = at[start : start + CHUNK]
            n = len(part)
            columns = [
                rng.integers(0, events // EVENTS_PER_CASE, n),
                _named(rng.choice(len(ACTIVITIES), n, p=shares), ACTIVITIES),
                pa.array(part, pa.timestamp("us", "UTC")),
                _named(rng.integers(0, len(CHANNELS), n), CHANNELS),
                np.round(rng.exponential(40, n), 2),
            ]
            writer.write_table(
                pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema)
            )
    unfinished.rename(path)
    return path


def _named(places: np.ndarray, names: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(places.astype("int32")), pa.array(names))
