"""Scoring any questionnaire that is described as data: items, scales, facets, missing answers.

The description travels in files (see `instrument_from`), so that a firm's own questionnaire, or
a published one, needs no code. Its version travels with every answer.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ibis.expr.types as ir
import numpy as np
from numpy.typing import ArrayLike, NDArray

from entregent.engine.arrays import side_by_side
from entregent.engine.errors import (
    BrokenContract,
    MixedVersions,
    NoRatings,
    NotFinite,
    NotMeasurable,
    RatingOutOfScale,
)
from entregent.engine.estimates import Estimate, mean_from_sums, mean_of
from entregent.engine.surveys.answers import given, require
from entregent.engine.surveys.reliability import cronbach_alpha

Missing = Literal["refuse", "leave out", "mean of answered"]
MISSING = ("refuse", "leave out", "mean of answered")
Combine = Literal["mean", "sum"]
COMBINE = ("mean", "sum")


class BadInstrument(BrokenContract):
    """The description of an instrument contradicts itself."""


class MissingAnswers(NotMeasurable):
    """Answers are missing and the instrument refuses to score without them."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question: its name in the answers, the facet it belongs to, and its scale.

    reversed: agreeing means less of the facet, so the answer is turned around (low + high - x).
    weight: of the item within its facet.
    """

    name: str
    facet: str
    low: float
    high: float
    reversed: bool = False
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire as data.

    missing: "refuse" any gap; "leave out" the respondent's facet; or score the "mean of answered"
    when at least `answered` (a share) of the facet's items are answered.
    combine: "mean" keeps the items' scale; "sum" adds up (gaps filled with the mean of answered).
    rescale: bounds the facet's scale is stretched to, such as 0 to 100; None leaves it.
    Raises BadInstrument when it contradicts itself.
    """

    name: str
    version: str
    items: tuple[Item, ...]
    missing: Missing = "mean of answered"
    answered: float = 0.5
    combine: Combine = "mean"
    rescale: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        _check(self)

    @property
    def facets(self) -> dict[str, tuple[Item, ...]]:
        named = dict.fromkeys(item.facet for item in self.items)
        return {facet: tuple(i for i in self.items if i.facet == facet) for facet in named}

    def range_of(self, facet: str) -> tuple[float, float]:
        """Lowest and highest score of a facet."""
        start, slope = _line(self, facet)
        items = self.facets[facet]
        return start + slope * items[0].low, start + slope * items[0].high


@dataclass(frozen=True, slots=True)
class Scores:
    """Facet scores, one per respondent; NaN where too few items were answered.

    answered: share of the facet's items that each respondent answered.
    """

    facets: Mapping[str, NDArray[np.float64]]
    answered: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class FacetSummary:
    """One facet over all respondents.

    mean: of those scored. alpha: over those who answered every item; None where it does not exist.
    left_out: respondents with too few answers.
    """

    facet: str
    mean: Estimate
    alpha: Estimate | None
    left_out: int


def instrument_from(described: Mapping[str, Any]) -> Instrument:
    """An instrument from its description, as a YAML or JSON file holds it.

    described: name, version, items (a list of mappings with name, facet and, unless given once at
    the top, low and high; reversed and weight if they apply), and optionally missing, answered,
    combine, rescale.
    Raises BadInstrument on absent, unknown or contradictory entries.

    >>> trust = instrument_from({"name": "trust", "version": "1", "low": 1, "high": 7, "items": [
    ...     {"name": "t1", "facet": "honesty"}, {"name": "t2", "facet": "honesty", "reversed": True}]})
    >>> trust.items[1]
    Item(name='t2', facet='honesty', low=1, high=7, reversed=True, weight=1.0)
    """
    top = dict(described)
    common = {name: top.pop(name) for name in ("low", "high") if name in top}
    try:
        items = tuple(Item(**{**common, **dict(item)}) for item in top.pop("items"))
        if top.get("rescale") is not None:
            low, high = top["rescale"]
            top["rescale"] = (low, high)
        return Instrument(items=items, **{str(name): value for name, value in top.items()})
    except KeyError as absent:
        raise BadInstrument(f"the instrument has no {absent}") from None
    except (TypeError, ValueError) as problem:
        raise BadInstrument(f"the instrument cannot be read: {problem}") from None


