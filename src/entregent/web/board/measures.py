"""Where the board's rows meet the engine. Measured once per snapshot, period and convention."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
from django.core.cache import cache

from entregent.adapters.snapshot import DailySums, Question
from entregent.engine.errors import EngineError
from entregent.engine.estimates import Abstention, Estimate
from entregent.engine.recency import last_day_of
from entregent.engine.service.complaints import ComplaintFigures, NoCases, complaint_figures_of
from entregent.engine.service.conventions import AbandonedCalls
from entregent.engine.service.levels import CallCounts, ServiceLevel, service_level_from_counts
from entregent.engine.surveys.answers import Tally
from entregent.engine.surveys.ces import ces_from_tally
from entregent.engine.surveys.csat import csat_from_tally
from entregent.engine.surveys.nps import (
    NpsDifference,
    nps_counts_from_tally,
    nps_difference,
    nps_from_counts,
)
from entregent.engine.value.abc import (
    Concentration,
    CurvePoint,
    concentration_curve_of,
    concentration_of,
)
from entregent.web.board.periods import SPANS, Period
from entregent.web.evidence.snapshot import daily_sums, snapshot_version
from entregent.web.workspace.models import Workspace, this_workspace

Trend = list[tuple[date, Estimate]]
MOST_ITEMS = 4


@dataclass(frozen=True, slots=True)
class Score:
    """A survey score, its course, and how it compares with the stretch before.

    item, version: which question it is; scores of two questions or versions are never mixed.
    """

    instrument: str
    item: str
    version: str
    estimate: Estimate | Abstention
    trend: Trend
    points: int = 5
    difference: NpsDifference | None = None


@dataclass(frozen=True, slots=True)
class Answering:
    """How calls were answered: service level, its course, and the wait of half of them."""

    level: ServiceLevel | Abstention
    trend: Trend
    median_wait_seconds: float | None
    slow_wait_seconds: float | None


@dataclass(frozen=True, slots=True)
class Board:
    """Everything the steering board says."""

    version: int
    period: Period
    scores: list[Score]
    channels: list[tuple[str, int, int]]
    volumes: list[tuple[date, str, int]]
    answering: Answering
    cases: ComplaintFigures | Abstention
    revenue: Concentration | Abstention
    revenue_curve: tuple[CurvePoint, ...]
    refunded: int
    interactions: int


def last_day() -> date | None:
    """The last day of evidence that is not in the future."""
    found: date | None = kept("last_day", _last_day)
    return found


def _last_day() -> date | None:
    today = datetime.now(tz=UTC).date()
    with daily_sums() as sums:
        rows = sums.rows_by_day()
    return last_day_of({day: n for day, n in rows.items() if day <= today})


def board(period: Period, conventions: Workspace) -> Board:
    """The board of a period, under the firm's conventions."""
    name = (
        f"board:{period.first}:{period.last}:{conventions.answer_target_seconds}:"
        f"{conventions.abandoned_calls}:{conventions.case_target_days}"
    )
    found: Board = kept(name, lambda: _measure(period, conventions))
    return found


def warm(**_news: Any) -> None:
    """Measure the usual boards as soon as the snapshot moves on, so that nobody waits for them."""
    if (last := last_day()) is None:
        return
    conventions = this_workspace()
    for name, days in SPANS.items():
        board(Period(name, last - timedelta(days=days - 1), last), conventions)
    board(Period("all", None, last), conventions)


def kept(name: str, measure: Callable[[], Any]) -> Any:
    """What a measure says, remembered under its name until the snapshot moves on."""
    key = f"{snapshot_version()}:{name}".replace(" ", "")
    found = cache.get(key)
    if found is None:
        found = measure()
        cache.set(key, found, timeout=7 * 86_400)
    return found


def _measure(period: Period, conventions: Workspace) -> Board:
    with daily_sums() as sums:
        volumes = sums.volumes(period.first, period.last, period.every)
        brought = sums.revenue(period.first, period.last)
        # Who was paid back more than they paid brings no revenue to share out; they are counted apart.
        revenue = brought[brought >= 0]
        channels = _channels(volumes)
        return Board(
            version=snapshot_version(),
            period=period,
            scores=_scores(sums, period),
            channels=channels,
            volumes=[(start, channel, n) for start, channel, n, _received in volumes],
            answering=_answering(sums, period, conventions),
            cases=_measured(lambda: _cases(sums, period, conventions)),
            revenue=_measured(lambda: concentration_of(revenue))
            if brought.size
            else Abstention("no purchase"),
            revenue_curve=_or(lambda: concentration_curve_of(revenue), ()),
            refunded=int(brought.size - revenue.size),
            interactions=sum(n for _channel, n, _in in channels),
        )


