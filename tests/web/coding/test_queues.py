import pytest
from tests.web.coding.firm import WORDS, code_all, feeling, queue_for, spoken, text_of
from tests.web.factories import answered, customer, said

from entregent.web.audit.models import Entry
from entregent.web.coding import actions
from entregent.web.coding.codes import Place
from entregent.web.coding.measures import choosing
from entregent.web.coding.models import Coding, NeverRewritten, Queue, QueuedText, Said, Words
from entregent.web.coding.queries import codings_of, progress_of, queues_for, texts_of
from entregent.web.customers.actions.erasure import erase_customer
from entregent.web.evidence.coded_words import code_new_words
from entregent.web.evidence.models import Interaction

pytestmark = pytest.mark.django_db


def first_of(queue) -> QueuedText:
    return queue.texts.select_related("words", "queue").first()


def place_of(text) -> Place:
    start, end = text.words.places[0]
    return Place(start, end, "segment")


# opening


def test_a_queue_holds_what_customers_said_and_not_what_the_firm_said(adviser):
    rows = spoken()
    said(rows[0].customer, "Nous vous répondons.", direction="out")
    answered(customer("Autre"), 3, "Dossier perdu deux fois.")
    queue = queue_for(adviser, size=50)
    assert queue.state == Queue.State.OPEN
    assert {text_of(one) for one in queue.texts.select_related("words")} == {
        *WORDS, "Dossier perdu deux fois.",
    }  # fmt: skip


def test_the_same_seed_draws_the_same_texts_and_another_does_not(adviser):
    spoken()
    drawn = []
    for seed in (5, 5, 6):
        queue = queue_for(adviser, size=5, seed=seed)
        drawn.append([one.words.row for one in queue.texts.select_related("words")])
        Queue.objects.all().delete()
        Words.objects.all().delete()
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_text_stands_in_one_queue_only(adviser):
    spoken()
    first, second = queue_for(adviser, size=7), queue_for(adviser, size=50)
    rows = [set(queue.texts.values_list("words__row", flat=True)) for queue in (first, second)]
    assert not rows[0] & rows[1]
    assert len(rows[0] | rows[1]) == len(WORDS)


def test_a_queue_that_nothing_answers_says_so(adviser):
    spoken()
    assert queue_for(adviser, channel="letter").state == Queue.State.EMPTY


def test_a_queue_may_be_of_one_language(adviser):
    spoken()
    said(customer("Tom"), "Not impressed at all.", language="en")
    assert queue_for(adviser, language="en").texts.count() == 1


def test_the_least_certain_come_first(adviser):
    spoken(
        ("Service nul, à fuir.", "Excellent, merci, très satisfait.", "Mouais, bof, on verra bien.")
    )
    queue = queue_for(adviser, order=Queue.Order.LEAST_CERTAIN, size=1)
    assert text_of(first_of(queue)) == "Mouais, bof, on verra bien."


def test_the_doubt_kept_of_every_text_decides_where_all_were_read(adviser, monkeypatch):
    spoken((*(f"Service nul numéro {rank}." for rank in range(5)), "Mouais, bof, on verra bien."))
    code_new_words()
    # Too few are looked at again for luck to find it.
    monkeypatch.setattr(choosing, "POOL", 1)
    queue = queue_for(adviser, order=Queue.Order.LEAST_CERTAIN, size=1)
    assert text_of(first_of(queue)) == "Mouais, bof, on verra bien."


def test_the_most_different_from_what_is_coded_come_first(adviser):
    (coded,) = spoken(("Le remboursement est trop lent.",))
    actions.say_from_file(
        customer=coded.customer, kind="echange", row=coded.pk, span=(0, len(coded.text)),
        code="effort", value="none", by=adviser,
    )  # fmt: skip
    spoken(
        ("Remboursement bien trop lent.", "Votre application ne s’ouvre plus sur mon téléphone.")
    )
    queue = queue_for(adviser, order=Queue.Order.MOST_DIFFERENT, size=1)
    assert text_of(first_of(queue)).startswith("Votre application")


