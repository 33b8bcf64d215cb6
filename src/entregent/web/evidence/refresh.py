"""Bringing everything derived from the evidence up to date: search, summaries, codes, snapshot."""

from django.conf import settings
from django.db import connection, transaction

from entregent.web.evidence import coded_words, likeness, search, snapshot, summaries
from entregent.web.evidence.indexes import restore_indexes
from entregent.web.evidence.models import Watermark
from entregent.web.evidence.signals import snapshot_refreshed

SEARCHED = ("answers", "interactions", "customers")
STEP = 200_000
SOON = 20_000
"""Texts coded before figures are brought up to date; more are coded after, figures first."""


def refresh_everything() -> None:
    """Each part reads from where it stopped; interrupted, it goes on at the next call."""
    restore_indexes()
    index_new_words()
    summaries.catch_up()
    if settings.CODES_WORDS:
        if coded_words.texts_waiting(SOON + 1) > SOON:
            _publish()
        coded_words.code_new_words()
    _publish()


def _publish() -> None:
    """Bring the snapshot up to date and tell the rooms that stand on it, if it moved."""
    before = snapshot.snapshot_version()
    if snapshot.refresh_snapshot().version != before:
        snapshot_refreshed.send(sender=None)


def index_new_words() -> int:
    """Make the rows that came since the last call searchable; returns how many keys were passed."""
    passed = 0
    for table in SEARCHED:
        mark = f"search:{table}"
        done = Watermark.of(mark)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM evidence_{table[:-1]}")
            newest = cursor.fetchone()[0]
        for first in range(done + 1, newest + 1, STEP):
            last = min(first + STEP - 1, newest)
            with transaction.atomic():
                search.index_rows(table, first=first, last=last)  # type: ignore[arg-type]
                Watermark.set(mark, last)
            passed += last - first + 1
    return passed


def rebuild_everything() -> None:
    """Drop all that is derived and make it again from the evidence; codes stay as they were read."""
    restore_indexes()
    search.rebuild()
    for table in SEARCHED:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM evidence_{table[:-1]}")
            Watermark.set(f"search:{table}", cursor.fetchone()[0])
    Watermark.objects.filter(name__startswith="summaries:").delete()
    summaries.catch_up()
    likeness.drop_vectors()
    likeness.encode_new_words()
    snapshot.rebuild_snapshot()
