"""A catalogue file with a mistake: said in both languages, with its line; the old one stays."""

from importlib.resources import files

import pytest
import yaml

from entregent.adapters.catalogue.edits import edited
from entregent.adapters.catalogue.instruments import Instruments
from entregent.adapters.catalogue.lined_yaml import read_lined
from entregent.adapters.catalogue.playbooks import Playbooks
from entregent.adapters.catalogue.problems import CatalogueRefused
from entregent.adapters.catalogue.relationships import Relationships
from entregent.adapters.catalogue.shelf import shipped, take_into_force
from entregent.adapters.catalogue.signals import Signals
from entregent.adapters.catalogue.trust import Trust
from entregent.adapters.catalogue.validation import read_catalogue

NB, NARROW = "\u00a0", "\u202f"


def shipped_text(name):
    return files("entregent.catalogue").joinpath(name).read_text(encoding="utf-8")


def refused(text, model=Relationships, name="relationships.yaml"):
    with pytest.raises(CatalogueRefused) as caught:
        read_catalogue(text, model, name)
    return caught.value


def line_of(text, words):
    return next(n for n, line in enumerate(text.splitlines(), 1) if words in line)


def test_a_misspelt_key_is_said_once_with_its_line_and_the_word_meant():
    text = shipped_text("relationships.yaml")
    wrong = text.replace(
        "valence: 1, intensity: 1, strength: 2", "valance: 1, intensity: 1, strength: 2"
    )
    line = line_of(wrong, "valance: 1")
    problem = refused(wrong)
    assert problem.said("fr") == [
        (
            f"relationships.yaml, ligne {line}, kinds › basic_exchange › axes{NB}: «{NB}valance{NB}» "
            f"n’est pas connu ici{NARROW}; vouliez-vous écrire «{NB}valence{NB}»{NARROW}?"
        )
    ]
    assert problem.said("en") == [
        (
            f"relationships.yaml, line {line}, kinds › basic_exchange › axes: "
            '"valance" is not known here; did you mean "valence"?'
        )
    ]


def test_a_coordinate_off_its_scale_is_refused_with_the_scale():
    wrong = shipped_text("relationships.yaml").replace("strength: 4", "strength: 9", 1)
    assert "strength is 9; its scale runs from 0 to 4." in refused(wrong).said("en")[0]


def test_words_where_a_number_belongs_are_refused():
    wrong = shipped_text("relationships.yaml").replace("strength: 4", "strength: quatre", 1)
    assert (
        refused(wrong)
        .said("fr")[0]
        .endswith(f"«{NB}quatre{NB}» ne convient pas{NARROW}; attendu{NB}: un nombre.")
    )


def test_a_prior_that_does_not_sum_to_one_is_refused():
    wrong = shipped_text("relationships.yaml").replace(
        "exchange: 0.54, newcomer: 0.07", "exchange: 0.64, newcomer: 0.07", 1
    )
    said = refused(wrong).said("en")[0]
    assert "priors › sectors › insurance" in said
    assert "the shares sum to 1.100 instead of 1." in said


def test_a_family_that_does_not_exist_is_refused_with_the_nearest():
    wrong = shipped_text("relationships.yaml").replace("family: partner", "family: partners", 1)
    assert 'did you mean "partner"?' in refused(wrong).said("en")[0]


def test_what_is_not_yaml_is_refused_with_its_line():
    problem = refused("version: [1\nkinds: {")
    assert problem.problems[0].fault == "not_yaml"
    assert problem.problems[0].line is not None


def test_a_key_that_stands_twice_is_refused():
    problem = refused('version: "1"\nversion: "2"\n')
    assert problem.said("en") == ['relationships.yaml, line 2: "version" stands twice.']


def test_an_empty_file_is_refused():
    assert refused("").problems[0].fault == "wrong"


def test_no_and_off_stay_words():
    document = read_lined("no: off\nyes: true\n", "words.yaml")
    assert document.content == {"no": "off", "yes": True}


def test_a_signal_whose_corners_do_not_rise_is_refused():
    wrong = shipped_text("signals.yaml").replace(
        "at: [0, 60, 365, 1095, 3650]", "at: [0, 60, 365, 95, 3650]"
    )
    assert "`at` must rise" in refused(wrong, Signals, "signals.yaml").said("en")[0]


def test_trust_weights_that_do_not_make_one_are_refused():
    wrong = shipped_text("trust.yaml").replace("awareness: {trade: 0.60", "awareness: {trade: 0.70")
    assert (
        "the three weights make 1.10 instead of 1."
        in refused(wrong, Trust, "trust.yaml").said("en")[0]
    )


