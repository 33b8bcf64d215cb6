"""Pictures of what customers answered: scores, Kano, drivers, importance and causes.

Every picture draws its intervals and labels its points, so that no legend has to be looked up.
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
from entregent.engine.estimates import Estimate
from entregent.engine.surveys.drivers import DriverReport
from entregent.engine.surveys.importance_performance import ImportancePerformance
from entregent.engine.surveys.kano import KanoBootstrap, KanoResult
from entregent.engine.surveys.pareto import Pareto

Words = Mapping[Language, str]

SCORE_TITLES: Mapping[str, Words] = {
    "nps": {"fr": "Net Promoter Score par groupe", "en": "Net Promoter Score by group"},
    "csat": {"fr": "Clients satisfaits par groupe", "en": "Satisfied customers by group"},
    "ces": {"fr": "Effort perçu par groupe", "en": "Perceived effort by group"},
}
SCORE_AXES: Mapping[str, Words] = {
    "nps": {"fr": "points (−100 à 100)", "en": "points (−100 to 100)"},
    "csat": {"fr": "% de satisfaits", "en": "% satisfied"},
    "ces": {"fr": "points de l’échelle", "en": "points of the scale"},
}
KANO_NAMES: Mapping[str, Words] = {
    "M": {"fr": "obligatoire", "en": "must-be"},
    "O": {"fr": "performance", "en": "performance"},
    "A": {"fr": "attractive", "en": "attractive"},
    "I": {"fr": "indifférente", "en": "indifferent"},
    "R": {"fr": "inversée", "en": "reverse"},
    "Q": {"fr": "douteuse", "en": "questionable"},
}
QUADRANT_NAMES: Mapping[str, Words] = {
    "concentrate here": {"fr": "agir d’abord", "en": "concentrate here"},
    "keep up": {"fr": "maintenir", "en": "keep up"},
    "low priority": {"fr": "priorité basse", "en": "low priority"},
    "possible overkill": {"fr": "excès possible", "en": "possible overkill"},
}
QUADRANT_COLOURS = {
    "concentrate here": UNFAVOURABLE,
    "keep up": FAVOURABLE,
    "low priority": NEUTRAL,
    "possible overkill": PALETTE[4],
}
METHODS_FR = {
    "adjusted Wald": "Wald ajusté",
    "Wilson score": "score de Wilson",
    "Student t": "t de Student",
    "bootstrap percentile": "percentiles du bootstrap",
    "Wishart percentile": "percentiles de Wishart",
}


def scores_by_group(
    scores: Sequence[tuple[str, Estimate]], measure: str, language: Language = "fr"
) -> dict[str, Any]:
    """One dot and interval per group; measure is nps, csat or ces."""
    rows = [_row(name, estimate) for name, estimate in scores]
    title = _interval_title(SCORE_TITLES[measure][language], scores[0][1], language)
    order = [row["name"] for row in rows]
    base = alt.Chart(_inline(rows), title=title)
    names = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=260))
    axis = SCORE_AXES[measure][language]
    intervals = base.mark_rule(strokeWidth=2, color=NEUTRAL).encode(
        y=names, x=alt.X("low:Q", title=axis), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=90, color=FAVOURABLE, opacity=1).encode(
        y=names, x=alt.X("value:Q", title=axis), tooltip=_tooltip(language)
    )
    labels = dots.mark_text(dy=-11, fontSize=11).encode(text=alt.Text("value:Q", format=".1f"))
    return picture((intervals + dots + labels).properties(width=480, height=alt.Step(38)), language)


def scores_over_time(
    scores: Sequence[tuple[Any, Estimate]], measure: str, language: Language = "fr"
) -> dict[str, Any]:
    """One line with its band over periods; the figures at both ends are written out."""
    rows = [_row(period, estimate) for period, estimate in scores]
    for row in (rows[0], rows[-1]):
        row["end"] = True
    first = scores[0][1]
    drawn = _scores_drawn_over_time(measure, first.method, first.confidence, language)
    return with_rows(drawn, scores=rows)


@lru_cache
def _scores_drawn_over_time(
    measure: str, method: str, confidence: float, language: Language
) -> dict[str, Any]:
    over_time = {"fr": " dans le temps", "en": " over time"}[language]
    title = SCORE_TITLES[measure][language].split(" par ")[0].split(" by ")[0] + over_time
    base = alt.Chart(
        rows_named("scores"), title=_interval_words(title, method, confidence, language)
    ).encode(x=alt.X("name:T", title=None, axis=time_axis()))
    axis = SCORE_AXES[measure][language]
    band = base.mark_area(opacity=0.2, color=FAVOURABLE).encode(
        y=alt.Y("low:Q", title=axis, scale=alt.Scale(zero=False)), y2="high:Q"
    )
    line = base.mark_line(color=FAVOURABLE, point=True).encode(
        y=alt.Y("value:Q", title=axis), tooltip=_tooltip(language, "T")
    )
    ends = base.mark_text(dy=-12, fontSize=11).encode(
        y="value:Q", text=alt.Text("value:Q", format=".1f")
    )
    ends = ends.transform_filter("datum.end")
    return picture((band + line + ends).properties(width=560, height=260), language)


def satisfaction_distribution(
    shares: Mapping[int, Estimate], language: Language = "fr"
) -> dict[str, Any]:
    """Share of respondents on each point of the scale, with intervals."""
    rows = [_row(point, share) for point, share in shares.items()]
    title = {"fr": "Répartition des notes", "en": "Distribution of ratings"}[language]
    axis = {"fr": "% des répondants", "en": "% of respondents"}[language]
    first = next(iter(shares.values()))
    base = alt.Chart(_inline(rows), title=_interval_title(title, first, language)).encode(
        x=alt.X(
            "name:O",
            title={"fr": "note", "en": "rating"}[language],
            axis=alt.Axis(labelAngle=0),
        )
    )
    bars = base.mark_bar(color=FAVOURABLE, opacity=0.75).encode(
        y=alt.Y("value:Q", title=axis), tooltip=_tooltip(language, "O")
    )
    intervals = base.mark_rule(strokeWidth=2).encode(y="low:Q", y2="high:Q")
    labels = base.mark_text(dy=-8, fontSize=11).encode(
        y="high:Q", text=alt.Text("value:Q", format=".1f")
    )
    return picture((bars + intervals + labels).properties(width=420, height=260), language)


def kano_map(results: Mapping[str, KanoResult], language: Language = "fr") -> dict[str, Any]:
    """Attributes by what they add when present and take when absent, with both intervals.

    Attributes whose answers are all reverse or questionable have no place on it.
    """
    rows = [
        {
            "name": name,
            "better": result.better.value,
            "better_low": result.better.low,
            "better_high": result.better.high,
            "worse": -result.worse.value,
            "worse_low": -(result.worse.high or 0.0),
            "worse_high": -(result.worse.low or 0.0),
            "category": KANO_NAMES[result.by_rule][language],
            "label": f"{name} ({KANO_NAMES[result.by_rule][language]})",
        }
        for name, result in results.items()
        if result.better is not None and result.worse is not None
    ]
    title = {
        "fr": "Kano : ce que l’attribut apporte et ce que son absence coûte",
        "en": "Kano: what the attribute adds, and what its absence costs",
    }[language]
    across = {"fr": "insatisfaction si absent", "en": "dissatisfaction if absent"}[language]
    up = {"fr": "satisfaction si présent", "en": "satisfaction if present"}[language]
    unit = alt.Scale(domain=[0, 1])
    base = alt.Chart(_inline(rows))
    colour = _kano_colours(language)
    sideways = base.mark_rule(opacity=0.5).encode(
        x=alt.X("worse_low:Q", title=across, scale=unit),
        x2="worse_high:Q",
        y=alt.Y("better:Q", title=up, scale=unit),
        color=colour,
    )
    upright = base.mark_rule(opacity=0.5).encode(
        y="better_low:Q", y2="better_high:Q", x="worse:Q", color=colour
    )
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(
        x="worse:Q",
        y="better:Q",
        color=colour,
        tooltip=["name:N", "category:N", alt.Tooltip("better:Q", format=".2f")],
    )
    labels = base.mark_text(align="left", dx=8, dy=-8, fontSize=11).encode(
        x="worse:Q", y="better:Q", text="label:N"
    )
    cross = _crosshairs(0.5, 0.5)
    layers = alt.layer(cross, sideways, upright, dots, labels)
    return picture(layers.properties(width=480, height=480, title=title), language)


def kano_certainty(
    chances: Mapping[str, KanoBootstrap], language: Language = "fr"
) -> dict[str, Any]:
    """Probability of each category, one bar per attribute; large parts are labelled in place."""
    rows = [
        {
            "name": name,
            "category": KANO_NAMES[letter][language],
            "rank": rank,
            "chance": 100 * chance,
            "label": KANO_NAMES[letter][language] if chance >= 0.15 else "",
        }
        for name, bootstrap in chances.items()
        for rank, (letter, chance) in enumerate(bootstrap.probabilities.items())
    ]
    title = {
        "fr": "Kano : probabilité de chaque catégorie",
        "en": "Kano: probability of each category",
    }[language]
    axis = {"fr": "% des rééchantillons", "en": "% of resamples"}[language]
    base = alt.Chart(_inline(rows), title=title).encode(
        y=alt.Y("name:N", title=None, sort=list(chances), axis=alt.Axis(labelLimit=260)),
        x=alt.X("chance:Q", stack="zero", title=axis, scale=alt.Scale(domain=[0, 100])),
        order="rank:Q",
    )
    bars = base.mark_bar().encode(
        color=_kano_colours(language),
        tooltip=["name:N", "category:N", alt.Tooltip("chance:Q", format=".1f")],
    )
    labels = base.mark_text(align="right", dx=-4, color="white", fontSize=11).encode(text="label:N")
    return picture((bars + labels).properties(width=480, height=alt.Step(30)), language)


def driver_bars(report: DriverReport, language: Language = "fr") -> dict[str, Any]:
    """Each driver's part of R², largest first, with intervals."""
    rows = [
        {
            **_row(driver.name, driver.importance),
            "label": _percent(driver.share, language),
            "suppressor": driver.suppressor,
        }
        for driver in report.drivers
    ]
    title = {
        "fr": f"Ce qui va avec la satisfaction (R² = {report.r2.value:.2f})".replace(".", ","),
        "en": f"What goes with satisfaction (R² = {report.r2.value:.2f})",
    }[language]
    axis = {
        "fr": "part de R² (association, non cause)",
        "en": "part of R² (association, not cause)",
    }[language]
    base = alt.Chart(_inline(rows), title=_interval_title(title, report.r2, language)).encode(
        y=alt.Y(
            "name:N",
            title=None,
            sort=[driver.name for driver in report.drivers],
            axis=alt.Axis(labelLimit=260),
        )
    )
    bars = base.mark_bar(opacity=0.75).encode(
        x=alt.X("value:Q", title=axis),
        color=alt.condition("datum.suppressor", alt.value(UNFAVOURABLE), alt.value(FAVOURABLE)),
        tooltip=_tooltip(language),
    )
    intervals = base.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q")
    labels = base.mark_text(align="left", dx=6, fontSize=11).encode(x="high:Q", text="label:N")
    return picture((bars + intervals + labels).properties(width=480, height=alt.Step(24)), language)


