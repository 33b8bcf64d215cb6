"""The roles a column can play, in words, for the person who corrects a mapping."""

import re
import unicodedata
from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise
GROUPS: tuple[tuple[Label, tuple[tuple[str, Label], ...]], ...] = (
    (
        _("Qui"),
        (
            ("identity.key", _("numéro ou clé du client")),
            ("identity.email", _("adresse e-mail du client")),
            ("identity.phone", _("téléphone du client")),
            ("identity.interaction_key", _("clé d’un échange déjà connu")),
            ("customer.name", _("nom du client")),
            ("customer.first_name", _("prénom")),
            ("customer.last_name", _("nom de famille")),
            ("customer.kind", _("particulier ou organisation")),
            ("customer.language", _("langue du client")),
            ("customer.since", _("client depuis")),
        ),
    ),
    (_("Quand"), (("at", _("date et heure")),)),
    (
        _("Ce qui s’est dit ou fait"),
        (
            ("interaction.text", _("les mots")),
            ("interaction.title", _("objet ou titre")),
            ("interaction.channel", _("canal")),
            ("interaction.direction", _("sens : du client ou vers lui")),
            ("interaction.activity", _("activité ou étape")),
            ("interaction.language", _("langue des mots")),
            ("interaction.agent_id", _("conseiller")),
            ("interaction.key", _("clé de l’échange")),
            ("interaction.at", _("date de l’échange")),
            ("interaction.answered_at", _("heure de réponse")),
            ("interaction.ended_at", _("heure de fin")),
            ("interaction.wait_seconds", _("attente")),
            ("interaction.handle_seconds", _("durée de l’échange")),
            ("interaction.abandoned", _("appel abandonné")),
            ("interaction.case_key", _("clé du dossier concerné")),
        ),
    ),
    (
        _("Ce qui a été répondu"),
        (
            ("answer.nps.recommend", _("note de recommandation, NPS (0 à 10)")),
            ("answer.csat.overall", _("note de satisfaction, CSAT")),
            ("answer.ces.ease", _("note d’effort, CES")),
            ("answer_text.nps.recommend", _("commentaire de la note NPS")),
            ("answer_text.csat.overall", _("commentaire de la note CSAT")),
            ("response.key", _("clé de la réponse")),
            ("response.at", _("date de la réponse")),
        ),
    ),
    (
        _("Achats et argent"),
        (
            ("transaction.amount", _("montant")),
            ("transaction.quantity", _("quantité")),
            ("transaction.unit_price", _("prix unitaire")),
            ("transaction.currency", _("devise")),
            ("transaction.margin", _("marge")),
            ("transaction.product", _("produit")),
            ("transaction.kind", _("type d’opération")),
            ("transaction.key", _("clé de l’opération")),
            ("transaction.at", _("date de l’opération")),
        ),
    ),
    (
        _("Dossiers et réclamations"),
        (
            ("case.key", _("clé du dossier")),
            ("case.opened_at", _("ouvert le")),
            ("case.acknowledged_at", _("accusé de réception le")),
            ("case.resolved_at", _("résolu le")),
            ("case.closed_at", _("clos le")),
            ("case.kind", _("type de dossier")),
            ("case.cause", _("cause")),
            ("case.remedy_asked", _("ce qui est demandé")),
            ("case.remedy_given", _("ce qui est accordé")),
            ("case.severity", _("gravité")),
            ("case.status", _("état du dossier")),
            ("case.reopened", _("nombre de réouvertures")),
        ),
    ),
    (
        _("Contrats, promesses, accords"),
        (
            ("agreement.key", _("clé de l’accord")),
            ("agreement.kind", _("nature de l’accord")),
            ("agreement.text", _("contenu de l’accord")),
            ("agreement.from", _("à partir du")),
            ("agreement.until", _("jusqu’au")),
            ("agreement.kept", _("tenu ou non")),
        ),
    ),
    (
        _("Consentements"),
        (
            ("consent.purpose", _("pour quel usage")),
            ("consent.given_at", _("donné le")),
            ("consent.withdrawn_at", _("retiré le")),
        ),
    ),
)
LABELS: dict[str, Label] = {role: label for _group, roles in GROUPS for role, label in roles}


def slug(column: str) -> str:
    """A column's name as the name of an attribute or item.

    >>> slug("Ville de l’assuré")
    'ville_de_l_assure'
    """
    bare = (
        unicodedata.normalize("NFKD", column.replace("’", "'"))
        .encode("ascii", "ignore")
        .decode()
        .lower()
    )
    return re.sub(r"[^a-z0-9]+", "_", bare).strip("_")[:60] or "colonne"


def named(role: str) -> Label:
    """A role in words, also one that the lists do not hold."""
    if role in LABELS:
        return LABELS[role]
    family, _dot, rest = role.partition(".")
    known = {
        "attribute": _("à garder sur la fiche : %(what)s"),
        "answer": _("note de la question : %(what)s"),
        "answer_text": _("réponse en mots : %(what)s"),
        "identity": _("autre clé du client : %(what)s"),
    }
    return (
        str(known[family]) % {"what": rest.replace("key.", "").replace(".", " · ")}
        if family in known
        else role
    )


def options(column: str, chosen: str) -> Iterator[tuple[Label, list[tuple[str, Label]]]]:
    """The groups of roles offered for a column; what is chosen is always among them."""
    own: list[tuple[str, Label]] = [
        (f"attribute.{slug(column)}", _("à garder tel quel sur la fiche")),
        (f"answer.enquete.{slug(column)}", _("autre question notée")),
        (f"answer_text.enquete.{slug(column)}", _("autre question ouverte")),
    ]
    known = {*LABELS, *(role for role, _label in own)}
    if chosen and chosen not in known:
        own.append((chosen, named(chosen)))
    yield _("Autre"), own
    for group, roles in GROUPS:
        yield group, list(roles)
