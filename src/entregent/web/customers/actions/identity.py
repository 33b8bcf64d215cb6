"""Correcting who a customer is and how they are reached."""

from typing import Any

from django.db import transaction

from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.evidence.changes import changing, removing
from entregent.web.evidence.models import Customer, Identity
from entregent.web.evidence.summaries import refresh_summaries


class KnownToAnother(Exception):
    """The address or number already names another customer."""

    def __init__(self, customer: Customer, value: str) -> None:
        super().__init__(value)
        self.customer, self.value = customer, value


@transaction.atomic
def correct_customer(*, customer: Customer, by: User, **known: Any) -> None:
    """Change what is known of a customer: name, kind, language, since."""
    stored = Customer.objects.select_for_update().get(pk=customer.pk)
    changed = sorted(name for name, value in known.items() if getattr(stored, name) != value)
    if not changed:
        return
    with changing("customers", [stored.pk]):
        for name in changed:
            setattr(stored, name, known[name])
        stored.save(update_fields=changed)
    _tell(stored, by=by, changed=changed)


@transaction.atomic
def add_identity(*, customer: Customer, scheme: str, value: str, by: User) -> Identity:
    """Add an address or a number.

    Raises KnownToAnother when another customer goes by it; nothing is then changed.
    """
    held = Identity.objects.select_related("customer").filter(scheme=scheme, value=value).first()
    if held and held.customer_id != customer.pk:
        raise KnownToAnother(held.customer, value)
    identity = held or Identity.objects.create(customer=customer, scheme=scheme, value=value)
    _tell(customer, by=by, changed=[f"+{scheme}"])
    return identity


@transaction.atomic
def remove_identity(*, identity: Identity, by: User) -> None:
    """Take away an address or a number that is not, or no longer, this customer's."""
    customer, scheme = identity.customer, identity.scheme
    with removing("identities", [identity.pk]):
        identity.delete()
    _tell(customer, by=by, changed=[f"-{scheme}"])


def _tell(customer: Customer, *, by: User, changed: list[str]) -> None:
    refresh_summaries([customer.pk])
    record(Verb.CHANGED, customer, by=by, about=f"client n° {customer.pk}", changed=changed)
