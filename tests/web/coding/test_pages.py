import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone
from tests.web.coding.firm import code_all, feeling, queue_for, spoken, text_of
from tests.web.factories import customer, said

from entregent.web.audit.models import Entry
from entregent.web.coding import actions
from entregent.web.coding.forms import profile_names
from entregent.web.coding.models import Adjudication, Coding, Queue, Training
from entregent.web.coding.queries import opinions_in

pytestmark = pytest.mark.django_db
ROOM = "/ecouter/codage/"
NEW = {
    "name": "Avis", "codes": ["sentiment"], "per_text": "2", "shown": "text", "masked": "on",
    "order": "random", "size": "5", "seed": "1", "target": "", "since": "", "until": "",
    "channel": "", "language": "",
}  # fmt: skip


def _post(person, queue, text, do, step=0):
    return person.post(
        f"{ROOM}{queue.pk}/repondre/",
        {"texte": text.rank, "pas": step, "do": do},
        headers={"HX-Request": "true"},
    )


# who may


@pytest.mark.parametrize("who", ["officer"])
def test_those_who_do_not_code_are_kept_out(who, request, as_person):
    person = as_person(request.getfixturevalue(who))
    for address in ("", "nouvelle/", "machine/apprentissages/", "modele-de-langue/"):
        assert person.get(f"{ROOM}{address}").status_code == 403
    assert person.get(f"{ROOM}machine/").status_code == 200


def test_an_adviser_codes_but_neither_opens_nor_decides(adviser, as_person):
    spoken()
    queue = queue_for(adviser)
    training = Training.objects.create(state=Training.State.DONE, folder="x")
    person = as_person(adviser)
    for address in (
        "nouvelle/", f"{queue.pk}/clore/", "machine/revenir/", "machine/apprentissages/",
        f"machine/apprentissages/{training.pk}/accepter/",
        f"machine/apprentissages/{training.pk}/ecarter/", "modele-de-langue/essayer/",
    ):  # fmt: skip
        assert person.post(f"{ROOM}{address}", NEW | {"people": [adviser.pk]}).status_code == 403
    queue.refresh_from_db()
    training.refresh_from_db()
    assert (queue.state, training.state) == (Queue.State.OPEN, Training.State.DONE)
    assert Queue.objects.count() == 1


def test_a_queue_of_others_does_not_exist_for_an_adviser(adviser, analyst, as_person):
    spoken()
    queue = queue_for(analyst)
    person = as_person(adviser)
    for address in ("", "coder/", "accord/", "desaccords/"):
        assert person.get(f"{ROOM}{queue.pk}/{address}").status_code == 404
    text = queue.texts.first()
    assert _post(person, queue, text, "say:sentiment:+").status_code == 404
    assert not Coding.objects.exists()


# opening


def test_a_queue_is_opened_and_filled(manager, adviser, analyst, as_person):
    spoken()
    person = as_person(manager)
    answer = person.post(f"{ROOM}nouvelle/", NEW | {"people": [adviser.pk, analyst.pk]})
    queue = Queue.objects.get()
    assert answer.url == f"{ROOM}{queue.pk}/"
    assert (queue.state, queue.texts.count(), queue.by) == (Queue.State.OPEN, 5, manager)
    assert Entry.objects.get(kind="queue").facts["people"] == 2
    assert "0 sur 5" in person.get(answer.url).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"codes": []}, {"people": []}, {"per_text": "3"}, {"codes": ["talk"]}, {"size": "0"},
        {"since": "2026-05-02", "until": "2026-05-01"},
    ],
)  # fmt: skip
def test_a_queue_that_lacks_something_is_not_opened(manager, adviser, analyst, as_person, wrong):
    given = NEW | {"people": [adviser.pk, analyst.pk]} | wrong
    assert as_person(manager).post(f"{ROOM}nouvelle/", given).status_code == 422
    assert not Queue.objects.exists()


# coding


def test_each_answer_is_kept_at_once_and_one_resumes_where_one_stopped(adviser, as_person):
    spoken()
    queue = queue_for(adviser)
    person, (first, second) = as_person(adviser), queue.texts.select_related("words")[:2]
    page = _post(person, queue, first, "say:sentiment:-")
    assert "Enregistré\u00a0: Sentiment, Défavorable" in page.text
    assert 'aria-pressed="true"' in page.text
    assert Coding.objects.get().by == adviser
    for step in range(1, len(first.words.places)):
        _post(person, queue, first, "rest", step)
    page = person.get(f"{ROOM}{queue.pk}/coder/").text
    assert f'name="texte" value="{second.rank}"' in page
    assert "Texte 2 sur 12" in page


