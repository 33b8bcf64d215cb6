"""How much of a file may stand in memory at once, and what is beyond reading."""

FIELD_CHARACTERS = 2**20
LINE_CHARACTERS = 4 * 2**20
RECORD_BYTES = 64 * 2**20
BATCH_CHARACTERS = 32 * 2**20
BATCH_CELLS = 2_000_000
# As many as the widest sheet of a workbook.
MOST_COLUMNS = 16_384
ORIGINAL_CHARACTERS = 4_000


def excerpt(original: str) -> str:
    """The text of a refused row, cut where it would be too long to show or to correct by hand."""
    if len(original) <= ORIGINAL_CHARACTERS:
        return original
    return original[:ORIGINAL_CHARACTERS] + "…"
