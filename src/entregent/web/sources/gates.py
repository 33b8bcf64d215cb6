"""Who may see and run imports."""

from django.db.models import QuerySet

from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Power
from entregent.web.evidence.models import Import, Source


def imports_for(user: User) -> QuerySet[Import]:
    if not (user.may(Power.IMPORT) or user.may(Power.UNDO_IMPORT)):
        return Import.objects.none()
    return Import.objects.select_related("source", "by")


def sources_for(user: User) -> QuerySet[Source]:
    return Source.objects.all() if user.may(Power.IMPORT) else Source.objects.none()
