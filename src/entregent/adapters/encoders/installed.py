"""Any model of sentence-transformers that is installed or downloaded by the firm."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from entregent.adapters.encoders.port import EncoderAbsent, Vectors, unit_length


class SentenceTransformersEncoder:
    """`model` is a name or a folder, as sentence-transformers takes it."""

    def __init__(self, model: str) -> None:
        try:
            from sentence_transformers import (  # noqa: PLC0415 - an extra
                SentenceTransformer,
            )
        except ImportError as problem:
            raise EncoderAbsent("install entregent[sentence-transformers] first") from problem
        self._model: Any = SentenceTransformer(model)
        self.name, self.version = "sentence-transformers", model
        self.dim = int(self._model.get_sentence_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        found = self._model.encode(list(texts), show_progress_bar=False)
        return unit_length(np.asarray(found, np.float32))
