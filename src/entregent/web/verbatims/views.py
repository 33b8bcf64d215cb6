"""The verbatim explorer: what customers say, in their words."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.roles import Power
from entregent.web.evidence.code_facets import SEGMENT_CODES, TEXT_CODES
from entregent.web.evidence.models import CodedText
from entregent.web.shared.asked_words import understand
from entregent.web.shared.exports import FORMS, Form, export
from entregent.web.verbatims.actions import note_export
from entregent.web.verbatims.forms import VerbatimsForm
from entregent.web.verbatims.queries import (
    MOST_COUNTED,
    Verbatim,
    VerbatimsAsked,
    arrivals,
    counts_by_code,
    every_passage,
    every_verbatim,
    find_verbatims,
    resembling,
    resembling_words,
    sources_for,
    surroundings_of,
    uncoded_for,
    verbatim_for,
)  # fmt: skip
from entregent.web.verbatims.words import CODES, code_name, read_of, values_to_ask

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
        "uncoded": uncoded_for(request.user),
        "most": MOST_COUNTED,
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
    if request.GET.get("rows") == "passages":
        return _export_passages(request, form, asked)
    headings = [
        _("Quand"), _("Client"), _("Nom"), _("Qui parle"), _("Canal"), _("Langue"), _("Dossier"), _("Texte"), _("Adresse"),
        *_code_headings(TEXT_CODES), _("Lu par"),
    ]  # fmt: skip
    rows = every_verbatim(request.user, asked)
    return export(form, "verbatims", headings, _exported(request, rows))


def _exported(request: SignedInRequest, rows: Iterator[Verbatim]) -> Iterator[list[Any]]:
    for one in rows:
        yield [
            one.row.at, one.row.customer_id, one.customer.name if one.customer else None, one.direction,
            one.channel, getattr(one.row, "language", ""), str(one.case or ""), one.row.text,
            _address(request, one), *_coded_cells(getattr(one.row, "coded", None)),
        ]  # fmt: skip


def _export_passages(
    request: SignedInRequest, form: Form, asked: VerbatimsAsked
) -> HttpResponseBase:
    """One row for each coded piece of what answers."""
    headings = [
        _("Quand"), _("Client"), _("Canal"), _("Passage"), *_code_headings(SEGMENT_CODES), _("Lu par"), _("Adresse"),
    ]  # fmt: skip
    rows = (
        [
            one.verbatim.row.at, one.verbatim.row.customer_id, one.verbatim.channel, one.words,
            *(cell for read in read_of(one.segment) for cell in (read.name, read.confidence)),
            one.verbatim.row.coded.coder, _address(request, one.verbatim),
        ]
        for one in every_passage(request.user, asked)
    )  # fmt: skip
    return export(form, "passages", headings, rows)


def _code_headings(codes: Iterable[str]) -> list[str]:
    return [
        heading
        for code in codes
        for heading in (code_name(code), _("%(code)s : sûreté") % {"code": code_name(code)})
    ]


def _coded_cells(coded: CodedText | None) -> list[Any]:
    """The codes of a whole text, each with its confidence, and who read it; blank where nobody has."""
    if coded is None:
        return [None] * (2 * len(TEXT_CODES) + 1)
    cells = [cell for read in read_of(coded) for cell in (read.name, read.confidence)]
    return [*cells, coded.coder]


def _address(request: SignedInRequest, one: Verbatim) -> str:
    return request.build_absolute_uri(reverse("verbatims:verbatim", args=[one.kind, one.row.pk]))


@require_GET
@needs(Power.SEE_CUSTOMERS)
def spread(request: SignedInRequest) -> HttpResponse:
    """How many of the texts that answer hold each value of each code."""
    asked = VerbatimsForm(request.GET, sources_for(request.user)).asked()
    wanted = {code: [value for value, _name in values_to_ask(code) if value] for code in CODES}
    names = {code: dict(values_to_ask(code)) for code in CODES}
    counted = counts_by_code(request.user, asked, wanted)
    context = {
        "groups": [
            (code, code_name(code), [(value, names[code][value], n) for value, n in counts.items()])
            for code, counts in counted.items()
        ],
        "most": MOST_COUNTED,
    }
    return render(request, "verbatims/_spread.html", context)


@require_GET
@needs(Power.SEE_CUSTOMERS)
def resemblances(request: SignedInRequest) -> HttpResponse:
    """What is most like the words asked for, whichever words it uses."""
    alike = resembling_words(request.user, request.GET.get("q", "")[:400])
    return render(request, "verbatims/_alike.html", {"alike": alike})


@require_GET
@needs(Power.SEE_CUSTOMERS)
def live(request: SignedInRequest) -> HttpResponse:
    """Customers' words as they arrive; paused, the page stays as it is."""
    context = {"arrived": arrivals(request.user), "paused": "pause" in request.GET}
    return render(request, "verbatims/live.html", context)


@require_GET
@needs(Power.SEE_CUSTOMERS)
def live_rows(request: SignedInRequest) -> HttpResponse:
    """What arrived after a mark; nothing to change where nothing did."""
    after = request.GET.get("after", "")
    arrived = arrivals(request.user, after=int(after) if after.isdigit() else 0)
    if not arrived.rows:
        return HttpResponse(status=204)
    return render(request, "verbatims/_arrivals.html", {"arrived": arrived})


@require_GET
@needs(Power.SEE_CUSTOMERS)
def verbatim(request: SignedInRequest, kind: str, pk: int) -> HttpResponse:
    """A verbatim's permanent address."""
    one = _one(request, kind, pk)
    context = {
        "one": one,
        "around": surroundings_of(one),
        "alike": resembling(request.user, one),
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
