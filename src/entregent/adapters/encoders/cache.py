"""Vectors kept by what was encoded and by what encoded it, so that nothing is encoded twice."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

import numpy as np

from entregent.adapters.encoders.port import Encoder, Vectors

_LOOKED_UP_AT_ONCE = 500


class CachedEncoder:
    """An encoder that remembers. Only digests of texts are written, never their words.

    Vectors come back at half precision, whether just encoded or remembered, so both are equal.
    """

    def __init__(self, encoder: Encoder, place: Path) -> None:
        self._encoder, self._place = encoder, place
        self.name, self.version, self.dim = encoder.name, encoder.version, encoder.dim
        place.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._opened()) as store, store:
            store.execute("PRAGMA journal_mode=WAL")
            store.execute(
                "CREATE TABLE IF NOT EXISTS vectors (digest BLOB PRIMARY KEY, vector BLOB NOT NULL)"
                " WITHOUT ROWID"
            )

    def encode(self, texts: Sequence[str]) -> Vectors:
        digests = [self._digest(text) for text in texts]
        with closing(self._opened()) as store:
            known = self._remembered(store, list(set(digests)))
            fresh = {d: t for d, t in zip(digests, texts, strict=True) if d not in known}
            if fresh:
                vectors = self._encoder.encode(list(fresh.values())).astype(np.float16)
                rows = list(zip(fresh, vectors, strict=True))
                with store:
                    store.executemany(
                        "INSERT OR IGNORE INTO vectors VALUES (?, ?)",
                        [(digest, vector.tobytes()) for digest, vector in rows],
                    )
                known.update(rows)
        found = np.zeros((len(texts), self.dim), np.float32)
        for place, digest in enumerate(digests):
            found[place] = known[digest]
        return found

    def _opened(self) -> sqlite3.Connection:
        return sqlite3.connect(self._place, timeout=30)

    def _digest(self, text: str) -> bytes:
        return blake2b(
            f"{self.name}\0{self.version}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16
        ).digest()

    def _remembered(
        self, store: sqlite3.Connection, digests: list[bytes]
    ) -> dict[bytes, np.ndarray[tuple[int, ...], np.dtype[np.float16]]]:
        known = {}
        for first in range(0, len(digests), _LOOKED_UP_AT_ONCE):
            asked = digests[first : first + _LOOKED_UP_AT_ONCE]
            marks = ",".join("?" * len(asked))
            for digest, vector in store.execute(
                f"SELECT digest, vector FROM vectors WHERE digest IN ({marks})", asked
            ):
                known[digest] = np.frombuffer(vector, np.float16)
        return known
