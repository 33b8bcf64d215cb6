from django.db.models import QuerySet

from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Power
from entregent.web.audit.models import Entry


def entries_for(user: User) -> QuerySet[Entry]:
    """The audit trail, newest first, for those who answer for it."""
    if not user.may(Power.SEE_AUDIT):
        return Entry.objects.none()
    return Entry.objects.select_related("by").order_by("-at", "-pk")
