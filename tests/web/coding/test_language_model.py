"""A language model is off until allowed, costs what was said, and is judged by the same ruler."""

import pytest
from tests.adapters.coders.stand_in import StandIn
from tests.web.coding.firm import code_all, feeling, queue_for, spoken

from entregent.web.audit.models import Entry
from entregent.web.coding import actions
from entregent.web.coding.models import LanguageModel, Trial
from entregent.web.coding.queries import language_model

pytestmark = pytest.mark.django_db
PAGE = "/ecouter/codage/modele-de-langue/"
SET = {
    "on": "on", "address": "http://localhost:9/v1", "model": "petit", "key_variable": "",
    "price_in": "1", "price_out": "2",
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.CODERS_FOLDER = tmp_path / "coders"


@pytest.fixture
def coded(adviser):
    spoken()
    code_all(queue_for(adviser), adviser, feeling)


def _allowed(address, by, **other):
    known = {"on": True, "address": address, "model": "petit", "price_in": 1, "price_out": 2}
    return actions.set_language_model(by=by, **known | other)


def test_it_is_off_until_somebody_allows_it(manager, coded, as_person):
    assert not language_model().on
    assert "aucun texte ne sort" in as_person(manager).get(PAGE).text
    with pytest.raises(actions.SwitchedOff):
        actions.start_trial(by=manager)
    as_person(manager).post(f"{PAGE}essayer/")
    assert not Trial.objects.exists()


def test_allowing_it_is_in_the_trail_and_sends_nothing(manager, as_person):
    with StandIn() as server:
        as_person(manager).post(PAGE, SET | {"address": server.address})
        assert server.asked == []
    assert language_model().on
    assert Entry.objects.get(kind="languagemodel").facts == {"on": True, "model": "petit"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": ""}, {"model": ""}, {"address": "file:///etc/passwd"}, {"price_in": "-1"},
        {"key_variable": "sk-secret"}, {"key_variable": "ENTREGENT_SECRET_KEY"},
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused_and_nothing_is_kept(manager, as_person, wrong):
    assert as_person(manager).post(PAGE, SET | wrong).status_code == 422
    assert not LanguageModel.objects.exists()


def test_an_analyst_neither_sees_nor_changes_it(analyst, as_person):
    person = as_person(analyst)
    assert person.get(PAGE).status_code == person.post(PAGE, SET).status_code == 403
    assert not LanguageModel.objects.exists()


def test_the_key_is_read_from_the_environment_and_never_kept(manager, coded):
    model = _allowed("http://localhost:9/v1", manager, key_variable="ENTREGENT_MODEL_KEY_TEST")
    asked = actions.asked(model, {"ENTREGENT_MODEL_KEY_TEST": "s3cret"})
    assert asked._endpoint.key == "s3cret"
    assert actions.key_is_there(model, {"ENTREGENT_MODEL_KEY_TEST": "s3cret"})
    assert not actions.key_is_there(model, {})
    kept = {field.name: getattr(model, field.name) for field in model._meta.fields}
    assert "s3cret" not in str(kept)


def test_the_cost_is_told_before_anything_is_sent(manager, coded, as_person):
    with StandIn() as server:
        _allowed(server.address, manager)
        page = as_person(manager).get(PAGE).text
        assert "12 textes déjà codés par vous, 15 segments, en 2 demandes" in page
        assert "Coût attendu" in page
        assert server.asked == []


def test_a_trial_judges_it_beside_the_coder_in_use(manager, coded, as_person):
    with StandIn() as server:
        _allowed(server.address, manager)
        as_person(manager).post(f"{PAGE}essayer/")
    trial = Trial.objects.get()
    assert (trial.state, trial.texts, trial.problems) == (Trial.State.DONE, 12, [])
    (row,) = trial.figures
    # The stand-in finds everything negative.
    negative = sum(feeling(piece) == "-" for piece in _pieces(server))
    assert (row["head"], row["n"]) == ("sentiment", 15)
    assert row["model"]["value"] == pytest.approx(negative / 15)
    assert 0 <= row["coder"]["low"] <= row["coder"]["value"] <= 1
    page = as_person(manager).get(PAGE).text
    assert "Sentiment" in page
    assert "réponses justes" in page


def _pieces(server):
    return [
        piece for asked in server.asked for text in asked["texts"] for piece in text["segments"]
    ]


def test_names_are_masked_before_they_are_sent(manager, coded):
    with StandIn() as server:
        _allowed(server.address, manager)
        actions.run_trial(actions.start_trial(by=manager))
    sent = " ".join(_pieces(server))
    assert "[name 1]" in sent
    assert "Martin" not in sent


def test_a_server_that_refuses_leaves_its_reason(manager, coded, as_person):
    with StandIn(401) as server:
        _allowed(server.address, manager)
        as_person(manager).post(f"{PAGE}essayer/")
    trial = Trial.objects.get()
    assert (trial.state, trial.figures) == (Trial.State.FAILED, [])
    assert "401" in as_person(manager).get(PAGE).text


def test_texts_that_it_declines_are_counted_and_the_rest_compared(manager, coded, as_person):
    with StandIn("refusal", "refusal") as server:
        _allowed(server.address, manager)
        as_person(manager).post(f"{PAGE}essayer/")
    trial = Trial.objects.get()
    assert trial.state == Trial.State.DONE
    assert len(trial.problems) == 1
    assert trial.figures[0]["n"] < 15
    assert "est resté sans réponse" in as_person(manager).get(PAGE).text


def test_switching_it_off_stops_a_trial_that_waits(manager, coded):
    with StandIn() as server:
        _allowed(server.address, manager)
        trial = actions.start_trial(by=manager)
        actions.set_language_model(by=manager, on=False)
        actions.run_trial(trial)
        assert server.asked == []
    assert (trial.state, trial.failure) == (Trial.State.FAILED, "off")


def test_without_a_coded_text_there_is_nothing_to_try(manager):
    _allowed("http://localhost:9/v1", manager)
    assert actions.expected_cost() is None
    with pytest.raises(actions.NothingCoded):
        actions.start_trial(by=manager)
    assert not Trial.objects.exists()
