from functools import partial

from django.db import transaction

from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.workspace.models import Workspace
from entregent.web.workspace.signals import sector_changed


@transaction.atomic
def change_workspace(*, workspace: Workspace, changed: list[str], by: User) -> None:
    """Set the firm's conventions."""
    workspace.save()
    if "sector" in changed:
        transaction.on_commit(partial(sector_changed.send, sender=None))
    record(Verb.CHANGED, workspace, by=by, about=", ".join(changed))
