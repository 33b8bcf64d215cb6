"""What colleagues do with an action: take it, do it, not do it, put it off, hand it on, take it back."""

from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.playbooks.models import Action

LONGEST_DELAY = timedelta(days=90)
State = Action.State


class NotOpen(Exception):
    """Somebody closed it, or it closed by itself."""


class NotClosed(Exception):
    """It is still to do, or cannot be taken back any more."""


class TooLate(Exception):
    """An action is not put off to the past, nor for more than three months."""


class AnotherIsOpen(Exception):
    """The customer has another action open since, in its place."""


def _open(action: Action) -> Action:
    stored = Action.objects.select_for_update(of=("self",)).filter(pk=action.pk).first()
    if stored is None or stored.state != State.OPEN:
        raise NotOpen
    return stored


def _about(action: Action) -> str:
    # Never a name: the trail outlives an erasure.
    return f"client n° {action.customer_id}"


@transaction.atomic
def mark_done(*, action: Action, reply: str, note: str, by: User) -> Action:
    """Keep that it was done and what came of it. Raises NotOpen."""
    stored = _open(action)
    stored.state, stored.reply, stored.note = State.DONE, reply, note
    return _closed(stored, by, reply=reply)


@transaction.atomic
def mark_not_done(*, action: Action, because: str, note: str, by: User) -> Action:
    """Keep that it will not be done, and why. Raises NotOpen."""
    stored = _open(action)
    stored.state, stored.because, stored.note = State.NOT_DONE, because, note
    return _closed(stored, by, because=because)


def _closed(stored: Action, by: User, **facts: str) -> Action:
    stored.closed_at, stored.closed_by, stored.touched = timezone.now(), by, True
    stored.save()
    record(Verb.CHANGED, stored, by=by, about=_about(stored), state=stored.state, **facts)
    return stored


@transaction.atomic
def put_off(*, action: Action, until: date, by: User) -> Action:
    """Give it a later day. Raises NotOpen, TooLate."""
    stored = _open(action)
    today = timezone.localdate()
    if not today < until <= today + LONGEST_DELAY:
        raise TooLate
    before, stored.due_on, stored.touched = stored.due_on, until, True
    stored.save(update_fields=["due_on", "touched"])
    record(
        Verb.CHANGED, stored, by=by, about=_about(stored), put_off_until=str(until), due=str(before)
    )
    return stored


@transaction.atomic
def hand_on(*, action: Action, owner: User | None, by: User) -> Action:
    """Give it to a colleague, or back to whoever takes it. Raises NotOpen."""
    stored = _open(action)
    stored.owner, stored.touched = owner, owner is not None
    stored.save(update_fields=["owner", "touched"])
    record(Verb.CHANGED, stored, by=by, about=_about(stored), given_to=owner.pk if owner else None)
    return stored


@transaction.atomic
def take_back(*, action: Action, by: User) -> Action:
    """Open again what was closed by mistake. Raises NotClosed, AnotherIsOpen."""
    stored = Action.objects.select_for_update(of=("self",)).filter(pk=action.pk).first()
    if stored is None or stored.state not in {State.DONE, State.NOT_DONE}:
        raise NotClosed
    before, stored.state = stored.state, State.OPEN
    stored.closed_at, stored.closed_by = None, None
    stored.because, stored.reply, stored.note = "", "", ""
    try:
        with transaction.atomic():
            stored.save()
    except IntegrityError as held:
        raise AnotherIsOpen from held
    record(Verb.UNDID, stored, by=by, about=_about(stored), state=before)
    return stored
