"""Every look at a relationship file is written down."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Entry, Verb
from entregent.web.evidence.models import Customer

AGAIN_AFTER = timedelta(hours=1)


@transaction.atomic
def note_look(*, customer: Customer, by: User) -> None:
    """One audit row per person, customer and hour."""
    lately = Entry.objects.filter(
        kind="customer", object_id=str(customer.pk), at__gt=timezone.now() - AGAIN_AFTER,
        by=by, verb=Verb.LOOKED,
    )  # fmt: skip
    if not lately.exists():
        record(Verb.LOOKED, customer, by=by, about=f"client n° {customer.pk}")


@transaction.atomic
def note_printing(*, customer: Customer, by: User, form: str) -> None:
    """The hand-over sheet left on paper or as a PDF."""
    record(Verb.PRINTED, customer, by=by, about=f"client n° {customer.pk}", form=form)


@transaction.atomic
def note_export(*, by: User, about: str, form: str, asked: dict[str, str]) -> None:
    """A list of customers left as a file; asked: its filters."""
    record(Verb.EXPORTED, "customers", by=by, about=about, form=form, asked=asked)


@transaction.atomic
def note_copy(*, customer: Customer, by: User) -> None:
    """The customer's own copy of all we hold on them was made."""
    record(Verb.EXPORTED, customer, by=by, about=f"client n° {customer.pk}", form="zip")
