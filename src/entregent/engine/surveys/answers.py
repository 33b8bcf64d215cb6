"""Counting the evidence table `answers` on whatever engine holds it.

Only whole numbers leave the engine: counts, sums of ratings, sums of their squares. Divisions
happen afterwards, so that DuckDB and Spark cannot round differently.
"""

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any, Literal

import ibis
import ibis.expr.types as ir

from entregent.engine.errors import (
    BrokenContract,
    MissingColumns,
    MixedVersions,
    NoRatings,
    RatingOutOfScale,
)

LARGEST = 1e308  # beyond lies infinity, for any figure a customer can cause

Period = Literal["D", "W", "M", "Q", "Y"]

Tally = Sequence[tuple[float, int]]
"""How many answers gave each value, in no order; a value may come twice."""


class MixedItems(BrokenContract):
    """Answers to several questions stand in one figure."""

    def __init__(self, instrument: str, items: Sequence[str]) -> None:
        self.instrument, self.items = instrument, list(items)
        super().__init__(
            f"answers to {instrument} mix the questions {' and '.join(self.items)}; "
            "choose one, or group by item"
        )


def with_period(answers: ir.Table, every: Period) -> ir.Table:
    """The answers with a column `period`: first day of the day, week, month, quarter or year.

    Weeks begin on Monday; days are days in UTC.
    Raises MissingColumns without a column `at`.

    >>> from datetime import datetime
    >>> answers = ibis.memtable({"at": [datetime(2026, 5, 17, 9, 30)], "value": [9.0]})
    >>> with_period(answers, "Q").period.execute()[0].isoformat()[:10]
    '2026-04-01'
    """
    require(answers, ["at"])
    day = answers["at"].date()
    return answers.mutate(period=day if every == "D" else day.truncate(every))


def given(number: Any) -> Any:
    """Whether a column of numbers holds one, NaN included, so that NaN is refused and not lost.

    Over floats Ibis tells Spark that NaN is null too, and Spark would drop it in silence; a
    comparison is null only where the number is.

    >>> answers = ibis.memtable({"value": [9.0, None]})
    >>> answers.filter(given(answers.value)).count().execute()
    1
    """
    return (number >= 0).notnull()


def not_finite(number: Any) -> Any:
    """Whether a column of numbers holds NaN or an infinity; null stays null.

    Both engines hold NaN for larger than every number; Ibis's own `isinf` misses on Spark.

    >>> answers = ibis.memtable({"value": [9.0, float("inf")]})
    >>> answers.filter(not_finite(answers.value)).count().execute()
    1
    """
    return (number > LARGEST) | (number < -LARGEST)


def require(table: ir.Table, columns: Sequence[str], name: str = "answers") -> None:
    """Raise MissingColumns unless the table has every column.

    >>> require(ibis.memtable({"value": [1.0]}), ["value"])
    """
    absent = [column for column in columns if column not in table.columns]
    if absent:
        raise MissingColumns(name, absent)


