from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class AbandonedCalls(models.TextChoices):
    """How calls given up before an answer count in the service level; the names of the engine's conventions."""

    MISSED = "missed", _("comptés comme non répondus")
    IGNORED = "ignored", _("laissés de côté")
    MET_WHEN_SHORT = (
        "met_when_short",
        _("comptés comme répondus s’ils ont duré moins que l’objectif"),
    )
    LEFT_OUT_WHEN_SHORT = (
        "left_out_when_short",
        _("laissés de côté s’ils ont duré moins que l’objectif"),
    )


class Sector(models.TextChoices):
    """The trade of the firm; its customers' relationships are expected accordingly until known."""

    ANY = "any", _("aucun en particulier")
    INSURANCE = "insurance", _("assurance, mutuelle")
    BANK = "bank", _("banque")
    TELECOM = "telecom", _("télécoms")
    ENERGY = "energy", _("énergie, eau")
    RETAIL = "retail", _("commerce")
    TRAVEL = "travel", _("voyage, transport")
    LEISURE = "leisure", _("loisirs, culture")
    BUSINESS_SERVICES = "business_services", _("services aux entreprises")
    PUBLIC_SERVICE = "public_service", _("service public")


class Workspace(models.Model):
    """The firm and its conventions: one row.

    coder_folder: of the coder in use, under the folder of coders; empty for the package's own.
    """

    firm = models.CharField(_("nom de l’entreprise"), max_length=120, default="")
    demo = models.BooleanField(default=False)
    sector = models.CharField(
        _("métier"),
        max_length=20,
        choices=Sector.choices,
        default=Sector.ANY,
        help_text=_(
            "Ce que l’on attend des clients avant d’en savoir plus ; les relations sont réestimées."
        ),
    )
    currency = models.CharField(_("devise"), max_length=3, default="EUR")
    answer_target_seconds = models.PositiveIntegerField(
        _("répondre aux appels en moins de (secondes)"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(3600)],
    )
    answer_target_share = models.DecimalField(
        _("part des appels visée (%)"),
        max_digits=4,
        decimal_places=1,
        default=Decimal(80),
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    abandoned_calls = models.CharField(
        _("appels abandonnés"),
        max_length=20,
        choices=AbandonedCalls.choices,
        default=AbandonedCalls.MISSED,
    )
    case_target_days = models.PositiveIntegerField(
        _("résoudre un dossier en moins de (jours)"), default=10, validators=[MinValueValidator(1)]
    )
    coder_folder = models.CharField(max_length=60, blank=True, editable=False)
    contacts_per_30_days = models.PositiveIntegerField(
        _("solliciter un client au plus (fois en trente jours)"),
        default=2,
        help_text=_("Répondre à un client, ou réparer un tort, n’est jamais compté ni retenu."),
    )
    days_between_contacts = models.PositiveIntegerField(
        _("laisser passer entre deux sollicitations (jours)"), default=7
    )
    days_between_same_action = models.PositiveIntegerField(
        _("ne pas reprendre la même conduite avec un client avant (jours)"),
        default=90,
        validators=[MinValueValidator(1)],
    )
    retention_months = models.PositiveIntegerField(_("durée de conservation (mois)"), default=60)

    def __str__(self) -> str:
        return self.firm or "Entregent"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)


def this_workspace() -> Workspace:
    """The workspace, with its defaults until somebody sets them."""
    return Workspace.objects.filter(pk=1).first() or Workspace(pk=1)
