"""An export's rows as evidence, batch by batch: read and converted here, or in a process beside.

Reading and converting cost as much as storing. Beside, they keep a core of their own busy, one
batch ahead: the pipe holds the other process back, so that memory stays constant. It ends with
this one, for it can write to nobody then.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from traceback import format_exc
from typing import IO

from entregent.adapters.intake.conversion import Conversion, Converted
from entregent.adapters.intake.mapping import Mapping
from entregent.adapters.intake.packing import pack, unpack
from entregent.adapters.readers import open_reading
from entregent.adapters.readers.batches import Reason, UnreadableFile
from entregent.adapters.readers.choices import Choices


@dataclass(frozen=True, slots=True)
class Export:
    """A file, how its person chose to have it read, and what its columns mean to its source."""

    path: Path
    name: str
    choices: Choices
    mapping: Mapping
    source: str


class ReadingFailed(Exception):
    """The process beside met a defect; its traceback follows."""


def converted(export: Export, size: int) -> Iterator[Converted]:
    """Every batch of the file, in order. Raises UnreadableFile."""
    convert = Conversion(export.mapping, export.source)
    reading = open_reading(export.path, name=export.name, choices=export.choices)
    return map(convert, reading.batches(size))


def converted_beside(export: Export, size: int) -> Iterator[Converted]:
    """The same batches, made in a process of their own. Raises UnreadableFile, ReadingFailed."""
    program = "from entregent.adapters.intake.reading import hand_over; hand_over()"
    beside = subprocess.Popen(  # noqa: S603  our own program
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert beside.stdin
    assert beside.stdout
    try:
        with beside.stdin as order:
            pickle.dump((export, size), order)
        while (said := _told(beside.stdout)) is not None:
            if isinstance(said, Reason):
                raise UnreadableFile(said)
            if isinstance(said, str):
                raise ReadingFailed(said)
            yield unpack(said)
    finally:
        beside.stdout.close()
        beside.kill()
        beside.wait()


def _told(words: IO[bytes]) -> Converted | Reason | str | None:
    """What the process beside says next: a batch, why there is none, or None at the end."""
    try:
        said: Converted | Reason | str | None = pickle.load(words)  # noqa: S301  our own process
    except EOFError:
        return "the process that reads the file was ended from outside"
    return said


def hand_over() -> None:
    """The process beside: read the order, write batch after batch."""
    words = os.fdopen(os.dup(1), "wb")
    # Whatever prints must not mix with them.
    os.dup2(2, 1)
    export, size = pickle.load(sys.stdin.buffer)  # noqa: S301  from the process that started us
    try:
        for batch in converted(export, size):
            pickle.dump(pack(batch), words, protocol=5)
            words.flush()
        pickle.dump(None, words)
        words.flush()
    except UnreadableFile as problem:
        pickle.dump(problem.reason, words)
        words.flush()
    except BrokenPipeError:
        # Nobody listens any more. Nothing is left to be written at exit either.
        os._exit(0)
    except Exception:  # noqa: BLE001  told to the one who ordered
        pickle.dump(format_exc(), words)
        words.flush()
