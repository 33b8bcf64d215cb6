"""How far people agree, where they differ, and what stands there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.roles import Power
from entregent.web.coding import actions
from entregent.web.coding.codes import Code, book, value_words
from entregent.web.coding.forms import AdjudicationForm
from entregent.web.coding.measures.agreement import agreement_in
from entregent.web.coding.models import Adjudication, Queue, Words
from entregent.web.coding.queries import (
    Opinion,
    Piece,
    Spot,
    adjudications_in,
    identifiers_in,
    may_compare,
    opinions_in,
    progress_of,
    queues_for,
    readings_of,
    shown,
)

AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where people differ. answers: who, by seat number from 1, and what they say."""

    words: Words
    spot: Spot
    code: Code
    before: Sequence[Piece]
    quote: Sequence[Piece]
    after: Sequence[Piece]
    answers: Sequence[tuple[int, str]]
    settled: Adjudication | None

    @property
    def settled_words(self) -> str:
        return value_words(self.code.name, self.settled.value) if self.settled else ""


@require_GET
@never_cache
@needs(Power.CODE)
def agreement(request: SignedInRequest, pk: int) -> HttpResponse:
    queue = _queue(request, pk)
    progress = progress_of(queue)
    context: dict[str, Any] = {"queue": queue, "progress": progress}
    if not may_compare(request.user, queue, progress):
        return render(request, "coding/not_yet.html", context, status=403)
    opinions = opinions_in(queue)
    names = {seat.person_id: str(seat.person) for seat in queue.seats.all()}
    differing = [one for one in opinions if one.differs]
    context |= {
        "rows": [
            (row, [(names.get(pair.first, "–"), names.get(pair.second, "–"), pair) for pair in row.pairs])
            for row in agreement_in(opinions)
        ],
        "unsure": sum(value is None for one in opinions for value in one.by_person.values()),
        "answers": sum(len(one.by_person) for one in opinions),
        "differing": len(differing),
        "left": sum(one.adjudicated is None for one in differing),
        "may_decide": request.user.may(Power.DECIDE),
        "may_export": request.user.may(Power.DECIDE) and request.user.may(Power.EXPORT),
    }  # fmt: skip
    return render(request, "coding/agreement.html", context)


@require_GET
@never_cache
@needs(Power.CODE)
def differences(request: SignedInRequest, pk: int) -> HttpResponse:
    queue = _queue(request, pk)
    progress = progress_of(queue)
    if not may_compare(request.user, queue, progress):
        return render(request, "coding/not_yet.html", {"queue": queue}, status=403)
    differing = [one for one in opinions_in(queue) if one.differs]
    code = request.GET.get("code", "")
    if code:
        differing = [one for one in differing if one.spot[2] == code]
    # What is settled comes last; the order of texts holds otherwise.
    differing.sort(key=lambda one: one.adjudicated is not None)
    page = Paginator(differing, AT_ONCE).get_page(request.GET.get("page"))
    context = {
        "queue": queue,
        "page": page,
        "differences": _shown(request, queue, list(page.object_list)),
        "left": sum(one.adjudicated is None for one in differing),
        "codes": [book()[name] for name in queue.codes],
        "code": code,
        "may_decide": request.user.may(Power.DECIDE),
    }
    return render(request, "coding/differences.html", context)


@require_POST
@needs(Power.DECIDE)
def settle(request: SignedInRequest, pk: int, words: int) -> HttpResponse:
    """Say what stands at one place; the answer is that place as it now stands."""
    queue = _queue(request, pk)
    if not may_compare(request.user, queue, progress_of(queue)):
        return HttpResponse(_("Rien n’a été tranché : finissez d’abord vos textes."), status=403)
    one = get_object_or_404(Words.objects.filter(queued__queue=queue), pk=words)
    form = AdjudicationForm(request.POST)
    if not form.is_valid():
        return HttpResponse(
            _("Rien n’a été tranché : choisissez une réponse et dites pourquoi."), status=422
        )
    said = form.cleaned_data
    spot = (said["start"], said["end"], said["code"])
    try:
        actions.adjudicate(
            queue=queue, words=one, spot=spot, value=said["value"], reason=said["reason"], by=request.user
        )  # fmt: skip
    except (actions.NotAsked, actions.NothingToSettle):
        return HttpResponse(_("Rien n’a été tranché : cet endroit ne se tranche pas."), status=422)
    if not request.htmx:
        return redirect(reverse("coding:differences", args=[pk]))
    listed = [its for its in opinions_in(queue) if its.words == one.pk and its.spot == spot]
    (difference,) = _shown(request, queue, listed)
    context = {"queue": queue, "one": difference, "may_decide": True}
    return render(request, "coding/_difference.html", context)


def _shown(request: SignedInRequest, queue: Queue, opinions: Sequence[Opinion]) -> list[Difference]:
    words = {one.pk: one for one in Words.objects.filter(pk__in={one.words for one in opinions})}
    rows = readings_of(words.values())
    settled = adjudications_in(queue)
    seats = {seat.person_id: seat.number + 1 for seat in queue.seats.all()}
    found = []
    for one in opinions:
        row = rows.get(one.words)
        if row is None:
            continue
        start, end, code = one.spot
        hidden = identifiers_in(row.text, user=request.user, queue=queue)
        answers = [
            (seats.get(person or 0, 0), _("ne sait pas") if value is None else value_words(code, value))
            for person, value in one.by_person.items()
        ]  # fmt: skip
        found.append(
            Difference(
                words[one.words],
                one.spot,
                book()[code],
                shown(row.text, 0, start, hidden),
                shown(row.text, start, end, hidden),
                shown(row.text, end, len(row.text), hidden),
                sorted(answers),
                settled.get((one.words, one.spot)),
            )
        )
    return found


def _queue(request: SignedInRequest, pk: int) -> Queue:
    return get_object_or_404(queues_for(request.user), pk=pk)
