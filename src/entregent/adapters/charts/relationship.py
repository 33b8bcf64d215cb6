"""The relationship map: families or kinds by closeness and worth, with size, doubt and moves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from entregent.adapters.charts.theme import FAVOURABLE, NEUTRAL, UNFAVOURABLE, Language, picture

WIDTH, HEIGHT = 1000, 480
LARGEST, SMALLEST = 46.0, 6.0
LINE = 15.0
BETWEEN = "\u2003" * 24
"""Wide spaces, which SVG keeps, between the two ends named under the axis."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One family or kind on the map.

    closeness: 0 distant to 4 intimate.  value, low, high: the figure shown, in its unit.
    customers: expected number.  tone: the sign of the feeling.  url: where a click leads.
    """

    name: str
    closeness: float
    value: float
    low: float | None
    high: float | None
    customers: float
    tone: int
    url: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """Customers who moved from one spot to another; positions in the list of spots."""

    origin: int
    goal: int
    share: float
    words: str


def relationship_map(
    spots: Sequence[Spot],
    arrows: Sequence[Arrow],
    *,
    figure: str,
    form: str = ",.0f",
    language: Language = "fr",
) -> dict[str, Any]:
    """Each spot a disc as large as it has customers, its interval drawn; arrows are moves.

    figure: name and unit of the figure.  form: its d3 format.
    """
    place = _Places(spots)
    words = {
        "fr": ("distant", "proche", "clients", "intervalle à 95 %"),
        "en": ("distant", "close", "customers", "95% interval"),
    }[language]
    rows = [
        {
            "name": spot.name,
            "x": spot.closeness,
            "y": spot.value,
            "low": spot.value if spot.low is None else spot.low,
            "high": spot.value if spot.high is None else spot.high,
            "customers": round(spot.customers),
            "area": math.pi * place.radius(spot) ** 2,
            "tone": spot.tone,
            "url": spot.url,
        }
        for spot in spots
    ]
    x = alt.X(
        "x:Q",
        title=f"← {words[0]}{BETWEEN}{words[1]} →",
        scale=alt.Scale(domain=list(place.across), nice=False, zero=False),
        axis=alt.Axis(labels=False, ticks=False, grid=False),
    )
    scale = alt.Scale(domain=list(place.up), nice=False, zero=False)
    y = alt.Y("y:Q", title=figure, scale=scale, axis=alt.Axis(format=form, tickCount=6))
    colour = alt.Color(
        "tone:O",
        legend=None,
        scale=alt.Scale(domain=[-1, 0, 1], range=[UNFAVOURABLE, NEUTRAL, FAVOURABLE]),
    )
    hover = [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("y:Q", title=figure, format=form),
        alt.Tooltip("low:Q", title=f"{words[3]} ↓", format=form),
        alt.Tooltip("high:Q", title=f"{words[3]} ↑", format=form),
        alt.Tooltip("customers:Q", title=words[2], format=",.0f"),
    ]
    base = alt.Chart(alt.InlineData(rows))
    doubt = base.mark_rule(strokeWidth=2, opacity=0.55).encode(
        x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q", color=colour
    )
    discs = base.mark_circle(opacity=0.82, stroke="white", strokeWidth=1.5).encode(
        x=x,
        y=y,
        color=colour,
        size=alt.Size("area:Q", legend=None, scale=None),
        href="url:N",
        tooltip=hover,
    )
    layers = [doubt, discs, *place.names(scale, x)]
    if place.up[0] < 0 < place.up[1]:
        nil = alt.Chart(alt.InlineData([{"y": 0}]))
        layers.insert(
            0,
            nil.mark_rule(strokeDash=[3, 3], color="#8A8F98").encode(y=alt.Y("y:Q", scale=scale)),
        )
    if arrows:
        layers[1:1] = place.moved(arrows, scale, x)
    return picture(alt.layer(*layers).properties(width=WIDTH, height=HEIGHT), language)


class _Places:
    """Where things stand on paper, so that names and arrows keep clear of the discs."""

    def __init__(self, spots: Sequence[Spot]) -> None:
        self.spots = spots
        self.most = max((spot.customers for spot in spots), default=1.0) or 1.0
        lows = [spot.value if spot.low is None else spot.low for spot in spots] or [0.0]
        highs = [spot.value if spot.high is None else spot.high for spot in spots] or [1.0]
        room = 0.14 * ((max(highs) - min(lows)) or 1.0)
        self.up = (min(lows) - room, max(highs) + room)
        near = [spot.closeness for spot in spots] or [0.0, 4.0]
        self.across = (min(near) - 0.35, max(near) + 0.85)

    def radius(self, spot: Spot) -> float:
        return max(SMALLEST, LARGEST * math.sqrt(max(spot.customers, 0.0) / self.most))

    def paper(self, x: float, y: float) -> tuple[float, float]:
        return (
            (x - self.across[0]) / (self.across[1] - self.across[0]) * WIDTH,
            (self.up[1] - y) / (self.up[1] - self.up[0]) * HEIGHT,
        )

    def back(self, right: float, down: float) -> tuple[float, float]:
        return (
            self.across[0] + right / WIDTH * (self.across[1] - self.across[0]),
            self.up[1] - down / HEIGHT * (self.up[1] - self.up[0]),
        )

    def names(self, scale: alt.Scale, x: alt.X) -> list[alt.Chart]:
        taken: list[tuple[float, float, float]] = []
        rows = []
        for spot in sorted(self.spots, key=lambda spot: -spot.customers):
            right, down = self.paper(spot.closeness, spot.value)
            start, wide = right + self.radius(spot) + 5, 7.2 * len(spot.name)
            for offset in (0, -LINE, LINE, -2 * LINE, 2 * LINE, -3 * LINE, 3 * LINE):
                clear = all(
                    abs(down + offset - other) >= LINE or start > end or start + wide < begin
                    for other, begin, end in taken
                )
                if clear:
                    break
            else:
                continue  # no room for this name: hovering tells it
            down += offset
            taken.append((down, start, start + wide))
            a, b = self.back(start, down)
            rows.append({"name": spot.name, "x": a, "y": b, "url": spot.url})
        said = alt.Chart(alt.InlineData(rows))
        place = {"x": x, "y": alt.Y("y:Q", scale=scale), "text": "name:N"}
        return [
            said.mark_text(align="left", baseline="middle", fontSize=13, fontWeight=600).encode(
                **place, href="url:N"
            )
        ]

    def moved(self, arrows: Sequence[Arrow], scale: alt.Scale, x: alt.X) -> list[alt.Chart]:
        """Bows thick where they start and thin where they end, and a head."""
        most = max(arrow.share for arrow in arrows)
        points, heads = [], []
        for number, arrow in enumerate(arrows):
            a, b = self.spots[arrow.origin], self.spots[arrow.goal]
            way = self._bow(a, b)
            for step, (right, down) in enumerate(way):
                place = self.back(right, down)
                wide = (1.5 + 6 * arrow.share / most) * (1 - 0.6 * step / len(way))
                points.append(
                    {"n": number, "step": step, "x": place[0], "y": place[1], "wide": wide,
                     "words": arrow.words}
                )  # fmt: skip
            (right, down), before = way[-1], way[-2]
            turn = math.degrees(math.atan2(down - before[1], right - before[0])) + 90
            place = self.back(right, down)
            heads.append({"x": place[0], "y": place[1], "turn": turn, "words": arrow.words})
        at = {"x": x, "y": alt.Y("y:Q", scale=scale), "tooltip": "words:N"}
        bows = (
            alt.Chart(alt.InlineData(points))
            .mark_trail(opacity=0.5, color="#5B5B5B")
            .encode(
                **at,
                detail="n:N",
                order="step:Q",
                size=alt.Size("wide:Q", legend=None, scale=None),
            )
        )
        tips = (
            alt.Chart(alt.InlineData(heads))
            .mark_point(shape="triangle", filled=True, size=90, color="#5B5B5B", opacity=0.8)
            .encode(**at, angle=alt.Angle("turn:Q", scale=None))
        )
        return [bows, tips]

    def _bow(self, a: Spot, b: Spot) -> list[tuple[float, float]]:
        (x, y), (x2, y2) = self.paper(a.closeness, a.value), self.paper(b.closeness, b.value)
        across, down = x2 - x, y2 - y
        length = math.hypot(across, down) or 1.0
        begin, end = self.radius(a) / length, 1 - (self.radius(b) + 6) / length
        bend = 0.14 * length
        way = []
        for step in range(21):
            share = begin + (max(end, begin) - begin) * step / 20
            lift = bend * 4 * share * (1 - share)
            way.append(
                (
                    x + across * share + lift * down / length,
                    y + down * share - lift * across / length,
                )
            )
        return way
