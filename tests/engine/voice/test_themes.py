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
    halves_of,
    propose_themes,
    score_without,
)

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


def _about(places, seed=3):
    """Vectors of length 1, each near one axis of forty."""
    vectors = np.eye(40, dtype=np.float32)[places]
    vectors += np.random.default_rng(seed).normal(0, 0.02, vectors.shape).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_a_broad_theme_holds_at_most_a_quarter_of_the_texts():
    places = np.arange(80) % 8
    vectors = _about(places) + np.float32(0.3)  # all lean the same way: one cut would join most
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = ["colis", "prix", "agence", "devis", "contrat", "dossier", "courrier", "mail"]
    segments = [f"{words[place]} {number}" for number, place in enumerate(places)]
    themes = propose_themes(segments, vectors, fine=8, broad=2)
    broad = [theme.size for theme in themes if theme.parent is None]
    assert sum(broad) == 80
    assert max(broad) <= 20
    # The same segments as the parts of four texts: every cluster is in all of them, and stays alone.
    together = propose_themes(segments, vectors, of_text=np.arange(80) // 20, fine=8, broad=2)
    assert [theme.parent for theme in together] == [None] * len(together)


def test_what_was_left_over_is_no_theme():
    clear = _about(np.arange(60) % 3)
    stray = np.random.default_rng(5).normal(0, 1, (30, 40)).astype(np.float32)
    stray /= np.linalg.norm(stray, axis=1, keepdims=True)
    words = ["colis", "prix", "agence"]
    segments = [f"{words[number % 3]} {number}" for number in range(60)]
    segments += [f"mot{number} autre{number}" for number in range(30)]
    themes = propose_themes(segments, np.vstack([clear, stray]), fine=4, broad=3)
    leaves = {theme.key for theme in themes} - {theme.parent for theme in themes}
    assert sum(theme.size for theme in themes if theme.key in leaves) < 75
    assert {"colis", "prix", "agence"} <= {word for theme in themes for word in theme.phrases}


def test_a_formula_that_many_copy_counts_once():
    segments = [*TEXTS, *["Fin d'appel"] * 10]
    vectors = np.vstack([_noisy(), np.tile(np.eye(4, dtype=np.float32)[3], (10, 1))])
    themes = propose_themes(segments, vectors, fine=4, broad=4)
    assert sorted(theme.size for theme in themes) == [1, 12, 12, 12]
    assert all(rank < len(segments) for theme in themes for rank in theme.nearest)


def test_a_theme_of_two_subjects_falls_into_them():
    two = [rank for rank in range(36) if rank % 3]
    halves = halves_of([TEXTS[rank] for rank in two], _noisy()[two])
    assert [half.size for half in halves] == [12, 12]
    assert ["prix" in half.words for half in halves] != ["accueil" in half.words for half in halves]
    with pytest.raises(TooFewTexts):
        halves_of(TEXTS[:5], PLACES[:5])
    assert len(halves_of(TEXTS[:9:3] * 3, PLACES[:9:3].repeat(3, axis=0)[:9])) == 1


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
