"""Masks never overlap, and each comes off again."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entregent.engine.errors import BrokenContract, NoRatings
from entregent.engine.voice.redaction import (
    Found,
    Identifier,
    redact,
    restore,
    score_redaction,
    without_overlaps,
)

PLACES = st.lists(
    st.builds(lambda start, size, kind: Found(start, start + size, kind), st.integers(0, 40), st.integers(1, 12), st.sampled_from(Identifier)),
    max_size=8,
)  # fmt: skip


@given(PLACES)
def test_masks_never_overlap(found):
    kept = without_overlaps(found)
    assert all(one.end <= other.start for one, other in pairwise(kept))


@given(st.text(min_size=52, max_size=60), PLACES)
def test_masking_is_undone_whatever_is_masked(text, found):
    assert restore(redact(text, found)) == text


def test_a_mask_already_written_in_the_text_is_not_used_again():
    masked = redact("[name 1] Léa", [Found(9, 12, Identifier.NAME)])
    assert masked.text == "[name 1] [name 2]"
    assert restore(masked) == "[name 1] Léa"


def test_half_a_name_masked_is_a_leak():
    scores = score_redaction([[Found(0, 10, Identifier.NAME)]], [[Found(0, 4, Identifier.NAME)]])
    assert scores[None].recall.value == 0
    assert scores[None].precision.value == 100


def test_a_mask_of_another_kind_still_protects():
    scores = score_redaction(
        [[Found(0, 4, Identifier.CONTRACT)]], [[Found(0, 9, Identifier.PHONE)]]
    )
    assert scores[Identifier.CONTRACT].recall.value == 100


def test_texts_must_be_as_many_as_readings():
    with pytest.raises(BrokenContract):
        score_redaction([[]], [])
    with pytest.raises(NoRatings):
        score_redaction([], [])
