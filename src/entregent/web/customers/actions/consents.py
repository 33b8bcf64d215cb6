"""What a customer allows."""

from django.db import transaction
from django.utils import timezone

from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.evidence.changes import changing
from entregent.web.evidence.models import Consent


@transaction.atomic
def withdraw_consent(*, consent: Consent, by: User) -> None:
    """The customer takes a consent back, as of now."""
    _set(consent, withdrawn=True, by=by)


@transaction.atomic
def restore_consent(*, consent: Consent, by: User) -> None:
    """A withdrawal that was a mistake of ours is taken back."""
    _set(consent, withdrawn=False, by=by)


def _set(consent: Consent, *, withdrawn: bool, by: User) -> None:
    consent.withdrawn_at = timezone.now() if withdrawn else None
    with changing("consents", [consent.pk]):
        consent.save(update_fields=["withdrawn_at"])
    record(
        Verb.CHANGED, consent, by=by, about=f"client n° {consent.customer_id}",
        purpose=consent.purpose, withdrawn=withdrawn,
    )  # fmt: skip
