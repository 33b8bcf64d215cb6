"""What people may fill in, and why it is refused."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entregent.engine.change.balance import FOR_CHANGE, FOR_KEEPING, Cell
from entregent.engine.change.declared import Beneficiary, Mode
from entregent.engine.change.staging import STAGES
from entregent.web.decisions.catalogue import said, shelf
from entregent.web.decisions.models import Change, Decision, GuideUse, Item, LookAgain
from entregent.web.decisions.queries import RULERS, was_asked

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
LOOK_AGAIN_AFTER = timedelta(days=90)


def _lines(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ChangeForm(forms.ModelForm[Change]):
    class Meta:
        model = Change
        fields = (
            "name", "target", "for_whom", "beneficiary", "since", "steps", "cycle_days",
            "importance", "confidence", "readiness", "stays_neutral", "already_decided", "mode",
        )  # fmt: skip
        widgets: ClassVar[dict[str, Any]] = {
            "since": DAY,
            "steps": _lines(),
            "mode": forms.RadioSelect,
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "target": gettext_lazy("Un verbe à l’infinitif, comme on le dirait à la personne : « ouvrir votre espace en ligne »."),
            "steps": gettext_lazy("Un par ligne, du plus petit au plus grand."),
            "importance": gettext_lazy("Les questions de vos enquêtes qui la mesurent, notées de 0 à 10, sous la forme enquête.question ; laissez vide si vous ne la posez pas."),
            "cycle_days": gettext_lazy("Un achat, une échéance, un renouvellement : les étapes du changement se comptent à cette mesure."),
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for ruler in RULERS:
            asked = cleaned.get(ruler, "")
            if asked and ruler in self.changed_data and not was_asked(asked):
                self.add_error(ruler, _("Personne n’a encore répondu à cette question."))
        alone = cleaned.get("beneficiary") == Beneficiary.FIRM
        if alone and cleaned.get("mode") == Mode.EVOCATION:
            self.add_error(
                "mode",
                _(
                    "L’évocation est refusée : vous déclarez que ce changement ne profite qu’à l’entreprise. Amener quelqu’un à décider contre son intérêt serait une manipulation. La balance neutre reste ouverte."
                ),
            )
        return cleaned


class ItemForm(forms.ModelForm[Item]):
    class Meta:
        model = Item
        fields = ("cell", "text", "holder", "external")
        widgets: ClassVar[dict[str, Any]] = {"cell": forms.HiddenInput}


def _spots(cell: Item.In, items: Iterable[Item]) -> list[tuple[str, str]]:
    """Where a passage may go in a cell: the customers' items there, or one of its own."""
    here = [
        (f"item-{item.pk}", item.text)
        for item in items
        if item.cell == cell and item.holder == Item.Holder.CUSTOMER
    ]
    return [*here, (f"cell-{cell.value}", _("+ un nouvel élément"))]


