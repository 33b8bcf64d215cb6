"""Vectors of texts on disk, and the nearest among them: a cache, memory-mapped, scanned in portions.

A folder holds one row of half-precision numbers per text and beside it the text's key. Rows are
added at the end, keys rising; a text that is forgotten keeps its row, of zeros. What the folder is
said to hold (rows, encoder) is written last and in one move, so that an interruption loses at most
the rows being added.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

KEYS, VECTORS, STATE = "keys.i64", "vectors.f16", "state.json"
PORTION = 65_536
"""Rows compared at once: some 30 MB of single-precision numbers."""


@dataclass(frozen=True, slots=True)
class State:
    """What may be read: rows of so many numbers, made by an encoder of this name and version."""

    encoder: str
    dimension: int
    rows: int = 0


class VectorFolder:
    """The vectors of one encoder; another encoder's are dropped."""

    def __init__(self, folder: Path, encoder: str, dimension: int) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        held, empty = _state(folder), State(encoder, dimension)
        self.state = empty if held is None else held
        if (self.state.encoder, self.state.dimension) != (encoder, dimension):
            self.state = empty
            self.clear()

    def clear(self) -> None:
        """Drop every vector."""
        for name in (STATE, KEYS, VECTORS):
            (self.folder / name).unlink(missing_ok=True)
        self.state = State(self.state.encoder, self.state.dimension)

    @property
    def last(self) -> int:
        """The highest key held; 0 without any."""
        keys = self._keys()
        return int(keys[-1]) if len(keys) else 0

    def add(self, keys: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Add rows whose keys rise, all beyond the last."""
        if not keys:
            return
        rows, width = self.state.rows, 2 * self.state.dimension
        for name, start, values in (
            (KEYS, rows * 8, np.asarray(keys, np.int64)),
            (VECTORS, rows * width, vectors.astype(np.float16)),
        ):
            path = self.folder / name
            path.touch(mode=0o600)
            with path.open("r+b") as file:
                # What an interrupted addition left behind the rows that count is written over.
                file.truncate(start)
                file.seek(start)
                file.write(values.tobytes())
        self.state = State(self.state.encoder, self.state.dimension, rows + len(keys))
        draft = self.folder / f"{STATE}.{os.getpid()}"
        draft.write_text(json.dumps(asdict(self.state)))
        draft.replace(self.folder / STATE)

    def forget(self, keys: Sequence[int]) -> None:
        """Wipe the vectors of some texts, on disk."""
        held = self._keys()
        if not len(held) or not len(keys):
            return
        asked = np.unique(np.asarray(keys, np.int64))
        places = np.searchsorted(held, asked)
        places = places[(places < len(held)) & (held[np.minimum(places, len(held) - 1)] == asked)]
        vectors = self._vectors("r+")
        vectors[places] = 0
        vectors.flush()

    def vector_of(self, key: int) -> NDArray[np.float32] | None:
        """The vector of one text; None where it is not held."""
        held = self._keys()
        place = int(np.searchsorted(held, key))
        if place == len(held) or held[place] != key:
            return None
        vector = self._vectors()[place].astype(np.float32)
        return vector if vector.any() else None

    def nearest(self, vector: NDArray[np.float32], most: int) -> list[tuple[int, float]]:
        """Keys of the texts most like a vector, and their cosine with it; the most alike first."""
        keys = self._keys()
        if not len(keys) or not vector.any():
            return []
        vectors = self._vectors()
        asked = vector / np.linalg.norm(vector)
        likeness = np.empty(len(keys), np.float32)
        for start in range(0, len(keys), PORTION):
            some = vectors[start : start + PORTION].astype(np.float32)
            lengths = np.linalg.norm(some, axis=1)
            likeness[start : start + PORTION] = np.divide(
                some @ asked, lengths, out=np.full(len(some), -1, np.float32), where=lengths > 0
            )
        most = min(most, len(keys))
        best = np.argpartition(-likeness, most - 1)[:most]
        best = best[np.lexsort((-keys[best], -likeness[best]))]
        return [(int(keys[one]), float(likeness[one])) for one in best if likeness[one] > 0]

    def _keys(self) -> NDArray[np.int64]:
        if not self.state.rows:
            return np.empty(0, np.int64)
        return np.memmap(self.folder / KEYS, np.int64, "r", shape=(self.state.rows,))

    def _vectors(self, mode: Literal["r", "r+"] = "r") -> "np.memmap[Any, np.dtype[np.float16]]":
        shape = (self.state.rows, self.state.dimension)
        return np.memmap(self.folder / VECTORS, np.float16, mode, shape=shape)


def _state(folder: Path) -> State | None:
    """What a folder says it holds; None where it says nothing, or more than is there."""
    try:
        state = State(**json.loads((folder / STATE).read_text()))
        whole = (folder / VECTORS).stat().st_size >= state.rows * state.dimension * 2
        return state if whole and (folder / KEYS).stat().st_size >= state.rows * 8 else None
    except (OSError, ValueError, TypeError):
        return None
