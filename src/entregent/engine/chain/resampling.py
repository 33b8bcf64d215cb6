"""Correlation matrices of many reweighted samples at once."""

import numpy as np
from numpy.typing import NDArray

from entregent.engine.chain.weighting import Matrix

CELLS = 4_000_000  # numbers held at a time by the products below, about 32 MB


def weighted_moments(standardised: Matrix, counts: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Means, standard deviations and correlations of the items in each sample.

    standardised: (respondents, items), on the scale of the whole sample, which keeps the sums
    well conditioned.  counts: (samples, respondents), how often each respondent is drawn.
    Returns (samples, items), (samples, items) and (samples, items, items); an item that is
    constant in a sample has standard deviation 0 and correlations NaN there.
    """
    items = standardised.shape[1]
    upper = np.triu_indices(items)
    sums = np.zeros((len(counts), len(upper[0])))
    step = max(1, CELLS // len(upper[0]))
    for start in range(0, len(standardised), step):
        part = standardised[start : start + step]
        sums += counts[:, start : start + step] @ (part[:, upper[0]] * part[:, upper[1]])
    drawn = counts.sum(axis=1)[:, None]
    means = counts @ standardised / drawn
    products = np.empty((len(counts), items, items))
    products[:, upper[0], upper[1]] = sums / drawn
    products[:, upper[1], upper[0]] = sums / drawn
    covariances = products - means[:, :, None] * means[:, None, :]
    variances = np.einsum("bii->bi", covariances).copy()
    variances[variances < 1e-12] = 0.0
    deviations = np.sqrt(variances)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlations = covariances / (deviations[:, :, None] * deviations[:, None, :])
    # Exactly one, so that the diagonal does not drift by rounding.
    diagonal = np.arange(items)
    correlations[:, diagonal, diagonal] = np.where(deviations > 0, 1.0, np.nan)
    return means, deviations, correlations


def draws_with_replacement(
    respondents: int, samples: int, generator: np.random.Generator
) -> Matrix:
    """(samples, respondents): how often each respondent falls into each bootstrap sample."""
    drawn = generator.integers(0, respondents, size=(samples, respondents))
    places = drawn + respondents * np.arange(samples)[:, None]
    counted: NDArray[np.intp] = np.bincount(places.ravel(), minlength=samples * respondents)
    return counted.reshape(samples, respondents).astype(np.float64)
