"""Does the model foretell? Fitted on the first part of the record, judged on the rest."""

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from entregent.engine.estimates import Estimate, wilson_share
from entregent.engine.value.errors import NoCustomers, NothingObserved, OutOfRange
from entregent.engine.value.histories import PurchaseHistories, purchase_histories
from entregent.engine.value.lifetime_value import BuyingModel
from entregent.engine.value.purchases import (
    DAYS_A_WEEK,
    Refunds,
    date_of,
    day_number,
    last_day_observed,
    purchase_days,
    purchase_history,
)
from entregent.engine.value.settings import positive

Floats = NDArray[np.float64]
MOST_REPEATS = 7  # repeat purchases from which on customers are judged together


@dataclass(frozen=True, slots=True)
class Holdout:
    """Histories up to the end of calibration, and what came after.

    histories: grouped, times in the unit asked. purchases: occasions of each customer of the row
    during the holdout, shape (rows,). length: of the holdout, same unit.
    """

    histories: PurchaseHistories
    purchases: Floats
    length: float


@dataclass(frozen=True, slots=True)
class FrequencyClass:
    """Customers with as many repeat purchases in calibration; the last class holds all above."""

    repeat_purchases: int
    customers: int
    observed_mean: float
    expected_mean: float
    mean_absolute_error: float


@dataclass(frozen=True, slots=True)
class CalibrationGroup:
    """Customers of similar probability of buying: what was foretold and what happened.

    probability_alive and probability_of_buying: means foretold; bought: share who did.
    """

    customers: int
    probability_alive: float
    probability_of_buying: float
    bought: Estimate


@dataclass(frozen=True, slots=True)
class HoldoutValidation:
    """A model against the purchases it had not seen.

    bias: (expected - observed) / observed of all purchases; NaN when nobody bought.
    mean_absolute_error: per customer, in purchases.
    calibration_error: mean distance between the foretold and the observed share who bought.
    """

    customers: int
    observed: float
    expected: float
    bias: float
    mean_absolute_error: float
    by_frequency: tuple[FrequencyClass, ...]
    calibration: tuple[CalibrationGroup, ...]
    calibration_error: float


@dataclass(frozen=True, slots=True)
class Tracking:
    """Repeat purchases of the cohort, in all since the start, observed and expected.

    ends: last day of each step.  calibration_until: the last day the model was fitted on.
    """

    ends: tuple[date, ...]
    observed: Floats
    expected: Floats
    calibration_until: date


def split_holdout(
    transactions: ir.Table,
    *,
    calibration_until: date,
    until: date | None = None,
    refunds: Refunds = "refuse",
    unit_days: float = DAYS_A_WEEK,
) -> Holdout:
    """Histories up to `calibration_until`, and purchases from the next day to `until`.

    Customers who first bought after calibration are left out: the model says nothing of them.
    Raises OutOfRange unless `until` lies after calibration_until, and as purchase_history.

    >>> import datetime, ibis
    >>> days = [datetime.datetime(2026, 1, day) for day in (1, 8, 20, 5)]
    >>> sales = ibis.memtable({"customer_id": [1, 1, 1, 2], "at": days, "amount": [9.0] * 4})
    >>> held = split_holdout(sales, calibration_until=datetime.date(2026, 1, 10))
    >>> held.purchases
    array([0., 1.])
    """
    positive(unit_days=unit_days)
    days = purchase_days(transactions, refunds=refunds)
    end, split = last_day_observed(days, until), day_number(calibration_until)
    if end <= split:
        raise OutOfRange(f"the holdout must end after the calibration, on {calibration_until}")
    history = purchase_history(transactions, until=calibration_until, refunds=refunds)
    seen = history.select(
        "customer_id",
        "repeat_purchases",
        "age_at_last_purchase_days",
        "age_days",
        later=ibis.literal(0, "int64"),
    )
    after = days.filter((days.day > split) & (days.day <= end))
    later = after.group_by("customer_id").aggregate(later=after.count())
    nothing = ibis.null("int64")
    both = seen.union(
        later.select(
            "customer_id",
            repeat_purchases=nothing,
            age_at_last_purchase_days=nothing,
            age_days=nothing,
            later=later.later,
        )
    )
    customers = both.group_by("customer_id").aggregate(
        repeat_purchases=both.repeat_purchases.max(),
        age_at_last_purchase_days=both.age_at_last_purchase_days.max(),
        age_days=both.age_days.max(),
        later=both.later.sum(),
    )
    known = customers.filter(customers.age_days.notnull())
    keys = ("repeat_purchases", "age_at_last_purchase_days", "age_days", "later")
    found = known.group_by(*keys).aggregate(customers=known.count()).order_by(*keys).to_pyarrow()
    x, last, age, bought, counts = (
        found[name].to_numpy().astype(np.float64) for name in (*keys, "customers")
    )
    histories = purchase_histories(x, last / unit_days, age / unit_days, counts)
    return Holdout(histories, bought, (end - split) / unit_days)


