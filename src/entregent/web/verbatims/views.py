"""The verbatim explorer: what customers say, in their words."""

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.roles import Power
from entregent.web.shared.asked_words import understand
from entregent.web.shared.exports import FORMS, export
from entregent.web.verbatims.actions import note_export
from entregent.web.verbatims.forms import VerbatimsForm
from entregent.web.verbatims.queries import (
    Verbatim,
    VerbatimsAsked,
    every_verbatim,
    find_verbatims,
    sources_for,
    surroundings_of,
    verbatim_for,
)  # fmt: skip

FOUND = 5


@require_GET
@needs(Power.SEE_CUSTOMERS)
def explorer(request: SignedInRequest) -> HttpResponse:
    form = VerbatimsForm(request.GET, sources_for(request.user))
    asked = form.asked()
    before = request.GET.get("before", "")
    found = find_verbatims(
        request.user, asked, before=int(before) if before.lstrip("-").isdigit() else None
    )
    context = {
        "form": form,
        "asked": asked,
        "words": understand(asked.words),
        "found": found,
        "further": bool(before),
        "may_export": request.user.may(Power.EXPORT),
    }
    return render(request, "verbatims/explorer.html", context)


@require_GET
@needs(Power.SEE_CUSTOMERS)
def found(request: SignedInRequest) -> HttpResponse:
    """The latest matches for the page that searches everywhere."""
    words = request.GET.get("q", "").strip()
    asked = VerbatimsAsked(words=words, direction="in")
    results = find_verbatims(request.user, asked) if understand(words) else None
    context = {
        "asked": words,
        "words": understand(words),
        "found": results,
        "rows": results.rows[:FOUND] if results else [],
    }
    return render(request, "verbatims/found.html", context)


@require_GET
@needs(Power.SEE_CUSTOMERS)
@needs(Power.EXPORT)
def export_verbatims(request: SignedInRequest, form: str) -> HttpResponseBase:
    if form not in FORMS:
        return redirect("verbatims:explorer")
    asked = VerbatimsForm(request.GET, sources_for(request.user)).asked()
    note_export(by=request.user, form=form, asked=request.GET.dict())
    headings = [
        _("Quand"), _("Client"), _("Nom"), _("Qui parle"), _("Canal"), _("Langue"), _("Dossier"), _("Texte"), _("Adresse"),
    ]  # fmt: skip
    rows = every_verbatim(request.user, asked)
    return export(form, "verbatims", headings, _exported(request, rows))


def _exported(request: SignedInRequest, rows: Iterator[Verbatim]) -> Iterator[list[Any]]:
    for one in rows:
        yield [
            one.row.at, one.row.customer_id, one.customer.name if one.customer else None, one.direction,
            one.channel, getattr(one.row, "language", ""), str(one.case or ""), one.row.text,
            request.build_absolute_uri(reverse("verbatims:verbatim", args=[one.kind, one.row.pk])),
        ]  # fmt: skip


@require_GET
@needs(Power.SEE_CUSTOMERS)
def verbatim(request: SignedInRequest, kind: str, pk: int) -> HttpResponse:
    """A verbatim's permanent address."""
    one = _one(request, kind, pk)
    context = {
        "one": one,
        "around": surroundings_of(one),
        "words": understand(request.GET.get("q", "")),
    }
    return render(request, "verbatims/verbatim.html", context)


@require_GET
@needs(Power.SEE_CUSTOMERS)
def surroundings(request: SignedInRequest, kind: str, pk: int) -> HttpResponse:
    one = _one(request, kind, pk)
    return render(request, "verbatims/_around.html", {"one": one, "around": surroundings_of(one)})


def _one(request: SignedInRequest, kind: str, pk: int) -> Verbatim:
    one = verbatim_for(request.user, kind, pk)
    if one is None:
        raise Http404
    return one
