"""What customers say of a change is read again when it is declared anew, and when more words came."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from entregent.web.decisions import tasks
from entregent.web.decisions.models import Change, Heard, Quote

ADDRESSES = {"interactions": "echange", "answers": "reponse"}
AT_ONCE = 500


def change_declared(change: Change) -> None:
    if settings.CODES_WORDS:
        transaction.on_commit(partial(tasks.read_words.enqueue, change.pk))


def evidence_moved_on(**_news: Any) -> None:
    """The snapshot has a new version: words may have come, or gone."""
    if settings.CODES_WORDS and Change.objects.filter(withdrawn_at=None).exists():
        transaction.on_commit(tasks.read_all_words.enqueue)


def customer_erased(rows: Mapping[str, Sequence[int]], **_news: Any) -> None:
    """Passages go by the address of their words: their customer may have been another when they were chosen."""
    for table, kind in ADDRESSES.items():
        keys = list(rows[table])
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            Quote.objects.filter(kind=kind, row__in=some).delete()
            Heard.objects.filter(kind=kind, row__in=some).delete()
