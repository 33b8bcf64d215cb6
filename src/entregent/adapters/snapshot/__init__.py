"""The columnar snapshot: the evidence and its coded words as Parquet, for analysis. A cache, rebuilt at will."""

from entregent.adapters.snapshot.daily_sums import DailySums, Question
from entregent.adapters.snapshot.parts import Manifest, Part
from entregent.adapters.snapshot.reading import connect, evidence_tables
from entregent.adapters.snapshot.refreshing import TableQuery, refresh

__all__ = [
    "DailySums",
    "Manifest",
    "Part",
    "Question",
    "TableQuery",
    "connect",
    "evidence_tables",
    "refresh",
]
