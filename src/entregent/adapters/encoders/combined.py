"""Two encoders side by side, each keeping its say."""

from collections.abc import Sequence

import numpy as np

from entregent.adapters.encoders.port import Encoder, Vectors


class CombinedEncoder:
    """Vectors of every part one after another, scaled so that the whole has length 1."""

    def __init__(self, name: str, parts: Sequence[Encoder]) -> None:
        self.name, self._parts = name, tuple(parts)
        self.version = "+".join(f"{part.name}-{part.version}" for part in self._parts)
        self.dim = sum(part.dim for part in self._parts)

    def encode(self, texts: Sequence[str]) -> Vectors:
        share = np.float32(len(self._parts) ** -0.5)
        return np.concatenate([part.encode(texts) for part in self._parts], axis=1) * share
