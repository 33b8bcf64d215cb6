from typing import Any

from django.db import transaction

from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Role


class LastAdministrator(Exception):
    """The workspace would be left without anyone to keep it."""


@transaction.atomic
def add_person(*, email: str, password: str, **known: Any) -> User:
    return User.objects.create_user(email, password, **known)


@transaction.atomic
def change_person(*, person: User, **known: Any) -> User:
    """Change what is known of a colleague; the last active administrator stays one."""
    for field, value in known.items():
        setattr(person, field, value)
    others = (
        User.objects.select_for_update()
        .filter(role=Role.ADMINISTRATOR, is_active=True)
        .exclude(pk=person.pk)
    )
    keeps = person.role == Role.ADMINISTRATOR and person.is_active
    if not keeps and not others.exists():
        raise LastAdministrator
    person.save()
    return person
