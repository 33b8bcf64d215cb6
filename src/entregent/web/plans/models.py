from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from entregent.web.evidence.models import Customer


def _person(related_name: str = "+") -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name=related_name
    )


class Plan(models.Model):
    """From which kind of relationship to which, for whom, by what steps, and what was expected of it.

    origin, goal: kinds. family: the family it was asked for, where it was one; `origin` is then its
    largest kind. path: kinds from origin to goal, as the catalogue opened them that day.
    value_class, sure: whom of them it is for. cost: per customer tried, in the firm's money.
    expected: what was told when it was written, so that it can be compared.
    playbook: key of the draft made from it, if one was.
    """

    name = models.CharField(_("nom du plan"), max_length=120)
    origin = models.CharField(max_length=60)
    family = models.CharField(max_length=60, blank=True)
    goal = models.CharField(max_length=60)
    path = models.JSONField(default=list)
    value_class = models.CharField(max_length=1, blank=True)
    sure = models.FloatField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    expected = models.JSONField(default=dict)
    owner = _person()
    look_on = models.DateField(_("à revoir le"), null=True)
    playbook = models.CharField(max_length=60, blank=True)
    by = _person()
    at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return self.name


class PlannedCustomer(models.Model):
    """A customer for whom a plan was written, and the relationship shown that day; empty where unknown."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="customers")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60, blank=True)
    family = models.CharField(max_length=60, blank=True)
    probability = models.FloatField()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["plan", "customer"], name="planned_once")
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.customer_id}"


class Look(models.Model):
    """What was seen of a plan on the day it was looked at. found: how many stood where."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="looks")
    found = models.JSONField(default=dict)
    note = models.TextField(_("ce que l’on en retient"))
    next_on = models.DateField(_("revoir encore le"), null=True, blank=True)
    by = _person()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return f"{self.plan_id} · {self.at:%Y-%m-%d}"
