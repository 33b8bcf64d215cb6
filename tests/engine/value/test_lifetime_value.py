"""Lifetime value, customer equity, share of wallet."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entregent.engine.errors import BrokenContract, LengthsDiffer, NoRatings, NotFinite
from entregent.engine.value.bg_nbd import BgNbd, fit_bg_nbd
from entregent.engine.value.equity import CustomerGroup, customer_equity, margin_multiple
from entregent.engine.value.errors import NegativeSpend, NoCustomers, OutOfRange
from entregent.engine.value.gamma_gamma import GammaGamma, fit_gamma_gamma
from entregent.engine.value.histories import purchase_histories
from entregent.engine.value.lifetime_value import Horizon, customer_lifetime_value
from entregent.engine.value.pareto_nbd import fit_pareto_nbd
from entregent.engine.value.wallet import (
    remaining_potential,
    wallet_allocation_share,
    wallet_shares,
)

NAN = float("nan")


@pytest.fixture(scope="module")
def buying(cdnow_histories):
    return fit_bg_nbd(cdnow_histories)


@pytest.fixture(scope="module")
def spending(cdnow):
    return fit_gamma_gamma(cdnow["x"], cdnow["zbar"])


def test_without_discount_value_is_purchases_times_their_worth(
    buying, spending, cdnow, cdnow_histories
):
    found = customer_lifetime_value(buying, spending, cdnow_histories, cdnow["zbar"])
    assert found.value == pytest.approx(
        found.expected_purchases * found.expected_value_per_purchase
    )
    assert found.total.value == pytest.approx(found.value.sum())
    assert found.total.n == 2357
    assert found.total.value == pytest.approx(76_100, rel=0.01)
    assert found.cautions == buying.cautions


def test_value_of_one_period_is_margin_over_one_plus_the_rate(buying, spending):
    one = purchase_histories([2], [30.43], [38.86])
    plain = customer_lifetime_value(
        buying, spending, one, [22.35], horizon=Horizon(periods=1, period_length=39)
    )
    model = buying.model.expected_purchases_of(one, 39.0)
    assert plain.value[0] == pytest.approx(model[0] * 24.66, rel=1e-3)
    margin = Horizon(periods=1, period_length=39, discount_rate=0.1, margin=0.3)
    reduced = customer_lifetime_value(buying, spending, one, [22.35], horizon=margin)
    assert reduced.value == pytest.approx(plain.value * 0.3 / 1.1)


@pytest.mark.parametrize("fit", [fit_bg_nbd, fit_pareto_nbd])
def test_the_interval_matches_draws_of_the_parameters(fit, spending, cdnow, cdnow_histories):
    bought = fit(cdnow_histories)
    known = cdnow_histories.rows(slice(0, 12))
    spent = cdnow["zbar"][:12]
    measured = customer_lifetime_value(bought, spending, known, spent)

    generator = np.random.default_rng(4)
    draws = []
    for _ in range(300):
        models = []
        for fitted in (bought, spending):
            spread = fitted.covariance / np.outer(fitted.parameters, fitted.parameters)
            drawn = generator.multivariate_normal(np.log(fitted.parameters), spread)
            models.append(type(fitted.model)(*np.exp(drawn)))
        worth = models[0].expected_purchases_of(known, 52.0)
        draws.append(worth * models[1].expected_value(known.repeat_purchases, spent))
    relative = np.log(draws).std(axis=0)
    assert measured.standard_error / measured.value == pytest.approx(relative, rel=0.3)
    assert ((measured.low < measured.value) & (measured.value < measured.high)).all()


def test_a_fit_that_did_not_converge_gives_values_without_interval(spending):
    weeks = np.full(60, 40.0)
    loyal = fit_bg_nbd(purchase_histories(np.tile([9.0, 10.0], 30), weeks, weeks))
    found = customer_lifetime_value(loyal, spending, purchase_histories([9], [40], [40]), [20.0])
    assert np.isfinite(found.value[0])
    assert np.isnan(found.low[0])
    assert found.total.standard_error is None
    assert "not_converged" in [caution.code for caution in found.cautions]


def test_what_cannot_be_valued_is_refused(buying, spending):
    one = purchase_histories([2], [30], [38])
    with pytest.raises(LengthsDiffer):
        customer_lifetime_value(buying, spending, one, [1, 2])
    with pytest.raises(NegativeSpend):
        customer_lifetime_value(buying, spending, one, [-1])
    with pytest.raises(NotFinite):
        customer_lifetime_value(buying, spending, one, [NAN])
    for wrong in (
        {"periods": 0},
        {"period_length": 0},
        {"discount_rate": 1.5},
        {"discount_rate": -0.1},
        {"margin": 0},
        {"margin": 1.2},
    ):
        with pytest.raises(OutOfRange):
            Horizon(**wrong)


def test_more_purchases_soon_before_the_end_are_worth_more():
    model, spends = BgNbd(0.243, 4.414, 0.793, 2.426), GammaGamma(6.25, 3.74, 15.44)
    known = purchase_histories([1, 2, 4], [37, 37, 37], [38, 38, 38])
    assert np.diff(model.expected_purchases_of(known, 52.0)).min() > 0
    assert np.diff(spends.expected_value([1, 1], [10, 20])).min() > 0


def test_the_margin_multiple_is_the_published_one():
    multiple = margin_multiple(0.9, 0.12)
    assert multiple.value == pytest.approx(4.0909, abs=5e-5)
    assert multiple.standard_error is None


def test_the_doubt_of_retention_is_carried_to_the_multiple():
    multiple = margin_multiple(0.9, 0.12, customers=100)
    generator = np.random.default_rng(2)
    kept = generator.binomial(100, 0.9, 20_000) / 100
    assert multiple.standard_error == pytest.approx((kept / (1.12 - kept)).std(), rel=0.12)
    assert multiple.low < 4.09 < multiple.high
    assert margin_multiple(1.0, 0.12, customers=50).high == pytest.approx(1 / 0.12)


def test_customer_equity_sums_its_groups():
    groups = [CustomerGroup("new", 200, 20.0, 0.6), CustomerGroup("old", 100, 50.0, 0.9)]
    equity = customer_equity(groups, 0.12)
    assert equity.groups[0].total.value == pytest.approx(200 * 20 * 0.6 / 0.52)
    assert equity.total.value == pytest.approx(200 * 20 * 0.6 / 0.52 + 100 * 50 * 0.9 / 0.22)
    assert equity.total.n == 300
    assert equity.total.low < equity.total.value < equity.total.high


def test_a_loss_a_year_makes_a_negative_worth():
    (group,) = customer_equity([CustomerGroup("costly", 10, -5.0, 0.5)], 0.1).groups
    assert group.total.low < group.total.value < group.total.high < 0


def test_equity_that_cannot_be_is_refused():
    for retention, rate in ((1.1, 0.1), (-0.1, 0.1), (0.5, -0.2), (0.5, 2), (1, 0)):
        with pytest.raises(OutOfRange):
            margin_multiple(retention, rate)
    with pytest.raises(NotFinite):
        margin_multiple(NAN, 0.1)
    with pytest.raises(NoCustomers):
        margin_multiple(0.5, 0.1, customers=0)
    with pytest.raises(NoCustomers):
        customer_equity([], 0.1)
    with pytest.raises(NotFinite):
        customer_equity([CustomerGroup("odd", 5, NAN, 0.5)], 0.1)


@pytest.mark.parametrize(
    ("satisfaction", "shares"),
    [
        ([9, 8], [0.6667, 0.3333]),
        ([9, 8, 7], [0.5, 0.3333, 0.1667]),
        ([9, 8, 7, 6], [0.4, 0.3, 0.2, 0.1]),
        ([9, 9, 7], [0.4167, 0.4167, 0.1667]),
        ([9, NAN, 7], [0.6667, NAN, 0.3333]),
        ([5], [1.0]),
    ],
)
def test_wallet_shares_are_the_published_ones(satisfaction, shares):
    found = wallet_allocation_share(satisfaction)
    assert found == pytest.approx(shares, abs=5e-5, nan_ok=True)


@given(st.lists(st.integers(0, 10), min_size=1, max_size=8))
def test_wallet_shares_sum_to_one(satisfaction):
    assert wallet_allocation_share(satisfaction).sum() == pytest.approx(1)


def test_each_brand_is_measured_among_its_users_and_over_everybody():
    found = wallet_shares([[9, 7, NAN], [8, 9, NAN], [NAN, 4, 4]], ["ours", "theirs", "other"])
    ours, theirs, other = found.brands
    assert (ours.users, theirs.users, other.users) == (2, 3, 1)
    assert ours.among_users.value == pytest.approx(0.5)
    assert ours.among_all.value == pytest.approx(1 / 3)
    assert sum(brand.among_all.value for brand in found.brands) == pytest.approx(1)
    assert (found.using_several, found.mean_brands, found.cautions) == (1.0, 2.0, ())


def test_a_market_of_one_brand_each_is_warned_of():
    found = wallet_shares([[9, NAN], [NAN, 8], [7, NAN]], ["ours", "theirs"])
    assert [caution.code for caution in found.cautions] == ["one_brand_each"]


def test_wallets_that_cannot_be_are_refused():
    with pytest.raises(NoRatings):
        wallet_allocation_share([])
    with pytest.raises(NoRatings, match="1 respondents"):
        wallet_allocation_share([[9, 8], [NAN, NAN]])
    with pytest.raises(NotFinite):
        wallet_allocation_share([9, float("inf")])
    with pytest.raises(BrokenContract):
        wallet_allocation_share(np.ones((2, 2, 2)))
    with pytest.raises(BrokenContract, match="3 brands"):
        wallet_shares([[1, 2]], ["a", "b", "c"])
    with pytest.raises(NoRatings, match="ratings of b"):
        wallet_shares([[1, NAN]], ["a", "b"])
    with pytest.raises(OutOfRange, match="1 customers bring more"):
        remaining_potential([10, 20], [11, 5])
    with pytest.raises(OutOfRange, match="negative"):
        remaining_potential([10], [-1])
    with pytest.raises(NotFinite):
        remaining_potential([NAN], [1])
    with pytest.raises(NoRatings):
        remaining_potential([], [])
    with pytest.raises(LengthsDiffer):
        remaining_potential([1, 2], [1])
