import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.web.decisions.test_balance import DECLARED, LIST, declared, put, quoted
from tests.web.factories import answered, customer, days_ago, said

from entregent.web.accounts.models import User
from entregent.web.audit.models import Entry
from entregent.web.customers.actions.erasure import erase_customer
from entregent.web.decisions import actions, tasks
from entregent.web.decisions.hearing import hear
from entregent.web.decisions.measures import standing
from entregent.web.decisions.models import Change, Heard, Item, Quote
from entregent.web.decisions.queries import heard_from, proposals_for, ruled_by
from entregent.web.decisions.reading import read_words_about
from entregent.web.evidence.coded_words import code_new_words
from entregent.web.verbatims.queries import verbatim_for
from entregent.web.workspace.coder import coder_in_use

pytestmark = pytest.mark.django_db
VOICE = "Je préfère parler à quelqu’un plutôt que d’ouvrir un espace en ligne."


def heard(change, row, text=None, *, place=0, talk="sustain", cell="keep_for", **known) -> Heard:
    known = {"near": 0.5, "talk_confidence": 0.8, "talk_kind": ""} | known
    return Heard.objects.create(
        change=change, kind="echange", row=row.pk, place=place, customer_id=row.customer_id,
        said_at=row.at, text=text or row.text, talk=talk, cell=cell, **known,
    )  # fmt: skip


def read(change) -> None:
    change.heard_at = timezone.now()
    change.save()


@pytest.fixture
def proposed(manager):
    """A sentence that the machine proposes."""
    change = declared()
    read(change)
    return change, heard(change, said(customer(), VOICE))


def _address(change, one, what):
    return f"{LIST}{change.pk}/proposes/{one.pk}/{what}/"


# finding and reading


def test_words_near_a_change_are_heard_and_others_and_earlier_ones_are_not():
    change = declared(since=days_ago(30).date())
    near = said(customer(), VOICE, at=days_ago(3))
    said(customer("Luc"), "Ma voiture a été rayée sur un parking à Dax.", at=days_ago(3))
    said(customer("Léa"), "J’ai ouvert mon espace en ligne hier soir.", at=days_ago(60))
    code_new_words()
    assert {one.row for one in hear(change, coder_in_use())} == {near.pk}


def test_what_is_heard_is_the_text_s_own_and_a_cell_follows_its_talk():
    change = declared(since=days_ago(30).date(), ready="new_digital_channel")
    for text in (VOICE, "Bonjour. L’espace en ligne est plus rapide que le téléphone. Merci."):
        said(customer(text[:9]), text)
    code_new_words()
    found = hear(change, coder_in_use())
    assert found
    towards = {"change": {"change_for", "keep_against"}, "sustain": {"keep_for", "change_against"}}
    for one in found:
        assert 0.36 <= one.near <= 1
        assert 0 <= one.talk_confidence <= 1
        assert str(one.cell) in towards.get(one.talk, {""})


def test_the_other_side_of_a_chat_is_not_the_customer():
    change = declared(since=days_ago(30).date())
    chat = (
        "Malik : Vous pouvez ouvrir votre espace en ligne.\nMoi : Je ne veux pas d’espace en ligne."
    )
    said(customer(), chat, channel="chat")
    code_new_words()
    assert {one.text for one in hear(change, coder_in_use())} <= {
        "Je ne veux pas d’espace en ligne."
    }


def test_words_of_leaving_and_of_staying_go_their_way_where_the_change_is_to_leave():
    change = declared(
        name="Partir", target="quitter l’entreprise", since=days_ago(30).date(), ready="leaving"
    )
    goes = said(customer(), "Je vais résilier et quitter votre entreprise.")
    stays = said(customer("Luc"), "Je compte rester fidèle à votre entreprise.")
    code_new_words()
    ways = {one.row: one.talk for one in hear(change, coder_in_use())}
    assert ways == {goes.pk: "change", stays.pk: "sustain"}


def test_a_sentence_that_only_resembles_a_reason_goes_no_way():
    change = declared(
        name="Un changement de prix", target="accepter le nouveau tarif",
        since=days_ago(30).date(), ready="price_change",
    )  # fmt: skip
    said(customer(), "Satisfait du service. Le nouveau tarif est cher.")
    code_new_words()
    ways = {one.text: (one.talk, one.cell) for one in hear(change, coder_in_use())}
    assert ways.get("Satisfait du service.", ("", ""))[1] == ""


def test_without_words_nothing_is_heard_and_the_page_says_when_it_was_looked_for(
    manager, as_person
):
    change = declared()
    assert "n’ont pas encore été lus" in as_person(manager).get(f"{LIST}{change.pk}/").text
    assert read_words_about(change) == 0
    change.refresh_from_db()
    assert change.heard_with == coder_in_use().name[:60]
    page = as_person(manager).get(f"{LIST}{change.pk}/").text
    assert "n’ont pas encore été lus" not in page
    assert page.count("Rien à proposer ici.") == 4