def importance_performance_map(
    crossed: ImportancePerformance, language: Language = "fr"
) -> dict[str, Any]:
    """Performance across, importance up, crosshairs drawn, quadrant in the label's colour."""
    rows = [
        {
            "name": position.name,
            "importance": position.importance.value,
            "importance_low": position.importance.low,
            "importance_high": position.importance.high,
            "performance": position.performance.value,
            "performance_low": position.performance.low,
            "performance_high": position.performance.high,
            "quadrant": position.quadrant,
            "says": QUADRANT_NAMES[position.quadrant][language],
            "label": f"{position.name} ({QUADRANT_NAMES[position.quadrant][language]})",
        }
        for position in crossed.attributes
    ]
    title = {"fr": "Importance et performance", "en": "Importance and performance"}[language]
    source = {
        "derived": {"fr": "importance dérivée", "en": "derived importance"},
        "stated": {"fr": "importance déclarée", "en": "stated importance"},
    }[crossed.source][language]
    loose = alt.Scale(zero=False, padding=40)
    base = alt.Chart(_inline(rows)).encode(
        color=alt.Color(
            "quadrant:N",
            scale=alt.Scale(domain=list(QUADRANT_COLOURS), range=list(QUADRANT_COLOURS.values())),
            legend=None,
        )
    )
    x = alt.X("performance:Q", title="performance", scale=loose)
    y = alt.Y("importance:Q", title=source, scale=loose)
    marks = [
        base.mark_rule(opacity=0.5).encode(x="performance_low:Q", x2="performance_high:Q", y=y),
        base.mark_rule(opacity=0.5).encode(y="importance_low:Q", y2="importance_high:Q", x=x),
    ]
    if crossed.attributes[0].importance.low is None:
        marks = []
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(
        x=x, y=y, tooltip=["name:N", "says:N"]
    )
    labels = base.mark_text(align="left", dx=8, dy=-8, fontSize=11).encode(x=x, y=y, text="label:N")
    cross = _crosshairs(crossed.performance_crosshair, crossed.importance_crosshair)
    layers = alt.layer(cross, *marks, dots, labels)
    return picture(layers.properties(width=520, height=420, title=title), language)


