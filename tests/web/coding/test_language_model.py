"""A language model is off until allowed, costs what was said, and is judged by the same ruler."""

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.adapters.coders.stand_in import StandIn, good
from tests.web.coding.firm import code_all, feeling, queue_for, spoken

from entregent.web.audit.models import Entry
from entregent.web.coding import actions
from entregent.web.coding.codes import Place
from entregent.web.coding.models import LanguageModel, Queue, Trial
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


# proposals in a queue


@pytest.fixture
def waiting(adviser):
    spoken()
    return queue_for(adviser, codes=("sentiment", "effort"), blind=False, asks_model=True)


def _page(queue):
    return f"/ecouter/codage/{queue.pk}/"


def test_a_queue_waits_with_its_cost_and_nothing_is_sent(manager, waiting, as_person):
    with StandIn() as server:
        _allowed(server.address, manager)
        page = as_person(manager).get(_page(waiting)).text
        assert server.asked == []
    assert "12 textes, 15 segments, en 2 demandes" in page
    assert "Coût attendu" in page
    assert waiting.state == Queue.State.PRICED
    assert not waiting.texts.exclude(proposals={}).exists()


def test_once_the_cost_is_accepted_the_model_proposes_and_the_queue_opens(
    manager, adviser, waiting, as_person
):
    with StandIn() as server:
        _allowed(server.address, manager)
        as_person(manager).post(f"{_page(waiting)}interroger/")
    waiting.refresh_from_db()
    assert (waiting.state, waiting.proposed_by.split()[0]) == (Queue.State.OPEN, "petit")
    text = waiting.texts.select_related("words", "queue").first()
    start, end = text.words.places[0]
    assert text.proposals[f"{start}-{end}"]["sentiment"] == ["-", None]
    coding = actions.say(
        text=text, place=Place(start, end, "segment"), code="sentiment", value="+", by=adviser
    )
    assert (coding.value, coding.proposed, coding.proposed_confidence) == ("+", "-", None)
    assert coding.proposed_by == waiting.proposed_by
    assert "comme le modèle" in as_person(adviser).get(f"{_page(waiting)}coder/").text
    entry = Entry.objects.filter(kind="queue", verb="changed").get()
    assert entry.facts["texts"] == 12


def test_who_does_not_decide_sends_nothing(manager, adviser, waiting, as_person):
    with StandIn() as server:
        _allowed(server.address, manager)
        assert as_person(adviser).post(f"{_page(waiting)}interroger/").status_code == 403
        assert "doit d’abord accepter ce coût" in as_person(adviser).get(_page(waiting)).text
        assert server.asked == []
    waiting.refresh_from_db()
    assert waiting.state == Queue.State.PRICED


def test_a_model_that_is_off_is_not_asked(manager, waiting, as_person):
    with StandIn() as server:
        _allowed(server.address, manager)
        actions.set_language_model(by=manager, on=False)
        with pytest.raises(actions.SwitchedOff):
            actions.ask_model(queue=waiting, by=manager)
        assert server.asked == []
    waiting.refresh_from_db()
    assert waiting.state == Queue.State.PRICED


def test_switching_it_off_stops_proposals_that_wait(manager, waiting, as_person):
    with StandIn() as server:
        _allowed(server.address, manager)
        actions.ask_model(queue=waiting, by=manager)
        actions.set_language_model(by=manager, on=False)
        waiting.refresh_from_db()
        actions.run_proposals(waiting)
        assert server.asked == []
    assert (waiting.state, waiting.failure) == (Queue.State.PRICED, "off")
    assert "n’est plus autorisé" in as_person(manager).get(_page(waiting)).text


