"""Customer Effort Score, whose two versions run opposite ways and are never pooled.

1.0 asks how much effort the customer put forth, 1 very low to 5 very high: low is good.
2.0 asks whether the firm made it easy, 1 strongly disagree to 7 strongly agree: high is good.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import ArrayLike, NDArray

from entregent.engine.arrays import finite_vector, side_by_side
from entregent.engine.errors import (
    BrokenContract,
    MixedVersions,
    RatingOutOfScale,
    UnknownOption,
)
from entregent.engine.estimates import Estimate, wilson_share
from entregent.engine.surveys.answers import Tally, rating_counts, rating_sums, require
from entregent.engine.surveys.csat import scale_mean

Figure = Literal["mean", "easy"]
FIGURES = ("mean", "easy")


class UnknownEffortVersion(BrokenContract):
    """An effort answer whose version is absent or unknown cannot be read either way."""

    def __init__(self, versions: Sequence[str]) -> None:
        self.versions = list(versions)
        super().__init__(
            f"effort versions {', '.join(map(repr, versions))} are not 1.0 or 2.0; "
            "the two run opposite ways, so the version must be known"
        )


@dataclass(frozen=True, slots=True)
class EffortScale:
    """One version of the question: its points, and which of them say that it was easy."""

    version: str
    points: int
    easy: range
    higher_is_better: bool


EFFORT_SCALES = {
    "1.0": EffortScale("1.0", 5, range(1, 3), higher_is_better=False),
    "2.0": EffortScale("2.0", 7, range(5, 8), higher_is_better=True),
}


@dataclass(frozen=True, slots=True)
class EffortScore:
    """The mean on the version's own scale, the share who found it easy, and which way is good."""

    version: str
    higher_is_better: bool
    mean: Estimate
    easy: Estimate


def customer_effort_score(
    ratings: ArrayLike, versions: str | Sequence[str], *, confidence: float = 0.95
) -> EffortScore:
    """Mean effort score of one version, and the share of customers who found it easy.

    ratings: shape (respondents,), whole numbers 1 to 5 (version 1.0) or 1 to 7 (version 2.0).
    versions: "1.0" or "2.0", one for all or one per respondent; it travels with the answer.
    Returns the mean in points of the version's scale (`higher_is_better` says which way is good)
    and the share, in percent, of 1-2 (version 1.0) or 5-7 (version 2.0).
    Raises NoRatings, NotFinite, RatingOutOfScale, LengthsDiffer, UnknownEffortVersion, and
    MixedVersions when both versions stand side by side.
    Source: Dixon, Freeman and Toman 2010, HBR 88(7/8), for 1.0; CEB 2013 for 2.0.

    >>> score = customer_effort_score([7, 5, 3, 6], "2.0")
    >>> score.mean.value, score.easy.value
    (5.25, 75.0)
    """
    rated = finite_vector(ratings)
    scale = EFFORT_SCALES[_single_version(versions, rated)]
    if rated.min() < 1 or rated.max() > scale.points or (rated != np.floor(rated)).any():
        raise RatingOutOfScale(
            f"ratings run from {rated.min():g} to {rated.max():g}; version {scale.version} is "
            f"whole numbers from 1 to {scale.points}"
        )
    easy = int(np.isin(rated, list(scale.easy)).sum())
    return EffortScore(
        scale.version,
        scale.higher_is_better,
        _mean(scale, rated.size, rated.sum(), (rated**2).sum(), confidence),
        wilson_share(easy, rated.size, confidence=confidence),
    )


