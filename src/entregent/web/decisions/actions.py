"""What people write in this room: each one transaction and one row of the audit trail."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import Truncator

from entregent.engine.change.balance import HIGHEST_WEIGHT
from entregent.engine.change.declared import Beneficiary, DeclaredChange, Mode
from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.decisions import news
from entregent.web.decisions.models import (
    Change,
    Decision,
    GuideUse,
    Heard,
    Item,
    LookAgain,
    Quote,
    Weighing,
    Weight,
)
from entregent.web.decisions.queries import passage, sentences
from entregent.web.evidence.models import Customer
from entregent.web.verbatims.queries import Verbatim

ITEM_LENGTH = 120


class AlreadyWeighed(Exception):
    """The change was weighed as it was declared: what it means can no longer be rewritten."""


class AlreadyThere(Exception):
    """This verbatim stands under this item already."""


class NoPassage(Exception):
    """None of the verbatim's sentences was chosen."""


class NothingWeighed(Exception):
    """A weighing without a single weight."""


class NotOfThisChange(Exception):
    """The item belongs to another change, or was removed."""


class NotInForce(Exception):
    """It was withdrawn, or there is nothing to take back."""


@transaction.atomic
def declare_change(*, by: User | None, **said: Any) -> Change:
    """Say what is asked of whom before anything is measured.

    Raises EvocationRefused where the mode is evocation and the firm is the only beneficiary.
    """
    change = Change(by=by, **said)
    _as_declared(change)
    change.save()
    record(Verb.CREATED, change, by=by, mode=change.mode, beneficiary=change.beneficiary)
    news.change_declared(change)
    return change


@transaction.atomic
def correct_change(*, change: Change, by: User, **said: Any) -> Change:
    """Put another wording; only while nobody has weighed it."""
    stored = Change.objects.select_for_update().get(pk=change.pk)
    if stored.weighings.exists():
        raise AlreadyWeighed
    changed = [name for name, value in said.items() if getattr(stored, name) != value]
    for name in changed:
        setattr(stored, name, said[name])
    _as_declared(stored)
    stored.save()
    record(Verb.CHANGED, stored, by=by, changed=changed)
    news.change_declared(stored)
    return stored


@transaction.atomic
def change_mode(*, change: Change, mode: str, by: User) -> Change:
    """Take the other mode from now on; the trail keeps which was used when."""
    stored = Change.objects.select_for_update().get(pk=change.pk)
    before, stored.mode = stored.mode, mode
    _as_declared(stored)
    stored.save(update_fields=["mode"])
    record(Verb.CHANGED, stored, by=by, mode=mode, before=before)
    return stored


def _as_declared(change: Change) -> DeclaredChange:
    return DeclaredChange(
        name=change.name,
        beneficiary=Beneficiary(change.beneficiary),
        mode=Mode(change.mode),
        since=_midnight(change.since),
        cycle_days=float(change.cycle_days),
    )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001  made aware here


@transaction.atomic
def withdraw_change(*, change: Change, by: User) -> None:
    """Leave it out of lists and files; all it holds is kept."""
    _set_withdrawn(change, timezone.now())
    record(Verb.REMOVED, change, by=by)


@transaction.atomic
def restore_change(*, change: Change, by: User) -> None:
    _set_withdrawn(change, None)
    record(Verb.UNDID, change, by=by)


def _set_withdrawn(change: Change, at: datetime | None) -> None:
    change.withdrawn_at = at
    change.save(update_fields=["withdrawn_at"])


@transaction.atomic
def add_item(
    *, change: Change, cell: str, holder: str, external: bool, text: str, by: User | None
) -> Item:
    """Put one thing that weighs in a cell."""
    item = Item.objects.create(
        change=change, cell=cell, holder=holder, external=external, text=text, by=by
    )
    record(Verb.CREATED, item, by=by, change=change.pk, cell=cell, holder=holder)
    return item


@transaction.atomic
def remove_item(*, item: Item, by: User) -> None:
    """Take it off the scales; earlier weighings still show it."""
    item.removed_at = timezone.now()
    item.save(update_fields=["removed_at"])
    record(Verb.REMOVED, item, by=by, change=item.change_id)


@transaction.atomic
def restore_item(*, item: Item, by: User) -> None:
    item.removed_at = None
    item.save(update_fields=["removed_at"])
    record(Verb.UNDID, item, by=by, change=item.change_id)


@transaction.atomic
def attach_quote(
    *, item: Item, verbatim: Verbatim, chosen: Sequence[int], talk_kind: str, by: User | None
) -> Quote:
    """Put a passage of a verbatim under an item, in the customer's own words, unchanged.

    chosen: positions of sentences; the passage runs from the first to the last.
    """
    if item.removed_at is not None:
        raise NotOfThisChange
    text = verbatim.row.text
    if not chosen or not all(0 <= place < len(sentences(text)) for place in chosen):
        raise NoPassage
    try:
        with transaction.atomic():
            quote = Quote.objects.create(
                item=item,
                kind=verbatim.kind,
                row=verbatim.row.pk,
                customer_id=verbatim.row.customer_id,
                said_at=verbatim.row.at,
                text=passage(text, chosen),
                talk_kind=talk_kind,
                by=by,
            )
    except IntegrityError as held:
        raise AlreadyThere from held
    # The words stay out of the trail, which outlives an erasure.
    record(
        Verb.CREATED,
        quote,
        by=by,
        about=item.change.name,
        item=item.pk,
        verbatim=quote.kind,
        row=quote.row,
    )
    return quote


