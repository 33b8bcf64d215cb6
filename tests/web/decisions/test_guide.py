import pytest
from django.utils import timezone
from tests.web.decisions.test_balance import declared, put, quoted
from tests.web.factories import customer, days_ago, said

from entregent.engine.estimates import Abstention
from entregent.web.audit.models import Entry
from entregent.web.decisions import actions
from entregent.web.decisions.guide import guide_with
from entregent.web.decisions.measures import followed, standing
from entregent.web.decisions.models import GuideUse
from entregent.web.decisions.queries import said_by

pytestmark = pytest.mark.django_db


def _panel(pk: int) -> str:
    return f"/decider/clients/{pk}/"


@pytest.fixture
def hesitant(manager):
    """A customer who speaks both ways of one change."""
    person, change = customer(), declared()
    quoted(
        put(change, "keep_for", "Une voix"),
        said(person, "J’aime parler à quelqu’un.", at=days_ago(20)),
        user=manager,
    )
    quoted(
        put(change, "change_for", "Plus rapide"), said(person, "Ce serait plus rapide.", at=days_ago(10)),
        talk_kind="reasons", user=manager,
    )  # fmt: skip
    return person, change


def _stands(person, change):
    return standing(change, said_by(person).get(change.pk, []), timezone.now())


def test_a_customer_who_gives_reasons_thinks_of_it(hesitant):
    stands = _stands(*hesitant)
    assert (stands.stage, stands.firm, stands.talk.both) == ("contemplation", False, True)


def test_a_step_spoken_of_lately_is_action_and_an_old_silence_is_unknown(hesitant, manager):
    person, change = hesitant
    item = put(change, "change_for", "L’avoir fait")
    quoted(
        item,
        said(person, "J’ai créé mon espace.", at=days_ago(2)),
        talk_kind="taking_steps",
        user=manager,
    )
    assert _stands(person, change).stage == "action"
    assert _stands(customer("Autre"), change).stage is None


def test_reflections_hold_the_customer_s_own_words_and_are_left_out_without_them(hesitant):
    person, change = hesitant
    parts = {
        part.name: part for part in guide_with(person, change, _stands(person, change), []).parts
    }
    assert any(
        "Ce serait plus rapide" in line.text for line in parts["Reflets, avec ses mots"].lines
    )
    stranger = customer("Autre")
    silent = guide_with(stranger, change, _stands(stranger, change), [])
    assert silent.stage == "precontemplation"
    assert "Reflets, avec ses mots" not in {part.name for part in silent.parts}
    assert not any("{" in line.text for part in silent.parts for line in part.lines)


def test_the_panel_shows_words_stage_and_guide(hesitant, adviser, as_person):
    person, change = hesitant
    page = as_person(adviser).get(_panel(person.pk)).text
    for words in (
        "Y pense",
        "incertain",
        "J’aime parler à quelqu’un.",
        "Ce qu’il ne faut pas dire",
    ):
        assert words in page
    other = (
        as_person(adviser).get(_panel(person.pk), {"changement": change.pk, "etape": "action"}).text
    )
    assert "<strong>Le fait depuis peu</strong>" in other


def test_an_adviser_marks_what_was_said_and_takes_it_back(hesitant, adviser, as_person):
    person, change = hesitant
    answer = as_person(adviser).post(
        f"{_panel(person.pk)}{change.pk}/guide/", {"piece": "con_e_q1", "stage": "contemplation", "followed": "change"},
        headers={"HX-Request": "true"},
    )  # fmt: skip
    use = GuideUse.objects.get()
    assert (use.piece, use.mode, use.by) == ("con_e_q1", "evocation", adviser)
    assert "C’est noté." in answer.text
    assert "Nadia" not in Entry.objects.get(kind="guideuse").about
    as_person(adviser).post(f"{_panel(person.pk)}guide/{use.pk}/annuler/")
    assert not GuideUse.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"piece": "invented"}, {"followed": ""}, {"followed": "maybe"}, {"stage": "?"}]
)
def test_a_mark_that_means_nothing_is_not_kept(hesitant, adviser, as_person, wrong):
    person, change = hesitant
    given = {"piece": "con_e_q1", "stage": "contemplation", "followed": "change"} | wrong
    assert (
        as_person(adviser).post(f"{_panel(person.pk)}{change.pk}/guide/", given).status_code == 422
    )
    assert not GuideUse.objects.exists()
    assert not Entry.objects.filter(kind="guideuse").exists()


def test_nothing_is_marked_on_a_withdrawn_change(hesitant, adviser, manager):
    person, change = hesitant
    actions.withdraw_change(change=change, by=manager)
    with pytest.raises(actions.NotInForce):
        actions.mark_used(
            change=change,
            customer=person,
            piece="con_e_q1",
            stage="",
            followed="change",
            by=adviser,
        )
    assert not GuideUse.objects.exists()


def test_an_officer_reads_the_panel_and_marks_nothing(hesitant, officer, as_person):
    person, change = hesitant
    assert "je l’ai dit" not in as_person(officer).get(_panel(person.pk)).text
    answer = as_person(officer).post(
        f"{_panel(person.pk)}{change.pk}/guide/", {"piece": "con_e_q1", "followed": "change"}
    )
    assert answer.status_code == 403
    assert not GuideUse.objects.exists()


def test_what_followed_a_phrase_is_not_told_from_few_uses(hesitant, adviser):
    person, change = hesitant
    for after in ("change", "sustain"):
        actions.mark_used(
            change=change, customer=person, piece="con_e_q1", stage="", followed=after, by=adviser
        )
    (one,) = followed(list(GuideUse.objects.all()))
    assert one.uses == 2
    assert isinstance(one.share, Abstention)
    assert one.share.needed == 10


def test_the_panel_asks_as_often_for_many_words_as_for_few(
    hesitant, adviser, manager, as_person, django_assert_max_num_queries
):
    person, change = hesitant
    for number in range(8):
        quoted(
            put(change, "keep_for", f"n° {number}"), said(person, f"Oui {number}."), user=manager
        )
    signed_in = as_person(adviser)
    with django_assert_max_num_queries(12):
        signed_in.get(_panel(person.pk))
