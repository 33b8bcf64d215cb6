"""What people do in this room: each one transaction, and one row of the audit trail.

An answer given to a text writes no audit row: it is a row of its own that says who, when and what,
and that nothing rewrites.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from entregent.adapters.coders.codebook import codebook
from entregent.adapters.coders.coder import TrainedCoder, carried_coder
from entregent.adapters.coders.examples import carried_examples
from entregent.adapters.coders.language_model import (
    Cost,
    Endpoint,
    LanguageModelCoder,
    ModelCoding,
    ServerRefuses,
)
from entregent.adapters.encoders import EncoderAbsent
from entregent.engine.errors import EngineError
from entregent.engine.voice.segments import words_of
from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.coding.codes import UTTERANCE, Place, legal, weak_value
from entregent.web.coding.measures.choosing import chosen_for, spoken_in
from entregent.web.coding.measures.learning import (
    before_and_after,
    codes_of,
    firms_set,
    judged_on,
    learn,
    with_figures,
)
from entregent.web.coding.measures.proposing import (
    Proposals,
    proposals_for,
    proposals_of_model,
    span_name,
)
from entregent.web.coding.measures.trying import compared, texts_to_try
from entregent.web.coding.models import (
    Adjudication,
    CoderChoice,
    Coding,
    LanguageModel,
    Queue,
    QueuedText,
    Said,
    Seat,
    Training,
    Trial,
    Words,
)
from entregent.web.coding.queries import (
    GIVEN_UP_AFTER,
    Spot,
    coder_in_use,
    codings_of,
    digest_of,
    folder_of,
    is_theirs,
    language_model,
    left_at,
    opinions_in,
    places_of,
    readings_of,
    rows_of,
    said_before,
    training_in_use,
    waits_for_model,
)
from entregent.web.evidence.models import Customer
from entregent.web.workspace.models import this_workspace


class NotAsked(Exception):
    """The place or the code is not asked in this queue, or the value is not of the codebook."""


class NotYours(Exception):
    """The text falls to other people, or the queue is not open."""


class WordsChanged(Exception):
    """The text went, or says something else than when it was given to code."""


class NothingToSettle(Exception):
    """Fewer than two people coded this place."""


class NothingCoded(Exception):
    """People coded nothing yet that a coder could learn from."""


class AlreadyLearning(Exception):
    """A training is under way."""


class NotToBeDecided(Exception):
    """The training is not waiting for a decision, or is not one that can be used."""


class AlreadyInUse(Exception):
    """This coder reads the words already."""


class SwitchedOff(Exception):
    """Nobody allowed the language model to be asked, or it is not said which."""


class NotWaitingForModel(Exception):
    """The queue is not one whose proposals a language model could make now."""


# queues


@transaction.atomic
def open_queue(*, people: Sequence[User], by: User | None, **said: Any) -> Queue:
    """Ask some people to code some texts, which `fill_queue` then chooses."""
    codes = said["codes"]
    talks = any(codebook()[code].unit == UTTERANCE for code in codes if code in codebook())
    if not codes or not set(codes) <= set(codebook()) or (talks and not said.get("target")):
        raise NotAsked
    if said.get("asks_model") and (talks or said.get("blind", True)):
        raise NotAsked
    if not people or said.get("per_text", 1) > len(people):
        raise NotYours
    queue = Queue.objects.create(by=by, **said)
    Seat.objects.bulk_create(
        Seat(queue=queue, person=person, number=number) for number, person in enumerate(people)
    )
    record(Verb.CREATED, queue, by=by, codes=list(codes), blind=queue.blind, people=len(people))
    return queue


def fill_queue(queue: Queue) -> None:
    """Choose the texts of a queue and open it; proposals are made where people correct a machine.

    Where a language model is to propose, the queue waits until somebody accepts what that costs.
    """
    coder = coder_in_use()
    chosen = chosen_for(queue, coder)
    by_machine = not (queue.blind or queue.asks_model)
    proposals = [_proposed(queue, kind, row, coder) if by_machine else {} for kind, row in chosen]
    with transaction.atomic():
        held = Queue.objects.select_for_update().get(pk=queue.pk)
        if held.state != Queue.State.FILLING:
            return
        QueuedText.objects.bulk_create(
            QueuedText(queue=queue, words=_words(kind, row), rank=rank, proposals=its)
            for rank, ((kind, row), its) in enumerate(zip(chosen, proposals, strict=True))
        )
        filled = Queue.State.PRICED if queue.asks_model else Queue.State.OPEN
        held.state = filled if chosen else Queue.State.EMPTY
        held.proposed_by = coder.name if by_machine else ""
        held.save(update_fields=["state", "proposed_by"])


def _proposed(queue: Queue, kind: str, row: Any, coder: TrainedCoder) -> Proposals:
    words = Words(kind=kind, row=row.pk)
    before = said_before(words, row) if queue.target else []
    return proposals_for(
        row.text,
        _cut(row.text),
        queue.codes,
        coder,
        target=queue.target,
        before=before[-1].text if before else "",
    )


def _cut(text: str) -> list[list[int]]:
    return [[segment.start, segment.end] for segment in words_of(text)]


def _words(kind: str, row: Any) -> Words:
    words, _created = Words.objects.get_or_create(
        kind=kind,
        row=row.pk,
        digest=digest_of(row.text),
        defaults={
            "places": _cut(row.text),
            "language": spoken_in(row),
            "customer_id": row.customer_id,
        },
    )
    return words


def cost_of_proposals(queue: Queue) -> Cost | None:
    """What asking the language model about a queue would take; None where nothing is set."""
    model = language_model()
    if not (model.address and model.model):
        return None
    return asked(model).estimate(_texts_to_send(queue))


def _texts_to_send(queue: Queue) -> list[tuple[str, str]]:
    rows = readings_of(one.words for one in queue.texts.select_related("words"))
    return [(str(words), row.text) for words, row in rows.items()]


@transaction.atomic
def ask_model(*, queue: Queue, by: User) -> None:
    """Let the language model propose, at the cost that was shown; `run_proposals` then asks it.

    Raises SwitchedOff, NotWaitingForModel.
    """
    model = language_model()
    if not (model.on and model.address and model.model):
        raise SwitchedOff
    held = Queue.objects.select_for_update().get(pk=queue.pk)
    if not waits_for_model(held):
        raise NotWaitingForModel
    held.state, held.asked_at, held.failure = Queue.State.ASKING, timezone.now(), ""
    held.save(update_fields=["state", "asked_at", "failure"])
    record(
        Verb.CHANGED, held, by=by, state=held.state, address=model.address, model=model.model,
        texts=held.texts.count(),
    )  # fmt: skip


def run_proposals(queue: Queue) -> None:
    """Ask the language model about every text of a queue, and open it.

    A text that it declines goes without a proposal. Where the server refuses, the queue waits
    again, with the reason; what was read before is kept and not sent a second time.
    """
    model = language_model()
    if queue.state != Queue.State.ASKING:
        return
    sent = dict(_texts_to_send(queue))
    codings: dict[str, ModelCoding] = {}
    failure, name = "" if model.on else "off", ""
    try:
        if model.on:
            coder = asked(model)
            name = coder.name[:120]
            codings = {one.key: one for one in coder.code(sent.items())}
    except ServerRefuses as refused:
        failure = str(refused)[:300]
    if failure:
        queue.state, queue.failure = Queue.State.PRICED, failure
        queue.save(update_fields=["state", "failure"])
        return
    texts = list(queue.texts.all())
    for text in texts:
        key = str(text.words_id)
        text.proposals = proposals_of_model(codings.get(key), queue.codes, len(sent.get(key, "")))
    with transaction.atomic():
        QueuedText.objects.bulk_update(texts, ["proposals"], batch_size=200)
        queue.state, queue.proposed_by = Queue.State.OPEN, name
        queue.save(update_fields=["state", "proposed_by"])


@transaction.atomic
def open_without_model(*, queue: Queue, by: User) -> None:
    """Open a queue that waits for a language model with the machine's own proposals; nothing is sent."""
    held = Queue.objects.select_for_update().get(pk=queue.pk)
    if not waits_for_model(held):
        raise NotWaitingForModel
    coder = coder_in_use()
    texts = list(held.texts.select_related("words"))
    rows = readings_of(one.words for one in texts)
    for text in texts:
        if row := rows.get(text.words_id):
            text.proposals = _proposed(held, text.words.kind, row, coder)
    QueuedText.objects.bulk_update(texts, ["proposals"], batch_size=200)
    held.state, held.asks_model, held.proposed_by = Queue.State.OPEN, False, coder.name
    held.save(update_fields=["state", "asks_model", "proposed_by"])
    record(Verb.CHANGED, held, by=by, state=held.state, proposed_by=coder.name)


