"""What each customer answered, one column per item, as one Ibis expression."""

from collections.abc import Iterable
from datetime import datetime

import ibis
import ibis.expr.types as ir

from entregent.engine.evidence import CONTRACTS, conform


def reply_column(instrument: str, item: str | None) -> str:
    """Name of the column that holds a customer's last answer to an item, or to any item.

    >>> reply_column("relationship", "valence")
    'relationship.valence'
    """
    return instrument if item is None else f"{instrument}.{item}"


def latest_replies(
    answers: ir.Table, at: datetime, items: Iterable[tuple[str, str | None]]
) -> ir.Table:
    """One row per customer who answered: `customer_id` and one column per (instrument, item).

    answers: the evidence contract of that name; answers after `at` are left out.
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
    return last.group_by("customer_id").aggregate(
        **{
            reply_column(instrument, item): last["value"].max(
                where=(last.instrument == instrument)
                & (ibis.literal(True) if item is None else last["item"] == item)
            )
            for instrument, item in wanted
        }
    )


def latest_choice(answers: ir.Table, at: datetime, instrument: str, item: str) -> ir.Table:
    """One row per customer who chose: `customer_id` and `choice`, the words of the latest answer."""
    table = conform(answers, CONTRACTS["answers"])
    past = table.filter(
        table.at <= ibis.literal(at),
        table.customer_id.notnull(),
        table.instrument == instrument,
        table["item"] == item,
        table.text.notnull(),
    )
    newest = ibis.window(
        group_by=past.customer_id, order_by=[past.at.desc(), past.response_id.desc()]
    )
    ranked = past.mutate(newness=ibis.row_number().over(newest))
    return ranked.filter(ranked.newness == 0).select("customer_id", choice="text")
