"""Forms of this room: what is said of a playbook, what is asked of the list, what came of an action."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entregent.adapters.catalogue.playbooks import ConditionEntry, PlaybookEntry
from entregent.web.accounts.models import User
from entregent.web.playbooks.actions.keeping import MOST_HELD_OUT
from entregent.web.playbooks.actions.working import LONGEST_DELAY
from entregent.web.playbooks.fields import FIELDS, MEASURES, Field, choices_of, field_of
from entregent.web.playbooks.models import Action
from entregent.web.playbooks.queries import WorkAsked
from entregent.web.playbooks.words import CHANNELS, OWNERS, purpose_words
from entregent.web.relationships.catalogue import family_name, relationships
from entregent.web.shared.templatetags.figures import currency_sign

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
LANGUAGES = ("fr", "en")


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class PlaybookForm(forms.Form):
    """A playbook in plain words: whom it is about, field by field, then what to do.

    Words are asked in the reader's language first; the other language, left empty, says the same.
    """

    owner = forms.ChoiceField(label=gettext_lazy("qui s’en charge"), choices=list(OWNERS.items()))
    person = forms.ModelChoiceField(
        User.objects.none(), required=False, label=gettext_lazy("ou une personne précise"),
        empty_label=gettext_lazy("selon le rôle"),
    )  # fmt: skip
    deadline_days = forms.IntegerField(
        label=gettext_lazy("à faire sous (jours)"), min_value=0, max_value=365
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("par quel canal"), choices=list(CHANNELS.items())
    )
    purpose = forms.CharField(
        required=False, max_length=60, label=gettext_lazy("accord du client nécessaire"),
        help_text=gettext_lazy("Laissez vide si l’on répond au client, ou si l’on répare un tort : un dû n’attend pas d’accord."),
        widget=forms.TextInput(attrs={"list": "purposes", "autocomplete": "off"}),
    )  # fmt: skip
    offers = forms.BooleanField(
        required=False,
        label=gettext_lazy("elle propose d’acheter, de renouveler ou de s’engager"),
        help_text=gettext_lazy("Une offre ne vise jamais un client par ce qui le tient ou le blesse, et l’épargne de toute façon."),
    )  # fmt: skip
    priority = forms.IntegerField(
        label=gettext_lazy("priorité, de 0 à 100"), min_value=0, max_value=100,
        help_text=gettext_lazy("Quand plusieurs conduites concernent un client, la plus haute passe devant."),
    )  # fmt: skip
    measured_by = forms.ChoiceField(label=gettext_lazy("à quoi l’on verra que cela aide"))
    look_after_days = forms.IntegerField(
        label=gettext_lazy("on regarde après (jours)"), min_value=1, max_value=730
    )

    def __init__(
        self, given: Any, *, entry: PlaybookEntry, person: User | None, people: Sequence[User],
        changes: dict[int, str], purposes: Sequence[str], language: str,
    ) -> None:  # fmt: skip
        super().__init__(given, initial=_initial(entry, person))
        self.entry, self.changes, self.language = entry, changes, language
        self.purposes = [(name, purpose_words(name)) for name in purposes]
        self.fields["person"].queryset = User.objects.filter(pk__in=[one.pk for one in people])  # type: ignore[attr-defined]
        measures = dict.fromkeys([*MEASURES, entry.measured_by])
        self.fields["measured_by"].choices = [(name, field_of(name).label) for name in measures]  # type: ignore[attr-defined]
        for name, label, long in _WORDS:
            for code in LANGUAGES:
                required = code == language
                self.fields[f"{name}_{code}"] = forms.CharField(
                    label=label, required=required, max_length=2000 if long else 300,
                    initial=_worded(entry, name, code), widget=_lines(3) if long else forms.TextInput(),
                    help_text=_("Une ligne par phrase.") if name in _LISTS else "",
                )  # fmt: skip
        self._asked = _fields_asked(entry, changes)
        for side in ("all", "unless"):
            self._add_questions(side)

    def _add_questions(self, side: str) -> None:
        held = _held(getattr(self.entry, side))
        for field in self._asked:
            its, name = held.get(field.name, {}), f"{side}-{field.name}"
            if field.form == "choice":
                self.fields[name] = forms.MultipleChoiceField(
                    label=str(field.label), required=False, choices=choices_of(field.name),
                    initial=its.get("among", []), widget=forms.CheckboxSelectMultiple,
                )  # fmt: skip
            elif field.form == "flag":
                self.fields[name] = forms.ChoiceField(
                    label=str(field.label), required=False, initial=its.get("flag", ""),
                    choices=[("", _("peu importe")), ("yes", _("oui")), ("no", _("non"))],
                )  # fmt: skip
            else:
                for end, words in (("least", _("au moins")), ("most", _("au plus"))):
                    self.fields[f"{name}-{end}"] = forms.FloatField(
                        label=words, required=False,
                        initial=_shown(field, its.get(end)),
                        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
                    )  # fmt: skip

    def worded(self) -> list[forms.BoundField]:
        return [self[f"{name}_{self.language}"] for name, _label, _long in _WORDS]

    def worded_elsewhere(self) -> list[forms.BoundField]:
        other = next(code for code in LANGUAGES if code != self.language)
        return [self[f"{name}_{other}"] for name, _label, _long in _WORDS]

    def settings(self) -> list[forms.BoundField]:
        return [
            self[name]
            for name in (
                "owner", "person", "deadline_days", "channel", "purpose", "offers", "priority",
                "measured_by", "look_after_days",
            )
        ]  # fmt: skip

    def questions(self) -> list["Questions"]:
        return [Questions(self, "all", self._asked), Questions(self, "unless", self._asked)]

    def content(self) -> dict[str, Any]:
        """What was said, in the shape of the catalogue; call it once the form is valid."""
        said = self.cleaned_data
        content: dict[str, Any] = {
            name: said[name]
            for name in ("owner", "deadline_days", "channel", "offers", "priority", "measured_by", "look_after_days")
        }  # fmt: skip
        content["purpose"] = said["purpose"].strip() or None
        for name, _label, _long in _WORDS:
            main = said[f"{name}_{self.language}"]
            words = {code: said[f"{name}_{code}"] or main for code in LANGUAGES}
            content[name] = (
                {code: _split(text) for code, text in words.items()} if name in _LISTS else words
            )
        for side in ("all", "unless"):
            content[side] = list(self._conditions(side))
        return content

    def _conditions(self, side: str) -> Iterator[dict[str, Any]]:
        said = self.cleaned_data
        for field in self._asked:
            name = f"{side}-{field.name}"
            if field.form == "choice":
                if said[name]:
                    yield {"field": field.name, "one_of": said[name]}
            elif field.form == "flag":
                if said[name]:
                    yield {"field": field.name, "equals": said[name] == "yes"}
            else:
                for end, asks in (("least", "at_least"), ("most", "at_most")):
                    value = said[f"{name}-{end}"]
                    if value is not None:
                        yield {
                            "field": field.name,
                            asks: value / 100 if field.form == "share" else value,
                        }


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions of one side, group by group; `set` says whether any is asked."""

    form: PlaybookForm
    side: str
    fields: Sequence[Field]

    def groups(self) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for field in self.fields:
            group = found.setdefault(
                str(field.group), {"name": field.group, "questions": [], "set": 0}
            )
            question = self._question(field)
            group["questions"].append(question)
            group["set"] += question["set"]
        return list(found.values())

    def _question(self, field: Field) -> dict[str, Any]:
        name = f"{self.side}-{field.name}"
        ends = [name] if field.form in {"choice", "flag"} else [f"{name}-least", f"{name}-most"]
        inputs = [self.form[end] for end in ends]
        asked = any(one.value() not in (None, "", []) for one in inputs)
        return {
            "label": field.label, "form": field.form, "inputs": inputs, "set": asked,
            "unit": {"share": "%", "money": currency_sign(), "days": _("jours")}.get(field.form, ""),
        }  # fmt: skip