@transaction.atomic
def close_queue(*, queue: Queue, by: User) -> None:
    """Nobody codes it any more; all that was said is kept."""
    queue.state, queue.closed_at = Queue.State.CLOSED, timezone.now()
    queue.save(update_fields=["state", "closed_at"])
    record(Verb.CHANGED, queue, by=by, state=queue.state)


@transaction.atomic
def reopen_queue(*, queue: Queue, by: User) -> None:
    queue.state, queue.closed_at = Queue.State.OPEN, None
    queue.save(update_fields=["state", "closed_at"])
    record(Verb.UNDID, queue, by=by, state=queue.state)


@transaction.atomic
def note_export(*, queue: Queue, form: str, by: User) -> None:
    """What people said left as a file."""
    record(Verb.EXPORTED, queue, by=by, form=form)


# answers


@transaction.atomic
def say(*, text: QueuedText, place: Place, code: str, value: str | None, by: User) -> Coding:
    """Keep one person's answer at one place; value: None where the person cannot tell.

    Raises NotYours, NotAsked, WordsChanged.
    """
    length = _length_for(text, by)
    queue = text.queue
    if place not in places_of(queue, text.words, length) or code not in queue.codes:
        raise NotAsked
    if codebook()[code].unit != place.unit or (value is not None and not legal(code, value)):
        raise NotAsked
    its = text.proposals.get(span_name(place.start, place.end), {}).get(code)
    return Coding.objects.create(
        words=text.words,
        queue=queue,
        start=place.start,
        end=place.end,
        code=code,
        said=Said.CANNOT_TELL if value is None else Said.VALUE,
        value=value or "",
        proposed=its[0] if its else None,
        proposed_confidence=its[1] if its else None,
        proposed_by=queue.proposed_by if its else "",
        by=by,
    )


