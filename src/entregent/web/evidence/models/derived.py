from typing import ClassVar, cast

from django.db import models
from django.db.models import Q

from entregent.web.evidence.models.records import Answer, Interaction


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


class CodedText(models.Model):
    """Customer's words as a coder read them: those of an interaction, or those of an answer.

    A text has one row, by the coder in use; read by another, it is replaced. A code is null where
    the coder was not sure enough, its confidence then saying how far it was. language: told by
    the source, or found. facets: its codes and its segments' as words of the search index.
    """

    interaction = models.OneToOneField(
        Interaction, null=True, on_delete=models.CASCADE, related_name="coded"
    )
    answer = models.OneToOneField(Answer, null=True, on_delete=models.CASCADE, related_name="coded")
    language = models.CharField(max_length=8, blank=True)
    relationship = models.CharField(max_length=12, null=True)
    relationship_confidence = models.FloatField(null=True)
    stage = models.CharField(max_length=12, null=True)
    stage_confidence = models.FloatField(null=True)
    effort = models.CharField(max_length=4, null=True)
    effort_confidence = models.FloatField(null=True)
    p_exchange = models.FloatField(null=True)
    p_partner = models.FloatField(null=True)
    p_friend = models.FloatField(null=True)
    p_adventure = models.FloatField(null=True)
    p_newcomer = models.FloatField(null=True)
    p_captive = models.FloatField(null=True)
    p_demanding = models.FloatField(null=True)
    p_betrayed = models.FloatField(null=True)
    p_adversary = models.FloatField(null=True)
    p_none = models.FloatField(null=True)
    facets = models.TextField(blank=True)
    coder = models.CharField(max_length=60)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(interaction__isnull=False, answer__isnull=True)
                | Q(interaction__isnull=True, answer__isnull=False),
                name="coded_text_is_one_text",
            )
        ]

    def __str__(self) -> str:
        return f"{self.interaction or self.answer}"

    @property
    def row(self) -> Interaction | Answer:
        """Whose words these are."""
        return self.interaction or cast("Answer", self.answer)

    @property
    def words(self) -> str:
        return self.row.text


class CodedSegment(models.Model):
    """One piece of a coded text: characters `start` to `end` of its words.

    movement: T, A, N. sentiment: +, -, ~, 0. justice: letters of D, P, I, F joined, or empty.
    trust: C+, C-, H+, H-, B+, B-, or empty. Null where the coder was not sure enough.
    """

    of_text = models.ForeignKey(
        CodedText, on_delete=models.CASCADE, related_name="segments", db_index=False
    )
    position = models.IntegerField()
    start = models.IntegerField()
    end = models.IntegerField()
    movement = models.CharField(max_length=1, null=True)
    movement_confidence = models.FloatField(null=True)
    sentiment = models.CharField(max_length=1, null=True)
    sentiment_confidence = models.FloatField(null=True)
    justice = models.CharField(max_length=4, null=True)
    justice_confidence = models.FloatField(null=True)
    trust = models.CharField(max_length=2, null=True)
    trust_confidence = models.FloatField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["of_text", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["of_text", "position"], name="segment_has_its_place")
        ]

    def __str__(self) -> str:
        return f"{self.of_text_id}.{self.position}"
