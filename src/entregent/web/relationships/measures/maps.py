"""The map: the figures of a reckoning, put into words and a picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entregent.adapters.charts.relationship import Arrow, Spot, relationship_map
from entregent.web.relationships.catalogue import family_name, kind_name, language, relationships
from entregent.web.relationships.models import Reckoning
from entregent.web.shared.templatetags.figures import currency_sign, interval, percent

FIGURES: dict[str, tuple[str | Promise, str | Promise, str, str, int]] = {
    "revenue": (gettext_lazy("Chiffre d’affaires"), gettext_lazy("chiffre d’affaires par client et par an (%(currency)s)"), ",.0f", "money", 0),
    "margin": (gettext_lazy("Marge"), gettext_lazy("marge par client et par an (%(currency)s)"), ",.0f", "money", 0),
    "minutes": (gettext_lazy("Temps passé"), gettext_lazy("minutes passées avec chaque client en un an"), ",.0f", "number", 0),
    "complaints": (gettext_lazy("Réclamations"), gettext_lazy("réclamations pour cent clients en un an"), ",.0f", "number", 1),
    "nps": (gettext_lazy("Recommandation"), gettext_lazy("recommandation (NPS, de −100 à +100)"), "+,.0f", "signed", 0),
}  # fmt: skip
"""Figure → its name, its axis, its d3 format, its form in tables and the decimals it bears."""

SHOWN_MOVES = 8
ENOUGH = 0.05
"""Moves are shown when so large a gain in likelihood would be rarer than this if nobody moved."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of a row: its value and interval, or how many customers are lacking."""

    figure: str
    form: str
    decimals: int
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    url: str
    tone: int
    customers: float
    low: float
    high: float
    share: float
    share_low: float
    share_high: float
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Move:
    origin: str
    goal: str
    share: float
    low: float
    high: float
    customers: float


@dataclass(frozen=True, slots=True)
class Map:
    """Everything the page of the map shows.

    informed: share of customers of whom something tells more than their trade does; None where that
    was not kept. demonstrated: whether the moves are told from chance. table: shares of all moves, by row.
    """

    level: str
    figure: str
    figure_name: str
    figures: list[tuple[str, str]]
    rows: list[Row]
    picture: dict[str, Any] | None
    customers: int
    informed: float | None
    largest: Row | None
    richest: Row | None
    told_apart: bool
    moves: list[Move]
    demonstrated: bool
    moved_from: date | None
    moved_middle: date | None
    moved_until: date | None
    moved_customers: int
    table: list[tuple[str, list[tuple[float, float, float]]]]


def map_of(reckoning: Reckoning, *, figure: str, level: str) -> Map:
    """The map of a reckoning by one figure, for families or for kinds."""
    figures = reckoning.figures
    figure = figure if figure in FIGURES else _first_known(figures)
    rows = sorted(
        (_row(one, level, figures["customers"]) for one in figures[level]),
        key=lambda row: -row.customers,
    )
    by_id = {one["id"]: one for one in figures[level]}
    spots, order = [], []
    for key, one in by_id.items():
        worth = one["figures"].get(figure, {})
        if worth.get("value") is None or one["customers"]["value"] < (
            10 if level == "kinds" else 1
        ):
            continue
        order.append(key)
        spots.append(
            Spot(
                _name(key, level), one["place"], worth["value"], worth["low"], worth["high"],
                one["customers"]["value"], _tone(key, level), _url(key, level),
            )
        )  # fmt: skip
    moves, table, demonstrated = _moves(figures.get("moves") or {})
    arrows = (
        [
            Arrow(
                order.index(a), order.index(b), move.share,
                _("%(from)s → %(to)s : %(share)s (%(interval)s)")
                % {
                    "from": move.origin, "to": move.goal, "share": percent(move.share),
                    "interval": interval(move.low, move.high, "percent"),
                },
            )
            for a, b, move in moves
            if a in order and b in order
        ]
        if demonstrated and level == "families"
        else []
    )  # fmt: skip
    _short, axis, d3, _form, _decimals = FIGURES[figure]
    axis_name = str(axis).replace("%(currency)s", currency_sign())
    picture = (
        relationship_map(spots, arrows, figure=axis_name, form=d3, language=language())
        if len(spots) > 1
        else None
    )
    known = [row for row in rows if row.customers >= 1 and _cell(row, figure).value is not None]
    richest = max(known, key=lambda row: _cell(row, figure).value or 0, default=None)
    others = [_cell(row, figure) for row in known if row is not richest]
    best = _cell(richest, figure) if richest else None
    when = figures.get("moves") or {}
    return Map(
        level=level,
        figure=figure,
        figure_name=str(FIGURES[figure][0]),
        figures=[(key, str(words[0])) for key, words in FIGURES.items()],
        rows=rows,
        picture=picture,
        customers=figures["customers"],
        informed=figures.get("informed"),
        largest=rows[0] if rows else None,
        richest=richest,
        told_apart=best is not None
        and best.low is not None
        and all(other.high is not None and other.high < best.low for other in others),
        moves=[move for _a, _b, move in moves],
        demonstrated=demonstrated,
        moved_from=_day(when.get("from")),
        moved_middle=_day(when.get("middle")),
        moved_until=_day(when.get("until")),
        moved_customers=when.get("customers", 0),
        table=table,
    )