_WORDS: tuple[tuple[str, Any, bool], ...] = (
    ("name", gettext_lazy("nom de la conduite"), False),
    ("why", gettext_lazy("pourquoi : ce qui est vrai de ce client"), False),
    ("action", gettext_lazy("que faire"), True),
    ("rule", gettext_lazy("la règle à tenir"), False),
    ("do", gettext_lazy("toujours"), True),
    ("never", gettext_lazy("jamais"), True),
)
_LISTS = {"do", "never"}


def _worded(entry: PlaybookEntry, name: str, language: str) -> str:
    words = getattr(entry, name).in_(language)
    return words if isinstance(words, str) else "\n".join(words)


def _split(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _initial(entry: PlaybookEntry, person: User | None) -> dict[str, Any]:
    return {
        "owner": entry.owner, "person": person, "deadline_days": entry.deadline_days,
        "channel": entry.channel, "purpose": entry.purpose or "", "offers": entry.offers,
        "priority": entry.priority, "measured_by": entry.measured_by,
        "look_after_days": entry.look_after_days,
    }  # fmt: skip


def _fields_asked(entry: PlaybookEntry, changes: dict[int, str]) -> list[Field]:
    """Those this page names, those of declared changes, and whatever else the playbook asks of."""
    names = [field.name for field in FIELDS]
    names += [f"change_stage_{key}" for key in changes]
    names += [condition.field for condition in (*entry.all, *entry.unless)]
    return [field_of(name, changes) for name in dict.fromkeys(names)]


def _held(conditions: Sequence[ConditionEntry]) -> dict[str, dict[str, Any]]:
    """Field → what is asked of it, as the form's inputs hold it."""
    found: dict[str, dict[str, Any]] = {}
    for one in conditions:
        asked = one.for_engine()
        its = found.setdefault(asked.field, {})
        form = field_of(asked.field).form
        match asked.asks:
            case "equals" if isinstance(asked.value, bool):
                its["flag"] = "yes" if asked.value else "no"
            case "equals" if form == "choice":
                its["among"] = [asked.value]
            case "equals":
                its["least"] = its["most"] = asked.value
            case "one_of":
                its["among"] = list(asked.value)
            case "at_least":
                its["least"] = asked.value
            case "at_most":
                its["most"] = asked.value
            case "above":
                its["least"] = asked.value + (1 if form == "count" else 0.01)
            case _:
                its["most"] = asked.value - (1 if form == "count" else 0.01)
    return found


def _shown(field: Field, value: float | None) -> float | None:
    if value is None:
        return None
    shown = round(100 * value if field.form == "share" else value, 4)
    return int(shown) if float(shown).is_integer() else shown


class SwitchOnForm(forms.Form):
    held_out_percent = forms.IntegerField(
        label=gettext_lazy("laisser de côté, pour comparer (%)"), min_value=0,
        max_value=MOST_HELD_OUT, initial=10,
        help_text=gettext_lazy("Une part des clients concernés, tirée au sort une fois pour toutes, chez qui l’on ne fait rien : sans elle, on ne saura pas ce que la conduite change. 0 quand ne rien faire serait une faute."),
    )  # fmt: skip


class FileForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("fichier YAML"))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > 500_000:
            raise forms.ValidationError(_("Ce fichier est trop grand pour des conduites."))
        return file


