"""Everybody's relationship, inferred in batches; and one customer's, at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from entregent.engine.relationship.calibration import fit_to_base
from entregent.engine.relationship.profiling import ProfileModel, profile_arrow
from entregent.web.relationships.measures import whole
from entregent.web.relationships.measures.footing import footing_of
from entregent.web.relationships.measures.profiles import infer, profile_rows
from entregent.web.relationships.measures.reading import (
    Tables,
    hearing_texts,
    read_everybody,
    read_one,
)

Store = Callable[[dict[str, Sequence[Any]]], None]


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What a reckoning leaves beside the profiles."""

    customers: int
    footing: dict[str, Any]
    figures: dict[str, Any]


def reckon_everybody(
    tables: Tables,
    at: datetime,
    model: ProfileModel,
    said: Mapping[int, str],
    *,
    computed_at: datetime,
    store: Store,
) -> Reckoned:
    """Infer every customer and hand the rows over by batches.

    said: customer → the kind a colleague gave them.
    """
    tally = whole.Tally()
    model = hearing_texts(tables, at, model)
    with read_everybody(tables, at, model) as read:
        if not read.customers:
            return Reckoned(0, {}, {})
        fitted = fit_to_base(model.kinds, profile_arrow(read.sample(), model).heard)
        standing = replace(model, kinds=fitted)
        for batch in read.batches(whole.BATCH):
            inferred = infer(batch, standing, said)
            store(profile_rows(inferred, standing, said, computed_at=computed_at))
            tally.add(inferred)
        figures = whole.map_figures(tally, tables, at, standing)
    figures["moves"] = whole.moves(tables, at, model)
    return Reckoned(read.customers, footing_of(standing), figures)


def reckon_one(
    rows: Mapping[str, list[dict[str, Any]]],
    at: datetime,
    model: ProfileModel,
    said: Mapping[int, str],
    *,
    computed_at: datetime,
) -> dict[str, Any]:
    """One customer's profile from their own rows, on the firm's footing."""
    inferred = infer(read_one(rows, at, model), model, said)
    columns = profile_rows(inferred, model, said, computed_at=computed_at)
    return {name: values[0] for name, values in columns.items()}