def _first_known(figures: Mapping[str, Any]) -> str:
    for figure in FIGURES:
        if any("value" in one["figures"].get(figure, {}) for one in figures["families"]):
            return figure
    return "revenue"


def _row(one: Mapping[str, Any], level: str, everybody: int) -> Row:
    size = one["customers"]
    cells = [
        Cell(
            figure, form, decimals,
            one["figures"].get(figure, {}).get("value"), one["figures"].get(figure, {}).get("low"),
            one["figures"].get(figure, {}).get("high"), one["figures"].get(figure, {}).get("n", 0),
        )
        for figure, (_name_, _axis, _d3, form, decimals) in FIGURES.items()
    ]  # fmt: skip
    share, low, high = (size[part] / everybody for part in ("value", "low", "high"))
    return Row(
        _name(one["id"], level), _url(one["id"], level), _tone(one["id"], level), size["value"],
        size["low"], size["high"], share, low, high, cells,
    )  # fmt: skip


def _cell(row: Row, figure: str) -> Cell:
    return next(cell for cell in row.cells if cell.figure == figure)


def _moves(
    kept: Mapping[str, Any],
) -> tuple[list[tuple[str, str, Move]], list[tuple[str, list[tuple[float, float, float]]]], bool]:
    if not kept:
        return [], [], False
    names = kept["names"]
    found = [
        (
            a, b,
            Move(
                family_name(a), family_name(b), kept["share"][i][j], kept["low"][i][j],
                kept["high"][i][j], kept["leaving"][i] * kept["share"][i][j],
            ),
        )
        for i, a in enumerate(names)
        for j, b in enumerate(names)
        if i != j
    ]  # fmt: skip
    found.sort(key=lambda move: -move[2].customers)
    table = [
        (
            family_name(a),
            [
                (kept["share"][i][j], kept["low"][i][j], kept["high"][i][j])
                for j in range(len(names))
            ],
        )
        for i, a in enumerate(names)
    ]
    shown = [move for move in found[:SHOWN_MOVES] if move[2].customers >= 1]
    return shown, table, kept["p_value"] < ENOUGH


def _name(key: str, level: str) -> str:
    return family_name(key) if level == "families" else kind_name(key)


def _url(key: str, level: str) -> str:
    return reverse(
        "relationships:family" if level == "families" else "relationships:kind", args=[key]
    )


def _tone(key: str, level: str) -> int:
    """The sign of the feeling: of a kind, or of most of a family's kinds."""
    kinds = relationships().in_use
    mine = [kind for kind in kinds if key == (kind.family if level == "families" else kind.id)]
    shares = sum(kind.share_of_family for kind in mine) or 1.0
    weight = sum(kind.share_of_family * kind.axes.valence for kind in mine) / shares
    return 1 if weight > 1.1 else -1 if weight < -0.25 else 0


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
