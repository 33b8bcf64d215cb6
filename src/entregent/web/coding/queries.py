"""Queues, what people said in them and what stands, for those who may see it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from entregent.adapters.coders.coder import TrainedCoder
from entregent.adapters.redaction import find_identifiers
from entregent.engine.voice.redaction import Found
from entregent.web.accounts.models import User
from entregent.web.accounts.roles import POWERS, Power
from entregent.web.coding.codes import Place, asked_at, book, flat, places_to_code
from entregent.web.coding.models import (
    Adjudication,
    CoderChoice,
    Coding,
    LanguageModel,
    Queue,
    QueuedText,
    Said,
    Training,
    Trial,
    Words,
)
from entregent.web.evidence.models import Answer, Customer, Interaction
from entregent.web.verbatims.queries import Verbatim, surroundings_of
from entregent.web.workspace import coder

_ROWS: dict[str, type[Interaction] | type[Answer]] = {"echange": Interaction, "reponse": Answer}
TextKey = tuple[str, int]
Spot = tuple[int, int, str]
"""First character, character after the last, and code."""


def coder_in_use() -> TrainedCoder:
    """The coder that somebody accepted last, else the package's fast one.

    The job that codes new words reads with this one; rooms that this room builds on ask
    `workspace.coder.coder_in_use` itself.
    """
    return coder.coder_in_use()


GIVEN_UP_AFTER = timedelta(hours=2)
"""A job that has not ended by then was cut short: it may be asked for again."""


# queues


def queues_for(user: User) -> QuerySet[Queue]:
    """All of them for those who decide; for others, those they code."""
    if not user.may(Power.CODE):
        return Queue.objects.none()
    queues = Queue.objects.select_related("by").prefetch_related("seats__person")
    if user.may(Power.DECIDE):
        return queues
    return queues.filter(seats__person=user)


def queues_listed(user: User) -> QuerySet[Queue]:
    """With how many texts each holds, and in how many somebody said something."""
    return queues_for(user).annotate(
        n_texts=Count("texts", distinct=True), n_begun=Count("codings__words", distinct=True)
    )


def waits_for_model(queue: Queue) -> bool:
    """Whether somebody may say now that the language model is asked: also when asking it was cut short."""
    if queue.state == Queue.State.ASKING:
        return queue.asked_at is None or queue.asked_at < timezone.now() - GIVEN_UP_AFTER
    return queue.state == Queue.State.PRICED


def coders_to_choose() -> QuerySet[User]:
    """Colleagues who may code."""
    roles = [role for role, powers in POWERS.items() if Power.CODE in powers]
    return User.objects.filter(is_active=True, role__in=roles)


def texts_of(queue: Queue, user: User) -> list[QueuedText]:
    """The texts of a queue that fall to a person, in order."""
    seats = {seat.person_id: seat.number for seat in queue.seats.all()}
    if user.pk not in seats:
        return []
    texts = queue.texts.select_related("words").order_by("rank")
    return [one for one in texts if falls_to(one.rank, seats[user.pk], len(seats), queue.per_text)]


def is_theirs(text: QueuedText, user: User) -> bool:
    """Whether a text falls to a person."""
    seats = dict(text.queue.seats.values_list("person", "number"))
    return user.pk in seats and falls_to(text.rank, seats[user.pk], len(seats), text.queue.per_text)


def falls_to(rank: int, seat: int, seats: int, per_text: int) -> bool:
    """Whether the text of a rank is this seat's: neighbouring seats share texts in turn.

    >>> [[falls_to(rank, seat, 3, 2) for seat in range(3)] for rank in range(2)]
    [[True, True, False], [False, True, True]]
    """
    return (seat - rank) % seats < per_text


def of_their_words(customers: Sequence[int]) -> Q:
    """Whatever is kept by the address of these customers' words."""
    return Q(
        kind="echange", row__in=Interaction.objects.filter(customer__in=customers).values("pk")
    ) | Q(kind="reponse", row__in=Answer.objects.filter(customer__in=customers).values("pk"))


# what people said


def standing(codings: Iterable[Coding]) -> dict[tuple[int, int | None, Spot], Coding]:
    """(words, person, spot) → what a person says there now; what was withdrawn is left out."""
    latest = {
        (one.words_id, one.by_id, (one.start, one.end, one.code)): one
        for one in sorted(codings, key=lambda one: one.pk)
    }
    return {key: one for key, one in latest.items() if one.said != Said.WITHDRAWN}


def codings_of(queue: Queue, user: User, words: Words) -> dict[Spot, Coding]:
    """What one person says of one text in a queue."""
    mine = Coding.objects.filter(queue=queue, by=user, words=words)
    return {spot: one for (_, _, spot), one in standing(mine).items()}


def answers_at(place: Place, said: Mapping[Spot, Coding]) -> dict[str, str | None]:
    """Value by code; None where the person could not tell."""
    return {
        code: one.value if one.said == Said.VALUE else None
        for (start, end, code), one in said.items()
        if (start, end) == (place.start, place.end)
    }


