from typing import Any

from django.db import models

from entregent.web.accounts.models import User
from entregent.web.audit.models import Entry, Verb


def record(
    verb: Verb, thing: models.Model | str, *, by: User | None, about: str = "", **facts: Any
) -> Entry:
    """Write one audit row, inside the transaction of what it tells.

    thing: the object acted on, or a kind of thing when there is no single one (a list, an export).
    """
    if isinstance(thing, models.Model):
        kind, key = thing._meta.model_name or "", str(thing.pk)
    else:
        kind, key = thing, ""
    return Entry.objects.create(
        by=by, verb=verb, kind=kind, object_id=key, about=about or str(thing)[:200], facts=facts
    )
