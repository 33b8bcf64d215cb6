"""Everything held on a customer, as they may ask for it (right of access)."""

from typing import Any

from django.db import models

from entregent.web.customers.queries.weight import OF_A_CUSTOMER
from entregent.web.evidence.models import Customer

INNER = {"row_key", "content", "created_in", "customer", "source", "merged_into"}
"""Columns that say how rows are stored, and nothing of the person."""


def everything_held(customer: Customer) -> dict[str, Any]:
    """The customer and all rows about them, in the words of the evidence contract."""
    held: dict[str, Any] = {"customer": _plain(customer)}
    for table, model in OF_A_CUSTOMER.items():
        held[table] = [
            _plain(row) for row in model._default_manager.filter(customer=customer).order_by("pk")
        ]
    return held


def _plain(row: models.Model) -> dict[str, Any]:
    return {
        field.name: field.value_from_object(row)
        for field in row._meta.concrete_fields
        if field.name not in INNER
    }
