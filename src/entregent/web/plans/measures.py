"""A plan reckoned: the way, what it asks, what it is worth by the firm's own figures, and what became of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from entregent.adapters.catalogue.relationships import Kind
from entregent.engine.estimates import Abstention, Estimate, normal_quantile, wilson_share
from entregent.engine.relationship.moves import Obstacle, Path, obstacles, shortest_path
from entregent.engine.relationship.worth import PlanValue, value_of_plan
from entregent.web.plans.queries import Concerned, PlanAsked
from entregent.web.relationships.catalogue import kind_of, relationships
from entregent.web.relationships.measures.maps import ENOUGH
from entregent.web.relationships.models import Reckoning

FIGURES = ("margin", "revenue")
"""What a kind is worth is read from the first of these that the firm knows, per customer and year."""
SEEN = 5.0
"""Proposed: expected customers who must have made a step before its share is believed."""
Z = normal_quantile(0.95)


@dataclass(frozen=True, slots=True)
class StepTold:
    """One step of the way.

    rises: axes on which the bond must be earned, with by how much. share: of customers who made the
    step in half a year, None where too few did. seen: expected number who did.
    """

    origin: Kind
    goal: Kind
    rises: list[tuple[str, float]]
    share: Estimate | None
    seen: float


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What is told of a plan.

    closed: why the direct move is closed, empty where it is open. way: the shortest one, of no step
    where there is none. figure: which figure the worth is read from.
    value: what it would bring, None where one abstains; why_not then says why: `no_way`, `no_worth`,
    `nothing_moved`, `never_seen`.
    gain: worth of the goal less worth of the origin. needed: share that must arrive to pay the cost back.
    """

    closed: list[Obstacle]
    way: list[StepTold]
    figure: str
    worth: list[Estimate | None]
    gain: Estimate | None
    value: PlanValue | None
    why_not: str
    needed: float | None
    low: float
    high: float
    people: Concerned

    @property
    def exists(self) -> bool:
        return bool(self.way)

    @property
    def half_years(self) -> int:
        return len(self.way)

    @property
    def gain_is_clear(self) -> bool:
        """Whether the interval of the gain leaves out nothing at all."""
        gain = self.gain
        return gain is not None and gain.low is not None and gain.high is not None and (gain.low > 0 or gain.high < 0)  # fmt: skip


def reckoned(asked: PlanAsked, reckoning: Reckoning | None, people: Concerned) -> Reckoned:
    """The plan by the catalogue in force and the figures of the latest reckoning."""
    space = relationships().space()
    figures: Mapping[str, Any] = reckoning.figures if reckoning else {}
    path = shortest_path(space, asked.origin, asked.goal, through_goals_only=True)
    seen = steps_seen(figures)
    way = [
        StepTold(
            _kind(step.origin), _kind(step.goal),
            [(axis, by) for axis, by in step.rises.items() if axis in space.rule.rise or axis == "valence"],
            _believed(seen.get((step.origin, step.goal))), _number_seen(seen.get((step.origin, step.goal))),
        )
        for step in path.steps
    ]  # fmt: skip
    figure = figure_known(figures)
    worth = [worth_of(figures, kind, figure) for kind in (asked.origin, asked.goal)]
    gain = _gain(worth)
    cost = float(asked.cost)
    value, why_not = _value(path, figures, worth, people.listed, cost)
    reach = Z * people.variance**0.5
    return Reckoned(
        closed=obstacles(space, asked.origin, asked.goal), way=way, figure=figure, worth=worth,
        gain=gain, value=value, why_not=why_not,
        needed=cost / gain.value if gain and gain.value > 0 and cost > 0 else None,
        low=max(0.0, people.expected - reach), high=min(float(people.listed), people.expected + reach),
        people=people,
    )  # fmt: skip


def figure_known(figures: Mapping[str, Any]) -> str:
    for figure in FIGURES:
        if any("value" in one["figures"].get(figure, {}) for one in figures.get("kinds", [])):
            return figure
    return FIGURES[-1]


