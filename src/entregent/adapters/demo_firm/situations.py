"""What happens to people that makes them write or call: how often, by which door, at what cost."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Situation:
    """One reason to be in touch."""

    cause: str  # as the firm names it
    activity: str
    product: str = "habitation"
    case: str = ""  # request, incident or complaint; none when no case is opened
    cost: tuple[float, float] = (0, 0)  # what the firm pays out, low and high
    days: tuple[int, int] = (0, 2)  # from opening to solution, in calm weather
    hard: float = 0.0  # how much more easily it goes wrong
    exclusion: float = 0.0  # chance that the contract does not pay
    severity: str = "low"


CLAIM = "Déclaration de sinistre"
SITUATIONS: Mapping[str, Situation] = {
    "water_damage": Situation(
        "dégât des eaux",
        CLAIM,
        "habitation",
        "request",
        (350, 4200),
        (12, 55),
        0.22,
        0.09,
        "medium",
    ),
    "car_accident": Situation(
        "accident auto", CLAIM, "auto", "request", (500, 6500), (8, 40), 0.15, 0.03, "medium"
    ),
    "glass": Situation("bris de glace", CLAIM, "auto", "request", (110, 900), (1, 8), -0.1, 0.01),
    "storm": Situation(
        "tempête", CLAIM, "habitation", "request", (400, 7800), (18, 80), 0.2, 0.07, "high"
    ),
    "burglary": Situation(
        "vol", CLAIM, "habitation", "request", (300, 5200), (14, 60), 0.2, 0.16, "medium"
    ),
    "breakdown": Situation(
        "assistance panne", "Demande d'assistance", "auto", "request", (90, 480), (0, 2), 0.02, 0.1
    ),
    "health_refund": Situation(
        "remboursement santé",
        "Demande de remboursement",
        "santé",
        "request",
        (18, 620),
        (2, 18),
        0.08,
        0.05,
    ),
    "sick_leave": Situation(
        "arrêt de travail", CLAIM, "prévoyance", "request", (500, 4800), (15, 60), 0.22, 0.1, "high"
    ),
    "expert": Situation("expertise", "Question sur l'expertise", hard=0.2),
    "exclusion": Situation("refus de garantie", "Contestation d'un refus", hard=0.4),
    "refund_late": Situation(
        "remboursement en retard",
        "Relance d'un remboursement",
        case="incident",
        days=(3, 20),
        hard=0.2,
    ),
    "premium_rise": Situation("hausse de cotisation", "Question sur la cotisation", hard=0.18),
    "price_compare": Situation("comparaison de prix", "Demande d'alignement", hard=0.05),
    "cancel": Situation("résiliation", "Résiliation demandée", hard=0.1),
    "payment": Situation("paiement", "Question sur un paiement", hard=0.08),
    "billing_bug": Situation(
        "erreur de facturation",
        "Signalement d'une erreur",
        case="incident",
        days=(4, 25),
        hard=0.25,
        severity="medium",
    ),
    "address": Situation("déménagement", "Changement d'adresse", hard=-0.05),
    "birth": Situation("naissance", "Ajout d'un bénéficiaire", "santé", hard=-0.1),
    "bereavement": Situation("décès", "Déclaration de décès", hard=0.05, severity="high"),
    "divorce": Situation("séparation", "Séparation des contrats", hard=0.08),
    "retirement": Situation("retraite", "Changement de situation", "santé", hard=-0.05),
    "quote": Situation("devis", "Demande de devis", "auto", hard=-0.05),
    "join": Situation("nouvelle adhésion", "Question de nouveau sociétaire", hard=-0.05),
    "young_driver": Situation("jeune conducteur", "Ajout d'un conducteur", "auto"),
    "certificate": Situation("attestation", "Demande d'attestation", hard=-0.15),
    "org": Situation(
        "contrat professionnel",
        "Demande professionnelle",
        "multirisque professionnelle",
        "request",
        (0, 0),
        (1, 14),
        0.05,
    ),
    "online_account": Situation(
        "espace en ligne", "Problème d'accès en ligne", case="incident", days=(0, 6), hard=0.12
    ),
    "wait_phone": Situation("joignabilité", "Remarque sur l'attente", hard=0.2),
    "adviser_leaving": Situation("départ d'un conseiller", "Question sur le conseiller", hard=0.05),
    "agency_closing": Situation("fermeture d'agence", "Question sur l'agence", hard=0.15),
    "loyalty": Situation("fidélité", "Question sur la fidélité"),
    "thanks": Situation("remerciement", "Remerciement", hard=-0.3),
    "suggestion": Situation("suggestion", "Suggestion"),
    "stop_marketing": Situation("opposition au démarchage", "Opposition au démarchage", hard=0.1),
    "promise_broken": Situation("promesse non tenue", "Relance", hard=0.25),
    "complaint": Situation(
        "réclamation",
        "Réclamation reçue",
        case="complaint",
        days=(6, 30),
        hard=0.1,
        severity="medium",
    ),
    "question": Situation("question", "Question sur le contrat", hard=-0.12),
    "change_online": Situation("espace en ligne", "Échange sur l'espace en ligne"),
    "change_debit": Situation("prélèvement", "Échange sur le prélèvement"),
    "change_price": Situation("programme de fidélité", "Échange sur la hausse"),
}
