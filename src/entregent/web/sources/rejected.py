"""Rejected rows as a file like the one they came from, to be corrected and imported again."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from entregent.adapters.readers.choices import Choices
from entregent.adapters.readers.text_files import read_text
from entregent.web.evidence.models import Import
from entregent.web.sources.queries import reject_lines
from entregent.web.sources.reading import reading_of

KINDS = {
    "csv": ("csv", "text/csv; charset=utf-8"),
    "tsv": ("tsv", "text/tab-separated-values; charset=utf-8"),
    "xlsx": ("tsv", "text/tab-separated-values; charset=utf-8"),
    "json": ("jsonl", "application/x-ndjson"),
    "jsonl": ("jsonl", "application/x-ndjson"),
    "parquet": ("jsonl", "application/x-ndjson"),
}


def rejected_lines(of_import: Import) -> tuple[str, str, Iterator[str]]:
    """Name, content type and lines of the file of rejected rows."""
    reading = reading_of(of_import)
    ending, kind = KINDS.get(reading.format, ("txt", "text/plain; charset=utf-8"))
    return corrected_file_name(of_import, "rejets", ending), kind, _lines(of_import, reading.format)


def corrected_file_name(of_import: Import, what: str, ending: str) -> str:
    stem = re.sub(r"[^\w.-]+", "_", Path(of_import.file_name).stem, flags=re.ASCII)[:80] or "import"
    return f"{stem}-{what}-{of_import.pk}.{ending}"


def _lines(of_import: Import, form: str) -> Iterator[str]:
    if form in {"csv", "tsv"}:
        yield "\ufeff"
        yield from _header(of_import)
    elif form == "xlsx":
        yield "\ufeff" + "\t".join(reading_of(of_import).columns) + "\r\n"
    for _number, original, _code, _facts in reject_lines(of_import):
        yield original if original.endswith("\n") else f"{original}\r\n"


def _header(of_import: Import) -> Iterator[str]:
    """The lines that stand before the first row, as they were written."""
    first = next(
        (batch.numbers[0] for batch in reading_of(of_import).batches(1) if batch.numbers), 2
    )
    chosen = Choices.model_validate(of_import.choices)
    with read_text(Path(of_import.file.path), chosen.encoding).open() as text:
        yield from islice(text, first - 1)
