"""What every encoder promises."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class EncoderAbsent(Exception):
    """The encoder asked for is not installed here, or its server does not answer."""


@runtime_checkable
class Encoder(Protocol):
    """Texts in, vectors of length 1 out; the same name and version always give the same vectors."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def dim(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row per text; a text in which nothing is known gives a row of zeros."""
        ...


@runtime_checkable
class ContextEncoder(Encoder, Protocol):
    """An encoder for which the same words mean something else in another place."""

    def encode_within(self, passages: Sequence[str], wholes: Sequence[str]) -> Vectors:
        """One row per passage, read in the text it is of."""
        ...

    def encode_after(self, passages: Sequence[str], befores: Sequence[str]) -> Vectors:
        """One row per utterance, read after what stands before it."""
        ...


def unit_length(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)
