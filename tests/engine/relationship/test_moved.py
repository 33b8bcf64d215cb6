"""Whether anybody moved: found where they did, not found where they did not."""

import numpy as np
import pytest

from entregent.engine.errors import BrokenContract
from entregent.engine.relationship.moved import movement_test
from entregent.engine.relationship.moves import Transitions, estimate_transitions

PRIOR = np.array([0.5, 0.3, 0.2])


def _evidence(classes, sure, draws):
    """Posteriors of customers of known classes, each told rightly with probability `sure`."""
    heard = np.where(draws.random(len(classes)) < sure, classes, draws.integers(0, 3, len(classes)))
    likelihood = np.full((len(classes), 3), (1 - sure) / 3)
    likelihood[np.arange(len(classes)), heard] += sure
    joint = likelihood * PRIOR
    return joint / joint.sum(axis=1, keepdims=True)


def _tested(share_moved, sure, seed, customers=600):
    draws = np.random.default_rng(seed)
    before = draws.choice(3, customers, p=PRIOR)
    after = np.where(draws.random(customers) < share_moved, (before + 1) % 3, before)
    first, second = _evidence(before, sure, draws), _evidence(after, sure, draws)
    return movement_test(first, second, PRIOR, estimate_transitions(first, second, PRIOR))


def test_movement_is_found_where_a_fifth_moved():
    assert _tested(0.2, 0.8, seed=1).p_value < 1e-6


def test_nobody_moving_is_seldom_taken_for_movement():
    found = [_tested(0.0, 0.6, seed=seed).p_value < 0.05 for seed in range(20)]
    assert sum(found) <= 3


def test_weak_evidence_demonstrates_nothing():
    assert _tested(0.1, 0.05, seed=2).p_value > 0.05


def test_shapes_that_differ_are_refused():
    still = Transitions(np.eye(2), np.eye(2), np.eye(2), np.ones(2), 0.95)
    with pytest.raises(BrokenContract):
        movement_test(np.full((3, 2), 0.5), np.full((4, 2), 0.5), np.array([0.5, 0.5]), still)
