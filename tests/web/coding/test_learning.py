"""The firm's codings teach a coder, which reads only once somebody accepts it."""

import dataclasses

import pytest
from tests.adapters.coders.small import NoEncoder, small_coder, small_set
from tests.web.coding.firm import code_all, feeling, queue_for, spoken
from tests.web.factories import customer, days_ago, said

from entregent.adapters.coders import coder as carried
from entregent.web.audit.models import Entry
from entregent.web.coding import actions
from entregent.web.coding.measures import learning
from entregent.web.coding.measures.learning import firms_counts, firms_set
from entregent.web.coding.models import CoderChoice, Coding, Training
from entregent.web.coding.queries import coder_in_use, queues_for
from entregent.web.workspace import coder as seam
from entregent.web.workspace.models import this_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(monkeypatch, settings, tmp_path):
    """A coder trained in a moment in place of the package's; the path is the same."""
    settings.CODERS_FOLDER = tmp_path / "coders"
    base = small_coder()
    for module in (seam, actions):
        monkeypatch.setattr(module, "carried_coder", lambda *_: base)
    monkeypatch.setattr(actions, "carried_examples", small_set)
    monkeypatch.setattr(seam, "open_encoder", lambda _: NoEncoder())
    seam.coder_in.cache_clear()
    return base


WORDS = tuple(
    f"{words} {number}."
    for number in range(12)
    for words in (
        "Toujours rien reçu, dossier",
        "Merci pour tout, dossier",
        "Je cherche le dossier",
    )
)


@pytest.fixture
def coded(adviser, small):
    spoken(WORDS)
    queue = queue_for(adviser, size=len(WORDS), masked=False)
    code_all(queue, adviser, feeling)
    return queue


def trained(by) -> Training:
    training = actions.start_training(profile="small", by=by)
    actions.run_training(training)
    return training


def test_the_firms_texts_are_split_once_for_all(coded):
    own = firms_set()
    assert own.learned + own.held_out == len(WORDS)
    assert own.held_out > 0
    groups = [{one.group for one in part.segments} for part in (own.learn, own.judge)]
    assert not groups[0] & groups[1]
    assert firms_counts() == (own.learned, own.held_out)
    assert own.heads == ["sentiment"]


def test_names_are_masked_before_anything_is_learned(adviser, small):
    spoken(("Je suis Léa Martin et je pars.", "Appelez le 06 12 34 56 78."))
    code_all(queue_for(adviser, size=2), adviser, feeling)
    own = firms_set()
    learned = " ".join(
        f"{one.text} {one.setting}" for part in (own.learn, own.judge) for one in part.segments
    )
    assert "[phone]" in learned
    assert "06 12" not in learned
    assert "Martin" not in learned


def test_talk_is_learned_with_what_it_is_about(adviser, small):
    person = customer("Nadia")
    said(person, "Voulez-vous essayer, Léa Martin ?", at=days_ago(2), direction="out")
    said(person, "Oui, je voudrais bien.", at=days_ago(1))
    queue = queue_for(adviser, codes=("talk", "talk_kind"), target="payer en ligne", size=1)
    answers = {"talk": "change", "talk_kind": "steps"}
    code_all(queue, adviser, lambda _piece, code: answers[code])
    own = firms_set()
    (one,) = [*own.learn.utterances, *own.judge.utterances]
    assert one.setting == "payer en ligne … Voulez-vous essayer, [name 1] ?"
    assert one.codes == {"talk": "change", "talk_kind": "taking_steps"}


def test_a_training_shows_before_and_after_and_changes_nothing(coded, manager, small):
    training = trained(manager)
    assert training.state == Training.State.DONE
    assert training.codes == ["sentiment"]
    (row,) = training.figures
    assert (row["head"], row["n"]) == ("sentiment", training.held_out)
    assert coder_in_use() is small
    assert this_workspace().coder_folder == ""
    assert not CoderChoice.objects.exists()


def test_what_the_firm_did_not_code_stays_as_it_was(coded, manager, small):
    training = trained(manager)
    actions.accept_training(training=training, reason="Mieux.", by=manager)
    mine = coder_in_use()
    assert mine.name == training.coder != small.name
    for unit in ("text", "utterance"):
        assert mine.panels[unit].to_bytes() == small.panels[unit].to_bytes()
    assert mine.panels["segment"].to_bytes() != small.panels["segment"].to_bytes()


def test_the_difference_is_measured_on_the_same_texts(coded, manager, small):
    own = firms_set()
    said = learning.judged_on(small, own.judge)
    rows = learning.before_and_after(said, said)
    assert [row["head"] for row in rows] == ["sentiment"]
    (row,) = rows
    if row["gain"] is not None:
        assert row["gain"] == {"value": 0, "low": 0, "high": 0}
    assert row["before"] == row["after"]


