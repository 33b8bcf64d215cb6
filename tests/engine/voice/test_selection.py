import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from entregent.engine.errors import BrokenContract, NotFinite
from entregent.engine.voice.selection import farthest_first, least_certain

margins = st.lists(st.lists(st.floats(0, 1), max_size=4), max_size=12)
clouds = arrays(np.float64, st.tuples(st.integers(1, 12), st.just(3)), elements=st.floats(-1, 1))


@given(margins, st.integers(0, 12))
def test_no_text_left_out_is_less_certain_than_one_chosen(told, count):
    chosen = least_certain(told, count)
    lowest = {rank: min(own) for rank, own in enumerate(told) if own}
    assert len(chosen) == min(count, len(lowest))
    left = [lowest[rank] for rank in lowest.keys() - set(chosen)]
    assert all(lowest[rank] <= worst for rank in chosen for worst in left)
    assert [lowest[rank] for rank in chosen] == sorted(lowest[rank] for rank in chosen)


@given(clouds, st.integers(0, 15))
def test_each_text_is_chosen_once(cloud, count):
    chosen = farthest_first(cloud, count)
    assert len(chosen) == len(set(chosen)) == min(count, len(cloud))


@given(clouds, clouds)
def test_the_first_is_the_one_least_like_what_was_seen(cloud, seen):
    (first,) = farthest_first(cloud, 1, seen=seen)
    nearest = (cloud @ seen.T).max(axis=1)
    assert nearest[first] == pytest.approx(nearest.min())


def test_a_text_seen_already_comes_last():
    cloud = np.eye(3)
    assert farthest_first(cloud, 3, seen=cloud[1:2])[-1] == 1


def test_two_groups_are_both_met_before_either_is_met_again():
    cloud = np.array([[1.0, 0.0], [0.999, 0.045], [0.0, 1.0], [0.045, 0.999]])
    first, second, *_ = farthest_first(cloud, 4)
    assert {first < 2, second < 2} == {True, False}


def test_vectors_that_are_none_are_refused():
    with pytest.raises(NotFinite):
        farthest_first([[np.nan, 0.0]], 1)
    with pytest.raises(BrokenContract):
        farthest_first([1.0, 0.0], 1)
