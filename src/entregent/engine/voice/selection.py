"""Which texts teach most when only some can be coded: the least certain, or the most different."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from entregent.engine.arrays import finite_matrix


def least_certain(margins: Sequence[ArrayLike], count: int) -> list[int]:
    """Ranks of the texts on which a coder hesitates most, the most hesitant first.

    margins: for each text, how clear the coder is at each of its places, 0 to 1; a text is as
    certain as its least certain place, and one without places is never chosen.
    Ties keep their order. Returns at most `count` ranks.
    Source: Lewis and Gale 1994, "A Sequential Algorithm for Training Text Classifiers", SIGIR.

    >>> least_certain([[0.9, 0.8], [0.1, 0.9], [], [0.5]], 2)
    [1, 3]
    """
    lowest = [(float(np.min(own)), rank) for rank, own in enumerate(margins) if np.size(own)]
    return [rank for _, rank in sorted(lowest)[:count]]


def farthest_first(vectors: ArrayLike, count: int, *, seen: ArrayLike | None = None) -> list[int]:
    """Ranks of texts that are most unlike those seen and each other, the most unlike first.

    vectors: texts by dimensions, of length 1.  seen: the same, of what was coded already; without
    any, the text nearest to the middle of all begins.
    Each next text is the one whose nearest text, seen or chosen, is farthest by cosine.
    Returns at most `count` ranks. Raises NotFinite, BrokenContract unless two-dimensional.
    Source: Gonzalez 1985, "Clustering to minimize the maximum intercluster distance", TCS 38.

    >>> farthest_first([[1.0, 0.0], [0.99, 0.14], [0.0, 1.0]], 2, seen=[[1.0, 0.0]])
    [2, 1]
    """
    pool = finite_matrix(vectors, "vectors")
    nearest: NDArray[np.float64] = np.full(len(pool), -np.inf)
    if seen is not None and len(np.asarray(seen)):
        nearest = (pool @ finite_matrix(seen, "vectors").T).max(axis=1)
    chosen: list[int] = []
    left = np.ones(len(pool), bool)
    for _ in range(min(count, len(pool))):
        if np.isneginf(nearest[left]).all():
            rank = int(np.argmax(pool @ pool.mean(axis=0)))
        else:
            rank = int(np.argmin(np.where(left, nearest, np.inf)))
        chosen.append(rank)
        left[rank] = False
        nearest = np.maximum(nearest, pool @ pool[rank])
    return chosen
