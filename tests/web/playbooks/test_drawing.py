"""Actions drawn for customers concerned: once each, within consent and limits, some held out."""

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.web.decisions.test_balance import declared, put
from tests.web.factories import agreed, days_ago, said

from entregent.web.customers.actions.erasure import erase_customer
from entregent.web.customers.actions.merging import merge_customers
from entregent.web.decisions.models import Quote
from entregent.web.evidence.models import Agreement, Consent
from entregent.web.playbooks.actions import drawing, keeping, working
from entregent.web.playbooks.catalogue import content_of, ready
from entregent.web.playbooks.models import Action, SimulatedCustomer
from entregent.web.relationships.models import Profile
from entregent.web.relationships.signals import customer_reckoned, everybody_reckoned

pytestmark = pytest.mark.django_db


def opened():
    return Action.objects.filter(state="open")


def test_switching_on_draws_one_action_for_each_customer_concerned(firm, in_force, adviser):
    in_force()
    assert set(opened().values_list("customer", flat=True)) == {p.pk for p in firm.broken}
    action = opened().first()
    assert action.facts == {"promises_broken": 1}
    assert action.owner == adviser
    assert action.due_on == timezone.localdate() + timedelta(days=2)


def test_drawing_again_draws_nothing(firm, in_force, draw):
    in_force()
    before = list(opened().values_list("pk", flat=True))
    assert not +draw()
    everybody_reckoned.send(sender=None, reckoning=firm.reckoning)
    customer_reckoned.send(sender=None, customer_id=firm.broken[0].pk)
    assert list(opened().values_list("pk", flat=True)) == before


def test_a_draw_that_was_killed_goes_on_where_it_stopped(firm, in_force, draw, monkeypatch):
    monkeypatch.setattr(drawing, "BATCH", 1)
    stored = drawing._store

    def killed(customers, *args, **known):
        if opened().count() == 2:
            raise KeyboardInterrupt
        return stored(customers, *args, **known)

    monkeypatch.setattr(drawing, "_store", killed)
    with pytest.raises(KeyboardInterrupt):
        in_force()
    assert opened().count() == 2
    monkeypatch.setattr(drawing, "_store", stored)
    assert draw()["drawn"] == 1
    assert opened().count() == 3


def test_what_was_done_is_not_asked_again_for_a_while(firm, in_force, draw, adviser):
    in_force()
    action = opened().first()
    working.mark_done(action=action, reply="welcomed", note="", by=adviser)
    assert draw()["drawn"] == 0
    Action.objects.filter(pk=action.pk).update(closed_at=days_ago(91))
    assert draw()["drawn"] == 1
    assert Action.objects.filter(customer=action.customer).count() == 2


def test_work_is_shared_out_evenly(firm, in_force, adviser, django_user_model):
    other = django_user_model.objects.create_user("denis@exemple.fr", "x", role="adviser")
    in_force()
    loads = sorted(opened().filter(owner=person).count() for person in (adviser, other))
    assert loads == [1, 2]


def test_a_person_named_takes_all_of_it(firm, manager):
    content = content_of(ready()["broken_promise"])
    keeping.write_version(key="broken_promise", content=content, person=manager, by=manager)
    keeping.simulate(key="broken_promise", by=manager)
    keeping.switch_on(key="broken_promise", held_out_percent=0, by=manager)
    drawing.draw_everybody()
    assert set(opened().values_list("owner", flat=True)) == {manager.pk}


def test_a_consent_withdrawn_since_closes_the_contact(firm, in_force, draw):
    in_force("something_new")
    assert {action.customer for action in opened()} == set(firm.consenting)
    Consent.objects.filter(customer=firm.consenting[0]).update(withdrawn_at=days_ago(0.1))
    draw()
    closed = Action.objects.get(customer=firm.consenting[0])
    assert (closed.state, closed.because) == ("moot", "withdrawn")
    assert [action.customer for action in opened()] == [firm.consenting[1]]


def test_a_consent_given_after_the_snapshot_counts_at_once(firm, in_force, draw):
    in_force("something_new")
    Consent.objects.create(
        customer=firm.fling[2], purpose="marketing", given_at=days_ago(0.1),
        row_key=b"given-since-then", content=b"\0" * 16,
    )  # fmt: skip
    assert draw()["drawn"] == 1


def test_a_reason_that_is_gone_closes_what_nobody_took_in_hand(firm, in_force, draw, adviser):
    in_force("something_new")
    first, second = opened().order_by("pk")
    working.put_off(action=second, until=timezone.localdate() + timedelta(days=30), by=adviser)
    Profile.objects.filter(customer__in=firm.consenting).update(kind="buddy", shown_kind="buddy")
    draw()
    first.refresh_from_db()
    assert (first.state, first.because) == ("moot", "no_longer")
    assert [action.pk for action in opened()] == [second.pk]


def test_what_is_long_past_its_day_expires(firm, in_force, draw):
    in_force()
    late = opened().first()
    Action.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - timedelta(days=31))
    assert draw()["expired"] == 1
    late.refresh_from_db()
    assert late.state == "expired"
    assert draw()["drawn"] == 0


def test_nobody_is_contacted_for_two_reasons_at_once(firm, in_force):
    person = firm.broken[0]
    Profile.objects.filter(customer=person).update(constraint=0.8, dedication=0.2)
    in_force("constraint_into_pledge")
    assert [action.customer for action in opened()] == [person]
    in_force("broken_promise")
    calm = Action.objects.get(playbook__key="constraint_into_pledge")
    assert (calm.state, calm.because) == ("moot", "gave_way")
    assert opened().filter(customer=person).get().playbook.key == "broken_promise"