def test_words_are_read_again_for_changes_in_force_and_what_was_dismissed_stays_so(manager):
    change, withdrawn = declared(since=days_ago(30).date()), declared(name="Autre")
    actions.withdraw_change(change=withdrawn, by=manager)
    said(customer(), VOICE)
    code_new_words()
    tasks.read_all_words.call()
    withdrawn.refresh_from_db()
    assert withdrawn.heard_at is None
    one = Heard.objects.get(change=change)
    actions.dismiss(heard=one, by=manager)
    tasks.read_words.call(change.pk)
    tasks.read_words.call(change.pk)
    assert list(Heard.objects.values_list("pk", "dismissed_by")) == [(one.pk, manager.pk)]


# proposing


def test_a_proposal_shows_its_words_its_cell_and_its_confidence_as_the_machine_s(
    proposed, manager, as_person
):
    page = as_person(manager).get(f"{LIST}{proposed[0].pk}/").text
    for words in (VOICE, "proposé par la machine", "pour ne rien changer", "80\u202f%"):
        assert words in page


def test_where_the_coder_abstains_or_hears_no_side_nothing_is_proposed(manager):
    change = declared()
    heard(change, said(customer(), VOICE), talk="", cell="")
    heard(change, said(customer("Luc"), "Où est l’espace en ligne ?"), talk="neutral", cell="")
    found = proposals_for(manager, change)
    assert (found.heard, found.neutral, found.unsure, found.waiting) == (2, 1, 1, {})
    assert not any(found.by_cell.values())


def test_the_same_words_are_proposed_once_and_the_most_telling_first(manager):
    change = declared()
    heard(change, said(customer(), VOICE))
    heard(change, said(customer("Luc"), VOICE.upper()), near=0.4)
    heard(change, said(customer("Léa"), "Jamais d’écran."), near=0.9)
    found = proposals_for(manager, change)
    assert [one.heard.text for one in found.by_cell["keep_for"]] == ["Jamais d’écran.", VOICE]
    assert found.waiting == {"keep_for": 3}


def test_what_stands_in_the_balance_is_not_proposed_and_is_again_once_detached(proposed, manager):
    change, one = proposed
    quote = actions.attach_quote(
        item=put(change, "keep_for", "Une voix"), talk_kind="", by=manager, chosen=[0],
        verbatim=_verbatim(manager, one),
    )  # fmt: skip
    assert not proposals_for(manager, change).by_cell["keep_for"]
    actions.detach_quote(quote=quote, by=manager)
    assert len(proposals_for(manager, change).by_cell["keep_for"]) == 1


def _verbatim(user, one):
    return verbatim_for(user, one.kind, one.row)


def test_one_click_puts_a_proposal_under_an_item_of_its_own(proposed, manager, as_person):
    change, one = proposed
    as_person(manager).post(_address(change, one, "mettre"), {"to": "cell-keep_for"})
    quote = Quote.objects.get()
    assert (quote.text, quote.item.cell, quote.by) == (VOICE, "keep_for", manager)
    assert Entry.objects.filter(kind="quote", verb="created").count() == 1


def test_a_proposal_goes_under_an_item_that_is_there(proposed, manager, as_person):
    change, one = proposed
    item = put(change, "change_against", "Plus de voix")
    as_person(manager).post(_address(change, one, "mettre"), {"to": f"item-{item.pk}"})
    assert Quote.objects.get().item == item


def test_what_is_dismissed_does_not_come_back_until_it_is_taken_back(proposed, manager, as_person):
    change, one = proposed
    person = as_person(manager)
    person.post(_address(change, one, "ecarter"))
    found = proposals_for(manager, change)
    assert (found.waiting, [aside.heard.pk for aside in found.dismissed]) == ({}, [one.pk])
    assert "1 phrase écartée" in person.get(f"{LIST}{change.pk}/").text
    person.post(_address(change, one, "reprendre"))
    assert proposals_for(manager, change).waiting == {"keep_for": 1}
    assert [entry.verb for entry in Entry.objects.filter(kind="heard").order_by("pk")] == [
        "removed", "undid",
    ]  # fmt: skip


# refusing


@pytest.mark.parametrize("to", ["", "item-999999", "cell-elsewhere"])
def test_a_proposal_that_cannot_be_placed_changes_nothing(proposed, manager, as_person, to):
    change, one = proposed
    page = as_person(manager).post(_address(change, one, "mettre"), {"to": to}, follow=True).text
    assert "Rien n’a été ajouté" in page
    assert (Quote.objects.count(), Item.objects.count()) == (0, 0)


