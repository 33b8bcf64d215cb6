"""From transactions to the small tables that the measures of value agree on.

Purchases of one customer on one day (UTC) are one purchase occasion. Everything here grows with
rows and is an Ibis expression; each public function first reads the table once to refuse what it
could not tell the truth about.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from entregent.engine.errors import MissingColumns, NotFinite, UnknownOption
from entregent.engine.evidence import MONEY, PAID_OUT
from entregent.engine.value.errors import (
    DuplicatedTransactions,
    ImpossibleHistory,
    NegativeSpend,
    NoCustomers,
    NothingObserved,
)
from entregent.engine.value.histories import PurchaseHistories, purchase_histories
from entregent.engine.value.settings import positive

Refunds = Literal["refuse", "leave_out"]
SECONDS_A_DAY = 86_400
DAYS_A_WEEK = 7.0
FIRST_DAY = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class TransactionCounts:
    """What a table of transactions holds, every row accounted for.

    anonymous: rows without customer.  refunds: rows with a negative amount.
    Purchases are the rows of known customers with an amount of zero or more.
    """

    rows: int
    purchases: int
    customers: int
    anonymous: int
    refunds: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class CustomerHistories:
    """One row per customer: who, the purchase history, and the mean value of repeat purchases.

    mean_repeat_value: in the currency of the transactions; 0 without repeat purchase.
    """

    customer_ids: NDArray[Any]
    histories: PurchaseHistories
    mean_repeat_value: NDArray[np.float64]


def transaction_counts(transactions: ir.Table) -> TransactionCounts:
    """Count what a table of transactions holds.

    transactions: columns customer_id, at, amount, and transaction_id where there is one.
    Raises MissingColumns, NoCustomers when no row has a customer, DuplicatedTransactions,
    ImpossibleHistory where a date is missing, NotFinite where an amount is missing, NaN or
    infinite.

    >>> import ibis, datetime
    >>> day = datetime.datetime(2026, 1, 5)
    >>> sales = ibis.memtable({"customer_id": [1, 1], "at": [day, day], "amount": [9.5, -9.5]})
    >>> transaction_counts(sales).refunds
    1
    """
    absent = [name for name in ("customer_id", "at", "amount") if name not in transactions.columns]
    if absent:
        raise MissingColumns("transactions", absent)
    amount, known = transactions.amount, transactions.customer_id.notnull()
    unusable = amount.isnull()
    if amount.type().is_floating():
        unusable = unusable | amount.isnan() | amount.isinf()
    figures = {
        "rows": transactions.count(),
        "known": known.sum(),
        "customers": transactions.customer_id.nunique(),
        "undated": transactions.at.isnull().sum(),
        "unusable": unusable.sum(),
        "refunds": (amount < 0).sum(),
        "purchases": (known & (amount >= 0)).sum(),
        "first_day": _day(transactions).min(),
        "last_day": _day(transactions).max(),
    }
    if "transaction_id" in transactions.columns:
        figures["distinct"] = transactions.transaction_id.nunique()
    found = transactions.aggregate(**figures).to_pyarrow().to_pylist()[0]
    if not found["known"]:
        raise NoCustomers("no transaction has a customer")
    if found.get("distinct", found["rows"]) < found["rows"]:
        raise DuplicatedTransactions(found["rows"] - found["distinct"])
    if found["undated"]:
        raise ImpossibleHistory(f"{found['undated']} transactions have no date")
    if found["unusable"]:
        raise NotFinite(f"{found['unusable']} amounts are missing, NaN or infinite")
    return TransactionCounts(
        rows=found["rows"],
        purchases=found["purchases"],
        customers=found["customers"],
        anonymous=found["rows"] - found["known"],
        refunds=found["refunds"],
        first_day=date_of(found["first_day"]),
        last_day=date_of(found["last_day"]),
    )


def purchase_days(transactions: ir.Table, *, refunds: Refunds = "refuse") -> ir.Table:
    """One row per customer and day with a purchase: customer_id, day, amount.

    day: whole days since 1 January 1970, UTC.  amount: decimal, spent that day.
    Anonymous transactions are left out; so are negative amounts when refunds is "leave_out".
    Raises NegativeSpend when there are some and refunds is "refuse", and as transaction_counts.

    >>> import ibis, datetime
    >>> days = [datetime.datetime(2026, 1, day) for day in (1, 8, 8)]
    >>> sales = ibis.memtable({"customer_id": [7, 7, 9], "at": days, "amount": [10.0, 20.0, 5.0]})
    >>> purchase_days(sales).count().to_pyarrow().as_py()
    3
    """
    if refunds not in ("refuse", "leave_out"):
        raise UnknownOption("refunds", refunds, ("refuse", "leave_out"))
    counts = transaction_counts(transactions)
    if counts.refunds and refunds == "refuse":
        raise NegativeSpend(counts.refunds)
    if not counts.purchases:
        raise NoCustomers("no transaction is a purchase of a known customer")
    kept = transactions.filter(transactions.customer_id.notnull(), transactions.amount >= 0)
    dated = kept.select("customer_id", day=_day(kept), amount=kept.amount.cast(MONEY))
    return dated.group_by("customer_id", "day").aggregate(amount=dated.amount.sum())


def purchase_history(
    transactions: ir.Table, *, until: date | None = None, refunds: Refunds = "refuse"
) -> ir.Table:
    """One row per customer, as BG/NBD, Pareto/NBD, Gamma-Gamma and RFM need it.

    until: last day of observation, included; the last day with a transaction where left out.
    Customers who first bought later are not there yet. Columns:
    customer_id; first_day (days since 1970); repeat_purchases (occasions after the first);
    age_at_last_purchase_days and age_days, from the first occasion to the last and to `until`;
    days_since_last_purchase; total_value; mean_repeat_value (0.0 without repeat purchase).
    Raises NothingObserved when every purchase lies after `until`, and as purchase_days.

    >>> import ibis, datetime
    >>> days = [datetime.datetime(2026, 1, day) for day in (1, 1, 8)]
    >>> sales = ibis.memtable({"customer_id": [7] * 3, "at": days, "amount": [10.0, 5.0, 20.0]})
    >>> history = purchase_history(sales, until=datetime.date(2026, 1, 31)).to_pyarrow()
    >>> [history[name][0].as_py() for name in ("repeat_purchases", "age_days", "mean_repeat_value")]
    [1, 30, 20.0]
    """
    days = purchase_days(transactions, refunds=refunds)
    return _history(days, last_day_observed(days, until))


def histories_of(history: ir.Table, *, unit_days: float = DAYS_A_WEEK) -> PurchaseHistories:
    """A purchase_history as grouped rows for fitting; times in units of `unit_days` days.

    The grouping is done by the engine that holds the table, so that only as many rows travel as
    there are different histories.

    >>> import ibis, datetime
    >>> days = [datetime.datetime(2026, 1, day) for day in (1, 8, 8)]
    >>> sales = ibis.memtable({"customer_id": [7, 7, 9], "at": days, "amount": [10.0, 20.0, 5.0]})
    >>> histories_of(purchase_history(sales)).age_at_last_purchase
    array([0., 1.])
    """
    positive(unit_days=unit_days)
    keys = ("repeat_purchases", "age_at_last_purchase_days", "age_days")
    groups = history.group_by(*keys).aggregate(customers=history.count()).order_by(*keys)
    found = groups.to_pyarrow()
    x, last, age, customers = (found[name].to_numpy().astype(float) for name in found.column_names)
    return purchase_histories(x, last / unit_days, age / unit_days, customers)


def customer_histories(history: ir.Table, *, unit_days: float = DAYS_A_WEEK) -> CustomerHistories:
    """A purchase_history as arrays, one row per customer in order of customer_id.

    >>> import ibis, datetime
    >>> days = [datetime.datetime(2026, 1, day) for day in (1, 8, 8)]
    >>> sales = ibis.memtable({"customer_id": [7, 7, 9], "at": days, "amount": [10.0, 20.0, 5.0]})
    >>> customer_histories(purchase_history(sales)).mean_repeat_value
    array([20.,  0.])
    """
    positive(unit_days=unit_days)
    found = history.order_by("customer_id").to_pyarrow()
    column = {name: found[name].to_numpy(zero_copy_only=False) for name in found.column_names}
    return CustomerHistories(
        column["customer_id"],
        purchase_histories(
            column["repeat_purchases"],
            column["age_at_last_purchase_days"] / unit_days,
            column["age_days"] / unit_days,
        ),
        column["mean_repeat_value"].astype(np.float64),
    )


def revenue_by_customer(
    transactions: ir.Table,
    *,
    since: date | None = None,
    until: date | None = None,
) -> ir.Table:
    """Revenue of each customer from `since` to `until`, both included: customer_id, revenue.

    Refunds are netted, so that revenue may be negative; abc_classes says so when it is. Where a
    column `kind` tells what the firm paid out (claims, gifts), that is no revenue and left out.
    Raises as transaction_counts, NothingObserved when no transaction lies between the two days.

    >>> import ibis, datetime
    >>> days = [datetime.datetime(2026, 1, day) for day in (1, 8, 8)]
    >>> sales = ibis.memtable({"customer_id": [7, 7, 9], "at": days, "amount": [10.0, 20.0, 5.0]})
    >>> revenue = revenue_by_customer(sales, until=datetime.date(2026, 1, 7))
    >>> [float(row["revenue"]) for row in revenue.to_pyarrow().to_pylist()]
    [10.0]
    """
    transaction_counts(transactions)
    known = transactions.filter(transactions.customer_id.notnull())
    if "kind" in known.columns:
        known = known.filter(known["kind"].fill_null("").notin(PAID_OUT))
    dated = known.select("customer_id", day=_day(known), amount=known.amount.cast(MONEY))
    if since is not None:
        dated = dated.filter(dated.day >= day_number(since))
    if until is not None:
        dated = dated.filter(dated.day <= day_number(until))
    if not dated.count().to_pyarrow().as_py():
        raise NothingObserved(f"no transaction lies between {since} and {until}")
    return dated.group_by("customer_id").aggregate(revenue=dated.amount.sum())


def last_day_observed(days: ir.Table, until: date | None) -> int:
    """The day number of `until`, or of the last purchase; raises NothingObserved before the first."""
    bounds = days.aggregate(first=days.day.min(), last=days.day.max()).to_pyarrow().to_pylist()[0]
    if until is None:
        return int(bounds["last"])
    if day_number(until) < bounds["first"]:
        raise NothingObserved(
            f"observation ends on {until}, before the first purchase on {date_of(bounds['first'])}"
        )
    return day_number(until)


def day_number(day: date) -> int:
    """Whole days since 1 January 1970.

    >>> day_number(date(1970, 1, 11))
    10
    """
    return (date(day.year, day.month, day.day) - FIRST_DAY).days


def date_of(day: int) -> date:
    """The date of a day number.

    >>> date_of(10)
    datetime.date(1970, 1, 11)
    """
    return FIRST_DAY + timedelta(days=int(day))


def _history(days: ir.Table, end: int) -> ir.Table:
    seen = days.filter(days.day <= end)
    first = seen.day.min().over(ibis.window(group_by="customer_id"))
    seen = seen.mutate(first_day=first)
    history = seen.group_by("customer_id").aggregate(
        first_day=seen.first_day.min(),
        last_day=seen.day.max(),
        occasions=seen.count(),
        total=seen.amount.sum(),
        first_amount=seen.amount.sum(where=seen.day == seen.first_day),
    )
    repeat = history.occasions - 1
    repeat_value = (history.total - history.first_amount).cast("float64")
    return history.select(
        "customer_id",
        "first_day",
        repeat_purchases=repeat,
        age_at_last_purchase_days=history.last_day - history.first_day,
        age_days=ibis.literal(end, "int64") - history.first_day,
        days_since_last_purchase=ibis.literal(end, "int64") - history.last_day,
        total_value=history.total.cast("float64"),
        mean_repeat_value=ibis.cases(
            (repeat > 0, repeat_value / repeat.nullif(0).cast("float64")),
            else_=ibis.literal(0.0).cast("float64"),
        ),
    )


def _day(transactions: ir.Table) -> Any:
    at = transactions.at
    if at.type().is_date():
        at = at.cast("timestamp")
    # Counted from the epoch, because the date of a time with zone is the session's on DuckDB.
    return (at.epoch_seconds().cast("int64") / SECONDS_A_DAY).floor().cast("int64")