def pareto_bars(ranked: Pareto, language: Language = "fr") -> dict[str, Any]:
    """Causes largest first with the cumulative share; the A set stands out, stability written."""
    rows = [
        {
            "cause": str(cause.cause),
            "share": cause.share,
            "cumulative": cause.cumulative_share,
            "few": cause.in_a_set,
            "stability": cause.stability,
            "label": _percent(cause.stability, language),
            "tall": cause.share > 8,
        }
        for cause in ranked.causes
    ]
    by = {
        "count": {"fr": "en nombre", "en": "by count"},
        "cost": {"fr": "en coût", "en": "by cost"},
    }[ranked.ranked_by][language]
    title = alt.TitleParams(
        {"fr": f"Causes {by}", "en": f"Causes {by}"}[language],
        subtitle={
            "fr": f"n = {ranked.n} ; dans les barres : chance d’être parmi les principales",
            "en": f"n = {ranked.n}; in the bars: chance of being among the few",
        }[language],
    )
    axis = {"fr": "% du total", "en": "% of the total"}[language]
    base = alt.Chart(_inline(rows), title=title).encode(
        x=alt.X(
            "cause:N",
            sort=[str(cause.cause) for cause in ranked.causes],
            title=None,
            axis=alt.Axis(labelAngle=-35, labelLimit=160),
        )
    )
    bars = base.mark_bar().encode(
        y=alt.Y("share:Q", title=axis),
        color=alt.condition("datum.few", alt.value(FAVOURABLE), alt.value(NEUTRAL)),
        tooltip=["cause:N", alt.Tooltip("share:Q", format=".1f"), "stability:Q"],
    )
    # Written at the foot of the bars: at their top the line of cumulative shares would cross them.
    labels = base.mark_text(fontSize=11).encode(
        y=alt.value(290),
        text="label:N",
        color=alt.condition("datum.tall", alt.value("white"), alt.value("black")),
    )
    line = base.mark_line(point=True, color=UNFAVOURABLE).encode(y="cumulative:Q")
    return picture((bars + labels + line).properties(width=520, height=300), language)


