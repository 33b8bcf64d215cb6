"""The fast table, taken from a larger encoder: its vectors of single words, bent by ridge
regression until their average over a sentence comes close to its vector of that sentence."""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags
from scipy.sparse.linalg import LinearOperator, cg

from entregent.adapters.encoders.port import Encoder, Vectors
from entregent.adapters.encoders.static import StaticTable

BATCH = 256


def distil(
    teacher: Encoder,
    words: Sequence[str],
    sentences: Sequence[str],
    *,
    dimensions: int = 128,
    ridge: float = 0.5,
) -> StaticTable:
    """A static table that answers as closely to the teacher as averaging words allows.

    words: what the table will know.  sentences: unlabelled, of the languages and kind it will
    read.  dimensions: kept, those in which the teacher's vectors of the sentences vary most.
    ridge: how hard words are held to where the teacher puts them alone, in sentences.
    """
    alone, targets = _encoded(teacher, words), _encoded(teacher, sentences)
    kept = _principal(np.concatenate([targets, alone[:: max(1, len(alone) // 5000)]]), dimensions)
    start, wanted = alone @ kept, targets @ kept
    # Rare words say more of a sentence than common ones: begin from vectors so weighed.
    counts = _counts(words, sentences)
    frequency = np.asarray(counts.sum(axis=0)).ravel()
    weight = 1 / (1 + frequency / (frequency.sum() * 1e-3 + 1))
    start = (start - start.mean(axis=0)) * np.sqrt(weight)[:, None]
    shares = diags(1 / np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1)) @ counts
    bent = _bent(shares, start.astype(np.float64), wanted.astype(np.float64), ridge)
    return _quantised(words, bent, teacher)


def _encoded(teacher: Encoder, texts: Sequence[str]) -> Vectors:
    """The teacher's vectors, texts of like length together so that no batch is mostly padding."""
    by_length = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    found = np.zeros((len(texts), teacher.dim), np.float32)
    for first in range(0, len(texts), BATCH):
        places = by_length[first : first + BATCH]
        found[places] = teacher.encode([texts[place] for place in places])
    return found


def _principal(vectors: Vectors, dimensions: int) -> NDArray[np.float64]:
    moments = vectors.T.astype(np.float64) @ vectors
    _, directions = np.linalg.eigh(moments)
    return np.asarray(directions[:, ::-1][:, :dimensions])


def _counts(words: Sequence[str], sentences: Sequence[str]) -> csr_matrix:
    placeholder = StaticTable(
        words, np.zeros((len(words), 1), np.int8), np.zeros(len(words), np.float32), ""
    )
    ranks, sizes = placeholder.ranks_of(sentences)
    owners = np.repeat(np.arange(len(sentences)), sizes)
    known = ranks < len(words)
    return csr_matrix(
        (np.ones(int(known.sum())), (owners[known], ranks[known])),
        shape=(len(sentences), len(words)),
    )


def _bent(
    shares: csr_matrix,
    start: NDArray[np.float64],
    wanted: NDArray[np.float64],
    ridge: float,
) -> NDArray[np.float64]:
    """Least squares towards the sentences, held to `start` by the ridge; one dimension at a time."""
    # A sentence's vector has length 1 while an average of words is short: scale words up first.
    reached = shares @ start
    scale = float((reached * wanted).sum() / ((reached**2).sum() + 1e-12))
    start = start * scale
    penalty = ridge * float(shares.multiply(shares).sum()) / shares.shape[1]
    system = LinearOperator(
        (shares.shape[1], shares.shape[1]),
        matvec=lambda vector: shares.T @ (shares @ vector) + penalty * vector,
    )
    rest = wanted - shares @ start
    moved = np.empty_like(start)
    for dimension in range(start.shape[1]):
        moved[:, dimension], _ = cg(system, shares.T @ rest[:, dimension], rtol=1e-3, maxiter=60)
    return np.asarray(start + moved)


def _quantised(words: Sequence[str], vectors: NDArray[np.float64], teacher: Encoder) -> StaticTable:
    scales = (np.abs(vectors).max(axis=1) / 127 + 1e-12).astype(np.float16).astype(np.float32)
    scales = np.maximum(scales, np.float32(6e-8))
    quantised = np.clip(np.round(vectors / scales[:, None]), -127, 127).astype(np.int8)
    digest = sha256("\n".join(words).encode() + quantised.tobytes()).hexdigest()[:8]
    return StaticTable(words, quantised, scales, f"{teacher.name}-{teacher.version}-{digest}")
