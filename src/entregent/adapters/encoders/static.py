"""The fast encoder: one small vector per word, averaged; no run-time dependency."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from entregent.adapters.encoders.port import EncoderAbsent, Vectors, unit_length
from entregent.engine.voice.words import folded, plain, tokens_in

TABLE = "voice/encoder/fast.npz"
_SHORTEST_STEM = 4
_MOST_WORDS_KEPT = 200_000


@dataclass(slots=True)
class StaticTable:
    """Vectors of words, as whole numbers of -127 to 127 and one scale per word.

    words: lower case, as `words_in` gives them.  version: changes whenever a vector does.
    """

    words: Sequence[str]
    quantised: NDArray[np.int8]
    scales: NDArray[np.float32]
    version: str
    name: str = "fast"
    _rank: dict[str, int] = field(init=False, repr=False)
    _unaccented: dict[str, int] = field(init=False, repr=False)
    _met: dict[str, int] = field(init=False, repr=False)
    _vectors: Vectors = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._rank = {word: rank for rank, word in enumerate(self.words)}
        self._unaccented = {}
        for rank, word in enumerate(self.words):
            self._unaccented.setdefault(folded(word), rank)
        self._met = {}
        nothing = np.zeros((1, self.quantised.shape[1]), np.float32)
        self._vectors = np.concatenate([self.quantised * self.scales[:, None], nothing])

    @property
    def dim(self) -> int:
        return int(self.quantised.shape[1])

    def encode(self, texts: Sequence[str]) -> Vectors:
        ranks, sizes = self.ranks_of(texts)
        if not len(texts) or not ranks.size:
            return np.zeros((len(texts), self.dim), np.float32)
        # A word unknown to the table points at the last row, which is zero.
        starts = np.append(0, np.cumsum(sizes))
        shape = (len(texts), len(self._vectors))
        counts = csr_matrix((np.ones(ranks.size, np.float32), ranks, starts), shape=shape)
        return unit_length(counts @ self._vectors)

    def ranks_of(self, texts: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Row of every word of every text, and how many words each text has."""
        if len(self._met) > _MOST_WORDS_KEPT:
            self._met.clear()
        cut = [tokens_in(text) for text in texts]
        tokens = list(chain.from_iterable(cut))
        self._met.update(
            (token, self._found(plain(token))) for token in set(tokens).difference(self._met)
        )
        ranks = np.fromiter(map(self._met.__getitem__, tokens), np.int64, len(tokens))
        return ranks, np.fromiter(map(len, cut), np.int64, len(cut))

    def _found(self, word: str) -> int:
        """Its own row, that of its accents left out, or that of its longest known beginning."""
        if word in self._rank:
            return self._rank[word]
        bare = folded(word)
        for length in range(len(bare), max(_SHORTEST_STEM, len(bare) * 3 // 5) - 1, -1):
            rank = self._unaccented.get(bare[:length])
            if rank is not None:
                return rank
        return len(self.words)

    def to_bytes(self) -> bytes:
        written = io.BytesIO()
        np.savez_compressed(
            written,
            allow_pickle=False,
            words=np.frombuffer("\n".join(self.words).encode(), np.uint8),
            quantised=self.quantised,
            scales=self.scales.astype(np.float16),
            version=np.frombuffer(self.version.encode(), np.uint8),
        )
        return written.getvalue()


def table_of(written: bytes) -> StaticTable:
    """The table that `StaticTable.to_bytes` wrote."""
    arrays = np.load(io.BytesIO(written), allow_pickle=False)
    return StaticTable(
        bytes(arrays["words"]).decode().split("\n"),
        arrays["quantised"],
        arrays["scales"].astype(np.float32),
        bytes(arrays["version"]).decode(),
    )


@lru_cache(maxsize=1)
def fast_encoder() -> StaticTable:
    """The table that the package carries."""
    carried = files("entregent.catalogue") / TABLE
    if not carried.is_file():
        raise EncoderAbsent("the package carries no table of words; make one with `coder distil`")
    return table_of(carried.read_bytes())
