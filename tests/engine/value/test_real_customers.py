"""CDNOW, an online shop and a marketplace from their transactions to their worth, end to end."""

from datetime import date

import ibis
import numpy as np
import pyarrow as pa
import pytest
from tests.engine.real_data import shared

from entregent.engine.value.abc import abc_classes, concentration
from entregent.engine.value.bg_nbd import fit_bg_nbd
from entregent.engine.value.class_moves import class_moves
from entregent.engine.value.errors import NegativeRevenue, NegativeSpend
from entregent.engine.value.gamma_gamma import fit_gamma_gamma
from entregent.engine.value.holdout import split_holdout, track, validate_holdout
from entregent.engine.value.lifetime_value import customer_lifetime_value
from entregent.engine.value.pareto_nbd import fit_pareto_nbd
from entregent.engine.value.purchases import (
    customer_histories,
    histories_of,
    purchase_history,
    revenue_by_customer,
    transaction_counts,
)
from entregent.engine.value.rfm import rfm_cells, rfm_scores, rfm_table

pytestmark = pytest.mark.real_data

CALIBRATION = date(1997, 9, 30)


@pytest.fixture(scope="module")
def cdnow_sales():
    lines = np.genfromtxt(shared("data/cdnow/cdnowElog.csv"), delimiter=",", names=True)
    days = [f"{day:.0f}" for day in lines["date"]]
    at = np.array([f"{day[:4]}-{day[4:6]}-{day[6:]}" for day in days], dtype="datetime64[us]")
    return ibis.memtable(
        pa.table(
            {
                "customer_id": lines["sampleid"].astype(int),
                "at": pa.array(at).cast(pa.timestamp("us", tz="UTC")),
                "amount": lines["sales"],
            }
        )
    )


def test_cdnow_from_its_log_gives_the_published_models(cdnow_sales):
    history = purchase_history(cdnow_sales, until=CALIBRATION)
    rows = histories_of(history)
    assert (rows.customer_count, len(rows)) == (2357, 1016)
    bg_nbd = fit_bg_nbd(rows)
    assert bg_nbd.parameters == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=6e-4)
    assert bg_nbd.log_likelihood == pytest.approx(-9582.429, abs=0.001)
    pareto_nbd = fit_pareto_nbd(rows)
    assert pareto_nbd.parameters == pytest.approx([0.553, 10.578, 0.606, 11.669], abs=6e-4)
    known = customer_histories(history)
    spending = fit_gamma_gamma(known.histories.repeat_purchases, known.mean_repeat_value)
    assert spending.parameters == pytest.approx([6.25, 3.74, 15.44], abs=0.006)
    worth = customer_lifetime_value(bg_nbd, spending, known.histories, known.mean_repeat_value)
    assert worth.total.low < worth.total.value < worth.total.high
    assert worth.total.value == pytest.approx(76_000, rel=0.02)


@pytest.mark.parametrize(("fit", "bias"), [(fit_bg_nbd, -0.121), (fit_pareto_nbd, -0.115)])
def test_cdnow_holds_out_thirty_nine_weeks(cdnow_sales, fit, bias):
    held = split_holdout(cdnow_sales, calibration_until=CALIBRATION)
    found = validate_holdout(fit(held.histories).model, held)
    assert (found.customers, found.observed) == (2357, 1882)
    assert held.length == 39
    assert found.bias == pytest.approx(bias, abs=0.002)
    assert found.calibration_error < 0.08


def test_cdnow_is_tracked_over_seventy_eight_weeks(cdnow_sales):
    model = fit_bg_nbd(histories_of(purchase_history(cdnow_sales, until=CALIBRATION))).model
    found = track(model, cdnow_sales, calibration_until=CALIBRATION)
    assert len(found.ends) == 78
    assert found.observed[-1] == pytest.approx(found.expected[-1], rel=0.06)


@pytest.fixture(scope="module")
def online_retail():
    lines = ibis.duckdb.connect().read_parquet(shared("data/online_retail/online_retail.parquet"))
    return lines.select(
        customer_id=lines.CustomerID.cast("int64"),
        at=lines.InvoiceDate,
        amount=lines.Quantity * lines.UnitPrice,
    )


def test_an_online_shop_says_what_it_cannot_count(online_retail):
    counts = transaction_counts(online_retail)
    assert (counts.rows, counts.anonymous, counts.customers) == (541_909, 135_080, 4_372)
    with pytest.raises(NegativeSpend, match="9290"):
        purchase_history(online_retail)
    with pytest.raises(NegativeRevenue, match="41 customers"):
        concentration(revenue_by_customer(online_retail))


def test_an_online_shop_is_less_concentrated_than_textbooks_say(online_retail):
    revenue = revenue_by_customer(online_retail)
    found = concentration(revenue.filter(revenue.revenue >= 0))
    assert (found.customers, found.prospects) == (4317, 14)
    assert found.of("A").share_of_customers == pytest.approx(0.273, abs=5e-4)
    assert found.gini.value == pytest.approx(0.703, abs=5e-4)


def test_half_of_the_customers_of_an_online_shop_change_class(online_retail):
    halves = [
        revenue_by_customer(online_retail, until=date(2011, 5, 31)),
        revenue_by_customer(online_retail, since=date(2011, 6, 1)),
    ]
    moves = class_moves(*(abc_classes(half.filter(half.revenue >= 0)) for half in halves))
    assert moves.stability.value == pytest.approx(0.584, abs=5e-4)
    assert moves.stability.n == 1916


def test_customers_of_an_online_shop_are_scored_and_fitted(online_retail):
    scores = rfm_scores(rfm_table(online_retail, refunds="leave_out"))
    sizes = scores.group_by("r_score").aggregate(n=scores.count()).n.to_pyarrow().to_pylist()
    assert sorted(sizes) == [867, 868, 868, 868, 868]
    assert rfm_cells(scores).customers.sum().to_pyarrow().as_py() == 4339
    rows = histories_of(purchase_history(online_retail, refunds="leave_out"))
    found = fit_bg_nbd(rows)
    assert found.converged
    assert found.parameters[:2] == pytest.approx([0.826, 9.842], rel=1e-3)
    # Nobody seems to leave: lifetimes have no scale, and the fit says so.
    assert [doubt.code for doubt in fit_pareto_nbd(rows).cautions] == ["not_converged"]


def test_a_marketplace_where_hardly_anybody_returns_cannot_tell_who_left():
    connection = ibis.duckdb.connect()
    read = {
        name: connection.read_csv(shared(f"data/olist_sample/olist_{name}_dataset.csv"))
        for name in ("orders", "customers", "order_payments")
    }
    paid = read["order_payments"]
    paid = paid.group_by("order_id").aggregate(amount=paid.payment_value.sum())
    orders = read["orders"].join(read["customers"], "customer_id").join(paid, "order_id")
    sales = orders.select(
        transaction_id=orders.order_id,
        customer_id=orders.customer_unique_id,
        at=orders.order_purchase_timestamp,
        amount=orders.amount,
    )
    rows = histories_of(purchase_history(sales))
    assert rows.customer_count == 8016
    assert rows.customers[rows.repeat_purchases > 0].sum() == 59
    found = fit_bg_nbd(rows)
    assert not found.converged
    assert found.cautions[0].code == "not_converged"
    assert concentration(revenue_by_customer(sales)).gini.value == pytest.approx(0.5036, abs=5e-4)
