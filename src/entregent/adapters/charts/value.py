"""Pictures of what customers are worth: concentration, crossed matrix, moves, models against facts.

Shares are drawn from 0 to 1, so that distances on the picture are distances in the figures.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import altair as alt

from entregent.adapters.charts.theme import (
    FAVOURABLE,
    NEUTRAL,
    PALETTE,
    UNFAVOURABLE,
    Language,
    picture,
    rows_named,
    time_axis,
    with_rows,
)
from entregent.engine.value.abc import Concentration, CurvePoint
from entregent.engine.value.class_moves import ClassMoves
from entregent.engine.value.crossed_matrix import CrossedMatrix
from entregent.engine.value.holdout import HoldoutValidation, Tracking

Words = Mapping[Language, str]

DIAGONAL = ({"x": 0, "y": 0}, {"x": 1, "y": 1})

CLASS_NAMES: Mapping[str, Words] = {
    "A": {"fr": "A", "en": "A"},
    "B": {"fr": "B", "en": "B"},
    "C": {"fr": "C", "en": "C"},
    "P": {"fr": "Prospects", "en": "Prospects"},
    "absent": {"fr": "absents", "en": "absent"},
}
DOMAIN_NAMES: Mapping[str, Words] = {
    "core_business": {"fr": "fonds de commerce", "en": "core business"},
    "development": {"fr": "potentiel de développement", "en": "development"},
    "economic_management": {"fr": "gestion économique", "en": "economic management"},
    "unassigned": {"fr": "à décider", "en": "to be decided"},
}
DOMAIN_COLOURS = {
    "core_business": PALETTE[0],
    "development": PALETTE[2],
    "economic_management": NEUTRAL,
    "unassigned": PALETTE[4],
}
POTENTIAL_NAMES: Mapping[int, Words] = {
    1: {"fr": "1 · fort", "en": "1 · high"},
    2: {"fr": "2 · moyen", "en": "2 · middle"},
    3: {"fr": "3 · faible", "en": "3 · low"},
}
PERCENT = ".0%"


def concentration_curve_picture(
    curve: Sequence[CurvePoint], measured: Concentration, language: Language = "fr"
) -> dict[str, Any]:
    """The ABC curve: best customers first, with where classes A and B end."""
    gini = _number(measured.gini.value, 2, language)
    title = {
        "fr": f"Courbe ABC du chiffre d’affaires (Gini {gini})",
        "en": f"ABC curve of revenue (Gini {gini})",
    }[language]
    subtitle = {
        "fr": f"{_count(measured.customers, language)} clients, les meilleurs d’abord",
        "en": f"{_count(measured.customers, language)} customers, best first",
    }[language]
    drawn = with_rows(
        _curve_drawn(language, with_classes=True),
        curve=_steps(curve),
        diagonal=DIAGONAL,
        classes=_class_ends(measured, language),
    )
    return drawn | {"title": _titled(title, subtitle)}


def lorenz_curve_picture(
    curve: Sequence[CurvePoint], measured: Concentration, language: Language = "fr"
) -> dict[str, Any]:
    """The Lorenz curve, smallest customers first, below the line of equality."""
    gini = _number(measured.gini.value, 2, language)
    title = {
        "fr": f"Courbe de Lorenz du chiffre d’affaires (Gini {gini})",
        "en": f"Lorenz curve of revenue (Gini {gini})",
    }[language]
    subtitle = {
        "fr": f"{_count(measured.customers, language)} clients, les plus petits d’abord",
        "en": f"{_count(measured.customers, language)} customers, smallest first",
    }[language]
    drawn = with_rows(
        _curve_drawn(language, with_classes=False), curve=_steps(curve), diagonal=DIAGONAL
    )
    return drawn | {"title": _titled(title, subtitle)}


def crossed_matrix_picture(matrix: CrossedMatrix, language: Language = "fr") -> dict[str, Any]:
    """The crossed ABC matrix: customers and revenue in each cell, coloured by domain."""
    rows = [
        {
            "abc_class": CLASS_NAMES[cell.abc_class][language],
            "potential": POTENTIAL_NAMES[cell.potential_level][language],
            "domain": DOMAIN_NAMES[cell.domains[0]][language],
            "customers": cell.customers,
            "revenue": cell.revenue,
        }
        for cell in matrix.cells
    ]
    words = {
        "fr": ("Matrice ABC croisée", "chiffre d’affaires réalisé", "potentiel", "domaine"),
        "en": ("Crossed ABC matrix", "revenue realised", "potential", "domain"),
    }[language]
    base = alt.Chart(_inline(rows), title=words[0]).encode(
        x=alt.X(
            "potential:N",
            title=words[2],
            sort=None,
            axis=alt.Axis(labelAngle=0, orient="top", ticks=False, domain=False),
        ),
        y=alt.Y("abc_class:N", title=words[1], sort=None, axis=alt.Axis(ticks=False, domain=False)),
    )
    names = {name: DOMAIN_NAMES[name][language] for name in DOMAIN_NAMES}
    present = [name for name in names if names[name] in {row["domain"] for row in rows}]
    cells = base.mark_rect(opacity=0.28, stroke="#FFFFFF", strokeWidth=4).encode(
        color=alt.Color(
            "domain:N",
            title=words[3],
            scale=alt.Scale(
                domain=[names[name] for name in present],
                range=[DOMAIN_COLOURS[name] for name in present],
            ),
            legend=alt.Legend(orient="bottom"),
        ),
    )
    counted = {"fr": "' clients'", "en": "' customers'"}[language]
    customers = (
        base.mark_text(dy=-8, fontSize=14, fontWeight=600)
        .encode(text=alt.Text("label:N"))
        .transform_calculate(label=f"format(datum.customers, ',') + {counted}")
    )
    money = {"fr": "' €'", "en": "''"}[language]
    revenue = (
        base.mark_text(dy=11, fontSize=12)
        .encode(text=alt.Text("label:N"))
        .transform_calculate(label=f"format(datum.revenue, ',.0f') + {money}")
    )
    return picture((cells + customers + revenue).properties(width=460, height=260), language)


def class_moves_picture(moves: ClassMoves, language: Language = "fr") -> dict[str, Any]:
    """Where the customers of each class are found afterwards: shares of each row."""
    rows = []
    for before in moves.states:
        for after in moves.states:
            share = moves.share(before, after)
            if share is not None:
                rows.append(
                    {
                        "before": CLASS_NAMES[before][language],
                        "after": CLASS_NAMES[after][language],
                        "share": share.value,
                        "n": share.n,
                    }
                )
    words = {
        "fr": ("Passages d’une classe à l’autre", "avant", "après", "part de la ligne"),
        "en": ("Moves between classes", "before", "after", "share of the row"),
    }[language]
    base = alt.Chart(_inline(rows), title=words[0]).encode(
        x=alt.X("after:N", title=words[2], sort=None, axis=alt.Axis(labelAngle=0, orient="top")),
        y=alt.Y("before:N", title=words[1], sort=None),
        tooltip=[
            alt.Tooltip("before:N", title=words[1]),
            alt.Tooltip("after:N", title=words[2]),
            alt.Tooltip("share:Q", title=words[3], format=PERCENT),
            alt.Tooltip("n:Q", title="n"),
        ],
    )
    cells = base.mark_rect().encode(
        color=alt.Color(
            "share:Q",
            scale=alt.Scale(domain=[0, 1], range=["#F4F6F8", FAVOURABLE]),
            legend=None,
        )
    )
    labels = base.mark_text(fontSize=12).encode(
        text=alt.Text("share:Q", format=PERCENT),
        color=alt.condition("datum.share > 0.55", alt.value("white"), alt.value("#22262B")),
    )
    return picture((cells + labels).properties(width=400, height=280), language)


def tracking_picture(tracked: Tracking, language: Language = "fr") -> dict[str, Any]:
    """Cumulative repeat purchases: observed against expected, with the end of calibration."""
    words = {
        "fr": ("Achats répétés cumulés", "observés", "prévus", "fin du calage"),
        "en": ("Cumulative repeat purchases", "observed", "expected", "calibration ends"),
    }[language]
    rows: list[dict[str, Any]] = [
        {"end": end.isoformat(), "purchases": float(count), "series": name}
        for name, counts in ((words[1], tracked.observed), (words[2], tracked.expected))
        for end, count in zip(tracked.ends, counts, strict=True)
    ]
    base = alt.Chart(_inline(rows), title=words[0]).encode(
        x=alt.X("end:T", title=None, axis=time_axis()), y=alt.Y("purchases:Q", title=None)
    )
    colour = alt.Color(
        "series:N",
        scale=alt.Scale(domain=list(words[1:3]), range=[NEUTRAL, FAVOURABLE]),
        legend=None,
    )
    dash = alt.StrokeDash(
        "series:N", scale=alt.Scale(domain=list(words[1:3]), range=[[1, 0], [6, 4]]), legend=None
    )
    lines = base.mark_line(strokeWidth=2.5).encode(color=colour, strokeDash=dash)
    # The names stand at the ends of the lines, apart even where the lines meet.
    ends = sorted(
        rows[len(tracked.ends) - 1 :: len(tracked.ends)], key=lambda row: row["purchases"]
    )
    names = [
        alt.Chart(_inline([end]))
        .mark_text(align="left", dx=6, dy=8 - 16 * place, fontSize=12)
        .encode(x="end:T", y="purchases:Q", text="series:N", color=colour)
        for place, end in enumerate(ends)
    ]
    split = alt.Chart(
        _inline([{"end": tracked.calibration_until.isoformat(), "label": words[3]}])
    ).encode(x="end:T")
    rule = split.mark_rule(color=UNFAVOURABLE, strokeDash=[3, 3])
    label = split.mark_text(align="left", dx=5, fontSize=11, color=UNFAVOURABLE).encode(
        text="label:N", y=alt.value(10)
    )
    chart = alt.layer(lines, *names, rule, label).properties(width=560, height=280)
    return picture(
        chart.properties(padding={"right": 70, "left": 5, "top": 5, "bottom": 5}), language
    )


def calibration_picture(validated: HoldoutValidation, language: Language = "fr") -> dict[str, Any]:
    """Share who bought, with intervals, against the probability foretold; P(alive) beside it."""
    words = {
        "fr": (
            "Ce qui était prévu s’est-il produit ?",
            "probabilité prévue",
            "part des clients qui ont acheté",
            ("d’acheter encore", "d’être encore client"),
        ),
        "en": (
            "Did what was foretold happen?",
            "probability foretold",
            "share of customers who bought",
            ("to buy again", "to be a customer still"),
        ),
    }[language]
    rows = [
        {
            "series": name,
            "foretold": foretold,
            "bought": group.bought.value,
            "low": group.bought.low,
            "high": group.bought.high,
            "customers": group.customers,
        }
        for group in validated.calibration
        for name, foretold in zip(
            words[3], (group.probability_of_buying, group.probability_alive), strict=True
        )
    ]
    base = alt.Chart(_inline(rows), title=words[0])
    x = alt.X(
        "foretold:Q",
        title=words[1],
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=PERCENT, tickCount=5),
    )
    colour = alt.Color(
        "series:N",
        title=None,
        scale=alt.Scale(domain=list(words[3]), range=[FAVOURABLE, NEUTRAL]),
        legend=alt.Legend(orient="bottom"),
    )
    share = alt.Y(
        "bought:Q",
        title=words[2],
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=PERCENT, tickCount=5),
    )
    intervals = base.mark_rule(strokeWidth=1.5).encode(
        x=x, y=alt.Y("low:Q", title=words[2]), y2="high:Q", color=colour
    )
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(
        x=x,
        y=share,
        color=colour,
        tooltip=[
            alt.Tooltip("foretold:Q", title=words[1], format=PERCENT),
            alt.Tooltip("bought:Q", title=words[2], format=PERCENT),
            alt.Tooltip("customers:Q", title="n"),
        ],
    )
    return picture(
        (_diagonal(_inline(DIAGONAL)) + intervals + dots).properties(width=360, height=360),
        language,
    )


@lru_cache
def _curve_drawn(language: Language, *, with_classes: bool) -> dict[str, Any]:
    """A cumulative curve over the diagonal; its rows and title come with each figure."""
    axes = {
        "fr": ("part des clients", "part du chiffre d’affaires"),
        "en": ("share of customers", "share of revenue"),
    }[language]
    line = (
        alt.Chart(rows_named("curve"))
        .mark_area(line={"color": FAVOURABLE, "strokeWidth": 2.5}, color=FAVOURABLE, opacity=0.12)
        .encode(
            x=alt.X(
                "customers:Q",
                title=axes[0],
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=PERCENT, tickCount=5),
            ),
            y=alt.Y(
                "revenue:Q",
                title=axes[1],
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=PERCENT, tickCount=5),
            ),
        )
    )
    chart = (line + _diagonal(rows_named("diagonal"))).properties(width=400, height=360)
    return picture(chart + _ends_drawn() if with_classes else chart, language)


def _diagonal(ends: Any) -> Any:
    return (
        alt.Chart(ends)
        .mark_line(color=NEUTRAL, strokeDash=[4, 4], strokeWidth=1)
        .encode(x="x:Q", y="y:Q")
    )


def _ends_drawn() -> Any:
    base = alt.Chart(rows_named("classes")).encode(x="customers:Q", y="revenue:Q")
    drops = (
        alt.Chart(rows_named("classes"))
        .mark_rule(color=NEUTRAL, strokeDash=[3, 3])
        .encode(x="customers:Q", y="floor:Q", y2="revenue:Q")
    )
    dots = base.mark_point(filled=True, size=70, color=UNFAVOURABLE, opacity=1)
    labels = base.mark_text(align="left", dx=8, dy=14, fontSize=11).encode(text="label:N")
    return drops + dots + labels


def _titled(title: str, subtitle: str) -> dict[str, str]:
    return {"text": title, "subtitle": subtitle, "anchor": "start"}


def _steps(curve: Sequence[CurvePoint]) -> list[dict[str, Any]]:
    return [
        {"customers": point.share_of_customers, "revenue": point.share_of_revenue}
        for point in curve
    ]


def _class_ends(measured: Concentration, language: Language) -> list[dict[str, Any]]:
    rows = []
    customers = revenue = 0.0
    for found in measured.classes[:2]:
        customers += found.share_of_customers
        revenue += found.share_of_revenue
        share_of_customers = _percent(customers, language)
        share_of_revenue = _percent(revenue, language)
        label = {
            "fr": f"{found.name} finit ici : {share_of_customers} des clients, {share_of_revenue}",
            "en": f"{found.name} ends here: {share_of_customers} of customers, {share_of_revenue}",
        }[language]
        rows.append({"customers": customers, "revenue": revenue, "label": label, "floor": 0})
    return rows


def _number(value: float, digits: int, language: Language) -> str:
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if language == "fr" else text


def _percent(share: float, language: Language) -> str:
    return f"{share:.0%}".replace("%", "\u202f%") if language == "fr" else f"{share:.0%}"


def _count(n: int, language: Language) -> str:
    return f"{n:,}".replace(",", "\u202f") if language == "fr" else f"{n:,}"


def _inline(rows: Sequence[Mapping[str, Any]]) -> Any:
    return alt.InlineData(values=rows)
