"""Pages where playbooks are kept and actions are worked. Queries decide what is seen, actions what is written."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import yaml
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entregent.adapters.catalogue.playbooks import PlaybookEntry
from entregent.adapters.catalogue.problems import CatalogueRefused
from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.roles import Power
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.customers.queries.customers import customers_for
from entregent.web.playbooks import queries
from entregent.web.playbooks.actions import keeping, working
from entregent.web.playbooks.catalogue import (
    CannotBePlayed,
    all_said,
    content_of,
    entry_of,
    language,
    ready,
    said,
)
from entregent.web.playbooks.fields import fact_words
from entregent.web.playbooks.forms import (
    DoneForm,
    FileForm,
    HandOnForm,
    NotDoneForm,
    PlaybookForm,
    PutOffForm,
    SwitchOnForm,
    WorkForm,
)
from entregent.web.playbooks.measures.effects import effects_of
from entregent.web.playbooks.measures.nearest import nearest
from entregent.web.playbooks.models import Action, Simulation
from entregent.web.playbooks.queries import Standing
from entregent.web.playbooks.words import CHANNELS, OWNERS, REFUSALS, about, outcome_words
from entregent.web.relationships.catalogue import all_said as said_of_kind
from entregent.web.relationships.catalogue import kind_of
from entregent.web.relationships.queries import latest_reckoning, profile_of
from entregent.web.shared.exports import FORMS, export
from entregent.web.workspace.models import this_workspace

PER_PAGE = 20
BLANK = "ask_to_know"


# What is to be done.


@require_GET
@never_cache
@needs(Power.SEE_CUSTOMERS)
def worklist(request: SignedInRequest) -> HttpResponse:
    """What have I to do, with whom, and why?"""
    today = timezone.localdate()
    listed = queries.playbooks_for(request.user)
    form = _work_form(request, listed)
    asked = form.asked()
    page = Paginator(queries.work_for(request.user, asked, today), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "form": form, "asked": asked, "page": page, "today": today,
        "rows": _rows(list(page), request), "counts": queries.work_counts(request.user, today),
        "closed": list(queries.closed_lately(request.user)[:5]),
        "on": [one for one in listed if one.on],
        "may_export": request.user.may(Power.EXPORT), "may_decide": request.user.may(Power.DECIDE),
    }  # fmt: skip
    return render(request, "playbooks/worklist.html", context)


def _work_form(request: SignedInRequest, listed: list[Standing]) -> WorkForm:
    return WorkForm(request.GET, [(one.key, said(one.entry.name)) for one in listed if one.row])


def _rows(actions: list[Action], request: SignedInRequest) -> list[dict[str, Any]]:
    today, changes = timezone.localdate(), queries.changes_named()
    beside = queries.beside(actions, today)
    people = queries.colleagues()
    return [
        _told(action, entry_of(action.version.entry), changes)
        | {
            "beside": beside[action.pk], "late": action.due_on < today,
            "may": queries.may_work(request.user, action), "mine": action.owner_id == request.user.pk,
            "done": DoneForm(auto_id=f"done-{action.pk}-%s"),
            "not_done": NotDoneForm(auto_id=f"not-{action.pk}-%s"),
            "put_off": PutOffForm(initial={"until": max(action.due_on, today) + timedelta(days=7)}, auto_id=f"off-{action.pk}-%s"),
            "people": people,
        }
        for action in actions
    ]  # fmt: skip


def _told(action: Action, entry: PlaybookEntry, changes: dict[int, str]) -> dict[str, Any]:
    return {
        "action": action, "entry": entry, "name": said(entry.name), "what": said(entry.action),
        "why": said(entry.why), "rule": said(entry.rule), "do": all_said(entry.do),
        "never": all_said(entry.never), "facts": fact_words(action.facts, changes),
        "channel": CHANNELS.get(action.channel, action.channel),
        "role": OWNERS.get(action.role, action.role),
    }  # fmt: skip


@require_GET
@needs(Power.SEE_CUSTOMERS)
@needs(Power.EXPORT)
def export_work(request: SignedInRequest, form: str) -> HttpResponseBase:
    if form not in FORMS:
        raise Http404
    asked = _work_form(request, queries.playbooks_for(request.user)).asked()
    record(
        Verb.EXPORTED, "actions", by=request.user, about=_("à faire"), form=form,
        asked=request.GET.dict(),
    )  # fmt: skip
    headings = [
        _("Numéro"), _("Nom"), _("Conduite"), _("Que faire"), _("Pourquoi"), _("Canal"),
        _("Échéance"), _("Priorité"), _("Pour qui"),
    ]  # fmt: skip
    return export(form, _("a-faire"), headings, _exported(request, asked))


def _exported(request: SignedInRequest, asked: queries.WorkAsked) -> Iterator[list[Any]]:
    changes = queries.changes_named()
    found = queries.work_for(request.user, asked, timezone.localdate())
    for action in found.iterator(chunk_size=2000):
        told = _told(action, entry_of(action.version.entry), changes)
        yield [
            action.customer_id, action.customer.name, told["name"], told["what"],
            "; ".join([told["why"], *told["facts"]]), str(told["channel"]), action.due_on,
            action.priority, str(action.owner or told["role"]),
        ]  # fmt: skip


@require_GET
@never_cache
@needs(Power.SEE_CUSTOMERS)
def action(request: SignedInRequest, pk: int) -> HttpResponse:
    return _action_page(request, _action(request, pk))


def _action_page(
    request: SignedInRequest, found: Action, status: int = 200, **forms: Any
) -> HttpResponse:
    (row,) = _rows([found], request)
    context = row | {
        "since": queries.said_since(found),
        "hand_on": HandOnForm(None, queries.colleagues(), owner=found.owner),
        "may_take_back": found.state in {Action.State.DONE, Action.State.NOT_DONE},
        "next": "",
    }  # fmt: skip
    return render(request, "playbooks/action.html", context | forms, status=status)


def _action(request: SignedInRequest, pk: int) -> Action:
    found = queries.action_for(request.user, pk)
    if found is None:
        raise Http404
    return found


def _workable(request: SignedInRequest, pk: int) -> Action:
    found = _action(request, pk)
    if not queries.may_work(request.user, found):
        raise Http404
    return found


def _back(request: SignedInRequest, found: Action) -> HttpResponse:
    """Where the person came from, if it is one of our pages."""
    to = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}):
        return redirect(to)
    return redirect("playbooks:action", found.pk)


def _closed_already(request: SignedInRequest, found: Action) -> HttpResponse:
    messages.warning(request, _("Rien n’a été modifié : cette action n’est plus à faire."))
    return _back(request, found)


@require_POST
@needs(Power.SEE_CUSTOMERS)
def done(request: SignedInRequest, pk: int) -> HttpResponse:
    found, form = _workable(request, pk), DoneForm(request.POST)
    if not form.is_valid():
        return _action_page(request, found, status=422, done=form)
    try:
        working.mark_done(action=found, by=request.user, **form.cleaned_data)
    except working.NotOpen:
        return _closed_already(request, found)
    messages.success(request, _("C’est noté : %(customer)s, fait.") % {"customer": found.customer})
    return _back(request, found)


@require_POST
@needs(Power.SEE_CUSTOMERS)
def not_done(request: SignedInRequest, pk: int) -> HttpResponse:
    found, form = _workable(request, pk), NotDoneForm(request.POST)
    if not form.is_valid():
        return _action_page(request, found, status=422, not_done=form)
    try:
        working.mark_not_done(action=found, by=request.user, **form.cleaned_data)
    except working.NotOpen:
        return _closed_already(request, found)
    messages.success(
        request, _("C’est noté : %(customer)s, pas fait.") % {"customer": found.customer}
    )
    return _back(request, found)


@require_POST
@needs(Power.SEE_CUSTOMERS)
def put_off(request: SignedInRequest, pk: int) -> HttpResponse:
    found, form = _workable(request, pk), PutOffForm(request.POST)
    if not form.is_valid():
        return _action_page(request, found, status=422, put_off=form)
    try:
        working.put_off(action=found, by=request.user, **form.cleaned_data)
    except working.NotOpen:
        return _closed_already(request, found)
    messages.success(request, _("Reporté."))
    return _back(request, found)


@require_POST
@needs(Power.SEE_CUSTOMERS)
def hand_on(request: SignedInRequest, pk: int) -> HttpResponse:
    found = _workable(request, pk)
    form = HandOnForm(request.POST, queries.colleagues())
    if not form.is_valid():
        return _action_page(request, found, status=422, hand_on=form)
    owner = form.cleaned_data["owner"]
    try:
        working.hand_on(action=found, owner=owner, by=request.user)
    except working.NotOpen:
        return _closed_already(request, found)
    messages.success(
        request,
        _("Confié à %(person)s.") % {"person": owner} if owner else _("Remis à qui le prendra."),
    )
    return _back(request, found)


@require_POST
@needs(Power.SEE_CUSTOMERS)
def take_back(request: SignedInRequest, pk: int) -> HttpResponse:
    found = _workable(request, pk)
    try:
        working.take_back(action=found, by=request.user)
    except working.NotClosed:
        return _closed_already(request, found)
    except working.AnotherIsOpen:
        messages.warning(
            request,
            _("Rien n’a été modifié : une autre action a pris sa place auprès de ce client."),
        )
    else:
        messages.success(request, _("C’est de nouveau à faire."))
    return _back(request, found)


@require_GET
@never_cache
@needs(Power.SEE_CUSTOMERS)
def panel(request: SignedInRequest, pk: int) -> HttpResponse:
    """The part of a relationship file that says what to do next, and what never to do."""
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    now = timezone.now()
    opened = queries.open_of(request.user, customer)
    profile = profile_of(request.user, customer)
    fitting = None
    if not opened and profile is not None:
        again = timedelta(days=this_workspace().days_between_same_action)
        lately = queries.lately_concerned(customer, now - again)
        fitting = nearest(pk, queries.standing_playbooks(), lately, now)
    kind = kind_of(profile.shown_kind) if profile and profile.shown_kind else None
    changes = queries.changes_named()
    context = {
        "customer": customer, "profile": profile, "rows": _rows(opened, request),
        "fitting": fitting and {
            "standing": fitting.standing, "name": said(fitting.standing.entry.name),
            "what": said(fitting.standing.entry.action), "why": said(fitting.standing.entry.why),
            "facts": fact_words(fitting.facts, changes), "never": all_said(fitting.standing.entry.never),
            "refusal": REFUSALS.get(fitting.refusal, ""), "on": fitting.standing.on,
        },
        "kind": kind, "kind_never": said_of_kind(kind.never) if kind else (),
    }  # fmt: skip
    return render(request, "playbooks/_panel.html", context)


# How to act.


@require_GET
@needs(Power.SEE_FIGURES)
def playbooks(request: SignedInRequest) -> HttpResponse:
    """How do we act, and with whom?"""
    listed = queries.playbooks_for(request.user)
    rows: list[dict[str, Any]] = [
        {
            "standing": one, "name": said(one.entry.name), "why": said(one.entry.why),
            "owner": OWNERS[one.entry.owner], "channel": CHANNELS[one.entry.channel],
            "concerned": one.simulated.figures["concerned"] if one.simulated else None,
        }
        for one in listed
    ]  # fmt: skip
    context = {
        "on": [row for row in rows if row["standing"].on],
        "off": [row for row in rows if not row["standing"].on],
        "open": sum(one.open for one in listed), "may_decide": request.user.may(Power.DECIDE),
    }  # fmt: skip
    return render(request, "playbooks/list.html", context)


def _standing(request: SignedInRequest, key: str) -> Standing:
    found = queries.playbook_for(request.user, key)
    if found is None:
        raise Http404
    return found


@require_GET
@needs(Power.SEE_FIGURES)
def playbook(request: SignedInRequest, key: str) -> HttpResponse:
    return _playbook_page(request, _standing(request, key))


def _playbook_page(
    request: SignedInRequest,
    standing: Standing,
    form: SwitchOnForm | None = None,
    status: int = 200,
) -> HttpResponse:
    entry, changes = standing.entry, queries.changes_named()
    row = standing.row
    context = {
        "standing": standing, "entry": entry, "name": said(entry.name), "why": said(entry.why),
        "what": said(entry.action), "rule": said(entry.rule), "do": all_said(entry.do),
        "never": all_said(entry.never), "owner": OWNERS[entry.owner], "channel": CHANNELS[entry.channel],
        "about": about(standing, changes), "versions": queries.versions_of(row),
        "tally": queries.tally_of(row) if row else None,
        "may_decide": request.user.may(Power.DECIDE),
        "form": form or SwitchOnForm(initial={"held_out_percent": row.held_out_percent or 10} if row else None),
    }  # fmt: skip
    return render(request, "playbooks/playbook.html", context, status=status)


@require_http_methods(["GET", "POST"])
@needs(Power.DECIDE)
def add(request: SignedInRequest) -> HttpResponse:
    """A playbook of our own, from nothing or from another."""
    copied = request.POST.get("copied") or request.GET.get("copie", "")
    model = queries.playbook_for(request.user, copied)
    entry = model.entry if model else _empty()
    form = _playbook_form(request, entry, None)
    if request.method == "POST" and form.is_valid():
        try:
            row = keeping.add_playbook(
                content=form.content(), person=form.cleaned_data["person"], by=request.user
            )
        except CannotBePlayed as refused:
            _tell(form, refused)
        else:
            messages.success(
                request,
                _(
                    "Conduite ajoutée, à l’arrêt. Voyez qui elle concerne avant de la mettre en service."
                ),
            )
            return redirect("playbooks:playbook", row.key)
    return _form_page(request, form, None, copied if model else "")


def _empty() -> PlaybookEntry:
    """A blank to write on: nothing asked, nothing said."""
    blank = ready()[BLANK].model_copy(
        update={"all": (), "unless": (), "priority": 50, "deadline_days": 14}
    )
    words = {"fr": "", "en": ""}
    empty: dict[str, Any] = {}
    for name in ("name", "why", "action", "rule"):
        empty[name] = getattr(blank, name).model_copy(update=words)
    for name in ("do", "never"):
        empty[name] = getattr(blank, name).model_copy(update={"fr": (), "en": ()})
    return blank.model_copy(update=empty | {"channel": "phone", "measured_by": "trust"})


@require_http_methods(["GET", "POST"])
@needs(Power.DECIDE)
def edit(request: SignedInRequest, key: str) -> HttpResponse:
    standing = _standing(request, key)
    person = standing.latest.person if standing.latest else None
    form = _playbook_form(request, standing.entry, person)
    if request.method == "POST" and form.is_valid():
        try:
            version = keeping.write_version(
                key=key, content=form.content(), person=form.cleaned_data["person"], by=request.user
            )
        except CannotBePlayed as refused:
            _tell(form, refused)
        else:
            messages.success(request, _edited_words(standing, version.number))
            return redirect("playbooks:playbook", key)
    return _form_page(request, form, standing, "")


def _edited_words(standing: Standing, number: int) -> str:
    if standing.on:
        return _(
            "Version %(n)s gardée. La version en service ne change pas tant que celle-ci n’est pas simulée, puis mise en service."
        ) % {"n": number}
    return _("Version %(n)s gardée. Voyez qui elle concerne avant de la mettre en service.") % {
        "n": number
    }


def _playbook_form(request: SignedInRequest, entry: PlaybookEntry, person: Any) -> PlaybookForm:
    return PlaybookForm(
        request.POST or None, entry=entry, person=person, people=queries.colleagues(),
        changes=queries.changes_named(), purposes=queries.purposes_known(), language=language(),
    )  # fmt: skip


def _tell(form: PlaybookForm, refused: CannotBePlayed) -> None:
    for part, words in refused.problems:
        form.add_error(part if part in form.fields else None, words)


def _form_page(
    request: SignedInRequest, form: PlaybookForm, standing: Standing | None, copied: str
) -> HttpResponse:
    context = {
        "form": form, "standing": standing, "copied": copied,
        "name": said(standing.entry.name) if standing else "",
        "nobody": form.is_bound and form.is_valid() and not form.content()["all"],
    }  # fmt: skip
    return render(request, "playbooks/form.html", context, status=422 if form.is_bound else 200)


@require_POST
@needs(Power.DECIDE)
def simulate(request: SignedInRequest, key: str) -> HttpResponse:
    standing = _standing(request, key)
    try:
        made = keeping.simulate(key=key, by=request.user)
    except keeping.NothingInferred:
        messages.error(
            request,
            _(
                "Rien à simuler : aucune relation n’est encore estimée. Importez d’abord des clients et leurs échanges."
            ),
        )
        return redirect("playbooks:playbook", standing.key)
    return redirect("playbooks:simulation", key, made.pk)


@require_GET
@needs(Power.SEE_FIGURES)
def simulation(request: SignedInRequest, key: str, pk: int) -> HttpResponse:
    """Whom would this playbook concern?"""
    made = queries.simulation_for(request.user, key, pk)
    if made is None:
        raise Http404
    return _simulation_page(request, made)


def _simulation_page(
    request: SignedInRequest, made: Simulation, form: SwitchOnForm | None = None, status: int = 200
) -> HttpResponse:
    entry, changes = entry_of(made.version.entry), queries.changes_named()
    figures = made.figures
    people = {person.pk: person for person in queries.colleagues()}
    rows = []
    if request.user.may(Power.SEE_CUSTOMERS):
        listed = made.customers.select_related("customer").filter(customer__merged_into=None)
        if not request.user.may(Power.DECIDE):
            # Who would act with customers does not learn who is left alone.
            listed = listed.exclude(refusal="held_out")
        for one in listed:
            asked = {c.field for c in entry.all}
            facts = {name: value for name, value in one.facts.items() if name in asked}
            rows.append(
                {"customer": one.customer, "facts": fact_words(facts, changes),
                 "refusal": REFUSALS.get(one.refusal, ""), "family": one.facts.get("family")}
            )  # fmt: skip
    standing = _standing(request, made.version.playbook.key)
    reckoning = latest_reckoning()
    context = {
        "made": made, "figures": figures, "name": said(entry.name), "entry": entry,
        "share": figures["concerned"] / figures["customers"] if figures["customers"] else None,
        "refused": [(REFUSALS[why], n) for why, n in figures["refused"]],
        "people": [(people.get(person), n, weekly, held) for person, n, weekly, held in figures["people"]],
        "owner": OWNERS[entry.owner], "first": [row for row in rows if not row["refusal"]],
        "left_out": [row for row in rows if row["refusal"]], "standing": standing,
        "current": standing.latest is not None and standing.latest.pk == made.version_id,
        "on": standing.on and standing.row is not None and standing.row.in_force_id == made.version_id,
        "reckoning": reckoning, "may_decide": request.user.may(Power.DECIDE),
        "form": form or SwitchOnForm(initial={"held_out_percent": 10}),
    }  # fmt: skip
    return render(request, "playbooks/simulation.html", context, status=status)


@require_POST
@needs(Power.DECIDE)
def switch_on(request: SignedInRequest, key: str) -> HttpResponse:
    standing, form = _standing(request, key), SwitchOnForm(request.POST)
    if not form.is_valid():
        return _playbook_page(request, standing, form, status=422)
    try:
        keeping.switch_on(key=key, by=request.user, **form.cleaned_data)
    except keeping.NotSimulated:
        messages.error(
            request,
            _(
                "Rien n’a été mis en service : simulez d’abord cette version, pour savoir qui elle concerne."
            ),
        )
    else:
        messages.success(
            request,
            _(
                "Conduite en service. Les premières actions arrivent dans « À faire » d’ici quelques instants."
            ),
        )
    return redirect("playbooks:playbook", key)


@require_POST
@needs(Power.DECIDE)
def switch_off(request: SignedInRequest, key: str) -> HttpResponse:
    standing = _standing(request, key)
    try:
        keeping.switch_off(key=key, withdraw_open="withdraw" in request.POST, by=request.user)
    except keeping.NotSwitchedOn:
        messages.warning(request, _("Rien n’a été modifié : cette conduite est déjà à l’arrêt."))
    else:
        messages.success(request, _("Conduite à l’arrêt. Plus aucune action n’en naîtra."))
    return redirect("playbooks:playbook", standing.key)


@require_GET
@needs(Power.SEE_FIGURES)
def outcomes(request: SignedInRequest, key: str) -> HttpResponse:
    """Does this playbook help?"""
    standing = _standing(request, key)
    row = standing.row
    compared = effects_of(queries.outcomes_of(row)) if row else []
    measured_by = standing.entry.measured_by
    tally = queries.tally_of(row) if row else None
    context = {
        "standing": standing, "name": said(standing.entry.name), "entry": standing.entry, "tally": tally,
        "rows": [(outcome_words(one.name, measured_by), one) for one in compared],
        "known": any(one.difference for one in compared),
        "shown": [outcome_words(one.name, measured_by) for one in compared if one.shown],
        "replies": queries.replies_to(row) if row else [],
        "against": queries.reasons_against(row) if row else [],
    }  # fmt: skip
    return render(request, "playbooks/outcomes.html", context)


@require_http_methods(["GET", "POST"])
@needs(Power.DECIDE)
def take_file(request: SignedInRequest) -> HttpResponse:
    """Take in a file of playbooks; one that is faulty changes nothing."""
    form = FileForm(request.POST or None, request.FILES or None)
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            text = file.read().decode("utf-8-sig")
            changed = keeping.take_in_file(text=text, name=file.name, by=request.user)
        except UnicodeDecodeError:
            problems = [_("Ce fichier n’est pas un texte en UTF-8.")]
        except CatalogueRefused as refused:
            problems = refused.said(language())
        else:
            words = _(
                "%(n)s conduites nouvelles ou modifiées. Aucune n’est en service avant d’avoir été simulée."
            ) % {"n": len(changed)}
            messages.success(
                request,
                words if changed else _("Ce fichier dit ce que l’on a déjà : rien n’a changé."),
            )
            return redirect("playbooks:list")
    status = 422 if problems or form.errors else 200
    return render(
        request, "playbooks/file.html", {"form": form, "problems": problems}, status=status
    )


@require_GET
@needs(Power.DECIDE)
def give_file(request: SignedInRequest) -> HttpResponse:
    """Every playbook as it stands, to be edited and taken in again."""
    listed = queries.playbooks_for(request.user)
    said_all = {"playbooks": {one.key: content_of(one.entry) for one in listed}}
    text = yaml.safe_dump(said_all, allow_unicode=True, sort_keys=False, width=100)
    return HttpResponse(
        text, content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="conduites.yaml"'},
    )  # fmt: skip