@transaction.atomic
def say_rest(*, text: QueuedText, place: Place, by: User) -> int:
    """Answer what waits at a place: as the machine proposed, else by the weaker value.

    Returns how many answers were kept. Raises as `say` does.
    """
    kept = 0
    # What kind of talk it is, is asked only once it leans: a second round may find one more.
    for _round in range(2):
        for code in left_at(place, text.queue, codings_of(text.queue, by, text.words)):
            its = text.proposals.get(span_name(place.start, place.end), {}).get(code)
            value = its[0] if its else weak_value(codebook()[code])
            say(text=text, place=place, code=code, value=value, by=by)
            kept += 1
    if not kept:
        _length_for(text, by)
    return kept


@transaction.atomic
def take_back(*, text: QueuedText, by: User) -> Coding | None:
    """Withdraw the last answer of a person in a text; the answer itself stays in the record."""
    _length_for(text, by)
    said = codings_of(text.queue, by, text.words).values()
    last = max(said, key=lambda one: one.pk, default=None)
    if last is None:
        return None
    return Coding.objects.create(
        words=last.words, queue=last.queue, start=last.start, end=last.end, code=last.code,
        said=Said.WITHDRAWN, by=by,
    )  # fmt: skip


def _length_for(text: QueuedText, by: User) -> int:
    """Length of a text that this person may code now."""
    if text.queue.state != Queue.State.OPEN or not is_theirs(text, by):
        raise NotYours
    row = readings_of([text.words]).get(text.words_id)
    if row is None:
        raise WordsChanged
    return len(row.text)


