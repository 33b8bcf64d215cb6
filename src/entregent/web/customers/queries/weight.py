"""How much is held on a customer, table by table."""

from django.db import models

from entregent.web.evidence.models import (
    Agreement,
    Answer,
    Case,
    Consent,
    Customer,
    Identity,
    Interaction,
    Transaction,
)  # fmt: skip

OF_A_CUSTOMER: dict[str, type[models.Model]] = {
    "identities": Identity,
    "interactions": Interaction,
    "transactions": Transaction,
    "answers": Answer,
    "cases": Case,
    "agreements": Agreement,
    "consents": Consent,
}
"""Every table whose rows belong to a customer."""


def evidence_weight(customer: Customer) -> dict[str, int]:
    """Rows held, by table."""
    return {
        table: model._default_manager.filter(customer=customer).count()
        for table, model in OF_A_CUSTOMER.items()
    }
