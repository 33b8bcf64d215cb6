from django.db import transaction

from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.workspace.models import Workspace


@transaction.atomic
def change_workspace(*, workspace: Workspace, changed: list[str], by: User) -> None:
    """Set the firm's conventions."""
    workspace.save()
    record(Verb.CHANGED, workspace, by=by, about=", ".join(changed))
