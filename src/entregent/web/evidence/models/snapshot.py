from typing import ClassVar

from django.db import models


class StaleRow(models.Model):
    """A row changed or removed since the columnar snapshot was last refreshed."""

    table = models.CharField(max_length=20)
    row_id = models.BigIntegerField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["table", "row_id"])]

    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"