def test_a_proposal_whose_text_changed_is_not_shown_and_not_attached(proposed, manager, as_person):
    change, one = proposed
    row = _verbatim(manager, one).row
    row.text = "Autre chose."
    row.save()
    assert not proposals_for(manager, change).by_cell["keep_for"]
    page = as_person(manager).post(
        _address(change, one, "mettre"), {"to": "cell-keep_for"}, follow=True
    )
    assert "ce texte a changé" in page.text
    assert not Quote.objects.exists()


@pytest.mark.parametrize("what", ["mettre", "ecarter", "reprendre"])
def test_an_adviser_reads_proposals_and_touches_none(proposed, adviser, as_person, what):
    change, one = proposed
    before = Entry.objects.count()
    person = as_person(adviser)
    assert person.post(_address(change, one, what), {"to": "cell-keep_for"}).status_code == 403
    assert (Quote.objects.count(), Entry.objects.count()) == (0, before)
    page = person.get(f"{LIST}{change.pk}/").text
    assert VOICE in page
    assert "ecarter" not in page


def test_who_may_not_read_customers_words_sees_no_proposal(proposed):
    assert proposals_for(User(email="x@exemple.fr", role=""), proposed[0]) is None


def test_a_proposal_of_another_change_is_not_found(proposed, manager, as_person):
    _change, one = proposed
    other = declared(name="Autre")
    assert as_person(manager).post(_address(other, one, "ecarter")).status_code == 404
    one.refresh_from_db()
    assert one.dismissed_at is None


def test_an_erased_customer_s_words_are_proposed_no_more(manager):
    change, person = declared(), customer()
    heard(change, said(person, VOICE))
    erase_customer(customer=person, by=manager, reason="demande")
    assert not Heard.objects.exists()


def test_the_page_asks_as_much_of_the_store_for_many_proposals_as_for_one(
    proposed, manager, as_person
):
    change, _one = proposed
    person = as_person(manager)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            person.get(f"{LIST}{change.pk}/")
        return len(queries)

    asked()
    few = asked()
    for rank in range(30):
        row = said(customer(f"Client {rank}"), f"Jamais d’écran pour moi, raison {rank}.")
        heard(change, row, cell=list(Item.In)[rank % 4])
    assert asked() == few


# one customer


def _panel(person) -> str:
    return f"/decider/clients/{person.pk}/"


def test_what_the_machine_read_of_a_customer_counts_for_its_confidence(adviser, as_person):
    change, person = declared(), customer()
    heard(change, said(person, VOICE, at=days_ago(20)), talk_confidence=0.75)
    heard(
        change, said(person, "Ce serait plus rapide.", at=days_ago(10)), talk="change",
        cell="change_for", talk_kind="reasons", talk_confidence=0.625,
    )  # fmt: skip
    heard(change, said(person, "Un mot de l’espace."), talk="", cell="", talk_confidence=0.4)
    stands = standing(change, [], timezone.now(), heard_from(person)[change.pk])
    # Griffin: (0.625 + 0.75) / 2 - |0.625 - 0.75| = 0.5625
    assert (stands.talk.change, stands.talk.sustain, stands.ambivalence) == (0.625, 0.75, 0.5625)
    assert (stands.stage, stands.firm, stands.silent) == ("contemplation", False, 1)
    page = as_person(adviser).get(_panel(person)).text
    for words in (VOICE, "lu par la machine", "donne des raisons de changer", "parle dans les deux sens", "1 autre phrase"):  # fmt: skip
        assert words in page


def test_what_people_chose_stands_in_place_of_what_the_machine_read(manager):
    change, person = declared(), customer()
    row = said(person, VOICE)
    heard(change, row)
    quoted(put(change, "keep_for", "Une voix"), row, user=manager)
    assert heard_from(person) == {}


def test_what_was_dismissed_is_not_counted_on_a_file(proposed, manager):
    change, one = proposed
    actions.dismiss(heard=one, by=manager)
    assert heard_from(one.customer) == {}
    assert standing(change, [], timezone.now(), []).stage is None


def test_a_file_without_words_says_that_nothing_was_heard(adviser, as_person):
    declared()
    page = as_person(adviser).get(_panel(customer())).text
    assert "on ne sait pas où il en est" in page


def test_rulers_show_the_latest_answer_and_say_where_there_is_none(adviser, as_person):
    person = customer()
    for day, value in ((30, 3), (2, 8)):
        answered(person, value, instrument="relation", item="importance", at=days_ago(day))
    change = declared(importance="relation.importance", readiness="relation.pret")
    assert ruled_by(person, [change])[change.pk]["importance"].value == 8
    page = as_person(adviser).get(_panel(person)).text
    assert "<strong>8</strong>" in page
    assert "sans réponse" in page
    assert "Confiance d’y arriver" not in page


def test_a_ruler_that_nobody_ever_answered_is_refused(manager, as_person):
    page = as_person(manager).post("/decider/declarer/", DECLARED | {"importance": "relation.x"})
    assert page.status_code == 422
    assert "Personne n’a encore répondu" in page.text
    assert not Change.objects.exists()