@transaction.atomic
def say_from_file(
    *, customer: Customer, kind: str, row: int, span: tuple[int, int], code: str, value: str, by: User,
    proposed: tuple[str, float | None, str] | None = None,
) -> Coding:  # fmt: skip
    """Keep what an adviser says of a customer's words from the customer's file.

    proposed: value, confidence and name of the machine whose reading was shown.
    Raises NotAsked, WordsChanged.
    """
    there = rows_of([(kind, row)]).get((kind, row)) if kind in {"echange", "reponse"} else None
    if there is None or there.customer_id != customer.pk or not there.text:
        raise WordsChanged
    words = _words(kind, there)
    its = codebook().get(code)
    spans = [tuple(one) for one in words.places] if its and its.unit != "text" else [(0, len(there.text))]  # fmt: skip
    if its is None or its.unit == UTTERANCE or span not in spans or not legal(code, value):
        raise NotAsked
    shown, confidence, by_machine = proposed or (None, None, "")
    return Coding.objects.create(
        words=words, start=span[0], end=span[1], code=code, value=value, by=by,
        proposed=shown, proposed_confidence=confidence, proposed_by=by_machine,
    )  # fmt: skip


@transaction.atomic
def adjudicate(
    *, queue: Queue, words: Words, spot: Spot, value: str, reason: str, by: User
) -> Adjudication:
    """Say what stands where people differ, and why; what each said is kept.

    Raises NotAsked on a value the codebook does not know, NothingToSettle.
    """
    start, end, code = spot
    if not legal(code, value) or not reason.strip():
        raise NotAsked
    if not any(
        one.words == words.pk and one.spot == spot and len(one.by_person) > 1
        for one in opinions_in(queue)
    ):
        raise NothingToSettle
    settled = Adjudication.objects.create(
        queue=queue, words=words, start=start, end=end, code=code, value=value,
        reason=reason.strip(), by=by,
    )  # fmt: skip
    record(Verb.CREATED, settled, by=by, about=queue.name, code=code, value=value)
    return settled


# learning


@transaction.atomic
def start_training(*, profile: str, by: User) -> Training:
    """Ask for a coder that learns from the firm's codings too, as `run_training` then does."""
    Training.objects.filter(
        state=Training.State.RUNNING, at__lt=timezone.now() - GIVEN_UP_AFTER
    ).update(state=Training.State.FAILED, failure="stopped", ended_at=timezone.now())
    if Training.objects.filter(state=Training.State.RUNNING).exists():
        raise AlreadyLearning
    if not Coding.objects.filter(said=Said.VALUE).exists():
        raise NothingCoded
    training = Training.objects.create(profile=profile, by=by)
    record(Verb.CREATED, training, by=by, profile=profile)
    return training


def run_training(training: Training) -> None:
    """Learn, judge before and after on the held-out part, and keep the coder beside the others."""
    try:
        _train(training)
    except (EngineError, EncoderAbsent, OSError) as problem:
        training.state, training.failure = Training.State.FAILED, str(problem)[:300]
    training.ended_at = timezone.now()
    training.save()


def _train(training: Training) -> None:
    own = firms_set()
    if not own.heads:
        raise EngineError("no coding stands that a coder could learn from")
    before = coder_in_use()
    same = before.card.get("profile") == training.profile
    base = before if same else carried_coder(training.profile)
    after = learn(own, carried_examples(), base, profile=training.profile)
    read = judged_on(after, own.judge)
    training.figures = before_and_after(judged_on(before, own.judge), read)
    folder = f"{training.pk}-{after.name.rpartition(' ')[2]}"
    with_figures(after, read, own.held_out).write(settings.CODERS_FOLDER / folder)
    training.folder, training.coder, training.before = folder, after.name, before.name
    training.codes = codes_of(own.heads)
    training.learned, training.held_out = own.learned, own.held_out
    training.state = Training.State.DONE


