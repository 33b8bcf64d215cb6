"""Models judged on purchases that they had not seen."""

from datetime import date

import ibis
import numpy as np
import pyarrow as pa
import pytest

from entregent.engine.value.bg_nbd import BgNbd, fit_bg_nbd
from entregent.engine.value.errors import NothingObserved, OutOfRange
from entregent.engine.value.holdout import split_holdout, track, validate_holdout

SPLIT = date(2026, 1, 20)


@pytest.fixture
def few(sales):
    return sales(
        (1, 1, 10), (1, 8, 10), (1, 25, 10), (1, 26, 10), (2, 5, 10), (3, 28, 10), (4, 5, 10)
    )


@pytest.fixture(scope="module")
def simulated():
    """Two years of daily sales of a thousand customers who keep to a BG/NBD."""
    generator = np.random.default_rng(12)
    rate, leaving = generator.gamma(1.2, 1 / 40, 1500), generator.beta(0.8, 4, 1500)
    who, days = [], []
    for customer in range(1500):
        first = moment = generator.uniform(0, 90)
        while moment < 730:
            who.append(customer)
            days.append(int(moment))
            if moment > first and generator.random() < leaving[customer]:
                break
            moment += generator.exponential(1 / rate[customer])
    at = (np.array(days) + 20454) * 86_400
    return ibis.memtable(
        pa.table(
            {
                "customer_id": who,
                "at": pa.array(at, pa.timestamp("s", tz="UTC")),
                "amount": np.ones(len(who)),
            }
        )
    )


def test_the_record_is_split_by_day_and_the_newcomers_stay_out(few):
    found = split_holdout(few, calibration_until=SPLIT, until=date(2026, 1, 31), unit_days=1)
    rows = zip(
        found.histories.repeat_purchases,
        found.histories.age_at_last_purchase,
        found.histories.age,
        found.histories.customers,
        found.purchases,
        strict=True,
    )
    assert sorted(rows) == [(0, 0, 15, 2, 0), (1, 7, 19, 1, 2)]
    assert found.length == 11


def test_level_and_error_are_counted_per_customer(few):
    holdout = split_holdout(few, calibration_until=SPLIT, until=date(2026, 1, 31), unit_days=1)
    model = BgNbd(1, 20, 1, 5)
    found = validate_holdout(model, holdout, groups=2)
    expected = model.expected_purchases_of(holdout.histories, 11.0)
    assert (found.customers, found.observed) == (3, 2.0)
    assert found.expected == pytest.approx(expected @ holdout.histories.customers)
    assert found.bias == pytest.approx(found.expected / 2 - 1)
    gaps = np.abs(expected - holdout.purchases) @ holdout.histories.customers
    assert found.mean_absolute_error == pytest.approx(gaps / 3)
    assert [(c.repeat_purchases, c.customers, c.observed_mean) for c in found.by_frequency] == [
        (0, 2, 0.0),
        (1, 1, 2.0),
    ]
    assert [(group.customers, group.bought.value) for group in found.calibration] == [
        (2, 0.0),
        (1, 1.0),
    ]


def test_a_true_model_is_found_true(simulated):
    split = date(2027, 1, 1)
    holdout = split_holdout(simulated, calibration_until=split)
    found = validate_holdout(fit_bg_nbd(holdout.histories).model, holdout)
    assert abs(found.bias) < 0.1
    assert found.calibration_error < 0.05
    assert len(found.calibration) == 10
    assert sum(group.customers for group in found.calibration) == found.customers


def test_a_wrong_model_is_found_wrong(simulated):
    holdout = split_holdout(simulated, calibration_until=date(2027, 1, 1))
    found = validate_holdout(BgNbd(20, 20, 0.01, 40), holdout)
    assert found.bias > 0.5


def test_tracking_counts_the_cohort_week_by_week(few):
    model = BgNbd(1, 20, 1, 5)
    found = track(model, few, calibration_until=SPLIT, until=date(2026, 1, 31), unit_days=1)
    assert found.ends == tuple(date(2026, 1, day) for day in (7, 14, 21, 28))
    assert found.observed.tolist() == [0, 1, 1, 3]
    expected = model.expected_purchases(np.array([27.0, 23.0, 23.0])).sum()
    assert found.expected[-1] == pytest.approx(expected)


def test_a_holdout_that_is_none_is_refused(few):
    with pytest.raises(OutOfRange, match="must end after"):
        split_holdout(few, calibration_until=SPLIT, until=SPLIT)
    with pytest.raises(NothingObserved):
        split_holdout(few, calibration_until=date(2025, 12, 1))
    holdout = split_holdout(few, calibration_until=SPLIT)
    with pytest.raises(OutOfRange, match="0 groups"):
        validate_holdout(BgNbd(1, 1, 1, 1), holdout, groups=0)
    with pytest.raises(OutOfRange, match="0 days"):
        track(BgNbd(1, 1, 1, 1), few, calibration_until=SPLIT, step_days=0)
    with pytest.raises(NothingObserved):
        track(BgNbd(1, 1, 1, 1), few, calibration_until=date(2025, 12, 1))
