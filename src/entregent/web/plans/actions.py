"""What people decide of plans. One transaction, one audit row each."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from entregent.adapters.catalogue.relationships import Kind
from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.evidence import bulk
from entregent.web.plans.measures import Reckoned, became
from entregent.web.plans.models import Look, Plan, PlannedCustomer
from entregent.web.plans.queries import PlanAsked, concerned_by, where_they_stand
from entregent.web.playbooks.actions.keeping import add_playbook
from entregent.web.relationships.catalogue import kind_of, said


class NoWay(Exception):
    """No way leads from one kind to the other without going through harm."""


class NobodyConcerned(Exception):
    """No customer is of that relationship: there is nobody to plan for."""


class AlreadyWithdrawn(Exception):
    """The plan was withdrawn before."""


class AlreadyHandedOn(Exception):
    """A playbook was drafted from this plan already."""


@transaction.atomic
def write_plan(
    *, asked: PlanAsked, told: Reckoned, name: str, owner: User | None, look_on: date, by: User
) -> Plan:
    """Keep a plan, whom it is for, and what was expected of it that day.

    Raises NoWay, NobodyConcerned; nothing is kept then.
    """
    if not told.exists:
        raise NoWay
    profiles = list(concerned_by(by, asked))
    if not profiles:
        raise NobodyConcerned
    plan = Plan.objects.create(
        name=name, origin=asked.origin, family=asked.family, goal=asked.goal,
        path=[told.way[0].origin.id, *(step.goal.id for step in told.way)],
        value_class=asked.value_class, sure=asked.sure, cost=asked.cost, expected=_expected(told),
        owner=owner, look_on=look_on, by=by,
    )  # fmt: skip
    bulk.insert(
        PlannedCustomer,
        {
            "plan_id": [plan.pk] * len(profiles),
            "customer_id": [one.pk for one in profiles],
            "kind": [one.said_kind or one.kind for one in profiles],
            "family": [one.shown_family for one in profiles],
            "probability": [round(getattr(one, "chance"), 4) for one in profiles],  # noqa: B009
        },
    )
    record(Verb.CREATED, plan, by=by, about=name, customers=len(profiles), path=plan.path)
    return plan


def _expected(told: Reckoned) -> dict[str, Any]:
    """What was told of the plan, as it is kept."""
    value = told.value
    return {
        "listed": told.people.listed,
        "of_that_kind": round(told.people.expected, 2),
        "figure": told.figure,
        "why_not": told.why_not,
        "arriving": _plain(value.arriving) if value else None,
        "per_customer": _plain(value.per_customer) if value else None,
        "total": _plain(value.total) if value else None,
    }


def _plain(one: Any) -> list[float | None]:
    return [None if part is None else round(part, 4) for part in (one.value, one.low, one.high)]


@transaction.atomic
def look_at(*, plan: Plan, note: str, next_on: date | None, by: User) -> Look:
    """Keep what became of a plan's customers on a day, and what is made of it."""
    found = became(plan.path, plan.family, where_they_stand(plan))
    look = Look.objects.create(
        plan=plan, note=note, next_on=next_on, by=by,
        found={
            name: getattr(found, name)
            for name in ("planned", "arrived", "on_the_way", "there", "elsewhere", "hurt", "unknown")
        },
    )  # fmt: skip
    plan.look_on = next_on
    plan.save(update_fields=["look_on"])
    record(Verb.LOOKED, plan, by=by, about=plan.name, arrived=found.arrived, planned=found.planned)
    return look


@transaction.atomic
def withdraw_plan(*, plan: Plan, by: User) -> None:
    """Take a plan off the list of those to look at; it is kept. Raises AlreadyWithdrawn."""
    taken = Plan.objects.filter(pk=plan.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    if not taken:
        raise AlreadyWithdrawn
    record(Verb.REMOVED, plan, by=by, about=plan.name)


@transaction.atomic
def draft_playbook(*, plan: Plan, by: User) -> str:
    """A playbook of the firm's own that plays the first step, switched off; returns its key.

    Raises AlreadyHandedOn, CannotBePlayed.
    """
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    if plan.playbook:
        raise AlreadyHandedOn
    row = add_playbook(content=_content(plan), person=None, by=by)
    plan.playbook = row.key
    plan.save(update_fields=["playbook"])
    return row.key


def _content(plan: Plan) -> dict[str, Any]:
    """The first step as a playbook says it, in both languages; what is never done is of the kind as it is now."""
    now, there = kind_of(plan.path[0]), kind_of(plan.path[1])
    if now is None or there is None:
        raise NoWay
    about = (
        {"field": "family", "equals": plan.family}
        if plan.family
        else {"field": "kind", "equals": plan.origin}
    )
    sure = "family_probability" if plan.family else "kind_probability"
    questions: list[dict[str, Any]] = [about]
    if plan.sure:
        questions.append({"field": sure, "at_least": plan.sure})
    return {
        "name": _both(lambda: _("Plan : %(name)s") % {"name": plan.name}),
        "why": _both(lambda: _why(now, there)),
        "all": questions,
        "unless": [{"field": "complaints_open", "above": 0}],
        "action": {"fr": there.do.fr[0], "en": there.do.en[0]},
        "rule": {"fr": there.rules.fr[0], "en": there.rules.en[0]},
        "owner": "usual_agent",
        "deadline_days": 30,
        "channel": "next_contact",
        "purpose": None,
        "offers": False,
        "do": {"fr": list(there.do.fr), "en": list(there.do.en)},
        "never": {"fr": list(now.never.fr), "en": list(now.never.en)},
        "measured_by": "trust",
        "look_after_days": 180,
        "priority": 40,
    }


def _both(words: Any) -> dict[str, str]:
    found = {}
    for tongue in ("fr", "en"):
        with override(tongue):
            found[tongue] = str(words())
    return found


def _why(now: Kind, there: Kind) -> str:
    return _("Ce client est avec nous comme « %(now)s » ; nous cherchons à mériter « %(there)s ».") % {
        "now": said(now.name), "there": said(there.name),
    }  # fmt: skip
