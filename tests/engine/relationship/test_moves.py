"""Moves: the catalogue's rule, its published example, paths, and transitions that really happened."""

import itertools
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from entregent.engine.errors import BrokenContract, TooFewRespondents
from entregent.engine.relationship.moves import (
    Obstacle,
    count_transitions,
    estimate_transitions,
    moves_by_error_alone,
    obstacles,
    open_moves,
    shortest_path,
)
from entregent.engine.relationship.space import UnknownKind

SHARED = Path(os.environ.get("ENTREGENT_SHARED", Path(__file__).resolve().parents[4] / "shared"))


def is_open(space, origin, goal):
    return bool(open_moves(space)[space.position(origin), space.position(goal)])


def test_the_published_example(space):
    assert not is_open(space, "stranger", "teammate")
    assert is_open(space, "stranger", "fling")


def test_a_move_is_closed_exactly_where_an_obstacle_is_named(space):
    moves = open_moves(space)
    for i, j in itertools.product(range(len(space.kinds)), repeat=2):
        if i != j:
            assert bool(obstacles(space, space.kinds[i], space.kinds[j])) != moves[i, j]


def test_obstacles_say_how_far_a_move_goes_and_how_far_the_rule_lets(space):
    assert obstacles(space, "acquaintance", "business_partner") == [
        Obstacle("rise", "strength", 2.0, 1),
        Obstacle("rise", "duration", 2.0, 1),
        Obstacle("rise", "cooperation", 2.0, 1),
    ]
    assert Obstacle("never_chosen") in obstacles(space, "stranger", "kinship")
    assert Obstacle("no_bond", "strength", 0.0, 2) in obstacles(space, "stranger", "ex_partner")
    assert "repair" in {one.because for one in obstacles(space, "adversary", "best_friend")}
    firm = replace(space, rule=replace(space.rule, also_closed=frozenset({("stranger", "fling")})))
    assert obstacles(firm, "stranger", "fling") == [Obstacle("closed_by_firm")]
    with pytest.raises(UnknownKind):
        obstacles(space, "stranger", "nobody")


@pytest.mark.real_data
def test_open_moves_are_those_of_the_domain_reference(space):
    reference = SHARED / "domain/relationship_catalogue.json"
    if not reference.exists():
        pytest.skip("the domain reference is not beside the repository")
    direct = json.loads(reference.read_text())["direct"]
    moves = open_moves(space)
    for i, origin in enumerate(space.kinds):
        told = {space.kinds[j] for j in np.flatnonzero(moves[i])}
        assert told == set(direct[origin]), origin


def test_shortest_paths_of_the_domain_reference(space):
    assert shortest_path(space, "stranger", "teammate").kinds == (
        "stranger",
        "acquaintance",
        "basic_exchange",
        "teammate",
    )
    assert shortest_path(space, "stranger", "best_friend").kinds == (
        "stranger",
        "acquaintance",
        "basic_exchange",
        "business_partner",
        "best_friend",
    )


def test_each_step_says_what_must_be_earned(space):
    first, *_ = shortest_path(space, "stranger", "teammate").steps
    assert first.rises == {"valence": 1.0, "intensity": 1.0, "strength": 1.0, "duration": 1.0}
    assert first.falls == {"formality": -1.0}


def test_kin_are_entered_and_never_chosen(space):
    assert not shortest_path(space, "stranger", "kinship").exists
    assert not open_moves(space)[:, space.position("kinship")].any()


def test_no_path_to_a_better_place_leads_through_harm(space):
    for origin in space.kinds:
        for goal in space.kinds:
            path = shortest_path(space, origin, goal)
            for kind in path.kinds[1:-1]:
                assert space.axis("valence")[space.position(kind)] >= 0
                assert space.axis("voluntary")[space.position(kind)] > 0


def test_every_step_of_a_path_is_an_open_move(space):
    moves = open_moves(space)
    for goal in space.kinds:
        kinds = shortest_path(space, "stranger", goal).kinds
        for a, b in itertools.pairwise(kinds):
            assert moves[space.position(a), space.position(b)]


def test_going_nowhere_takes_no_step(space):
    path = shortest_path(space, "buddy", "buddy")
    assert path.exists
    assert path.steps == ()


