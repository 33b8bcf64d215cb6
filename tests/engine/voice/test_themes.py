"""Themes are found again, named by what tells them, applied, and tested for growth."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from entregent.engine.errors import BrokenContract, LengthsDiffer, NotMeasurable
from entregent.engine.voice.themes import (
    NO_THEME,
    TooFewTexts,
    apply_themes,
    emerging_themes,
    propose_themes,
    score_without,
    telling_words,
)
from entregent.engine.voice.words import words_in

SUBJECTS = ["colis en retard encore", "prix trop élevé cette année", "accueil aimable en agence"]
TEXTS = [f"{subject} {number}" for number in range(12) for subject in SUBJECTS]
PLACES = np.eye(4, dtype=np.float32)[[0, 1, 2] * 12]


def _noisy():
    vectors = PLACES + np.random.default_rng(1).normal(0, 0.05, PLACES.shape).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_subjects_are_found_again_and_named():
    themes = propose_themes(TEXTS, _noisy(), fine=3, broad=3)
    assert sorted(theme.size for theme in themes) == [12, 12, 12]
    assert {"colis", "prix", "accueil"} <= {word for theme in themes for word in theme.words}
    found = apply_themes(_noisy(), [theme.centre for theme in themes])
    assert len({tuple(found[start::3]) for start in range(3)}) == 3


def test_the_same_seed_gives_the_same_themes():
    first, second = (propose_themes(TEXTS, _noisy(), fine=6, broad=3, seed=4) for _ in range(2))
    assert [theme.key for theme in first] == [theme.key for theme in second]
    assert len({theme.key for theme in first}) == len(first)


def test_fine_themes_hang_under_broad_ones():
    themes = propose_themes(TEXTS, _noisy(), fine=6, broad=3)
    broad = {theme.key: theme.size for theme in themes if theme.parent is None}
    assert len(broad) == 3
    for key, size in broad.items():
        below = [theme.size for theme in themes if theme.parent == key]
        assert not below or sum(below) == size


def test_too_few_texts_are_refused():
    with pytest.raises(TooFewTexts):
        propose_themes(TEXTS[:5], PLACES[:5], fine=2)
    with pytest.raises(LengthsDiffer):
        propose_themes(TEXTS, PLACES[:5])


def test_stop_words_never_name_a_theme():
    themes = propose_themes(TEXTS, _noisy(), fine=3, broad=3, stop_words=frozenset({"colis"}))
    assert all("colis" not in theme.words for theme in themes)


def test_a_word_that_everybody_uses_tells_nothing():
    bags = [set(words_in(text)) | {"bonjour"} for text in TEXTS]
    assert "bonjour" not in telling_words(bags, range(0, 36, 3), most=3)


def test_what_resembles_no_theme_stays_without():
    assert apply_themes(PLACES[:1], []).tolist() == [NO_THEME]
    assert apply_themes(np.eye(4, dtype=np.float32)[[3]], list(PLACES[:3])).tolist() == [NO_THEME]


def test_growth_is_tested_for_all_themes_together():
    found = emerging_themes([30, 12, 9], [10, 8, 9], recent_texts=100, texts_before=100)
    assert [one.emerging for one in found] == [True, False, False]
    assert found[0].p_value == pytest.approx(fisher_exact([[30, 70], [10, 90]], "greater").pvalue)
    with pytest.raises(LengthsDiffer):
        emerging_themes([1], [1, 2], recent_texts=5, texts_before=5)
    with pytest.raises(BrokenContract):
        emerging_themes([0], [0], recent_texts=0, texts_before=5)


def test_the_score_without_a_theme_is_the_mean_of_the_others():
    scores = np.array([9.0, 8, 10, 2, 3, 7])
    speaks = np.array([0, 0, 0, 1, 1, 0], bool)
    estimate = score_without(scores, speaks)
    assert scores.mean() + estimate.value == pytest.approx(scores[~speaks].mean())
    assert estimate.low < estimate.value < estimate.high
    with pytest.raises(NotMeasurable):
        score_without(scores, np.ones(6, bool))
