"""What each customer answered, one column per item, as one Ibis expression."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np

from entregent.engine.evidence import CONTRACTS, conform
from entregent.engine.relationship.scores import on_unit_scale
from entregent.engine.relationship.space import Floats


def reply_column(instrument: str, item: str | None) -> str:
    """Name of the column that holds a customer's last answer to an item, or to any item.

    >>> reply_column("relationship", "valence")
    'relationship.valence'
    """
    return instrument if item is None else f"{instrument}.{item}"


def latest_replies(
    answers: ir.Table,
    at: datetime,
    items: Iterable[tuple[str, str | None]],
    *,
    read_as: Mapping[str, Sequence[tuple[str, str]]] | None = None,
) -> ir.Table:
    """One row per customer who answered: `customer_id` and one column per (instrument, item).

    answers: the evidence contract of that name; answers after `at` are left out.
    read_as: for a column, the (instrument, item) of others on the same scale, read where it is null.
    Each column holds the customer's latest value, null where the item was never answered; ties in
    time go to the later `response_id`. A version of an instrument other than the latest a customer
    filled in is never mixed with it, as scales may be inverted between versions.
    """
    wanted = list(dict.fromkeys(items))
    table = conform(answers, CONTRACTS["answers"])
    past = table.filter(
        table.at <= ibis.literal(at), table.customer_id.notnull(), table["value"].notnull()
    )
    newest = ibis.window(
        group_by=[past.customer_id, past.instrument, past["item"]],
        order_by=[past.at.desc(), past.response_id.desc()],
    )
    ranked = past.mutate(newness=ibis.row_number().over(newest))
    last = ranked.filter(ranked.newness == 0)

    def reply(instrument: str, item: str | None) -> ir.FloatingScalar:
        asked = last.instrument == instrument
        return last["value"].max(where=asked if item is None else asked & (last["item"] == item))

    return last.group_by("customer_id").aggregate(
        **{
            reply_column(*pair): ibis.coalesce(
                reply(*pair),
                *(reply(*other) for other in (read_as or {}).get(reply_column(*pair), ())),
            )
            for pair in wanted
        }
    )


def latest_choice(
    answers: ir.Table, at: datetime, questions: Sequence[tuple[str, str]]
) -> ir.Table:
    """One row per customer who chose: `customer_id` and `choice`, the words of the latest answer.

    questions: (instrument, item) of every question answered by such words.
    """
    table = conform(answers, CONTRACTS["answers"])
    past = table.filter(
        table.at <= ibis.literal(at),
        table.customer_id.notnull(),
        table.text.nullif("").notnull(),
        ibis.or_(*((table.instrument == i) & (table["item"] == item) for i, item in questions)),
    )
    newest = ibis.window(
        group_by=past.customer_id, order_by=[past.at.desc(), past.response_id.desc()]
    )
    ranked = past.mutate(newness=ibis.row_number().over(newest))
    return ranked.filter(ranked.newness == 0).select("customer_id", choice="text")


@dataclass(frozen=True, slots=True)
class FacetItem:
    """One item of a facet: the column of its answers, its scale, and whether it is worded against."""

    column: str
    low: float
    high: float
    reversed: bool = False


def facet_score(columns: Mapping[str, Floats], items: Sequence[FacetItem]) -> Floats | None:
    """Mean of the items answered, each moved onto 0 to 1; NaN where none was, None without columns.

    Raises RatingOutOfScale.

    >>> items = [FacetItem("a", 1, 7), FacetItem("b", 1, 7, reversed=True)]
    >>> facet_score({"a": np.array([7.0, np.nan]), "b": np.array([4.0, np.nan])}, items)
    array([0.75,  nan])
    """
    there = [item for item in items if item.column in columns]
    if not there:
        return None
    rows = [on_unit_scale(np.asarray(columns[i.column], float), i.low, i.high) for i in there]
    scores = np.stack(
        [1 - row if item.reversed else row for row, item in zip(rows, there, strict=True)]
    )
    answered = ~np.isnan(scores)
    count = answered.sum(axis=0)
    total = np.where(answered, scores, 0.0).sum(axis=0)
    mean = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return np.asarray(mean)
