"""What the models of buying refuse, one by one, and what they warn of."""

import numpy as np
import pytest

from entregent.engine.errors import LengthsDiffer, NotFinite
from entregent.engine.value.bg_bb import BgBb, fit_bg_bb, occasion_histories
from entregent.engine.value.bg_nbd import BgNbd, fit_bg_nbd
from entregent.engine.value.errors import (
    ImpossibleHistory,
    NegativeSpend,
    NoCustomers,
    NoRepeatPurchases,
    OutOfRange,
    TooFewCustomers,
)
from entregent.engine.value.gamma_gamma import GammaGamma, fit_gamma_gamma
from entregent.engine.value.histories import purchase_histories
from entregent.engine.value.maximum_likelihood import positive_estimate
from entregent.engine.value.pareto_nbd import ParetoNbd, fit_pareto_nbd

NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("history", "refusal", "fact"),
    [
        (([], [], []), NoCustomers, "no customers"),
        (([1], [NAN], [9]), NotFinite, "NaN or infinity"),
        (([1], [2], [INFINITE]), NotFinite, "NaN or infinity"),
        (([-1], [2], [9]), ImpossibleHistory, "1 customers have fewer than zero"),
        (([1.5], [2], [9]), ImpossibleHistory, "no whole number"),
        (([1], [-2], [9]), ImpossibleHistory, "last purchase before their first"),
        (
            ([1, 1], [10, 9], [9, 9]),
            ImpossibleHistory,
            "1 customers have their last purchase after",
        ),
        (([0], [2], [9]), ImpossibleHistory, "never bought again, yet"),
        (([1], [0], [0]), ImpossibleHistory, "no time at all"),
        (([1, 2], [2], [9]), LengthsDiffer, "side by side"),
    ],
)
def test_histories_that_cannot_be_are_refused(history, refusal, fact):
    with pytest.raises(refusal, match=fact):
        purchase_histories(*history)


@pytest.mark.parametrize("fit", [fit_bg_nbd, fit_pareto_nbd])
def test_one_customer_tells_too_little(fit):
    with pytest.raises(TooFewCustomers, match="there are 1 customers, 10 are needed") as refused:
        fit(purchase_histories([2], [3], [9]))
    assert (refused.value.have, refused.value.need) == (1, 10)


@pytest.mark.parametrize("fit", [fit_bg_nbd, fit_pareto_nbd])
def test_nobody_who_bought_twice_is_refused(fit):
    with pytest.raises(NoRepeatPurchases, match="none of the 50 customers"):
        fit(purchase_histories([0] * 50, [0] * 50, [9] * 50))


def test_a_customer_without_repeat_purchase_is_alive_for_certain_and_bg_nbd_warns(cdnow_histories):
    fit = fit_bg_nbd(cdnow_histories)
    quiet = purchase_histories([0], [0], [39])
    assert fit.model.probability_alive(quiet)[0] == 1
    assert [caution.code for caution in fit.cautions] == ["alive_without_repeat"]
    assert "1411 of 2357 customers" in fit.cautions[0].fact
    assert fit_pareto_nbd(cdnow_histories).model.probability_alive(quiet)[0] < 0.4


@pytest.mark.parametrize("fit", [fit_bg_nbd, fit_pareto_nbd])
def test_customers_who_never_leave_give_no_single_top_and_a_warning(fit):
    weeks = np.full(200, 40.0)
    bought = np.tile([9.0, 10.0], 100)
    found = fit(purchase_histories(bought, weeks, weeks))
    assert not found.converged
    assert found.cautions[0].code == "not_converged"
    assert np.isnan(found.covariance).all()
    assert all(estimate.low is None for estimate in found.estimates.values())
    assert np.isfinite(found.model.expected_purchases(40.0))


@pytest.mark.parametrize(
    ("model", "count"), [(BgNbd, 4), (ParetoNbd, 4), (GammaGamma, 3), (BgBb, 4)]
)
@pytest.mark.parametrize(
    ("wrong", "refusal"), [(0, OutOfRange), (-1, OutOfRange), (NAN, NotFinite)]
)
def test_parameters_are_above_zero(model, count, wrong, refusal):
    with pytest.raises(refusal):
        model(*[1.0] * (count - 1), wrong)


def test_time_does_not_run_backwards():
    model = BgNbd(1, 1, 1, 1)
    with pytest.raises(OutOfRange, match="before the start"):
        model.expected_purchases(-1.0)
    with pytest.raises(NotFinite):
        model.probability_of_buying(purchase_histories([0], [0], [1]), INFINITE)


