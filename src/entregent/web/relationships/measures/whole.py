"""The whole base: size, worth and moves of families and kinds, for the map."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from entregent.engine.errors import EngineError
from entregent.engine.estimates import Abstention, Estimate
from entregent.engine.relationship.calibration import fit_to_base
from entregent.engine.relationship.kinds import infer_kinds
from entregent.engine.relationship.moved import movement_test
from entregent.engine.relationship.moves import Transitions, estimate_transitions
from entregent.engine.relationship.profiling import ProfileModel, profile_arrow
from entregent.engine.relationship.space import Floats
from entregent.engine.relationship.worth import Worth, worth_by_class
from entregent.web.relationships.measures.profiles import Inferred
from entregent.web.relationships.measures.reading import Tables, read_everybody, within

FIGURES = ("revenue", "margin", "minutes", "complaints", "nps")
BOUNDS = {"nps": (-100.0, 100.0), "complaints": (0.0, None), "minutes": (0.0, None)}
HALF_YEAR = timedelta(days=183)
BATCH = 10_000
MOVED = 0.1
"""Of the whole probability: what is known of a customer whose families are moved by less tells hardly anything."""


@dataclass
class Tally:
    """What the map needs of each customer: some forty short numbers, whatever the evidence weighs."""

    ids: list[Sequence[int]] = field(default_factory=list)
    kinds: list[Floats] = field(default_factory=list)
    nps: list[Floats] = field(default_factory=list)
    complaints: list[Floats] = field(default_factory=list)
    revenue: list[Floats] = field(default_factory=list)

    def add(self, inferred: Inferred) -> None:
        self.ids.append(inferred.ids)
        self.kinds.append(inferred.shown.kinds.astype(np.float32))
        unknown = np.full(len(inferred.ids), np.nan)
        rating = inferred.columns.get("nps", unknown)
        vote = np.where(rating >= 9, 100.0, np.where(rating <= 6, -100.0, 0.0))
        self.nps.append(np.where(np.isnan(rating), np.nan, vote))
        self.complaints.append(inferred.columns["complaints_last_year"])
        self.revenue.append(inferred.columns["revenue_last_year"])


def yearly_costs(tables: Tables, at: datetime) -> ir.Table:
    """`customer_id`, `margin` and `minutes`: what the firm kept, and time spent together, in a year."""
    since, until = ibis.literal(at - timedelta(days=365)), ibis.literal(at)
    money, talk = tables["transactions"], tables["interactions"]
    kept = (
        money.filter(money.at > since, money.at <= until, money.customer_id.notnull())
        .group_by("customer_id")
        .aggregate(margin=ibis._.margin.cast("float64").sum())
    )
    spent = (
        talk.filter(talk.at > since, talk.at <= until, talk.customer_id.notnull())
        .group_by(spent_with="customer_id")
        .aggregate(minutes=ibis._.handle_seconds.sum() / 60)
    )
    people = tables["customers"].select(person="customer_id")
    joined = people.left_join(kept, people.person == kept.customer_id).drop("customer_id")
    joined = joined.left_join(spent, joined.person == spent.spent_with)
    return joined.select(customer_id="person", margin="margin", minutes="minutes")


def map_figures(tally: Tally, tables: Tables, at: datetime, model: ProfileModel) -> dict[str, Any]:
    """Size and worth of families and kinds, as they are kept and shown."""
    space = model.kinds.space
    ids = np.concatenate([np.asarray(part, dtype=np.int64) for part in tally.ids])
    kinds = np.concatenate(tally.kinds).astype(np.float64)
    kinds /= kinds.sum(axis=1, keepdims=True)
    figures = {
        "revenue": _heard_of(np.concatenate(tally.revenue)),
        "complaints": 100 * _heard_of(np.concatenate(tally.complaints)),
        "nps": np.concatenate(tally.nps),
        **_costs(tables, at, ids),
    }
    families = space.by_family(kinds)
    near = space.axis("intensity") - 0.3 * space.axis("formality")
    sizes = kinds.sum(axis=0)
    places = [
        float(np.average(near[mine], weights=sizes[mine] + 1e-9))
        if (mine := space.family_of == rank).any()
        else 0.0
        for rank in range(len(space.families))
    ]
    usual = space.by_family(model.kinds.prior)
    moved = np.abs(families - usual).sum(axis=1) / 2 >= MOVED
    return {
        "customers": len(ids),
        "informed": float(moved.mean()),
        "families": [
            _kept(worth, place)
            for worth, place in zip(
                worth_by_class(families, space.families, figures), places, strict=True
            )
        ],
        "kinds": [
            _kept(worth, place) | {"family": space.family(worth.name)}
            for worth, place in zip(
                worth_by_class(kinds, space.kinds, figures), near.tolist(), strict=True
            )
        ],
    }


def _heard_of(figures: Floats) -> Floats:
    """Nothing where nobody has any: then the firm's purchases or complaints were not imported."""
    return figures if np.any(figures) else np.full_like(figures, np.nan, dtype=float)


