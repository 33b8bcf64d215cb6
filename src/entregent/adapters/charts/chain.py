"""Pictures of the chain: path diagram with intervals, importance and performance."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import altair as alt

from entregent.adapters.charts.theme import FAVOURABLE, NEUTRAL, UNFAVOURABLE, Language, picture
from entregent.engine.chain.bootstrap import ChainBootstrap
from entregent.engine.chain.importance import Priority
from entregent.engine.chain.models import PathModel

NAMES_FR = {
    "Image": "Image",
    "Expectation": "Attentes",
    "Quality": "Qualité perçue",
    "Value": "Valeur perçue",
    "Satisfaction": "Satisfaction",
    "Complaints": "Réclamations",
    "Loyalty": "Fidélité",
    "Trust": "Confiance",
    "Commitment": "Engagement",
    "Behaviour": "Comportement",
}


def path_diagram(found: ChainBootstrap, language: Language = "fr") -> dict[str, Any]:
    """Constructs from causes on the left to effects on the right; each arrow with its coefficient
    and interval, grey when the interval holds zero; each effect with its explained variance.
    """
    places = _places(found.estimate.model)
    arrows, labels = [], []
    leaving: Counter[str] = Counter()
    for number, ((source, target), path) in enumerate(sorted(found.paths.items())):
        low, high = path.low or 0.0, path.high or 0.0
        sign = "unsure" if low <= 0 <= high else ("for" if path.value > 0 else "against")
        (x, y), (x2, y2) = places[source], places[target]
        text = f"{path.value:.2f} [{low:.2f} ; {high:.2f}]"
        arrows += [
            {"pair": number, "step": step, "x": a, "y": b, "sign": sign, "size": abs(path.value)}
            for step, (a, b) in enumerate(_curve(x, y, x2, y2))
        ]
        # Nearer to the source, where fewer arrows meet, and not all at the same place.
        leaving[source] += 1
        a, b = _curve(x, y, x2, y2)[min(2 + 2 * leaving[source], 10)]
        labels.append({"x": a, "y": b, "text": _said(text, language), "sign": sign})
    constructs = [
        {
            "x": x,
            "y": y,
            "name": _named(name, language),
            "r2": _said(f"R² {found.r_squared[name].value:.2f}", language)
            if name in found.r_squared
            else "",
        }
        for name, (x, y) in places.items()
    ]
    first = next(iter(found.paths.values()))
    title = {"fr": "La chaîne relationnelle", "en": "The relational chain"}[language]
    subtitle = {
        "fr": f"{first.n} répondants ; coefficients et intervalles à {first.confidence:.0%} "
        f"({found.samples - found.failed} rééchantillonnages) ; en gris : peut être nul",
        "en": f"{first.n} respondents; coefficients and {first.confidence:.0%} intervals "
        f"({found.samples - found.failed} resamples); grey: may be nil",
    }[language]
    across, down = max(x for x, _ in places.values()), max(abs(y) for _, y in places.values())
    x_axis = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.4, across + 0.4]))
    y_axis = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-down - 0.6, down + 0.6]))
    colour = alt.Color(
        "sign:N",
        legend=None,
        scale=alt.Scale(
            domain=["for", "against", "unsure"], range=[FAVOURABLE, UNFAVOURABLE, "#C9CED6"]
        ),
    )
    lines = (
        alt.Chart(alt.InlineData(arrows), title=alt.TitleParams(title, subtitle=subtitle))
        .mark_line()
        .encode(
            x=x_axis,
            y=y_axis,
            detail="pair:N",
            order="step:Q",
            color=colour,
            strokeWidth=alt.StrokeWidth(
                "size:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[1, 7])
            ),
        )
    )
    said = alt.Chart(alt.InlineData(labels))
    halo = said.mark_text(fontSize=11, stroke="white", strokeWidth=4).encode(
        x=x_axis, y=y_axis, text="text:N"
    )
    figures = said.mark_text(fontSize=11, color="#111418").encode(x=x_axis, y=y_axis, text="text:N")
    boxes = alt.Chart(alt.InlineData(constructs))
    shape = boxes.mark_rect(
        width=118, height=40, cornerRadius=8, fill="white", stroke=FAVOURABLE, strokeWidth=1.5
    ).encode(x=x_axis, y=y_axis)
    names = boxes.mark_text(fontSize=12, fontWeight=600, dy=-6, color="#111418").encode(
        x=x_axis, y=y_axis, text="name:N"
    )
    explained = boxes.mark_text(fontSize=11, dy=10, color=NEUTRAL).encode(
        x=x_axis, y=y_axis, text="r2:N"
    )
    layers = lines + halo + figures + shape + names + explained
    return picture(
        layers.properties(width=190 * (across + 1), height=int(150 * (down + 1))), language
    )


def priority_map(
    priorities: Sequence[Priority], target: str, language: Language = "fr"
) -> dict[str, Any]:
    """Importance for an outcome against performance: what counts and does badly comes first."""
    rows = [
        {
            "name": _named(part.construct, language),
            "importance": part.importance,
            "performance": part.performance,
        }
        for part in priorities
    ]
    goal = _named(target, language)
    title = {"fr": f"Où agir pour : {goal}", "en": f"Where to act for: {goal}"}[language]
    across = {
        "fr": "importance (points gagnés pour un point de plus)",
        "en": "importance (points gained for one point more)",
    }[language]
    up = {"fr": "performance (0 à 100)", "en": "performance (0 to 100)"}[language]
    base = alt.Chart(alt.InlineData(rows), title=title).encode(
        x=alt.X("importance:Q", title=across),
        y=alt.Y("performance:Q", title=up, scale=alt.Scale(zero=False, padding=20)),
    )
    dots = base.mark_point(filled=True, size=110, color=FAVOURABLE, opacity=1).encode(
        tooltip=["name:N", "importance:Q", "performance:Q"]
    )
    names = base.mark_text(dy=-13, fontSize=12).encode(text="name:N")
    return picture((dots + names).properties(width=480, height=320), language)


def _places(model: PathModel) -> dict[str, tuple[float, float]]:
    """Columns by the longest way from a cause; constructs of a column spread up and down."""
    column: dict[str, int] = {}
    for name in model.causes_first():
        column[name] = max((column[source] + 1 for source in model.predictors(name)), default=0)
    places = {}
    for depth in sorted(set(column.values())):
        members = [name for name in model.names if column[name] == depth]
        for place, name in enumerate(members):
            # Every other column is set off a little, so that long arrows do not cross the boxes.
            offset = 0.45 if depth % 2 else -0.25
            places[name] = (float(depth), (len(members) - 1) / 2 - place + offset)
    return places


def _curve(x: float, y: float, x2: float, y2: float) -> list[tuple[float, float]]:
    """Points of a gentle bow, the further the higher."""
    bow = 0.32 * (x2 - x - 1)
    lift = 1 if y + y2 >= 0 else -1
    return [
        (x + (x2 - x) * share, y + (y2 - y) * share + lift * bow * 4 * share * (1 - share))
        for share in (step / 12 for step in range(13))
    ]


def _named(construct: str, language: Language) -> str:
    return NAMES_FR.get(construct, construct) if language == "fr" else construct


def _said(figures: str, language: Language) -> str:
    return figures.replace(".", ",") if language == "fr" else figures.replace(" ;", ",")
