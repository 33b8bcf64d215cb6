"""A coder is judged on texts it never saw, and examples are read as they are written."""

import json

import pytest
from tests.adapters.coders.small import NoEncoder, small_coder, small_set

from entregent.adapters.coders.cards import confusions, with_scores
from entregent.adapters.coders.examples import (
    UnreadableExamples,
    carried_examples,
    read_coded_examples,
)
from entregent.adapters.coders.judging import judged_in_folds, judged_units

ROW = {
    "id": "g1", "lang": "fr", "text": "Nul. Je pars.", "relationship": "exchange", "stage": None, "effort": "none",
    "segments": [
        {"text": "Nul.", "movement": "N", "sentiment": "-", "justice": {"D": False, "P": True, "I": False, "F": None}, "trust": ""},
        {"text": "Je pars.", "movement": "A", "sentiment": None, "justice": None, "trust": None},
    ],
}  # fmt: skip


def test_examples_are_read_with_what_nobody_said(tmp_path):
    (tmp_path / "some.jsonl").write_text(json.dumps(ROW) + "\n\n", "utf-8")
    found = read_coded_examples(tmp_path)
    first, second = found.segments
    assert first.codes["justice_P"] == "yes"
    assert first.codes["justice_F"] is None
    assert second.codes["sentiment"] is None
    assert found.texts[0].codes["stage"] is None
    assert first.setting == "Nul. Je pars."


@pytest.mark.parametrize("line", ["{", "[]", '{"text": "x"}'])
def test_a_line_that_is_no_example_is_named(line, tmp_path):
    place = tmp_path / "some.jsonl"
    place.write_text(json.dumps(ROW) + "\n" + line)
    with pytest.raises(UnreadableExamples, match="line 2"):
        read_coded_examples(place)
    with pytest.raises(UnreadableExamples):
        read_coded_examples(tmp_path / "absent.jsonl")


def test_carried_talk_speaks_the_contracts_kinds():
    kinds = {one.codes["talk_kind"] for one in carried_examples().utterances}
    assert {"reasons", "taking_steps", None} <= kinds
    assert not kinds & {"reason", "steps"}


def test_no_text_is_judged_by_a_coder_that_saw_it():
    said = judged_in_folds(small_set(), NoEncoder(), profile="small")
    assert {unit: len(part.examples) for unit, part in said.items()} == {
        "segment": 24,
        "text": 24,
        "utterance": 24,
    }
    assert sorted(one.text for one in said["segment"].examples) == sorted(
        one.text for one in small_set().segments
    )


def test_scores_go_into_the_card():
    coder = small_coder()
    said = judged_units(coder, small_set())
    card = with_scores(coder, said, "seen").card
    rows = {row["code"]: row for row in card["scores"][0]["codes"]}
    assert rows["sentiment"]["f1"] > 0.9
    assert {"sentiment_of_three", "justice_mean"} <= set(rows)
    assert "scores" not in coder.card
    assert "movement" not in rows  # coded T and A eight times each: too rarely to judge


def test_confusions_count_what_is_taken_for_what():
    said = judged_units(small_coder(), small_set())["segment"]
    said.answers["sentiment"][:] = ["-"] * len(said.examples)
    assert confusions(said, "sentiment") == [{"truth": "+", "answer": "-", "times": 12}]
