from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from entregent.engine.change.balance import HIGHEST_WEIGHT, Cell
from entregent.engine.change.declared import Beneficiary, Mode
from entregent.web.evidence.models import Customer


def _person() -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )


class Change(models.Model):
    """A change said before anything is measured.

    target: what somebody would do, as an infinitive addressed to them ("ouvrir votre espace").
    cycle_days: how often the decision comes round, which scales its stages.
    ready: the example of the catalogue it began from, empty when written from nothing.
    importance, confidence, readiness: the questions, from 0 to 10, that ask it of people, as
    `instrument.question`; empty where nobody is asked.
    heard_at, heard_with: when customers' words were last read about it, and by which coder.
    """

    class ForWhom(models.TextChoices):
        CUSTOMER = Beneficiary.CUSTOMER.value, _("le client")
        FIRM = Beneficiary.FIRM.value, _("l’entreprise")
        BOTH = Beneficiary.BOTH.value, _("les deux")
        SOCIETY = Beneficiary.SOCIETY.value, _("la société ou l’environnement")

    class Kept(models.TextChoices):
        NEUTRAL = Mode.NEUTRAL.value, _("balance, neutre")
        EVOCATION = Mode.EVOCATION.value, _("évocation, vers le changement")

    name = models.CharField(_("nom du changement"), max_length=120)
    target = models.CharField(_("ce que la personne ferait"), max_length=200)
    for_whom = models.CharField(_("pour qui"), max_length=300)
    beneficiary = models.CharField(_("à qui cela profite"), max_length=10, choices=ForWhom.choices)
    since = models.DateField(_("depuis quand"))
    steps = models.TextField(_("ce qui compte comme un pas"), blank=True)
    cycle_days = models.PositiveIntegerField(
        _("la décision revient tous les (jours)"),
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
    )
    mode = models.CharField(_("mode"), max_length=10, choices=Kept.choices, default=Kept.NEUTRAL)
    stays_neutral = models.BooleanField(
        _("ce n’est pas à nous de peser sur cette décision"), default=False
    )
    already_decided = models.BooleanField(
        _("les personnes concernées ont déjà décidé"), default=False
    )
    importance = models.CharField(_("question : est-ce important"), max_length=181, blank=True)
    confidence = models.CharField(_("question : s’en sent-on capable"), max_length=181, blank=True)
    readiness = models.CharField(_("question : y est-on prêt"), max_length=181, blank=True)
    ready = models.CharField(max_length=60, blank=True)
    by = _person()
    at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    heard_with = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """One thing that weighs, for whom, on which side; never rewritten, so that weighings keep their sense.

    external: a norm, a rule, a market, rather than the holder's own.
    """

    class In(models.TextChoices):
        KEEP_FOR = Cell.KEEP_FOR.value, _("Avantages de ne rien changer")
        KEEP_AGAINST = Cell.KEEP_AGAINST.value, _("Inconvénients de ne rien changer")
        CHANGE_FOR = Cell.CHANGE_FOR.value, _("Avantages du changement")
        CHANGE_AGAINST = Cell.CHANGE_AGAINST.value, _("Inconvénients du changement")

    class Holder(models.TextChoices):
        CUSTOMER = "customer", _("pour les clients")
        FIRM = "firm", _("pour l’entreprise")

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="items")
    cell = models.CharField(_("case"), max_length=14, choices=In.choices)
    holder = models.CharField(
        _("pour qui cela pèse"), max_length=8, choices=Holder.choices, default=Holder.CUSTOMER
    )
    external = models.BooleanField(_("vient du dehors : norme, loi, marché"), default=False)
    text = models.CharField(_("en quelques mots"), max_length=200)
    by = _person()
    at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return self.text


class Quote(models.Model):
    """A passage of a verbatim, chosen by somebody, under an item.

    kind and row: the verbatim's permanent address. customer: whose words, so that an erasure takes
    them along; pages read the customer from the verbatim itself, which follows merges.
    talk_kind: desire, ability, reasons…, as the reader says it; empty where the words do not tell.
    """

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="quotes")
    kind = models.CharField(max_length=8)
    row = models.BigIntegerField()
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    said_at = models.DateTimeField()
    text = models.TextField()
    talk_kind = models.CharField(max_length=20, blank=True)
    by = _person()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-said_at", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["item", "kind", "row"], name="one_passage_of_a_verbatim_by_item"
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]