def test_a_contact_somebody_took_in_hand_gives_way_to_none(firm, in_force, adviser):
    person = firm.broken[0]
    Profile.objects.filter(customer=person).update(constraint=0.8, dedication=0.2)
    in_force("constraint_into_pledge")
    working.hand_on(action=opened().get(), owner=adviser, by=adviser)
    in_force("broken_promise")
    assert opened().filter(customer=person).get().playbook.key == "constraint_into_pledge"
    assert opened().count() == 3


def test_a_colleagues_word_stands_before_the_inference(firm, in_force):
    Profile.objects.filter(customer=firm.quiet[0]).update(
        said_kind="stalker_prey", said_family="adversary"
    )
    in_force("stop_contacting")
    assert [action.customer for action in opened()] == [firm.quiet[0]]


def test_those_held_out_stay_so_and_are_nobodys_work(firm, in_force, draw, manager, as_person):
    in_force(held_out_percent=50)
    held = Action.objects.filter(state="held_out")
    assert held.count() + opened().count() == 3
    in_force(held_out_percent=50)
    draw()
    assert Action.objects.count() == 3
    page = as_person(manager).get("/agir/?whose=all")
    assert {row["action"].pk for row in page.context["rows"]} == set(
        opened().values_list("pk", flat=True)
    )
    for action in held:
        assert as_person(manager).get(f"/agir/actions/{action.pk}/").status_code == 404


def test_one_customer_is_drawn_as_soon_as_something_is_known(firm, in_force):
    in_force()
    person = firm.quiet[0]
    agreed(person, "promise", "Envoyer l’attestation", kept=False, since=timezone.localdate())
    drawing.draw_one(person.pk)
    action = opened().get(customer=person)
    assert action.facts == {"promises_broken": 1}
    Agreement.objects.filter(customer=person).update(kept=True)
    drawing.draw_one(person.pk)
    action.refresh_from_db()
    assert (action.state, action.because) == ("moot", "no_longer")


def test_one_customer_and_everybody_are_read_alike(firm, in_force, draw):
    """The same rows by two ways: the snapshot for all, the store for one."""
    in_force("broken_promise")
    by_all = {a.customer_id: a.facts for a in opened()}
    Action.objects.all().delete()
    for person in firm.people:
        drawing.draw_one(person.pk)
    assert {a.customer_id: a.facts for a in opened()} == by_all


def test_a_merged_customers_action_follows_the_one_who_was_kept(firm, in_force, manager):
    in_force()
    gone, twin, kept = firm.broken[0], firm.broken[1], firm.quiet[0]
    merge_customers(kept=kept, duplicate=gone, by=manager)
    assert drawing.follow_merges(timezone.now()) == 1
    assert opened().filter(customer=kept).exists()
    merge_customers(kept=kept, duplicate=twin, by=manager)
    drawing.follow_merges(timezone.now())
    assert opened().filter(customer=kept).count() == 1
    assert Action.objects.get(customer=twin).because == "merged"


def test_an_erased_customer_leaves_no_action_behind(firm, in_force, manager):
    in_force()
    erase_customer(customer=firm.broken[0], by=manager, reason="demande")
    assert opened().count() == 2
    assert SimulatedCustomer.objects.count() == 2


def test_what_became_of_them_is_looked_at_on_its_day_on_both_sides(firm, in_force, draw, adviser):
    in_force(held_out_percent=50)
    Action.objects.update(look_on=timezone.localdate(), drawn_at=days_ago(5))
    said(firm.broken[0], "Merci d’avoir rappelé.", at=days_ago(1))
    Profile.objects.filter(customer=firm.broken[0]).update(trust=0.9)
    draw()
    seen = {a.customer_id: a for a in Action.objects.all()}
    first = seen[firm.broken[0].pk]
    assert (first.before, first.after, first.replied, first.left) == (0.6, 0.9, True, None)
    assert all(a.looked_at for a in seen.values())
    assert seen[firm.broken[1].pk].replied is False


def test_the_stage_in_a_declared_change_may_be_asked(firm, manager):
    change = declared()
    item = put(change, "change_for", "Plus rapide en ligne")
    row = said(firm.quiet[0], "Je vais m’y mettre dès lundi.", at=days_ago(3))
    Quote.objects.create(
        item=item, kind="echange", row=row.pk, customer=firm.quiet[0], said_at=row.at,
        text=row.text, talk_kind="commitment", by=manager,
    )  # fmt: skip
    field = f"change_stage_{change.pk}"
    content = content_of(ready()["ask_to_know"]) | {
        "all": [{"field": field, "one_of": ["preparation", "action"]}], "unless": []
    }  # fmt: skip
    keeping.write_version(key="ask_to_know", content=content, person=None, by=manager)
    simulation = keeping.simulate(key="ask_to_know", by=manager)
    assert [one.customer for one in simulation.customers.all()] == [firm.quiet[0]]
    keeping.switch_on(key="ask_to_know", held_out_percent=0, by=manager)
    drawing.draw_one(firm.quiet[0].pk)
    assert opened().get().facts == {field: "preparation"}


def test_a_promise_due_is_read_alike_for_all_and_for_one(firm, in_force):
    person = firm.quiet[1]
    agreed(person, "promise", "Envoyer le contrat", until=timezone.localdate() + timedelta(days=1))
    in_force("promise_due")
    assert not opened().exists()  # the snapshot was taken before
    drawing.draw_one(person.pk)
    assert opened().get().facts == {"promise_days_left": 1.0}
