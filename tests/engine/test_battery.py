"""The battery itself: what keeps its promises passes, what breaks one is caught."""

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.engine import battery
from tests.engine.battery import Measure, Unit

from entregent.engine.errors import NoRatings, NotFinite

AMOUNTS = {"amounts": arrays(np.float64, st.integers(2, 12), elements=st.integers(1, 1000))}


def mean(amounts):
    if len(amounts) == 0:
        raise NoRatings
    if not np.isfinite(amounts).all():
        raise NotFinite
    return float(np.sort(amounts).mean())


def measured(compute, **promises):
    return Measure("a measure", compute, AMOUNTS, **promises)


def test_a_sound_measure_keeps_every_promise():
    sound = measured(mean, rows=["amounts"], finite=["amounts"], units=[Unit("amounts")])
    promises = list(battery._properties([sound]))
    assert len(promises) == 7
    for promise in promises:
        promise.values[0]()


def test_a_measure_that_depends_on_row_order_is_caught():
    first = measured(lambda amounts: float(amounts[0]), rows=["amounts"])
    with pytest.raises(AssertionError):
        battery.row_order_does_not_matter(first)


def test_a_result_per_row_follows_its_rows():
    follows = measured(lambda amounts: amounts * 2, rows=["amounts"], per_row=True)
    battery.row_order_does_not_matter(follows)

    def sorted_rows(amounts):
        return np.sort(amounts)

    stays = measured(sorted_rows, rows=["amounts"], per_row=True)
    with pytest.raises(AssertionError):
        battery.row_order_does_not_matter(stays)


def test_a_measure_of_nothing_is_caught():
    with pytest.raises(pytest.fail.Exception):
        battery.nothing_to_measure_is_refused(
            measured(lambda amounts: amounts.sum(), rows=["amounts"])
        )


def test_a_measure_that_swallows_nan_is_caught():
    def sum_of_the_rest(amounts):
        return np.nansum(amounts)

    with pytest.raises(pytest.fail.Exception):
        battery.not_a_number_is_refused(measured(sum_of_the_rest, finite=["amounts"]))


def test_a_missing_answer_may_be_nan_but_never_infinite():
    def mean_of_the_answered(amounts):
        if np.isinf(amounts).any():
            raise NotFinite
        return float(np.nanmean(np.append(amounts, 0.0)))

    battery.not_a_number_is_refused(
        measured(mean_of_the_answered, finite=["amounts"], missing=["amounts"])
    )


def test_a_figure_in_the_wrong_unit_is_caught():
    squared = measured(lambda amounts: float((amounts**2).mean()), units=[Unit("amounts")])
    with pytest.raises(AssertionError):
        battery.units_scale(squared)


def test_a_measure_that_changes_its_argument_is_caught():
    def sort_in_place(amounts):
        amounts.sort()
        return amounts[0]

    with pytest.raises(ValueError, match="read-only"):
        battery.arguments_left_alone(measured(sort_in_place))


def test_a_measure_that_draws_from_global_randomness_is_caught():
    state, legacy = random.getstate(), np.random.get_state()
    try:
        with pytest.raises(AssertionError):
            battery.global_state_left_alone(measured(lambda amounts: random.random()))
        with pytest.raises(AssertionError):
            battery.global_state_left_alone(measured(lambda amounts: np.random.rand()))
    finally:
        random.setstate(state)
        np.random.set_state(legacy)


def test_a_measure_that_answers_differently_twice_is_caught():
    fresh = np.random.default_rng(0)
    with pytest.raises(AssertionError):
        battery.same_answer_twice(measured(lambda amounts: fresh.random()))


def test_columns_of_arrow_tables_are_shuffled_and_spoilt_too():
    tables = {"table": AMOUNTS["amounts"].map(lambda amounts: pa.table({"amount": amounts}))}
    column = Measure(
        "mean of a column",
        lambda table: mean(table["amount"].to_numpy()),
        tables,
        rows=["table"],
        finite=["table.amount"],
        units=[Unit("table.amount")],
    )
    for promise in battery._properties([column]):
        promise.values[0]()


def test_a_forgotten_measure_is_named():
    import entregent.engine as engine

    names = battery.unregistered(engine, [])
    assert "entregent.engine.evidence.conform" in names
