"""What a playbook may ask of a customer, in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from entregent.adapters.catalogue.playbooks import CHANGE_STAGE, ConditionEntry
from entregent.engine.change.staging import STAGES as CHANGE_STAGES
from entregent.web.playbooks.catalogue import said, shelf
from entregent.web.relationships.catalogue import family_name, kind_name, relationships
from entregent.web.shared.templatetags.figures import money, number, percent, signed, span

Form = Literal["choice", "flag", "count", "days", "share", "steps", "money", "number"]


@dataclass(frozen=True, slots=True)
class Field:
    """A column by which customers are told apart, as people say it."""

    name: str
    label: str | Promise
    form: Form
    group: str | Promise


_RELATION = gettext_lazy("Le type de relation")
_TREATED = gettext_lazy("Comment on le traite")
_STAYS = gettext_lazy("Pourquoi il reste, et la confiance")
_OWED = gettext_lazy("Ce qu’on lui doit")
_BOUGHT = gettext_lazy("Ses achats et ses contrats")
_SPOKE = gettext_lazy("Ses échanges")
_CHANGE = gettext_lazy("Où il en est d’un changement")

FIELDS = (
    Field("family", gettext_lazy("famille de relation"), "choice", _RELATION),
    Field("family_probability", gettext_lazy("certitude de la famille"), "share", _RELATION),
    Field("kind", gettext_lazy("genre de relation"), "choice", _RELATION),
    Field("kind_probability", gettext_lazy("certitude du genre"), "share", _RELATION),
    Field("abstains", gettext_lazy("on ne sait pas quelle relation c’est"), "flag", _RELATION),
    Field("closeness_gap", gettext_lazy("écart de proximité, reçue moins souhaitée"), "steps", _TREATED),
    Field("contacts_out_last_year", gettext_lazy("messages et appels envoyés en un an"), "count", _TREATED),
    Field("offers_last_year", gettext_lazy("offres envoyées en un an"), "count", _TREATED),
    Field("quadrant", gettext_lazy("pourquoi il reste"), "choice", _STAYS),
    Field("dedication", gettext_lazy("veut rester"), "share", _STAYS),
    Field("constraint", gettext_lazy("doit rester"), "share", _STAYS),
    Field("trust", gettext_lazy("confiance"), "share", _STAYS),
    Field("stage", gettext_lazy("étape de la relation"), "choice", _STAYS),
    Field("stage_probability", gettext_lazy("certitude de l’étape"), "share", _STAYS),
    Field("complaints_open", gettext_lazy("réclamations ouvertes"), "count", _OWED),
    Field("complaints_last_year", gettext_lazy("réclamations en un an"), "count", _OWED),
    Field("promise_days_left", gettext_lazy("prochaine promesse à tenir dans"), "days", _OWED),
    Field("promises_broken", gettext_lazy("promesses non tenues"), "count", _OWED),
    Field("tacit_agreements", gettext_lazy("accords tacites et préférences"), "count", _OWED),
    Field("tenure_days", gettext_lazy("client depuis"), "days", _BOUGHT),
    Field("days_since_last_purchase", gettext_lazy("dernier achat il y a"), "days", _BOUGHT),
    Field("purchases_last_year", gettext_lazy("achats en un an"), "count", _BOUGHT),
    Field("revenue_last_year", gettext_lazy("chiffre d’affaires en un an"), "money", _BOUGHT),
    Field("contract_days_left", gettext_lazy("fin du contrat dans"), "days", _BOUGHT),
    Field("exit_fees_in_force", gettext_lazy("frais de sortie en cours"), "count", _BOUGHT),
    Field("leave_requests", gettext_lazy("demandes de départ"), "count", _BOUGHT),
    Field("contacts_in_last_year", gettext_lazy("prises de contact en un an"), "count", _SPOKE),
    Field("known_agent_share", gettext_lazy("échanges avec son interlocuteur habituel"), "share", _SPOKE),
    Field("thanks", gettext_lazy("remerciements écrits"), "count", _SPOKE),
)  # fmt: skip
_KNOWN = {field.name: field for field in FIELDS}
MEASURES = (
    "trust", "dedication", "constraint", "complaints_open", "contacts_out_last_year", "stage",
    "revenue_last_year", "purchases_last_year", "contacts_in_last_year", "kind_probability",
)  # fmt: skip
"""By which a playbook may be measured."""


def field_of(name: str, changes: dict[int, str] | None = None) -> Field:
    """A field in words; one that this page does not name goes by its own name.

    changes: number → name of declared changes.
    """
    if name in _KNOWN:
        return _KNOWN[name]
    if name == "pieces":
        return Field(name, _("indices connus"), "count", _RELATION)
    if CHANGE_STAGE.fullmatch(name):
        key = int(name.rpartition("_")[2])
        its = (changes or {}).get(key, f"n° {key}")
        return Field(name, _("étape du changement « %(name)s »") % {"name": its}, "choice", _CHANGE)
    return Field(name, name.replace("_", " "), "number", _SPOKE)


def choices_of(name: str) -> list[tuple[str, str]]:
    """What a field of choice may hold, in the reader's language."""
    if name == "family":
        return [(key, family_name(key)) for key in relationships().families]
    if name == "kind":
        return [(kind.id, kind_name(kind.id)) for kind in relationships().in_use]
    if name == "quadrant":
        quadrants = shelf().trust.attachment.quadrants
        return [(key, said(its.name)) for key, its in quadrants.items()]
    if name == "stage":
        return [(one.id, said(one.name)) for one in shelf().trust.stages]
    if CHANGE_STAGE.fullmatch(name):
        stages = {one.id: said(one.name) for one in shelf().change.stages}
        return [(key, stages.get(key, key)) for key in CHANGE_STAGES]
    return []


