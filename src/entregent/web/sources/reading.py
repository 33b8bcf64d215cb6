"""Opening the file of an import as its person chose to have it read."""

from collections.abc import Iterator
from pathlib import Path

from entregent.adapters.intake.conversion import Converted
from entregent.adapters.intake.mapping import Mapping
from entregent.adapters.intake.reading import Export, converted, converted_beside
from entregent.adapters.readers import open_reading
from entregent.adapters.readers.batches import Reading
from entregent.adapters.readers.choices import Choices
from entregent.web.evidence.models import Import

BATCH = 10_000
LARGE = 8 * 2**20
"""Bytes from which reading in a process of its own is worth starting one."""


def reading_of(of_import: Import) -> Reading:
    """The import's file, open. Raises UnreadableFile."""
    return open_reading(
        Path(of_import.file.path),
        name=of_import.file_name,
        choices=Choices.model_validate(of_import.choices),
    )


def mapping_of(of_import: Import) -> Mapping:
    return Mapping.model_validate(of_import.mapping)


def converted_batches(of_import: Import, size: int) -> Iterator[Converted]:
    """What the file of an import says, batch by batch. Raises UnreadableFile."""
    reading = reading_of(of_import)
    of_import.rows_expected = reading.rows_at_most
    of_import.save(update_fields=["rows_expected"])
    export = Export(
        Path(of_import.file.path),
        of_import.file_name,
        Choices.model_validate(of_import.choices),
        mapping_of(of_import),
        of_import.source.name if of_import.source else "",
    )
    return (converted_beside if of_import.file_bytes > LARGE else converted)(export, size)
