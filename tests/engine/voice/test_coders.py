"""Heads learn, calibrate, abstain, and come back the same from a file."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from entregent.engine.errors import LengthsDiffer
from entregent.engine.voice.coders import (
    NEVER,
    Recipe,
    TooFewExamples,
    UnknownFormat,
    balanced_margins,
    balanced_target,
    chosen_recipe,
    panel_of,
    panel_rows,
    temperature_for,
    thresholds_for,
    train_panel,
)
from entregent.engine.voice.examples import Example, joined_neighbours
from entregent.engine.voice.features import learn_features
from entregent.engine.voice.regression import Rows, fit_together

GOOD, BAD = ["très bien", "super accueil", "parfait merci", "rapide et aimable"], ["nul", "trop lent", "déçu du service", "attente interminable"]  # fmt: skip


def _examples():
    return [
        Example(
            f"{words} numéro {number}",
            f"t{number}",
            "",
            {"sentiment": sign, "movement": None},
            "fr",
        )
        for number in range(15)
        for sign, pool in (("+", GOOD), ("-", BAD))
        for words in pool
    ]


def _vectors(texts):
    seeds = [sum(map(ord, text)) for text in texts]
    return np.stack([np.random.default_rng(seed).normal(size=6) for seed in seeds]).astype(
        np.float32
    )


@pytest.fixture(scope="module")
def panel():
    return train_panel("segment", ["sentiment"], _examples(), _vectors, encoder="chance 1")


def test_what_was_shown_is_learned(panel):
    texts = ["super accueil", "attente interminable"]
    reading = panel.read(texts, _vectors(texts), _vectors(["", ""]))["sentiment"]
    assert reading.answers == ["+", "-"]
    assert (reading.confidences > 0.8).all()


def test_heads_come_back_the_same_from_their_bytes(panel):
    texts = [example.text for example in _examples()]
    around = _vectors([""] * len(texts))
    before = panel.read(texts, _vectors(texts), around)["sentiment"]
    after = panel_of(panel.to_bytes()).read(texts, _vectors(texts), around)["sentiment"]
    assert after.answers == before.answers
    np.testing.assert_allclose(after.probabilities, before.probabilities, atol=0.02)
    assert panel_of(panel.to_bytes()).to_bytes() == panel_of(panel.to_bytes()).to_bytes()


@pytest.mark.parametrize("written", [b"", b"not heads", b"PK\x03\x04broken"])
def test_bytes_that_hold_no_heads_are_refused(written):
    with pytest.raises(UnknownFormat):
        panel_of(written)


def test_a_code_with_one_value_only_is_refused():
    same = [Example("nul", f"t{n}", "", {"sentiment": "-"}) for n in range(9)]
    with pytest.raises(TooFewExamples):
        train_panel("segment", ["sentiment"], same, None, encoder="")


def test_words_alone_can_be_read():
    panel = train_panel("segment", ["sentiment"], _examples(), None, encoder="")
    assert panel.dimension == 0
    assert panel.read(["nul"], None, None)["sentiment"].answers == ["-"]


def test_vectors_must_run_beside_the_texts():
    words = learn_features(["a b", "a c"], in_at_least=1).matrix(["a b", "a c"])
    with pytest.raises(LengthsDiffer):
        panel_rows(words, np.ones((3, 2), np.float32), None, 1, 1)


def test_fitting_codes_together_gives_what_scikit_learn_gives_one_by_one():
    chance = np.random.default_rng(3)
    vectors = chance.normal(size=(300, 4)).astype(np.float32)
    truth = (vectors @ chance.normal(size=(4, 3)) + chance.normal(size=(300, 3))).argmax(axis=1)
    words = learn_features(["x"], in_at_least=1).matrix([""] * 300)
    labels = [str(one) for one in truth]
    _, target = balanced_target(labels, 0.0)
    (weights, bias), _ = fit_together(Rows(words, vectors), [target, target], 2.0)
    theirs = LogisticRegression(C=2.0, tol=1e-8, max_iter=500).fit(vectors, truth)
    ours = softmax(vectors @ weights[words.shape[1] :] + bias, axis=1)
    np.testing.assert_allclose(ours, theirs.predict_proba(vectors), atol=5e-3)


def test_a_temperature_makes_boasting_logits_as_sure_as_they_are_right():
    chance = np.random.default_rng(0)
    honest = chance.normal(size=(4000, 3)) * 1.5
    truth = np.array([chance.choice(3, p=row) for row in softmax(honest, axis=1)])
    assert temperature_for(honest * 4, truth) == pytest.approx(4, rel=0.08)


def test_the_margin_does_not_favour_the_frequent_value():
    expected = np.array([0.9, 0.1])
    sure_of_frequent, sure_of_rare = balanced_margins(
        np.array([[0.92, 0.08], [0.3, 0.7]]), expected
    )
    assert sure_of_rare > sure_of_frequent


def test_each_value_answers_for_itself():
    margins = np.tile(np.linspace(0.1, 0.9, 20), 2)
    answers = np.repeat([0, 1], 20)
    truth = np.concatenate([np.zeros(20, int), np.zeros(20, int)])
    assert thresholds_for(margins, answers, truth, 2, 0.8).tolist() == [0.0, NEVER]


def test_segments_are_joined_inside_one_fold_only():
    made = joined_neighbours(_examples(), 40, folds=3)
    assert len(made) == 40
    assert {example.codes["sentiment"] for example in made} <= {"+", "-", None}
    assert made == joined_neighbours(_examples(), 40, folds=3)


def _hidden_in_the_vector():
    """Words that tell nothing, beside vectors that tell all."""
    return [
        Example(f"mot{number % 7} {'+-'[number % 2]}{number}", f"t{number}", "", {"x": "+-"[number % 2]})
        for number in range(60)
    ]  # fmt: skip


def test_a_recipe_chooses_what_reads_held_out_examples_best():
    def telling(texts):
        return np.asarray([[1 - 2 * ("-" in text), 0.1] for text in texts], np.float32)

    start = Recipe(strength=0.0001, meaning=0.01, setting=0.0)
    chosen = chosen_recipe(["x"], _hidden_in_the_vector(), telling, start=start)
    assert chosen.meaning == 1.5
    assert chosen == chosen_recipe(["x"], _hidden_in_the_vector(), telling, start=start)


def test_a_recipe_that_cannot_be_bettered_is_kept():
    start = Recipe(strength=0.7, setting=0.0)
    assert chosen_recipe(["sentiment"], _examples(), None, start=start) == start


def test_features_do_not_depend_on_what_was_read_before():
    features = learn_features([example.text for example in _examples()])
    once = features.matrix(["super accueil", "nul"])
    features.matrix([f"mot{n} autre" for n in range(50)])
    assert abs(features.matrix(["super accueil", "nul"]) - once).max() == 0


def test_rows_have_length_one_or_nothing():
    features = learn_features([example.text for example in _examples()])
    lengths = np.sqrt(
        features.matrix(["super accueil nul", "", "qqqq"]).multiply(1).power(2).sum(axis=1)
    )
    np.testing.assert_allclose(np.asarray(lengths).ravel(), [1, 0, 0], atol=1e-6)
