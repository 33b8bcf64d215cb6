"""What is agreed with a customer, written down by the colleague who agreed it."""

import secrets
from datetime import date

from django.db import transaction
from django.utils import timezone

from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.evidence.changes import changing, removing
from entregent.web.evidence.models import Agreement, Customer


class NotAPromise(Exception):
    """Only promises are kept or broken."""


@transaction.atomic
def note_agreement(
    *, customer: Customer, kind: str, text: str, until: date | None, by: User
) -> Agreement:
    """Write down a preference, a tacit agreement or a promise, from today on."""
    agreement = Agreement.objects.create(
        customer=customer,
        kind=kind,
        text=text,
        since=timezone.localdate(),
        until=until,
        row_key=secrets.token_bytes(16),
        content=secrets.token_bytes(16),
    )
    record(Verb.CREATED, agreement, by=by, about=_about(agreement), kind=kind)
    return agreement


@transaction.atomic
def settle_promise(*, agreement: Agreement, kept: bool | None, by: User) -> None:
    """Say that a promise was kept or broken, or that it is open again."""
    promise = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if promise.kind != Agreement.Kind.PROMISE:
        raise NotAPromise
    before, promise.kept = promise.kept, kept
    with changing("agreements", [promise.pk]):
        promise.save(update_fields=["kept"])
    record(Verb.CHANGED, promise, by=by, about=_about(promise), kept=kept, before=before)


@transaction.atomic
def remove_agreement(*, agreement: Agreement, by: User) -> None:
    """Take back what was noted."""
    record(Verb.REMOVED, agreement, by=by, about=_about(agreement), kind=agreement.kind)
    with removing("agreements", [agreement.pk]):
        agreement.delete()


def _about(agreement: Agreement) -> str:
    # The customer's number and no more: audit rows outlive an erasure.
    return f"client n° {agreement.customer_id}"