@transaction.atomic
def accept_training(*, training: Training, reason: str, by: User) -> CoderChoice:
    """Let this coder read customers' words from now on."""
    held = Training.objects.select_for_update().get(pk=training.pk)
    usable = {Training.State.DONE, Training.State.ACCEPTED, Training.State.REFUSED}
    if held.state not in usable or not held.folder or not folder_of(held).is_dir():
        raise NotToBeDecided
    if training_in_use() == held:
        raise AlreadyInUse
    held.state = Training.State.ACCEPTED
    held.save(update_fields=["state"])
    return _use(held, reason, by)


@transaction.atomic
def refuse_training(*, training: Training, by: User) -> None:
    """Put a training aside; its coder is kept and can still be taken later."""
    held = Training.objects.select_for_update().get(pk=training.pk)
    if held.state != Training.State.DONE:
        raise NotToBeDecided
    held.state = Training.State.REFUSED
    held.save(update_fields=["state"])
    record(Verb.CHANGED, held, by=by, state=held.state)


@transaction.atomic
def use_carried_coder(*, reason: str, by: User) -> CoderChoice:
    """Let the package's own coder read again."""
    if training_in_use() is None:
        raise AlreadyInUse
    return _use(None, reason, by)


def _use(training: Training | None, reason: str, by: User) -> CoderChoice:
    choice = CoderChoice.objects.create(training=training, reason=reason, by=by)
    workspace = this_workspace()
    workspace.coder_folder = training.folder if training else ""
    workspace.save()
    record(
        Verb.CHANGED, "coder", by=by, about=training.coder if training else carried_coder().name,
        reason=reason, training=training.pk if training else None,
    )  # fmt: skip
    return choice


# a language model


@transaction.atomic
def set_language_model(*, by: User, **said: Any) -> LanguageModel:
    """Say which server may be asked, and whether; never its key."""
    model = language_model()
    for name, value in said.items():
        setattr(model, name, value)
    model.save()
    record(Verb.CHANGED, model, by=by, about=model.address, on=model.on, model=model.model)
    return model


def expected_cost() -> Cost | None:
    """What a trial would take, reckoned without sending anything; None where nothing is set."""
    model = language_model()
    if not (model.address and model.model):
        return None
    texts = texts_to_try()
    return asked(model).estimate((str(one.words.pk), one.text) for one in texts) if texts else None


@transaction.atomic
def start_trial(*, by: User) -> Trial:
    """Read some coded texts by the language model, beside the coder in use."""
    model = language_model()
    if not (model.on and model.address and model.model):
        raise SwitchedOff
    cost = expected_cost()
    if cost is None:
        raise NothingCoded
    trial = Trial.objects.create(
        model=model.model, texts=cost.texts, expected_price=round(cost.price, 6), by=by
    )
    record(Verb.CREATED, trial, by=by, texts=cost.texts, address=model.address)
    return trial


def run_trial(trial: Trial) -> None:
    model = language_model()
    if not model.on:
        trial.state, trial.failure = Trial.State.FAILED, "off"
        trial.save()
        return
    texts, coder = texts_to_try(), coder_in_use()
    try:
        codings = list(asked(model).code((str(one.words.pk), one.text) for one in texts))
    except ServerRefuses as refused:
        trial.state, trial.failure = Trial.State.FAILED, str(refused)[:300]
    else:
        trial.figures = compared(texts, codings, coder)
        trial.problems = [one.problem for one in codings if one.problem]
        trial.state = Trial.State.DONE
    trial.beside = coder.name
    trial.save()


def key_is_there(model: LanguageModel, environment: Mapping[str, str] = os.environ) -> bool:
    return bool(model.key_variable and environment.get(model.key_variable))


def asked(model: LanguageModel, environment: Mapping[str, str] = os.environ) -> LanguageModelCoder:
    """The coder that asks the server; the key is read from the environment at that moment."""
    key = environment.get(model.key_variable, "") if model.key_variable else ""
    endpoint = Endpoint(
        model.address, model.model, key,
        price_in=float(model.price_in), price_out=float(model.price_out),
    )  # fmt: skip
    kept: Path = settings.CODERS_FOLDER / "language-model.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    return LanguageModelCoder(endpoint, kept)
