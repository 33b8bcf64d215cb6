"""Pages of plans. Queries decide what is seen, measures what it comes to, actions what is kept."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.roles import Power
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.plans import actions, queries
from entregent.web.plans.forms import KeepForm, LookForm, PlanForm
from entregent.web.plans.measures import became, reckoned
from entregent.web.plans.models import Plan
from entregent.web.plans.queries import PlanAsked
from entregent.web.plans.words import obstacle_words, path_words, rise_words, why_not_words
from entregent.web.playbooks.catalogue import CannotBePlayed
from entregent.web.relationships.catalogue import family_name, kind_name, kind_of, relationships
from entregent.web.relationships.queries import latest_reckoning
from entregent.web.shared.exports import FORMS, export

PER_PAGE = 50
LOOK_AFTER = timedelta(days=183)


@require_GET
@needs(Power.SEE_FIGURES)
def plans(request: SignedInRequest) -> HttpResponse:
    """Which relationships do we mean to change?"""
    found, today = queries.plans_for(request.user), timezone.localdate()
    standing = list(found.filter(withdrawn_at=None))
    context = {
        "rows": [_row(one) for one in standing],
        "due": [one for one in standing if one.look_on and one.look_on <= today],
        "withdrawn": list(found.exclude(withdrawn_at=None)),
        "may_decide": request.user.may(Power.DECIDE),
    }
    return render(request, "plans/list.html", context)


def _row(plan: Plan) -> dict[str, Any]:
    return {"plan": plan, "way": path_words(plan.path), "family": family_name(plan.family) if plan.family else ""}  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs(Power.SEE_FIGURES)
def new(request: SignedInRequest) -> HttpResponse:
    """From which relationship to which other, for whom, by what steps?"""
    reckoning = latest_reckoning()
    form = PlanForm(request.GET)
    asked = form.asked(reckoning)
    context: dict[str, Any] = {
        "form": form, "asked": asked, "may_decide": request.user.may(Power.DECIDE),
        "may_export": request.user.may(Power.EXPORT),
    }  # fmt: skip
    if not asked.complete or asked.origin == asked.goal:
        return render(request, "plans/new.html", context | {"same": asked.complete})
    people = queries.concerned_by(request.user, asked)
    told = reckoned(asked, reckoning, queries.counted(people))
    keep = KeepForm(
        request.POST or None,
        initial={"owner": request.user, "look_on": timezone.localdate() + LOOK_AFTER},
    )
    if request.method == "POST":
        if not request.user.may(Power.DECIDE):
            raise PermissionDenied(Power.DECIDE)
        if keep.is_valid():
            try:
                plan = actions.write_plan(
                    asked=asked, told=told, by=request.user, **keep.cleaned_data
                )
            except actions.NoWay:
                keep.add_error(None, _("Aucun chemin n’y mène : il n’y a rien à garder."))
            except actions.NobodyConcerned:
                keep.add_error(
                    None, _("Aucun client n’est concerné : il n’y a personne pour qui agir.")
                )
            else:
                messages.success(
                    request, _("Le plan est gardé, avec les clients qu’il concerne aujourd’hui.")
                )
                return redirect("plans:plan", plan.pk)
    context |= _told(asked, told) | {
        "keep": keep,
        "page": Paginator(people, PER_PAGE).get_page(request.GET.get("page")),
        "at": reckoning and reckoning.at,
    }  # fmt: skip
    return render(request, "plans/new.html", context, status=422 if keep.errors else 200)


def _told(asked: PlanAsked, told: Any) -> dict[str, Any]:
    return {
        "told": told, "origin": kind_of(asked.origin), "goal": kind_of(asked.goal),
        "family": family_name(asked.family) if asked.family else "",
        "closed": [obstacle_words(one) for one in told.closed],
        "steps": [(step, [rise_words(*rise) for rise in step.rises]) for step in told.way],
        "way": path_words([step.origin.id for step in told.way[:1]] + [step.goal.id for step in told.way]),
        "why_not": why_not_words(told, asked.origin, asked.goal),
    }  # fmt: skip


@require_GET
@needs(Power.SEE_CUSTOMERS)
@needs(Power.EXPORT)
def export_concerned(request: SignedInRequest, form: str) -> HttpResponseBase:
    """The customers a plan would be for, as a file."""
    asked = PlanForm(request.GET).asked(latest_reckoning())
    if form not in FORMS or not asked.complete:
        raise Http404
    record(
        Verb.EXPORTED, "plans", by=request.user, about=_("clients d’un plan"), form=form,
        asked=request.GET.dict(),
    )  # fmt: skip
    rows = queries.concerned_by(request.user, asked)
    return export(form, _("clients-du-plan"), _headings(), _exported(rows))


def _headings() -> list[str]:
    return [
        _("Numéro"), _("Nom"), _("Relation"), _("Probabilité"), _("Classe de valeur"),
        _("Chiffre d’affaires"),
    ]  # fmt: skip


def _exported(rows: Any) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=2000):
        summary = getattr(row.customer, "summary", None)
        yield [
            row.customer_id, row.customer.name, kind_name(row.said_kind or row.kind), row.chance,
            summary and summary.value_class, summary and summary.revenue,
        ]  # fmt: skip


def _plan(request: SignedInRequest, pk: int) -> Plan:
    found = queries.plan_for(request.user, pk)
    if found is None:
        raise Http404
    return found


@require_GET
@needs(Power.SEE_FIGURES)
def plan(request: SignedInRequest, pk: int) -> HttpResponse:
    """What became of those a plan was for?"""
    return render(request, "plans/plan.html", _whole(request, _plan(request, pk)))


def _whole(request: SignedInRequest, its: Plan, form: LookForm | None = None) -> dict[str, Any]:
    asked = PlanAsked(its.origin, its.family, its.goal, its.value_class, its.sure, its.cost)
    in_use = {kind.id for kind in relationships().in_use}
    standing = {its.origin, its.goal} <= in_use
    told: dict[str, Any] = {}
    if standing:
        people = queries.counted(queries.concerned_by(request.user, asked))
        told = _told(asked, reckoned(asked, latest_reckoning(), people))
    today = timezone.localdate()
    rows = Paginator(queries.planned_in(request.user, its), PER_PAGE)
    return told | {
        "plan": its, "path": path_words(its.path), "standing": standing,
        "steps_then": [kind_of(kind) for kind in its.path],
        "became": became(its.path, its.family, queries.where_they_stand(its)),
        "looks": queries.looks_at(its), "page": rows.get_page(request.GET.get("page")),
        "form": form or LookForm(), "today": today,
        "due": bool(its.look_on and its.look_on <= today) and its.withdrawn_at is None,
        "may_decide": request.user.may(Power.DECIDE), "may_export": request.user.may(Power.EXPORT),
        "family": family_name(its.family) if its.family else "",
    }  # fmt: skip


@require_GET
@needs(Power.SEE_FIGURES)
def sheet(request: SignedInRequest, pk: int) -> HttpResponse:
    """One A4 page."""
    return render(request, "plans/sheet.html", _whole(request, _plan(request, pk)))


@require_GET
@needs(Power.SEE_CUSTOMERS)
@needs(Power.EXPORT)
def export_planned(request: SignedInRequest, pk: int, form: str) -> HttpResponseBase:
    """The customers of a plan, then and now, as a file."""
    its = _plan(request, pk)
    if form not in FORMS:
        raise Http404
    record(Verb.EXPORTED, its, by=request.user, about=its.name, form=form)
    headings = [_("Numéro"), _("Nom"), _("Relation alors"), _("Relation aujourd’hui"), _("Classe de valeur")]  # fmt: skip
    return export(form, _("clients-du-plan"), headings, _then_and_now(request, its))


def _then_and_now(request: SignedInRequest, its: Plan) -> Iterator[list[Any]]:
    for row in queries.planned_in(request.user, its).iterator(chunk_size=2000):
        summary = getattr(row.customer, "summary", None)
        stands: Any = row
        yield [
            row.customer_id, row.customer.name, kind_name(row.kind),
            kind_name(stands.said or stands.likeliest or ""), summary and summary.value_class,
        ]  # fmt: skip


@require_POST
@needs(Power.DECIDE)
def look(request: SignedInRequest, pk: int) -> HttpResponse:
    """Keep what became of it."""
    its = _plan(request, pk)
    form = LookForm(request.POST)
    if not form.is_valid():
        return render(request, "plans/plan.html", _whole(request, its, form), status=422)
    actions.look_at(plan=its, by=request.user, **form.cleaned_data)
    messages.success(request, _("C’est noté, avec ce que ces clients sont devenus ce jour-là."))
    return redirect("plans:plan", pk)


@require_POST
@needs(Power.DECIDE)
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a plan off the list."""
    try:
        actions.withdraw_plan(plan=_plan(request, pk), by=request.user)
    except actions.AlreadyWithdrawn:
        messages.info(request, _("Ce plan était déjà retiré."))
    else:
        messages.success(request, _("Le plan est retiré. Il reste lisible, en bas de la liste."))
    return redirect("plans:list")


@require_POST
@needs(Power.DECIDE)
def hand_on(request: SignedInRequest, pk: int) -> HttpResponse:
    """Draft a playbook from the first step."""
    its = _plan(request, pk)
    try:
        key = actions.draft_playbook(plan=its, by=request.user)
    except actions.AlreadyHandedOn:
        messages.info(request, _("Une conduite en a déjà été tirée."))
        return redirect("playbooks:playbook", its.playbook)
    except (actions.NoWay, CannotBePlayed):
        messages.error(request, _("Le catalogue ne décrit plus ces genres : rien n’a été créé."))
        return redirect("plans:plan", pk)
    messages.success(request, _("La conduite est écrite, à l’arrêt : voyez qui elle concerne avant de la mettre en service."))  # fmt: skip
    return redirect("playbooks:playbook", key)