@pytest.mark.parametrize(
    "wrong", [{"codes": []}, {"codes": ["mood"]}, {"codes": ["talk"], "target": ""}]
)
def test_a_queue_without_codes_that_can_be_asked_is_refused(adviser, wrong):
    with pytest.raises(actions.NotAsked):
        actions.open_queue(people=[adviser], by=None, name="x", **wrong)
    assert not Queue.objects.exists()
    assert not Entry.objects.exists()


def test_a_queue_for_fewer_people_than_each_text_needs_is_refused(adviser):
    with pytest.raises(actions.NotYours):
        actions.open_queue(people=[adviser], by=None, name="x", codes=["trust"], per_text=2)
    assert not Queue.objects.exists()


def test_three_people_share_texts_so_that_each_has_two_readers(adviser, analyst, manager):
    spoken()
    queue = queue_for(adviser, analyst, manager, per_text=2)
    shares = [
        {one.rank for one in texts_of(queue, person)} for person in (adviser, analyst, manager)
    ]
    assert [len(share) for share in shares] == [8, 8, 8]
    assert all(sum(rank in share for share in shares) == 2 for rank in range(12))


# answering


def test_a_correction_is_a_new_row_and_the_latest_counts(adviser):
    spoken()
    text = first_of(queue_for(adviser))
    for value in ("+", "-"):
        actions.say(text=text, place=place_of(text), code="sentiment", value=value, by=adviser)
    assert [one.value for one in Coding.objects.all()] == ["+", "-"]
    (now,) = codings_of(text.queue, adviser, text.words).values()
    assert now.value == "-"


def test_what_was_said_is_never_rewritten(adviser):
    spoken()
    text = first_of(queue_for(adviser))
    said_once = actions.say(
        text=text, place=place_of(text), code="sentiment", value="+", by=adviser
    )
    said_once.value = "-"
    with pytest.raises(NeverRewritten):
        said_once.save()
    assert Coding.objects.get().value == "+"


def test_an_answer_taken_back_leaves_its_row_and_counts_no_more(adviser):
    spoken()
    text = first_of(queue_for(adviser))
    actions.say(text=text, place=place_of(text), code="sentiment", value="+", by=adviser)
    actions.take_back(text=text, by=adviser)
    assert [one.said for one in Coding.objects.all()] == [Said.VALUE, Said.WITHDRAWN]
    assert codings_of(text.queue, adviser, text.words) == {}
    assert actions.take_back(text=text, by=adviser) is None


def test_not_being_able_to_tell_is_an_answer(adviser):
    spoken()
    queue = queue_for(adviser)
    code_all(queue, adviser, lambda *_: None)
    assert progress_of(queue)[0].done
    assert {one.said for one in Coding.objects.all()} == {Said.CANNOT_TELL}


def test_the_rest_of_a_place_is_the_weaker_value(adviser):
    spoken()
    text = first_of(queue_for(adviser, codes=("movement", "sentiment", "justice", "trust")))
    actions.say(text=text, place=place_of(text), code="sentiment", value="-", by=adviser)
    assert actions.say_rest(text=text, place=place_of(text), by=adviser) == 3
    values = {one.code: one.value for one in Coding.objects.all()}
    assert values == {"movement": "N", "sentiment": "-", "justice": "", "trust": ""}


def test_the_kind_of_talk_is_asked_only_of_words_that_lean(adviser):
    spoken()
    queue = queue_for(adviser, codes=("talk", "talk_kind"), target="payer en ligne")
    text = first_of(queue)
    start, end = text.words.places[0]
    place = Place(start, end, "utterance")
    actions.say(text=text, place=place, code="talk", value="neutral", by=adviser)
    assert actions.say_rest(text=text, place=place, by=adviser) == 0
    actions.say(text=text, place=place, code="talk", value="change", by=adviser)
    assert actions.say_rest(text=text, place=place, by=adviser) == 1
    assert Coding.objects.last().value == "other"


