"""What people write in the catalogue of relationships."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entregent.adapters.catalogue.problems import CatalogueProblem
from entregent.adapters.catalogue.relationships import Kind
from entregent.engine.relationship.space import AXES, TREATMENTS
from entregent.web.relationships.catalogue import kind_name, language, relationships, said

LARGEST_FILE = 500_000
_WORDED: tuple[tuple[str, Any, int], ...] = (
    ("name", gettext_lazy("nom"), 1),
    ("definition", gettext_lazy("ce que le client en dirait, en une phrase"), 2),
    ("wants", gettext_lazy("ce que ce client souhaite"), 2),
    ("rules", gettext_lazy("les règles à tenir, une par ligne"), 3),
    ("breaks", gettext_lazy("ce qui la brise"), 2),
    ("do", gettext_lazy("à faire, une phrase par ligne"), 3),
    ("never", gettext_lazy("jamais, une phrase par ligne"), 3),
    ("speak", gettext_lazy("comment lui parler"), 2),
)
_LISTED = {"rules", "do", "never"}


class KindForm(forms.Form):
    """All that the catalogue says of one kind, but for the marks of its sources."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, kind: Kind | None = None, seen: int = 0) -> None:
        super().__init__(data, initial=_initial(kind) | {"seen": seen})
        catalogue = relationships()
        for tongue in ("fr", "en"):
            for part, label, lines in _WORDED:
                self.fields[f"{part}_{tongue}"] = forms.CharField(
                    label=label,
                    max_length=120 if part == "name" else 2000,
                    widget=forms.TextInput()
                    if lines == 1
                    else forms.Textarea(attrs={"rows": lines}),
                )
        self.fields["family"] = forms.ChoiceField(
            label=gettext_lazy("famille"),
            choices=[(key, said(its.name)) for key, its in catalogue.families.items()],
        )
        self.fields["share_of_family"] = forms.FloatField(
            label=gettext_lazy("part de la famille, avant d’en savoir plus"),
            min_value=0.01, max_value=1, widget=forms.NumberInput(attrs={"step": 0.01}),
            help_text=gettext_lazy("De 0,01 à 1 : à quel point ce genre est courant parmi ceux de sa famille."),
        )  # fmt: skip
        self.fields["a_goal"] = forms.BooleanField(
            required=False,
            label=gettext_lazy("une entreprise peut décemment y conduire un client"),
        )
        for names, scales in ((AXES, catalogue.axes), (TREATMENTS, catalogue.treatments)):
            for name in names:
                scale = scales[name]
                self.fields[name] = forms.FloatField(
                    label=said(scale.name), min_value=scale.low, max_value=scale.high,
                    widget=forms.NumberInput(attrs={"step": 0.5}),
                    help_text=_("%(low)s : %(from)s ; %(high)s : %(to)s") % {
                        "low": f"{scale.low:g}", "from": said(scale.from_), "high": f"{scale.high:g}",
                        "to": said(scale.to),
                    },
                )  # fmt: skip
        others = [(k.id, said(k.name)) for k in catalogue.kinds if kind is None or k.id != kind.id]
        for name, label in (
            ("also_open_to", gettext_lazy("passages ouverts en plus de la règle")),
            ("also_closed_to", gettext_lazy("passages fermés malgré la règle")),
        ):
            self.fields[name] = forms.MultipleChoiceField(
                label=label, required=False, choices=others,
                widget=forms.SelectMultiple(attrs={"size": 6}),
            )  # fmt: skip
        self.order_fields(None)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for part in _LISTED:
            fr, en = (_lines(cleaned.get(f"{part}_{tongue}", "")) for tongue in ("fr", "en"))
            if fr and en and len(fr) != len(en):
                self.add_error(
                    f"{part}_en",
                    _("Autant de phrases dans les deux langues : %(fr)s en français, %(en)s en anglais.")
                    % {"fr": len(fr), "en": len(en)},
                )  # fmt: skip
        return cleaned

    def content(self) -> dict[str, Any]:
        """The kind as files hold it."""
        read = self.cleaned_data
        content: dict[str, Any] = {}
        for part, _label, _rows in _WORDED:
            both = {tongue: read[f"{part}_{tongue}"].strip() for tongue in ("fr", "en")}
            content[part] = (
                {tongue: _lines(words) for tongue, words in both.items()}
                if part in _LISTED
                else both
            )
        for part in ("family", "share_of_family", "a_goal", "also_open_to", "also_closed_to"):
            content[part] = read[part]
        content["axes"] = {axis: read[axis] for axis in AXES}
        content["treatment"] = {name: read[name] for name in TREATMENTS}
        return content

    def tell(self, problems: Sequence[CatalogueProblem]) -> None:
        """Say what the catalogue refuses, beside the field it is about where there is one."""
        for problem in problems:
            words = replace(problem, file=_("Ce genre"), line=None, path=()).said(language())
            last = [str(part) for part in problem.path if str(part) in self.fields]
            self.add_error(last[-1] if last else None, words)

    @property
    def tongues(self) -> list[tuple[str, list[Any]]]:
        """The worded fields of each language, the reader's first."""
        mine = language()
        order = [mine, "en" if mine == "fr" else "fr"]
        return [
            (tongue, [self[f"{part}_{tongue}"] for part, _label, _rows in _WORDED])
            for tongue in order
        ]

    @property
    def placed(self) -> list[Any]:
        return [self[axis] for axis in AXES]

    @property
    def treated(self) -> list[Any]:
        return [self[name] for name in TREATMENTS]

    @property
    def belongs(self) -> list[Any]:
        return [self[name] for name in ("family", "share_of_family", "a_goal", "also_open_to", "also_closed_to")]  # fmt: skip


class CatalogueFileForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("fichier YAML"))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("Ce fichier est trop grand pour un catalogue."))
        return file


def closed_to(kind: Kind) -> list[str]:
    """Names of the kinds that the firm closed from here."""
    return [kind_name(one) for one in kind.also_closed_to]


def _initial(kind: Kind | None) -> dict[str, Any]:
    if kind is None:
        return {"a_goal": True, "share_of_family": 0.1}
    content = kind.model_dump(mode="json")
    initial: dict[str, Any] = {
        part: content[part]
        for part in ("family", "share_of_family", "a_goal", "also_open_to", "also_closed_to")
    }
    for part, _label, _rows in _WORDED:
        for tongue in ("fr", "en"):
            words = content[part][tongue]
            initial[f"{part}_{tongue}"] = "\n".join(words) if isinstance(words, list) else words
    return initial | _plain(content["axes"]) | _plain(content["treatment"])


def _plain(places: dict[str, float]) -> dict[str, float | int]:
    return {name: int(place) if place.is_integer() else place for name, place in places.items()}


def _lines(words: str) -> list[str]:
    return [line.strip() for line in words.splitlines() if line.strip()]
