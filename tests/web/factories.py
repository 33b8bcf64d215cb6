"""A few people as a firm would know them, for the rooms' tests and for looking at pages."""

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from entregent.web.evidence import models as evidence
from entregent.web.evidence.search import index_rows
from entregent.web.shared.folding import folded

_keys = itertools.count(1)


def _row() -> dict:
    return {"row_key": next(_keys).to_bytes(16, "big"), "content": b"\0" * 16}


def days_ago(days: float, hour: int | None = None) -> datetime:
    moment = timezone.now() - timedelta(days=days)
    return moment if hour is None else moment.replace(hour=hour, minute=12, second=0, microsecond=0)


def customer(name="Nadia Benali", *, email="", phone="", key="", **known) -> evidence.Customer:
    known = {"language": "fr", "since": date(2019, 3, 4)} | known
    person = evidence.Customer.objects.create(name=name, **known)
    for scheme, value in (("email", email), ("phone", phone), ("gestion:key", key)):
        if value:
            person.identities.create(scheme=scheme, value=value)
    index_rows("customers", [person.pk])
    return person


def said(
    person, text="Bonjour, où en est mon dossier ?", *, at=None, **known
) -> evidence.Interaction:
    known = {"channel": "email", "direction": "in", "language": "fr"} | known
    row = evidence.Interaction.objects.create(
        customer=person, at=at or days_ago(3), text=text, **known, **_row()
    )
    index_rows("interactions", [row.pk])
    return row


def answered(
    person, value=None, text="", *, at=None, instrument="nps", item="recommander", **known
) -> evidence.Answer:
    known = {"response_id": f"r{next(_keys)}"} | known
    row = evidence.Answer.objects.create(
        customer=person,
        at=at or days_ago(20),
        instrument=instrument,
        item=item,
        value=value,
        text=text,
        **known,
        **_row(),
    )
    index_rows("answers", [row.pk])
    return row


def paid(person, amount, *, at=None, **known) -> evidence.Transaction:
    known = {"currency": "EUR", "kind": "premium", "product": "Multirisque habitation"} | known
    return evidence.Transaction.objects.create(
        customer=person, at=at or days_ago(40), amount=Decimal(amount), **known, **_row()
    )


def case(person, *, opened_at=None, **known) -> evidence.Case:
    known = {
        "kind": "complaint",
        "status": "open",
        "cause": "délai de remboursement",
        "severity": "medium",
    } | known
    return evidence.Case.objects.create(
        customer=person, opened_at=opened_at or days_ago(12), **known, **_row()
    )


def agreed(person, kind, text, *, since=None, until=None, kept=None) -> evidence.Agreement:
    return evidence.Agreement.objects.create(
        customer=person, kind=kind, text=text, since=since, until=until, kept=kept, **_row()
    )


def allowed(person, purpose, *, given_at=None, withdrawn_at=None) -> evidence.Consent:
    return evidence.Consent.objects.create(
        customer=person, purpose=purpose, given_at=given_at, withdrawn_at=withdrawn_at, **_row()
    )


def summarise(*people: evidence.Customer) -> None:
    """Rows of the list, as the evidence says now."""
    for person in people or evidence.Customer.objects.filter(merged_into=None):
        mine = evidence.Interaction.objects.filter(customer=person)
        last = mine.order_by("-at").first()
        first = mine.order_by("at").first()
        cases = evidence.Case.objects.filter(customer=person)
        nps = (
            evidence.Answer.objects.filter(customer=person, instrument="nps", value__isnull=False)
            .order_by("-at")
            .first()
        )
        revenue = (
            evidence.Transaction.objects.filter(customer=person).aggregate(total=Sum("amount"))[
                "total"
            ]
            or 0
        )
        evidence.CustomerSummary.objects.update_or_create(
            customer=person,
            defaults={
                "kind": person.kind, "name": person.name, "sort_name": folded(person.name), "language": person.language,
                "since": person.since, "first_at": first and first.at, "last_at": last and last.at,
                "last_channel": last.channel if last else "", "interactions": mine.count(),
                "contacts": mine.filter(direction="in").count(), "revenue": revenue,
                "value_class": "A" if revenue > 1000 else "B" if revenue > 300 else "C",
                "cases": cases.count(), "open_cases": cases.filter(resolved_at=None, closed_at=None).count(),
                "nps": nps and int(nps.value),
            },
        )  # fmt: skip