def test_a_bond_must_exist_before_it_can_be_ended(space):
    assert not is_open(space, "stranger", "ex_partner")
    assert is_open(space, "basic_exchange", "ex_partner")


def test_the_firms_exceptions_come_last(space):
    rule = replace(
        space.rule,
        also_open=frozenset({("stranger", "teammate")}),
        also_closed=frozenset({("stranger", "fling"), ("stranger", "nobody")}),
    )
    ours = replace(space, rule=rule)
    assert is_open(ours, "stranger", "teammate")
    assert not is_open(ours, "stranger", "fling")


def test_an_unknown_kind_has_no_path(space):
    with pytest.raises(UnknownKind):
        shortest_path(space, "stranger", "cousin")


class TestTransitions:
    def test_counts_by_hand(self):
        table = count_transitions(np.array([0, 0, 0, 1, -1]), np.array([0, 1, 0, 1, 0]), 2)
        assert table.share.tolist() == [[2 / 3, 1 / 3], [0, 1]]
        assert table.leaving.tolist() == [3, 1]
        assert np.all(table.low <= table.share)
        assert np.all(table.share <= table.high)

    def test_nobody_known_is_refused(self):
        with pytest.raises(TooFewRespondents):
            count_transitions(np.array([-1]), np.array([0]), 2)
        with pytest.raises(BrokenContract):
            count_transitions(np.array([0]), np.array([5]), 2)
        with pytest.raises(BrokenContract):
            count_transitions(np.array([0]), np.array([0, 1]), 2)

    def test_noise_of_inference_is_taken_out(self, rng):
        """Nine in ten stay; what is inferred is right three times in four."""
        truth = np.array([[0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9]])
        prior = np.full(3, 1 / 3)
        before = rng.integers(0, 3, 20_000)
        after = np.array([rng.choice(3, p=truth[b]) for b in before])
        blur = np.full((3, 3), 0.125) + 0.625 * np.eye(3)

        def inferred(states):
            seen = np.array([rng.choice(3, p=blur[s]) for s in states])
            likelihood = blur[:, seen].T
            return likelihood * prior / (likelihood * prior).sum(axis=1, keepdims=True)

        first, second = inferred(before), inferred(after)
        naive = count_transitions(first.argmax(axis=1), second.argmax(axis=1), 3)
        cleaned = estimate_transitions(first, second, prior)
        assert np.diag(naive.share).mean() < 0.65
        assert np.diag(cleaned.share).mean() == pytest.approx(0.9, abs=0.03)
        assert cleaned.share.sum(axis=1) == pytest.approx(1)

    def test_known_starting_shares_keep_weak_evidence_from_making_up_crowds(self, rng):
        prior = np.array([0.9, 0.06, 0.04])
        noise = rng.normal(0, 0.5, (2, 1_500, 3))
        first, second = (prior * np.exp(one) for one in noise)
        first, second = (one / one.sum(axis=1, keepdims=True) for one in (first, second))
        held = estimate_transitions(first, second, prior, starting=first.mean(axis=0))
        free = estimate_transitions(first, second, prior)
        asked = np.abs(held.leaving / 1_500 - first.mean(axis=0)).max()
        assert asked < 0.1 < np.abs(free.leaving / 1_500 - first.mean(axis=0)).max()

    def test_without_evidence_nobody_is_said_to_move(self):
        prior = np.array([0.7, 0.3])
        same = np.tile(prior, (50, 1))
        table = estimate_transitions(same, same, prior)
        assert np.diag(table.share).min() > 0.8

    def test_moves_by_error_alone_by_hand(self):
        confusion = np.array([[0.8, 0.2], [0.4, 0.6]])
        table = moves_by_error_alone(confusion, np.array([0.5, 0.5]))
        joint = 0.5 * np.outer(confusion[0], confusion[0]) + 0.5 * np.outer(
            confusion[1], confusion[1]
        )
        assert table == pytest.approx(joint / joint.sum(axis=1, keepdims=True))

    def test_tables_that_do_not_fit_are_refused(self):
        with pytest.raises(BrokenContract):
            estimate_transitions(np.ones((2, 2)) / 2, np.ones((2, 3)) / 3, np.ones(2) / 2)
        with pytest.raises(TooFewRespondents):
            estimate_transitions(np.ones((0, 2)), np.ones((0, 2)), np.ones(2) / 2)
