"""The page where a person codes: one place of a text at a time, each answer kept at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from entregent.engine.voice.redaction import Found
from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Power
from entregent.web.coding import actions
from entregent.web.coding.codes import (
    CANNOT_TELL_KEY,
    NONE_KEY,
    TEXT,
    Code,
    Place,
    asked_at,
    book,
    weak_value,
)
from entregent.web.coding.measures.proposing import span_name
from entregent.web.coding.models import Coding, Queue, QueuedText, Said
from entregent.web.coding.queries import (
    Piece,
    Spot,
    codings_of,
    finished,
    identifiers_in,
    left_at,
    lengths_of,
    may_compare,
    places_of,
    progress_of,
    queues_for,
    readings_of,
    said_before,
    shown,
    standing,
    texts_of,
)

LONGEST_PAUSE = 300
"""Seconds after which a person was doing something else."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One button: a value, or that nothing stands, or that it cannot be told."""

    do: str
    key: str
    name: str
    hint: str
    chosen: bool
    weak: bool = False
    proposed: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A code at a place, with its buttons. current: the one that digits answer."""

    code: Code
    choices: Sequence[Choice]
    answered: bool
    current: bool
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of the text. step: rank of the place it is coded at, None where it is not coded."""

    pieces: Sequence[Piece]
    step: int | None
    here: bool = False
    done: bool = False


@require_GET
@never_cache
@needs(Power.CODE)
def code(request: SignedInRequest, pk: int) -> HttpResponse:
    """Where the person stopped, or the text asked for."""
    queue = _queue(request, pk)
    texts = texts_of(queue, request.user)
    if not texts:
        raise Http404
    rank = request.GET.get("texte", "")
    text = next((one for one in texts if str(one.rank) == rank), None) or _first_left(
        queue, texts, request.user
    )
    if text is None or queue.state != Queue.State.OPEN:
        return _done(request, queue, texts)
    asked = request.GET.get("pas", "")
    return _page(request, queue, text, texts, step=int(asked) if asked.isdigit() else None)


@require_POST
@never_cache
@needs(Power.CODE)
def answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """One answer, or one move; the page comes back as it now stands."""
    queue = _queue(request, pk)
    texts = texts_of(queue, request.user)
    text = next((one for one in texts if str(one.rank) == request.POST.get("texte")), None)
    step = request.POST.get("pas", "")
    if text is None or not step.isdigit():
        raise Http404
    at, do = int(step), request.POST.get("do", "")
    try:
        note = _act(queue, text, at, do, request.user)
    except (actions.NotAsked, actions.NotYours):
        return HttpResponse(_("Rien n’a été enregistré."), status=422)
    except actions.WordsChanged:
        note, do = _("Ce texte a changé depuis : il ne se code plus."), "skip"
    move = {"rest": 1, "next": 1, "back": -1, "skip": 1}.get(do, 0)
    if do == "next" and note:
        move = 0
    return _moved(request, queue, text, texts, step=at, move=move, note=note, whole=do == "skip")


def _act(queue: Queue, text: QueuedText, step: int, do: str, person: User) -> str:
    """Do what the button says; returns what to tell the person, if anything."""
    row = readings_of([text.words]).get(text.words_id)
    if row is None:
        raise actions.WordsChanged
    places = places_of(queue, text.words, len(row.text))
    if step >= len(places):
        raise actions.NotAsked
    place = places[step]
    kind, _colon, rest = do.partition(":")
    name, _colon, value = rest.partition(":")
    if kind in {"say", "cannot"}:
        actions.say(
            text=text, place=place, code=name, value=value if kind == "say" else None, by=person
        )
        its = book()[name]
        words = _("je ne sais pas") if kind == "cannot" else _in_words(its, value)
        return _("Enregistré : %(code)s, %(value)s") % {"code": its.title, "value": words}
    if kind == "rest":
        actions.say_rest(text=text, place=place, by=person)
    elif kind == "undo":
        taken = actions.take_back(text=text, by=person)
        return (
            _("Réponse retirée : %(code)s") % {"code": book()[taken.code].title}
            if taken
            else _("Il n’y a plus rien à retirer dans ce texte.")
        )
    elif kind == "next":
        missing = left_at(place, queue, codings_of(queue, person, text.words))
        if missing:
            names = ", ".join(book()[one].title for one in missing)
            return _("Il manque : %(codes)s. Espace donne le reste.") % {"codes": names}
    elif kind not in {"back", "skip"}:
        raise actions.NotAsked
    return ""


