from collections import Counter
from random import Random
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entregent.adapters.demo_firm.slips import as_typed, mistyped, without_accents
from entregent.adapters.demo_firm.stock import Speaker, Stock, phrases, spoken


def test_the_stock_is_large():
    wholes = [phrase for phrase in phrases() if phrase.part == "whole"]
    assert len(wholes) >= 400
    assert len(phrases()) - len(wholes) >= 1500
    assert len({phrase.text for phrase in wholes}) == len(wholes)


def test_texts_seldom_repeat(customers_words):
    long = [text for text in customers_words if len(text) > 40]
    assert len(long) > 4000
    assert 1 - len(set(long)) / len(long) < 0.05


def test_texts_are_short_and_long(customers_words):
    tenths = quantiles([len(text) for text in customers_words], n=10)
    assert tenths[0] < 70
    assert tenths[8] > 250


def test_no_blank_and_no_mark_is_left_open(customers_words):
    assert [text for text in customers_words if any(mark in text for mark in "{}<>_")] == []


def test_about_one_written_text_in_twelve_is_english(rows):
    written = [
        row["language"]
        for row in rows["interactions"]
        if row["direction"] == "in" and row["text"] and row["channel"] not in {"phone", "shop"}
    ]
    assert 0.05 <= Counter(written)["en"] / len(written) <= 0.13


def test_no_text_is_empty(rows):
    for table in ("interactions", "answers", "agreements"):
        assert [
            row for row in rows[table] if row["text"] is not None and not row["text"].strip()
        ] == []


def test_all_sides_of_the_three_changes_are_heard(firm):
    for change in ("online", "debit", "price"):
        talk = Counter(stance for row in firm.truth for _, stance in row["changes"][change]["talk"])
        assert min(talk["for"], talk["against"], talk["both"]) >= 40


def test_agreements_follow_the_writer():
    assert spoken("je suis <ravi/ravie>, arrivé<_/e> {day}", {"day": "lundi"}, "f") == (
        "je suis ravie, arrivée lundi"
    )
    assert spoken("arrivé<_/e>", {}, "m") == "arrivé"


@pytest.mark.parametrize("age", [25, 80])
def test_people_say_only_what_is_true_of_their_age(age):
    stock, rng = Stock(3), Random(1)
    speaker = Speaker("f", age, "fr", "f")
    slots = {name: "x" for phrase in phrases() for name in phrase.slots}
    said = {stock.fragment(rng, speaker, slots, "premium_rise", "more") for _ in range(300)}
    assert ("ma retraite, elle, a pris 0,8" in said) == (age == 80)


def test_nothing_is_said_of_a_person_one_does_not_have():
    stock = Stock(3)
    speaker = Speaker("m", 50, "fr", "f")
    said = {
        stock.fragment(Random(n), speaker, {"kid": ""}, "young_driver", "story") for n in range(50)
    }
    assert not any("x" in text and "{kid}" in text for text in said)
    assert said == {""}


def test_a_complete_text_is_not_used_more_often_than_allowed():
    stock, speaker = Stock(2), Speaker("m", 50, "fr", "f")
    slots = {name: "x" for phrase in phrases() for name in phrase.slots}
    given_out = Counter(
        stock.whole(Random(n), speaker, slots, ["storm"], "mail", "plain") for n in range(200)
    )
    given_out.pop("")
    assert set(given_out.values()) == {2}


@given(st.text(), st.integers(0, 2**32))
def test_a_careful_writer_makes_no_slip(text, seed):
    assert as_typed(text, Random(seed), care=1.0, young=False, on_phone=False) == text


@given(st.integers(0, 2**32), st.sampled_from(["remboursement", "dossier", "appel"]))
def test_a_slip_keeps_the_word_recognisable(seed, word):
    slipped = mistyped(word, Random(seed))
    assert slipped[0] == word[0]
    assert abs(len(slipped) - len(word)) <= 1
    assert set(slipped) <= set(word)


def test_accents_can_be_lost():
    assert without_accents("Où ça, déjà ?") == "Ou ca, deja ?"
