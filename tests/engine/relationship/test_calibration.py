"""Calibration: on customers drawn from the model itself, where the truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from entregent.engine.errors import BrokenContract, TooFewRespondents
from entregent.engine.relationship.calibration import (
    fit_temperatures,
    fit_to_base,
    learn_prior,
    learn_signals,
    measure_accuracy,
    measured_hit,
)
from entregent.engine.relationship.kinds import Heard, KindModel, infer_kinds
from entregent.engine.relationship.signals import Readings


def drawn(model: KindModel, customers, rng, *, noisier=1.0, shift=0.0):
    """Customers whose readings come from the model, `noisier` than it thinks, all moved by `shift`."""
    truth = rng.choice(len(model.prior), customers, p=model.prior)
    noise = np.array([signal.noise for signal in model.signals.signals])
    value = model.signals.expected[:, truth].T + shift
    value = value + noisier * noise * rng.standard_normal(value.shape)
    heard = Heard(Readings(value, np.broadcast_to(noise, value.shape).copy()))
    return truth, model.space.family_of[truth], heard


@pytest.fixture
def independent(kinds):
    signals = replace(kinds.signals.only("survey"), overlap={})
    return replace(kinds, signals=signals, temperature={})


def test_a_model_that_is_right_is_calibrated(independent, rng):
    _, families, heard = drawn(independent, 4000, rng)
    accuracy = measure_accuracy(infer_kinds(independent, heard).families, families)
    assert accuracy.expected_calibration_error < 0.025
    assert accuracy.top_1.value > 0.8
    assert accuracy.top_1.low < accuracy.top_1.value < accuracy.top_1.high


def test_a_model_too_sure_of_itself_is_cooled_by_as_much_as_it_was_noisy(independent, rng):
    _, families, heard = drawn(independent, 4000, rng, noisier=2.0)
    temperatures = fit_temperatures(independent, heard, families)
    assert temperatures["survey"] == pytest.approx(4.0, rel=0.15)
    before = measure_accuracy(infer_kinds(independent, heard).families, families)
    cooled = replace(independent, temperature=temperatures)
    after = measure_accuracy(infer_kinds(cooled, heard).families, families)
    assert after.expected_calibration_error < before.expected_calibration_error / 2
    assert after.log_loss < before.log_loss


def test_a_base_that_lies_elsewhere_is_put_on_its_own_footing(independent, rng):
    truth, families, heard = drawn(independent, 4000, rng, shift=1.5)
    fitted = fit_to_base(independent, heard, sources=["survey"])
    noise = np.array([signal.noise for signal in fitted.signals.signals])
    reread = Heard(
        Readings(heard.readings.value, np.broadcast_to(noise, heard.readings.value.shape).copy())
    )
    before = measure_accuracy(infer_kinds(independent, heard).families, families)
    after = measure_accuracy(infer_kinds(fitted, reread).families, families)
    assert after.log_loss < before.log_loss
    assert after.top_1.value > before.top_1.value
    moved = fitted.signals.expected - independent.signals.expected
    assert moved.mean() == pytest.approx(1.5, abs=0.1)
    assert truth.shape == (4000,)


def test_what_customers_say_keeps_its_own_scale(independent, rng):
    _, _, heard = drawn(independent, 400, rng, shift=-1.5)
    assert np.array_equal(
        fit_to_base(independent, heard).signals.expected, independent.signals.expected
    )


def test_signals_learn_from_labelled_customers(independent, rng):
    _, families, heard = drawn(independent, 2000, rng, noisier=1.6, shift=0.8)
    learned = learn_signals(independent, heard, families)
    shift = learned.signals.expected - independent.signals.expected
    assert np.average(shift.mean(axis=0), weights=independent.prior) == pytest.approx(0.8, abs=0.15)
    noise = [s.noise for s in learned.signals.signals]
    thought = [s.noise for s in independent.signals.signals]
    assert np.mean(np.array(noise) / np.array(thought)) == pytest.approx(1.6, rel=0.2)
    assert independent.signals.signals[0].noise == thought[0]


def test_learning_needs_enough_labelled_customers(independent, rng):
    _, families, heard = drawn(independent, 50, rng)
    with pytest.raises(TooFewRespondents) as refused:
        learn_signals(independent, heard, families)
    assert (refused.value.have, refused.value.need) == (50, 300)
    with pytest.raises(TooFewRespondents):
        fit_temperatures(independent, heard.of(np.arange(5)), families[:5])


def test_the_prior_moves_towards_labelled_shares_and_stays_a_prior(independent):
    families = np.full(500, independent.space.families.index("friend"))
    learned = learn_prior(independent, families, firmness=50)
    before, after = (independent.space.by_family(m.prior) for m in (independent, learned))
    friend = independent.space.families.index("friend")
    assert after[friend] == pytest.approx((50 * before[friend] + 500) / 550)
    assert learned.prior.sum() == pytest.approx(1)


def test_accuracy_by_hand():
    stated = np.array([[0.7, 0.2, 0.1], [0.1, 0.5, 0.4], [0.2, 0.2, 0.6], [0.3, 0.4, 0.3]])
    accuracy = measure_accuracy(
        stated, np.array([0, 2, 2, 0]), abstains=np.array([0, 0, 0, 1], bool), bins=2
    )
    assert accuracy.top_1.value == 0.5
    assert accuracy.top_3.value == 1.0
    assert accuracy.coverage == 0.75
    assert accuracy.top_1_when_it_speaks.value == pytest.approx(2 / 3)
    # bins of two by rising confidence: (.4, .5) right 0 and 0; (.6, .7) right 1 and 1
    assert accuracy.expected_calibration_error == pytest.approx((0.45 + 0.35) / 2)
    assert accuracy.log_loss == pytest.approx(-np.log([0.7, 0.4, 0.6, 0.3]).mean())


def test_accuracy_of_nobody_is_refused():
    with pytest.raises(TooFewRespondents):
        measure_accuracy(np.zeros((0, 2)), np.zeros(0, int))
    with pytest.raises(BrokenContract):
        measure_accuracy(np.ones((2, 1)), np.zeros(3, int))


def test_the_hit_rate_counts_those_who_answered_only():
    assert measured_hit(np.array([1, 2, -1]), np.array([1, 1, 1])).value == 0.5
    with pytest.raises(TooFewRespondents):
        measured_hit(np.array([-1]), np.array([0]))
