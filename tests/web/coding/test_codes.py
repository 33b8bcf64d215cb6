"""The codebook as it is coded: one key a value, steps in order, and one answer as the machine is judged."""

import pytest

from entregent.adapters.coders.codebook import codebook
from entregent.adapters.encoders import CARRIED
from entregent.engine.voice.examples import SEGMENT_CODES, TEXT_CODES, UTTERANCE_CODES
from entregent.web.coding.codes import (
    CANNOT_TELL_KEY,
    NONE_KEY,
    UNITS,
    Place,
    flat,
    head_name,
    of_head,
    places_to_code,
)
from entregent.web.coding.forms import profile_names


@pytest.mark.parametrize("unit", UNITS)
def test_within_a_unit_every_key_means_one_thing(unit):
    codes = [code for code in codebook().values() if code.unit == unit]
    keys = [value.key for code in codes for value in code.values] + [CANNOT_TELL_KEY]
    keys += [NONE_KEY for code in codes if code.several]
    assert len(keys) == len(set(keys))
    assert all(len(key) == 1 and key.isalpha() for key in keys)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_value_is_defined_with_an_example_and_a_neighbour(language):
    for code in codebook(language).values():
        for value in code.values:
            assert value.definition
            assert value.example
            assert value.counter_example


def test_the_codebook_and_the_machine_speak_of_the_same_heads():
    heads = {head for code in codebook() for head in flat(code, "")}
    assert heads == {*SEGMENT_CODES, *TEXT_CODES, *UTTERANCE_CODES}
    assert {of_head(head)[0] for head in heads} == set(codebook())
    assert all(head_name(head) != head for head in heads)


def test_segments_come_first_then_talk_then_the_whole():
    places = places_to_code([[0, 4], [5, 9]], 10, ["effort", "talk", "trust"])
    assert places == [
        Place(0, 4, "segment"), Place(5, 9, "segment"),
        Place(0, 4, "utterance"), Place(5, 9, "utterance"), Place(0, 10, "text"),
    ]  # fmt: skip
    assert places_to_code([[0, 4]], 10, ["trust"]) == [Place(0, 4, "segment")]


def test_every_profile_that_carries_heads_has_a_name():
    assert set(profile_names()) == set(CARRIED)