def worth_of(figures: Mapping[str, Any], kind: str, figure: str) -> Estimate | None:
    """Worth of a customer of a kind per year, None where too few of them are known."""
    row = next((one for one in figures.get("kinds", []) if one["id"] == kind), None)
    told = row["figures"].get(figure, {}) if row else {}
    if told.get("value") is None or told.get("low") is None:
        return None
    error = (told["high"] - told["low"]) / (2 * Z)
    return Estimate(told["value"], error, told["n"], told["low"], told["high"], 0.95, figure)


def steps_seen(figures: Mapping[str, Any]) -> dict[tuple[str, str], Estimate]:
    """Each move between kinds that was seen from one half-year to the next."""
    found = (figures.get("moves") or {}).get("kinds") or {}
    steps = {}
    for one in found.get("steps", []):
        n, share = one["leaving"], one["share"]
        error = (share * (1 - share) / n) ** 0.5 if n else None
        steps[one["from"], one["to"]] = Estimate(
            share, error, round(n), one["low"], one["high"], 0.95, "Jeffreys"
        )
    return steps


def _number_seen(step: Estimate | None) -> float:
    return step.value * step.n if step else 0.0


def _believed(step: Estimate | None) -> Estimate | None:
    return step if step and _number_seen(step) >= SEEN else None


def _gain(worth: Sequence[Estimate | None]) -> Estimate | None:
    origin, goal = worth
    if origin is None or goal is None:
        return None
    error = ((origin.standard_error or 0.0) ** 2 + (goal.standard_error or 0.0) ** 2) ** 0.5
    value = goal.value - origin.value
    n = min(origin.n, goal.n)
    return Estimate(value, error, n, value - Z * error, value + Z * error, 0.95, "difference")


def _value(
    path: Path, figures: Mapping[str, Any], worth: Sequence[Estimate | None], customers: int, cost: float
) -> tuple[PlanValue | None, str]:  # fmt: skip
    if not path.steps:
        return None, "no_way"
    ends = dict(zip((path.kinds[0], path.kinds[-1]), worth, strict=True))
    known = {kind: one for kind, one in ends.items() if one is not None}
    if len(known) < len(ends):
        return None, "no_worth"
    moved = (figures.get("moves") or {}).get("kinds") or {}
    if moved.get("p_value", 1.0) >= ENOUGH:
        return None, "nothing_moved"
    believed = {step: one for step, one in steps_seen(figures).items() if _believed(one)}
    told = value_of_plan(path, known, believed, customers, cost_per_customer=cost)
    return (None, "never_seen") if isinstance(told, Abstention) else (told, "")


def _kind(key: str) -> Kind:
    its = kind_of(key)
    assert its is not None
    return its


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a plan's customers, by the relationship now shown as likeliest.

    arrived: at the goal. on_the_way: at a kind between. there: at the origin still. elsewhere: at
    another kind, of whom `hurt` at one of bad feeling. unknown: nothing is inferred of them any more.
    share: of those known, how many arrived, with its interval.
    """

    planned: int
    arrived: int
    on_the_way: int
    there: int
    elsewhere: int
    hurt: int
    unknown: int
    share: Estimate | None

    @property
    def known(self) -> int:
        return self.planned - self.unknown


def became(path: Sequence[str], family: str, stands: Iterable[tuple[str, int]]) -> Became:
    """Count by where customers stand now.

    A plan for a family starts from any of its kinds.
    """
    catalogue = relationships()
    starts = {kind.id for kind in catalogue.kinds if family and kind.family == family} | {path[0]}
    counts = dict.fromkeys(("arrived", "on_the_way", "there", "elsewhere", "hurt", "unknown"), 0)
    planned = 0
    for kind, n in stands:
        planned += n
        its = kind_of(kind)
        if not kind:
            counts["unknown"] += n
        elif kind == path[-1]:
            counts["arrived"] += n
        elif kind in path[1:-1]:
            counts["on_the_way"] += n
        elif kind in starts:
            counts["there"] += n
        else:
            counts["elsewhere"] += n
            counts["hurt"] += n if its and its.axes.valence < 0 else 0
    known = planned - counts["unknown"]
    share = _as_share(wilson_share(counts["arrived"], known)) if known else None
    return Became(planned=planned, share=share, **counts)


def _as_share(points: Estimate) -> Estimate:
    """From 0 to 1, of a percentage."""
    low, high = (None if one is None else one / 100 for one in (points.low, points.high))
    return replace(points, value=points.value / 100, standard_error=None, low=low, high=high)
