"""Plans in plain words."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from entregent.engine.relationship.moves import Obstacle
from entregent.web.plans.measures import Reckoned
from entregent.web.relationships.catalogue import kind_name
from entregent.web.relationships.words import axis_words
from entregent.web.shared.templatetags.figures import number


def obstacle_words(one: Obstacle) -> str:
    """Why a move is closed, in a sentence."""
    told = {
        "axis": axis_words(one.axis) if one.axis else "",
        "by": number(one.by, 0 if float(one.by).is_integer() else 1),
        "most": number(one.most, 0 if float(one.most).is_integer() else 1),
    }
    return {
        "rise": _("%(axis)s monterait de %(by)s degrés d’un coup ; la règle en ouvre %(most)s à la fois."),
        "leap": _("%(axis)s monterait de %(by)s degrés vers un mauvais sentiment."),
        "repair": _("Un lien abîmé se répare d’abord jusqu’au neutre, avant de devenir meilleur."),
        "never_chosen": _("On y entre par naissance ou par un tiers : cela ne se choisit pas."),
        "no_bond": _("Il faut d’abord un lien à rompre."),
        "closed_by_firm": _("Votre entreprise a fermé ce passage dans son catalogue."),
    }[one.because] % told  # fmt: skip


def rise_words(axis: str, by: float) -> str:
    return _("%(axis)s : +%(by)s") % {
        "axis": axis_words(axis), "by": number(by, 0 if float(by).is_integer() else 1),
    }  # fmt: skip


def why_not_words(told: Reckoned, origin: str, goal: str) -> str:
    """Why no value is told, and what would let it be."""
    if told.why_not == "no_way":
        return _("Aucun chemin n’y mène sans passer par ce qui nuirait au client.")
    if told.why_not == "no_worth":
        unknown = [kind_name(kind) for kind, one in zip((origin, goal), told.worth, strict=True) if one is None]  # fmt: skip
        return _("On ne sait pas ce que vaut un client de ce genre (%(kinds)s) : il en faut au moins dix connus.") % {"kinds": ", ".join(unknown)}  # fmt: skip
    if told.why_not == "nothing_moved":
        return _("D’un semestre à l’autre, aucun passage entre genres ne se distingue du hasard chez vous : on ne peut pas dire combien arriveraient.")  # fmt: skip
    if told.why_not == "never_seen":
        unseen = [
            _("« %(from)s » vers « %(to)s » (vu %(n)s fois)")
            % {"from": kind_name(step.origin.id), "to": kind_name(step.goal.id), "n": number(step.seen)}
            for step in told.way if step.share is None
        ]  # fmt: skip
        return _("Un pas n’a pas été vu assez souvent chez vous, cinq fois au moins : %(steps)s.") % {"steps": " ; ".join(unseen)}  # fmt: skip
    return ""


def path_words(path: Sequence[str]) -> str:
    return " → ".join(kind_name(kind) for kind in path)
