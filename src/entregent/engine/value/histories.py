"""Purchase histories as the models of buying take them: three numbers per customer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from entregent.engine.arrays import side_by_side
from entregent.engine.errors import NotFinite
from entregent.engine.value.errors import ImpossibleHistory, NoCustomers, TooFewCustomers

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PurchaseHistories:
    """What BG/NBD and Pareto/NBD need to know of each customer, or of each group of equal ones.

    repeat_purchases: purchase occasions after the first one.
    age_at_last_purchase: time from the first to the last occasion; 0 without repeat purchase.
    age: time from the first occasion to the end of observation.
    customers: how many customers share the row.
    All four have the same length; times share one unit (days, weeks), which becomes the models'.
    """

    repeat_purchases: Floats
    age_at_last_purchase: Floats
    age: Floats
    customers: Floats

    def __len__(self) -> int:
        return self.age.size

    @property
    def customer_count(self) -> int:
        return round(float(self.customers.sum()))

    def in_units_of(self, time: float) -> "PurchaseHistories":
        """The same histories with times counted in another unit."""
        return PurchaseHistories(
            self.repeat_purchases, self.age_at_last_purchase / time, self.age / time, self.customers
        )

    def rows(self, chosen: NDArray[np.bool_] | NDArray[np.intp] | slice) -> "PurchaseHistories":
        return PurchaseHistories(
            self.repeat_purchases[chosen],
            self.age_at_last_purchase[chosen],
            self.age[chosen],
            self.customers[chosen],
        )


def purchase_histories(
    repeat_purchases: ArrayLike,
    age_at_last_purchase: ArrayLike,
    age: ArrayLike,
    customers: ArrayLike | None = None,
) -> PurchaseHistories:
    """The histories, once checked.

    repeat_purchases, age_at_last_purchase, age: shape (rows,), as PurchaseHistories describes.
    customers: customers per row; one each where left out.
    Raises NoCustomers when empty, NotFinite on NaN or infinity, ImpossibleHistory when a last
    purchase lies before the first one or after the end, when purchases are not whole numbers,
    when a customer without repeat purchase has a last purchase later than the first, or when one
    with repeat purchases has no age.

    >>> purchase_histories([2, 0], [30.43, 0], [38.86, 38.86]).customer_count
    2
    """
    x, last, age_ = (_vector(v) for v in (repeat_purchases, age_at_last_purchase, age))
    counts = np.ones_like(age_) if customers is None else _vector(customers)
    side_by_side(repeat_purchases=x, age_at_last_purchase=last, age=age_, customers=counts)
    if age_.size == 0 or counts.sum() <= 0:
        raise NoCustomers
    _refuse(x < 0, "customers have fewer than zero repeat purchases")
    _refuse(x != np.floor(x), "customers have a repeat purchase count that is no whole number")
    _refuse(counts < 0, "rows stand for fewer than zero customers")
    _refuse(last < 0, "customers have their last purchase before their first")
    _refuse(last > age_, "customers have their last purchase after the end of observation")
    _refuse((x == 0) & (last > 0), "customers never bought again, yet bought later than at first")
    _refuse((x > 0) & (age_ == 0), "customers bought again within no time at all")
    return PurchaseHistories(x, last, age_, counts)


def grouped(histories: PurchaseHistories) -> PurchaseHistories:
    """The same customers with equal rows merged.

    These rows are sufficient statistics: every likelihood of the room is a sum over them.

    >>> len(grouped(purchase_histories([0, 1, 0], [0, 2, 0], [5, 5, 5])))
    2
    """
    # One sort of a mixed key is several times faster than three sorts. Rows are compared by value
    # afterwards, so that two rows with the same key by chance are never merged.
    key = _mixed(histories)
    if (np.diff(np.sort(key)) != 0).all():
        return histories
    ordered = histories.rows(np.argsort(key, kind="stable"))
    differs = np.ones(len(ordered), dtype=bool)
    differs[1:] = (
        (np.diff(ordered.age) != 0)
        | (np.diff(ordered.age_at_last_purchase) != 0)
        | (np.diff(ordered.repeat_purchases) != 0)
    )
    starts = np.flatnonzero(differs)
    merged = ordered.rows(starts)
    return PurchaseHistories(
        merged.repeat_purchases,
        merged.age_at_last_purchase,
        merged.age,
        np.add.reduceat(ordered.customers, starts),
    )


def _mixed(histories: PurchaseHistories) -> NDArray[np.uint64]:
    """One whole number per row, spread evenly, equal for equal rows."""
    key = np.zeros(len(histories), dtype=np.uint64)
    columns = (
        histories.repeat_purchases,
        histories.age_at_last_purchase,
        histories.age,
    )
    for column in columns:
        key ^= (column + 0.0).view(np.uint64)  # adding zero turns -0.0 into 0.0
        key *= np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    return key


def systematic_sample(histories: PurchaseHistories, rows: int) -> PurchaseHistories:
    """About `rows` rows of grouped histories, every k-th of those who came back and of the others.

    The two strata keep their numbers of customers, so that a fit on the sample is a good start
    for the fit on everybody.
    """
    if len(histories) <= rows:
        return histories
    came_back = histories.repeat_purchases > 0
    customers = np.zeros_like(histories.customers)
    for stratum in (np.flatnonzero(came_back), np.flatnonzero(~came_back)):
        step = max(1, stratum.size * 2 // rows)
        picked = stratum[step // 2 :: step]
        share = histories.customers[picked].sum() / max(histories.customers[stratum].sum(), 1.0)
        customers[picked] = histories.customers[picked] / share
    sampled = histories.rows(np.flatnonzero(customers))
    return PurchaseHistories(
        sampled.repeat_purchases,
        sampled.age_at_last_purchase,
        sampled.age,
        customers[customers > 0],
    )


def enough_customers(have: int, need: int, who: str = "customers") -> None:
    """Raise TooFewCustomers below `need`."""
    if have < need:
        raise TooFewCustomers(have, need, who)


def _vector(values: ArrayLike) -> Floats:
    vector = np.asarray(values, dtype=np.float64).reshape(-1)
    if not np.isfinite(vector).all():
        raise NotFinite("NaN or infinity stands among the purchase histories")
    return vector


def _refuse(broken: NDArray[np.bool_], fact: str) -> None:
    if broken.any():
        raise ImpossibleHistory(f"{int(broken.sum())} {fact}")
