"""The catalogues that the package carries: whole, bilingual, and never wounding."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from entregent.adapters.catalogue.shelf import shipped
from entregent.engine.change.staging import STAGES
from entregent.engine.relationship.features import BEHAVIOUR
from entregent.engine.relationship.space import AXES
from entregent.engine.relationship.treatment import TREATMENT
from entregent.engine.relationship.words import WORDS

SHARED = Path(os.environ.get("ENTREGENT_SHARED", Path(__file__).resolve().parents[3] / "shared"))
CATALOGUE = Path(__file__).resolve().parents[2] / "src/entregent/catalogue"
FILES = sorted(CATALOGUE.glob("*.yaml"))


def french_and_english(content):
    if isinstance(content, dict):
        if "fr" in content and "en" in content:
            yield content["fr"], content["en"]
        for value in content.values():
            yield from french_and_english(value)
    elif isinstance(content, list):
        for value in content:
            yield from french_and_english(value)


def test_there_are_twenty_nine_kinds_in_nine_families():
    relationships = shipped().relationships
    assert len(relationships.kinds) == 29
    assert len(relationships.families) == 9
    assert {kind.family for kind in relationships.kinds} == set(relationships.families)


def test_families_hold_the_kinds_that_the_codebook_names():
    families = {}
    for kind in shipped().relationships.kinds:
        families.setdefault(kind.family, set()).add(kind.id)
    assert families["exchange"] == {"basic_exchange", "convenience_marriage", "acquaintance"}
    assert families["captive"] == {"captive", "arranged_marriage", "dependency"}
    assert families["betrayed"] == {"ex_partner", "frenemy"}
    assert families["demanding"] == {"master_servant"}


@pytest.mark.real_data
def test_coordinates_are_those_of_the_domain_reference():
    reference = SHARED / "domain/relationship_catalogue.json"
    if not reference.exists():
        pytest.skip("the domain reference is not beside the repository")
    told = {kind["id"]: kind for kind in json.loads(reference.read_text())["types"]}
    for kind in shipped().relationships.kinds:
        assert kind.axes.model_dump() == {axis: told[kind.id][axis] for axis in AXES}


def test_no_kind_carries_a_name_that_would_wound_who_reads_it():
    wounding = re.compile(
        r"esclav|slav|bourreau|victim|harcel|stalk|proie|prey|ennemi|enem|abus|d’un soir|one-night"
        r"|serviteur|servant|captur|dépend|depend|otage|ex$",
        re.IGNORECASE,
    )
    for kind in shipped().relationships.kinds:
        for name in (kind.name.fr, kind.name.en):
            assert not wounding.search(name), name


def test_the_catalogue_says_that_it_is_nobody_elses_list():
    note = shipped().relationships.note
    assert "la liste d’aucun des auteurs" in note.fr
    assert "the list of none of the authors" in note.en


def test_every_prior_is_mostly_functional_as_in_life():
    relationships = shipped().relationships
    functional = relationships.space().functional.astype(float)
    for sector in ("any", "insurance", "bank", "telecom", "retail"):
        shares = relationships.space().by_family(relationships.prior(sector))
        assert 0.60 <= shares @ functional <= 0.80, sector


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_sentence_stands_in_french_and_in_english(path):
    pairs = list(french_and_english(yaml.safe_load(path.read_text())))
    assert pairs or path.name == "x"
    for fr, en in pairs:
        if isinstance(fr, list):
            assert len(fr) == len(en)
        else:
            assert fr
            assert en


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_french_is_set_as_french(path):
    ordinary_space = re.compile(r" [;:?!»]|« |\d %")
    for fr, _ in french_and_english(yaml.safe_load(path.read_text())):
        for sentence in fr if isinstance(fr, list) else [fr]:
            assert not ordinary_space.search(sentence), sentence
            assert "'" not in sentence, sentence


def test_every_kind_can_be_opened_and_every_family_has_a_guide():
    shelf = shipped()
    assert set(shelf.guides.kinds) == {kind.id for kind in shelf.relationships.kinds}
    assert set(shelf.guides.families) == set(shelf.relationships.families)


@pytest.mark.parametrize("mode", ["neutral", "evocation"])
@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_and_mode_has_all_parts_of_a_guide(stage, mode):
    guide = shipped().guides.guide_for("exchange", stage, mode, "basic_exchange")
    assert guide.opening is not None
    assert len(guide.open_questions) >= 3
    assert len(guide.affirmations) >= 2
    assert all("{quote}" in piece.fr for piece in guide.reflections)
    assert "{quote}" in guide.summary.fr
    assert guide.never


def test_open_questions_are_open():
    closed = re.compile(r"^(Est-ce que|Êtes-vous|Voulez-vous|Avez-vous fini)")
    for piece in shipped().guides.pieces():
        if re.search(r"_q\d", piece.id):
            assert not closed.match(piece.fr), piece.fr


def test_playbooks_come_with_everything_an_adviser_needs():
    playbooks = shipped().playbooks.playbooks
    assert len(playbooks) >= 12
    for entry in playbooks:
        assert entry.all
        assert entry.do.fr
        assert entry.never.fr


def test_the_five_ready_changes_are_there_and_leaving_is_one():
    changes = {change.id: change for change in shipped().changes_ready.changes}
    assert set(changes) == {
        "new_digital_channel",
        "return_policy",
        "loyalty_programme",
        "price_change",
        "leaving",
    }
    assert changes["price_change"].modes == ("neutral",)
    assert changes["leaving"].modes == ("neutral",)
    assert all(change.external.fr and change.internal.fr for change in changes.values())


def test_trust_weights_are_whole_at_every_stage():
    weights = shipped().trust.level_weights()
    assert weights.shape == (5, 3)
    assert np.allclose(weights.sum(axis=1), 1)
    assert weights[0].tolist() == [0.60, 0.35, 0.05]
    assert weights[3].tolist() == [0.05, 0.40, 0.55]


def test_signals_read_columns_that_exist():

    shelf = shipped()
    asked = {f"{i}.{q}" if q else i for i, q in shelf.instruments.items_to_read()}
    known = {*BEHAVIOUR, *WORDS, *TREATMENT, *asked, "nps", "csat", "stars"}
    for signal in (*shelf.signals.signals, *shelf.signals.treatment_signals):
        assert signal.feature in known, signal.id
        assert signal.pieces is None or signal.pieces in known, signal.id