def nadia() -> evidence.Customer:
    """A customer of seven years with a complaint open, a promise due and an arrangement nobody wrote down but us."""
    person = customer(
        "Nadia Benali", email="nadia.benali@exemple.fr", phone="+33612345678", key="SOC-20418",
        attributes={"ville": "Nantes", "situation": "infirmière, horaires de nuit", "agence": "Nantes Graslin"},
    )  # fmt: skip
    claim = case(
        person, opened_at=days_ago(19), acknowledged_at=days_ago(18), cause="délai d’indemnisation",
        remedy_asked="le solde du dégât des eaux et une explication du retard", severity="high", status="pending",
        source_key="SIN-88213",
    )  # fmt: skip
    case(
        person, opened_at=days_ago(420), resolved_at=days_ago(413), closed_at=days_ago(413), kind="request", status="closed",
        cause="attestation", remedy_given="attestation envoyée le jour même", source_key="DEM-51007", severity="low",
    )  # fmt: skip
    said(
        person,
        "Bonjour, il me faudrait une attestation d’assurance pour mon bailleur avant vendredi. Merci d’avance, vous m’aviez dépannée très vite la dernière fois !",
        at=days_ago(421, 9),
    )
    said(
        person,
        "C’est fait, bonne journée Madame Benali.",
        at=days_ago(420, 15),
        direction="out",
        agent_id="J. Moreau",
    )
    said(
        person,
        "Dégât des eaux dans la cuisine, l’eau vient de chez le voisin du dessus. J’ai pris des photos, je vous les envoie par où ?",
        at=days_ago(48, 7),
        channel="chat",
        case=claim,
    )
    said(
        person,
        "Bonjour Madame Benali, merci pour les photos : un expert passera jeudi entre 14 h et 16 h.",
        at=days_ago(46, 11),
        channel="chat",
        direction="out",
        agent_id="J. Moreau",
        case=claim,
    )
    said(
        person,
        "",
        at=days_ago(30, 18),
        channel="phone",
        wait_seconds=412,
        handle_seconds=95,
        abandoned=False,
        activity="appel reçu",
        agent_id="plateau",
    )
    said(
        person,
        "Je ne comprends plus rien. On m’a dit quinze jours, ça fait un mois, et chaque fois que j’appelle c’est quelqu’un de nouveau à qui je dois tout réexpliquer. J’étais très contente de vous jusqu’ici, mais là je commence à regarder ailleurs.",
        at=days_ago(19, 22),
        case=claim,
    )
    said(
        person,
        "Madame, nous avons bien reçu votre réclamation et vous en accusons réception.",
        at=days_ago(18, 10),
        direction="out",
        agent_id="réclamations",
        case=claim,
    )
    said(
        person,
        "Toujours rien reçu pour le remboursement du sinistre. Merci de me rappeler APRÈS 17 h, je travaille de nuit.",
        at=days_ago(4, 6),
        channel="message",
        case=claim,
    )
    answered(person, 9, "Toujours quelqu’un de gentil au bout du fil.", at=days_ago(400))
    answered(person, 4, "Le sinistre traîne, personne ne sait où il en est.", at=days_ago(15))
    answered(person, 2, "", instrument="csat", item="sinistre", at=days_ago(15))
    for month in range(18):
        paid(person, "34.90", at=days_ago(12 + 30 * month))
    paid(
        person,
        "-780.00",
        at=days_ago(25),
        kind="claim",
        product="Dégât des eaux, premier versement",
    )
    agreed(
        person,
        "contract",
        "Multirisque habitation, formule Confort",
        since=date(2019, 3, 4),
        until=timezone.localdate() + timedelta(days=47),
    )
    agreed(
        person,
        "contract",
        "Complémentaire santé, niveau 3",
        since=date(2021, 1, 1),
        until=timezone.localdate() + timedelta(days=300),
    )
    agreed(
        person,
        "exit_fee",
        "Deux mois de cotisation en cas de départ avant l’échéance (69,80 €)",
        since=date(2019, 3, 4),
        until=timezone.localdate() + timedelta(days=47),
    )
    agreed(
        person,
        "preference",
        "Ne jamais appeler avant 17 h : elle travaille de nuit. Un message d’abord.",
        since=date(2020, 9, 1),
    )
    agreed(
        person,
        "tacit",
        "Ses attestations partent le jour même, sans formulaire (accordé par J. Moreau)",
        since=date(2022, 2, 1),
    )
    agreed(
        person,
        "promise",
        "Solde de l’indemnisation versé",
        since=timezone.localdate() - timedelta(days=30),
        until=timezone.localdate() - timedelta(days=5),
    )
    agreed(
        person,
        "promise",
        "La rappeler avec le nom de l’expert et une date",
        since=timezone.localdate() - timedelta(days=3),
        until=timezone.localdate() + timedelta(days=1),
    )
    agreed(
        person,
        "promise",
        "Geste commercial d’un mois offert",
        since=date(2023, 5, 2),
        until=date(2023, 6, 1),
        kept=True,
    )
    allowed(
        person,
        "lettre d’information",
        given_at=datetime(2019, 3, 4, 9, tzinfo=UTC),
        withdrawn_at=datetime(2023, 1, 12, 8, tzinfo=UTC),
    )
    allowed(person, "appels de suivi", given_at=datetime(2021, 1, 1, 9, tzinfo=UTC))
    allowed(person, "enquêtes de satisfaction", given_at=datetime(2019, 3, 4, 9, tzinfo=UTC))
    summarise(person)
    return person


