"""Opening the file of an import as its person chose to have it read."""

from pathlib import Path

from entregent.adapters.intake.mapping import Mapping
from entregent.adapters.readers import open_reading
from entregent.adapters.readers.batches import Reading
from entregent.adapters.readers.choices import Choices
from entregent.web.evidence.models import Import

BATCH = 20_000


def reading_of(of_import: Import) -> Reading:
    """The import's file, open. Raises UnreadableFile."""
    return open_reading(
        Path(of_import.file.path),
        name=of_import.file_name,
        choices=Choices.model_validate(of_import.choices),
    )


def mapping_of(of_import: Import) -> Mapping:
    return Mapping.model_validate(of_import.mapping)
