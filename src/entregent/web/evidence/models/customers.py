from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from entregent.web.evidence.models.provenance import Import


class Customer(models.Model):
    """A person or an organisation."""

    class Kind(models.TextChoices):
        PERSON = "person", _("particulier")
        ORGANISATION = "organisation", _("organisation")

    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.PERSON)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=8, blank=True)
    since = models.DateField(null=True)
    attributes = models.JSONField(default=dict)
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="merged"
    )
    created_in = models.ForeignKey(
        Import,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )

    def __str__(self) -> str:
        return self.name or f"n° {self.pk}"


class Identity(models.Model):
    """A way a source knows a customer. A pair of scheme and value names one customer at most."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    scheme = models.CharField(max_length=60)
    value = models.CharField(max_length=254)
    created_in = models.ForeignKey(
        Import,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["scheme", "value"], name="identity_names_one_customer")
        ]
        # People search by a value without saying whose key it is.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["value"], name="identity_value", opclasses=["varchar_pattern_ops"])
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


class CustomerSummary(models.Model):
    """One row per customer for lists: derived from the evidence, rebuilt at will.

    contacts: interactions started by the customer. revenue: money in less money back, all time;
    what an insurer pays for a claim is a cost, not a refund.
    open_cases: cases neither resolved nor closed. quietness is last_at read against today.
    """

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="summary"
    )
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=200, blank=True)
    sort_name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=8, blank=True)
    since = models.DateField(null=True)
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    last_channel = models.CharField(max_length=20, blank=True)
    interactions = models.IntegerField(default=0)
    contacts = models.IntegerField(default=0)
    revenue = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    value_class = models.CharField(max_length=1, blank=True)
    cases = models.IntegerField(default=0)
    open_cases = models.IntegerField(default=0)
    nps = models.SmallIntegerField(null=True)

    class Meta:
        # Every sortable column ends with the key: a total order, and pages that never overlap.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["sort_name", "customer"], name="summary_name"),
            models.Index(fields=["last_at", "customer"], name="summary_last_at"),
            models.Index(fields=["since", "customer"], name="summary_since"),
            models.Index(fields=["interactions", "customer"], name="summary_interactions"),
            models.Index(fields=["contacts", "customer"], name="summary_contacts"),
            models.Index(fields=["revenue", "customer"], name="summary_revenue"),
            models.Index(fields=["open_cases", "customer"], name="summary_open_cases"),
            models.Index(fields=["nps", "customer"], name="summary_nps"),
            # The class follows from the revenue: filtered by one, lists are sorted by the other.
            models.Index(fields=["value_class", "revenue", "customer"], name="summary_value_class"),
            models.Index(fields=["value_class", "customer"], name="summary_value"),
            models.Index(fields=["language", "customer"], name="summary_language"),
            models.Index(fields=["last_channel", "customer"], name="summary_last_channel"),
            models.Index(fields=["kind", "customer"], name="summary_kind"),
        ]

    def __str__(self) -> str:
        return self.name
