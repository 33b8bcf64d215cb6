from collections.abc import Mapping as ReadMapping
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from entregent.adapters.intake.mapping import Mapping, is_role
from entregent.adapters.readers.choices import Choices
from entregent.web.evidence.models import Source

LARGEST = 4 * 2**30
TRI = (("", _("d’après le fichier")), ("yes", _("oui")), ("no", _("non")))


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("Fichier à importer"),
        allow_empty_file=True,
        error_messages={
            "required": _("Choisissez d’abord un fichier."),
            "invalid": _("Le fichier n’est pas arrivé entier. Réessayez."),
        },
    )


class ChoicesForm(forms.Form):
    """How the file is to be read, where the guess was wrong."""

    encoding = forms.ChoiceField(
        label=_("encodage"), required=False,
        choices=[("", _("d’après le fichier")), ("utf-8", "UTF-8"), ("cp1252", "Windows-1252"), ("utf-16", "UTF-16"), ("iso8859-15", "ISO-8859-15")],
    )  # fmt: skip
    delimiter = forms.ChoiceField(
        label=_("séparateur"), required=False,
        choices=[("", _("d’après le fichier")), (";", _("point-virgule")), (",", _("virgule")), ("tab", _("tabulation")), ("|", "|")],
    )  # fmt: skip
    sheet = forms.CharField(label=_("feuille"), required=False)
    record_path = forms.CharField(label=_("où sont les enregistrements"), required=False)
    day_first = forms.ChoiceField(label=_("le jour avant le mois"), required=False, choices=TRI)

    def choices(self) -> dict[str, Any]:
        said = self.cleaned_data
        found = {name: said[name] for name in ("encoding", "sheet", "record_path") if said[name]}
        if said["delimiter"]:
            found["delimiter"] = "\t" if said["delimiter"] == "tab" else said["delimiter"]
        if said["day_first"]:
            found["day_first"] = said["day_first"] == "yes"
        return Choices.model_validate(found).model_dump(exclude_none=True, exclude_defaults=True)


class MappingForm(forms.Form):
    """What the columns mean; one pair of selects a column, named role-0, also-0, role-1…"""

    source = forms.CharField(
        label=_("nom de la source"), max_length=100,
        help_text=_("Le même nom la prochaine fois, et ces réglages seront repris."),
        error_messages={"required": _("Donnez un nom à cette source, par exemple « Enquête annuelle ».")},
    )  # fmt: skip
    timezone = forms.ChoiceField(
        label=_("les heures sont celles de"),
        choices=sorted((name, name) for name in available_timezones()),
    )
    day_first = forms.ChoiceField(label=_("le jour avant le mois"), required=False, choices=TRI)
    decimal_comma = forms.ChoiceField(label=_("virgule décimale"), required=False, choices=TRI)
    currency = forms.RegexField(
        "^[A-Za-z]{3}$",
        label=_("devise"),
        error_messages={"invalid": _("Trois lettres, par exemple EUR.")},
    )
    channel = forms.CharField(
        label=_("canal, si aucune colonne ne le dit"), required=False, max_length=20
    )
    ces_version = forms.ChoiceField(
        label=_("version du CES"),
        required=False,
        choices=[("", "–"), ("2.0", "2.0 (1–7)"), ("1.0", "1.0 (1–5)")],
    )

    def __init__(
        self,
        data: ReadMapping[str, Any] | None,
        *,
        guessed: Mapping,
        columns: tuple[str, ...],
        **rest: Any,
    ) -> None:
        self.guessed, self.columns = guessed, columns
        said = {None: "", True: "yes", False: "no"}
        super().__init__(
            data,
            initial={
                "timezone": guessed.timezone, "currency": guessed.currency, "day_first": said[guessed.day_first],
                "decimal_comma": said[guessed.decimal_comma], "channel": guessed.constants.get("interaction.channel", ""),
                "ces_version": guessed.versions.get("ces", ""), **rest.pop("initial", {}),
            },
            **rest,
        )  # fmt: skip
        self.fields["source"].widget.attrs["list"] = "sources"

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        roles: dict[str, list[str]] = {}
        for place, column in enumerate(self.columns):
            chosen = [self.data.get(f"{name}-{place}", "") for name in ("role", "also")]
            roles[column] = list(dict.fromkeys(role for role in chosen if role and is_role(role)))
            # Roles beyond the two that the page shows are kept as they were guessed.
            if set(self.guessed.columns.get(column, [])[:2]) == set(roles[column]):
                roles[column] = list(self.guessed.columns.get(column, []))
        said["roles"] = {column: chosen for column, chosen in roles.items() if chosen}
        if not said["roles"]:
            raise forms.ValidationError(
                _(
                    "Dites ce que veut dire au moins une colonne : sans cela, rien ne serait importé."
                )
            )
        return said

    def clean_source(self) -> str:
        return " ".join(str(self.cleaned_data["source"]).split())

    def mapping(self) -> Mapping:
        said = self.cleaned_data
        constants = {
            role: value
            for role, value in self.guessed.constants.items()
            if role != "interaction.channel"
        }
        if said["channel"]:
            constants["interaction.channel"] = said["channel"]
        versions = dict(self.guessed.versions)
        if said["ces_version"]:
            versions["ces"] = said["ces_version"]
        tri = {"": None, "yes": True, "no": False}
        return self.guessed.model_copy(
            update={
                "columns": said["roles"], "constants": constants, "versions": versions, "timezone": said["timezone"],
                "currency": said["currency"].upper(), "day_first": tri[said["day_first"]],
                "decimal_comma": tri[said["decimal_comma"]],
            }
        )  # fmt: skip


class RenameForm(forms.ModelForm[Source]):
    class Meta:
        model = Source
        fields = ("name",)