def score(instrument: Instrument, answers: Mapping[str, ArrayLike]) -> Scores:
    """Every respondent's score on every facet.

    answers: item name to shape (respondents,); NaN where the item was not answered.
    Raises NoRatings when empty, LengthsDiffer, RatingOutOfScale, NotFinite on infinities,
    MissingAnswers under the "refuse" policy, BrokenContract when an item is absent.

    >>> trust = instrument_from({"name": "trust", "version": "1", "low": 1, "high": 7, "items": [
    ...     {"name": "t1", "facet": "honesty"}, {"name": "t2", "facet": "honesty", "reversed": True}]})
    >>> score(trust, {"t1": [7, 4], "t2": [1, np.nan]}).facets["honesty"]
    array([7., 4.])
    """
    columns = {item.name: _column(item, answers) for item in instrument.items}
    n = side_by_side(**columns)
    if n == 0:
        raise NoRatings("respondents")
    scored, answered = {}, {}
    for facet, items in instrument.facets.items():
        scored[facet], answered[facet] = _facet(
            instrument, items, np.column_stack([columns[item.name] for item in items])
        )
    return Scores(scored, answered)


def facet_summaries(
    instrument: Instrument, answers: Mapping[str, ArrayLike], *, confidence: float = 0.95
) -> list[FacetSummary]:
    """Mean and reliability of every facet over all respondents.

    As `score`; raises NoRatings when nobody can be scored on a facet.

    >>> trust = instrument_from({"name": "trust", "version": "1", "low": 1, "high": 5, "items": [
    ...     {"name": "t1", "facet": "honesty"}, {"name": "t2", "facet": "honesty"}]})
    >>> summary, = facet_summaries(trust, {"t1": [5, 4, 2], "t2": [4, 4, 1]})
    >>> round(summary.mean.value, 3), round(summary.alpha.value, 2)
    (3.333, 0.97)
    """
    scores = score(instrument, answers)
    return [
        _summary(instrument, facet, scores.facets[facet], answers, confidence)
        for facet in instrument.facets
    ]


def scores_by(
    answers: ir.Table, instrument: Instrument, by: Sequence[str], *, confidence: float = 0.95
) -> list[tuple[Any, ...]]:
    """Mean facet scores per group of the evidence table `answers`, counted where it lies.

    by: columns that make the groups, the same over a response; see `with_period` for time.
    Returns (group..., facet, Estimate), sorted by group and facet. Responses with too few answers
    are left out, or refused, as the instrument says.
    Raises MissingColumns, NoRatings, RatingOutOfScale, MissingAnswers, MixedVersions when answers
    of another version are among them, BrokenContract when an item was answered twice.

    >>> trust = instrument_from({"name": "trust", "version": "1", "low": 1, "high": 7, "items": [
    ...     {"name": "t1", "facet": "honesty"}, {"name": "t2", "facet": "honesty", "reversed": True}]})
    >>> import ibis
    >>> table = ibis.memtable({"response_id": ["r1", "r1"], "instrument": ["trust"] * 2,
    ...     "instrument_version": ["1"] * 2, "item": ["t1", "t2"], "value": [7.0, 1.0]})
    >>> [(facet, mean.value) for facet, mean in scores_by(table, trust, [])]
    [('honesty', 7.0)]
    """
    columns = ["response_id", "instrument", "instrument_version", "item", "value", *by]
    require(answers, columns)
    mine = answers["item"].isin([item.name for item in instrument.items])
    ours = answers.filter(
        answers["instrument"] == instrument.name, mine, given(answers["value"])
    ).select(*dict.fromkeys(columns))
    _refuse_bad_answers(ours, instrument)
    turned = ours.mutate(
        _facet=_per_item(ours, instrument, lambda item: item.facet),
        _weight=_per_item(ours, instrument, lambda item: float(item.weight)),
        _turned=_per_item(ours, instrument, lambda item: float(item.reversed))
        * (_per_item(ours, instrument, lambda item: item.low + item.high) - 2 * ours["value"])
        + ours["value"],
    )
    responses = turned.group_by([*by, "response_id", "_facet"]).aggregate(
        _answers=turned.count(),
        _items=turned["item"].nunique(),
        _mean=(turned["_weight"] * turned["_turned"]).sum() / turned["_weight"].sum(),
    )
    rows = _facet_sums(responses, instrument, by)
    _refuse_gaps_and_repeats(rows, instrument)
    scored = sorted(
        (row for row in rows if row["_n"]),
        key=lambda row: tuple((row[name] is None, row[name]) for name in (*by, "_facet")),
    )
    if not scored:
        raise NoRatings(f"complete enough answers to {instrument.name}")
    return [
        (
            *(row[name] for name in by),
            row["_facet"],
            _on_scale(
                mean_from_sums(row["_n"], row["_sum"], row["_squares"], confidence=confidence),
                *_line(instrument, row["_facet"]),
            ),
        )
        for row in scored
    ]


