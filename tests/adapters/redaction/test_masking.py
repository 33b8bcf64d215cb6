"""Names, addresses and numbers are masked, words that look like them are left, and it is undone."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.redaction.marked import marked_texts

from entregent.adapters.redaction import find_identifiers, redacted
from entregent.engine.voice.redaction import Identifier, restore, score_redaction

MARKED = list(marked_texts())


def _scores():
    found = [find_identifiers(text, language=language) for language, text, _ in MARKED]
    return score_redaction([places for *_, places in MARKED], found)


def test_at_least_two_hundred_texts_of_both_languages_are_marked():
    assert len(MARKED) >= 200
    assert {language for language, *_ in MARKED} == {"fr", "en"}
    assert {place.kind for *_, places in MARKED for place in places} == set(Identifier)


def test_hardly_anything_leaks_and_hardly_anything_else_is_masked():
    overall = _scores()[None]
    assert overall.recall.value >= 97
    assert overall.precision.value >= 97


@pytest.mark.parametrize("kind", list(Identifier))
def test_every_kind_is_found(kind):
    score = _scores()[kind]
    assert score.recall.value >= 90
    assert score.precision.value >= 90


@pytest.mark.parametrize(
    "number",
    ["4111 1111 1111 1112", "FR76 3000 6000 0112 3456 7890 188"],
    ids=["card", "iban"],
)
def test_a_number_whose_check_digits_are_wrong_is_neither_card_nor_iban(number):
    kinds = {found.kind for found in find_identifiers(f"payé avec {number} hier", language="fr")}
    assert not kinds & {Identifier.CARD, Identifier.IBAN}


def test_a_social_security_number_is_held_to_its_key():
    assert redacted("sécu 2 69 05 49 588 157 80").text == "sécu [social_security 1]"
    right = find_identifiers("sécu 269054958815780", language="fr")
    wrong = find_identifiers("sécu 269054958815781", language="fr")
    assert Identifier.SOCIAL_SECURITY in {found.kind for found in right}
    assert Identifier.SOCIAL_SECURITY not in {found.kind for found in wrong}


def test_the_same_person_gets_the_same_mask():
    masked = redacted("Mme Lefebvre a signé. Rappelez Mme Lefebvre.")
    assert masked.text == "Mme [name 1] a signé. Rappelez Mme [name 1]."
    assert dict(masked.key) == {"[name 1]": "Lefebvre"}


@given(st.text(max_size=200))
def test_masking_any_text_can_be_undone(text):
    assert restore(redacted(text)) == text


def test_masking_every_marked_text_can_be_undone():
    assert [restore(redacted(text)) for _, text, _ in MARKED] == [text for _, text, _ in MARKED]


def test_a_thousand_texts_are_masked_in_a_second_of_computing():
    texts = [text for _, text, _ in MARKED] * 4
    for text in texts[:50]:
        redacted(text)
    began = time.process_time()
    for text in texts:
        redacted(text)
    assert len(texts) / (time.process_time() - began) > 1000


def test_first_names_that_are_words_need_a_family_name():
    assert find_identifiers("Claire et rapide, merci.") == []
    assert [found.kind for found in find_identifiers("Merci à Claire Fontaine.")] == [
        Identifier.NAME
    ]


def test_the_list_of_first_names_is_carried():
    place = Path(__file__).resolve().parents[3] / "src/entregent/catalogue/voice/first_names.yaml"
    assert "Sandrine" in place.read_text("utf-8")
