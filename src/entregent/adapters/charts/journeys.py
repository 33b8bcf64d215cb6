"""Pictures of journeys: the directly-follows graph."""

from collections import defaultdict
from typing import Any

import altair as alt

from entregent.adapters.charts.theme import FAVOURABLE, NEUTRAL, UNFAVOURABLE, Language, picture
from entregent.engine.journeys.flows import Flow, JourneyMap

LARGEST = 12  # activities that a reader still takes in


def directly_follows_graph(
    found: JourneyMap, language: Language = "fr", *, activities: int = LARGEST
) -> dict[str, Any]:
    """Busiest activities down the page in the order in which journeys meet them, busiest flows as
    arcs: forward on the right, back on the left; thickness is how often, the label the median gap.
    """
    busiest = _in_order(found, activities)
    flows = _worth_showing(found, set(busiest))
    joined = {name for flow in flows for name in (flow.source, flow.target)}
    shown = [name for name in busiest if name in joined] or busiest
    height = {name: place for place, name in enumerate(shown)}
    counts = {stop.activity: stop.n for stop in found.stops}
    longest = max((abs(height[f.target] - height[f.source]) for f in flows), default=1) or 1
    most = max((flow.n for flow in flows), default=1)
    arcs = [point for flow in flows for point in _arc(flow, height, longest, most, language)]
    stops = [{"name": name, "y": height[name], "x": 0.0, "n": counts[name]} for name in shown]
    left_out = len(found.stops) - len(shown)
    title = {"fr": "Ce qui suit quoi", "en": "What follows what"}[language]
    subtitle = {
        "fr": f"{found.cases} parcours ; {len(flows)} passages sur {len(found.flows)}, "
        f"{left_out} activités rares non montrées",
        "en": f"{found.cases} journeys; {len(flows)} flows of {len(found.flows)}, "
        f"{left_out} rare activities not shown",
    }[language]
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-0.6, len(shown) - 0.4], reverse=True))
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-1.25, 1.25]))
    side = alt.Color(
        "way:N",
        legend=None,
        scale=alt.Scale(domain=["on", "back"], range=[FAVOURABLE, UNFAVOURABLE]),
    )
    drawn = (
        alt.Chart(alt.InlineData(arcs), title=alt.TitleParams(title, subtitle=subtitle))
        .mark_trail(opacity=0.75)
        .encode(
            x=x,
            y=y,
            detail="pair:N",
            order="step:Q",
            color=side,
            size=alt.Size("width:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0, 12])),
            tooltip=["pair:N", "n:Q", "gap:N"],
        )
    )
    gaps = (
        alt.Chart(
            alt.InlineData([point for point in arcs if point["middle"] and point["width"] > 0.15])
        )
        .mark_text(fontSize=10, color="#30343A")
        .encode(x=x, y=y, text="gap:N")
    )
    boxes = alt.Chart(alt.InlineData(stops))
    shape = boxes.mark_rect(
        width=170, height=36, cornerRadius=7, fill="white", stroke="#B8BEC6", opacity=1
    ).encode(x=x, y=y)
    names = boxes.mark_text(fontSize=12, fontWeight=600, dy=-6, color="#111418").encode(
        x=x, y=y, text="name:N"
    )
    numbers = boxes.mark_text(fontSize=11, dy=8, color=NEUTRAL).encode(
        x=x, y=y, text=alt.Text("n:Q", format=",.0f")
    )
    return picture(
        (drawn + gaps + shape + names + numbers).properties(
            width=560, height=max(160, 58 * len(shown))
        ),
        language,
    )


def _in_order(found: JourneyMap, most: int) -> list[str]:
    """The busiest activities, earlier ones first: by the share of their flows that come later."""
    busiest = [stop.activity for stop in found.stops[:most]]
    begins = {stop.activity: stop.begins for stop in found.stops}
    ends = {stop.activity: stop.ends for stop in found.stops}
    lead: defaultdict[str, float] = defaultdict(float)
    for flow in found.flows:
        if flow.source != flow.target:
            lead[flow.source] += flow.n
            lead[flow.target] -= flow.n
    return sorted(busiest, key=lambda name: -(lead[name] + begins[name] - ends[name]))


def _worth_showing(found: JourneyMap, shown: set[str]) -> list[Flow]:
    """Flows among the activities shown, without those rarer than a hundredth of the journeys."""
    among = [flow for flow in found.flows if {flow.source, flow.target} <= shown]
    return [flow for flow in among if flow.n >= found.cases / 100][: 3 * LARGEST]


def _arc(
    flow: Flow, height: dict[str, int], longest: int, most: int, language: Language
) -> list[dict[str, Any]]:
    """Points of an arc that swings out the further it goes; a loop stays beside its activity."""
    start, end = height[flow.source], height[flow.target]
    steps = 16
    back = end < start
    reach = 0.5 + 0.65 * abs(end - start) / longest
    side = -1 if back else 1
    points = []
    for step in range(steps + 1):
        share = step / steps
        swing = 4 * share * (1 - share)
        y = start + (end - start) * share if end != start else start + 0.4 * (share - 0.5)
        points.append(
            {
                "pair": f"{flow.source} → {flow.target}",
                "step": step,
                "x": side * reach * swing,
                "y": y,
                "n": flow.n,
                "width": flow.n / most,
                "gap": duration(flow.median_gap_seconds, language),
                "way": "back" if back or end == start else "on",
                "middle": step == steps // 2,
            }
        )
    return points


def duration(seconds: float, language: Language = "fr") -> str:
    """A length of time in the unit a person would say it in.

    >>> duration(5400), duration(172_800, "fr"), duration(30, "en")
    ('1,5 h', '2 j', '30 s')
    """
    day = {"fr": "j", "en": "d"}[language]
    for size, unit in ((86_400, day), (3600, "h"), (60, "min"), (1, "s")):
        if seconds >= size or size == 1:
            said = f"{seconds / size:.3g}"
            return f"{said.replace('.', ',') if language == 'fr' else said} {unit}"
    raise AssertionError