def test_going_on_waits_for_the_answer_that_is_missing(adviser, as_person):
    spoken(("Merci.", "Nul."))
    queue = queue_for(adviser, size=2)
    person, text = as_person(adviser), queue.texts.first()
    page = _post(person, queue, text, "next").text
    assert "Il manque\u00a0: Sentiment" in page
    assert 'name="texte" value="0"' in page
    assert 'name="texte" value="1"' in _post(person, queue, text, "rest").text
    back = _post(person, queue, queue.texts.last(), "back").text
    assert 'name="texte" value="0"' in back


def test_talk_is_coded_after_the_segments_about_the_declared_change(adviser, as_person):
    spoken(("Je voudrais bien essayer.",))
    queue = queue_for(
        adviser, codes=("sentiment", "effort", "talk", "talk_kind"), target="payer en ligne", size=1
    )
    person, text = as_person(adviser), queue.texts.first()
    assert "payer en ligne" not in person.get(f"{ROOM}{queue.pk}/coder/").text
    page = _post(person, queue, text, "rest", 0).text
    assert "à propos de\u00a0: payer en ligne" in page
    assert "Nature du discours" not in page
    page = _post(person, queue, text, "say:talk:change", 1).text
    assert "Nature du discours" in page
    page = _post(person, queue, text, "say:talk_kind:desire", 1).text
    assert "Le texte entier" in _post(person, queue, text, "next", 1).text
    _post(person, queue, text, "say:effort:none", 2)
    assert "Vous avez fini" in _post(person, queue, text, "next", 2).text


def test_the_last_answer_ends_the_queue_and_tells_ones_own_pace(adviser, as_person):
    spoken(("Merci.", "Nul.", "Je pars."))
    queue = queue_for(adviser, size=3)
    person = as_person(adviser)
    for text in queue.texts.all():
        page = _post(person, queue, text, "rest").text
    assert "Vous avez fini\u00a0: 3 textes codés." in page
    # Twelve seconds between the first and the second, a long pause before the third.
    start = timezone.now()
    for coding, after in zip(Coding.objects.all(), (0, 12, 4000), strict=True):
        Coding.objects.filter(pk=coding.pk).update(at=start + timedelta(seconds=after))
    assert "6 s par texte" in person.get(f"{ROOM}{queue.pk}/coder/").text


def test_nobody_else_sees_how_long_a_person_took(adviser, manager, as_person):
    spoken(("Merci.",))
    queue = queue_for(adviser, size=1)
    code_all(queue, adviser, feeling)
    for address in ("", "accord/", "desaccords/"):
        page = as_person(manager).get(f"{ROOM}{queue.pk}/{address}").text
        assert "rythme" not in page
        assert not re.search(r"\d+ s par", page)


@pytest.mark.parametrize("do", ["say:sentiment:T", "say:mood:+", "say:trust:H-", "erase", ""])
def test_a_button_that_does_not_exist_keeps_nothing(adviser, as_person, do):
    spoken()
    queue = queue_for(adviser)
    assert _post(as_person(adviser), queue, queue.texts.first(), do).status_code == 422
    assert not Coding.objects.exists()


def test_without_a_script_the_same_buttons_lead_on(adviser, as_person):
    spoken(("Merci.", "Nul."))
    queue = queue_for(adviser, size=2)
    answer = as_person(adviser).post(
        f"{ROOM}{queue.pk}/repondre/", {"texte": 0, "pas": 0, "do": "rest"}
    )
    assert answer.url == f"{ROOM}{queue.pk}/coder/?texte=1&pas="
    assert Coding.objects.count() == 1


def test_names_are_masked_on_the_page_and_in_what_was_said_before(adviser, as_person):
    person = customer("Léa Martin")
    said(person, "Bonjour Léa Martin, où en est-on ?", at="2026-01-01T10:00Z", direction="out")
    said(person, "Je suis Léa Martin, rappelez le 06 12 34 56 78.", at="2026-01-02T10:00Z")
    queue = queue_for(adviser)
    page = as_person(adviser).get(f"{ROOM}{queue.pk}/coder/").text
    assert '<span class="masked">nom</span>' in page
    assert "Martin" not in page
    assert "06 12" not in page
    assert "où en est-on" in page


def test_a_queue_may_show_names_to_those_who_may_read_them(adviser, as_person):
    said(customer("Léa Martin"), "Je suis Léa Martin.")
    queue = queue_for(adviser, masked=False)
    assert "Léa Martin" in as_person(adviser).get(f"{ROOM}{queue.pk}/coder/").text


def test_a_blind_coder_sees_neither_machine_nor_others(adviser, analyst, as_person):
    spoken()
    queue = queue_for(adviser, analyst)
    code_all(queue, analyst, feeling)
    page = as_person(adviser).get(f"{ROOM}{queue.pk}/coder/").text
    assert "la machine" not in page
    assert 'aria-pressed="true"' not in page
    assert as_person(adviser).get(f"{ROOM}{queue.pk}/accord/").status_code == 403
    assert as_person(adviser).get(f"{ROOM}{queue.pk}/desaccords/").status_code == 403