def places(cell: Item.In, items: Sequence[Item]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Where a sentence proposed for a cell may go: there first, else the other cell of its side."""
    side = FOR_CHANGE if Cell(cell) in FOR_CHANGE else FOR_KEEPING
    cells = sorted((Item.In(one.value) for one in side), key=lambda one: one != cell)
    return [(str(one.label), _spots(one, items)[::-1]) for one in cells]


class PickerForm(forms.Form):
    """Which words to look for, and where the passage goes: an item that is there, or a cell."""

    q = forms.CharField(
        required=False, max_length=400, label=gettext_lazy("Les mots à trouver"),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )  # fmt: skip
    to = forms.ChoiceField(label=gettext_lazy("Où mettre le passage"))

    def __init__(self, asked: Any, items: Iterable[Item]) -> None:
        super().__init__(asked)
        listed = list(items)
        self.fields["to"].choices = [(cell.label, _spots(cell, listed)) for cell in Item.In]  # type: ignore[attr-defined]


class TakeForm(forms.Form):
    """Where a proposed sentence goes."""

    to = forms.ChoiceField()

    def __init__(self, asked: Any, items: Sequence[Item]) -> None:
        super().__init__(asked)
        self.fields["to"].choices = [(cell.label, _spots(cell, items)) for cell in Item.In]  # type: ignore[attr-defined]


class AttachForm(PickerForm):
    kind = forms.ChoiceField(choices=[("echange", ""), ("reponse", "")])
    row = forms.IntegerField(min_value=1)
    sentence = forms.TypedMultipleChoiceField(coerce=int, required=False)
    text = forms.CharField(required=False, max_length=200)
    talk_kind = forms.ChoiceField(required=False)

    def __init__(self, asked: Any, items: Iterable[Item]) -> None:
        super().__init__(asked, items)
        self.fields["talk_kind"].choices = talk_kinds()  # type: ignore[attr-defined]
        self.fields["sentence"].choices = [(place, place) for place in range(400)]  # type: ignore[attr-defined]


def talk_kinds() -> list[tuple[str, str]]:
    kinds = shelf().change.talk_kinds
    return [("", _("sans précision")), *((key, said(kind.name)) for key, kind in kinds.items())]


class WeighingForm(forms.Form):
    """A weight for each item; what is left empty is not weighed."""

    note = forms.CharField(
        required=False,
        max_length=300,
        label=gettext_lazy("ce qui a changé depuis la dernière fois"),
    )

    def __init__(self, given: Any, items: Sequence[Item], mine: dict[int, int]) -> None:
        super().__init__(given)
        self.items = items
        for item in items:
            self.fields[f"item-{item.pk}"] = forms.IntegerField(
                label=item.text, required=False, min_value=0, max_value=10, initial=mine.get(item.pk),
                widget=forms.NumberInput(attrs={"min": 0, "max": 10, "step": 1, "inputmode": "numeric"}),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not self.weights():
            raise forms.ValidationError(_("Rien n’est pesé : donnez au moins un poids, de 0 à 10."))
        return cleaned

    def weights(self) -> dict[int, int]:
        given = {item.pk: self.cleaned_data.get(f"item-{item.pk}") for item in self.items}
        return {item: weight for item, weight in given.items() if weight is not None}

    def by_cell(self) -> list[tuple[str, list[tuple[str, list[tuple[Item, forms.BoundField]]]]]]:
        """Holder → cell → items with their fields."""
        found = []
        for holder in Item.Holder:
            cells = []
            for cell in Item.In:
                here = [
                    (item, self[f"item-{item.pk}"])
                    for item in self.items
                    if item.holder == holder and item.cell == cell
                ]
                if here:
                    cells.append((str(cell.label), here))
            if cells:
                found.append((str(holder.label), cells))
        return found


def _later(day: date | None) -> date | None:
    if day is not None and day <= timezone.localdate():
        raise forms.ValidationError(_("Choisissez un jour à venir."))
    return day


class DecisionForm(forms.ModelForm[Decision]):
    look_again_on = forms.DateField(label=gettext_lazy("à revoir le"), widget=DAY)

    class Meta:
        model = Decision
        fields = ("decided", "reasons", "customers_would_say", "decided_by", "look_again_on")
        widgets: ClassVar[dict[str, Any]] = {"reasons": _lines(4), "customers_would_say": _lines(3)}
        help_texts: ClassVar[dict[str, Any]] = {
            "decided": gettext_lazy("Une phrase : « On garde le guichet et l’on ouvre l’espace en ligne en mars »."),
            "customers_would_say": gettext_lazy("Avec leurs mots : ceux de la balance sont là pour cela."),
        }  # fmt: skip

    def clean_look_again_on(self) -> date | None:
        return _later(self.cleaned_data["look_again_on"])


class LookForm(forms.ModelForm[LookAgain]):
    class Meta:
        model = LookAgain
        fields = ("came", "what_happened", "next_on")
        widgets: ClassVar[dict[str, Any]] = {
            "came": forms.RadioSelect,
            "what_happened": _lines(4),
            "next_on": DAY,
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "next_on": gettext_lazy("Laissez vide si l’on n’a plus besoin d’y revenir."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["came"].choices = LookAgain.Came.choices  # type: ignore[attr-defined]

    def clean_next_on(self) -> date | None:
        return _later(self.cleaned_data["next_on"])


class UseForm(forms.ModelForm[GuideUse]):
    piece = forms.ChoiceField()
    stage = forms.ChoiceField(
        required=False, choices=[("", ""), *((stage, stage) for stage in STAGES)]
    )

    class Meta:
        model = GuideUse
        fields = ("piece", "stage", "followed")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["piece"].choices = [(piece.id, piece.id) for piece in shelf().guides.pieces()]  # type: ignore[attr-defined]
