"""What a customer's words say, on the customer's file, confirmed or corrected in one click."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from entregent.engine.voice.segments import words_of
from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.roles import Power
from entregent.web.coding import actions
from entregent.web.coding.codes import SEGMENT, TEXT, Code, book, value_words
from entregent.web.coding.measures.proposing import proposals_for, span_name
from entregent.web.coding.models import Coding
from entregent.web.coding.queries import (
    coder_in_use,
    codes_of,
    digest_of,
    latest_words_of,
    said_by_everybody,
)
from entregent.web.customers.queries.customers import customers_for
from entregent.web.evidence.models import Customer

SHOWN = 3
ON_FILE = ("movement", "sentiment", "trust")


@dataclass(frozen=True, slots=True)
class Reading:
    """One code at one place: what is shown there, by whom."""

    code: Code
    start: int
    end: int
    value: str
    confidence: float | None
    coding: Coding | None

    @property
    def words(self) -> str:
        return value_words(self.code.name, self.value)

    @property
    def silent(self) -> bool:
        """Whether it says that nothing is said."""
        return any(one.weak and one.code == self.value for one in self.code.values)


@require_GET
@never_cache
@needs(Power.SEE_CUSTOMERS)
def panel(request: SignedInRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    return _panel(request, customer)


@require_POST
@needs(Power.CODE)
def say(request: SignedInRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    given = request.POST
    code, _colon, value = given.get("do", "").partition(":")
    try:
        kind, row = given.get("kind", ""), int(given.get("row", ""))
        span = (int(given.get("start", "")), int(given.get("end", "")))
        actions.say_from_file(
            customer=customer, kind=kind, row=row, span=span, code=code, value=value,
            by=request.user, proposed=_proposed(customer, kind, row, span, code),
        )  # fmt: skip
    except (ValueError, actions.NotAsked, actions.WordsChanged):
        return HttpResponse(_("Rien n’a été enregistré."), status=422)
    if not request.htmx:
        return redirect("customers:file", pk)
    return _panel(
        request,
        customer,
        note=_("Enregistré. La machine apprendra de vous au prochain apprentissage."),
    )


def _proposed(
    customer: Customer, kind: str, row: int, span: tuple[int, int], code: str
) -> tuple[str, float | None, str] | None:
    """What the machine showed there."""
    for its, one in latest_words_of(customer, SHOWN):
        if (its, one.pk) == (kind, row):
            coder = coder_in_use()
            cut = [(segment.start, segment.end) for segment in words_of(one.text)]
            found = proposals_for(one.text, cut, [*ON_FILE, *codes_of(TEXT)], coder)
            told = found.get(span_name(*span), {}).get(code)
            return (*told, coder.name) if told else None
    return None


def _panel(request: SignedInRequest, customer: Customer, *, note: str = "") -> HttpResponse:
    context = {
        "customer": customer,
        "texts": [_text(kind, row) for kind, row in latest_words_of(customer, SHOWN)],
        "note": note,
        "may_code": request.user.may(Power.CODE),
        "coder": coder_in_use().name,
    }
    return render(request, "coding/_panel.html", context)


def _text(kind: str, row: Any) -> dict[str, Any]:
    """A text with its readings: of the whole, then place by place."""
    cut = [(segment.start, segment.end) for segment in words_of(row.text)]
    proposed = proposals_for(row.text, cut, [*ON_FILE, *codes_of(TEXT)], coder_in_use())
    said = said_by_everybody(kind, row.pk, digest_of(row.text))
    whole = _readings(0, len(row.text), TEXT, proposed, said)
    pieces = [
        {"words": row.text[start:end], "readings": _readings(start, end, SEGMENT, proposed, said)}
        for start, end in cut
    ]
    return {"kind": kind, "row": row, "whole": whole, "pieces": pieces}


def _readings(
    start: int, end: int, unit: str, proposed: Any, said: Any
) -> dict[str, list[Reading]]:
    """What is told there, by somebody or by the machine, apart from what says nothing."""
    names = codes_of(TEXT) if unit == TEXT else ON_FILE
    found = []
    for name in names:
        coding = said.get((start, end, name))
        its = proposed.get(span_name(start, end), {}).get(name)
        if coding is not None and coding.said == "value":
            found.append(Reading(book()[name], start, end, coding.value, None, coding))
        elif its is not None:
            found.append(Reading(book()[name], start, end, its[0], its[1], None))
    return {
        "told": [one for one in found if one.coding or not one.silent],
        "silent": [one for one in found if one.silent and not one.coding],
    }
