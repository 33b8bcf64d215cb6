from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
    URLValidator,
)
from django.db import models
from django.utils.translation import gettext_lazy as _

from entregent.web.evidence.models import Customer


class NeverRewritten(Exception):
    """What a person said stays as it was said; a correction is a new row."""


def _person() -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )


class Words(models.Model):
    """A verbatim as it stood when it was given to code: where it is and how it was cut, not its words.

    kind and row: the verbatim's permanent address. digest: of its text; codings of another wording
    are passed over. places: first and last character of each segment. customer: whose words, so that
    an erasure takes the codings along.
    """

    kind = models.CharField(max_length=8)
    row = models.BigIntegerField()
    digest = models.CharField(max_length=32)
    places = models.JSONField()
    language = models.CharField(max_length=8, blank=True)
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "row", "digest"], name="words_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row}"


class Queue(models.Model):
    """Texts for some people to code by some codes.

    codes: names of the codebook. target: the declared change that talk is about, else empty.
    blind: coders see neither the machine nor each other, so that agreement can be measured.
    masked: what names a person is hidden from the coders.
    per_text: people who code each text. seed: of the draw, so that it can be made again.
    proposed_by: name of what made the proposals of a queue that is not blind.
    asks_model: the language model proposes, once somebody saw what that costs. asked_at: when it
    was last asked to. failure: why it did not.
    """

    class Order(models.TextChoices):
        RANDOM = "random", _("au hasard")
        LEAST_CERTAIN = "least_certain", _("là où la machine hésite le plus")
        MOST_DIFFERENT = "most_different", _("les plus différents de ce qui est déjà codé")

    class State(models.TextChoices):
        FILLING = "filling", _("choix des textes en cours")
        PRICED = "priced", _("coût à confirmer")
        ASKING = "asking", _("modèle de langue interrogé")
        OPEN = "open", _("ouverte")
        EMPTY = "empty", _("aucun texte ne répond")
        CLOSED = "closed", _("close")

    name = models.CharField(_("nom de la file"), max_length=120)
    codes = models.JSONField(default=list)
    target = models.CharField(_("changement dont on parle"), max_length=200, blank=True)
    blind = models.BooleanField(_("à l’aveugle"), default=True)
    masked = models.BooleanField(_("masquer ce qui nomme une personne"), default=True)
    per_text = models.PositiveSmallIntegerField(
        _("personnes par texte"), default=2, validators=[MinValueValidator(1)]
    )
    order = models.CharField(
        _("quels textes"), max_length=16, choices=Order.choices, default=Order.RANDOM
    )
    size = models.PositiveIntegerField(
        _("nombre de textes"),
        default=50,
        validators=[MinValueValidator(1), MaxValueValidator(2000)],
    )
    seed = models.PositiveIntegerField(_("graine du tirage"), default=1)
    since = models.DateField(_("dits depuis le"), null=True, blank=True)
    until = models.DateField(_("jusqu’au"), null=True, blank=True)
    channel = models.CharField(_("canal"), max_length=20, blank=True)
    language = models.CharField(_("langue"), max_length=8, blank=True)
    proposed_by = models.CharField(max_length=120, blank=True)
    asks_model = models.BooleanField(default=False)
    asked_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.FILLING)
    by = _person()
    at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return self.name