@pytest.mark.parametrize(
    ("code", "value"), [("sentiment", "T"), ("movement", "T"), ("relationship", "friend"), ("sentiment", "")]
)  # fmt: skip
def test_an_answer_that_is_not_asked_changes_nothing(adviser, code, value):
    spoken()
    text = first_of(queue_for(adviser))
    with pytest.raises(actions.NotAsked):
        actions.say(text=text, place=place_of(text), code=code, value=value, by=adviser)
    assert not Coding.objects.exists()


def test_a_place_that_is_none_is_refused(adviser):
    spoken()
    text = first_of(queue_for(adviser))
    with pytest.raises(actions.NotAsked):
        actions.say(
            text=text, place=Place(0, 1, "segment"), code="sentiment", value="+", by=adviser
        )
    assert not Coding.objects.exists()


def test_only_those_a_text_falls_to_code_it_and_only_while_it_is_open(adviser, manager):
    spoken()
    queue = queue_for(adviser)
    text = first_of(queue)
    with pytest.raises(actions.NotYours):
        actions.say(text=text, place=place_of(text), code="sentiment", value="+", by=manager)
    actions.close_queue(queue=queue, by=manager)
    with pytest.raises(actions.NotYours):
        actions.say(
            text=first_of(queue), place=place_of(text), code="sentiment", value="+", by=adviser
        )
    assert not Coding.objects.exists()
    actions.reopen_queue(queue=queue, by=manager)
    actions.say(text=first_of(queue), place=place_of(text), code="sentiment", value="+", by=adviser)
    assert [one.verb for one in Entry.objects.filter(kind="queue").order_by("pk")] == [
        "created", "changed", "undid",
    ]  # fmt: skip


def test_words_that_changed_since_are_not_coded_and_hold_nobody_up(adviser):
    spoken()
    queue = queue_for(adviser)
    text = first_of(queue)
    Interaction.objects.filter(pk=text.words.row).update(text="Autre chose.")
    with pytest.raises(actions.WordsChanged):
        actions.say(text=text, place=place_of(text), code="sentiment", value="+", by=adviser)
    assert not Coding.objects.exists()
    assert progress_of(queue)[0].texts == len(WORDS) - 1


def test_a_queue_that_corrects_the_machine_keeps_what_it_proposed(adviser):
    spoken()
    queue = queue_for(adviser, blind=False)
    text = next(
        one for one in queue.texts.select_related("words", "queue") if "nul" in text_of(one)
    )
    assert queue.proposed_by.startswith("entregent-fast")
    coding = actions.say(text=text, place=place_of(text), code="sentiment", value="-", by=adviser)
    assert (coding.proposed, coding.proposed_by) == ("-", queue.proposed_by)
    assert 0 < coding.proposed_confidence <= 1


def test_a_blind_queue_holds_no_proposal(adviser):
    spoken()
    assert {str(one.proposals) for one in queue_for(adviser).texts.all()} == {"{}"}


def test_an_erased_customer_takes_the_codings_along(adviser, officer):
    rows = spoken()
    queue = queue_for(adviser)
    code_all(queue, adviser, feeling)
    before = Coding.objects.count()
    mine = Coding.objects.filter(words__row=rows[0].pk).count()
    erase_customer(customer=rows[0].customer, by=officer, reason="demande")
    assert Coding.objects.count() == before - mine < before
    assert not Words.objects.filter(row=rows[0].pk).exists()
    assert progress_of(queue)[0].done


def test_people_see_the_queues_they_code_and_those_who_decide_see_all(adviser, analyst, officer):
    spoken()
    queue = queue_for(analyst)
    assert list(queues_for(analyst)) == [queue]
    assert list(queues_for(adviser)) == []
    assert list(queues_for(officer)) == []
