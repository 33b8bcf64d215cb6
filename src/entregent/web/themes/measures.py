"""Where passages of themes meet the engine: shares, tone, growth, and the score without a theme."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from zlib import crc32

import numpy as np

from entregent.engine.errors import EngineError
from entregent.engine.estimates import Estimate, wilson_share
from entregent.engine.surveys.pareto import Pareto, pareto
from entregent.engine.voice.themes import Emergence, emerging_themes, score_without
from entregent.web.board.measures import kept
from entregent.web.board.periods import Period
from entregent.web.evidence.models import Watermark
from entregent.web.themes import queries
from entregent.web.themes.actions import MARK
from entregent.web.themes.models import Theme
from entregent.web.themes.queries import Respondent

COMPLAINING = {"-", "~"}
FEWEST_SCORES = 30


@dataclass(frozen=True, slots=True)
class ThemeFigures:
    """One theme over a period.

    texts: that speak of it. share: of all texts read, 0 to 1. negative, positive: of its passages
    that take a side. growth: against the stretch before, None without one. without: points that the
    score would gain were the answers that speak of it not there, None where it cannot be said.
    trend: share by step of the period, oldest first.
    """

    theme: Theme
    texts: int
    passages: int
    share: Estimate
    negative: Estimate | None
    growth: Emergence | None
    without: Estimate | None
    trend: list[tuple[date, Estimate]] = field(repr=False)
    finer: int = 0


@dataclass(frozen=True, slots=True)
class Themes:
    """All themes over a period. question: instrument, item and version of the score, if any.

    score: as it is, among those who also gave words. unplaced: texts that speak of no theme.
    """

    texts: int
    unplaced: int
    figures: list[ThemeFigures]
    question: tuple[str, str, str] | None
    score: float | None


@dataclass(slots=True)
class _Heard:
    """What was read of a stretch of time: texts, and per theme its texts and the tone of passages."""

    months: dict[int, date] = field(default_factory=dict)
    said_by: dict[Respondent, set[int]] = field(default_factory=lambda: defaultdict(set))
    texts: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    tones: dict[int, Counter[str | None]] = field(default_factory=lambda: defaultdict(Counter))


def list_version() -> str:
    """Changes whenever a person or a proposal changes the list, or new passages were placed."""
    found = Theme.objects.order_by("pk").values_list("pk", "parent_id", "excluded", "edited_at")
    return f"{crc32(repr(list(found)).encode()):x}:{Watermark.of(MARK)}"


def themes_over(period: Period, channel: str = "") -> Themes:
    """Every theme that is not left out, broad and fine, the most spoken of first."""
    name = f"themes:{list_version()}:{period.first}:{period.last}:{channel}"
    figures: Themes = kept(name, lambda: _measure(period, channel))
    return figures


def _measure(period: Period, channel: str) -> Themes:
    themes = list(Theme.objects.filter(excluded=False))
    out = set(Theme.objects.filter(excluded=True).values_list("pk", flat=True))
    parent = {theme.pk: theme.parent_id for theme in themes}
    now = _heard(period, channel, parent, out)
    before = _heard(period.before, channel, parent, out) if period.before else None
    growths = _growths(themes, now, before)
    question = queries.commonest_question(period.since, period.until)
    scores = _scores(question, period, now)
    finer = Counter(parent.values())
    figures = [
        ThemeFigures(
            theme=theme,
            texts=len(now.texts[theme.pk]),
            passages=sum(now.tones[theme.pk].values()),
            share=_share(len(now.texts[theme.pk]), len(now.months)),
            negative=_negative(now.tones[theme.pk]),
            growth=growths.get(theme.pk),
            without=_without(scores, now, theme.pk),
            trend=_trend(now, theme.pk),
            finer=finer[theme.pk],
        )
        for theme in themes
        if now.texts[theme.pk]
    ]
    placed = set().union(*now.texts.values()) if now.texts else set()
    figures.sort(key=lambda one: (-one.texts, one.theme.name))
    score = float(np.mean([value for value, _texts in scores])) if scores else None
    return Themes(len(now.months), len(now.months) - len(placed), figures, question, score)


def _heard(period: Period, channel: str, parent: Mapping[int, int | None], out: set[int]) -> _Heard:
    heard = _Heard()
    for key, at, respondent in queries.texts_within(period.since, period.until, channel):
        heard.months[key] = _step(at.date(), period.every)
        heard.said_by[respondent].add(key)
    for theme, text, sentiment in queries.mentions_within(period.since, period.until, channel):
        if theme in out:
            continue
        for one in {theme, parent.get(theme) or theme}:
            heard.texts[one].add(text)
            heard.tones[one][sentiment] += 1
    return heard


def _step(day: date, every: str) -> date:
    return day.replace(day=1) if every == "M" else date.fromordinal(day.toordinal() - day.weekday())


def _negative(tones: Counter[str | None]) -> Estimate | None:
    """Of the passages that take a side, the share that complain, mixed ones counted among them."""
    sided = sum(tones[sign] for sign in ("+", "-", "~"))
    return _share(sum(tones[sign] for sign in COMPLAINING), sided) if sided else None


def _growths(themes: list[Theme], now: _Heard, before: _Heard | None) -> dict[int, Emergence]:
    if before is None or not now.months or not before.months:
        return {}
    recent = [len(now.texts[theme.pk]) for theme in themes]
    earlier = [len(before.texts[theme.pk]) for theme in themes]
    tested = emerging_themes(
        recent, earlier, recent_texts=len(now.months), texts_before=len(before.months)
    )
    return {theme.pk: found for theme, found in zip(themes, tested, strict=True)}


def _scores(
    question: tuple[str, str, str] | None, period: Period, heard: _Heard
) -> list[tuple[float, set[int]]]:
    """Scores of those who gave words too, each with their texts."""
    if question is None:
        return []
    points = _points(question[0])
    scores = []
    for names, value in queries.scores_of(question, period.since, period.until):
        if texts := set().union(*(heard.said_by.get(name, set()) for name in names)):
            scores.append((points(value), texts))
    return scores


def _points(instrument: str) -> Any:
    """A score as it counts: a promoter 100 and a detractor -100, other scores as they are."""
    if instrument == "nps":
        return lambda value: 100.0 if value >= 9 else -100.0 if value <= 6 else 0.0
    return lambda value: value


def _without(scores: list[tuple[float, set[int]]], heard: _Heard, theme: int) -> Estimate | None:
    if len(scores) < FEWEST_SCORES:
        return None
    speaking = heard.texts[theme]
    try:
        return score_without(
            [score for score, _texts in scores],
            [not speaking.isdisjoint(texts) for _score, texts in scores],
        )
    except EngineError:
        return None


def _trend(heard: _Heard, theme: int) -> list[tuple[date, Estimate]]:
    everything = Counter(heard.months.values())
    spoken = Counter(heard.months[text] for text in heard.texts[theme] if text in heard.months)
    return [(step, _share(spoken[step], n)) for step, n in sorted(everything.items())]


def _share(successes: int, n: int) -> Estimate:
    """Wilson's interval of a share, 0 to 1."""
    found = wilson_share(successes, n)
    low, high = (found.low or 0.0) / 100, (found.high or 0.0) / 100
    return replace(found, value=found.value / 100, low=low, high=high, standard_error=None)


def complaints(period: Period, channel: str = "", *, by: str = "count") -> Pareto | None:
    """The few themes that make most of the complaints, by customers or by the revenue behind them.

    A customer counts once per theme. Broad themes that have finer ones are told by these.
    """
    name = f"pareto:{list_version()}:{period.first}:{period.last}:{channel}:{by}"
    found: Pareto | None = kept(name, lambda: _complaints(period, channel, by))
    return found


def _complaints(period: Period, channel: str, by: str) -> Pareto | None:
    names = dict(Theme.objects.filter(excluded=False).values_list("pk", "name"))
    rows = {
        (theme, customer): revenue
        for theme, customer, revenue in queries.customers_behind(
            period.since, period.until, channel
        )
        if theme in names
    }
    return _ranked(((names[theme], revenue) for (theme, _one), revenue in rows.items()), by)


def _ranked(rows: Iterable[tuple[str, float]], by: str) -> Pareto | None:
    listed = list(rows)
    if not listed:
        return None
    try:
        return pareto(
            [name for name, _revenue in listed], [revenue for _name, revenue in listed],
            by="cost" if by == "cost" else "count", resamples=500,
        )  # fmt: skip
    except EngineError:
        return None
