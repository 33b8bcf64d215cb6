"""Lending the hand-over sheet to a colleague, for a while."""

from datetime import timedelta

from django.core import signing
from django.db import transaction

from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.evidence.models import Customer

LENT_FOR = timedelta(days=7)
_SALT = "customers.handover"


class NoLongerShared(Exception):
    """The link has expired, or was never ours."""


@transaction.atomic
def share_handover(*, customer: Customer, by: User) -> str:
    """A signed token that opens the sheet for signed-in colleagues, for seven days."""
    record(Verb.SHARED, customer, by=by, about=f"client n° {customer.pk}", days=LENT_FOR.days)
    return signing.dumps([customer.pk, by.pk], salt=_SALT)


def shared_customer(token: str) -> int:
    """The customer a token tells of.

    Raises NoLongerShared when it has expired or was altered.
    """
    try:
        customer_id, _ = signing.loads(token, salt=_SALT, max_age=LENT_FOR)
    except signing.BadSignature as problem:
        raise NoLongerShared from problem
    return int(customer_id)