def _in_words(code: Code, value: str) -> str:
    names = [
        one.name for one in code.values if one.code == value or (code.several and one.code in value)
    ]
    return ", ".join(names) or _("aucune")


def _moved(
    request: SignedInRequest,
    queue: Queue,
    text: QueuedText,
    texts: Sequence[QueuedText],
    *,
    step: int,
    move: int,
    note: str,
    whole: bool,
) -> HttpResponse:
    """The place after or before; past the ends of a text, that of its neighbour."""
    row = readings_of([text.words]).get(text.words_id)
    count = len(places_of(queue, text.words, len(row.text))) if row is not None else 0
    at: int | None = step + move
    if at is not None and (whole or not 0 <= at < count):
        here = [one.pk for one in texts].index(text.pk) + move
        if here >= len(texts):
            left = _first_left(queue, texts, request.user)
            if left is None:
                return _done(request, queue, texts)
            text, at = left, None
        elif here < 0:
            at = 0
        else:
            text, at = texts[here], -1 if move < 0 else None
    if not request.htmx:
        place = urlencode({"texte": text.rank, "pas": at if at is not None and at >= 0 else ""})
        return redirect(f"{reverse('coding:code', args=[queue.pk])}?{place}")
    return _page(request, queue, text, texts, step=at, note=note)


def _first_left(queue: Queue, texts: Sequence[QueuedText], person: User) -> QueuedText | None:
    """The first text where an answer of this person is missing."""
    said: dict[int, dict[Spot, Coding]] = {}
    for (words, _person, spot), one in standing(queue.codings.filter(by=person)).items():
        said.setdefault(words, {})[spot] = one
    lengths = lengths_of(texts)
    return next(
        (
            one
            for one in texts
            if one.words_id in lengths
            and not finished(queue, one.words, said.get(one.words_id, {}), lengths[one.words_id])
        ),
        None,
    )


def _page(
    request: SignedInRequest, queue: Queue, text: QueuedText, texts: Sequence[QueuedText], *,
    step: int | None, note: str = "",
) -> HttpResponse:  # fmt: skip
    row = readings_of([text.words]).get(text.words_id)
    context: dict[str, Any] = {
        "queue": queue,
        "text": text,
        "number": [one.pk for one in texts].index(text.pk) + 1,
        "count": len(texts),
        "note": note,
        "row": row,
    }
    if row is not None:
        places = places_of(queue, text.words, len(row.text))
        said = codings_of(queue, request.user, text.words)
        if step is None or step >= len(places):
            step = next((at for at, one in enumerate(places) if left_at(one, queue, said)), 0)
        step = step % len(places)
        hidden = identifiers_in(row.text, user=request.user, queue=queue)
        before = said_before(text.words, row)
        place = places[step]
        context |= {
            "step": step,
            "steps": len(places),
            "place": place,
            "whole": place.unit == TEXT,
            "quote": shown(row.text, place.start, place.end, hidden),
            "stretches": _stretches(
                row.text, places, place, lambda one: bool(left_at(one, queue, said)), hidden
            ),
            "asked": _asked(queue, text, place, said),
            "left": left_at(place, queue, said),
            "before": [
                (
                    one,
                    shown(
                        one.text[:600], 0, min(len(one.text), 600),
                        identifiers_in(one.text[:600], user=request.user, queue=queue),
                    ),
                )
                for one in before
            ],
            "channel": _channel(row),
        }  # fmt: skip
    template = "coding/_coding.html" if request.htmx else "coding/code.html"
    return render(request, template, context)