class WorkForm(forms.Form):
    """The filters of the worklist. What cannot be read is not asked."""

    whose = forms.ChoiceField(label=gettext_lazy("pour qui"), required=False, choices=[
        ("mine", gettext_lazy("moi")), ("team", gettext_lazy("mon équipe")), ("all", gettext_lazy("tout le monde")),
    ])  # fmt: skip
    playbook = forms.ChoiceField(label=gettext_lazy("conduite"), required=False)
    family = forms.ChoiceField(label=gettext_lazy("famille de relation"), required=False)
    channel = forms.ChoiceField(label=gettext_lazy("canal"), required=False)
    when = forms.ChoiceField(label=gettext_lazy("échéance"), required=False, choices=[
        ("", gettext_lazy("toutes")), ("late", gettext_lazy("en retard")), ("week", gettext_lazy("sous sept jours")),
    ])  # fmt: skip
    sort = forms.ChoiceField(label=gettext_lazy("d’abord"), required=False, choices=[
        ("due", gettext_lazy("ce qui presse")), ("priority", gettext_lazy("ce qui compte")), ("name", gettext_lazy("par nom")),
    ])  # fmt: skip

    def __init__(self, given: Any, playbooks: Sequence[tuple[str, str]]) -> None:
        super().__init__(given)
        families = [(key, family_name(key)) for key in relationships().families]
        self.fields["playbook"].choices = [("", _("toutes")), *playbooks]  # type: ignore[attr-defined]
        self.fields["family"].choices = [("", _("toutes")), *families]  # type: ignore[attr-defined]
        self.fields["channel"].choices = [("", _("tous")), *CHANNELS.items()]  # type: ignore[attr-defined]

    def asked(self) -> WorkAsked:
        self.is_valid()
        read = {name: value for name, value in self.cleaned_data.items() if value}
        return WorkAsked(**read)


class DoneForm(forms.Form):
    reply = forms.ChoiceField(
        label=gettext_lazy("comment cela a été reçu"), choices=Action.Reply.choices,
        widget=forms.RadioSelect,
    )  # fmt: skip
    note = forms.CharField(
        required=False, max_length=2000, label=gettext_lazy("ce qu’il a dit, avec ses mots"),
        widget=_lines(2),
    )  # fmt: skip


class NotDoneForm(forms.Form):
    because = forms.ChoiceField(label=gettext_lazy("pourquoi"), widget=forms.RadioSelect, choices=[
        (one.value, one.label)
        for one in (
            Action.Because.ALREADY, Action.Because.WRONG, Action.Because.HARMFUL,
            Action.Because.UNREACHABLE, Action.Because.NO_TIME, Action.Because.OTHER,
        )
    ])  # fmt: skip
    note = forms.CharField(
        required=False, max_length=2000, label=gettext_lazy("en quelques mots"), widget=_lines(2)
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("because") == Action.Because.OTHER and not cleaned.get("note"):
            self.add_error("note", _("Dites laquelle : un collègue doit pouvoir vous suivre."))
        return cleaned


class PutOffForm(forms.Form):
    until = forms.DateField(label=gettext_lazy("jusqu’au"), widget=DAY)

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        today = timezone.localdate()
        if not today < until <= today + LONGEST_DELAY:
            raise forms.ValidationError(_("Choisissez un jour dans les trois mois qui viennent."))
        return until


class HandOnForm(forms.Form):
    owner = forms.ModelChoiceField(
        User.objects.none(), required=False, label=gettext_lazy("à qui"),
        empty_label=gettext_lazy("à qui le prendra"),
    )  # fmt: skip

    def __init__(self, given: Any, people: Sequence[User], *, owner: User | None = None) -> None:
        super().__init__(given, initial={"owner": owner})
        self.fields["owner"].queryset = User.objects.filter(pk__in=[one.pk for one in people])  # type: ignore[attr-defined]
