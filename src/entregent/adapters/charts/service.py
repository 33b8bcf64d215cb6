"""Pictures of service: what staff and waiting cost, how fast cases move."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from entregent.adapters.charts.theme import (
    FAVOURABLE,
    NEUTRAL,
    PALETTE,
    UNFAVOURABLE,
    Language,
    picture,
)
from entregent.engine.service.levels import ServiceLevel
from entregent.engine.service.staffing import CostCurve

Words = Mapping[Language, str]

PARTS: Mapping[str, Words] = {
    "staff": {"fr": "personnel", "en": "staff"},
    "waiting": {"fr": "attente des clients", "en": "customers’ waiting"},
    "lost_calls": {"fr": "appels perdus", "en": "lost calls"},
}
CONVENTIONS: Mapping[str, Words] = {
    "missed": {
        "fr": "les appels abandonnés comptent comme manqués",
        "en": "abandoned calls count as missed",
    },
    "ignored": {
        "fr": "les appels abandonnés ne comptent pas",
        "en": "abandoned calls do not count",
    },
    "met_when_short": {
        "fr": "les abandons rapides comptent comme réussis",
        "en": "short abandons count as met",
    },
    "left_out_when_short": {
        "fr": "les abandons rapides sont écartés",
        "en": "short abandons are left out",
    },
}


def staffing_cost_curve(curve: CostCurve, language: Language = "fr") -> dict[str, Any]:
    """Cost per hour of staff, of waiting and of lost calls, stacked, the cheapest point named."""
    names = {part: words[language] for part, words in PARTS.items()}
    shown = ["staff", "waiting"]
    if any(point.lost_calls for point in curve.points):
        shown.append("lost_calls")
    rows = [
        {"agents": point.agents, "part": names[part], "cost": getattr(point, part), "place": place}
        for point in curve.points
        # Next to an overloaded line waiting costs without limit and would flatten all the rest.
        if point.total <= 4 * curve.cheapest.total
        for place, part in enumerate(shown)
    ]
    title = {
        "fr": f"Le moins cher : {curve.cheapest.agents} agents",
        "en": f"Cheapest: {curve.cheapest.agents} agents",
    }[language]
    holds = _holds(curve, language)
    axis = {"fr": "coût par heure", "en": "cost per hour"}[language]
    agents = {"fr": "agents présents", "en": "agents present"}[language]
    colours = alt.Scale(
        domain=[names[part] for part in shown], range=[FAVOURABLE, UNFAVOURABLE, PALETTE[4]]
    )
    bars = (
        alt.Chart(alt.InlineData(rows), title=alt.TitleParams(title, subtitle=holds))
        .mark_bar()
        .encode(
            x=alt.X("agents:O", title=agents, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("cost:Q", title=axis, stack="zero"),
            color=alt.Color("part:N", title=None, scale=colours, legend=alt.Legend(orient="top")),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("agents:O", title=agents),
                alt.Tooltip("part:N", title=" "),
                alt.Tooltip("cost:Q", title=axis, format=",.0f"),
            ],
        )
    )
    best = {"agents": curve.cheapest.agents, "total": curve.cheapest.total}
    mark = (
        alt.Chart(alt.InlineData([best]))
        .mark_text(dy=-10, fontSize=13, fontWeight=600)
        .encode(x="agents:O", y="total:Q", text=alt.Text("total:Q", format=",.0f"))
    )
    return picture((bars + mark).properties(width=520, height=280), language)


def service_levels(
    levels: Sequence[tuple[str, ServiceLevel]], language: Language = "fr"
) -> dict[str, Any]:
    """One dot and interval per group, with the convention that counts abandoned calls."""
    rows = [
        {
            "name": name,
            "value": found.level.value,
            "low": found.level.low,
            "high": found.level.high,
            "n": found.level.n,
        }
        for name, found in levels
    ]
    first = levels[0][1]
    title = {
        "fr": f"Appels pris en {first.target_seconds:g} s",
        "en": f"Calls answered within {first.target_seconds:g} s",
    }[language]
    convention = CONVENTIONS[first.convention.value][language]
    axis = {"fr": "% des appels", "en": "% of calls"}[language]
    base = alt.Chart(alt.InlineData(rows), title=alt.TitleParams(title, subtitle=convention))
    names = alt.Y("name:N", sort=[name for name, _ in levels], title=None)
    value = alt.X("value:Q", title=axis)
    intervals = base.mark_rule(strokeWidth=2, color=NEUTRAL).encode(
        y=names, x=alt.X("low:Q", title=axis), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=90, color=FAVOURABLE, opacity=1).encode(
        y=names, x=value, tooltip=["name:N", "value:Q", "low:Q", "high:Q", "n:Q"]
    )
    labels = dots.mark_text(dy=-11, fontSize=11).encode(text=alt.Text("value:Q", format=".1f"))
    return picture((intervals + dots + labels).properties(width=480, height=alt.Step(38)), language)


def _holds(curve: CostCurve, language: Language) -> str:
    low, high = f"{curve.holds_from:.0f}", f"{curve.holds_to:.0f}"
    return {
        "fr": f"tant qu’une heure d’attente d’un client vaut de {low} à {high}",
        "en": f"as long as an hour of a customer’s waiting is worth {low} to {high}",
    }[language]