class Seat(models.Model):
    """A person who codes a queue. number: decides which texts are theirs."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="seats")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["queue", "person"], name="one_seat_each"),
            models.UniqueConstraint(fields=["queue", "number"], name="one_person_a_seat"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.person}"


class QueuedText(models.Model):
    """A text in its place in a queue.

    proposals: what a machine reads there, {"start-end": {code: [value, confidence]}}, where people
    correct it; empty in a blind queue.
    """

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="texts")
    words = models.ForeignKey(Words, on_delete=models.CASCADE, related_name="queued")
    rank = models.PositiveIntegerField()
    proposals = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["rank"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["queue", "rank"], name="one_text_a_rank"),
            models.UniqueConstraint(fields=["queue", "words"], name="one_place_a_text"),
        ]

    def __str__(self) -> str:
        return f"{self.queue_id}.{self.rank}"


class Said(models.TextChoices):
    VALUE = "value", _("a dit")
    CANNOT_TELL = "cannot_tell", _("ne sait pas")
    WITHDRAWN = "withdrawn", _("a retiré sa réponse")


class _Kept(models.Model):
    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise NeverRewritten
        super().save(*args, **kwargs)


class Coding(_Kept):
    """What one person said of one place of a text, once; the latest row of a person is what counts.

    queue: where it was said, None from a customer's file. start, end: the span; of a whole text,
    from 0 to its length. value: of the codebook; letters joined where several may stand together.
    proposed, proposed_confidence, proposed_by: what a machine showed first, if it did.
    """

    words = models.ForeignKey(Words, on_delete=models.CASCADE, related_name="codings")
    queue = models.ForeignKey(Queue, null=True, on_delete=models.PROTECT, related_name="codings")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    code = models.CharField(max_length=20)
    said = models.CharField(max_length=12, choices=Said.choices, default=Said.VALUE)
    value = models.CharField(max_length=20, blank=True)
    proposed = models.CharField(max_length=20, null=True)
    proposed_confidence = models.FloatField(null=True)
    proposed_by = models.CharField(max_length=120, blank=True)
    by = _person()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["queue", "by", "words"], name="coding_of_person")
        ]

    def __str__(self) -> str:
        return f"{self.code} = {self.value}"


class Adjudication(_Kept):
    """What stands where people differ, who says so and why; the latest row counts."""

    words = models.ForeignKey(Words, on_delete=models.CASCADE, related_name="adjudications")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="adjudications")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    code = models.CharField(max_length=20)
    value = models.CharField(max_length=20, blank=True)
    reason = models.TextField(_("pourquoi"))
    by = _person()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return f"{self.code} = {self.value}"


class Training(models.Model):
    """A coder that learned from the firm's codings too, beside the one in use, on texts neither saw.

    folder: its name under the folder of coders. codes: those learned again. learned, held_out:
    texts. figures: a row per code, before and after.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("en cours")
        DONE = "done", _("à décider")
        ACCEPTED = "accepted", _("accepté")
        REFUSED = "refused", _("écarté")
        FAILED = "failed", _("n’a pas abouti")

    profile = models.CharField(max_length=20, default="fast")
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    folder = models.CharField(max_length=60, blank=True)
    coder = models.CharField(max_length=120, blank=True)
    before = models.CharField(max_length=120, blank=True)
    codes = models.JSONField(default=list)
    learned = models.PositiveIntegerField(default=0)
    held_out = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=list)
    failure = models.CharField(max_length=300, blank=True)
    by = _person()
    at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return self.coder or f"n° {self.pk}"


class CoderChoice(_Kept):
    """From when which coder reads customers' words; training is None for the package's own."""

    training = models.ForeignKey(
        Training, null=True, on_delete=models.PROTECT, related_name="choices"
    )
    reason = models.CharField(_("pourquoi"), max_length=300, blank=True)
    by = _person()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return str(self.training or "")


class LanguageModel(models.Model):
    """A server that may be asked to code; one row, off until somebody puts it on.

    key_variable: name of the environment variable that holds the key; the key itself is never kept.
    price_in, price_out: per million tokens.
    """

    on = models.BooleanField(_("peut être interrogé"), default=False)
    address = models.CharField(
        _("adresse du serveur"),
        max_length=300,
        blank=True,
        validators=[URLValidator(schemes=["http", "https"])],
    )
    model = models.CharField(_("modèle"), max_length=120, blank=True)
    key_variable = models.CharField(
        _("variable d’environnement de la clé"),
        max_length=60,
        blank=True,
        validators=[
            RegexValidator(
                rf"^{settings.MODEL_KEYS}[A-Z0-9_]*$",
                _("Un nom en majuscules qui commence par ENTREGENT_MODEL_KEY, jamais la clé."),
            )
        ],
    )
    price_in = models.DecimalField(
        _("prix d’un million de jetons envoyés"), max_digits=9, decimal_places=3, default=0,
        validators=[MinValueValidator(0)],
    )  # fmt: skip
    price_out = models.DecimalField(
        _("prix d’un million de jetons reçus"), max_digits=9, decimal_places=3, default=0,
        validators=[MinValueValidator(0)],
    )  # fmt: skip

    def __str__(self) -> str:
        return self.model

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)


class Trial(models.Model):
    """Some texts that people coded, read by the language model and by the coder in use.

    figures: a row per code, of both. problems: texts left uncoded, with the reason.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("en cours")
        DONE = "done", _("terminé")
        FAILED = "failed", _("interrompu")

    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    model = models.CharField(max_length=160)
    beside = models.CharField(max_length=120, blank=True)
    texts = models.PositiveIntegerField(default=0)
    expected_price = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    figures = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    failure = models.CharField(max_length=300, blank=True)
    by = _person()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return self.model
