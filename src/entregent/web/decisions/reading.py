"""Keeping what the machine reads of a declared change, beside what people dismissed."""

from django.db import transaction
from django.utils import timezone

from entregent.web.decisions.hearing import hear
from entregent.web.decisions.models import Change, Heard
from entregent.web.workspace.coder import coder_in_use


def read_words_about(change: Change) -> int:
    """Read what customers say of a change anew; returns how many sentences speak of it.

    What somebody dismissed stays so. Nothing is decided by it, so that the trail does not tell it.
    """
    coder = coder_in_use()
    found = hear(change, coder)
    with transaction.atomic():
        stored = Change.objects.select_for_update().get(pk=change.pk)
        mine = Heard.objects.filter(change=stored)
        dismissed = set(mine.exclude(dismissed_at=None).values_list("kind", "row", "place"))
        mine.filter(dismissed_at=None).delete()
        Heard.objects.bulk_create(
            [one for one in found if (one.kind, one.row, one.place) not in dismissed],
            batch_size=500,
        )
        stored.heard_at, stored.heard_with = timezone.now(), coder.name[:60]
        stored.save(update_fields=["heard_at", "heard_with"])
    return len(found)
