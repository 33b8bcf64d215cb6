"""Any server that speaks the OpenAI `/v1/embeddings` protocol, one in the firm's own house too."""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

import numpy as np

from entregent.adapters.encoders.port import EncoderAbsent, Vectors, unit_length

BATCH = 128


class EndpointEncoder:
    """Asks in batches. Redaction is the caller's: what is handed over leaves the machine.

    address: up to and with `/v1`.  Raises EncoderAbsent when the server refuses or answers badly.
    """

    name = "endpoint"

    def __init__(self, address: str, model: str, *, key: str = "", seconds: float = 60) -> None:
        if not address.startswith(("http://", "https://")):
            raise EncoderAbsent(f"{address} is no web address")
        self._address = f"{address.rstrip('/')}/embeddings"
        self._key, self._seconds = key, seconds
        self.version = model
        self.dim = int(self._asked(["."]).shape[1])

    def encode(self, texts: Sequence[str]) -> Vectors:
        batches = [texts[first : first + BATCH] for first in range(0, len(texts), BATCH)]
        if not batches:
            return np.zeros((0, self.dim), np.float32)
        return unit_length(np.concatenate([self._asked(batch) for batch in batches]))

    def _asked(self, texts: Sequence[str]) -> Vectors:
        # The protocol refuses empty texts; a full stop stands for one.
        words = [text if text.strip() else "." for text in texts]
        asked = urllib.request.Request(  # noqa: S310 - the address was checked above
            self._address,
            json.dumps({"model": self.version, "input": words}).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=self._seconds) as answer:  # noqa: S310
                return _vectors(json.load(answer), len(words))
        except (OSError, ValueError) as problem:
            reason = problem.reason if isinstance(problem, urllib.error.URLError) else problem
            raise EncoderAbsent(f"the embedding server does not answer: {reason}") from problem


def _vectors(answer: Any, expected: int) -> Vectors:
    try:
        told = sorted(answer["data"], key=lambda one: one["index"])
        found = np.array([one["embedding"] for one in told], np.float32)
    except (TypeError, KeyError) as problem:
        raise ValueError("its answer holds no vectors") from problem
    if found.ndim != 2 or len(found) != expected:
        raise ValueError(f"it gave {len(found)} vectors for {expected} texts")
    return found
