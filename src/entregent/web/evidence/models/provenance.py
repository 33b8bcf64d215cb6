from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """A place evidence comes from, by the name people gave it, and what its columns mean."""

    name = models.CharField(_("nom"), max_length=100, unique=True)
    shape = models.CharField(max_length=40, blank=True)
    mapping = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Import(models.Model):
    """One file read into the store, and the account of every row of it.

    created + updated + unchanged + rejected == rows_read at every commit: rows and account are
    written in the same transaction, so a killed import resumes at `rows_read`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("à vérifier")
        WAITING = "waiting", _("en attente")
        RUNNING = "running", _("en cours")
        DONE = "done", _("terminé")
        FAILED = "failed", _("interrompu")
        UNDOING = "undoing", _("annulation en cours")
        UNDONE = "undone", _("annulé")

    source = models.ForeignKey(Source, null=True, on_delete=models.PROTECT, related_name="imports")
    file = models.FileField(upload_to="imports/%Y/%m", max_length=300)
    file_name = models.CharField(max_length=255)
    file_digest = models.CharField(max_length=64, blank=True)
    file_bytes = models.BigIntegerField(default=0)
    choices = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    rows_expected = models.BigIntegerField(null=True)
    rows_read = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    evidence = models.JSONField(default=dict, help_text="rows created per evidence table")
    reach = models.JSONField(
        default=dict, help_text="{table: [first, last]}: keys between which its rows lie"
    )
    failure = models.JSONField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return self.file_name


class RejectedRow(models.Model):
    """A row that was read and not stored: where, what it said, and why."""

    of_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rejected_rows")
    number = models.BigIntegerField()
    original = models.TextField()
    code = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["of_import", "number"])]

    def __str__(self) -> str:
        return f"{self.number}: {self.code}"


class ReplacedRow(models.Model):
    """What an import changed in rows that stood before it, so that it can be undone."""

    of_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="+")
    table = models.CharField(max_length=20)
    row_id = models.BigIntegerField()
    before = models.JSONField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["of_import", "table", "row_id"])
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"


class IdentityConflict(models.Model):
    """A row whose identities belong to several customers: shown, never guessed away."""

    of_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="conflicts")
    number = models.BigIntegerField()
    identities = models.JSONField(help_text="[[scheme, value, customer_id], …]")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["of_import", "number"])]

    def __str__(self) -> str:
        return f"{self.number}"
