from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from entregent.web.evidence.models.customers import Customer
from entregent.web.evidence.models.provenance import Import, Source


class Record(models.Model):
    """What every row of evidence has: whose it is, where it came from, and how to know it again.

    row_key: 16 bytes naming the row among all rows of its table: a digest of the source and the
        source's own key, or of the row's content when the source gives none.
    content: 16 bytes, a digest of the values; equal means unchanged.
    """

    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    source = models.ForeignKey(
        Source,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    row_key = models.BinaryField(max_length=16, unique=True, editable=False)
    content = models.BinaryField(max_length=16, editable=False)
    # Found again through the keys that the import reached (see Import.reach), not through an index.
    created_in = models.ForeignKey(
        Import,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )

    class Meta:
        abstract = True


class Interaction(Record):
    """Something said or done by either side."""

    class Channel(models.TextChoices):
        PHONE = "phone", _("téléphone")
        EMAIL = "email", _("e-mail")
        CHAT = "chat", _("chat")
        REVIEW = "review", _("avis")
        SURVEY = "survey", _("enquête")
        WEB = "web", _("site")
        APP = "app", _("application")
        SMS = "sms", _("SMS")
        SHOP = "shop", _("agence ou magasin")
        LETTER = "letter", _("courrier")
        SOCIAL = "social", _("réseaux sociaux")
        MESSAGE = "message", _("messagerie")
        TICKET = "ticket", _("ticket")
        OTHER = "other", _("autre")

    class Direction(models.TextChoices):
        IN = "in", _("du client")
        OUT = "out", _("vers le client")
        INTERNAL = "internal", _("interne")

    at = models.DateTimeField()
    channel = models.CharField(max_length=20, choices=Channel.choices, blank=True)
    direction = models.CharField(max_length=8, choices=Direction.choices, blank=True)
    activity = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    language = models.CharField(max_length=8, blank=True)
    agent_id = models.CharField(max_length=100, blank=True)
    wait_seconds = models.FloatField(null=True)
    handle_seconds = models.FloatField(null=True)
    abandoned = models.BooleanField(null=True)
    case = models.ForeignKey(
        "Case",
        null=True,
        on_delete=models.SET_NULL,
        db_constraint=False,
        db_index=False,
        related_name="interactions",
    )

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer", "at"], name="interaction_timeline"),
            models.Index(fields=["at"], name="interaction_at"),
            models.Index(
                fields=["case"], name="interaction_case", condition=models.Q(case__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.channel}"


class Transaction(Record):
    """Money moving."""

    at = models.DateTimeField()
    amount = models.DecimalField(max_digits=18, decimal_places=4)
    currency = models.CharField(max_length=3, blank=True)
    margin = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    product = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer", "at"], name="transaction_timeline"),
            models.Index(fields=["at"], name="transaction_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.amount} {self.currency}"


class Answer(Record):
    """One answer to one item of an instrument."""

    response_id = models.CharField(max_length=100)
    at = models.DateTimeField()
    instrument = models.CharField(max_length=60)
    instrument_version = models.CharField(max_length=20, blank=True)
    item = models.CharField(max_length=120)
    value = models.FloatField(null=True)
    text = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer", "at"], name="answer_timeline"),
            models.Index(fields=["instrument", "item", "at"], name="answer_instrument"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument}.{self.item} = {self.value}"


class Case(Record):
    """A complaint, incident or request."""

    class Kind(models.TextChoices):
        COMPLAINT = "complaint", _("réclamation")
        INCIDENT = "incident", _("incident")
        REQUEST = "request", _("demande")

    class Status(models.TextChoices):
        OPEN = "open", _("ouvert")
        PENDING = "pending", _("en attente")
        RESOLVED = "resolved", _("résolu")
        CLOSED = "closed", _("clos")
        ESCALATED = "escalated", _("escaladé")

    source_key = models.CharField(max_length=120, blank=True)
    opened_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, blank=True)
    cause = models.CharField(max_length=200, blank=True)
    remedy_asked = models.CharField(max_length=300, blank=True)
    remedy_given = models.CharField(max_length=300, blank=True)
    severity = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=20, blank=True)
    reopened = models.IntegerField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer", "opened_at"], name="case_timeline"),
            models.Index(fields=["opened_at"], name="case_opened_at"),
            models.Index(
                fields=["opened_at", "customer"],
                name="case_open",
                condition=models.Q(resolved_at=None, closed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.source_key or f"n° {self.pk}"


class Agreement(Record):
    """What binds or was promised."""

    class Kind(models.TextChoices):
        CONTRACT = "contract", _("contrat")
        EXIT_FEE = "exit_fee", _("frais de sortie")
        TACIT = "tacit", _("accord tacite")
        PREFERENCE = "preference", _("préférence")
        PROMISE = "promise", _("promesse")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = models.TextField(blank=True)
    since = models.DateField(null=True, db_column="from")
    until = models.DateField(null=True)
    kept = models.BooleanField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer", "kind"], name="agreement_of_customer")
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Consent(Record):
    """What the customer allowed."""

    purpose = models.CharField(max_length=120)
    given_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer", "purpose"], name="consent_of_customer")
        ]

    def __str__(self) -> str:
        return self.purpose
