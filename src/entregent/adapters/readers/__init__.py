"""Reading exports of any known format: rows as they stand, and what their columns mean."""

from entregent.adapters.readers.batches import (
    Batch,
    Notice,
    Reading,
    Reason,
    Unreadable,
    UnreadableFile,
)
from entregent.adapters.readers.choices import Choices
from entregent.adapters.readers.opening import Preview, open_reading, preview

__all__ = [
    "Batch",
    "Choices",
    "Notice",
    "Preview",
    "Reading",
    "Reason",
    "Unreadable",
    "UnreadableFile",
    "open_reading",
    "preview",
]
