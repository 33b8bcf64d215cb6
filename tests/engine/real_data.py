"""The real data sets beside the repository; tests that need an absent one are skipped, saying so."""

import gzip
import os
from datetime import datetime
from pathlib import Path

import defusedxml.ElementTree
import numpy as np
import pyarrow as pa
import pytest

SHARED = Path(os.environ.get("ENTREGENT_SHARED", Path(__file__).resolve().parents[3] / "shared"))


def shared(place):
    """A file of the shared ground, or a skip that says which one is absent."""
    found = SHARED / place
    if not found.exists():
        pytest.skip(f"{place} is not beside the repository (ENTREGENT_SHARED says where it is)")
    return found


def survey(place, delimiter=","):
    """A CSV of numbers as columns of floats, empty cells as NaN."""
    table = np.genfromtxt(shared(place), delimiter=delimiter, names=True, deletechars="")
    return {name.strip('"'): table[name] for name in table.dtype.names}


def events_of(place):
    """An XES log as an Arrow table: case_id, activity, at, and event, its place in the file."""
    path = shared(place)
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as log:
        root = defusedxml.ElementTree.parse(log).getroot()
    rows = []
    for number, trace in enumerate(found for found in root if found.tag.endswith("trace")):
        case = _values(trace).get("concept:name", str(number))
        for event in (found for found in trace if found.tag.endswith("event")):
            named = _values(event)
            at = datetime.fromisoformat(named["time:timestamp"])
            rows.append((case, named["concept:name"], at, len(rows)))
    case_id, activity, at, event = zip(*rows, strict=True)
    return pa.table(
        {
            "case_id": case_id,
            "activity": activity,
            "at": pa.array(at, pa.timestamp("us", tz="UTC")),
            "event": event,
        }
    )


def _values(element):
    return {part.get("key"): part.get("value") for part in element if part.get("key")}
