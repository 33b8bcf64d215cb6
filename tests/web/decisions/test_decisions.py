from datetime import timedelta

import pytest
from django.utils import timezone
from tests.web.decisions.test_balance import declared, put

from entregent.web.audit.models import Entry
from entregent.web.decisions import actions
from entregent.web.decisions.models import Decision, LookAgain

pytestmark = pytest.mark.django_db
LIST = "/decider/decisions/"


def _in(days: int):
    return timezone.localdate() + timedelta(days=days)


def _said(**other):
    return {
        "decided": "On garde le guichet", "reasons": "Ils y tiennent", "customers_would_say": "Merci",
        "decided_by": "Le comité", "look_again_on": _in(60),
    } | other  # fmt: skip


def _decision(by, days=60) -> Decision:
    decision = actions.record_decision(
        change=declared(), balances={"customer": 0.2}, by=by, **_said()
    )
    Decision.objects.filter(pk=decision.pk).update(look_again_on=_in(days))
    decision.refresh_from_db()
    return decision


def test_a_decision_keeps_its_reasons_and_the_balance_of_the_day(manager, as_person):
    change = declared()
    good, bad = put(change, "change_for", "Plus rapide"), put(change, "keep_for", "L’habitude")
    actions.weigh_items(change=change, weights={good.pk: 6, bad.pk: 2}, note="", by=manager)
    as_person(manager).post(f"/decider/{change.pk}/decider/", _said())
    decision = Decision.objects.get()
    assert decision.balances == {"customer": 0.5, "firm": None}
    assert (decision.decided_by, decision.look_again_on) == ("Le comité", _in(60))
    assert "On garde le guichet" in as_person(manager).get(f"/decider/{change.pk}/").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"look_again_on": _in(0)},
        {"look_again_on": ""},
        {"reasons": ""},
        {"customers_would_say": ""},
    ],
)
def test_a_decision_that_lacks_something_is_not_kept(manager, as_person, wrong):
    change = declared()
    answer = as_person(manager).post(f"/decider/{change.pk}/decider/", _said(**wrong))
    assert answer.status_code == 422
    assert not Decision.objects.exists()
    assert not Entry.objects.filter(kind="decision").exists()


def test_a_decision_comes_back_on_its_day_and_not_before(manager, as_person):
    _decision(manager, days=1)
    assert "Aucune aujourd’hui" in as_person(manager).get(LIST).text
    Decision.objects.update(look_again_on=_in(0))
    assert "1 décision attend que l’on dise ce qui s’est passé" in as_person(manager).get(LIST).text
    assert "1 décision est à revoir" in as_person(manager).get("/decider/").text


def test_looking_again_keeps_what_happened_and_closes_the_wait(manager, as_person):
    decision = _decision(manager, days=-3)
    as_person(manager).post(
        f"{LIST}{decision.pk}/revoir/",
        {"came": "worse", "what_happened": "Deux sur dix sont venus", "next_on": ""},
    )
    look = LookAgain.objects.get()
    decision.refresh_from_db()
    assert (look.came, look.by, decision.look_again_on) == ("worse", manager, None)
    page = as_person(manager).get(LIST).text
    assert "Aucune aujourd’hui" in page
    assert "Deux sur dix sont venus" in page


def test_a_decision_may_be_looked_at_more_than_once(manager, as_person):
    decision = _decision(manager, days=0)
    as_person(manager).post(
        f"{LIST}{decision.pk}/revoir/",
        {"came": "unknown", "what_happened": "Trop tôt", "next_on": _in(30)},
    )
    decision.refresh_from_db()
    assert decision.look_again_on == _in(30)


@pytest.mark.parametrize("wrong", [{"came": ""}, {"what_happened": ""}, {"next_on": _in(-1)}])
def test_a_look_that_lacks_something_changes_nothing(manager, as_person, wrong):
    decision = _decision(manager, days=0)
    given = {"came": "better", "what_happened": "Bien", "next_on": ""} | wrong
    assert as_person(manager).post(f"{LIST}{decision.pk}/revoir/", given).status_code == 422
    decision.refresh_from_db()
    assert decision.look_again_on == _in(0)
    assert not LookAgain.objects.exists()


def test_a_decision_is_withdrawn_and_put_back(manager, as_person):
    decision, person = _decision(manager), as_person(manager)
    assert "La remettre" in person.post(f"{LIST}{decision.pk}/retirer/").text
    assert "Rien n’est encore décidé" in person.get(LIST).text
    with pytest.raises(actions.NotInForce):
        actions.look_again(
            decision=decision, came="better", what_happened="x", next_on=None, by=manager
        )
    person.post(f"{LIST}{decision.pk}/reprendre/")
    assert "On garde le guichet" in person.get(LIST).text


def test_an_adviser_neither_decides_nor_looks_again(adviser, manager, as_person):
    decision = _decision(manager)
    person = as_person(adviser)
    for address in ("revoir", "retirer"):
        assert (
            person.post(
                f"{LIST}{decision.pk}/{address}/", {"came": "better", "what_happened": "x"}
            ).status_code
            == 403
        )
    assert not LookAgain.objects.exists()
    assert Decision.objects.filter(withdrawn_at=None).count() == 1


def test_the_list_asks_as_often_for_many_as_for_few(
    manager, as_person, django_assert_max_num_queries
):
    for _ in range(6):
        actions.look_again(
            decision=_decision(manager), came="better", what_happened="x", next_on=None, by=manager
        )
    person = as_person(manager)
    with django_assert_max_num_queries(8):
        person.get(LIST)