def rating_sums(
    answers: ir.Table,
    by: Sequence[str],
    sums: Mapping[str, Any],
    *,
    instrument: str,
    scale: Sequence[int],
    item: str | None = None,
    version: str | None = None,
) -> list[dict[str, Any]]:
    """One row of whole-number sums per group of answers to one question of one instrument.

    sums: name to an Ibis deferred that aggregates the whole-number column `rating`.
    Answers without value (words only) are no ratings. Rows come sorted by group, nulls last.
    Raises MissingColumns, NoRatings, RatingOutOfScale, MixedVersions and MixedItems.

    >>> answers = ibis.memtable({"instrument": ["nps"] * 3, "value": [9.0, 3.0, None]})
    >>> rating_sums(
    ...     answers, [], {"n": ibis._.count()}, instrument="nps", scale=range(11)
    ... )[0]["n"]
    2
    """
    require(answers, ["instrument", "value", *by])
    chosen = answers.filter(answers["instrument"] == instrument, given(answers["value"]))
    if item is not None:
        require(answers, ["item"])
        chosen = chosen.filter(chosen["item"] == item)
    if version is not None:
        require(answers, ["instrument_version"])
        chosen = chosen.filter(chosen["instrument_version"] == version)
    rated = chosen.mutate(on_scale=chosen["value"].cast("float64").isin([float(r) for r in scale]))
    # Off-scale values (NaN among them) never reach the cast: Spark and DuckDB refuse it differently.
    rated = rated.mutate(rating=rated["on_scale"].ifelse(rated["value"], 0).cast("int64"))
    aggregates = {
        **sums,
        "_rated": rated.count(),
        "_off_scale": (~rated["on_scale"]).sum(),
        "_lowest": rated["value"].min().cast("float64"),
        "_highest": rated["value"].max().cast("float64"),
        **_bounds(rated, "instrument_version"),
        **_bounds(rated, "item"),
    }
    grouped = rated.group_by(list(by)) if by else rated
    rows = [
        row for row in grouped.aggregate(**aggregates).to_pyarrow().to_pylist() if row["_rated"]
    ]
    if not rows:
        raise NoRatings(f"answers to {instrument}")
    _refuse_off_scale(rows, scale)
    if "instrument_version" not in by:
        _refuse_mixture(rows, "instrument_version", instrument, MixedVersions)
    if "item" not in by:
        _refuse_mixture(rows, "item", instrument, MixedItems)
    return sorted(rows, key=lambda row: tuple((row[name] is None, row[name]) for name in by))


def rating_counts(tally: Tally, scale: Sequence[int], instrument: str) -> dict[int, int]:
    """How many gave each point of the scale, from a tally of answers to one question.

    Raises NoRatings, RatingOutOfScale, with the words that `rating_sums` has for the same answers.

    >>> rating_counts([(9.0, 2), (3.0, 1), (9.0, 1)], range(11), "nps")
    {9: 3, 3: 1}
    """
    answered = [(value, n) for value, n in tally if n]
    if not answered:
        raise NoRatings(f"answers to {instrument}")
    counts: dict[int, int] = {}
    for value, n in answered:
        if value in scale:
            counts[int(value)] = counts.get(int(value), 0) + n
    off_scale = sum(n for _, n in answered) - sum(counts.values())
    if off_scale:
        # As the engines hold it, NaN is larger than every number.
        values = sorted(
            (value for value, _ in answered), key=lambda value: (math.isnan(value), value)
        )
        row = {"_off_scale": off_scale, "_lowest": values[0], "_highest": values[-1]}
        _refuse_off_scale([row], scale)
    return counts


def _bounds(rated: ir.Table, column: str) -> dict[str, Any]:
    if column not in rated.columns:
        return {}
    named = ibis.coalesce(rated[column].cast("string"), ibis.literal(""))
    return {f"_first_{column}": named.min(), f"_last_{column}": named.max()}


def _refuse_off_scale(rows: Sequence[Mapping[str, Any]], scale: Sequence[int]) -> None:
    off_scale = sum(row["_off_scale"] for row in rows)
    if off_scale:
        # Spark hands NaN back as nothing.
        ends = [row[end] for row in rows for end in ("_lowest", "_highest")]
        known = [end for end in ends if end is not None]
        raise RatingOutOfScale(
            f"{off_scale} answers are not whole numbers from {min(scale)} to {max(scale)}; "
            f"answers run from {min(known):g} to {max(known):g}"
        )


def _refuse_mixture(
    rows: Sequence[Mapping[str, Any]], column: str, instrument: str, error: type[Exception]
) -> None:
    if f"_first_{column}" not in rows[0]:
        return
    seen = reduce(or_, ({row[f"_first_{column}"], row[f"_last_{column}"]} for row in rows))
    if len(seen) > 1:
        raise error(instrument, sorted(name or "(none)" for name in seen))
