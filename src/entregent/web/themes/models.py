from typing import ClassVar

import numpy as np
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from entregent.web.evidence.models import CodedSegment


class SevenP(models.TextChoices):
    """The seven Ps of service marketing."""

    PRODUCT = "product", _("Produit")
    PRICE = "price", _("Prix")
    PLACE = "place", _("Accès")
    PROMOTION = "promotion", _("Communication")
    PEOPLE = "people", _("Personnes")
    PROCESS = "process", _("Parcours")
    EVIDENCE = "evidence", _("Preuves")


class Theme(models.Model):
    """Something customers speak about, as the firm names it.

    words: the most telling first, as they were when it was proposed. parent: the broader theme it
    belongs to; broad themes have none. excluded: kept, and left out of every figure. edited_at: a
    person has had a hand in it; a new proposal leaves it as it is.
    """

    name = models.CharField(_("nom"), max_length=80)
    words = models.JSONField(default=list)
    seven_p = models.CharField(_("volet"), max_length=10, choices=SevenP.choices, blank=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="finer"
    )
    excluded = models.BooleanField(default=False)
    edited_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Centre(models.Model):
    """A place in the space of subjects; a theme holds the segments nearest to one of its centres."""

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="centres")
    place = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.theme_id}:{self.pk}"

    @property
    def vector(self) -> NDArray[np.float32]:
        return np.frombuffer(self.place, np.float32)


class Mention(models.Model):
    """A segment speaks of a theme. It goes with the segment, and is found again with it."""

    segment = models.OneToOneField(
        CodedSegment, on_delete=models.CASCADE, primary_key=True, related_name="mention"
    )
    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="mentions")
    closeness = models.FloatField()

    def __str__(self) -> str:
        return f"{self.segment_id} → {self.theme_id}"


class Proposal(models.Model):
    """Themes were asked for; at work until it is finished. refused: why none could be proposed."""

    asked_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    finished_at = models.DateTimeField(null=True)
    segments = models.IntegerField(default=0)
    themes = models.IntegerField(default=0)
    refused = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(finished_at=None), name="one_proposal_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.asked_at}"
