"""Weights for non-response: margins are met, what cannot be weighted is refused."""

import numpy as np
import pytest

from entregent.engine.errors import BrokenContract, DidNotConverge, LengthsDiffer, NoRatings
from entregent.engine.surveys.weights import (
    EmptyStratum,
    UnknownStratum,
    design_effect,
    post_stratification_weights,
    raking_weights,
)


def test_strata_weigh_as_in_the_population():
    strata = np.repeat(["shop", "web", "phone"], [60, 30, 10])
    weights = post_stratification_weights(strata, {"shop": 300, "web": 300, "phone": 400})
    assert weights.mean() == pytest.approx(1)
    assert weights[strata == "phone"].sum() == pytest.approx(40)
    assert design_effect(weights) == pytest.approx(100 * (60 * 0.25 + 30 + 160) / 100**2)


def test_every_margin_is_met():
    draw = np.random.default_rng(5)
    age, region = draw.choice(["young", "old"], 400), draw.choice(["north", "south", "west"], 400)
    targets = [{"young": 30, "old": 70}, {"north": 0.2, "south": 0.5, "west": 0.3}]
    weights = raking_weights([age, region], targets)
    assert weights[age == "old"].sum() == pytest.approx(280)
    assert weights[region == "south"].sum() == pytest.approx(200)


def test_silent_and_unknown_groups_are_named():
    with pytest.raises(EmptyStratum, match="phone"):
        post_stratification_weights(["web"], {"web": 1, "phone": 1})
    with pytest.raises(UnknownStratum, match="shop"):
        post_stratification_weights(["web", "shop"], {"web": 1})


def test_margins_that_contradict_each_other_are_refused():
    # All the young live in the north, and the targets say otherwise.
    with pytest.raises(DidNotConverge, match="raking"):
        raking_weights(
            [["young", "old"], ["north", "south"]],
            [{"young": 0.5, "old": 0.5}, {"north": 0.9, "south": 0.1}],
        )


def test_other_refusals():
    with pytest.raises(NoRatings):
        post_stratification_weights([], {"web": 1})
    with pytest.raises(NoRatings):
        raking_weights([], [])
    with pytest.raises(LengthsDiffer):
        raking_weights([["a", "a"], ["b"]], [{"a": 1}, {"b": 1}])
    with pytest.raises(BrokenContract):
        post_stratification_weights(["web"], {"web": 0})
    with pytest.raises(BrokenContract):
        design_effect([0, 0])
    with pytest.raises(BrokenContract):
        design_effect([1, -1])
