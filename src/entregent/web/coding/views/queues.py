"""Queues: which there are, how far they are, and new ones."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entregent.adapters.coders.language_model import ServerRefuses
from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.roles import Power
from entregent.web.coding import actions, tasks
from entregent.web.coding.codes import book, value_words
from entregent.web.coding.forms import QueueForm
from entregent.web.coding.models import Queue, Said, Training
from entregent.web.coding.queries import (
    Progress,
    adjudications_in,
    coder_in_use,
    identifiers_in,
    masked,
    may_compare,
    progress_of,
    queues_for,
    queues_listed,
    readings_of,
    trainings_for,
    waits_for_model,
)
from entregent.web.shared.exports import FORMS, export

NOT_YET = {Queue.State.FILLING, Queue.State.PRICED, Queue.State.ASKING}


@require_GET
@needs(Power.CODE)
def queues(request: SignedInRequest) -> HttpResponse:
    listed = list(queues_listed(request.user))
    open_ones = [one for one in listed if one.state == Queue.State.OPEN or one.state in NOT_YET]
    mine = [
        one
        for one in open_ones
        if any(seat.person_id == request.user.pk for seat in one.seats.all())
    ]
    own = [(one, _own(request, one)) for one in mine]
    left = [one for one, its in own if one.state in NOT_YET or not (its and its.done)]
    context = {
        # What waits comes before what is done.
        "mine": sorted(own, key=lambda one: one[0] not in left),
        "left": len(left),
        "others": [one for one in open_ones if one not in mine],
        "closed": [one for one in listed if one not in open_ones],
        "coder": coder_in_use().name,
        "waiting": trainings_for(request.user).filter(state=Training.State.DONE).count(),
        "may_decide": request.user.may(Power.DECIDE),
        "may_keep": request.user.may(Power.KEEP_WORKSPACE),
    }
    return render(request, "coding/queues.html", context)


def _own(request: SignedInRequest, queue: Queue) -> Progress | None:
    """How far this person is in a queue."""
    return next(iter(progress_of(queue, only=request.user)), None)


@require_http_methods(["GET", "POST"])
@needs(Power.DECIDE)
def new(request: SignedInRequest) -> HttpResponse:
    form = QueueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        people = list(said.pop("people"))
        queue = actions.open_queue(people=people, by=request.user, **said)
        tasks.fill_queue.enqueue(queue.pk)
        messages.success(request, _("File ouverte. Ses textes sont choisis en ce moment."))
        return redirect("coding:queue", queue.pk)
    return render(request, "coding/new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_GET
@needs(Power.CODE)
def queue(request: SignedInRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(queues_for(request.user), pk=pk)
    progress = progress_of(one)
    context = {
        "queue": one,
        "codes": [book()[code].title for code in one.codes],
        "texts": one.texts.count(),
        "progress": progress,
        "mine": next((its for its in progress if its.person.pk == request.user.pk), None),
        "may_compare": may_compare(request.user, one, progress),
        "may_decide": request.user.may(Power.DECIDE),
    }
    if waits_for_model(one):
        context["waits"] = True
        try:
            context["cost"] = actions.cost_of_proposals(one)
        except ServerRefuses:
            context["cost"] = None
    elif one.asks_model:
        context["unanswered"] = one.texts.filter(proposals={}).count()
    template = "coding/_queue.html" if request.htmx else "coding/queue.html"
    return render(request, template, context)


@require_GET
@needs(Power.DECIDE)
@needs(Power.EXPORT)
def export_codings(request: SignedInRequest, pk: int, form: str) -> HttpResponseBase:
    """Every answer ever given in a queue, the corrected and withdrawn ones too, one a row."""
    one = get_object_or_404(queues_for(request.user), pk=pk)
    if form not in FORMS:
        return redirect("coding:queue", pk)
    if not may_compare(request.user, one, progress_of(one)):
        raise PermissionDenied
    actions.note_export(queue=one, form=form, by=request.user)
    headings = [
        _("Quand"), _("Qui"), _("Texte"), _("De"), _("À"), _("Mots"), _("Code"), _("A dit"), _("Valeur"),
        _("En clair"), _("La machine proposait"), _("Sa confiance"), _("Tranché"),
    ]  # fmt: skip
    return export(form, f"codage-{pk}", headings, _exported(request, one))


def _exported(request: SignedInRequest, queue: Queue) -> Iterator[list[Any]]:
    settled = adjudications_in(queue)
    codings = list(queue.codings.select_related("by", "words").order_by("pk"))
    rows = readings_of({coding.words_id: coding.words for coding in codings}.values())
    hidden = {
        words: identifiers_in(row.text, user=request.user, queue=queue)
        for words, row in rows.items()
    }
    for one in codings:
        row = rows.get(one.words_id)
        spot = (one.words_id, (one.start, one.end, one.code))
        yield [
            one.at, str(one.by or ""), f"{one.words.kind} {one.words.row}", one.start, one.end,
            masked(row.text, one.start, one.end, hidden[one.words_id]) if row is not None else "",
            book()[one.code].title, str(Said(one.said).label), one.value,
            value_words(one.code, one.value) if one.said == Said.VALUE else "",
            one.proposed, one.proposed_confidence,
            settled[spot].value if spot in settled else None,
        ]  # fmt: skip


@require_POST
@needs(Power.DECIDE)
def ask_model(request: SignedInRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(queues_for(request.user), pk=pk)
    try:
        actions.ask_model(queue=one, by=request.user)
    except actions.SwitchedOff:
        messages.error(
            request,
            _("Rien n’a été envoyé : le modèle de langue n’est pas autorisé à être interrogé."),
        )
    except actions.NotWaitingForModel:
        messages.error(request, _("Rien n’a été envoyé : cette file n’attend pas de propositions."))
    else:
        tasks.ask_model.enqueue(one.pk)
        messages.success(
            request, _("Le modèle est interrogé. Les noms et numéros sont masqués avant l’envoi.")
        )
    return redirect("coding:queue", pk)


@require_POST
@needs(Power.DECIDE)
def open_without_model(request: SignedInRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(queues_for(request.user), pk=pk)
    try:
        actions.open_without_model(queue=one, by=request.user)
    except actions.NotWaitingForModel:
        messages.error(request, _("Rien n’a changé : cette file n’attend pas de propositions."))
    else:
        messages.success(
            request, _("File ouverte avec ce que propose la machine. Rien n’a été envoyé.")
        )
    return redirect("coding:queue", pk)


@require_POST
@needs(Power.DECIDE)
def close(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.close_queue(queue=get_object_or_404(queues_for(request.user), pk=pk), by=request.user)
    messages.success(request, _("File close. Tout ce qui a été dit est gardé."))
    return redirect("coding:queue", pk)


@require_POST
@needs(Power.DECIDE)
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.reopen_queue(queue=get_object_or_404(queues_for(request.user), pk=pk), by=request.user)
    messages.success(request, _("File rouverte."))
    return redirect("coding:queue", pk)
