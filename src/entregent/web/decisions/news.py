"""What customers say of a change is read again when it is declared anew, and when more words came."""

from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from entregent.web.decisions import tasks
from entregent.web.decisions.models import Change


def change_declared(change: Change) -> None:
    if settings.CODES_WORDS:
        transaction.on_commit(partial(tasks.read_words.enqueue, change.pk))


def evidence_moved_on(**_news: Any) -> None:
    """The snapshot has a new version: words may have come, or gone."""
    if settings.CODES_WORDS and Change.objects.filter(withdrawn_at=None).exists():
        transaction.on_commit(tasks.read_all_words.enqueue)
