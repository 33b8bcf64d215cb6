"""Vectors of passages by a transformer that reads them in their context."""

import io
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from entregent.adapters.encoders.port import Encoder, EncoderAbsent, Vectors
from entregent.adapters.encoders.static import fast_encoder
from entregent.adapters.encoders.tuned.documents import (
    Document,
    answer_to,
    passages_in,
    whole_text,
)
from entregent.adapters.encoders.tuned.pieces import Pieces

TUNED = "tuned"
GRAPH, PIECES = "reader.onnx", "pieces.npz"
BLOCK = 32
SHORTER = np.float32(0.1)
"""What the transformer's numbers are multiplied by, so that all weights are of one size."""
_REMEMBERED = 512


class TunedEncoder:
    """What a transformer makes of a passage in its context, beside what the fast table says of it.

    A vector is the mean over the passage's pieces, then the fast table's vector of the passage and
    that of what stands around it; Documents are read one
    by one, so that a vector does not depend on what is read beside it, several at once on as many
    threads.  graph: ONNX; pieces: `written_pieces`.
    """

    name = TUNED

    def __init__(self, graph: bytes, pieces: bytes, beside: Encoder, *, threads: int = 1) -> None:
        try:
            import onnxruntime  # noqa: PLC0415 - an extra
        except ImportError as problem:
            raise EncoderAbsent("install entregent[tuned] to read with it") from problem
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"]
        )
        with np.load(io.BytesIO(pieces), allow_pickle=False) as arrays:
            self._pieces = Pieces(bytes(arrays["pieces"]).decode().split("\n"), arrays["chances"])
            self._nibbles, self._scales = arrays["nibbles"], arrays["scales"].astype(np.float32)
            self._places = arrays["places"].astype(np.float32)
        self._beside = beside
        self.width = int(self._places.shape[1])
        self.dim = self.width + 2 * beside.dim
        self.version = f"{sha256(graph + pieces).hexdigest()[:8]}+{beside.name}-{beside.version}"
        self._threads = threads
        self._said: dict[bytes, Vectors] = {}
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of whole texts."""
        read = (
            one for rank, text in enumerate(texts) for one in whole_text(self._pieces, rank, text)
        )
        return self._side_by_side(self._means(len(texts), read), texts, [""] * len(texts))

    def encode_within(self, passages: Sequence[str], wholes: Sequence[str]) -> Vectors:
        """Vectors of passages, each read in the text it is of."""
        by_whole: dict[str, list[tuple[int, str]]] = {}
        for rank, (passage, whole) in enumerate(zip(passages, wholes, strict=True)):
            by_whole.setdefault(whole, []).append((rank, passage))
        read = (
            one for whole, own in by_whole.items() for one in passages_in(self._pieces, whole, own)
        )
        return self._side_by_side(self._means(len(passages), read), passages, wholes)

    def encode_after(self, passages: Sequence[str], befores: Sequence[str]) -> Vectors:
        """Vectors of utterances, each read after what stands before it."""
        read = (
            one
            for rank, (passage, before) in enumerate(zip(passages, befores, strict=True))
            for one in answer_to(self._pieces, rank, passage, before)
        )
        return self._side_by_side(self._means(len(passages), read), passages, befores)

    def _side_by_side(
        self, made: Vectors, passages: Sequence[str], around: Sequence[str]
    ) -> Vectors:
        rank = {text: place for place, text in enumerate(dict.fromkeys(around))}
        settings = self._beside.encode(list(rank))[[rank[text] for text in around]]
        return np.concatenate([made * SHORTER, self._beside.encode(passages), settings], axis=1)

    def _means(self, passages: int, documents: Iterable[Document]) -> Vectors:
        sums = np.zeros((passages, self.width), np.float32)
        sizes = np.zeros((passages, 1), np.float32)
        read = list(documents)
        with ThreadPoolExecutor(self._threads) as several:
            for document, made in zip(read, several.map(self._read, read), strict=True):
                for passage, first, end in document.spans:
                    sums[passage] += made[first:end].sum(axis=0)
                    sizes[passage] += end - first
        return np.asarray(sums / np.maximum(sizes, 1), np.float32)

    def _read(self, document: Document) -> Vectors:
        # A text is read for its segments, then for itself: the second time is free.
        key = np.asarray(document.pieces, np.int32).tobytes()
        if (known := self._said.get(key)) is not None:
            return known
        words = vectors_of(self._nibbles[document.pieces], self._scales[document.pieces])
        vectors = words + self._places[: len(words)]
        (made,) = self._session.run(None, {"pieces": vectors})
        with self._lock:
            while len(self._said) >= _REMEMBERED:
                del self._said[next(iter(self._said))]
            self._said[key] = made
        return np.asarray(made, np.float32)


def vectors_of(nibbles: NDArray[np.uint8], scales: NDArray[np.float32]) -> Vectors:
    """Vectors written in four bits, a scale for each block; the low bits hold a block's first half.

    >>> vectors_of(np.full((1, 16), 0x9A, np.uint8), np.full((1, 1), 0.5, np.float32))[0, [0, 31]]
    array([1. , 0.5], dtype=float32)
    """
    halves = np.stack([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8
    blocks = halves.reshape(len(nibbles), 2, -1, BLOCK // 2).transpose(0, 2, 1, 3)
    scaled = blocks.reshape(len(nibbles), -1, BLOCK) * scales[:, :, None]
    return np.asarray(scaled.reshape(len(nibbles), -1), np.float32)


def written_pieces(
    pieces: Sequence[str],
    chances: NDArray[np.float32],
    nibbles: NDArray[np.uint8],
    scales: NDArray[np.float16],
    places: NDArray[np.float16],
) -> bytes:
    """Pieces, their chances and vectors in four bits, and the vectors of places in a document."""
    written = io.BytesIO()
    np.savez_compressed(
        written,
        allow_pickle=False,
        pieces=np.frombuffer("\n".join(pieces).encode(), np.uint8),
        chances=chances,
        nibbles=nibbles,
        scales=scales,
        places=places,
    )
    return written.getvalue()


@lru_cache(maxsize=1)
def tuned_encoder() -> TunedEncoder:
    """The one that the package carries; raises EncoderAbsent."""
    folder = files("entregent.catalogue") / "voice" / "encoder" / "tuned"
    try:
        graph, pieces = ((folder / name).read_bytes() for name in (GRAPH, PIECES))
    except OSError as problem:
        raise EncoderAbsent("the package was built without the tuned reader") from problem
    return TunedEncoder(graph, pieces, fast_encoder())
