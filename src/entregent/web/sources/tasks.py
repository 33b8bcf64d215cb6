"""Work that outlives a request."""

from django_tasks import task

from entregent.web.accounts.models import User
from entregent.web.evidence.models import Import
from entregent.web.evidence.refresh import refresh_everything
from entregent.web.sources import actions


@task()
def run(import_id: int) -> None:
    actions.run_import(import_id)
    refresh_everything()


@task()
def undo(import_id: int, user_id: int | None) -> None:
    of_import = Import.objects.get(pk=import_id)
    try:
        actions.undo_import(of_import=of_import, by=User.objects.filter(pk=user_id or 0).first())
    except actions.CannotUndo:
        # Another import changed its rows in between: it stands again as it did.
        Import.objects.filter(pk=import_id).update(state=Import.State.DONE)
    except Exception:
        # Nothing was taken back; it must not say for ever that it is being undone.
        Import.objects.filter(pk=import_id).update(state=Import.State.DONE)
        raise
    refresh_everything()
