"""The models of buying against a second way to the same figure."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.special import betaln, gammaln, hyp2f1

from entregent.engine.value import bg_bb, bg_nbd, gamma_gamma, pareto_nbd
from entregent.engine.value.bg_bb import BgBb, occasion_histories
from entregent.engine.value.bg_nbd import BgNbd, fit_bg_nbd
from entregent.engine.value.histories import grouped, purchase_histories
from entregent.engine.value.pareto_nbd import ParetoNbd, fit_pareto_nbd

SOME = purchase_histories([0, 0, 1, 3, 12, 40], [0, 0, 5, 20, 30, 38], [10, 39, 39, 22, 39, 38.5])


def tenth_to_ten(count):
    return st.tuples(*[st.floats(0.1, 10)] * count)


@pytest.mark.parametrize("module", [bg_nbd, pareto_nbd])
@given(parameters=tenth_to_ten(4))
@settings(max_examples=25, deadline=None)
def test_the_gradient_is_the_slope_of_the_likelihood(module, parameters):
    log_likelihood = module.likelihood(grouped(SOME))
    place = np.array(parameters)
    slope = approx_fprime(place, lambda p: log_likelihood(p)[0], 1e-7)
    assert log_likelihood(place)[1] == pytest.approx(slope, rel=1e-3, abs=1e-3)


@given(parameters=tenth_to_ten(4))
@settings(max_examples=25, deadline=None)
def test_the_gradient_of_bg_bb_is_the_slope_of_its_likelihood(parameters):
    log_likelihood = bg_bb.likelihood(occasion_histories([0, 1, 3, 6], [0, 4, 5, 6], 6))
    place = np.array(parameters)
    slope = approx_fprime(place, lambda p: log_likelihood(p)[0], 1e-7)
    assert log_likelihood(place)[1] == pytest.approx(slope, rel=1e-3, abs=1e-3)


@given(parameters=tenth_to_ten(3))
@settings(max_examples=25, deadline=None)
def test_the_gradient_of_gamma_gamma_is_the_slope_of_its_likelihood(parameters):
    log_likelihood = gamma_gamma.likelihood(np.array([1.0, 2, 9]), np.array([10.0, 40, 22]))
    place = np.array(parameters)
    slope = approx_fprime(place, lambda p: log_likelihood(p)[0], 1e-7)
    assert log_likelihood(place)[1] == pytest.approx(slope, rel=1e-3, abs=1e-3)


def hypergeometric_log_likelihood(model, x, last, age):
    """The published form, which changes with alpha >= beta."""
    r, alpha, s, beta = model.r, model.alpha, model.s, model.beta
    most, power = (alpha, s + 1) if alpha >= beta else (beta, r + x)

    def part(t):
        series = hyp2f1(r + s + x, power, r + s + x + 1, abs(alpha - beta) / (most + t))
        return series / (most + t) ** (r + s + x)

    stayed = (alpha + age) ** -(r + x) * (beta + age) ** -s
    left = s / (r + s + x) * (part(last) - part(age))
    front = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    return front + np.log(stayed + left)


@pytest.mark.parametrize(
    "parameters",
    [
        (0.55, 10.6, 0.6, 11.6),
        (0.5, 3, 0.6, 30),
        (0.5, 30, 0.6, 3),
        (2, 1, 3, 0.01),
        (2, 0.01, 3, 1),
        (0.05, 0.5, 8, 200),
        (1, 5, 1, 5),
    ],
)
@pytest.mark.parametrize(
    "history", [(0, 0, 39), (1, 2, 39), (30, 20, 39), (3, 38.9, 39), (5, 5, 5)]
)
def test_the_integral_of_pareto_nbd_is_the_published_series(parameters, history):
    model = ParetoNbd(*parameters)
    by_series = hypergeometric_log_likelihood(model, *history)
    by_integral = model.log_likelihood(purchase_histories(*([figure] for figure in history)))
    assert by_integral == pytest.approx(by_series, rel=1e-8)


@pytest.mark.parametrize("a", [0.3, 0.79, 1.0, 5.0])
@pytest.mark.parametrize("history", [(0, 0, 39), (2, 30, 39), (30, 38, 39)])
def test_purchases_expected_by_bg_nbd_are_the_mean_over_its_customers(a, history):
    model = BgNbd(0.243, 4.4, a, 2.4)
    known = purchase_histories(*([figure] for figure in history))
    x, base = history[0], model.alpha + history[2]

    def of_those_who_leave_at(share):
        leaving = share ** (1 / a)
        still = (base / (base + leaving * 52)) ** (model.r + x)
        weight = np.exp((model.b + x - 1) * np.log1p(-leaving) - betaln(a, model.b + x)) / a
        return (1 - still) / leaving * weight

    mean = quad(of_those_who_leave_at, 0, 1, limit=200, epsabs=0, epsrel=1e-7)[0]
    expected = model.expected_purchases_of(known, 52.0) / model.probability_alive(known)
    assert expected[0] == pytest.approx(mean, rel=1e-6)


@pytest.mark.parametrize("a", [0.9999, 1.0001, 1.00000001])
def test_nothing_jumps_where_the_formula_of_bg_nbd_divides_by_zero(a):
    # From one side of a = 1 to the other the expectation moves as little as a does.
    near, at = (BgNbd(0.5, 4.0, place, 2.0).expected_purchases(52.0) for place in (a, 1.0))
    assert near == pytest.approx(at, rel=1e-3)


@pytest.mark.parametrize("s", [0.999999, 1.000001])
def test_nothing_jumps_where_the_formula_of_pareto_nbd_divides_by_zero(s):
    near, at = (ParetoNbd(0.5, 4.0, place, 9.0).expected_purchases(52.0) for place in (s, 1.0))
    assert near == pytest.approx(at, rel=1e-5)


def test_probabilities_of_counts_sum_to_one_and_average_to_the_expectation():
    model, counts = BgNbd(0.6, 3.0, 0.8, 2.5), np.arange(600)
    chances = model.probability_of_count(counts, 39.0)
    assert chances.sum() == pytest.approx(1, abs=1e-9)
    assert chances @ counts == pytest.approx(float(model.expected_purchases(39.0)), rel=1e-6)


@pytest.mark.parametrize(
    ("model", "fit"),
    [(BgNbd(0.5, 4.0, 0.9, 2.0), fit_bg_nbd), (ParetoNbd(0.6, 8.0, 0.8, 12.0), fit_pareto_nbd)],
)
def test_simulated_customers_give_back_the_model_they_were_drawn_from(model, fit):
    generator = np.random.default_rng(20260105)
    found = fit(model.simulated(generator.integers(20, 80, 30_000).astype(float), generator))
    truth = [getattr(model, name) for name in found.estimates]
    errors = [estimate.standard_error for estimate in found.estimates.values()]
    assert found.converged
    assert np.abs((found.parameters - truth) / errors).max() < 3.5


def test_standard_errors_are_the_scatter_of_repeated_samples():
    model, generator = BgNbd(0.5, 4.0, 0.9, 2.0), np.random.default_rng(7)
    fits = [fit_bg_nbd(model.simulated(np.full(4_000, 52.0), generator)) for _ in range(150)]
    scatter = np.log([fit.parameters for fit in fits]).std(axis=0)
    claimed = np.median(
        [
            [estimate.standard_error / estimate.value for estimate in fit.estimates.values()]
            for fit in fits
        ],
        axis=0,
    )
    assert claimed == pytest.approx(scatter, rel=0.2)


@pytest.mark.parametrize("model", [BgNbd(0.5, 4.0, 0.9, 2.0), ParetoNbd(0.6, 8.0, 0.8, 12.0)])
def test_who_buys_later_is_foretold_in_number_and_in_share(model):
    # The same customers observed to 30 and to 60: what happens between is what was foretold.
    generator = np.random.default_rng(3)
    n = 60_000
    once = model.simulated(np.full(n, 60.0), generator)
    first = model.expected_purchases(np.array([60.0]))
    assert once.repeat_purchases.mean() == pytest.approx(first[0], rel=0.03)
    half = model.simulated(np.full(n, 30.0), generator)
    later = model.expected_purchases_of(half, 30.0).mean()
    assert later == pytest.approx(float(first[0] - model.expected_purchases(30.0)), rel=0.05)
    none_in_30 = (half.repeat_purchases == 0).mean()
    none_in_60 = (once.repeat_purchases == 0).mean()
    quiet = half.rows(half.repeat_purchases == 0)
    still_quiet = 1 - model.probability_of_buying(quiet, 30.0).mean()
    assert none_in_30 * still_quiet == pytest.approx(none_in_60, rel=0.02)


def test_bg_bb_likelihoods_of_all_histories_sum_to_one():
    model = BgBb(1.2, 0.75, 0.66, 2.8)
    total = 0.0
    for years in product((0, 1), repeat=4):
        last = max((place + 1 for place, bought in enumerate(years) if bought), default=0)
        total += np.exp(model.log_likelihood(occasion_histories([sum(years)], [last], 4)))
    assert total == pytest.approx(1)


def test_a_large_fit_is_the_same_as_one_without_the_sample_it_begins_with(monkeypatch):
    model, generator = BgNbd(0.4, 4.0, 0.9, 2.0), np.random.default_rng(11)
    histories = model.simulated(generator.uniform(20, 40, 30_000), generator)
    begun_small = fit_bg_nbd(histories)
    monkeypatch.setattr(bg_nbd, "SAMPLE_ROWS", 10**9)
    assert begun_small.parameters == pytest.approx(fit_bg_nbd(histories).parameters, rel=1e-7)


def test_grouped_rows_fit_as_single_customers_do(cdnow_histories):
    alone = fit_bg_nbd(cdnow_histories)
    rows = grouped(cdnow_histories)
    assert len(rows) == 1016
    assert rows.customer_count == 2357
    assert fit_bg_nbd(rows).parameters == pytest.approx(alone.parameters, rel=1e-9)
