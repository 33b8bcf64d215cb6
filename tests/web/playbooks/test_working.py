"""The worklist: who sees what, what came of it, and nothing that cannot be taken back."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.utils import timezone
from tests.web.factories import days_ago, said

from entregent.web.audit.models import Entry, Verb
from entregent.web.playbooks.actions import working
from entregent.web.playbooks.models import Action
from entregent.web.relationships.models import Profile

pytestmark = pytest.mark.django_db
WORK = "/agir/"
TODAY = timezone.localdate


@pytest.fixture
def work(in_force, adviser):
    """Three open actions, all the adviser's, in the order of the list."""
    in_force()
    return list(Action.objects.filter(state="open").order_by("pk"))


def of(action, what=""):
    return f"{WORK}actions/{action.pk}/{what}"


def plain(text):
    """Without the spaces that French sets before its signs and units."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def listed(page):
    return [row["action"].pk for row in page.context["rows"]]


def test_with_nothing_in_force_the_page_says_what_to_do_next(db, adviser, manager, as_person):
    assert "Aucune conduite n’est en service" in as_person(adviser).get(WORK).text
    assert "Choisir une première conduite" in as_person(manager).get(WORK).text


def test_each_row_says_who_what_why_and_what_never_to_do(work, adviser, as_person):
    text = plain(as_person(adviser).get(WORK).text)
    for words in (
        "Client A", "Appeler, reconnaître", "Une promesse faite à ce client n’a pas été tenue",
        "Promesses non tenues", "Rappeler avant vendredi", "Envoyer un bon sans un mot", "dans 2 jours",
    ):  # fmt: skip
        assert words in text, words


def test_mine_my_teams_and_everybodys(work, adviser, manager, analyst, as_person):
    assert len(listed(as_person(adviser).get(WORK))) == 3
    assert listed(as_person(manager).get(WORK)) == []
    assert listed(as_person(manager).get(f"{WORK}?whose=team")) == []
    assert len(listed(as_person(manager).get(f"{WORK}?whose=all"))) == 3
    working.hand_on(action=work[0], owner=manager, by=adviser)
    assert listed(as_person(manager).get(WORK)) == [work[0].pk]
    assert len(listed(as_person(adviser).get(f"{WORK}?whose=team"))) == 2


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("playbook=broken_promise", 3), ("playbook=nonsense", 3), ("family=exchange", 3),
        ("family=friend", 0), ("channel=phone", 3), ("channel=letter", 0), ("when=late", 1),
        ("when=week", 3), ("sort=priority&when=nonsense", 3),
    ],
)  # fmt: skip
def test_the_list_is_filtered(work, in_force, adviser, as_person, asked, kept):
    Action.objects.filter(pk=work[0].pk).update(due_on=TODAY() - timedelta(days=1))
    assert len(listed(as_person(adviser).get(f"{WORK}?{asked}"))) == kept


def test_what_is_due_first_comes_first(work, adviser, as_person):
    for days, action in zip((5, 1, 3), work, strict=True):
        Action.objects.filter(pk=action.pk).update(due_on=TODAY() + timedelta(days=days))
    assert listed(as_person(adviser).get(WORK)) == [work[1].pk, work[2].pk, work[0].pk]


def test_the_list_asks_a_fixed_number_of_questions(
    work, adviser, as_person, django_assert_max_num_queries
):
    person = as_person(adviser)
    with django_assert_max_num_queries(26):
        person.get(WORK)


def test_an_action_is_done_and_what_came_of_it_is_kept(work, adviser, as_person):
    answer = as_person(adviser).post(
        of(work[0], "fait/"),
        {"reply": "welcomed", "note": "Soulagée", "next": f"{WORK}?whose=mine"},
    )
    assert answer["Location"] == f"{WORK}?whose=mine"
    action = Action.objects.get(pk=work[0].pk)
    assert (action.state, action.reply, action.note, action.closed_by) == (
        "done", "welcomed", "Soulagée", adviser,
    )  # fmt: skip
    told = Entry.objects.filter(kind="action").latest("pk")
    assert "Soulagée" not in str(told.facts)
    said(action.customer, "Merci de m’avoir rappelée.", at=timezone.now() + timedelta(minutes=1))
    assert "Merci de m’avoir rappelée." in as_person(adviser).get(of(action)).text


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        ("fait/", {}), ("fait/", {"reply": "delighted"}), ("pas-fait/", {}),
        ("pas-fait/", {"because": "other"}), ("reporter/", {"until": ""}),
        ("reporter/", {"until": "2001-01-01"}), ("reporter/", {"until": "2999-01-01"}),
        ("confier/", {"owner": "99999"}),
    ],
)  # fmt: skip
def test_what_cannot_be_read_changes_nothing(work, adviser, as_person, what, wrong):
    before = Entry.objects.count()
    assert as_person(adviser).post(of(work[0], what), wrong).status_code == 422
    after = Action.objects.get(pk=work[0].pk)
    assert (after.state, after.due_on, after.owner) == ("open", work[0].due_on, adviser)
    assert Entry.objects.count() == before


def test_not_done_keeps_its_reason(work, adviser, as_person):
    as_person(adviser).post(of(work[0], "pas-fait/"), {"because": "wrong"})
    action = Action.objects.get(pk=work[0].pk)
    assert (action.state, action.because) == ("not_done", "wrong")
    page = as_person(adviser).get("/agir/conduites/broken_promise/resultats/")
    assert page.context["against"] == [("la raison est fausse", 1)]


def test_put_off_it_keeps_its_first_day(work, adviser, as_person):
    later = TODAY() + timedelta(days=9)
    as_person(adviser).post(of(work[0], "reporter/"), {"until": later.isoformat()})
    action = Action.objects.get(pk=work[0].pk)
    assert (action.due_on, action.first_due_on, action.touched) == (later, work[0].due_on, True)
    with pytest.raises(working.TooLate):
        working.put_off(action=action, until=TODAY(), by=adviser)


def test_it_is_given_to_a_colleague_and_back_to_whoever_takes_it(work, adviser, manager, as_person):
    person = as_person(adviser)
    person.post(of(work[0], "confier/"), {"owner": manager.pk})
    assert Action.objects.get(pk=work[0].pk).owner == manager
    person.post(of(work[0], "confier/"), {"owner": ""})
    action = Action.objects.get(pk=work[0].pk)
    assert (action.owner, action.touched) == (None, False)
    assert action.pk in listed(person.get(f"{WORK}?whose=team"))


def test_what_was_closed_by_mistake_is_taken_back(work, adviser, as_person):
    person = as_person(adviser)
    person.post(of(work[0], "fait/"), {"reply": "neutral", "note": "x"})
    assert "Ce que vous venez de clore" in person.get(WORK).text
    person.post(of(work[0], "rouvrir/"), {"next": WORK})
    action = Action.objects.get(pk=work[0].pk)
    assert (action.state, action.reply, action.note, action.closed_at) == ("open", "", "", None)
    assert Entry.objects.filter(kind="action", verb=Verb.UNDID).count() == 1


def test_what_another_action_took_the_place_of_is_not_taken_back(work, adviser):
    working.mark_done(action=work[0], reply="neutral", note="", by=adviser)
    Action.objects.filter(pk=work[1].pk).update(customer=work[0].customer)
    with pytest.raises(working.AnotherIsOpen):
        working.take_back(action=work[0], by=adviser)
    assert Action.objects.get(pk=work[0].pk).state == "done"


def test_two_colleagues_do_not_close_it_twice(work, adviser, manager, as_person):
    as_person(manager).post(of(work[0], "fait/"), {"reply": "neutral"})
    page = as_person(adviser).post(of(work[0], "pas-fait/"), {"because": "wrong"}, follow=True)
    assert "n’est plus à faire" in page.text
    assert Action.objects.get(pk=work[0].pk).state == "done"


@pytest.mark.parametrize("what", ["fait/", "pas-fait/", "reporter/", "confier/", "rouvrir/"])
@pytest.mark.parametrize("role", ["analyst", "officer"])
def test_who_does_not_serve_customers_closes_only_their_own(work, request, as_person, what, role):
    person = as_person(request.getfixturevalue(role))
    assert person.post(of(work[0], what), {"reply": "neutral"}).status_code == 404
    assert Action.objects.get(pk=work[0].pk).state == "open"


def test_the_officer_closes_what_is_theirs(firm, in_force, officer, as_person):
    Profile.objects.filter(customer=firm.quiet[0]).update(kind="stalker_prey", kind_probability=0.6)
    in_force("stop_contacting")
    action = Action.objects.get(playbook__key="stop_contacting")
    assert action.owner == officer
    as_person(officer).post(of(action, "fait/"), {"reply": "inward"})
    assert Action.objects.get(pk=action.pk).state == "done"


def test_nobody_is_sent_elsewhere_than_to_our_own_pages(work, adviser, as_person):
    answer = as_person(adviser).post(
        of(work[0], "fait/"), {"reply": "neutral", "next": "https://exemple.org/"}
    )
    assert answer["Location"] == of(work[0])


def test_the_list_is_taken_along_by_those_who_may(work, adviser, manager, as_person):
    assert as_person(adviser).get(f"{WORK}export/csv/").status_code == 403
    answer = as_person(manager).get(f"{WORK}export/csv/?whose=all")
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:3] == ["Numéro", "Nom", "Conduite"]
    assert [row[1] for row in rows[1:]] == ["Client A", "Client B", "Client C"]
    book = openpyxl.load_workbook(
        io.BytesIO(as_person(manager).get(f"{WORK}export/xlsx/?whose=all").getvalue())
    )
    assert book.active.max_row == 4
    assert Entry.objects.filter(verb=Verb.EXPORTED, kind="actions").count() == 2
    assert as_person(manager).get(f"{WORK}export/pdf/").status_code == 404


# The relationship file.


def panel(person, customer):
    return person.get(f"{WORK}clients/{customer.pk}/")


def test_the_file_says_what_to_do_and_what_never_to_do(firm, work, adviser, as_person):
    text = panel(as_person(adviser), firm.broken[0]).text
    assert "Appeler, reconnaître, tenir la promesse" in text
    assert "Faire comme si de rien n’était." in text
    assert "Promesses non tenues" in text


def test_without_a_playbook_in_force_the_file_advises_the_most_pressing(firm, adviser, as_person):
    answer = panel(as_person(adviser), firm.broken[0])
    assert answer.context["fitting"]["standing"].key == "broken_promise"
    assert "cette conduite n’est pas en service" in answer.text
    assert panel(as_person(adviser), firm.quiet[0]).context["fitting"] is None
    assert not Action.objects.exists()


def test_the_file_never_advises_to_sell_to_somebody_who_is_held(firm, adviser, as_person):
    person = as_person(adviser)
    assert panel(person, firm.fling[0]).context["fitting"]["standing"].key == "something_new"
    assert panel(person, firm.held).context["fitting"] is None


def test_the_file_says_why_an_advice_may_not_be_followed(firm, adviser, as_person):
    answer = panel(as_person(adviser), firm.fling[2])
    assert "n’ont pas donné leur accord" in answer.text


def test_those_held_out_are_advised_nothing(firm, in_force, adviser, as_person):
    in_force("something_new")
    Action.objects.update(state="held_out", owner=None)
    answer = panel(as_person(adviser), firm.consenting[0])
    assert answer.context["fitting"] is None
    assert answer.context["rows"] == []


# Whether it helps.


def outcome_page(person):
    return person.get("/agir/conduites/broken_promise/resultats/")


def looked_at(work, firm, *, better: bool):
    """Forty customers on either side, looked at; those played to gained trust where it is better."""
    first = work[0]
    Action.objects.all().delete()
    people = firm.people
    rows = []
    for rank in range(80):
        held = rank % 2 == 1
        gain = 0.2 if better and not held else 0.0
        rows.append(
            Action(
                playbook=first.playbook, version=first.version, customer=people[rank % 10],
                state="held_out" if held else "done", contacts=True, priority=95, channel="phone",
                role="adviser", drawn_at=days_ago(70 + rank), due_on=TODAY(), first_due_on=TODAY(),
                look_on=TODAY(), looked_at=timezone.now(), before=0.5,
                after=0.5 + gain + 0.01 * (rank % 7), replied=bool(rank % 3), reply="welcomed",
            )
        )  # fmt: skip
    return rows


def test_nothing_is_said_before_anybody_was_looked_at(work, manager, as_person):
    page = outcome_page(as_person(manager))
    assert "On ne peut encore rien dire." in page.text
    assert "seront regardés au bout de 60 jours" in plain(page.text)


def test_nothing_is_said_without_a_held_out_group(work, manager, as_person):
    Action.objects.update(looked_at=timezone.now(), after=0.9, replied=True)
    page = outcome_page(as_person(manager))
    assert "rien ne dit ce qui serait arrivé sans la conduite" in page.text
    assert all(one.difference is None for _label, one in page.context["rows"])
    assert "il manque 20 clients d’un côté" in page.text


def test_a_difference_is_shown_with_its_interval_when_there_is_one(
    work, firm, manager, as_person, monkeypatch
):
    rows = looked_at(work, firm, better=True)
    told = [
        {name: getattr(row, name) for name in
         ("state", "before", "after", "replied", "bought", "resolved", "left")}
        for row in rows
    ]  # fmt: skip
    Action.objects.bulk_create(rows[:10])
    monkeypatch.setattr("entregent.web.playbooks.views.queries.outcomes_of", lambda _row: told)
    page = outcome_page(as_person(manager))
    measure = dict(page.context["rows"])["évolution\u00a0: confiance"]
    assert measure.shown
    assert measure.difference.low < 0.2 < measure.difference.high + 0.01
    assert "Une différence est démontrée" in page.text


def test_a_customer_counts_once_however_often_they_were_drawn(work, firm):
    from entregent.web.playbooks.queries import outcomes_of

    Action.objects.bulk_create(looked_at(work, firm, better=False))
    assert len(outcomes_of(Action.objects.first().playbook)) == 10
