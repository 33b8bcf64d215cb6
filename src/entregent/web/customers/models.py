from typing import ClassVar

from django.conf import settings
from django.db import models

from entregent.web.evidence.models import Customer


class Merge(models.Model):
    """Two customers found to be one, and all it takes to part them again.

    moved: table of evidence → ids of the rows that went from the duplicate to the kept.
    before: what the merge changed in the kept customer, as it was.
    """

    kept = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    duplicate = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    moved = models.JSONField()
    before = models.JSONField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return f"{self.duplicate_id} → {self.kept_id}"
