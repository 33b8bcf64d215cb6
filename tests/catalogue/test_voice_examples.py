"""The coded examples the package carries obey the codebook it carries."""

import copy
from collections import Counter
from typing import Any

import pytest
import yaml
from tools.check_examples import (
    VOICE,
    counts,
    faults_of,
    legal_codes,
    read_examples,
    repeated,
    shared_sentences,
)

LEGAL = legal_codes()
FILES = read_examples()
EXAMPLES = [example for rows in FILES.values() for example in rows]
CODEBOOK = yaml.safe_load((VOICE / "codebook.yaml").read_text("utf-8"))


def voice_example() -> dict[str, Any]:
    return copy.deepcopy(next(e for e in EXAMPLES if len(e["segments"]) > 2))


@pytest.mark.parametrize("name", FILES)
def test_every_example_obeys_the_codebook(name):
    faults = {e["id"]: found for e in FILES[name] if (found := list(faults_of(e, LEGAL)))}
    assert faults == {}


def test_no_identifier_is_given_twice():
    assert [i for i, n in Counter(e["id"] for e in EXAMPLES).items() if n > 1] == []


def test_no_text_comes_twice_or_nearly_so():
    assert list(repeated(EXAMPLES)) == []


def test_every_value_of_every_code_is_shown_often_enough_to_be_learned():
    tallies = counts(EXAMPLES)
    least = {"trust": 150, "movement": 150, "sentiment": 150, "justice": 150, "talk": 150}
    rare = {
        (name, value): tallies[name][value]
        for name in (*least, "relationship", "stage", "effort")
        for value in LEGAL[name]
        if tallies[name][value] < least.get(name, 60)
    }
    assert rare == {}


def test_two_thirds_of_the_texts_are_french():
    languages = Counter(e["lang"] for e in EXAMPLES)
    assert 0.55 < languages["fr"] / languages.total() < 0.75


def test_a_segment_out_of_order_is_found():
    example = voice_example()
    example["segments"].reverse()
    assert any("not where the text goes on" in fault for fault in faults_of(example, LEGAL))


def test_text_left_out_of_the_segments_is_found():
    example = voice_example()
    example["segments"].pop()
    assert list(faults_of(example, LEGAL)) == ["some of the text is in no segment"]


@pytest.mark.parametrize("name", ["movement", "sentiment", "trust"])
def test_a_segment_code_outside_the_codebook_is_found(name):
    example = voice_example()
    example["segments"][0][name] = "Z"
    assert list(faults_of(example, LEGAL)) == [f"{name} cannot be Z"]


@pytest.mark.parametrize("name", ["relationship", "stage", "effort"])
def test_a_text_code_outside_the_codebook_is_found(name):
    example = voice_example()
    example[name] = "stranger things"
    assert list(faults_of(example, LEGAL)) == [f"{name} cannot be stranger things"]


def test_neutral_talk_has_no_kind_and_other_talk_has_one():
    example = copy.deepcopy(next(e for e in EXAMPLES if "context" in e))
    example["segments"][0]["talk"] = {"code": "change", "kind": None}
    assert list(faults_of(example, LEGAL)) == ["only change and sustain talk have a kind"]


def test_a_copy_with_other_accents_and_capitals_is_found():
    example = voice_example()
    twin = {**example, "id": "twin", "text": example["text"].upper().replace("É", "E")}
    assert next(iter(repeated([example, twin]))) == (example["id"], "twin")


def test_a_sentence_shared_with_other_texts_is_found_from_eight_words():
    example = {"id": "a", "text": "One two three four five six seven eight.", "segments": []}
    assert list(shared_sentences([example], ["ONE two, three four five six seven eight!"]))
    assert not list(shared_sentences([example], ["One two three four five six seven."]))


def test_every_value_is_named_and_shown_in_both_languages():
    for code in CODEBOOK["codes"].values():
        for value in code["values"]:
            for part in ("name", "definition", "example", "counter_example"):
                assert value[part]["fr"]
                assert value[part]["en"]


def test_a_coder_types_a_different_letter_for_each_value_of_a_unit():
    by_unit: dict[str, list[str]] = {}
    for code in CODEBOOK["codes"].values():
        by_unit.setdefault(code["unit"], []).extend(value["key"] for value in code["values"])
    assert {
        unit: [k for k, n in Counter(keys).items() if n > 1] for unit, keys in by_unit.items()
    } == {unit: [] for unit in CODEBOOK["units"]}