def test_the_machine_is_shown_where_it_is_corrected(adviser, as_person):
    spoken(("Service nul, à éviter.",))
    queue = queue_for(adviser, blind=False, size=1)
    page = as_person(adviser).get(f"{ROOM}{queue.pk}/coder/").text
    assert "la machine\u00a0:" in page
    assert "choice proposed" in page
    _post(as_person(adviser), queue, queue.texts.first(), "rest")
    coding = Coding.objects.get()
    assert coding.value == coding.proposed == "-"


def test_a_text_erased_since_is_passed_over(adviser, as_person):
    rows = spoken(("Merci.", "Nul."))
    queue = queue_for(adviser, size=2)
    text = queue.texts.select_related("words").first()
    next(row for row in rows if row.pk == text.words.row).delete()
    person = as_person(adviser)
    assert "il ne se code plus" in person.get(f"{ROOM}{queue.pk}/coder/?texte=0").text
    assert 'name="texte" value="1"' in _post(person, queue, text, "skip").text
    assert not Coding.objects.exists()


# agreement


@pytest.fixture
def differing(adviser, analyst):
    spoken()
    queue = queue_for(adviser, analyst)
    code_all(queue, adviser, feeling)
    code_all(
        queue, analyst, lambda piece, code: "0" if "correct" in piece else feeling(piece, code)
    )
    return queue


def test_the_agreement_page_tells_kappa_alpha_interval_and_number(differing, manager, as_person):
    page = as_person(manager).get(f"{ROOM}{differing.pk}/accord/").text
    assert "1 désaccord, dont 1 à trancher." in page
    assert "Claire Petit – Anaïs Roche" in page
    assert "entre 0," in page
    assert "n = 15" in page


def test_a_difference_is_settled_on_the_page_by_number_not_by_name(differing, manager, as_person):
    person = as_person(manager)
    page = person.get(f"{ROOM}{differing.pk}/desaccords/").text
    assert "Lecteur 1" in page
    assert "Claire Petit" not in page
    (one,) = [its for its in opinions_in(differing) if its.differs]
    start, end, code = one.spot
    given = {"start": start, "end": end, "code": code, "values": "+", "reason": "Un éloge."}
    address = f"{ROOM}{differing.pk}/desaccords/{one.words}/trancher/"
    for wrong in ({"values": ""}, {"reason": ""}, {"code": "mood"}, {"start": 900}):
        assert person.post(address, given | wrong).status_code == 422
    assert not Adjudication.objects.exists()
    answer = person.post(address, given, headers={"HX-Request": "true"})
    assert "tranché" in answer.text
    assert "Un éloge." in answer.text
    assert Adjudication.objects.get().by == manager
    assert "tous tranchés" in person.get(f"{ROOM}{differing.pk}/accord/").text


def test_every_answer_leaves_as_a_row_with_names_masked(differing, adviser, manager, as_person):
    person = as_person(manager)
    answer = person.get(f"{ROOM}{differing.pk}/export/csv/")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + Coding.objects.count()
    assert sum("Claire Petit" in line for line in lines) == 15
    assert "Martin" not in "".join(lines)
    assert Entry.objects.filter(kind="queue", verb="exported", by=manager).count() == 1
    assert as_person(adviser).get(f"{ROOM}{differing.pk}/export/csv/").status_code == 403
    assert person.get(f"{ROOM}{differing.pk}/export/pdf/").status_code == 302


def test_an_adviser_reads_differences_and_does_not_settle_them(differing, adviser, as_person):
    person = as_person(adviser)
    assert "Trancher ainsi" not in person.get(f"{ROOM}{differing.pk}/desaccords/").text
    (one,) = [its for its in opinions_in(differing) if its.differs]
    address = f"{ROOM}{differing.pk}/desaccords/{one.words}/trancher/"
    assert person.post(address, {}).status_code == 403
    assert not Adjudication.objects.exists()


# the machine


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_card_tells_true_figures_of_each_profile(analyst, as_person, language):
    person = as_person(analyst)
    person.cookies["language"] = language
    assert set(profile_names()) == {"fast", "multilingual", "accurate", "tuned"}
    figures = {"fast": "0.76", "multilingual": "0.73", "accurate": "0.74", "tuned": "0.80"}
    for profile, movement in figures.items():
        page = person.get(f"{ROOM}machine/?profil={profile}").text
        row = re.search(r"<tr>\s*<th scope=\"row\">Mo(u)?vement</th>.*?</tr>", page, re.DOTALL)[0]
        assert (movement.replace(".", ",") if language == "fr" else movement) in row
    assert person.get(f"{ROOM}machine/?profil=best").status_code == 404