def ces_from_tally(tally: Tally, version: str, *, confidence: float = 0.95) -> Estimate:
    """The mean effort score of one version, from how many gave each rating.

    Returns points of the version's scale. Raises as `customer_effort_score` does.

    >>> ces_from_tally([(7.0, 1), (5.0, 1), (3.0, 1), (6.0, 1)], "2.0").value
    5.25
    """
    if version not in EFFORT_SCALES:
        raise UnknownEffortVersion([version])
    counts = rating_counts(tally, range(1, 8), "ces")
    row = {
        "_version": version,
        "_n": sum(counts.values()),
        "_total": sum(rating * n for rating, n in counts.items()),
        "_squares": sum(rating * rating * n for rating, n in counts.items()),
        "_highest_rating": max(counts),
    }
    return _figure(row, "mean", confidence)


def ces_by(
    answers: ir.Table,
    by: Sequence[str],
    *,
    figure: Figure = "mean",
    version: str | None = None,
    instrument: str = "ces",
    item: str | None = None,
    confidence: float = 0.95,
) -> list[tuple[Any, ...]]:
    """Customer effort score per group of the evidence table `answers`.

    by: columns that make the groups; put `instrument_version` among them, or name the `version`,
    when the table holds both versions.
    Returns (group..., Estimate), sorted by group: points of the version's scale for the mean,
    percent for the share who found it easy.
    Raises as `customer_effort_score` does, MissingColumns, MixedItems and UnknownOption.

    >>> answers = ibis.memtable({"instrument": ["ces"] * 2, "instrument_version": ["1.0", "2.0"],
    ...                          "value": [1.0, 7.0]})
    >>> [(group, score.value) for group, score in ces_by(answers, ["instrument_version"])]
    [('1.0', 1.0), ('2.0', 7.0)]
    """
    require(answers, ["instrument", "instrument_version", "value"])
    if figure not in FIGURES:
        raise UnknownOption("figure", figure, FIGURES)
    if version is not None and version not in EFFORT_SCALES:
        raise UnknownEffortVersion([version])
    rating = ibis._.rating
    named = answers.instrument_version.fill_null("").cast("string")
    sums = {
        "_n": rating.count(),
        "_total": rating.sum(),
        "_squares": (rating * rating).sum(),
        "_highest_rating": rating.max(),
        **{
            f"_easy_{scale.points}": rating.between(scale.easy[0], scale.easy[-1]).sum()
            for scale in EFFORT_SCALES.values()
        },
        "_version": ibis._.instrument_version.max(),
    }
    rows = rating_sums(
        answers.mutate(instrument_version=named),
        by,
        sums,
        instrument=instrument,
        scale=range(1, 8),
        item=item,
        version=version,
    )
    unknown = {row["_version"] for row in rows} - EFFORT_SCALES.keys()
    if unknown:
        raise UnknownEffortVersion(sorted(unknown))
    return [(*(row[name] for name in by), _figure(row, figure, confidence)) for row in rows]


def _figure(row: dict[str, Any], figure: Figure, confidence: float) -> Estimate:
    scale = EFFORT_SCALES[row["_version"]]
    if row["_highest_rating"] > scale.points:
        raise RatingOutOfScale(
            f"a rating is {row['_highest_rating']}; version {scale.version} is whole numbers "
            f"from 1 to {scale.points}"
        )
    if figure == "easy":
        return wilson_share(row[f"_easy_{scale.points}"], row["_n"], confidence=confidence)
    return _mean(scale, row["_n"], row["_total"], row["_squares"], confidence)


def _mean(scale: EffortScale, n: int, total: float, squares: float, confidence: float) -> Estimate:
    return scale_mean(n, total, squares, low=1, high=scale.points, confidence=confidence)


def _single_version(versions: str | Sequence[str], rated: NDArray[np.float64]) -> str:
    if isinstance(versions, str):
        seen = {versions}
    else:
        side_by_side(ratings=rated, versions=np.asarray(versions))
        seen = {str(version) for version in versions}
    unknown = sorted(seen - EFFORT_SCALES.keys())
    if unknown:
        raise UnknownEffortVersion(unknown)
    if len(seen) > 1:
        raise MixedVersions("ces", seen)
    return seen.pop()