def left_at(place: Place, queue: Queue, said: Mapping[Spot, Coding]) -> list[str]:
    """Codes of a place that wait for an answer."""
    answers = answers_at(place, said)
    return [code.name for code in asked_at(place, queue.codes, answers) if code.name not in answers]


def places_of(queue: Queue, words: Words, length: int) -> list[Place]:
    return places_to_code(words.places, length, queue.codes)


def finished(queue: Queue, words: Words, said: Mapping[Spot, Coding], length: int) -> bool:
    return not any(left_at(place, queue, said) for place in places_of(queue, words, length))


@dataclass(frozen=True, slots=True)
class Progress:
    person: User
    finished: int
    texts: int

    @property
    def done(self) -> bool:
        return self.finished >= self.texts


def progress_of(queue: Queue, *, only: User | None = None) -> list[Progress]:
    """How far each person is, or one alone; never how long anybody took."""
    seats = list(queue.seats.select_related("person"))
    codings = queue.codings.filter(by=only) if only else queue.codings.all()
    texts = list(queue.texts.select_related("words").order_by("rank"))
    lengths = lengths_of(texts)
    said: dict[tuple[int, int | None], dict[Spot, Coding]] = defaultdict(dict)
    for (words, person, spot), one in standing(codings).items():
        said[words, person][spot] = one
    found = []
    for seat in seats:
        if only and seat.person_id != only.pk:
            continue
        # A text that went, or was reworded, waits for nobody.
        mine = [
            one
            for one in texts
            if one.words_id in lengths
            and falls_to(one.rank, seat.number, len(seats), queue.per_text)
        ]
        done = sum(
            finished(queue, one.words, said[one.words_id, seat.person_id], lengths[one.words_id])
            for one in mine
        )
        found.append(Progress(seat.person, done, len(mine)))
    return found


def may_compare(user: User, queue: Queue, progress: Sequence[Progress]) -> bool:
    """Whether a person may see what others said: in a blind queue, not before having said it all."""
    if not queue.blind or queue.state == Queue.State.CLOSED:
        return True
    return all(one.done for one in progress if one.person.pk == user.pk)


# texts


