"""One look for every picture: colours safe for colour-blind readers, light and dark."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import altair as alt

Language = Literal["fr", "en"]

# Okabe and Ito's palette without its yellow, which is too pale on paper; a brown and a purple after it,
# for a firm with nine channels.
PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5B5B5B", "#8C510A", "#6A3D9A"]  # fmt: skip
FAVOURABLE, NEUTRAL, UNFAVOURABLE = "#0072B2", "#8A8F98", "#D55E00"

# d3-format and d3-time-format locales, so that 1 234,5 and 12 % read as in France.
LOCALES: dict[Language, dict[str, Any]] = {
    "fr": {
        "number": {
            "decimal": ",",
            "thousands": "\u202f",
            "grouping": [3],
            "currency": ["", "\u00a0€"],
            "percent": "\u202f%",
        },
        "time": {
            "dateTime": "%A %e %B %Y à %X",
            "date": "%d/%m/%Y",
            "time": "%H:%M:%S",
            "periods": ["", ""],
            "days": ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"],
            "shortDays": ["dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."],
            "months": [
                "janvier",
                "février",
                "mars",
                "avril",
                "mai",
                "juin",
                "juillet",
                "août",
                "septembre",
                "octobre",
                "novembre",
                "décembre",
            ],
            "shortMonths": [
                "janv.",
                "févr.",
                "mars",
                "avr.",
                "mai",
                "juin",
                "juil.",
                "août",
                "sept.",
                "oct.",
                "nov.",
                "déc.",
            ],
        },
    },
    "en": {
        "number": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["€", ""]},
        "time": {},
    },
}


def rows_named(name: str) -> Any:
    """Rows that `with_rows` brings: what a picture looks like is then drawn once, not for each."""
    return alt.NamedData(name)


def with_rows(drawn: Mapping[str, Any], **rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A specification drawn for rows to come, with the rows."""
    return {**drawn, "datasets": rows}


def picture(chart: alt.TopLevelMixin, language: Language) -> dict[str, Any]:
    """The chart as a Vega-Lite specification in our look and the reader's number format."""
    specification: dict[str, Any] = chart.to_dict()
    specification["config"] = {
        "font": "system-ui, -apple-system, 'Segoe UI', sans-serif",
        "background": None,
        "view": {"stroke": None},
        "range": {"category": PALETTE},
        "axis": {
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": 500,
            "gridColor": "#E3E6EA",
            "domainColor": "#B8BEC6",
            "tickColor": "#B8BEC6",
        },
        "legend": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 500},
        "title": {"fontSize": 14, "fontWeight": 600, "anchor": "start"},
        "locale": {name: part for name, part in LOCALES[language].items() if part},
    }
    return specification


def time_axis() -> alt.Axis:
    """Days as Europe writes them, day before month; a month by its name, January with its year.

    Charts left to themselves write "avr. 26" for the twenty-sixth of April, which reads as a year.
    """
    return alt.Axis(
        labelExpr=(
            "date(datum.value) > 1 ? timeFormat(datum.value, '%-d %b')"
            " : month(datum.value) > 0 ? timeFormat(datum.value, '%b')"
            " : [timeFormat(datum.value, '%b'), timeFormat(datum.value, '%Y')]"
        ),
        labelSeparation=8,
        tickCount=8,
    )
