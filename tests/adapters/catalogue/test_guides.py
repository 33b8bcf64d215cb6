import pytest

from entregent.adapters.catalogue.edits import edited
from entregent.adapters.catalogue.guides import filled
from entregent.adapters.catalogue.problems import CatalogueRefused
from entregent.adapters.catalogue.shelf import shipped


def test_a_reflection_without_the_customers_words_is_left_out():
    assert filled("« {quote} » : vous y tenez.") is None
    assert (
        filled("« {quote} » : vous y tenez.", quote="c'est chez moi")
        == "« c'est chez moi » : vous y tenez."
    )


def test_words_that_hold_braces_are_quoted_as_they_are():
    assert (
        filled("{target}: {quote}", quote="{target} {0}", target="rester") == "rester: {target} {0}"
    )


def test_the_guide_of_a_customer_joins_stage_and_family():
    guide = shipped().guides.guide_for("captive", "contemplation", "neutral", "captive")
    assert guide.open_questions[0].id == "con_n_q1"
    assert guide.open_questions[-1].id == "cap_q2"
    assert guide.opening.id == "kind_captive"
    assert any("C’est dans le contrat" in piece.fr for piece in guide.never)


def test_an_unknown_stage_has_no_guide():
    with pytest.raises(KeyError):
        shipped().guides.guide_for("captive", "enthusiasm", "neutral")


def test_a_reflection_that_quotes_in_one_language_only_is_refused():
    with pytest.raises(CatalogueRefused) as caught:
        edited(shipped().guides, 'kinds:\n  buddy: {fr: "Bonjour {quote}"}\n', "ours.yaml")
    assert "both languages" in caught.value.said("en")[0]
