"""Vectors on disk: what is added is found, what is forgotten is gone from the disk."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entregent.adapters.vectors import VECTORS, VectorFolder

RNG = np.random.default_rng(4)
ROWS = RNG.normal(size=(50, 8)).astype(np.float32)
KEYS = list(range(10, 110, 2))


@pytest.fixture
def folder(tmp_path):
    held = VectorFolder(tmp_path / "vectors", "some encoder 1", 8)
    held.add(KEYS, ROWS)
    return held


def again(folder, encoder="some encoder 1"):
    return VectorFolder(folder.folder, encoder, 8)


def test_the_nearest_are_those_of_the_highest_cosine(folder, monkeypatch):
    monkeypatch.setattr("entregent.adapters.vectors.PORTION", 7)
    asked = RNG.normal(size=8).astype(np.float32)
    cosines = ROWS @ asked / np.linalg.norm(ROWS, axis=1) / np.linalg.norm(asked)
    expected = np.argsort(-cosines)[:5]
    found = folder.nearest(asked, 5)
    assert [key for key, _ in found] == [KEYS[place] for place in expected]
    assert [like for _, like in found] == pytest.approx(cosines[expected], abs=2e-3)


@given(st.integers(1, 80))
def test_a_text_is_nearest_to_itself_and_no_more_come_than_are_asked(tmp_path_factory, most):
    held = VectorFolder(tmp_path_factory.mktemp("vectors"), "some encoder 1", 8)
    held.add(KEYS, ROWS)
    found = held.nearest(ROWS[3], most)
    assert found[0][0] == KEYS[3]
    assert len(found) <= most
    assert [like for _, like in found] == sorted((like for _, like in found), reverse=True)


def test_what_was_added_is_there_when_opened_again(folder):
    folder.add([200], ROWS[:1])
    assert again(folder).last == 200
    assert again(folder).vector_of(200) == pytest.approx(ROWS[0], abs=5e-3)
    assert again(folder).vector_of(11) is None


def test_a_forgotten_text_leaves_no_number_on_the_disk(folder):
    folder.forget([KEYS[3], 11, 999])
    assert folder.vector_of(KEYS[3]) is None
    assert KEYS[3] not in dict(folder.nearest(ROWS[3], 50))
    stored = np.fromfile(folder.folder / VECTORS, np.float16).reshape(-1, 8)
    assert not stored[3].any()
    assert np.count_nonzero(stored.any(axis=1)) == len(KEYS) - 1


def test_another_encoders_vectors_are_dropped(folder):
    other = again(folder, "some encoder 2")
    assert other.last == 0
    assert not (folder.folder / VECTORS).exists()


def test_an_addition_cut_short_is_written_over(folder):
    with (folder.folder / VECTORS).open("ab") as file:
        file.write(b"half a row")
    held = again(folder)
    held.add([300], ROWS[7:8])
    assert again(folder).vector_of(300) == pytest.approx(ROWS[7], abs=5e-3)


def test_a_folder_that_lost_its_rows_is_empty(folder):
    (folder.folder / VECTORS).unlink()
    assert again(folder).last == 0


def test_nothing_resembles_words_in_which_nothing_is_known(folder):
    assert folder.nearest(np.zeros(8, np.float32), 5) == []
