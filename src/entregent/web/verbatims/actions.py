from django.db import transaction

from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb


@transaction.atomic
def note_export(*, by: User, form: str, asked: dict[str, str]) -> None:
    """Customers' words left as a file; asked: the words and filters."""
    record(
        Verb.EXPORTED, "verbatims", by=by, about=asked.get("q", "")[:200], form=form, asked=asked
    )
