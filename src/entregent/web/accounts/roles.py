"""Who may do what. One table, read by every gate.

An adviser serves customers; a manager steers; an analyst measures; a data-protection officer
answers for personal data; an administrator keeps the workspace.
"""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADVISER = "adviser", _("Conseiller")
    MANAGER = "manager", _("Responsable")
    ANALYST = "analyst", _("Analyste")
    OFFICER = "officer", _("Délégué à la protection des données")
    ADMINISTRATOR = "administrator", _("Administrateur")


class Power(StrEnum):
    """Something a person may or may not do."""

    SEE_CUSTOMERS = "see_customers"
    EDIT_CUSTOMERS = "edit_customers"
    SEE_FIGURES = "see_figures"
    IMPORT = "import"
    UNDO_IMPORT = "undo_import"
    EXPORT = "export"
    SEE_AUDIT = "see_audit"
    ERASE = "erase"
    KEEP_WORKSPACE = "keep_workspace"
    KEEP_PEOPLE = "keep_people"
    CODE = "code"
    DECIDE = "decide"
    KEEP_CATALOGUE = "keep_catalogue"


POWERS: dict[str, frozenset[Power]] = {
    Role.ADVISER: frozenset(
        {Power.SEE_CUSTOMERS, Power.EDIT_CUSTOMERS, Power.SEE_FIGURES, Power.CODE}
    ),
    Role.MANAGER: frozenset(Power) - {Power.SEE_AUDIT, Power.ERASE, Power.KEEP_PEOPLE},
    Role.ANALYST: frozenset(
        {
            Power.SEE_CUSTOMERS,
            Power.SEE_FIGURES,
            Power.IMPORT,
            Power.EXPORT,
            Power.CODE,
            Power.DECIDE,
        }
    ),
    Role.OFFICER: frozenset(
        {
            Power.SEE_CUSTOMERS,
            Power.SEE_FIGURES,
            Power.SEE_AUDIT,
            Power.ERASE,
            Power.EXPORT,
            Power.UNDO_IMPORT,
        }
    ),
    Role.ADMINISTRATOR: frozenset(Power),
}
