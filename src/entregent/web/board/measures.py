"""Where the board's rows meet the engine. Measured once per snapshot, period and convention."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
from django.core.cache import cache

from entregent.engine.errors import EngineError
from entregent.engine.estimates import Abstention, Estimate
from entregent.engine.recency import last_lived_day
from entregent.engine.service.complaints import ComplaintFigures, complaint_figures
from entregent.engine.service.conventions import AbandonedCalls
from entregent.engine.service.levels import ServiceLevel, service_level, service_level_by
from entregent.engine.surveys.answers import with_period
from entregent.engine.surveys.ces import ces_by
from entregent.engine.surveys.csat import csat_by
from entregent.engine.surveys.nps import NpsDifference, nps_by, nps_counts_by, nps_difference
from entregent.engine.value.abc import Concentration, CurvePoint, concentration, concentration_curve
from entregent.engine.value.purchases import revenue_by_customer
from entregent.web.board.periods import SPANS, Period
from entregent.web.evidence.snapshot import evidence, snapshot_version
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
    with evidence() as tables:
        return last_lived_day(tables, datetime.now(tz=UTC))


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
    with evidence() as tables:
        answers = _within(tables["answers"], "at", period)
        interactions = _within(tables["interactions"], "at", period)
        before = _within(tables["answers"], "at", period.before) if period.before else None
        calls = interactions.filter(
            (interactions.channel == "phone")
            & (interactions.direction != "out")
            & interactions.wait_seconds.notnull()
        )
        channels, volumes = _volumes(interactions, period)
        spent = _or(
            lambda: revenue_by_customer(_within(tables["transactions"], "at", period)), None
        )
        # Who was paid back more than they paid brings no revenue to share out; they are counted apart.
        revenue = spent if spent is None else spent.filter(spent.revenue >= 0)
        return Board(
            version=snapshot_version(),
            period=period,
            scores=_scores(answers, before, period),
            channels=channels,
            volumes=volumes,
            answering=_answering(calls, period, conventions),
            cases=_measured(
                lambda: complaint_figures(
                    _settled(tables["cases"], period),
                    as_of=period.until,
                    promises={"answer": timedelta(days=conventions.case_target_days)},
                )
            ),
            revenue=Abstention("no purchase")
            if revenue is None
            else _measured(lambda: concentration(revenue)),
            revenue_curve=() if revenue is None else _or(lambda: concentration_curve(revenue), ()),
            refunded=0
            if spent is None
            else int(spent.filter(spent.revenue < 0).count().to_pyarrow().as_py()),
            interactions=sum(n for _channel, n, _in in channels),
        )


def _settled(cases: ir.Table, period: Period) -> ir.Table:
    """The cases opened by the end of the period; one that is resolved is no longer open."""
    ended = cases.closed_at.coalesce(cases.resolved_at)
    return cases.filter(cases.opened_at < ibis.literal(period.until)).mutate(closed_at=ended)


def _within(table: ir.Table, column: str, period: Period) -> ir.Table:
    table = table.filter(table[column] < ibis.literal(period.until))
    return (
        table if period.since is None else table.filter(table[column] >= ibis.literal(period.since))
    )


def _scores(answers: ir.Table, before: ir.Table | None, period: Period) -> list[Score]:
    """Each survey question that is a score, the most answered first."""
    scored = answers.filter(
        answers.value.notnull() & answers.instrument.isin(["nps", "csat", "ces"])
    )
    asked = (
        scored.group_by(["instrument", "item", "instrument_version"])
        .agg(n=scored.count(), highest=scored.value.max())
        .order_by([ibis.desc("n"), "instrument", "item"])
        .to_pyarrow()
        .to_pylist()
    )
    found: list[Score] = []
    for instrument in ("nps", "csat", "ces"):
        questions = [row for row in asked if row["instrument"] == instrument][:MOST_ITEMS]
        found.extend(_score(scored, before, period, row) for row in questions)
    return found


def _score(
    answers: ir.Table, before: ir.Table | None, period: Period, asked: dict[str, Any]
) -> Score:
    instrument, item, version = (
        asked["instrument"],
        asked["item"],
        asked["instrument_version"] or "",
    )
    points = 10 if asked["highest"] > 7 else 7 if asked["highest"] > 5 else 5

    def by(table: ir.Table, columns: list[str]) -> list[tuple[Any, ...]]:
        mine = table.filter(
            (table.instrument == instrument)
            & (table["item"] == item)
            & (table.instrument_version.fill_null("") == version)
        )
        if instrument == "nps":
            return nps_by(mine, columns)
        if instrument == "csat":
            return csat_by(mine, columns, points=points)
        return ces_by(mine, columns, version=version or None)

    estimate = _measured(lambda: by(answers, [])[0][-1])
    stepped = with_period(answers, period.every)  # type: ignore[arg-type]
    trend = sorted(
        (_as_date(start), step)
        for start, step in _or(lambda: by(stepped, ["period"]), [])
        if isinstance(step, Estimate)
    )
    difference = None
    if instrument == "nps" and before is not None:
        difference = _or(lambda: _difference(answers, before, item), None)
    return Score(instrument, item, version, estimate, trend, points, difference)


def _difference(answers: ir.Table, before: ir.Table, item: str) -> NpsDifference | None:
    now, then = nps_counts_by(answers, [], item=item), nps_counts_by(before, [], item=item)
    return nps_difference(now[0][-1], then[0][-1]) if now and then else None


def _volumes(
    interactions: ir.Table, period: Period
) -> tuple[list[tuple[str, int, int]], list[tuple[date, str, int]]]:
    stepped = with_period(interactions, period.every)  # type: ignore[arg-type]
    rows = (
        stepped.group_by(["period", stepped.channel.fill_null("").name("channel")])
        .agg(n=stepped.count(), received=(stepped.direction == "in").sum())
        .order_by(["period", "channel"])
        .to_pyarrow()
        .to_pylist()
    )
    totals: dict[str, list[int]] = {}
    for row in rows:
        total = totals.setdefault(row["channel"], [0, 0])
        total[0] += row["n"]
        total[1] += row["received"] or 0
    channels = sorted(
        ((name, n, received) for name, (n, received) in totals.items()),
        key=lambda row: (-row[1], row[0]),
    )
    return channels, [(_as_date(row["period"]), row["channel"], row["n"]) for row in rows]


def _answering(calls: ir.Table, period: Period, conventions: Workspace) -> Answering:
    said = {
        "target_seconds": float(conventions.answer_target_seconds),
        "abandoned": AbandonedCalls(conventions.abandoned_calls),
    }
    level = _measured(lambda: service_level(calls, **said))  # type: ignore[arg-type]
    stepped = with_period(calls, period.every)  # type: ignore[arg-type]
    trend = sorted(
        (_as_date(start), step.level)
        for start, step in _or(lambda: service_level_by(stepped, ["period"], **said), [])  # type: ignore[arg-type]
        if isinstance(step, ServiceLevel)
    )
    answered = calls.filter(~calls.abandoned.fill_null(False))
    waits = (
        answered.agg(
            median=answered.wait_seconds.quantile(0.5), slow=answered.wait_seconds.quantile(0.9)
        )
        .to_pyarrow()
        .to_pylist()[0]
    )
    return Answering(level, trend, waits["median"], waits["slow"])


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


def _as_date(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value
