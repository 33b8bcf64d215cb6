"""RFM: how long since the last purchase, how many purchases, of what value.

A description of the base, scored 1 to 5 on each axis (5 is best). What customers will do is for
the models of buying; the age at the last purchase, which they need, is another quantity.
"""

import itertools
from datetime import date
from typing import Any, Literal

import ibis
import ibis.expr.types as ir

from entregent.engine.errors import MissingColumns, NotFinite, UnknownOption
from entregent.engine.value.errors import DuplicatedCustomers, NoCustomers, OutOfRange
from entregent.engine.value.purchases import Refunds, last_day_observed, purchase_days

Value = Literal["mean", "total"]
Ties = Literal["rank", "together"]
AXES = ("days_since_last_purchase", "purchases", "value")
SCORES = ("r_score", "f_score", "m_score")


def rfm_table(
    transactions: ir.Table,
    *,
    until: date | None = None,
    value: Value = "total",
    refunds: Refunds = "refuse",
) -> ir.Table:
    """The three quantities of each customer on `until`.

    until: last day of observation, included; the last day with a purchase where left out.
    value: "total" spent, or "mean" per day of purchase.
    Returns customer_id, days_since_last_purchase, purchases (days with a purchase, the first one
    included) and value, in the currency of the transactions.
    Raises as purchase_history.

    >>> import ibis, datetime
    >>> days = [datetime.datetime(2026, 1, day) for day in (1, 8)]
    >>> sales = ibis.memtable({"customer_id": [7, 7], "at": days, "amount": [10.0, 20.0]})
    >>> rfm_table(sales, until=datetime.date(2026, 1, 10), value="mean").to_pyarrow().to_pylist()
    [{'customer_id': 7, 'days_since_last_purchase': 2, 'purchases': 2, 'value': 15.0}]
    """
    if value not in ("mean", "total"):
        raise UnknownOption("value", value, ("mean", "total"))
    days = purchase_days(transactions, refunds=refunds)
    end = last_day_observed(days, until)
    seen = days.filter(days.day <= end)
    customers = seen.group_by("customer_id").aggregate(
        last_day=seen.day.max(), purchases=seen.count(), total=seen.amount.sum()
    )
    total = customers.total.cast("float64")
    return customers.select(
        "customer_id",
        "purchases",
        days_since_last_purchase=ibis.literal(end, "int64") - customers.last_day,
        value=total if value == "total" else total / customers.purchases.cast("float64"),
    ).select("customer_id", *AXES)


def rfm_scores(rfm: ir.Table, *, groups: int = 5, ties: Ties = "rank") -> ir.Table:
    """Scores 1 to `groups` on each axis, by quantiles (quintiles unless told).

    rfm: customer_id, days_since_last_purchase, purchases, value.
    ties: "rank" makes groups of equal size, equal customers being ranked by the other axes and
    then by customer_id; "together" gives equal figures the same score, whatever that does to the
    size of the groups.
    Returns rfm with r_score, f_score, m_score and rfm_cell, as "545".
    Raises MissingColumns, NoCustomers, NotFinite, DuplicatedCustomers, OutOfRange, UnknownOption.

    >>> import ibis
    >>> rfm = ibis.memtable(
    ...     {
    ...         "customer_id": [1, 2],
    ...         "days_since_last_purchase": [3, 40],
    ...         "purchases": [5, 1],
    ...         "value": [80.0, 20.0],
    ...     }
    ... )
    >>> rfm_scores(rfm, groups=2).order_by("customer_id").rfm_cell.to_pyarrow().to_pylist()
    ['222', '111']
    """
    if ties not in ("rank", "together"):
        raise UnknownOption("ties", ties, ("rank", "together"))
    if not 2 <= groups <= 9:
        raise OutOfRange(f"{groups} groups; 2 to 9 can be told apart in a cell such as 545")
    _check(rfm)
    quiet, bought, value, who = (
        rfm.days_since_last_purchase,
        rfm.purchases,
        rfm.value,
        rfm.customer_id,
    )
    orders = {
        "r_score": [quiet.desc(), bought.asc(), value.asc(), who.asc()],
        "f_score": [bought.asc(), quiet.desc(), value.asc(), who.asc()],
        "m_score": [value.asc(), quiet.desc(), bought.asc(), who.asc()],
    }
    if ties == "rank":
        scores = {name: ibis.ntile(groups).over(order_by=by) + 1 for name, by in orders.items()}
        return _with_cell(rfm.mutate(**scores))
    ranked = rfm.mutate(**{name: ibis.rank().over(order_by=by[0]) for name, by in orders.items()})
    whole = ranked.aggregate(n=ranked.count())
    together = ranked.cross_join(whole)
    scored = {
        name: ((together[name] * groups).cast("float64") / together.n).floor().cast("int64") + 1
        for name in SCORES
    }
    return _with_cell(together.mutate(**scored).drop("n"))