def neighbours() -> list[evidence.Customer]:
    """Others, so that a list is a list."""
    people = [
        customer(
            "Étienne Le Goff",
            email="e.legoff@exemple.fr",
            phone="+33298112233",
            since=date(2003, 6, 1),
        ),
        customer(
            "Boulangerie Sarrazin",
            kind="organisation",
            email="contact@sarrazin.exemple.fr",
            since=date(2016, 10, 12),
        ),
        customer(
            "Hélène d’Aubigné-Martin", email="helene.martin@exemple.fr", since=date(2012, 1, 20)
        ),
        customer(
            "Tom Fletcher", email="tom.fletcher@example.org", language="en", since=date(2024, 8, 8)
        ),
        customer("Garance Œuvrard", phone="+33755443322", since=date(2026, 9, 2)),
        customer("", email="inconnu@exemple.fr", since=None, language=""),
    ]
    etienne, sarrazin, helene, tom, garance, unnamed = people
    two_days_ago = days_ago(2)
    said(
        etienne,
        "Vous avez été formidables après la tempête. Ma femme et moi, on le raconte à tout le monde.",
        at=days_ago(90),
        channel="letter",
    )
    answered(etienne, 10, "Rien à changer.", at=days_ago(80))
    paid(etienne, "1240.00")
    said(
        sarrazin,
        "Prix trop élevé pour ce que c’est, 3ème augmentation en 2 ans. Si ça continue je résilie tout, boutique et véhicules compris.",
        at=days_ago(8),
    )
    case(sarrazin, opened_at=days_ago(8), cause="augmentation de tarif")
    paid(sarrazin, "5210.50")
    answered(helene, 5, "", instrument="csat", item="note", at=two_days_ago)
    said(
        helene,
        "Merci pour la rapidité, remboursée en deux jours !",
        at=two_days_ago,
        channel="review",
    )
    paid(helene, "410.00")
    said(
        tom,
        "Hi, I was charged twice this month. Could you refund the second payment please? Not impressed.",
        at=days_ago(1),
        channel="chat",
        language="en",
    )
    answered(tom, 6, "Refund took far too long.", at=days_ago(1))
    paid(tom, "29.00")
    said(
        garance,
        "slt jsuis interessée par lassurance etudiante mais cest super pas clair votre site mdr",
        at=days_ago(0.2),
        channel="chat",
    )
    said(unnamed, "Remboursement reçu, merci.", at=days_ago(500), channel="web")
    summarise(*people)
    return people