def _costs(tables: Tables, at: datetime, ids: Floats) -> dict[str, Floats]:
    found = yearly_costs(tables, at).to_pyarrow()
    keys = found.column("customer_id").to_numpy()
    place = {key: rank for rank, key in enumerate(keys.tolist())}
    rows = np.array([place[key] for key in ids.tolist()])
    costs = {}
    for name in ("margin", "minutes"):
        column = np.asarray(found.column(name).to_numpy(zero_copy_only=False), float)[rows]
        # A source without margins or times has none to show; beside known ones, no row is nothing.
        known = not np.isnan(column).all()
        costs[name] = np.nan_to_num(column) if known else column
    return costs


def _kept(worth: Worth, place: float) -> dict[str, Any]:
    return {
        "id": worth.name,
        "place": round(place, 3),
        "customers": _plain(worth.customers),
        "figures": {
            name: _plain(figure, *BOUNDS.get(name, (None, None)))
            for name, figure in worth.figures.items()
        },
    }


def _plain(
    figure: Estimate | Abstention, least: float | None = None, most: float | None = None
) -> dict[str, Any]:
    """What is kept of a figure; an interval never leaves the figure's own scale."""
    if isinstance(figure, Abstention):
        return {"n": figure.n, "needed": figure.needed}
    return {
        "value": round(figure.value, 3),
        "low": None if figure.low is None else round(_held(figure.low, least, most), 3),
        "high": None if figure.high is None else round(_held(figure.high, least, most), 3),
        "n": figure.n,
    }


def _held(value: float, least: float | None, most: float | None) -> float:
    value = value if least is None else max(value, least)
    return value if most is None else min(value, most)


TRIED = 20_000
"""Customers by whom moves between kinds are estimated, evenly taken where there are more."""
EVENTS = ("interactions", "transactions", "answers", "cases")
"""What tells that a half-year holds something of a customer."""
SEEN = 0.5
"""Expected customers under which a move between kinds is not kept at all."""


def moves(tables: Tables, at: datetime, model: ProfileModel) -> dict[str, Any]:
    """How customers moved between families, and between kinds, from one half-year to the next.

    Each half-year is inferred from its own evidence alone, on its own footing. Only customers count
    whom the firm knew before the first one and of whom both hold something: silence is no move, and
    who buys once would seem to have left whatever the one purchase told. Empty where the engine refuses.
    """
    middle, start = at - HALF_YEAR, at - 2 * HALF_YEAR
    by_customer: list[dict[int, Floats]] = []
    for since, until in ((start, middle), (middle, at)):
        held = within(tables, since, until)
        since_when = tables["customers"].since
        met = ibis.union(*(held[name].select("customer_id") for name in EVENTS), distinct=True)
        held["customers"] = (
            tables["customers"]
            .filter(since_when.isnull() | (since_when <= ibis.literal(start.date())))
            .semi_join(met, "customer_id")
        )
        with read_everybody(held, until, model) as read:
            if not read.customers:
                return {}
            heard = profile_arrow(read.sample(), model).heard
            # What moved for everybody at once, in deeds or in words, is no move of anybody's.
            sources = {signal.source for signal in model.kinds.signals.signals}
            fitted = fit_to_base(model.kinds, heard, sources=sources)
            seen: dict[int, Floats] = {}
            for batch in read.batches(BATCH):
                kinds = infer_kinds(fitted, profile_arrow(batch, model).heard).kinds
                seen |= zip(
                    batch.column("customer_id").to_pylist(), kinds.astype(np.float32), strict=True
                )
            by_customer.append(seen)
    before, after = by_customer
    both = sorted(set(before) & set(after))
    if not both:
        return {}
    space, prior = model.kinds.space, model.kinds.prior
    first, second = (np.array([seen[key] for key in both], float) for seen in (before, after))
    try:
        found, p_value = _moved(*(space.by_family(one) for one in (first, second, prior)))
        few = slice(None, None, len(both) // TRIED + 1)
        between, by_chance = _moved(first[few], second[few], prior)
    except EngineError:
        return {}
    return {
        "names": list(space.families),
        "from": start.date().isoformat(),
        "middle": middle.date().isoformat(),
        "until": at.date().isoformat(),
        "customers": len(both),
        "p_value": p_value,
        "share": np.round(found.share, 4).tolist(),
        "low": np.round(found.low, 4).tolist(),
        "high": np.round(found.high, 4).tolist(),
        "leaving": np.round(found.leaving, 1).tolist(),
        "kinds": {
            "customers": len(first[few]),
            "p_value": by_chance,
            "steps": _steps_between(between, space.kinds),
        },
    }


def _moved(first: Floats, second: Floats, prior: Floats) -> tuple[Transitions, float]:
    found = estimate_transitions(first, second, prior, starting=first.mean(axis=0))
    return found, movement_test(first, second, prior, found).p_value


def _steps_between(found: Transitions, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """The moves that somebody seems to have made: origin, goal, share with its bounds, customers left from."""
    return [
        {
            "from": kinds[i], "to": kinds[j], "share": round(float(found.share[i, j]), 5),
            "low": round(float(found.low[i, j]), 5), "high": round(float(found.high[i, j]), 5),
            "leaving": round(float(found.leaving[i]), 1),
        }
        for i, j in np.argwhere(found.share * found.leaving[:, None] >= SEEN)
        if i != j
    ]  # fmt: skip