def test_human_agreement_stands_beside_the_machine(differing, manager, as_person):
    page = as_person(manager).get(f"{ROOM}machine/").text
    row = re.search(r"<tr>\s*<th scope=\"row\">Sentiment</th>.*?</tr>", page, re.DOTALL)[0]
    assert "pas mesuré" not in row


def test_a_training_is_accepted_only_with_a_reason(manager, as_person):
    training = Training.objects.create(state=Training.State.DONE, folder="x", figures=[])
    person = as_person(manager)
    answer = person.post(f"{ROOM}machine/apprentissages/{training.pk}/accepter/", {"reason": ""})
    assert [str(one) for one in get_messages(answer.wsgi_request)] == [
        "Rien n’a changé\u00a0: dites pourquoi vous l’acceptez."
    ]
    training.refresh_from_db()
    assert training.state == Training.State.DONE
    assert "vous décideriez sans chiffre" in person.get(answer.url).text


def test_going_back_to_what_reads_already_changes_nothing(manager, as_person):
    as_person(manager).post(f"{ROOM}machine/revenir/", {"reason": "x"})
    assert not Entry.objects.exists()


def test_the_room_lists_its_queues_in_few_questions(
    manager, adviser, as_person, django_assert_max_num_queries
):
    spoken()
    for name in range(6):
        queue_for(adviser, name=f"File {name}", size=2)
    person = as_person(manager)
    person.get(ROOM)
    with django_assert_max_num_queries(14):
        page = person.get(ROOM).text
    assert page.count("File ") >= 6


def test_what_is_done_waits_no_more(adviser, as_person):
    spoken()
    done, left = (
        queue_for(adviser, name="Finie", size=2),
        queue_for(adviser, name="À faire", size=2),
    )
    code_all(done, adviser, feeling)
    page = as_person(adviser).get(ROOM).text
    assert "1 file vous attend." in page
    assert page.index(left.name) < page.index(done.name)


# a customer's file


def test_an_adviser_corrects_a_reading_from_the_file(adviser, as_person):
    row = said(customer("Nadia"), "C’est lamentable. Je pars.")
    person = as_person(adviser)
    panel = f"{ROOM}clients/{row.customer_id}/"
    assert "Sentiment\u00a0: Défavorable" in person.get(panel).text
    given = {"kind": "echange", "row": row.pk, "start": 0, "end": 17, "do": "sentiment:~"}
    page = person.post(f"{panel}dire/", given, headers={"HX-Request": "true"}).text
    assert "Sentiment\u00a0: Partagé · Claire Petit" in page
    coding = Coding.objects.get()
    assert (coding.value, coding.proposed, coding.queue) == ("~", "-", None)
    assert coding.proposed_by.startswith("entregent-fast")


@pytest.mark.parametrize(
    "wrong",
    [{"do": "sentiment:T"}, {"end": 5}, {"row": 0}, {"kind": "autre"}, {"do": "talk:change"}, {"start": "x"}],
)  # fmt: skip
def test_what_cannot_be_said_from_the_file_is_not_kept(adviser, as_person, wrong):
    row = said(customer("Nadia"), "Service nul. Merci quand même.")
    given = {"kind": "echange", "row": row.pk, "start": 0, "end": 12, "do": "sentiment:-"} | wrong
    answer = as_person(adviser).post(f"{ROOM}clients/{row.customer_id}/dire/", given)
    assert answer.status_code == 422
    assert not Coding.objects.exists()


def test_words_of_another_customer_are_not_coded_from_this_file(adviser, as_person):
    mine, other = said(customer("Nadia"), "Nul."), said(customer("Tom"), "Nul.")
    given = {"kind": "echange", "row": other.pk, "start": 0, "end": 4, "do": "sentiment:-"}
    answer = as_person(adviser).post(f"{ROOM}clients/{mine.customer_id}/dire/", given)
    assert answer.status_code == 422
    assert not Coding.objects.exists()


def test_the_officer_reads_the_panel_without_coding(officer, as_person):
    row = said(customer("Nadia"), "Service nul.")
    page = as_person(officer).get(f"{ROOM}clients/{row.customer_id}/").text
    assert "Défavorable" in page
    assert "<button" not in page
    answer = as_person(officer).post(f"{ROOM}clients/{row.customer_id}/dire/", {})
    assert answer.status_code == 403


def test_what_is_said_from_the_file_teaches_too(adviser):
    row = said(customer("Nadia"), "Service nul.")
    actions.say_from_file(
        customer=row.customer, kind="echange", row=row.pk, span=(0, 12), code="sentiment",
        value="-", by=adviser,
    )  # fmt: skip
    queue = queue_for(adviser)
    assert queue.state == Queue.State.EMPTY
    assert [text_of(one) for one in queue.texts.all()] == []
