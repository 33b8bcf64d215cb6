"""Relationship plans: from which kind to which, for whom, by what steps, for what, and what became of it."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.web.factories import customer, summarise

from entregent.web.audit.models import Entry, Verb
from entregent.web.evidence.models import CustomerSummary
from entregent.web.plans import actions
from entregent.web.plans.forms import PlanForm
from entregent.web.plans.measures import became, reckoned, steps_seen
from entregent.web.plans.models import Look, Plan, PlannedCustomer
from entregent.web.plans.queries import PlanAsked, concerned_by, counted, where_they_stand
from entregent.web.plans.words import obstacle_words, why_not_words
from entregent.web.playbooks.models import Playbook
from entregent.web.relationships.catalogue import relationships
from entregent.web.relationships.models import Profile, Reckoning

pytestmark = pytest.mark.django_db
PLANS, NEW = "/decider/plans/", "/decider/plans/nouveau/"
# Two steps by the catalogue's rule: a bond rises one degree at a time.
WAY = ["acquaintance", "basic_exchange", "business_partner"]
ASKED = PlanAsked(origin=WAY[0], goal=WAY[-1], cost=Decimal(2))


def _worth(value, low, high, n=40):
    return {"value": value, "low": low, "high": high, "n": n}


def _kind(key, worth=None):
    return {
        "id": key, "family": "exchange", "place": 0.0,
        "customers": {"value": 5.0, "low": 1.0, "high": 9.0, "n": 8},
        "figures": {"margin": worth or {"n": 2, "needed": 10}},
    }  # fmt: skip


def _step(origin, goal, share, leaving):
    return {
        "from": origin, "to": goal, "share": share, "low": share / 2, "high": share * 1.5,
        "leaving": leaving,
    }  # fmt: skip


def _figures(**moves):
    """Worth of the two ends, and the two steps, each seen by ten customers of a hundred."""
    told = {
        "p_value": 0.001, "customers": 300,
        "steps": [_step(WAY[0], WAY[1], 0.10, 100.0), _step(WAY[1], WAY[2], 0.10, 100.0)],
    } | moves  # fmt: skip
    return {
        "customers": 300,
        "families": [],
        "kinds": [_kind(WAY[0], _worth(100, 90.2, 109.8)), _kind(WAY[1]), _kind(WAY[2], _worth(300, 260.8, 339.2))],
        "moves": {"kinds": told},
    }  # fmt: skip


@pytest.fixture
def reckoning():
    return Reckoning.objects.create(
        at=timezone.now(), finished_at=timezone.now(), snapshot_version=1, sector="any",
        made_by="x", customers=8, figures=_figures(),
    )  # fmt: skip


def _profile(person, reckoning, kind=WAY[0], chance=0.5, **known):
    family = relationships().kind(kind).family
    given = {
        "kind": kind, "kind_probability": chance, "family": family, "family_probability": 0.8,
        "abstains": False, "contradicts": False, "pieces": 4, "shown_kind": kind,
        "shown_family": family, "stage": "expansion", "stage_probability": 0.5, "quadrant": "free",
        "quadrant_probability": 0.5,
    } | known  # fmt: skip
    return Profile.objects.create(
        customer=person, reckoning=reckoning, computed_at=timezone.now(), **given
    )


@pytest.fixture
def people(reckoning):
    """Eight acquaintances, the first two surer and of class A."""
    people = [customer(f"Client {letter}") for letter in "ABCDEFGH"]
    for rank, person in enumerate(people):
        _profile(person, reckoning, chance=0.9 if rank < 2 else 0.5)
    summarise()
    CustomerSummary.objects.filter(pk__in=[one.pk for one in people[:2]]).update(value_class="A")
    return people


def _told(user, reckoning, asked=ASKED):
    return reckoned(asked, reckoning, counted(concerned_by(user, asked)))


@pytest.fixture
def plan(people, reckoning, manager):
    return actions.write_plan(
        asked=ASKED, told=_told(manager, reckoning), name="Des voisins aux partenaires",
        owner=manager, look_on=timezone.localdate() + timedelta(days=90), by=manager,
    )  # fmt: skip


# The way


def test_a_move_too_steep_is_explained_and_the_shortest_way_shown(people, reckoning, manager):
    told = _told(manager, reckoning)
    assert [step.origin.id for step in told.way] + [told.way[-1].goal.id] == WAY
    assert [obstacle_words(one) for one in told.closed] == [
        "Solidité monterait de 2 degrés d’un coup\u202f; la règle en ouvre 1 à la fois.",
        "Durée monterait de 2 degrés d’un coup\u202f; la règle en ouvre 1 à la fois.",
        "Coopération monterait de 2 degrés d’un coup\u202f; la règle en ouvre 1 à la fois.",
    ]


def test_only_what_a_firm_may_aim_at_can_be_asked(db):
    goals = {
        key for _family, kinds in PlanForm({}).fields["goal"].choices[1:] for key, _name in kinds
    }
    assert goals == {kind.id for kind in relationships().in_use if kind.a_goal}
    assert "captive" not in goals
    assert PlanForm({"origin": WAY[0], "goal": "captive"}).asked(None).complete is False


def test_no_way_goes_through_harm(people, reckoning, manager):
    for kind in relationships().in_use:
        for goal in ("business_partner", "best_friend", "buddy"):
            told = _told(manager, reckoning, PlanAsked(origin=kind.id, goal=goal))
            assert all(step.goal.a_goal for step in told.way)


def test_a_family_starts_from_its_largest_kind(reckoning):
    reckoning.figures["kinds"][1]["customers"]["value"] = 50.0
    asked = PlanForm({"origin": "famille-exchange", "goal": WAY[-1]}).asked(reckoning)
    assert (asked.family, asked.origin) == ("exchange", WAY[1])


# For whom


def test_the_number_comes_with_its_interval(people, reckoning, manager):
    told = _told(manager, reckoning)
    # 2 × 0.9 + 6 × 0.5, variance 2 × 0.09 + 6 × 0.25.
    assert (told.people.listed, round(told.people.expected, 6)) == (8, 4.8)
    assert told.people.variance == pytest.approx(1.68)
    assert (round(told.low, 2), round(told.high, 2)) == (2.26, 7.34)


def test_a_colleague_s_word_is_certain_and_filters_hold(people, reckoning, manager):
    Profile.objects.filter(pk=people[7].pk).update(kind="fling", said_kind=WAY[0])
    assert counted(concerned_by(manager, ASKED)).expected == pytest.approx(5.3)
    sure = PlanAsked(origin=WAY[0], goal=WAY[-1], sure=0.75)
    assert {row.pk for row in concerned_by(manager, sure)} == {
        people[0].pk,
        people[1].pk,
        people[7].pk,
    }
    of_a = PlanAsked(origin=WAY[0], goal=WAY[-1], value_class="A")
    assert [row.pk for row in concerned_by(manager, of_a)] == [people[0].pk, people[1].pk]


def test_a_family_s_plan_leaves_out_who_is_there_already(people, reckoning, manager):
    Profile.objects.filter(pk=people[0].pk).update(kind="basic_exchange")
    asked = PlanAsked(origin=WAY[0], family="exchange", goal="basic_exchange")
    assert {row.pk for row in concerned_by(manager, asked)} == {one.pk for one in people[1:]}
    assert counted(concerned_by(manager, asked)).expected == pytest.approx(7 * 0.8)


# What it is worth


def test_the_value_is_reckoned_from_the_firm_s_own_figures(people, reckoning, manager):
    told = _told(manager, reckoning)
    assert (told.figure, told.gain.value, told.why_not) == ("margin", 200, "")
    assert told.value.arriving.value == pytest.approx(0.01)
    # One in a hundred arrives and brings 200 more, less 2 for everybody tried: nothing, in expectation.
    assert told.value.per_customer.value == pytest.approx(0.0)
    assert told.value.total.value == pytest.approx(0.0)
    assert told.value.total.low < 0 < told.value.total.high
    assert told.needed == pytest.approx(0.01)
    assert told.gain_is_clear


@pytest.mark.parametrize(
    ("moves", "why", "said"),
    [
        ({"p_value": 0.3}, "nothing_moved", "aucun passage entre genres ne se distingue du hasard"),
        ({"steps": []}, "never_seen", "(vu 0 fois)"),
        ({"steps": [_step(WAY[0], WAY[1], 0.1, 100.0), _step(WAY[1], WAY[2], 0.04, 100.0)]}, "never_seen", "vers «\u00a0Partenaires d’affaires\u00a0» (vu 4 fois)"),
    ],
)  # fmt: skip
def test_it_abstains_where_moves_are_not_known(people, reckoning, manager, moves, why, said):
    reckoning.figures = _figures(**moves)
    told = _told(manager, reckoning)
    assert (told.value, told.why_not) == (None, why)
    assert said in why_not_words(told, WAY[0], WAY[-1])


def test_it_abstains_where_too_few_of_a_kind_are_known(people, reckoning, manager):
    reckoning.figures["kinds"][2] = _kind(WAY[2])
    told = _told(manager, reckoning)
    assert (told.value, told.gain, told.needed, told.why_not) == (None, None, None, "no_worth")
    assert "Partenaires d’affaires" in why_not_words(told, WAY[0], WAY[-1])


def test_without_any_reckoning_nothing_is_claimed(manager):
    told = _told(manager, None)
    assert (told.people.listed, told.why_not, steps_seen({})) == (0, "no_worth", {})


# Keeping a plan


def test_a_plan_keeps_whom_it_is_for_and_what_was_expected(plan, people, manager):
    assert plan.path == WAY
    assert [one.customer_id for one in plan.customers.all()] == [one.pk for one in people]
    assert {one.kind for one in plan.customers.all()} == {WAY[0]}
    assert plan.expected["arriving"][0] == 0.01
    entry = Entry.objects.get()
    assert (entry.verb, entry.by, entry.facts) == (
        Verb.CREATED,
        manager,
        {"customers": 8, "path": WAY},
    )


def test_nothing_is_kept_for_nobody_or_without_a_way(reckoning, manager):
    told = _told(manager, reckoning)
    known = {"name": "x", "owner": manager, "look_on": timezone.localdate(), "by": manager}
    with pytest.raises(actions.NobodyConcerned):
        actions.write_plan(asked=ASKED, told=told, **known)
    asked = PlanAsked(origin="adversary", goal="adversary")
    with pytest.raises(actions.NoWay):
        actions.write_plan(asked=asked, told=_told(manager, reckoning, asked), **known)
    assert not Plan.objects.exists()
    assert not Entry.objects.exists()


# What became of it


def test_at_the_review_one_sees_who_moved(plan, people):
    for person, kind in zip(people[:5], [WAY[2], WAY[2], WAY[1], "captive", "buddy"], strict=True):
        Profile.objects.filter(pk=person.pk).update(kind=kind)
    Profile.objects.filter(pk=people[5].pk).delete()
    Profile.objects.filter(pk=people[6].pk).update(said_kind=WAY[2])
    found = became(plan.path, "", where_they_stand(plan))
    assert (found.planned, found.arrived, found.on_the_way, found.there) == (8, 3, 1, 1)
    assert (found.elsewhere, found.hurt, found.unknown) == (2, 1, 1)
    assert found.share.value == pytest.approx(3 / 7)


def test_a_look_is_kept_with_what_was_found(plan, people, manager):
    Profile.objects.filter(pk=people[0].pk).update(kind=WAY[2])
    actions.look_at(plan=plan, note="Un seul, mais content.", next_on=None, by=manager)
    look = Look.objects.get()
    assert (look.found["arrived"], look.found["planned"]) == (1, 8)
    plan.refresh_from_db()
    assert plan.look_on is None
    assert Entry.objects.filter(verb=Verb.LOOKED).count() == 1


def test_an_erased_customer_leaves_the_plan(plan, people, officer):
    from entregent.web.customers.actions.erasure import erase_customer

    erase_customer(customer=people[0], by=officer, reason="demande")
    assert PlannedCustomer.objects.count() == 7


# Handing it on


def test_a_playbook_is_drafted_once_and_switched_off(plan, manager):
    key = actions.draft_playbook(plan=plan, by=manager)
    row = Playbook.objects.get(key=key)
    entry = row.versions.get().entry
    assert row.in_force is None
    assert entry["all"][0]["field"] == "kind"
    assert entry["all"][0]["equals"] == WAY[0]
    assert entry["never"]["fr"] == list(relationships().kind(WAY[0]).never.fr)
    assert entry["name"] == {
        "fr": "Plan\u00a0: Des voisins aux partenaires",
        "en": "Plan: Des voisins aux partenaires",
    }
    with pytest.raises(actions.AlreadyHandedOn):
        actions.draft_playbook(plan=plan, by=manager)
    assert Playbook.objects.count() == 1


# Pages


def test_a_plan_is_thought_of_kept_looked_at_and_withdrawn(people, reckoning, as_person, manager):
    client = as_person(manager)
    assert "Aucun plan n’est encore écrit." in client.get(PLANS).text
    address = f"{NEW}?origin={WAY[0]}&goal={WAY[-1]}&cost=2"
    page = client.get(address).text
    assert "Simples connaissances → Simple échange → Partenaires d’affaires, en 2 pas." in page
    assert "8 clients, dont 5 sont sans doute de ce genre (entre 2 et 7)." in page
    assert "Pourquoi pas tout droit" in page
    kept = client.post(
        address,
        {"name": "Vers des partenaires", "owner": manager.pk, "look_on": timezone.localdate() + timedelta(days=30)},
        follow=True,
    )  # fmt: skip
    its = Plan.objects.get()
    assert kept.redirect_chain == [(f"{PLANS}{its.pk}/", 302)]
    assert "0 clients sur 8 sont aujourd’hui" in kept.text
    assert "on en attendait 1,0\u202f%" in kept.text
    assert "Une page A4." in client.get(f"{PLANS}{its.pk}/feuille/").text
    client.post(f"{PLANS}{its.pk}/revoir/", {"note": "Rien encore.", "next_on": ""})
    assert "Rien encore." in client.get(f"{PLANS}{its.pk}/").text
    handed = client.post(f"{PLANS}{its.pk}/conduite/", follow=True)
    assert "à l’arrêt" in handed.text
    client.post(f"{PLANS}{its.pk}/retirer/")
    assert "Retirés" in client.get(PLANS).text
    verbs = list(Entry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == [Verb.CREATED, Verb.LOOKED, Verb.CREATED, Verb.REMOVED]


@pytest.mark.parametrize(
    "posted", [{"name": ""}, {"look_on": "2020-01-01"}, {"owner": ""}, {"name": "ab"}]
)
def test_a_mistake_keeps_nothing(people, reckoning, as_person, manager, posted):
    good = {
        "name": "Bon nom",
        "owner": manager.pk,
        "look_on": timezone.localdate() + timedelta(days=30),
    }
    page = as_person(manager).post(f"{NEW}?origin={WAY[0]}&goal={WAY[-1]}", good | posted)
    assert page.status_code == 422
    assert "Rien n’a été gardé" in page.text
    assert not Plan.objects.exists()


def test_the_same_relationship_is_no_plan(people, reckoning, as_person, manager):
    page = as_person(manager).get(f"{NEW}?origin=buddy&goal=buddy")
    assert "C’est la même relation" in page.text


@pytest.mark.parametrize("person", ["adviser", "officer"])
def test_others_read_but_decide_nothing(request, plan, as_person, person):
    client, before = as_person(request.getfixturevalue(person)), Entry.objects.count()
    for address in (PLANS, NEW, f"{NEW}?origin={WAY[0]}&goal={WAY[-1]}", f"{PLANS}{plan.pk}/"):
        assert client.get(address).status_code == 200
    good = {
        "name": "Bon nom",
        "owner": plan.owner_id,
        "look_on": timezone.localdate() + timedelta(days=30),
    }
    assert client.post(f"{NEW}?origin={WAY[0]}&goal={WAY[-1]}", good).status_code == 403
    for verb in ("revoir", "retirer", "conduite"):
        assert client.post(f"{PLANS}{plan.pk}/{verb}/", {"note": "x"}).status_code == 403
    assert (Plan.objects.count(), Look.objects.count(), Playbook.objects.count()) == (1, 0, 0)
    assert Entry.objects.count() == before


def test_customers_go_out_as_a_file_with_an_audit_row(plan, people, as_person, analyst, adviser):
    client = as_person(analyst)
    for address in (
        f"{NEW}export/csv/?origin={WAY[0]}&goal={WAY[-1]}&value=A", f"{PLANS}{plan.pk}/export/csv/",
    ):  # fmt: skip
        answer = client.get(address)
        rows = list(
            csv.reader(
                io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")), delimiter=";"
            )
        )
        assert rows[1][1] == "Client A"
        assert as_person(adviser).get(address).status_code == 403
    assert Entry.objects.filter(verb=Verb.EXPORTED).count() == 2
    assert client.get(f"{NEW}export/pdf/?origin={WAY[0]}&goal={WAY[-1]}").status_code == 404
    assert client.get(f"{NEW}export/csv/").status_code == 404


def test_pages_ask_as_much_of_the_store_however_many_customers(
    plan, people, reckoning, as_person, manager
):
    client = as_person(manager)

    def asked():
        counts = []
        for address in (PLANS, f"{NEW}?origin={WAY[0]}&goal={WAY[-1]}", f"{PLANS}{plan.pk}/"):
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            counts.append(len(queries))
        return counts

    asked()
    once = asked()
    for rank in range(6):
        person = customer(f"Autre {rank}")
        _profile(person, reckoning)
        PlannedCustomer.objects.create(plan=plan, customer=person, kind=WAY[0], probability=0.5)
    summarise()
    assert asked() == once