def test_enough_cases_give_a_gain_with_its_interval(adviser, small):
    own = small_set()
    said = learning.judged_on(small, own)
    wrong = {
        unit: type(part)(
            part.examples,
            {head: ["?"] * len(answers) for head, answers in part.answers.items()},
            part.confidences,
            part.sure,
        )
        for unit, part in said.items()
    }
    rows = {row["head"]: row for row in learning.before_and_after(wrong, said)}
    assert rows["sentiment"]["gain"]["value"] == pytest.approx(rows["sentiment"]["after"]["f1"])
    assert rows["sentiment"]["gain"]["low"] > 0


def test_a_fairness_spoken_of_too_rarely_has_no_figure(adviser, small):
    said = learning.judged_on(small, small_set())
    rare = {
        unit: type(part)(
            [
                dataclasses.replace(one, codes=dict(one.codes) | {"justice_D": "yes" if at < 9 else "no"})
                for at, one in enumerate(part.examples)
            ],
            part.answers,
            part.confidences,
            part.sure,
        )
        for unit, part in said.items()
    }  # fmt: skip
    codes = {row["code"] for row in learning.told_rows(rare)}
    assert "justice_P" in codes
    assert not codes & {"justice_D", "justice_mean"}


def test_accepting_is_one_row_of_the_trail_and_one_can_go_back(coded, manager, small):
    training = trained(manager)
    actions.accept_training(training=training, reason="Il lit mieux.", by=manager)
    assert this_workspace().coder_folder == training.folder
    entry = Entry.objects.get(kind="coder")
    assert (entry.about, entry.facts["reason"], entry.by) == (
        training.coder, "Il lit mieux.", manager,
    )  # fmt: skip
    actions.use_carried_coder(reason="Essai fini.", by=manager)
    assert coder_in_use() is small
    assert [one.training for one in CoderChoice.objects.all()] == [None, training]
    actions.accept_training(training=training, reason="De nouveau.", by=manager)
    assert coder_in_use().name == training.coder


def test_a_training_put_aside_is_not_used(coded, manager, small):
    training = trained(manager)
    actions.refuse_training(training=training, by=manager)
    training.refresh_from_db()
    assert training.state == Training.State.REFUSED
    assert coder_in_use() is small
    with pytest.raises(actions.NotToBeDecided):
        actions.refuse_training(training=training, by=manager)


def test_a_coder_is_not_accepted_twice_nor_before_it_is_there(coded, manager, small):
    running = actions.start_training(profile="small", by=manager)
    with pytest.raises(actions.NotToBeDecided):
        actions.accept_training(training=running, reason="x", by=manager)
    actions.run_training(running)
    actions.accept_training(training=running, reason="x", by=manager)
    with pytest.raises(actions.AlreadyInUse):
        actions.accept_training(training=running, reason="x", by=manager)
    assert CoderChoice.objects.count() == 1


def test_one_training_at_a_time(coded, manager, small):
    actions.start_training(profile="small", by=manager)
    with pytest.raises(actions.AlreadyLearning):
        actions.start_training(profile="small", by=manager)
    assert Training.objects.count() == 1


def test_nothing_is_learned_where_nothing_was_coded(manager, small):
    with pytest.raises(actions.NothingCoded):
        actions.start_training(profile="small", by=manager)
    assert not Training.objects.exists()
    assert not Entry.objects.exists()


def test_a_training_without_anything_that_stands_fails_and_says_so(coded, manager, adviser, small):
    queue = coded
    for coding in Coding.objects.all():
        Coding.objects.create(
            words=coding.words, queue=queue, start=coding.start, end=coding.end,
            code=coding.code, said="withdrawn", by=adviser,
        )  # fmt: skip
    training = trained(manager)
    assert training.state == Training.State.FAILED
    assert "no coding stands" in training.failure
    assert coder_in_use() is small


def test_a_folder_that_is_gone_lets_the_packages_coder_read(
    coded, manager, small, settings, caplog
):
    training = trained(manager)
    actions.accept_training(training=training, reason="x", by=manager)
    for file in (settings.CODERS_FOLDER / training.folder).iterdir():
        file.unlink()
    seam.coder_in.cache_clear()
    assert coder_in_use() is small
    assert "cannot be read" in caplog.text


def test_the_card_of_the_firms_coder_tells_what_it_learned(coded, manager, small, settings):
    training = trained(manager)
    card = carried.read_card(settings.CODERS_FOLDER / training.folder)
    assert card["firm"] == {
        "learned": training.learned, "held_out": training.held_out, "heads": ["sentiment"],
    }  # fmt: skip
    assert card["scores"][0]["set"] == "firm"
    assert queues_for(manager).count() == 1
