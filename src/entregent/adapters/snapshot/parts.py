"""Which files make up the snapshot: each holds the rows of one table within a range of keys."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file: rows whose key lies within first and last, both included."""

    file: str
    first: int
    last: int
    rows: int


@dataclass(slots=True)
class Manifest:
    """What a reader may trust: replaced in one move, so that a reader sees all of a refresh or none."""

    version: int = 0
    tables: dict[str, list[Part]] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The folder's manifest; an empty one when there is none, or none that can be read."""
        try:
            written = json.loads((folder / NAME).read_text())
            tables = {
                table: [Part(**part) for part in parts]
                for table, parts in written["tables"].items()
            }
            return cls(written["version"], tables)
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return cls()

    def write(self, folder: Path) -> None:
        body = {
            "version": self.version,
            "tables": {
                table: [asdict(part) for part in parts] for table, parts in self.tables.items()
            },
        }
        draft = folder / f"{NAME}.{os.getpid()}"
        draft.write_text(json.dumps(body))
        draft.replace(folder / NAME)

    def files(self) -> set[str]:
        return {part.file for parts in self.tables.values() for part in parts}