def test_a_playbook_about_an_unknown_field_is_refused():
    wrong = shipped_text("playbooks.yaml").replace("field: closeness_gap", "field: closness_gap", 1)
    assert (
        'did you mean "closeness_gap"?' in refused(wrong, Playbooks, "playbooks.yaml").said("en")[0]
    )


def test_an_offer_to_the_held_is_refused_with_its_line_and_the_old_version_stays():
    base = shipped().playbooks
    upsell = "playbooks:\n  constraint_into_pledge:\n    purpose: marketing\n    offers: true\n"
    outcome = take_into_force(base, base, upsell, "ours.yaml")
    assert outcome.in_force is base
    (problem,) = outcome.problems
    assert "by what holds or hurts them (constraint)" in problem.said("en")
    assert "par ce qui le tient ou le blesse" in problem.said("fr")


def test_marketing_that_calls_itself_no_offer_is_refused():
    hidden = shipped_text("playbooks.yaml").replace("    offers: true\n", "")
    assert "offers: true" in refused(hidden, Playbooks, "playbooks.yaml").said("en")[0]


def test_a_condition_may_ask_of_the_stage_in_a_declared_change():
    ours = "playbooks:\n  ask_to_know: {all: [{field: change_stage_12, equals: contemplation}]}\n"
    assert edited(shipped().playbooks, ours, "ours.yaml").playbook("ask_to_know").all[0].field


def test_a_facet_of_an_unknown_item_is_refused():
    wrong = shipped_text("instruments.yaml").replace(
        "items: [satisfied, worth_it]", "items: [satisfied, worthit]"
    )
    assert (
        'did you mean "worth_it"?' in refused(wrong, Instruments, "instruments.yaml").said("en")[0]
    )


def test_a_firm_renames_a_kind_and_keeps_the_rest():
    base = shipped().relationships
    ours = edited(base, 'kinds:\n  fling: {name: {fr: "Coup de cœur"}}\n', "ours.yaml")
    assert ours.kind("fling").name.fr == "Coup de cœur"
    assert ours.kind("fling").name.en == "Fling"
    assert ours.kind("buddy") == base.kind("buddy")
    assert ours.fingerprint != base.fingerprint
    assert base.kind("fling").name.fr == "Aventure"


def test_a_kind_switched_off_leaves_the_space_and_the_prior():
    ours = edited(shipped().relationships, "kinds:\n  kinship: {switched_off: true}\n", "ours.yaml")
    assert "kinship" not in ours.space().kinds
    assert len(ours.prior("insurance")) == 28
    assert ours.prior("insurance").sum() == pytest.approx(1)


def test_a_kind_may_be_added_in_full_and_not_by_half():
    base = shipped().relationships
    with pytest.raises(CatalogueRefused) as caught:
        edited(base, "kinds:\n  regular:\n    family: exchange\n", "ours.yaml")
    assert all("kinds › regular" in said for said in caught.value.said("fr"))
    whole = base.kind("buddy").model_dump(mode="json") | {"id": "regular"}
    ours = edited(
        base, yaml.safe_dump({"kinds": {"regular": whole}}, allow_unicode=True), "ours.yaml"
    )
    assert len(ours.in_use) == 30
    assert ours.kind("regular").wants == base.kind("buddy").wants


def test_edits_are_pointed_at_by_their_own_lines():
    with pytest.raises(CatalogueRefused) as caught:
        edited(shipped().relationships, 'kinds:\n  fling:\n    nam: {fr: "x"}\n', "ours.yaml")
    assert caught.value.said("en") == [
        'ours.yaml, line 3, kinds › fling: "nam" is not known here; did you mean "name"?'
    ]


def test_empty_edits_change_nothing():
    base = shipped().relationships
    assert edited(base, "", "ours.yaml") == base


def test_the_old_version_stays_in_force_when_the_new_one_has_a_typo():
    base = shipped().relationships
    first = take_into_force(base, base, "kinds:\n  kinship: {switched_off: true}\n", "ours.yaml")
    assert first.taken
    second = take_into_force(
        first.in_force, base, "kinds:\n  kinship: {swiched_off: true}\n", "ours.yaml"
    )
    assert not second.taken
    assert second.in_force is first.in_force
    assert second.problems[0].near == "switched_off"


def test_a_fingerprint_depends_on_what_is_said_and_on_nothing_else():
    text = shipped_text("trust.yaml")
    once, again = (read_catalogue(t, Trust, "trust.yaml") for t in (text, text + "\n# a remark\n"))
    assert once.fingerprint == again.fingerprint
    assert len(once.fingerprint) == 12