def test_spending_that_cannot_be_is_refused():
    with pytest.raises(NegativeSpend, match="1 purchases"):
        fit_gamma_gamma([1, 2], [5, -5])
    with pytest.raises(NotFinite):
        fit_gamma_gamma([1, 2], [5, NAN])
    with pytest.raises(NotFinite):
        fit_gamma_gamma([1, 2], [5, INFINITE])
    with pytest.raises(ImpossibleHistory):
        fit_gamma_gamma([1.5, 2], [5, 5])
    with pytest.raises(LengthsDiffer):
        fit_gamma_gamma([1, 2], [5])
    with pytest.raises(NoRepeatPurchases):
        fit_gamma_gamma([0, 0], [0, 0])
    with pytest.raises(NoRepeatPurchases):
        fit_gamma_gamma([], [])
    with pytest.raises(TooFewCustomers, match="customers with repeat purchases"):
        fit_gamma_gamma([1], [5])


def test_customers_without_repeat_purchase_tell_gamma_gamma_nothing():
    generator = np.random.default_rng(1)
    bought = generator.integers(1, 9, 200).astype(float)
    spent = generator.gamma(6 * bought, 10 / bought)
    alone = fit_gamma_gamma(bought, spent)
    with_others = fit_gamma_gamma(np.append(bought, [0, 0, 3]), np.append(spent, [NAN, 0, 0]))
    assert with_others.customers == 200
    assert with_others.parameters == pytest.approx(alone.parameters)


def test_everybody_spending_the_same_gives_no_single_top_and_a_warning():
    found = fit_gamma_gamma([1, 2, 3, 4] * 10, [20.0] * 40)
    assert [caution.code for caution in found.cautions] == ["not_converged"]
    assert found.model.expected_value([3], [20.0])[0] == pytest.approx(20.0, rel=0.01)


def test_value_that_grows_with_frequency_is_warned_of():
    generator = np.random.default_rng(1)
    bought = generator.integers(1, 20, 400).astype(float)
    found = fit_gamma_gamma(bought, bought * generator.gamma(20, 0.5, 400))
    assert "frequency_value_correlation" in [caution.code for caution in found.cautions]


def test_a_heavy_tail_without_mean_is_warned_of():
    generator = np.random.default_rng(1)
    bought = generator.integers(1, 6, 4_000).astype(float)
    spent = generator.gamma(4 * bought) / (bought * generator.gamma(0.7, 0.2, 4_000))
    found = fit_gamma_gamma(bought, spent)
    assert "infinite_mean" in [caution.code for caution in found.cautions]
    assert found.model.population_mean == float("inf")
    assert np.isnan(found.model.expected_value([0], [0])[0])


@pytest.mark.parametrize(
    ("history", "refusal"),
    [
        (([], [], 6), NoCustomers),
        (([1], [7], 6), ImpossibleHistory),
        (([3], [2], 6), ImpossibleHistory),
        (([0], [2], 6), ImpossibleHistory),
        (([1.5], [2], 6), ImpossibleHistory),
        (([-1], [2], 6), ImpossibleHistory),
        (([1], [NAN], 6), NotFinite),
        (([1], [2], INFINITE), NotFinite),
        (([1, 2], [2], 6), LengthsDiffer),
    ],
)
def test_occasions_that_cannot_be_are_refused(history, refusal):
    with pytest.raises(refusal):
        occasion_histories(*history)


def test_bg_bb_refuses_one_customer_and_customers_who_never_came_back():
    with pytest.raises(TooFewCustomers):
        fit_bg_bb(occasion_histories([1], [2], 6))
    with pytest.raises(NoRepeatPurchases):
        fit_bg_bb(occasion_histories([0] * 20, [0] * 20, 6))
    with pytest.raises(OutOfRange):
        BgBb(1, 1, 1, 1).expected_purchases_of(occasion_histories([1], [2], 6), -1)
    with pytest.raises(OutOfRange):
        BgBb(1, 1, 1, 1).probability_alive(occasion_histories([1], [2], 6), -1)


def test_a_parameter_that_nothing_tells_has_no_interval():
    told = positive_estimate(423.9, 179_889.2, 22)
    assert (told.value, told.low, told.high, told.method) == (
        423.9,
        None,
        None,
        "none: no information",
    )