def test_a_refusal_in_the_middle_keeps_what_was_read_and_sends_the_rest_later(manager, waiting):
    with StandIn(good, 401) as server:
        _allowed(server.address, manager)
        actions.ask_model(queue=waiting, by=manager)
        waiting.refresh_from_db()
        actions.run_proposals(waiting)
        assert waiting.state == Queue.State.PRICED
        assert "401" in waiting.failure
        assert not waiting.texts.exclude(proposals={}).exists()
        actions.ask_model(queue=waiting, by=manager)
        waiting.refresh_from_db()
        actions.run_proposals(waiting)
    assert (waiting.state, waiting.failure) == (Queue.State.OPEN, "")
    assert [len(asked["texts"]) for asked in server.asked] == [8, 4, 4]
    assert not waiting.texts.filter(proposals={}).exists()


def test_a_text_it_declines_goes_without_a_proposal_and_is_counted(manager, waiting, as_person):
    with StandIn("refusal", "refusal") as server:
        _allowed(server.address, manager)
        actions.ask_model(queue=waiting, by=manager)
        waiting.refresh_from_db()
        actions.run_proposals(waiting)
    assert waiting.texts.filter(proposals={}).count() == 1
    assert "1 texte sans proposition" in as_person(manager).get(_page(waiting)).text


def test_a_queue_may_open_with_the_machine_instead(manager, waiting, as_person):
    with StandIn() as server:
        _allowed(server.address, manager)
        as_person(manager).post(f"{_page(waiting)}sans-modele/")
        assert server.asked == []
    waiting.refresh_from_db()
    assert (waiting.state, waiting.asks_model) == (Queue.State.OPEN, False)
    assert waiting.proposed_by.startswith("entregent-fast")
    assert not waiting.texts.filter(proposals={}).exists()


def test_proposals_whose_worker_was_killed_may_be_asked_for_again_and_not_before(
    manager, waiting, as_person
):
    with StandIn() as server:
        _allowed(server.address, manager)
        actions.ask_model(queue=waiting, by=manager)
        assert "par petits lots" in as_person(manager).get(_page(waiting)).text
        with pytest.raises(actions.NotWaitingForModel):
            actions.ask_model(queue=waiting, by=manager)
        Queue.objects.update(asked_at=timezone.now() - timedelta(hours=3))
        assert "s’est arrêté avant la fin" in as_person(manager).get(_page(waiting)).text
        as_person(manager).post(f"{_page(waiting)}interroger/")
        assert len(server.asked) == 2
    waiting.refresh_from_db()
    assert waiting.state == Queue.State.OPEN


def test_an_open_queue_is_not_asked_about_again(manager, waiting):
    actions.open_without_model(queue=waiting, by=manager)
    _allowed("http://localhost:9/v1", manager)
    for act in (actions.ask_model, actions.open_without_model):
        with pytest.raises(actions.NotWaitingForModel):
            act(queue=waiting, by=manager)
    waiting.refresh_from_db()
    assert waiting.state == Queue.State.OPEN


@pytest.mark.parametrize(
    "wrong", [{"codes": ["talk"], "target": "payer en ligne"}, {"blind": True}]
)
def test_a_model_reads_no_talk_and_proposes_nothing_to_the_blind(adviser, wrong):
    known = {"codes": ["sentiment"], "blind": False} | wrong
    with pytest.raises(actions.NotAsked):
        actions.open_queue(
            people=[adviser], by=None, name="x", per_text=1, asks_model=True, **known
        )
    assert not Queue.objects.exists()


def test_the_form_offers_the_model_only_once_it_is_allowed(manager, adviser, as_person):
    assert "Ce que propose petit" not in as_person(manager).get("/ecouter/codage/nouvelle/").text
    _allowed("http://localhost:9/v1", manager)
    assert "Ce que propose petit" in as_person(manager).get("/ecouter/codage/nouvelle/").text
    spoken()
    as_person(manager).post(
        "/ecouter/codage/nouvelle/",
        {"name": "Avis", "codes": ["sentiment"], "people": [adviser.pk], "per_text": 1,
         "shown": "model", "order": "random", "size": 5, "seed": 1},
    )  # fmt: skip
    queue = Queue.objects.get()
    assert (queue.blind, queue.asks_model, queue.state) == (False, True, Queue.State.PRICED)
