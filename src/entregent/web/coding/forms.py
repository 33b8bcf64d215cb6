"""What people may fill in, and why it is refused."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entregent.adapters.coders.coder import NoSuchCoder, carried_card
from entregent.adapters.encoders import CARRIED, PROFILES
from entregent.web.accounts.models import User
from entregent.web.coding.codes import UTTERANCE, book, legal
from entregent.web.coding.models import Adjudication, LanguageModel, Queue
from entregent.web.coding.queries import coders_to_choose, language_model
from entregent.web.evidence.models import Interaction

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
ASKED_FIRST = ("movement", "sentiment", "justice", "trust")
SHOWN = [
    ("text", gettext_lazy("rien d’autre que le texte : l’accord se mesure")),
    ("machine", gettext_lazy("ce que la machine propose, pour le corriger : l’accord ne se mesure pas")),
]  # fmt: skip


def profile_names() -> dict[str, str]:
    """Profiles that the package carries heads for, as people say them."""
    names = {
        "fast": _("rapide"),
        "multilingual": _("plusieurs langues"),
        "accurate": _("le plus exact"),
        "tuned": _("affiné sur nos exemples"),
    }
    found = {}
    for profile in CARRIED:
        try:
            carried_card(profile)
        except NoSuchCoder:
            continue
        found[profile] = names.get(profile, profile)
    return found


class QueueForm(forms.ModelForm[Queue]):
    codes = forms.MultipleChoiceField(
        label=gettext_lazy("codes à donner"), widget=forms.CheckboxSelectMultiple
    )
    people = forms.ModelMultipleChoiceField(
        label=gettext_lazy("qui code"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )
    shown = forms.ChoiceField(
        label=gettext_lazy("ce que voient les codeurs"), widget=forms.RadioSelect, initial="text"
    )
    channel = forms.ChoiceField(label=gettext_lazy("canal"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("langue"), required=False)

    class Meta:
        model = Queue
        fields = (
            "name", "codes", "target", "people", "per_text", "shown", "masked", "order", "size",
            "seed", "since", "until", "channel", "language",
        )  # fmt: skip
        widgets: ClassVar[dict[str, Any]] = {
            "since": DAY,
            "until": DAY,
            "order": forms.RadioSelect,
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "target": gettext_lazy("Seulement pour le discours sur un changement : un verbe à l’infinitif, « payer en ligne »."),
            "per_text": gettext_lazy("Deux ou plus pour mesurer l’accord."),
            "masked": gettext_lazy("Noms, adresses, numéros : on code aussi bien sans."),
            "seed": gettext_lazy("Le même nombre donne le même tirage."),
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields
        chosen["codes"].choices = [(code.name, code.title) for code in book().values()]
        chosen["codes"].initial = list(ASKED_FIRST)
        chosen["people"].queryset = coders_to_choose()
        chosen["channel"].choices = [("", _("tous")), *Interaction.Channel.choices]
        chosen["language"].choices = [
            ("", _("toutes")), ("fr", _("français")), ("en", _("anglais")),
        ]  # fmt: skip
        chosen["order"].choices = Queue.Order.choices
        chosen["shown"].choices = SHOWN
        model = language_model()
        if model.on:
            name = _(
                "ce que propose %(model)s, pour le corriger ; le coût est dit avant tout envoi"
            )
            chosen["shown"].choices = [*SHOWN, ("model", name % {"model": model.model})]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        codes, people = cleaned.get("codes", []), cleaned.get("people", [])
        if any(book()[code].unit == UTTERANCE for code in codes) and not cleaned.get("target"):
            self.add_error("target", _("Dites de quel changement on parle."))
        if cleaned.get("shown") == "model" and any(
            book()[code].unit == UTTERANCE for code in codes
        ):
            self.add_error(
                "shown", _("Un modèle de langue ne lit pas le discours sur un changement.")
            )
        if people and cleaned.get("per_text", 1) > len(people):
            self.add_error(
                "per_text", _("Chaque texte demande plus de personnes que vous n’en avez choisi.")
            )
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", _("Cette date vient avant l’autre."))
        shown = cleaned.pop("shown", "text")
        return cleaned | {"blind": shown == "text", "asks_model": shown == "model"}


class AdjudicationForm(forms.ModelForm[Adjudication]):
    """values: one of the codebook's, or several where several may stand together."""

    values = forms.MultipleChoiceField(required=False)

    class Meta:
        model = Adjudication
        fields = ("start", "end", "code", "reason")

    def __init__(self, given: Any) -> None:
        super().__init__(given)
        its = book().get(given.get("code", ""))
        listed: Any = self.fields["values"]
        listed.choices = [(one.code, one.name) for one in its.values] if its else []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        code, values = cleaned.get("code", ""), cleaned.get("values", [])
        its = book().get(code)
        value = "".join(one.code for one in its.values if one.code in values) if its else ""
        wrong = its is None or not legal(code, value) or (not its.several and len(values) != 1)
        if wrong and not self.errors:
            self.add_error("values", _("Choisissez une réponse."))
        return cleaned | {"value": value}


class TrainingForm(forms.Form):
    profile = forms.ChoiceField(label=gettext_lazy("profil"))

    def __init__(self, given: Any = None) -> None:
        super().__init__(given)
        listed: Any = self.fields["profile"]
        listed.choices = [one for one in profile_names().items() if one[0] in PROFILES]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("pourquoi"), max_length=300)


class LanguageModelForm(forms.ModelForm[LanguageModel]):
    class Meta:
        model = LanguageModel
        fields = ("on", "address", "model", "key_variable", "price_in", "price_out")
        help_texts: ClassVar[dict[str, Any]] = {
            "address": gettext_lazy("Jusqu’à /v1, par exemple http://localhost:11434/v1. Un serveur dans vos murs convient."),
            "key_variable": gettext_lazy("Son nom seulement, qui commence par ENTREGENT_MODEL_KEY ; la clé reste dans l’environnement du serveur et n’est jamais enregistrée. Vide : aucune clé."),
            "price_in": gettext_lazy("Pour dire ce que coûtera un envoi avant de l’envoyer."),
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("on"):
            for name in ("address", "model"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("Nécessaire pour interroger un serveur."))
        return cleaned