# ---------------------------------------------------------------- counting where the answers lie


def _per_item(table: ir.Table, instrument: Instrument, say: Callable[[Item], Any]) -> Any:
    cases = [(item.name, say(item)) for item in instrument.items]
    return table["item"].cases(*cases)


def _facet_sums(
    responses: ir.Table, instrument: Instrument, by: Sequence[str]
) -> list[dict[str, Any]]:
    sizes = [(facet, len(items)) for facet, items in instrument.facets.items()]
    needed = [(facet, _needed(instrument, size)) for facet, size in sizes]
    enough = responses["_items"] >= responses["_facet"].cases(*needed)
    mean = enough.ifelse(responses["_mean"], 0.0)
    rows: list[dict[str, Any]] = (
        responses.group_by([*by, "_facet"])
        .aggregate(
            _n=enough.sum(),
            _sum=mean.sum(),
            _squares=(mean * mean).sum(),
            _repeated=(responses["_answers"] > responses["_items"]).sum(),
            _gaps=(responses["_items"] < responses["_facet"].cases(*sizes)).sum(),
            _responses=responses["response_id"].nunique(),
        )
        .to_pyarrow()
        .to_pylist()
    )
    return rows


def _refuse_bad_answers(ours: ir.Table, instrument: Instrument) -> None:
    low = _per_item(ours, instrument, lambda item: float(item.low))
    high = _per_item(ours, instrument, lambda item: float(item.high))
    version = ours["instrument_version"].cast("string").fill_null("(none)")
    found = ours.aggregate(
        n=ours.count(),
        off_scale=(~ours["value"].between(low, high)).sum(),
        first=version.min(),
        last=version.max(),
    )
    row = found.to_pyarrow().to_pylist()[0]
    if not row["n"]:
        raise NoRatings(f"answers to {instrument.name}")
    versions = {row["first"], row["last"], instrument.version}
    if len(versions) > 1:
        raise MixedVersions(instrument.name, versions)
    if row["off_scale"]:
        raise RatingOutOfScale(
            f"{row['off_scale']} answers to {instrument.name} lie outside their items' scales"
        )


def _refuse_gaps_and_repeats(rows: Sequence[Mapping[str, Any]], instrument: Instrument) -> None:
    repeated = sum(row["_repeated"] for row in rows)
    if repeated:
        raise BrokenContract(f"{repeated} responses answer the same item of a facet twice")
    if instrument.missing != "refuse":
        return
    facets = {row["_facet"] for row in rows}
    gaps = sum(row["_gaps"] for row in rows)
    if gaps or facets != set(instrument.facets):
        raise MissingAnswers(f"{gaps} responses have gaps, and {instrument.name} refuses gaps")


# ---------------------------------------------------------------- scoring