def _channels(volumes: Sequence[tuple[date, str, int, int]]) -> list[tuple[str, int, int]]:
    """What came and went by each channel over the whole period, the busiest first."""
    totals: dict[str, list[int]] = {}
    for _start, channel, n, received in volumes:
        total = totals.setdefault(channel, [0, 0])
        total[0] += n
        total[1] += received
    return sorted(
        ((name, n, received) for name, (n, received) in totals.items()),
        key=lambda row: (-row[1], row[0]),
    )


def _cases(sums: DailySums, period: Period, conventions: Workspace) -> ComplaintFigures:
    """The cases opened by the end of the period; one that is resolved is no longer open."""
    cases = sums.cases(period.last)
    if not cases:
        raise NoCases
    ended = np.where(np.isnan(cases["closed_at"]), cases["resolved_at"], cases["closed_at"])
    return complaint_figures_of(
        cases["opened_at"],
        cases | {"closed_at": ended},
        cases["reopened"],
        as_of=period.until,
        promises={"answer": timedelta(days=conventions.case_target_days)},
    )


def _scores(sums: DailySums, period: Period) -> list[Score]:
    """Each survey question that is a score, the most answered first."""
    asked = sums.questions(period.first, period.last, period.every)
    before = {
        (question.instrument, question.item, question.version): question
        for question in (
            sums.questions(period.before.first, period.before.last, period.every)
            if period.before
            else ()
        )
    }
    found: list[Score] = []
    for instrument in ("nps", "csat", "ces"):
        questions = [question for question in asked if question.instrument == instrument]
        for question in questions[:MOST_ITEMS]:
            then = before.get((instrument, question.item, question.version))
            found.append(_score(question, then))
    return found


def _score(question: Question, before: Question | None) -> Score:
    highest = max(value for value, _n in question.tally)
    points = 10 if highest > 7 else 7 if highest > 5 else 5
    read: dict[str, Callable[[Tally], Estimate]] = {
        "nps": lambda tally: nps_from_counts(nps_counts_from_tally(tally)),
        "csat": lambda tally: csat_from_tally(tally, points=points),
        "ces": lambda tally: ces_from_tally(tally, question.version),
    }
    score = read[question.instrument]
    trend: Trend = _or(
        lambda: [(start, score(tally)) for start, tally in sorted(question.steps.items())], []
    )
    difference = None
    if question.instrument == "nps" and before is not None:
        difference = _or(
            lambda: nps_difference(
                nps_counts_from_tally(before.tally), nps_counts_from_tally(question.tally)
            ),
            None,
        )
    return Score(
        question.instrument,
        question.item,
        question.version,
        _measured(lambda: score(question.tally)),
        trend,
        points,
        difference,
    )


def _answering(sums: DailySums, period: Period, conventions: Workspace) -> Answering:
    target = conventions.answer_target_seconds
    convention = AbandonedCalls(conventions.abandoned_calls)

    def reached(counts: CallCounts) -> ServiceLevel:
        return service_level_from_counts(counts, target_seconds=target, abandoned=convention)

    steps = sums.calls(period.first, period.last, period.every, target)
    whole = _added(steps.values())
    level = _measured(partial(reached, whole))
    found = [(start, _or(partial(reached, counts), None)) for start, counts in steps.items()]
    trend = [(start, step.level) for start, step in found if step is not None]
    median, slow = sums.waits(period.first, period.last, (0.5, 0.9))
    return Answering(level, [] if whole.impossible else trend, median, slow)


def _added(steps: Iterable[CallCounts]) -> CallCounts:
    counts = [astuple(step) for step in steps]
    return CallCounts(*map(sum, zip(*counts, strict=True))) if counts else CallCounts(0, 0, 0, 0)


def _measured(measure: Callable[[], Any]) -> Any:
    """A figure, or the engine's word on why there is none."""
    try:
        return measure()
    except (EngineError, IndexError) as problem:
        return Abstention(str(problem))


def _or(measure: Callable[[], Any], instead: Any) -> Any:
    try:
        return measure()
    except (EngineError, IndexError):
        return instead