def _inline(rows: list[dict[str, Any]]) -> alt.Data:
    return alt.Data(values=rows)  # type: ignore[no-untyped-call]


def _row(name: Any, estimate: Estimate) -> dict[str, Any]:
    return {
        "name": name if isinstance(name, int) else str(name),
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
    }


def _interval_title(title: str, estimate: Estimate, language: Language) -> alt.TitleParams:
    return _interval_words(title, estimate.method, estimate.confidence, language)


def _interval_words(
    title: str, method: str, confidence: float, language: Language
) -> alt.TitleParams:
    percent = f"{100 * confidence:.0f}"
    words = {
        "fr": f"intervalles à {percent}\u202f% ({METHODS_FR.get(method, method)})",
        "en": f"{percent}% intervals ({method})",
    }[language]
    return alt.TitleParams(title, subtitle=words)


def _tooltip(language: Language, kind: str = "N") -> list[alt.Tooltip]:
    words = {
        "fr": ("valeur", "borne basse", "borne haute", "répondants"),
        "en": ("value", "low", "high", "respondents"),
    }[language]
    figures = ("value", "low", "high")
    return [
        alt.Tooltip(f"name:{kind}", title=""),
        *(
            alt.Tooltip(f"{figure}:Q", title=word, format=".2f")
            for figure, word in zip(figures, words[:3], strict=True)
        ),
        alt.Tooltip("n:Q", title=words[3]),
    ]


def _kano_colours(language: Language) -> alt.Color:
    """A category keeps its colour from one picture to the next."""
    names = [words[language] for words in KANO_NAMES.values()]
    scale = alt.Scale(domain=names, range=PALETTE[: len(names)])
    return alt.Color("category:N", scale=scale, legend=None)


def _percent(share: float, language: Language) -> str:
    return f"{share:.0f}\u202f%" if language == "fr" else f"{share:.0f}%"


def _crosshairs(across: float, up: float) -> alt.LayerChart | alt.FacetChart:
    # The position travels inside the mark's own data, so that a crosshair can stand at 0.
    upright = alt.Chart(_inline([{"at": across}])).mark_rule(strokeDash=[4, 4])
    flat = alt.Chart(_inline([{"at": up}])).mark_rule(strokeDash=[4, 4])
    # Titles are those of the marks that share the axes.
    return alt.layer(
        upright.encode(x=alt.X("at:Q", title="")), flat.encode(y=alt.Y("at:Q", title=""))
    )