def _facet(
    instrument: Instrument, items: Sequence[Item], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    given = ~np.isnan(values)
    if instrument.missing == "refuse" and not given.all():
        raise MissingAnswers(
            f"{int((~given).sum())} answers are missing, and {instrument.name} refuses gaps"
        )
    weights = np.array([item.weight for item in items]) * given
    weighed = weights.sum(axis=1)
    enough = given.sum(axis=1) >= _needed(instrument, len(items))
    mean = (weights * np.where(given, values, 0.0)).sum(axis=1) / np.where(enough, weighed, 1.0)
    start, slope = _line(instrument, items[0].facet)
    return np.where(enough, start + slope * mean, np.nan), given.mean(axis=1)


def _needed(instrument: Instrument, items: int) -> int:
    """Items of a facet that must be answered."""
    if instrument.missing != "mean of answered":
        return items
    return max(1, math.ceil(instrument.answered * items - 1e-9))


def _line(instrument: Instrument, facet: str) -> tuple[float, float]:
    """Start and slope that take a mean on the items' scale to the facet's score."""
    items = instrument.facets[facet]
    low, high = items[0].low, items[0].high
    if instrument.rescale is not None:
        slope = (instrument.rescale[1] - instrument.rescale[0]) / (high - low)
        return instrument.rescale[0] - slope * low, slope
    if instrument.combine == "sum":
        return 0.0, float(sum(item.weight for item in items))
    return 0.0, 1.0


def _on_scale(mean: Estimate, start: float, slope: float) -> Estimate:
    return dataclasses.replace(
        mean,
        value=start + slope * mean.value,
        standard_error=None if mean.standard_error is None else slope * mean.standard_error,
        low=None if mean.low is None else start + slope * mean.low,
        high=None if mean.high is None else start + slope * mean.high,
    )


def _column(item: Item, answers: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    """One item's answers, turned around when it is reversed."""
    if item.name not in answers:
        raise BrokenContract(f"there are no answers to item {item.name}")
    try:
        values = np.asarray(answers[item.name], dtype=np.float64)
    except (TypeError, ValueError):
        raise BrokenContract(f"answers to {item.name} are not all numbers") from None
    if values.ndim != 1:
        raise BrokenContract(f"answers to {item.name} are not one per respondent")
    if np.isinf(values).any():
        raise NotFinite(f"answers to {item.name} hold an infinity")
    given = values[~np.isnan(values)]
    if given.size and (given.min() < item.low or given.max() > item.high):
        raise RatingOutOfScale(
            f"answers to {item.name} run from {given.min():g} to {given.max():g}; "
            f"the scale is {item.low:g} to {item.high:g}"
        )
    return item.low + item.high - values if item.reversed else values


def _summary(
    instrument: Instrument,
    facet: str,
    scores: NDArray[np.float64],
    answers: Mapping[str, ArrayLike],
    confidence: float,
) -> FacetSummary:
    scored = scores[~np.isnan(scores)]
    if scored.size == 0:
        raise NoRatings(f"respondents who answered enough of {facet}")
    columns = np.column_stack([_column(item, answers) for item in instrument.facets[facet]])
    complete = columns[~np.isnan(columns).any(axis=1)]
    try:
        alpha = cronbach_alpha(complete, confidence=confidence)
    except NotMeasurable:
        alpha = None
    mean = mean_of(scored, confidence=confidence)
    return FacetSummary(facet, mean, alpha, int(scores.size - scored.size))


def _check(instrument: Instrument) -> None:
    def refuse_unless(sound: bool, fact: str) -> None:
        if not sound:
            raise BadInstrument(f"instrument {instrument.name}: {fact}")

    names = [item.name for item in instrument.items]
    refuse_unless(bool(names), "it has no items")
    refuse_unless(len(set(names)) == len(names), "an item is named twice")
    refuse_unless(instrument.missing in MISSING, f"missing can be {', '.join(MISSING)}")
    refuse_unless(instrument.combine in COMBINE, f"combine can be {', '.join(COMBINE)}")
    refuse_unless(0 < instrument.answered <= 1, "answered is a share above 0, up to 1")
    for item in instrument.items:
        bounds = (item.low, item.high, item.weight)
        sound = all(isinstance(b, (int, float)) and math.isfinite(b) for b in bounds)
        refuse_unless(sound and item.low < item.high, f"the scale of {item.name} is empty")
        refuse_unless(item.weight > 0, f"the weight of {item.name} is not above 0")
    for facet, items in instrument.facets.items():
        scales = {(item.low, item.high) for item in items}
        refuse_unless(len(scales) == 1, f"items of {facet} run on different scales")
    if instrument.rescale is not None:
        refuse_unless(instrument.rescale[0] < instrument.rescale[1], "rescale is empty")
        refuse_unless(instrument.combine == "mean", "a sum is not rescaled as well")