def rfm_scores_by_thresholds(
    rfm: ir.Table,
    *,
    days_since_last_purchase: tuple[float, ...],
    purchases: tuple[float, ...],
    value: tuple[float, ...],
) -> ir.Table:
    """Scores by thresholds of the firm's own, independent on each axis.

    Each axis is given its bounds in rising order. Purchases and value score 1 below the first
    bound and one more from each bound on; days score highest up to the first bound, included, and
    one less beyond each. Returns and raises as rfm_scores, OutOfRange where bounds do not rise.

    >>> import ibis
    >>> rfm = ibis.memtable(
    ...     {"customer_id": [1], "days_since_last_purchase": [40], "purchases": [3], "value": [99.0]}
    ... )
    >>> rfm_scores_by_thresholds(
    ...     rfm, days_since_last_purchase=(30, 90), purchases=(2, 5), value=(50, 100)
    ... ).rfm_cell.to_pyarrow().to_pylist()
    ['222']
    """
    bounds = (days_since_last_purchase, purchases, value)
    for axis, rising in zip(AXES, bounds, strict=True):
        if not rising or any(low >= high for low, high in itertools.pairwise(rising)):
            raise OutOfRange(f"the bounds of {axis} must rise")
    _check(rfm)
    passed = {
        name: sum(((rfm[axis] > bound).cast("int64") for bound in rising), ibis.literal(0))
        if name == "r_score"
        else sum(((rfm[axis] >= bound).cast("int64") for bound in rising), ibis.literal(0))
        for name, axis, rising in zip(SCORES, AXES, bounds, strict=True)
    }
    return _with_cell(
        rfm.mutate(
            r_score=len(days_since_last_purchase) + 1 - passed["r_score"],
            f_score=passed["f_score"] + 1,
            m_score=passed["m_score"] + 1,
        )
    )


def rfm_cells(scores: ir.Table) -> ir.Table:
    """How many customers share each cell and what they are worth: one row per rfm_cell.

    >>> import ibis
    >>> rfm = ibis.memtable(
    ...     {
    ...         "customer_id": [1, 2],
    ...         "days_since_last_purchase": [3, 40],
    ...         "purchases": [5, 1],
    ...         "value": [80.0, 20.0],
    ...     }
    ... )
    >>> rfm_cells(rfm_scores(rfm, groups=2)).customers.to_pyarrow().to_pylist()
    [1, 1]
    """
    return (
        scores.group_by("rfm_cell")
        .aggregate(customers=scores.count(), value=scores.value.sum())
        .order_by(ibis.desc("rfm_cell"))
    )


def _with_cell(scored: ir.Table) -> ir.Table:
    texts = [scored[name].cast("int64").cast("string") for name in SCORES]
    return scored.mutate(
        **{name: scored[name].cast("int64") for name in SCORES},
        rfm_cell=texts[0] + texts[1] + texts[2],
    )


def _check(rfm: ir.Table) -> None:
    absent = [name for name in ("customer_id", *AXES) if name not in rfm.columns]
    if absent:
        raise MissingColumns("rfm", absent)
    unusable: Any = ibis.literal(False)
    for axis in AXES:
        column = rfm[axis]
        unusable = unusable | column.isnull()
        if column.type().is_floating():
            unusable = unusable | column.isnan() | column.isinf()
    found = (
        rfm.aggregate(
            n=rfm.count(), known=rfm.customer_id.nunique(), unusable=unusable.fill_null(True).sum()
        )
        .to_pyarrow()
        .to_pylist()[0]
    )
    if not found["n"]:
        raise NoCustomers
    if found["unusable"]:
        raise NotFinite(f"{found['unusable']} customers have a figure missing, NaN or infinite")
    if found["known"] < found["n"]:
        raise DuplicatedCustomers(found["n"] - found["known"])
