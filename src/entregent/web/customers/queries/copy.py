"""Everything held on a customer, as they may ask for it (right of access)."""

from typing import Any

from entregent.web.customers.copies import as_held
from entregent.web.customers.models import Merge
from entregent.web.customers.queries.weight import OF_A_CUSTOMER
from entregent.web.evidence.models import Customer, CustomerSummary


def everything_held(customer: Customer) -> dict[str, Any]:
    """The customer and all rows about them, in the words of the evidence contract."""
    held: dict[str, Any] = {"customer": as_held(customer)}
    for table, model in OF_A_CUSTOMER.items():
        held[table] = [
            as_held(row) for row in model._default_manager.filter(customer=customer).order_by("pk")
        ]
    return held


def worked_out_of(customer: Customer) -> CustomerSummary | None:
    """What is worked out of a customer's rows for lists."""
    return CustomerSummary.objects.filter(pk=customer.pk).first()


def merges_into(customer: Customer) -> list[Merge]:
    """Files found to be this customer's too."""
    return list(Merge.objects.filter(kept=customer, undone_at=None).order_by("at"))


def with_merged(customer: Customer) -> list[int]:
    """Numbers of the customer and of all those merged into them, at any depth."""
    ids, fresh = [customer.pk], [customer.pk]
    while fresh:
        fresh = list(Customer.objects.filter(merged_into_id__in=fresh).values_list("pk", flat=True))
        ids += fresh
    return ids
