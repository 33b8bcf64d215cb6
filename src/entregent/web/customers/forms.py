from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from entregent.adapters.intake.values import Unreadable, phone
from entregent.web.customers.queries.customers import SORTS, CustomersAsked
from entregent.web.customers.queries.timeline import TABLES, TimelineAsked
from entregent.web.evidence.models import Agreement, Customer, Interaction

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

COLUMNS = {
    "last": _("Dernier échange"),
    "channel": _("Par"),
    "since": _("Depuis"),
    "revenue": _("Chiffre d’affaires"),
    "value": _("Classe"),
    "open": _("Dossiers ouverts"),
    "nps": _("NPS"),
    "contacts": _("Contacts de sa part"),
    "interactions": _("Échanges"),
    "language": _("Langue"),
    "kind": _("Nature"),
}
FIRST_COLUMNS = ("last", "channel", "since", "revenue", "value", "open", "nps")
NUMBERS = {"revenue", "open", "nps", "contacts", "interactions"}


def _either(everything: Any, choices: Any) -> list[tuple[str, Any]]:
    return [("", everything), *choices]


class CustomersForm(forms.Form):
    """What the address asks of the list; a value it does not know is left out."""

    q = forms.CharField(required=False, max_length=200)
    channel = forms.ChoiceField(
        required=False,
        label=_("dernier canal"),
        choices=_either(_("tous"), Interaction.Channel.choices),
    )
    value = forms.ChoiceField(
        required=False,
        label=_("classe de valeur"),
        choices=_either(_("toutes"), [("A", "A"), ("B", "B"), ("C", "C")]),
    )
    nps = forms.ChoiceField(
        required=False, label=_("recommandation"),
        choices=_either(_("toutes"), [("promoter", _("promoteurs")), ("passive", _("passifs")), ("detractor", _("détracteurs"))]),
    )  # fmt: skip
    quiet = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, label=_("sans nouvelles depuis"),
        choices=_either(_("peu importe"), [(30, _("30 jours")), (90, _("90 jours")), (180, _("6 mois")), (365, _("un an")), (730, _("deux ans"))]),
    )  # fmt: skip
    kind = forms.ChoiceField(
        required=False, label=_("nature"), choices=_either(_("toutes"), Customer.Kind.choices)
    )
    language = forms.ChoiceField(
        required=False, label=_("langue"),
        choices=_either(_("toutes"), [("fr", _("français")), ("en", _("anglais")), ("de", _("allemand")), ("es", _("espagnol")), ("it", _("italien")), ("nl", _("néerlandais")), ("pt", _("portugais"))]),
    )  # fmt: skip
    open = forms.BooleanField(required=False, label=_("dossier ouvert"))
    col = forms.MultipleChoiceField(
        required=False,
        label=_("colonnes"),
        choices=list(COLUMNS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    sort = forms.CharField(required=False, widget=forms.HiddenInput)

    def selects(self) -> list[forms.BoundField]:
        return [self[name] for name in ("channel", "value", "nps", "quiet", "kind", "language")]

    def asked(self) -> CustomersAsked:
        self.is_valid()
        known = self.cleaned_data
        sort = str(known.get("sort") or "name")
        return CustomersAsked(
            words=known.get("q") or "",
            language=known.get("language") or "",
            kind=known.get("kind") or "",
            value=known.get("value") or "",
            channel=known.get("channel") or "",
            nps=known.get("nps") or "",
            open=bool(known.get("open")),
            quiet_days=known.get("quiet"),
            sort=sort.lstrip("-") if sort.lstrip("-") in SORTS else "name",
            descending=sort.startswith("-"),
        )

    def columns(self) -> list[str]:
        """Columns chosen, in their own order; those of the first day when none is."""
        self.is_valid()
        chosen = self.cleaned_data.get("col") or FIRST_COLUMNS
        return [name for name in COLUMNS if name in chosen]


KINDS = [
    ("said", _("échanges")),
    ("answered", _("réponses aux enquêtes")),
    ("bought", _("mouvements d’argent")),
    ("complained", _("dossiers")),
    ("agreed", _("accords")),
]


class TimelineForm(forms.Form):
    q = forms.CharField(required=False, max_length=200, label=_("Chercher dans l’histoire"))
    what = forms.ChoiceField(required=False, label=_("quoi"), choices=_either(_("tout"), KINDS))
    channel = forms.ChoiceField(
        required=False, label=_("canal"), choices=_either(_("tous"), Interaction.Channel.choices)
    )
    direction = forms.ChoiceField(
        required=False, label=_("sens"), choices=_either(_("tous"), Interaction.Direction.choices)
    )
    since = forms.DateField(required=False, label=_("du"), widget=DAY)
    until = forms.DateField(required=False, label=_("au"), widget=DAY)

    def asked(self) -> TimelineAsked:
        self.is_valid()
        known = self.cleaned_data
        kind = known.get("what") or ""
        return TimelineAsked(
            words=known.get("q") or "",
            kind=kind if kind in {table.kind for table in TABLES} else "",
            channel=known.get("channel") or "",
            direction=known.get("direction") or "",
            since=_midnight(known.get("since")),
            until=_midnight(known.get("until"), end=True),
        )


def _midnight(day: Any, *, end: bool = False) -> datetime | None:
    """The first moment of a day, or of the next."""
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=int(end)), time()))


class AgreementForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("nature"),
        choices=[
            (Agreement.Kind.PREFERENCE, _("une préférence")),
            (Agreement.Kind.TACIT, _("un accord tacite")),
            (Agreement.Kind.PROMISE, _("une promesse")),
        ],
    )
    text = forms.CharField(
        label=_("en clair"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    until = forms.DateField(
        label=_("à tenir avant le (pour une promesse)"), required=False, widget=DAY
    )

    def clean(self) -> dict[str, Any]:
        known = super().clean() or {}
        if (
            known.get("kind") == Agreement.Kind.PROMISE
            and not known.get("until")
            and "until" not in self.errors
        ):
            self.add_error("until", _("Une promesse a une date : pour quand est-elle ?"))
        return known


class CustomerForm(forms.ModelForm[Customer]):
    class Meta:
        model = Customer
        fields = ("name", "kind", "language", "since")
        labels = {  # noqa: RUF012  Django's own form of it
            "name": _("nom"), "kind": _("nature"), "language": _("langue (fr, en…)"), "since": _("client depuis le"),
        }  # fmt: skip
        widgets = {"since": DAY}  # noqa: RUF012


class IdentityForm(forms.Form):
    scheme = forms.ChoiceField(
        label=_("moyen"), choices=[("email", _("adresse e-mail")), ("phone", _("téléphone"))]
    )
    value = forms.CharField(label=_("adresse ou numéro"), max_length=254)

    def clean(self) -> dict[str, Any]:
        known = super().clean() or {}
        value, scheme = str(known.get("value", "")).strip(), known.get("scheme")
        if not value or not scheme:
            return known
        if scheme == "email":
            try:
                validate_email(value)
            except forms.ValidationError:
                self.add_error("value", _("Ce n’est pas une adresse e-mail."))
            known["value"] = value.lower()
        else:
            try:
                known["value"] = phone(value)
            except Unreadable:
                self.add_error("value", _("Ce n’est pas un numéro de téléphone."))
        return known


class ErasureForm(forms.Form):
    reason = forms.CharField(
        label=_("motif (sans nom ni adresse : il reste au journal)"), max_length=200
    )
    sure = forms.BooleanField(label=_("Je comprends que cet effacement ne peut pas être annulé"))
