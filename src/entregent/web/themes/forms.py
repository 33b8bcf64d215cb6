from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from entregent.web.evidence.models import Interaction
from entregent.web.themes.models import SevenP, Theme

ORDERS = [
    ("texts", _("les plus cités")),
    ("negative", _("les plus reprochés")),
    ("growth", _("ceux qui montent")),
    ("without", _("ceux qui pèsent sur la note")),
    ("name", _("par nom")),
]
LEVELS = [("", _("larges et précis")), ("broad", _("larges")), ("fine", _("précis"))]


class ThemesForm(forms.Form):
    """What is asked of the list of themes. What cannot be read is not asked."""

    channel = forms.ChoiceField(label=_("canal"), required=False)
    seven_p = forms.ChoiceField(label=_("volet (7 P)"), required=False)
    level = forms.ChoiceField(label=_("finesse"), choices=LEVELS, required=False)
    order = forms.ChoiceField(label=_("d’abord"), choices=ORDERS, required=False)

    def __init__(self, data: Any, channels: list[str]) -> None:
        super().__init__(data)
        names = dict(Interaction.Channel.choices)
        self.fields["channel"].choices = [("", _("tous"))] + [  # type: ignore[attr-defined]
            (key, names.get(key, key)) for key in channels
        ]
        self.fields["seven_p"].choices = [("", _("tous")), *SevenP.choices]  # type: ignore[attr-defined]

    def asked(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class ThemeForm(forms.ModelForm[Theme]):
    """The name, the tag and the place of a theme."""

    class Meta:
        model = Theme
        fields = ("name", "seven_p", "parent")
        labels = {"parent": _("rangé sous")}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        above = Theme.objects.filter(parent=None).exclude(pk=self.instance.pk)
        # A theme that has finer ones stays where it is: there are two levels.
        broad = above.none() if self.instance.finer.exists() else above
        self.fields["parent"].queryset = broad  # type: ignore[attr-defined]
        self.fields["parent"].empty_label = _("aucun : c’est un thème large")  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        others = Theme.objects.exclude(pk=self.instance.pk).values_list("name", flat=True)
        # Some databases know no capital letters with accents.
        if name.casefold() in {other.casefold() for other in others}:
            raise forms.ValidationError(
                _("Un autre thème porte déjà ce nom. Pour les réunir, utilisez « Fusionner ».")
            )
        return name


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(
        queryset=Theme.objects.none(), label=_("fusionner avec"), empty_label=_("choisir un thème")
    )

    def __init__(self, *args: Any, theme: Theme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Theme.objects.exclude(pk=theme.pk).exclude(parent=theme)
        self.fields["into"].queryset = others  # type: ignore[attr-defined]
