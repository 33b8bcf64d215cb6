from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from entregent.web.evidence.models import Customer


def _person() -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )


class Playbook(models.Model):
    """A playbook that the firm has touched; those of the catalogue that it has not stand switched off.

    key: the catalogue's id, or one of the firm's own.
    in_force: the version played now; none while it is switched off.
    held_out_percent: the part of those concerned who are left alone, to know what it changes.
    """

    key = models.SlugField(max_length=60, unique=True)
    own = models.BooleanField(default=False)
    in_force = models.ForeignKey(
        "Version", null=True, on_delete=models.PROTECT, related_name="played"
    )
    held_out_percent = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(50)]
    )
    switched_on_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["key"]

    def __str__(self) -> str:
        return self.key


class Version(models.Model):
    """What a playbook says, in the catalogue's shape; never rewritten.

    person: the colleague who plays it, where the firm names one instead of a role.
    """

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    entry = models.JSONField()
    person = _person()
    by = _person()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["playbook", "number"], name="a_version_of_a_playbook_has_one_number"
            )
        ]

    def __str__(self) -> str:
        return f"{self.playbook_id} v{self.number}"


class Simulation(models.Model):
    """Whom a version would concern, seen before it is switched on.

    figures: how many, of whom, who is left out and why, and what work it makes.
    """

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="simulations")
    figures = models.JSONField()
    by = _person()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return f"{self.version_id} · {self.at:%Y-%m-%d}"


class SimulatedCustomer(models.Model):
    """One of the first customers of a simulation; refusal says why they are left out, if they are."""

    simulation = models.ForeignKey(Simulation, on_delete=models.CASCADE, related_name="customers")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    refusal = models.CharField(max_length=20, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return f"{self.simulation_id}: {self.customer_id}"


class Action(models.Model):
    """Something to do with one customer, drawn by a playbook; or its absence, in the held-out group.

    contacts: whether it means writing or calling. facts: why, as the playbook's fields stood.
    kind, family: of the relationship, that day. touched: somebody has taken it in hand.
    because: why it was not done, or closed by itself. reply, note: what came of it.
    before, after: what the playbook is measured by, when drawn and when looked at again.
    replied, bought, resolved, left: seen in the evidence when looked at again; null where unknown.
    """

    class State(models.TextChoices):
        OPEN = "open", _("à faire")
        DONE = "done", _("fait")
        NOT_DONE = "not_done", _("pas fait")
        EXPIRED = "expired", _("échéance passée sans suite")
        MOOT = "moot", _("n’a plus lieu d’être")
        HELD_OUT = "held_out", _("groupe témoin")

    class Reply(models.TextChoices):
        WELCOMED = "welcomed", _("bien reçu")
        NEUTRAL = "neutral", _("sans réaction")
        BADLY = "badly", _("mal reçu")
        SILENT = "silent", _("pas de réponse")
        INWARD = "inward", _("pas de contact prévu")

    class Because(models.TextChoices):
        ALREADY = "already", _("déjà réglé")
        WRONG = "wrong", _("la raison est fausse")
        HARMFUL = "harmful", _("cela lui déplairait")
        UNREACHABLE = "unreachable", _("injoignable")
        NO_TIME = "no_time", _("pas eu le temps")
        OTHER = "other", _("autre raison")
        NO_LONGER = "no_longer", _("la condition n’est plus remplie")
        WITHDRAWN = "withdrawn", _("accord retiré")
        GAVE_WAY = "gave_way", _("une action plus urgente concerne ce client")
        SWITCHED_OFF = "switched_off", _("conduite arrêtée")
        MERGED = "merged", _("fiche fusionnée")

    playbook = models.ForeignKey(Playbook, on_delete=models.PROTECT, related_name="actions")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="actions")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="actions")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    contacts = models.BooleanField()
    priority = models.PositiveSmallIntegerField()
    channel = models.CharField(max_length=20)
    kind = models.CharField(max_length=40, blank=True)
    family = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict)
    drawn_at = models.DateTimeField()
    due_on = models.DateField()
    first_due_on = models.DateField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="actions"
    )
    role = models.CharField(max_length=30)
    touched = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True)
    closed_by = _person()
    because = models.CharField(max_length=12, choices=Because.choices, blank=True)
    reply = models.CharField(max_length=10, choices=Reply.choices, blank=True)
    note = models.TextField(blank=True)
    before = models.FloatField(null=True)
    after = models.FloatField(null=True)
    look_on = models.DateField()
    looked_at = models.DateTimeField(null=True)
    replied = models.BooleanField(null=True)
    bought = models.BooleanField(null=True)
    resolved = models.BooleanField(null=True)
    left = models.BooleanField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["due_on", "-priority", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["customer", "playbook"],
                condition=Q(state="open"),
                name="one_open_action_of_a_playbook",
            ),
            # Two colleagues never call the same person for two reasons at once.
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(state="open", contacts=True),
                name="one_open_contact_of_a_customer",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "due_on", "-priority"], name="action_due"),
            models.Index(fields=["owner", "state", "due_on"], name="action_of_owner"),
            models.Index(fields=["playbook", "customer", "-drawn_at"], name="action_episode"),
            models.Index(fields=["look_on"], name="action_to_look_at", condition=Q(looked_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.playbook_id} · {self.customer_id}"
