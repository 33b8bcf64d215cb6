"""The right to erasure: a customer leaves, and with them everything that tells of them."""

from django.db import models, transaction
from django.db.models.functions import Cast

from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.customers.queries.copy import with_merged
from entregent.web.customers.queries.weight import OF_A_CUSTOMER
from entregent.web.customers.signals import erasing
from entregent.web.evidence.changes import removing
from entregent.web.evidence.models import (
    Customer,
    Identity,
    IdentityConflict,
    RejectedRow,
    ReplacedRow,
)  # fmt: skip

SHORTEST_TELLING = 6
"""An address or number shorter than this would match other people's rows too."""


@transaction.atomic
def erase_customer(*, customer: Customer, by: User, reason: str) -> dict[str, int]:
    """Remove a customer, those merged into them, and all their evidence; returns rows removed.

    What stays is one audit row with numbers and the reason, and nothing that names the person.
    """
    ids = with_merged(customer)
    removed: dict[str, int] = {}
    telling = list(Identity.objects.filter(customer_id__in=ids).values_list("value", flat=True))
    rows = {
        table: list(model._default_manager.filter(customer_id__in=ids).values_list("pk", flat=True))
        for table, model in OF_A_CUSTOMER.items()
    }
    erasing.send(sender=Customer, customers=ids, rows=rows)
    for table, keys in rows.items():
        _forget_traces(table, keys)
        with removing(table, keys):
            OF_A_CUSTOMER[table]._default_manager.filter(customer_id__in=ids).delete()
        removed[table] = len(keys)
    _forget_traces("customers", ids)
    _forget_files(telling)
    with removing("customers", ids):
        Customer.objects.filter(pk__in=ids).update(merged_into=None)
        Customer.objects.filter(pk__in=ids).delete()
    removed["customers"] = len(ids)
    record(
        Verb.REMOVED,
        "customer",
        by=by,
        about=f"client n° {customer.pk}",
        reason=reason,
        rows=removed,
    )
    return removed


def _forget_traces(table: str, keys: list[int]) -> None:
    """What imports kept of these rows for an undo."""
    for start in range(0, len(keys), 500):
        ReplacedRow.objects.filter(table=table, row_id__in=keys[start : start + 500]).delete()


def _forget_files(telling: list[str]) -> None:
    """Rows that imports refused or found in conflict, where they name the person."""
    for value in telling:
        if len(value) < SHORTEST_TELLING:
            continue
        RejectedRow.objects.filter(original__contains=value).update(original="")
        conflicts = IdentityConflict.objects.annotate(
            written=Cast("identities", models.TextField())
        )
        conflicts.filter(written__contains=value).delete()
