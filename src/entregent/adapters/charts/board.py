"""Pictures of the steering board."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import altair as alt

from entregent.adapters.charts.theme import (
    Language,
    picture,
    rows_named,
    time_axis,
    with_rows,
)
from entregent.engine.estimates import Estimate

WIDTH, HEIGHT = 100.0, 30.0


def sparkline_points(trend: Sequence[tuple[date, Estimate]]) -> str:
    """A trend as the points of an SVG polyline in a box of 100 by 30; empty below two steps.

    >>> sparkline_points([(date(2026, 1, 1), Estimate(10, 1, 9)), (date(2026, 2, 1), Estimate(20, 1, 9))])
    '0.0,28.0 100.0,2.0'
    """
    if len(trend) < 2:
        return ""
    values = [step.value for _, step in trend]
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = WIDTH / (len(values) - 1)
    return " ".join(
        f"{place * step:.1f},{HEIGHT - 2 - (value - low) / span * (HEIGHT - 4):.1f}"
        for place, value in enumerate(values)
    )


def volumes_picture(
    volumes: Sequence[tuple[date, str, int]], language: Language = "fr"
) -> dict[str, Any]:
    """Exchanges by step of time, stacked by channel, the busiest channel at the bottom.

    volumes: (first day of the step, channel in words, count).
    """
    totals: dict[str, int] = {}
    for _, channel, n in volumes:
        totals[channel] = totals.get(channel, 0) + n
    order = sorted(totals, key=lambda channel: (-totals[channel], channel))
    rows = [
        {"start": start.isoformat(), "channel": channel, "n": n, "rank": order.index(channel)}
        for start, channel, n in volumes
    ]
    starts = sorted({start for start, _, _ in volumes})
    monthly = all(start.day == 1 for start in starts[1:]) and len(starts) > 1
    return with_rows(_volumes_drawn(tuple(order), language, monthly=monthly), volumes=rows)


@lru_cache
def _volumes_drawn(order: tuple[str, ...], language: Language, *, monthly: bool) -> dict[str, Any]:
    words = {
        "fr": ("Échanges par canal", "échanges", "canal", "à partir du"),
        "en": ("Exchanges by channel", "exchanges", "channel", "from"),
    }[language]
    chart = (
        alt.Chart(rows_named("volumes"), title=words[0])
        .mark_bar()
        .encode(
            # A bar fills its step of time; the first may begin within it.
            x=alt.X("yearmonth(start):T" if monthly else "start:T", title=None, axis=time_axis()),
            y=alt.Y("sum(n):Q", title=words[1]),
            color=alt.Color("channel:N", sort=list(order), title=words[2]),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("start:T", title=words[3], format="%d/%m/%Y"),
                alt.Tooltip("channel:N", title=words[2]),
                alt.Tooltip("n:Q", title=words[1], format=","),
            ],
        )
        .properties(width="container", height=240)
    )
    return picture(chart, language)
