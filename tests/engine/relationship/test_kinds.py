"""Inference of kinds: against hand arithmetic, a second method, and everything that may go wrong."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from entregent.adapters.catalogue.profile_model import profile_model
from entregent.adapters.catalogue.shelf import shipped
from entregent.engine.errors import BrokenContract, NotFinite
from entregent.engine.relationship.kinds import (
    Heard,
    Question,
    find_contradictions,
    infer_kinds,
    information_gained,
    scale_question,
    weigh_evidence,
)
from entregent.engine.relationship.signals import (
    Readings,
    Signal,
    SignalModel,
    read_signals,
    signal_model,
)
from entregent.engine.relationship.votes import family_vote, metaphor_vote

MODEL = profile_model(shipped(), sector="insurance").kinds
SPACE = MODEL.space
ASKED = {
    f"relationship.{axis}": axis
    for axis in ("valence", "intensity", "power", "cooperation", "formality")
}


def hear(columns):
    return Heard(read_signals({k: np.array([v], float) for k, v in columns.items()}, MODEL.signals))


def answers_of(kind, points=7):
    """What somebody of a kind would answer to the five scales, without noise."""
    answers = {}
    for column, axis in ASKED.items():
        signal = next(s for s in MODEL.signals.signals if s.feature == column)
        place = SPACE.axis(axis)[SPACE.position(kind)]
        low, high = signal.reads
        answers[column] = 1 + (points - 1) * (place - low) / (high - low)
    return answers


def test_the_posterior_is_bayes_rule_computed_one_kind_at_a_time():
    model = replace(MODEL, signals=replace(MODEL.signals, overlap={}), temperature={})
    columns = {"relationship.valence": 6.0, "relationship.formality": 2.0, "tenure_days": 2000.0}
    heard = hear(columns)
    by_hand = []
    for k in range(len(SPACE.kinds)):
        weight = model.prior[k]
        for i, _ in enumerate(model.signals.signals):
            reading = heard.readings.value[0, i]
            if not np.isnan(reading):
                weight *= norm.pdf(
                    reading, model.signals.expected[i, k], heard.readings.noise[0, i]
                )
        by_hand.append(weight)
    by_hand = np.array(by_hand) / sum(by_hand)
    assert infer_kinds(model, heard).kinds[0] == pytest.approx(by_hand, rel=1e-9)


def test_a_customer_of_whom_nothing_is_known_comes_out_as_the_prior_and_abstains():
    posterior = infer_kinds(MODEL, hear({"relationship.valence": np.nan}))
    assert posterior.kinds[0] == pytest.approx(MODEL.prior)
    assert posterior.abstains.tolist() == [True]
    assert posterior.family_abstains.tolist() == [True]
    assert posterior.pieces.tolist() == [0]


@pytest.mark.parametrize("kind", ["best_friend", "adversary", "basic_exchange", "master_servant"])
def test_a_metaphor_and_plain_scales_name_the_kind(kind):
    choice = np.array([SPACE.position(kind)])
    heard = hear(answers_of(kind))
    posterior = infer_kinds(MODEL, Heard(heard.readings, (metaphor_vote(choice, SPACE),)))
    positions, probabilities = posterior.likeliest()
    assert SPACE.kinds[positions[0, 0]] == kind
    assert probabilities[0, 0] > 0.5
    assert not posterior.abstains[0]


def test_families_gather_their_kinds():
    posterior = infer_kinds(MODEL, hear(answers_of("best_friend")))
    friend = SPACE.families.index("friend")
    mine = [i for i, kind in enumerate(SPACE.kinds) if SPACE.family(kind) == "friend"]
    assert posterior.families[0, friend] == pytest.approx(posterior.kinds[0, mine].sum())
    assert posterior.families.sum() == pytest.approx(1)


def test_what_speaks_for_and_against_adds_up_to_the_ranking():
    heard = hear({**answers_of("captive"), "tenure_days": 4000.0, "complaints_last_year": 2.0})
    heard = Heard(heard.readings, (metaphor_vote(np.array([SPACE.position("captive")]), SPACE),))
    pieces = weigh_evidence(MODEL, heard)
    total = np.log(MODEL.prior) + sum(piece.for_kinds for piece in pieces)
    posterior = infer_kinds(MODEL, heard).kinds[0]
    assert np.exp(total - total.max()) / np.exp(total - total.max()).sum() == pytest.approx(
        posterior
    )
    assert {"metaphor", "asked_valence", "does_tenure"} <= {piece.name for piece in pieces}


def test_good_feeling_speaks_for_friends_and_against_adversaries():
    heard = hear({"relationship.valence": 7.0})
    (piece,) = weigh_evidence(MODEL, heard)
    assert piece.reading == 3.0
    assert piece.for_kinds[SPACE.position("best_friend")] > 0
    assert piece.for_kinds[SPACE.position("adversary")] < -3


def test_contradictory_answers_are_found_and_do_not_hide():
    columns = {**answers_of("adversary")}
    heard = hear(columns)
    ratios = np.full((1, len(SPACE.families)), -3.0)
    ratios[0, SPACE.families.index("friend")] = 4.0
    vote = family_vote(ratios, np.array([2.0]), SPACE)
    at_full_weight = replace(MODEL, temperature={})
    contradiction = find_contradictions(at_full_weight, Heard(heard.readings, (vote,)))
    assert contradiction.contradicted.tolist() == [True]
    named = {
        s: SPACE.families[p[0]] if p[0] >= 0 else None
        for s, p in contradiction.family_by_source.items()
    }
    assert named == {"survey": "adversary", "text": "friend", "behaviour": None}


def test_sources_that_agree_are_no_contradiction():
    heard = hear(answers_of("adversary"))
    vote = metaphor_vote(np.array([SPACE.position("villain_victim")]), SPACE)
    assert not find_contradictions(MODEL, Heard(heard.readings, (vote,))).contradicted.any()


def test_listening_to_one_source_silences_the_others():
    heard = hear({"relationship.valence": 7.0, "tenure_days": 4000.0})
    only = heard.only(MODEL, "behaviour")
    assert only.readings.spoken.sum() == 1
    assert heard.readings.spoken.sum() == 2


def test_a_higher_temperature_makes_less_sure():
    heard = hear(answers_of("adversary"))
    sure, unsure = (
        infer_kinds(replace(MODEL, temperature={"survey": t}), heard).kinds.max()
        for t in (1.0, 8.0)
    )
    assert unsure < sure


def test_witnesses_that_repeat_each_other_count_for_less():
    apart = replace(MODEL, signals=replace(MODEL.signals, overlap={"survey": 0.0}))
    alike = replace(MODEL, signals=replace(MODEL.signals, overlap={"survey": 1.0}))
    heard = hear(answers_of("adversary"))
    assert infer_kinds(alike, heard).kinds.max() < infer_kinds(apart, heard).kinds.max()


def test_asking_for_the_metaphor_tells_more_than_one_scale_to_somebody_unknown():
    vote = metaphor_vote(np.arange(len(SPACE.kinds)), SPACE)
    metaphor = Question("metaphor", np.exp(vote.log_likelihood))
    scale = scale_question("formality", "formality", SPACE)
    gains = information_gained(MODEL.prior[None, :], [metaphor, scale])[0]
    assert gains[0] > gains[1] > 0
    doubt = -(MODEL.prior * np.log2(MODEL.prior)).sum()
    assert gains[0] < doubt


def test_nothing_is_gained_from_a_question_whose_answer_is_known():
    certain = np.zeros((1, len(SPACE.kinds)))
    certain[0, 3] = 1.0
    assert information_gained(certain, [scale_question("v", "valence", SPACE)])[
        0, 0
    ] == pytest.approx(0, abs=1e-9)


@given(st.lists(st.floats(1, 7), min_size=5, max_size=5), st.floats(0, 9000), st.integers(0, 40))
def test_probabilities_are_probabilities_whatever_is_heard(scales, tenure, purchases):
    columns = dict(zip(ASKED, scales, strict=True)) | {
        "tenure_days": tenure,
        "purchases": purchases,
    }
    posterior = infer_kinds(MODEL, hear(columns))
    assert posterior.kinds.sum() == pytest.approx(1)
    assert np.all(posterior.kinds >= 0)
    assert posterior.pieces[0] == 7


@given(st.permutations(range(4)))
def test_customers_do_not_touch_each_other(order):
    columns = {
        "relationship.valence": np.array([1.0, 7.0, np.nan, 4.0]),
        "tenure_days": np.array([10.0, 5000.0, 700.0, np.nan]),
    }
    straight = infer_kinds(MODEL, Heard(read_signals(columns, MODEL.signals))).kinds
    order = list(order)
    shuffled = {name: column[order] for name, column in columns.items()}
    turned = infer_kinds(MODEL, Heard(read_signals(shuffled, MODEL.signals))).kinds
    assert turned == pytest.approx(straight[order])


def test_an_infinite_reading_is_refused():
    with pytest.raises(NotFinite):
        Heard(Readings(np.array([[np.inf]]), np.ones((1, 1))))


def test_a_prior_that_is_not_one_share_per_kind_is_refused():
    with pytest.raises(BrokenContract):
        replace(MODEL, prior=MODEL.prior[:-1])
    with pytest.raises(BrokenContract):
        replace(MODEL, prior=MODEL.prior * 2)


def test_votes_for_other_customers_are_refused():
    heard = hear({"relationship.valence": 7.0})
    with pytest.raises(BrokenContract):
        Heard(heard.readings, (metaphor_vote(np.array([1, 2]), SPACE),))


def test_a_hit_rate_outside_its_range_is_refused():
    with pytest.raises(BrokenContract):
        metaphor_vote(np.array([0]), SPACE, hit=1.0)


def test_an_unanswered_metaphor_says_nothing():
    vote = metaphor_vote(np.array([-1]), SPACE)
    assert not vote.spoken[0]
    assert np.ptp(vote.log_likelihood) == 0


def test_ten_like_texts_weigh_less_than_ten_times_one():
    one = np.zeros((1, len(SPACE.families)))
    one[0, 2] = 1.0
    single = family_vote(one, np.array([1.0]), SPACE).log_likelihood.max()
    ten = family_vote(10 * one, np.array([10.0]), SPACE).log_likelihood.max()
    assert single == pytest.approx(1.0)
    assert ten == pytest.approx(10 / 5.5)


class TestSignals:
    def test_a_signal_without_enough_pieces_is_silent(self):
        late = Signal(
            "late", "behaviour", "lateness", "strength", (0, 10), (3, 0), 1.0, 0.0, "purchases", 3
        )
        model = signal_model([late], SPACE, {})
        columns = {"lateness": np.array([5.0, 5.0]), "purchases": np.array([2.0, 3.0])}
        readings = read_signals(columns, model)
        assert np.isnan(readings.value[0, 0])
        assert readings.value[1, 0] == 1.5

    def test_more_pieces_make_a_reading_less_noisy(self):
        words = Signal("w", "text", "b", "valence", (-1, 1), (-2, 2), 0.6, 0.8, "n", 0.5)
        model = signal_model([words], SPACE, {})
        readings = read_signals({"b": np.zeros(2), "n": np.array([1.0, 100.0])}, model)
        assert readings.noise[:, 0] == pytest.approx([1.0, (0.36 + 0.0064) ** 0.5])

    @pytest.mark.parametrize(
        "wrong",
        [
            {"source": "rumour"},
            {"axis": "charm"},
            {"at": (1, 1)},
            {"at": (1,), "reads": (1,)},
            {"noise": 0.0},
        ],
    )
    def test_a_signal_that_makes_no_sense_is_refused(self, wrong):
        good = {
            "name": "s",
            "source": "survey",
            "feature": "f",
            "axis": "valence",
            "at": (0, 1),
            "reads": (0, 1),
            "noise": 1.0,
        }
        with pytest.raises(BrokenContract):
            Signal(**(good | wrong))

    def test_columns_of_different_lengths_are_refused(self):
        with pytest.raises(BrokenContract):
            read_signals(
                {"a": np.zeros(2), "b": np.zeros(3)}, SignalModel((), np.zeros((0, 1)), {})
            )
