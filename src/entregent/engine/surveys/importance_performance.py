"""Importance and performance of attributes, crossed: where to concentrate, what to keep up.

Importance is derived (what goes with satisfaction) or stated (what people say matters); name
which. An attribute that everybody does well looks unimportant when derived, so read must-be
attributes from Kano beside this map. Against the best competitor, prefer the gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from entregent.engine.arrays import finite_matrix, finite_vector, side_by_side
from entregent.engine.errors import BrokenContract, ConstantColumn, UnknownOption
from entregent.engine.estimates import Estimate, percentile_interval

Source = Literal["derived", "stated"]
SOURCES = ("derived", "stated")
Crosshair = Literal["mean", "median"]
CROSSHAIRS = ("mean", "median")
Quadrant = Literal["concentrate here", "keep up", "low priority", "possible overkill"]
QUADRANTS: tuple[Quadrant, ...] = (
    "concentrate here",
    "keep up",
    "low priority",
    "possible overkill",
)


@dataclass(frozen=True, slots=True)
class AttributePosition:
    """One attribute on the map.

    importance, performance: in their own units. gap: performance less the best competitor's, None
    when none is given. certainty: percent of resamples in the same quadrant; None without answers
    to resample.
    """

    name: str
    importance: Estimate
    performance: Estimate
    quadrant: Quadrant
    certainty: float | None
    gap: float | None


@dataclass(frozen=True, slots=True)
class ImportancePerformance:
    """The map: where the crosshairs stand, and every attribute, most important first."""

    source: str
    importance_crosshair: float
    performance_crosshair: float
    attributes: tuple[AttributePosition, ...]


def importance_performance(
    importance: ArrayLike,
    performance: ArrayLike,
    names: Sequence[str],
    *,
    source: Source,
    crosshair: Crosshair = "mean",
    best_competitor: ArrayLike | None = None,
) -> ImportancePerformance:
    """Place attributes by figures already at hand: one importance and one performance each.

    importance, performance, best_competitor: shape (attributes,).
    Crosshairs stand at the means (or medians); on a crosshair counts as above it.
    Raises NoRatings, NotFinite, LengthsDiffer, UnknownOption, ConstantColumn when all attributes
    are equally important or perform alike, for then no quadrant means anything.
    Source: Martilla and James 1977, Journal of Marketing 41(1), 77-79.

    >>> points = importance_performance([0.5, 0.1], [2.0, 4.0], ["delay", "logo"], source="derived")
    >>> [(point.name, point.quadrant) for point in points.attributes]
    [('delay', 'concentrate here'), ('logo', 'possible overkill')]
    """
    weight = finite_vector(importance, "importances")
    score = finite_vector(performance, "performances")
    side_by_side(importance=weight, performance=score, names=np.asarray(names))
    alone = [Estimate(float(v), None, 1, method="given") for v in np.concatenate([weight, score])]
    k = len(names)
    return _mapped(names, alone[:k], alone[k:], _Options(source, crosshair, best_competitor), None)


def importance_performance_of_answers(
    importance: ArrayLike,
    performance: ArrayLike,
    names: Sequence[str],
    *,
    crosshair: Crosshair = "mean",
    best_competitor: ArrayLike | None = None,
    resamples: int = 2000,
    seed: int = 0,
    confidence: float = 0.95,
) -> ImportancePerformance:
    """Stated importance and performance as respondents rated them, with the quadrants' certainty.

    importance, performance: shape (respondents, attributes), one rating each per respondent.
    Means with bootstrap intervals; respondents are resampled whole, so that both axes and the
    crosshairs move together.
    Raises as `importance_performance` does.

    >>> both = importance_performance_of_answers([[5, 1], [4, 2]], [[1, 5], [2, 5]],
    ...                                          ["delay", "logo"], resamples=100)
    >>> both.attributes[0].certainty
    100.0
    """
    weights, scores = finite_matrix(importance, "importances"), finite_matrix(performance)
    n = side_by_side(importance=weights, performance=scores)
    side_by_side(importance=weights.T, performance=scores.T, names=np.asarray(names))
    answers = np.column_stack([weights, scores])
    answers = answers[np.lexsort(answers.T[::-1])]
    draws = _resampled_means(answers, resamples, np.random.default_rng(seed))
    low, high = percentile_interval(draws, confidence=confidence)
    means = [
        Estimate(
            float(mean),
            float(error),
            n,
            float(at_least),
            float(at_most),
            confidence,
            "bootstrap percentile",
        )
        for mean, error, at_least, at_most in zip(
            answers.mean(axis=0), draws.std(axis=0), low, high, strict=True
        )
    ]
    k = len(names)
    options = _Options("stated", crosshair, best_competitor)
    return _mapped(names, means[:k], means[k:], options, draws)


@dataclass(frozen=True, slots=True)
class _Options:
    source: Source
    crosshair: Crosshair
    best_competitor: ArrayLike | None


def _mapped(
    names: Sequence[str],
    importance: Sequence[Estimate],
    performance: Sequence[Estimate],
    options: _Options,
    draws: NDArray[np.float64] | None,
) -> ImportancePerformance:
    if options.source not in SOURCES:
        raise UnknownOption("source", options.source, SOURCES)
    if options.crosshair not in CROSSHAIRS:
        raise UnknownOption("crosshair", options.crosshair, CROSSHAIRS)
    figures = np.array([[e.value for e in importance], [e.value for e in performance]])
    flat = [
        name
        for name, row in zip(("importance", "performance"), figures, strict=True)
        if np.ptp(row) == 0
    ]
    if flat:
        raise ConstantColumn(flat)
    crosshairs, quadrants = _quadrants(figures[None], options.crosshair)
    certainty: list[float] | list[None] = [None] * len(names)
    if draws is not None:
        _, redrawn = _quadrants(draws.reshape(len(draws), 2, -1), options.crosshair)
        certainty = (100 * (redrawn == quadrants).mean(axis=0)).tolist()
    gaps = _gaps(figures[1], options.best_competitor)
    positions = [
        AttributePosition(*known)
        for known in zip(
            names,
            importance,
            performance,
            [QUADRANTS[place] for place in quadrants[0]],
            certainty,
            gaps,
            strict=True,
        )
    ]
    return ImportancePerformance(
        options.source,
        float(crosshairs[0, 0]),
        float(crosshairs[0, 1]),
        tuple(sorted(positions, key=lambda position: -position.importance.value)),
    )


def _quadrants(
    figures: NDArray[np.float64], crosshair: Crosshair
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Crosshairs (batch, 2) and quadrant of every attribute (batch, attributes)."""
    middle = np.mean(figures, axis=2) if crosshair == "mean" else np.median(figures, axis=2)
    # The mean of equal figures may differ from them in the last digit; that is still on the line.
    above = figures >= middle[:, :, None] - 1e-12 * np.abs(figures).max()
    important, well_done = above[:, 0], above[:, 1]
    return middle, np.where(important, well_done.astype(np.intp), 2 + well_done.astype(np.intp))


def _gaps(
    performance: NDArray[np.float64], best_competitor: ArrayLike | None
) -> list[float] | list[None]:
    if best_competitor is None:
        return [None] * len(performance)
    rival = finite_vector(best_competitor, "competitor performances")
    if len(rival) != len(performance):
        raise BrokenContract(f"{len(rival)} competitor figures for {len(performance)} attributes")
    return [float(gap) for gap in performance - rival]


def _resampled_means(
    answers: NDArray[np.float64], resamples: int, draw: np.random.Generator
) -> NDArray[np.float64]:
    n = len(answers)
    means = np.empty((resamples, answers.shape[1]))
    for place in range(resamples):
        means[place] = np.bincount(draw.integers(n, size=n), minlength=n) @ answers / n
    return means
