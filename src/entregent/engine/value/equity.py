"""Customer equity from retention: the margin multiple, for when all there is are yearly figures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from entregent.engine.errors import NotFinite
from entregent.engine.estimates import Estimate, normal_quantile
from entregent.engine.value.errors import NoCustomers, OutOfRange
from entregent.engine.value.settings import between


@dataclass(frozen=True, slots=True)
class CustomerGroup:
    """Customers taken as alike: how many, yearly margin of each, yearly retention 0 to 1."""

    name: str
    customers: int
    yearly_margin: float
    retention: float


@dataclass(frozen=True, slots=True)
class GroupEquity:
    """What a group is worth: per customer, and in all."""

    name: str
    customers: int
    per_customer: Estimate
    total: Estimate


@dataclass(frozen=True, slots=True)
class CustomerEquity:
    """The worth of all groups, in the currency of the margins."""

    groups: tuple[GroupEquity, ...]
    total: Estimate


def margin_multiple(
    retention: float, discount_rate: float, *, customers: int | None = None
) -> Estimate:
    """Lifetime value of a customer, in yearly margins: r / (1 + i - r).

    retention: r, the share of customers kept from year to year, 0 to 1.
    discount_rate: i, yearly, 0 to 1 (0.12 for 12 %).
    customers: on how many the retention was observed; with it, the multiple has a standard error
    (binomial, delta method) and an interval (Wilson's for retention, carried over).
    The first margin counted is next year's; margin and retention are taken as constant.
    Raises OutOfRange, NotFinite; OutOfRange when everybody stays and money costs nothing.
    Source: Gupta and Lehmann 2003, "Customers as Assets", J. Interactive Marketing 17(1), 9-24.

    >>> round(margin_multiple(0.9, 0.12).value, 4)
    4.0909
    """
    between(0, 1, retention=retention, discount_rate=discount_rate)
    if retention == 1 and discount_rate == 0:
        raise OutOfRange("customers who all stay are worth without end when money costs nothing")
    value = _multiple(retention, discount_rate)
    if customers is None:
        return Estimate(value, None, 0, method="margin multiple, retention taken as known")
    if customers < 1:
        raise NoCustomers
    z = normal_quantile(0.95)
    error = np.sqrt(retention * (1 - retention) / customers)
    slope = (1 + discount_rate) / (1 + discount_rate - retention) ** 2
    shrink = 1 + z**2 / customers
    centre = retention + z**2 / (2 * customers)
    spread = z * np.sqrt(error**2 + z**2 / (4 * customers**2))
    low, high = max((centre - spread) / shrink, 0.0), min((centre + spread) / shrink, 1.0)
    top = _multiple(high, discount_rate) if high < 1 + discount_rate else float("inf")
    return Estimate(
        value,
        float(slope * error),
        customers,
        float(_multiple(low, discount_rate)),
        float(top),
        0.95,
        "margin multiple, Wilson for retention",
    )


def customer_equity(groups: Sequence[CustomerGroup], discount_rate: float) -> CustomerEquity:
    """What the customers of today are worth: customers x margin x margin multiple, summed.

    groups: alike within, different between. discount_rate: yearly, 0 to 1.
    Returns each group's worth and the total, in the currency of the margins, with intervals that
    hold the doubt of retention, groups taken as independent.
    Raises NoCustomers without groups or with an empty one, OutOfRange, NotFinite.

    >>> shop = [CustomerGroup("regulars", 100, 50.0, 0.9)]
    >>> round(customer_equity(shop, 0.12).total.value)
    20455
    """
    if not groups:
        raise NoCustomers
    worth = []
    for group in groups:
        if not np.isfinite(group.yearly_margin):
            raise NotFinite(f"the yearly margin of {group.name} is {group.yearly_margin}")
        multiple = margin_multiple(group.retention, discount_rate, customers=group.customers)
        worth.append(
            GroupEquity(
                group.name,
                group.customers,
                _scaled(multiple, group.yearly_margin),
                _scaled(multiple, group.yearly_margin * group.customers),
            )
        )
    value = sum(group.total.value for group in worth)
    error = float(np.sqrt(sum((group.total.standard_error or 0.0) ** 2 for group in worth)))
    reach = normal_quantile(0.95) * error
    n = sum(group.customers for group in worth)
    total = Estimate(
        value, error, n, value - reach, value + reach, 0.95, "Wald, groups independent"
    )
    return CustomerEquity(tuple(worth), total)


def _multiple(retention: float, discount_rate: float) -> float:
    return retention / (1 + discount_rate - retention)


def _scaled(estimate: Estimate, factor: float) -> Estimate:
    bounds = sorted(bound * factor for bound in (estimate.low, estimate.high) if bound is not None)
    return Estimate(
        estimate.value * factor,
        None if estimate.standard_error is None else estimate.standard_error * abs(factor),
        estimate.n,
        bounds[0],
        bounds[1],
        estimate.confidence,
        estimate.method,
    )
