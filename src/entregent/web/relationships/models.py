from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from entregent.web.evidence.models import Customer


class CatalogueVersion(models.Model):
    """What the firm says over the package's catalogue of relationships, from a moment on; never rewritten.

    edits: a YAML text of only what differs from the package's file; empty, the package's own stands.
    fingerprint: of the whole that it made; what was inferred with it is known by it.
    kind: the kind that was edited, added or switched. returned_to: number of the version taken again.
    """

    class Did(models.TextChoices):
        EDITED = "edited", _("a modifié")
        ADDED = "added", _("a ajouté")
        SWITCHED_OFF = "switched_off", _("a éteint")
        SWITCHED_ON = "switched_on", _("a rallumé")
        IMPORTED = "imported", _("a repris un fichier")
        RETURNED = "returned", _("est revenu à une version")

    number = models.PositiveIntegerField(unique=True)
    edits = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=12, db_index=True)
    did = models.CharField(max_length=12, choices=Did.choices)
    kind = models.CharField(max_length=60, blank=True)
    returned_to = models.PositiveIntegerField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]

    def __str__(self) -> str:
        return f"v{self.number}"


class Reckoning(models.Model):
    """One inference of everybody's relationship: on what, by what, with what result for the whole.

    at: the date as of which the evidence was read.
    catalogue: fingerprint of the firm's version it was inferred with; empty for the package's own.
    made_by: versions of the catalogue and of the measures.
    footing: what each signal usually reads in this firm, for customers reckoned one by one since.
    figures: size, worth and moves of families and kinds, as the map shows them.
    """

    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    snapshot_version = models.IntegerField()
    sector = models.CharField(max_length=30)
    made_by = models.CharField(max_length=200)
    catalogue = models.CharField(max_length=12, blank=True)
    customers = models.IntegerField(default=0)
    footing = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.made_by}"


class Profile(models.Model):
    """What is inferred about one customer: estimates, which people may overrule.

    kind, family: the likeliest by inference; families: a probability each, in the catalogue's order.
    said_kind, said_family: what a colleague said instead; it wins wherever a kind is shown.
    shown_kind, shown_family: what pages show; the kind is empty where nobody knows.
    treated_as: the family whose wishes the treatment given fits.
    wanted, given: five steps each, in the order of the engine's TREATMENTS; null where unknown.
    closeness: given less wanted, in steps; off: probability that it exceeds a step either way.
    direction: 1 treated as closer than wanted, more likely than not; -1 more distant; 0 neither.
    trust_in: credibility, integrity and benevolence, each with its bounds.
    known: what the evidence said, feature by feature; the evidence for and against is weighed from it.
    """

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="relationship"
    )
    reckoning = models.ForeignKey(Reckoning, on_delete=models.CASCADE, related_name="profiles")
    computed_at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    kind_probability = models.FloatField()
    second_kind = models.CharField(max_length=40, blank=True)
    second_probability = models.FloatField(default=0)
    third_kind = models.CharField(max_length=40, blank=True)
    third_probability = models.FloatField(default=0)
    family = models.CharField(max_length=40)
    family_probability = models.FloatField()
    families = models.JSONField(default=list)
    abstains = models.BooleanField()
    contradicts = models.BooleanField()
    pieces = models.IntegerField()
    said_kind = models.CharField(max_length=40, blank=True)
    said_family = models.CharField(max_length=40, blank=True)
    shown_kind = models.CharField(max_length=40, blank=True)
    shown_family = models.CharField(max_length=40, blank=True)
    stage = models.CharField(max_length=20)
    stage_probability = models.FloatField()
    trust = models.FloatField(null=True)
    trust_error = models.FloatField(null=True)
    trust_in = models.JSONField(default=dict)
    dedication = models.FloatField(null=True)
    dedication_low = models.FloatField(null=True)
    dedication_high = models.FloatField(null=True)
    constraint = models.FloatField(null=True)
    constraint_low = models.FloatField(null=True)
    constraint_high = models.FloatField(null=True)
    quadrant = models.CharField(max_length=12)
    quadrant_probability = models.FloatField()
    treated_as = models.CharField(max_length=40, blank=True)
    treated_as_probability = models.FloatField(null=True)
    wanted = models.JSONField(default=list)
    wanted_error = models.JSONField(default=list)
    given = models.JSONField(default=list)
    given_error = models.JSONField(default=list)
    closeness = models.FloatField(null=True)
    closeness_error = models.FloatField(null=True)
    off = models.FloatField(default=0)
    direction = models.SmallIntegerField(default=0)
    known = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["-off", "customer"], name="profile_gap", condition=~Q(direction=0)
            ),
            models.Index(fields=["shown_family", "-off"], name="profile_family"),
            models.Index(fields=["kind", "-kind_probability"], name="profile_kind"),
            models.Index(fields=["shown_kind"], name="profile_shown_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.shown_family or self.family}"


class Overruling(models.Model):
    """A colleague says which kind of relationship a customer has; inferences never replace it."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="overrulings")
    kind = models.CharField(max_length=40)
    reason = models.TextField()
    inferred = models.CharField(max_length=40, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(undone_at=None), name="one_overruling_in_force"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.kind}"