def validate_holdout(
    model: BuyingModel, holdout: Holdout, *, groups: int = 10
) -> HoldoutValidation:
    """Judge a model on a holdout: level, error per frequency class, calibration.

    model: fitted on the calibration part, in the same unit of time.
    groups: of equal numbers of customers, in order of the probability foretold to buy.
    Raises OutOfRange when groups is below 1.

    >>> from entregent.engine.value.bg_nbd import BgNbd
    >>> held = Holdout(purchase_histories([0, 1], [0, 5], [9, 9]), np.array([0.0, 1.0]), 4.0)
    >>> validate_holdout(BgNbd(1, 10, 1, 5), held, groups=1).observed
    1.0
    """
    if groups < 1:
        raise OutOfRange(f"{groups} groups; at least one is needed")
    histories, bought = holdout.histories, holdout.purchases
    weight = histories.customers
    expected = model.expected_purchases_of(histories, holdout.length)
    error = np.abs(expected - bought)
    n, observed, foretold = (float(weight @ v) for v in (np.ones_like(bought), bought, expected))
    if not n:
        raise NoCustomers
    calibration = _calibration(model, holdout, groups)
    gaps = [abs(group.probability_of_buying - group.bought.value) for group in calibration]
    return HoldoutValidation(
        customers=round(n),
        observed=observed,
        expected=foretold,
        bias=foretold / observed - 1 if observed else float("nan"),
        mean_absolute_error=float(weight @ error) / n,
        by_frequency=_by_frequency(histories, bought, expected, error),
        calibration=calibration,
        calibration_error=float(np.average(gaps, weights=[g.customers for g in calibration])),
    )


def track(
    model: BuyingModel,
    transactions: ir.Table,
    *,
    calibration_until: date,
    until: date | None = None,
    refunds: Refunds = "refuse",
    unit_days: float = DAYS_A_WEEK,
    step_days: int = 7,
) -> Tracking:
    """Cumulative repeat purchases, observed and expected, from the first purchase to `until`.

    The cohort is everybody who bought by `calibration_until`; what lies after that day shows
    whether the model foretells.
    Raises OutOfRange when step_days is below 1, and as split_holdout.

    >>> import datetime, ibis
    >>> days = [datetime.datetime(2026, 1, day) for day in (1, 8, 20, 5)]
    >>> sales = ibis.memtable({"customer_id": [1, 1, 1, 2], "at": days, "amount": [9.0] * 4})
    >>> from entregent.engine.value.bg_nbd import BgNbd
    >>> track(BgNbd(1, 10, 1, 5), sales, calibration_until=datetime.date(2026, 1, 10)).observed
    array([0., 1.])
    """
    if step_days < 1:
        raise OutOfRange(f"a step of {step_days} days")
    positive(unit_days=unit_days)
    days = purchase_days(transactions, refunds=refunds)
    end, split = last_day_observed(days, until), day_number(calibration_until)
    first_day = days.day.min().over(ibis.window(group_by="customer_id"))
    seen = days.mutate(first_day=first_day).filter(days.day <= end)
    cohort = seen.filter(seen.first_day <= split)
    counts = cohort.group_by(day=cohort.day).aggregate(
        first=(cohort.day == cohort.first_day).sum(), repeat=(cohort.day > cohort.first_day).sum()
    )
    found = counts.order_by("day").to_pyarrow()
    day, first, repeat = (found[name].to_numpy() for name in ("day", "first", "repeat"))
    if not day.size:
        raise NothingObserved(f"nobody bought by {calibration_until}")
    ends = np.arange(day[0] + step_days - 1, end + 1, step_days)
    begun = day[first > 0], first[first > 0].astype(np.float64)
    expected = [
        float(begun[1] @ model.expected_purchases(np.maximum(last - begun[0], 0) / unit_days))
        for last in ends
    ]
    observed = [float(repeat[day <= last].sum()) for last in ends]
    return Tracking(
        tuple(date_of(last) for last in ends),
        np.array(observed),
        np.array(expected),
        calibration_until,
    )


def _by_frequency(
    histories: PurchaseHistories, bought: Floats, expected: Floats, error: Floats
) -> tuple[FrequencyClass, ...]:
    capped = np.minimum(histories.repeat_purchases, MOST_REPEATS)
    classes = []
    for count in np.unique(capped):
        weight = np.where(capped == count, histories.customers, 0.0)
        n = weight.sum()
        if n:
            means = (float(weight @ column / n) for column in (bought, expected, error))
            classes.append(FrequencyClass(int(count), round(float(n)), *means))
    return tuple(classes)


def _calibration(model: BuyingModel, holdout: Holdout, groups: int) -> tuple[CalibrationGroup, ...]:
    histories = holdout.histories
    alive = model.probability_alive(histories)
    buying = model.probability_of_buying(histories, holdout.length)
    order = np.lexsort((histories.age, histories.age_at_last_purchase, holdout.purchases, buying))
    before = np.cumsum(histories.customers[order]) - histories.customers[order]
    # A row of equal customers stays whole, so groups are equal only as far as the rows allow.
    group = np.minimum(before * groups // histories.customers.sum(), groups - 1)
    found = []
    for number in np.unique(group):
        rows = order[group == number]
        weight = histories.customers[rows]
        n = float(weight.sum())
        if not n:
            continue
        did = float(weight @ (holdout.purchases[rows] > 0))
        found.append(
            CalibrationGroup(
                round(n),
                float(weight @ alive[rows] / n),
                float(weight @ buying[rows] / n),
                wilson_share(round(did), round(n), unit=1.0),
            )
        )
    return tuple(found)
