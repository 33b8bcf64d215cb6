from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Verb(models.TextChoices):
    LOOKED = "looked", _("a consulté")
    CREATED = "created", _("a créé")
    CHANGED = "changed", _("a modifié")
    REMOVED = "removed", _("a supprimé")
    IMPORTED = "imported", _("a importé")
    UNDID = "undid", _("a annulé")
    EXPORTED = "exported", _("a exporté")
    PRINTED = "printed", _("a imprimé")
    SHARED = "shared", _("a partagé")
    SIGNED_IN = "signed_in", _("s’est connecté")


class Entry(models.Model):
    """Who did or saw what, when. Written once; nothing in the product changes or removes one."""

    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    verb = models.CharField(max_length=12, choices=Verb.choices)
    kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64, blank=True)
    about = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-at"]),
            models.Index(fields=["kind", "object_id", "-at"]),
            models.Index(fields=["by", "-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.by} {self.get_verb_display()} {self.about}"