def digest_of(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def rows_of(keys: Iterable[TextKey]) -> dict[TextKey, Any]:
    """Kind and key → the row that holds the words, of those that are there."""
    by_kind: dict[str, list[int]] = defaultdict(list)
    for kind, row in keys:
        by_kind[kind].append(row)
    found: dict[TextKey, Any] = {}
    for kind, ids in by_kind.items():
        for start in range(0, len(ids), 500):
            there = _ROWS[kind]._default_manager.select_related("customer")
            found |= {(kind, row.pk): row for row in there.filter(pk__in=ids[start : start + 500])}
    return found


def readings_of(words: Iterable[Words]) -> dict[int, Any]:
    """Words → their row, where it still says what it said."""
    listed = list(words)
    rows = rows_of((one.kind, one.row) for one in listed)
    return {
        one.pk: rows[one.kind, one.row]
        for one in listed
        if (one.kind, one.row) in rows and digest_of(rows[one.kind, one.row].text) == one.digest
    }


def lengths_of(texts: Iterable[QueuedText]) -> dict[int, int]:
    return {pk: len(row.text) for pk, row in readings_of(one.words for one in texts).items()}


def said_before(words: Words, row: Any) -> list[Interaction]:
    return surroundings_of(
        Verbatim("echange" if words.kind == "echange" else "reponse", row)
    ).before


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a text as it is shown: words, or the kind of identifier that stands there masked."""

    text: str
    masked: str = ""


def shown(text: str, start: int, end: int, found: Sequence[Found]) -> list[Piece]:
    """text[start:end] with what was found masked; places are those of the original.

    >>> from entregent.engine.voice.redaction import Identifier
    >>> [(piece.text, piece.masked) for piece in shown("Je suis Léa, oui", 0, 16, [Found(8, 11, Identifier.NAME)])]
    [('Je suis ', ''), ('', 'name'), (', oui', '')]
    """
    pieces, at = [], start
    for one in found:
        if one.end <= start or one.start >= end:
            continue
        if one.start > at:
            pieces.append(Piece(text[at : one.start]))
        pieces.append(Piece("", one.kind.value))
        at = min(one.end, end)
    if at < end:
        pieces.append(Piece(text[at:end]))
    return pieces


def masked(text: str, start: int, end: int, found: Sequence[Found]) -> str:
    """As `shown`, in one line: what a coder may learn from.

    >>> from entregent.engine.voice.redaction import Identifier
    >>> masked("Je suis Léa, oui", 0, 16, [Found(8, 11, Identifier.NAME)])
    'Je suis [name], oui'
    """
    return "".join(piece.text or f"[{piece.masked}]" for piece in shown(text, start, end, found))


def identifiers_in(text: str, *, user: User, queue: Queue | None) -> list[Found]:
    """What is hidden from this person in this text."""
    if queue is not None and (queue.masked or not user.may(Power.SEE_CUSTOMERS)):
        return find_identifiers(text)
    return []


# what stands, for agreement and for learning


@dataclass(frozen=True, slots=True)
class Opinion:
    """What people say at one spot, one answer each; None: cannot tell."""

    words: int
    spot: Spot
    by_person: dict[int | None, str | None]
    adjudicated: str | None = None

    @property
    def differs(self) -> bool:
        """Whether people who could tell say different things."""
        return len({value for value in self.by_person.values() if value is not None}) > 1


def opinions_in(queue: Queue) -> list[Opinion]:
    """Every spot of a queue that somebody coded, in the order of its texts."""
    ranks = dict(queue.texts.values_list("words", "rank"))
    said: dict[tuple[int, Spot], dict[int | None, str | None]] = defaultdict(dict)
    for (words, person, spot), one in standing(queue.codings.all()).items():
        said[words, spot][person] = one.value if one.said == Said.VALUE else None
    settled = _settled(queue.adjudications.all())
    return [
        Opinion(words, spot, people, settled.get((words, spot)))
        for (words, spot), people in sorted(
            said.items(), key=lambda one: (ranks.get(one[0][0], 0), one[0][1])
        )
    ]


def _settled(adjudications: Iterable[Adjudication]) -> dict[tuple[int, Spot], str]:
    return {
        (one.words_id, (one.start, one.end, one.code)): one.value
        for one in sorted(adjudications, key=lambda one: one.pk)
    }


def adjudications_in(queue: Queue) -> dict[tuple[int, Spot], Adjudication]:
    """The decision that stands at each spot."""
    return {
        (one.words_id, (one.start, one.end, one.code)): one
        for one in queue.adjudications.select_related("by").order_by("pk")
    }


def settled_values() -> dict[int, dict[tuple[int, int], dict[str, str]]]:
    """Words → span → head → what stands: adjudicated, else said by more than half of those who could tell.

    A head is a code, or for codes of several values each value by itself. What people split on
    evenly stands nowhere, and is not learned from.
    """
    votes: dict[tuple[int, int, int, str], Counter[str]] = defaultdict(Counter)
    for (words, _person, (start, end, code)), one in standing(Coding.objects.all()).items():
        if one.said == Said.VALUE:
            for head, value in flat(code, one.value).items():
                votes[words, start, end, head][value] += 1
    found: dict[int, dict[tuple[int, int], dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for (words, start, end, head), counted in votes.items():
        value, times = counted.most_common(1)[0]
        if 2 * times > counted.total():
            found[words][start, end][head] = value
    for (words, (start, end, code)), settled in _settled(Adjudication.objects.all()).items():
        found[words][start, end] |= flat(code, settled)
    return {words: dict(spans) for words, spans in found.items()}


def coded_keys() -> set[TextKey]:
    """Texts that stand in a queue, or that somebody coded."""
    return set(
        Words.objects.filter(Q(queued__isnull=False) | Q(codings__isnull=False)).values_list(
            "kind", "row"
        )
    )


# coders and models


def trainings_for(user: User) -> QuerySet[Training]:
    if not user.may(Power.CODE):
        return Training.objects.none()
    return Training.objects.select_related("by")


def choices_of_coder() -> QuerySet[CoderChoice]:
    """Which coder was in use from when, the latest first."""
    return CoderChoice.objects.select_related("training", "by")


def training_in_use() -> Training | None:
    choice = choices_of_coder().first()
    return choice.training if choice else None


def folder_of(training: Training) -> Path:
    folder: Path = settings.CODERS_FOLDER / training.folder
    return folder


def language_model() -> LanguageModel:
    return LanguageModel.objects.filter(pk=1).first() or LanguageModel(pk=1)


def trials() -> QuerySet[Trial]:
    return Trial.objects.select_related("by")


# a customer's file


def latest_words_of(customer: Customer, count: int) -> list[tuple[str, Any]]:
    """The last texts a customer wrote or said, the newest first."""
    rows: list[tuple[str, Any]] = [
        ("echange", row)
        for row in Interaction.objects.filter(customer=customer, direction="in")
        .exclude(text="")
        .order_by("-at", "-pk")[:count]
    ]
    rows += [
        ("reponse", row)
        for row in Answer.objects.filter(customer=customer)
        .exclude(text="")
        .order_by("-at", "-pk")[:count]
    ]
    return sorted(rows, key=lambda one: one[1].at, reverse=True)[:count]


def said_by_everybody(kind: str, row: int, digest: str) -> dict[Spot, Coding]:
    """The latest that anybody said of each spot of a text."""
    mine = Coding.objects.filter(
        words__kind=kind, words__row=row, words__digest=digest
    ).select_related("by")
    found: dict[Spot, Coding] = {}
    for (_words, _person, spot), one in sorted(standing(mine).items(), key=lambda item: item[1].pk):
        found[spot] = one
    return found


def codes_of(unit: str) -> list[str]:
    return [name for name, code in book().items() if code.unit == unit]
