"""What a person may decide in place of our guesses when a file is opened."""

from pydantic import BaseModel, ConfigDict, Field


class Choices(BaseModel):
    """Every field left out is guessed from the file.

    encoding: a Python codec name.  delimiter: one character.
    header: whether the first row names the columns.
    sheet: of a workbook.  record_path: where the records of a JSON document lie (`tickets`).
    day_first: whether 03/04 is the third of April.
    shape: code of a known export, or "none" to map column by column.
    own_names: how the firm signs in a chat export.
    own_domains: the firm's own mail domains, which tell the mail it sent from the mail it received.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoding: str | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    header: bool | None = None
    sheet: str | None = None
    record_path: str | None = None
    day_first: bool | None = None
    shape: str | None = None
    own_names: tuple[str, ...] = ()
    own_domains: tuple[str, ...] = ()
