from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entregent.web.accounts.models import User
from entregent.web.plans.models import Look
from entregent.web.plans.queries import PlanAsked, possible_owners
from entregent.web.relationships.catalogue import family_name, relationships, said
from entregent.web.relationships.models import Reckoning
from entregent.web.shared.templatetags.figures import currency_sign

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
FARTHEST = timedelta(days=3 * 366)
FAMILY = "famille-"
CLASSES = [("", gettext_lazy("toutes")), ("A", "A"), ("B", "B"), ("C", "C")]
SURE = [
    ("", gettext_lazy("le plus probable")),
    ("0.5", gettext_lazy("plus probable que l’inverse")),
    ("0.75", gettext_lazy("probable")),
    ("0.9", gettext_lazy("presque certain")),
]


class PlanForm(forms.Form):
    """From where to where, and for whom. What cannot be read is not asked."""

    origin = forms.ChoiceField(label=gettext_lazy("ils sont avec nous comme"), required=False)
    goal = forms.ChoiceField(label=gettext_lazy("nous voudrions mériter"), required=False)
    value = forms.ChoiceField(
        label=gettext_lazy("classe de valeur"), choices=CLASSES, required=False
    )
    sure = forms.ChoiceField(label=gettext_lazy("certitude"), choices=SURE, required=False)
    cost = forms.DecimalField(
        label=gettext_lazy("coût par client"), required=False, min_value=0, max_digits=10,
        decimal_places=2, widget=forms.NumberInput(attrs={"step": "0.5"}),
    )  # fmt: skip

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["cost"].label = f"{self.fields['cost'].label} ({currency_sign()})"
        catalogue = relationships()
        families = {
            family: [kind for kind in catalogue.in_use if kind.family == family]
            for family in catalogue.families
        }
        self.fields["origin"].choices = [  # type: ignore[attr-defined]
            ("", _("Choisir…")),
            *(
                (
                    family_name(family),
                    [(FAMILY + family, _("%(family)s (toute la famille)") % {"family": family_name(family)}),
                     *((kind.id, said(kind.name)) for kind in kinds)],
                )
                for family, kinds in families.items()
            ),
        ]  # fmt: skip
        self.fields["goal"].choices = [  # type: ignore[attr-defined]
            ("", _("Choisir…")),
            *(
                (family_name(family), [(kind.id, said(kind.name)) for kind in kinds if kind.a_goal])
                for family, kinds in families.items()
                if any(kind.a_goal for kind in kinds)
            ),
        ]

    def asked(self, reckoning: Reckoning | None) -> PlanAsked:
        self.is_valid()
        read = self.cleaned_data
        origin = read.get("origin", "")
        asked = PlanAsked(
            origin=origin, goal=read.get("goal", ""), value_class=read.get("value", ""),
            sure=float(read.get("sure") or 0), cost=read.get("cost") or Decimal(0),
        )  # fmt: skip
        if origin.startswith(FAMILY):
            family = origin.removeprefix(FAMILY)
            return replace(asked, family=family, origin=_largest_kind(family, reckoning))
        return asked


def _largest_kind(family: str, reckoning: Reckoning | None) -> str:
    """The kind of a family that has most customers; before any reckoning, the commonest by the catalogue."""
    sizes = {
        row["id"]: row["customers"]["value"]
        for row in (reckoning.figures.get("kinds", []) if reckoning else [])
    }
    kinds = [kind for kind in relationships().in_use if kind.family == family]
    return max(kinds, key=lambda kind: (sizes.get(kind.id, 0.0), kind.share_of_family)).id


class KeepForm(forms.Form):
    """What a plan needs to be kept."""

    name = forms.CharField(label=gettext_lazy("nom du plan"), max_length=120, min_length=3)
    owner = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("qui en répond"),
        empty_label=gettext_lazy("Choisir…"),
    )
    look_on = forms.DateField(
        label=gettext_lazy("à revoir le"), widget=DAY,
        help_text=gettext_lazy("Ce jour-là, on compare avec ce que sont devenus ces clients."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["owner"].queryset = possible_owners()  # type: ignore[attr-defined]

    def clean_look_on(self) -> date:
        return _later(self.cleaned_data["look_on"])


class LookForm(forms.ModelForm[Look]):
    class Meta:
        model = Look
        fields = ("note", "next_on")
        widgets: ClassVar[dict[str, Any]] = {
            "note": forms.Textarea(attrs={"rows": 3}),
            "next_on": DAY,
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "next_on": gettext_lazy("Laissez vide si l’on n’a plus besoin d’y revenir."),
        }

    def clean_next_on(self) -> date | None:
        next_on = self.cleaned_data["next_on"]
        return _later(next_on) if next_on else None


def _later(day: date) -> date:
    today = timezone.localdate()
    if not today < day <= today + FARTHEST:
        raise forms.ValidationError(_("Choisissez un jour à venir, dans les trois ans."))
    return day