def _channel(row: Any) -> str:
    return str(getattr(row, "get_channel_display", lambda: _("enquête"))())


def _stretches(
    text: str,
    places: Sequence[Place],
    here: Place,
    left: Callable[[Place], bool],
    hidden: Sequence[Found],
) -> list[Stretch]:
    """The whole text, the places of the unit at hand told apart from what is not coded."""
    found, at = [], 0
    for step, place in enumerate(places):
        if place.unit != here.unit:
            continue
        if place.start > at:
            found.append(Stretch(shown(text, at, place.start, hidden), None))
        found.append(
            Stretch(
                shown(text, place.start, place.end, hidden),
                step,
                here=place == here,
                done=not left(place),
            )
        )
        at = place.end
    if at < len(text):
        found.append(Stretch(shown(text, at, len(text), hidden), None))
    return found


def _asked(queue: Queue, text: QueuedText, place: Place, said: dict[Spot, Coding]) -> list[Asked]:
    mine = {
        code: one for (start, end, code), one in said.items() if (start, end) == (place.start, place.end)
    }  # fmt: skip
    answers = {code: one.value if one.said == Said.VALUE else None for code, one in mine.items()}
    proposed = text.proposals.get(span_name(place.start, place.end), {})
    found: list[Asked] = []
    current = False
    for code in asked_at(place, queue.codes, answers):
        own = mine.get(code.name)
        first = own is None and not current
        current = current or first
        its = proposed.get(code.name)
        found.append(
            Asked(code, _choices(code, own, its[0] if its else None), own is not None, first, its[1] if its else None)
        )  # fmt: skip
    return found


def _choices(code: Code, own: Coding | None, proposed: str | None) -> list[Choice]:
    said = own.value if own and own.said == Said.VALUE else None
    found = []
    for value in code.values:
        if code.several:
            chosen = said is not None and value.code in said
            letters = {*(said or ""), value.code} - ({value.code} if chosen else set())
            after = "".join(one.code for one in code.values if one.code in letters)
            likely = proposed is not None and value.code in proposed
        else:
            chosen, after, likely = said == value.code, value.code, proposed == value.code
        found.append(
            Choice(
                f"say:{code.name}:{after}", value.key, value.name, value.definition, chosen, value.weak, likely
            )
        )  # fmt: skip
    if code.several:
        found.append(
            Choice(
                f"say:{code.name}:", NONE_KEY, _("Aucune"), _("On n’en parle pas."), said == "",
                weak=not weak_value(code), proposed=proposed == "",
            )
        )  # fmt: skip
    found.append(
        Choice(
            f"cannot:{code.name}", CANNOT_TELL_KEY, _("Je ne sais pas"),
            _("C’est une réponse : elle dit où le manuel ne suffit pas."),
            own is not None and own.said == Said.CANNOT_TELL,
        )
    )  # fmt: skip
    return found


def _done(request: SignedInRequest, queue: Queue, texts: Sequence[QueuedText]) -> HttpResponse:
    progress = progress_of(queue)
    context = {
        "queue": queue,
        "count": len(texts),
        "pace": _pace(queue, request.user),
        "may_compare": may_compare(request.user, queue, progress),
    }
    template = "coding/_done.html" if request.htmx else "coding/done.html"
    return render(request, template, context)


def _pace(queue: Queue, person: User) -> float | None:
    """Seconds a text took this person on average, pauses left out; told to nobody else."""
    mine = queue.codings.filter(by=person)
    moments = list(mine.order_by("pk").values_list("at", flat=True))
    gaps = [(other - one).total_seconds() for one, other in pairwise(moments)]
    texts = mine.values("words").distinct().count()
    # The first answer has nothing before it: its text took time too, but nobody knows how much.
    return sum(gap for gap in gaps if gap < LONGEST_PAUSE) / (texts - 1) if texts > 1 else None


def _queue(request: SignedInRequest, pk: int) -> Queue:
    return get_object_or_404(queues_for(request.user), pk=pk)
