"""Owners, channels, refusals and outcomes, as people say them."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entregent.web.customers.templatetags.customers import purpose_name
from entregent.web.playbooks.fields import condition_words, field_of
from entregent.web.playbooks.queries import Standing, Trace

OWNERS: dict[str, Promise] = {
    "adviser": gettext_lazy("un conseiller"),
    "usual_agent": gettext_lazy("son interlocuteur habituel"),
    "manager": gettext_lazy("un responsable"),
    "marketing": gettext_lazy("le marketing"),
    "analyst": gettext_lazy("un analyste"),
    "data_protection_officer": gettext_lazy("le délégué à la protection des données"),
}
CHANNELS: dict[str, Promise] = {
    "phone": gettext_lazy("téléphone"),
    "email": gettext_lazy("e-mail"),
    "letter": gettext_lazy("courrier"),
    "chat": gettext_lazy("messagerie"),
    "next_contact": gettext_lazy("au prochain contact"),
    "none": gettext_lazy("sans contact"),
}
REFUSALS: dict[str, Promise] = {
    "no_consent": gettext_lazy("n’ont pas donné leur accord"),
    "too_many": gettext_lazy("ont été sollicités trop souvent depuis trente jours"),
    "too_soon": gettext_lazy("viennent d’être sollicités"),
    "other_first": gettext_lazy(
        "sont sur le point d’être contactés pour une raison plus pressante"
    ),
    "not_again_yet": gettext_lazy("ont connu cette conduite il y a peu"),
    "held_out": gettext_lazy("sont laissés de côté pour comparer"),
}
EVENTS: dict[str, Promise] = {
    "replied": gettext_lazy("a donné de ses nouvelles"),
    "resolved": gettext_lazy("sa réclamation est résolue"),
    "bought": gettext_lazy("a acheté"),
    "left": gettext_lazy("est parti"),
}
TRACES: dict[str, Promise] = {
    "broken": gettext_lazy("promesse non tenue"),
    "promise": gettext_lazy("promesse"),
    "complaint": gettext_lazy("réclamation"),
    "words": gettext_lazy("ses derniers mots"),
}


PURPOSES: dict[str, Promise] = {
    "relationship": gettext_lazy("contacts de relation, sans rien à vendre")
}


def purpose_words(purpose: str) -> str:
    """What a consent is for."""
    return str(PURPOSES.get(purpose) or purpose_name(purpose))


def outcome_words(name: str, measured_by: str) -> str:
    """What is compared: the measure of the playbook, or something that happened."""
    if name == "measure":
        return _("évolution : %(what)s") % {"what": field_of(measured_by).label}
    return str(EVENTS[name])


def trace_words(trace: Trace) -> str:
    return str(TRACES[trace.kind])


def about(standing: Standing, changes: dict[int, str]) -> dict[str, Any]:
    """Whom a playbook is about, sentence by sentence."""
    return {
        "all": [condition_words(one, changes) for one in standing.entry.all],
        "unless": [condition_words(one, changes) for one in standing.entry.unless],
    }
