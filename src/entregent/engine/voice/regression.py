"""Ridge softmax regression of several codes at once.

All codes look at the same rows, sparse words beside dense vectors; going through the rows once for
all codes is several times faster than fitting code after code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import log_softmax

Floats = NDArray[np.float32]
MOST_STEPS = 80


@dataclass(frozen=True, slots=True)
class Rows:
    """Examples as features: words (sparse) beside vectors (dense, possibly of no column)."""

    words: csr_matrix
    vectors: Floats

    @property
    def width(self) -> int:
        return int(self.words.shape[1] + self.vectors.shape[1])

    def __getitem__(self, kept: NDArray[Any]) -> "Rows":
        return Rows(self.words[kept], self.vectors[kept])

    def __matmul__(self, weights: Floats) -> Floats:
        known = self.words.shape[1]
        return np.asarray(self.words @ weights[:known] + self.vectors @ weights[known:])

    def gathered(self, of_rows: Floats) -> Floats:
        """Transposed product: what each feature receives from the rows."""
        return np.concatenate([self.words.T @ of_rows, self.vectors.T @ of_rows])


@dataclass(frozen=True, slots=True)
class Target:
    """One code: rank of the right value per row and what each row weighs (0: not known)."""

    ranks: NDArray[np.intp]
    values: int
    weights: Floats


def fit_together(
    rows: Rows, targets: Sequence[Target], strength: float
) -> list[tuple[Floats, Floats]]:
    """Weights (features by values) and bias of each target.

    Minimises, for every target, strength times the weighted negative log-likelihood plus half the
    squared weights; biases are free. As the sum falls apart by target, so does the answer.
    """
    places = np.cumsum([0, *(target.values for target in targets)])
    columns = int(places[-1])
    size = rows.width * columns

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat[:size].reshape(rows.width, columns).astype(np.float32)
        logits = (rows @ weights).astype(np.float64) + flat[size:]
        pull = np.zeros_like(logits)
        total = 0.5 * float(flat[:size] @ flat[:size])
        for target, first, last in zip(targets, places[:-1], places[1:], strict=True):
            logs = log_softmax(logits[:, first:last], axis=1)
            known = np.arange(len(logs))
            weighing = strength * target.weights
            total -= float(weighing @ logs[known, target.ranks])
            own = np.exp(logs)
            own[known, target.ranks] -= 1
            pull[:, first:last] = own * weighing[:, None]
        slope = rows.gathered(pull.astype(np.float32)).astype(np.float64).ravel() + flat[:size]
        return total, np.concatenate([slope, pull.sum(axis=0)])

    found = minimize(
        loss,
        np.zeros(size + columns),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MOST_STEPS, "ftol": 1e-5, "gtol": 1e-2, "maxcor": 8},
    ).x
    weights = found[:size].reshape(rows.width, columns).astype(np.float32)
    bias = found[size:].astype(np.float32)
    return [
        (np.ascontiguousarray(weights[:, first:last]), bias[first:last])
        for first, last in pairwise(places)
    ]
