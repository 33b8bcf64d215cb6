"""Pictures of what customers speak about."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import altair as alt

from entregent.adapters.charts.theme import FAVOURABLE, Language, picture, time_axis
from entregent.engine.estimates import Estimate


def shares_over_time(
    trend: Sequence[tuple[date, Estimate]], language: Language = "fr"
) -> dict[str, Any]:
    """The share of texts that speak of something, step by step, with its band."""
    rows = [
        {
            "day": day.isoformat(),
            "value": estimate.value,
            "low": estimate.low,
            "high": estimate.high,
            "n": estimate.n,
        }
        for day, estimate in trend
    ]
    words = {
        "fr": ("Part des textes qui en parlent", "intervalles de Wilson à 95\u202f%", "part", "textes lus"),
        "en": ("Share of texts that speak of it", "95% Wilson intervals", "share", "texts read"),
    }[language]  # fmt: skip
    data = alt.Data(values=rows)  # type: ignore[no-untyped-call]
    base = alt.Chart(data, title=alt.TitleParams(words[0], subtitle=words[1])).encode(
        x=alt.X("day:T", title=None, axis=time_axis())
    )
    share = alt.Axis(format=".0%")
    band = base.mark_area(opacity=0.2, color=FAVOURABLE).encode(
        y=alt.Y("low:Q", title=words[2], axis=share), y2="high:Q"
    )
    line = base.mark_line(color=FAVOURABLE, point=True).encode(
        y=alt.Y("value:Q", title=words[2], axis=share),
        tooltip=[
            alt.Tooltip("day:T", title=""),
            alt.Tooltip("value:Q", title=words[2], format=".1%"),
            alt.Tooltip("n:Q", title=words[3]),
        ],
    )
    return picture((band + line).properties(width=560, height=220), language)
