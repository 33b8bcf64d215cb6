"""What is inferred follows what is known: after imports for everybody, after a new row for one."""

from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_save

from entregent.web.evidence.models import Agreement, Answer, Case, Consent, Interaction, Transaction
from entregent.web.relationships import tasks
from entregent.web.relationships.models import Profile

ROWS = (Agreement, Answer, Case, Consent, Interaction, Transaction)


def evidence_moved_on(**_news: Any) -> None:
    """The snapshot has a new version: infer everybody again."""
    if settings.RECKONS_RELATIONSHIPS:
        tasks.reckon_all.call()


def trade_changed(**_news: Any) -> None:
    """Other relationships are to be expected: infer everybody again."""
    if settings.RECKONS_RELATIONSHIPS:
        tasks.reckon_all.enqueue()


def listen_to_new_rows() -> None:
    """Rows written one by one, by a colleague or another room; imports speak through the snapshot."""
    for model in ROWS:
        post_save.connect(
            _row_written, sender=model, dispatch_uid=f"relationships {model.__name__}"
        )


def _row_written(instance: Any, **_news: Any) -> None:
    if instance.customer_id is not None and Profile.objects.exists():
        transaction.on_commit(partial(tasks.reckon_customer.enqueue, instance.customer_id))
