from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from entregent.web.evidence.models import Interaction
from entregent.web.relationships.catalogue import family_name, relationships, said
from entregent.web.relationships.queries import SORTS, GapsAsked

SURE = [
    ("", _("plus probable que l’inverse")),
    ("0.75", _("probable")),
    ("0.9", _("presque certain")),
]
DIRECTIONS = [
    ("", _("dans les deux sens")),
    ("close", _("de trop près")),
    ("distant", _("de trop loin")),
]
CLASSES = [("", _("toutes")), ("A", "A"), ("B", "B"), ("C", "C")]


class GapsForm(forms.Form):
    """The filters of the list of gaps. What cannot be read is not asked."""

    wanted = forms.ChoiceField(label=_("souhaite"), required=False)
    given = forms.ChoiceField(label=_("reçoit"), required=False)
    direction = forms.ChoiceField(label=_("traité"), choices=DIRECTIONS, required=False)
    value = forms.ChoiceField(label=_("classe de valeur"), choices=CLASSES, required=False)
    channel = forms.ChoiceField(label=_("dernier canal"), required=False)
    sure = forms.ChoiceField(label=_("certitude"), choices=SURE, required=False)

    def __init__(self, data: Any, channels: list[str]) -> None:
        super().__init__(data)
        families = [("", _("toutes les familles"))] + [
            (key, family_name(key)) for key in relationships().families
        ]
        names = dict(Interaction.Channel.choices)
        for field in ("wanted", "given"):
            self.fields[field].choices = families  # type: ignore[attr-defined]
        self.fields["channel"].choices = [("", _("tous"))] + [  # type: ignore[attr-defined]
            (key, names.get(key, key)) for key in channels
        ]

    def asked(self) -> GapsAsked:
        self.is_valid()
        read = self.cleaned_data
        sort = str(self.data.get("sort", "-off"))
        return GapsAsked(
            wanted=read.get("wanted", ""), given=read.get("given", ""),
            direction=read.get("direction", ""), value=read.get("value", ""),
            channel=read.get("channel", ""), sure=float(read.get("sure") or 0.5),
            sort=sort if sort.lstrip("-") in SORTS else "-off",
        )  # fmt: skip


class OverrulingForm(forms.Form):
    """Which kind of relationship this is, and how one knows."""

    kind = forms.ChoiceField(label=_("le genre de relation"))
    reason = forms.CharField(
        label=_("comment le savez-vous ?"),
        max_length=1000,
        min_length=3,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Ce qu’il vous a dit, ce que vous avez vu : un collègue doit pouvoir vous suivre."
        ),
    )

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        catalogue = relationships()
        self.fields["kind"].choices = [("", _("Choisir…"))] + [  # type: ignore[attr-defined]
            (
                family_name(family),
                [(k.id, said(k.name)) for k in catalogue.in_use if k.family == family],
            )
            for family in catalogue.families
            if any(k.family == family for k in catalogue.in_use)
        ]
