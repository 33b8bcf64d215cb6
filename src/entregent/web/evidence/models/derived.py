from django.db import models


class Watermark(models.Model):
    """How far a derived table has read the evidence: the last key it has seen."""

    name = models.CharField(max_length=60, primary_key=True)
    last = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.last}"

    @classmethod
    def of(cls, name: str) -> int:
        return cls.objects.filter(name=name).values_list("last", flat=True).first() or 0

    @classmethod
    def set(cls, name: str, last: int) -> None:
        cls.objects.update_or_create(name=name, defaults={"last": last})