@transaction.atomic
def attach_to_new_item(
    *, change: Change, cell: str, text: str, verbatim: Verbatim, chosen: Sequence[int],
    talk_kind: str, by: User | None,
) -> Quote:  # fmt: skip
    """Put a passage in a cell, under an item of its own; named by its words where no name is given."""
    if not chosen or max(chosen) >= len(sentences(verbatim.row.text)):
        raise NoPassage
    name = text.strip() or Truncator(passage(verbatim.row.text, chosen)).chars(ITEM_LENGTH)
    item = add_item(
        change=change, cell=cell, holder=Item.Holder.CUSTOMER, external=False, text=name, by=by
    )
    return attach_quote(item=item, verbatim=verbatim, chosen=chosen, talk_kind=talk_kind, by=by)


@transaction.atomic
def detach_quote(*, quote: Quote, by: User) -> None:
    """Take a passage away; the verbatim itself stays where it is."""
    record(
        Verb.REMOVED, quote, by=by, about=quote.item.change.name,
        item=quote.item_id, verbatim=quote.kind, row=quote.row,
    )  # fmt: skip
    quote.delete()


@transaction.atomic
def dismiss(*, heard: Heard, by: User) -> None:
    """Set a proposed sentence aside: it is neither proposed nor counted again."""
    heard.dismissed_at, heard.dismissed_by = timezone.now(), by
    heard.save(update_fields=["dismissed_at", "dismissed_by"])
    _told(Verb.REMOVED, heard, by)


@transaction.atomic
def take_back(*, heard: Heard, by: User) -> None:
    """Propose a dismissed sentence again."""
    heard.dismissed_at, heard.dismissed_by = None, None
    heard.save(update_fields=["dismissed_at", "dismissed_by"])
    _told(Verb.UNDID, heard, by)


def _told(verb: Verb, heard: Heard, by: User) -> None:
    # The words stay out of the trail, which outlives an erasure.
    record(verb, heard, by=by, about=heard.change.name, verbatim=heard.kind, row=heard.row)


@transaction.atomic
def weigh_items(
    *, change: Change, weights: Mapping[int, int], note: str, by: User | None
) -> Weighing:
    """Keep one person's weights of one sitting, beside all earlier ones."""
    if not weights:
        raise NothingWeighed
    there = set(
        Item.objects.select_for_update()
        .filter(change=change, removed_at=None, pk__in=weights)
        .values_list("pk", flat=True)
    )
    if there != set(weights) or not all(
        0 <= weight <= HIGHEST_WEIGHT for weight in weights.values()
    ):
        raise NotOfThisChange
    weighing = Weighing.objects.create(change=change, note=note, by=by)
    Weight.objects.bulk_create(
        Weight(weighing=weighing, item_id=item, weight=weight) for item, weight in weights.items()
    )
    record(Verb.CREATED, weighing, by=by, about=change.name, items=len(weights))
    return weighing


@transaction.atomic
def record_decision(
    *, change: Change, balances: Mapping[str, float | None], by: User, **said: Any
) -> Decision:
    """Keep what is decided, on which balance, and the day to look again."""
    decision = Decision.objects.create(change=change, balances=dict(balances), by=by, **said)
    record(
        Verb.CREATED, decision, by=by, about=change.name, look_again_on=str(decision.look_again_on)
    )
    return decision


@transaction.atomic
def withdraw_decision(*, decision: Decision, by: User) -> None:
    """Take a decision out of the lists; it can be put back."""
    decision.withdrawn_at = timezone.now()
    decision.save(update_fields=["withdrawn_at"])
    record(Verb.REMOVED, decision, by=by, about=decision.change.name)


@transaction.atomic
def restore_decision(*, decision: Decision, by: User) -> None:
    decision.withdrawn_at = None
    decision.save(update_fields=["withdrawn_at"])
    record(Verb.UNDID, decision, by=by, about=decision.change.name)


@transaction.atomic
def look_again(
    *, decision: Decision, came: str, what_happened: str, next_on: date | None, by: User
) -> LookAgain:
    """Keep what happened, and the next day to look, if any."""
    stored = Decision.objects.select_for_update().get(pk=decision.pk)
    if stored.withdrawn_at is not None:
        raise NotInForce
    look = LookAgain.objects.create(
        decision=stored, came=came, what_happened=what_happened, next_on=next_on, by=by
    )
    stored.look_again_on = next_on
    stored.save(update_fields=["look_again_on"])
    record(
        Verb.CREATED, look, by=by, about=stored.change.name, came=came, next_on=str(next_on or "")
    )
    return look


@transaction.atomic
def mark_used(
    *, change: Change, customer: Customer, piece: str, stage: str, followed: str, by: User
) -> GuideUse:
    """Keep that a piece of the guide was used, and what the customer said next."""
    if change.withdrawn_at is not None:
        raise NotInForce
    use = GuideUse.objects.create(
        change=change, customer=customer, piece=piece, stage=stage, mode=change.mode,
        followed=followed, by=by,
    )  # fmt: skip
    record(
        Verb.CREATED, use, by=by, about=f"client n° {customer.pk}", piece=piece, followed=followed
    )
    return use


@transaction.atomic
def unmark_used(*, use: GuideUse, by: User) -> None:
    record(Verb.REMOVED, use, by=by, about=f"client n° {use.customer_id}", piece=use.piece)
    use.delete()