def value_words(field: Field, value: Any) -> str:
    """A value as people say it."""
    if value is None:
        return _("on ne sait pas")
    match field.form:
        case "choice":
            return dict(choices_of(field.name)).get(str(value), str(value))
        case "flag":
            return _("oui") if value else _("non")
        case "share":
            return percent(float(value))
        case "days":
            days = round(float(value))
            return span(days) if days >= 0 else _("%(span)s de retard") % {"span": span(-days)}
        case "steps":
            steps = signed(float(value), 1)
            return ngettext("%(n)s cran", "%(n)s crans", int(abs(value))) % {"n": steps}
        case "money":
            return money(round(float(value)))
        case "count":
            return number(float(value))
    return number(float(value), 1)


def condition_words(condition: ConditionEntry, changes: dict[int, str] | None = None) -> str:
    """A condition as a person would say it."""
    asked = condition.for_engine()
    field = field_of(asked.field, changes)
    label = str(field.label)
    if asked.asks in {"equals", "one_of"}:
        if field.form == "flag":
            return label if asked.value else _("on sait quelle relation c’est")
        named = asked.value if asked.asks == "one_of" else (asked.value,)
        return _("%(what)s : %(values)s") % {
            "what": label, "values": either([value_words(field, value) for value in named]),
        }  # fmt: skip
    how = {
        "above": _("%(what)s : plus de %(value)s"),
        "below": _("%(what)s : moins de %(value)s"),
        "at_least": _("%(what)s : au moins %(value)s"),
        "at_most": _("%(what)s : au plus %(value)s"),
    }[asked.asks]
    return how % {"what": label, "value": value_words(field, asked.value)}


def fact_words(facts: dict[str, Any], changes: dict[int, str] | None = None) -> list[str]:
    """What was known of a customer, field by field."""
    return [
        _("%(what)s : %(values)s")
        % {"what": field.label, "values": value_words(field, facts[field.name])}
        for field in (field_of(name, changes) for name in facts)
        if field.form != "flag"
    ]


def either(words: Sequence[str]) -> str:
    """a, b ou c"""
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s ou %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}