class Heard(models.Model):
    """A sentence that the machine found near a change, and what it read there: a proposal, no more.

    kind, row, place: the verbatim's permanent address and the rank of the sentence in it.
    near: cosine of the sentence with the nearest words of the change, 0 to 1.
    talk: change, sustain or neutral, with the coder's calibrated confidence; empty where it abstained.
    cell: where the sentence would go; empty unless it speaks one way.
    dismissed_at: set aside by somebody; it is neither proposed nor counted again.
    """

    class Talk(models.TextChoices):
        CHANGE = "change", _("pour le changement")
        SUSTAIN = "sustain", _("pour ne rien changer")
        NEUTRAL = "neutral", _("ni l’un ni l’autre")

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="heard")
    kind = models.CharField(max_length=8)
    row = models.BigIntegerField()
    place = models.PositiveSmallIntegerField()
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    said_at = models.DateTimeField()
    text = models.TextField()
    near = models.FloatField()
    talk = models.CharField(max_length=8, choices=Talk.choices, blank=True)
    talk_confidence = models.FloatField()
    talk_kind = models.CharField(max_length=20, blank=True)
    cell = models.CharField(max_length=14, choices=Item.In.choices, blank=True)
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = _person()

    class Meta:
        ordering: ClassVar[list[str]] = ["-talk_confidence", "-near", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["change", "kind", "row", "place"],
                name="a_sentence_is_heard_once_of_a_change",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["change", "cell"], name="heard_by_cell"),
            models.Index(fields=["kind", "row"], name="heard_of_a_text"),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class Weighing(models.Model):
    """What one person weighed in one sitting. Kept for ever: a later one adds to it."""

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="weighings")
    note = models.CharField(
        _("ce qui a changé depuis la dernière fois"), max_length=300, blank=True
    )
    by = _person()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return f"{self.change_id} · {self.at:%Y-%m-%d}"


class Weight(models.Model):
    weighing = models.ForeignKey(Weighing, on_delete=models.CASCADE, related_name="weights")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    weight = models.PositiveSmallIntegerField(validators=[MaxValueValidator(int(HIGHEST_WEIGHT))])

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["weighing", "item"], name="an_item_weighs_once")
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.weight}"


class Decision(models.Model):
    """What was decided on a change, on which balance, and when it is looked at again.

    balances: holder → the balance as it stood, -1 to 1, null where it was not known.
    look_again_on: empty once nothing is left to look at.
    """

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="decisions")
    decided = models.CharField(_("ce qui est décidé"), max_length=300)
    reasons = models.TextField(_("pour quelles raisons"))
    customers_would_say = models.TextField(_("ce que les clients en diraient"))
    decided_by = models.CharField(_("décidé par"), max_length=200)
    look_again_on = models.DateField(_("à revoir le"), null=True)
    balances = models.JSONField(default=dict)
    by = _person()
    at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return self.decided


class LookAgain(models.Model):
    """What happened, seen on the day it was to be looked at."""

    class Came(models.TextChoices):
        AS_EXPECTED = "as_expected", _("comme prévu")
        BETTER = "better", _("mieux que prévu")
        WORSE = "worse", _("moins bien que prévu")
        UNKNOWN = "unknown", _("on ne sait pas encore")

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="looks")
    came = models.CharField(
        _("par rapport à ce qui était attendu"), max_length=12, choices=Came.choices
    )
    what_happened = models.TextField(_("ce qui s’est passé"))
    next_on = models.DateField(_("revoir encore le"), null=True, blank=True)
    by = _person()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return f"{self.decision_id} · {self.at:%Y-%m-%d}"


class GuideUse(models.Model):
    """A piece of the guide that an adviser used with a customer, and what was said next."""

    class Followed(models.TextChoices):
        CHANGE = "change", _("il a parlé pour le changement")
        SUSTAIN = "sustain", _("il a parlé pour ne rien changer")
        NEUTRAL = "neutral", _("ni l’un ni l’autre")

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="uses")
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    piece = models.CharField(max_length=60)
    stage = models.CharField(max_length=20, blank=True)
    mode = models.CharField(max_length=10)
    followed = models.CharField(_("et ensuite"), max_length=8, choices=Followed.choices)
    by = _person()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return self.piece
