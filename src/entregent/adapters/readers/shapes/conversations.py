"""Messengers and mail: one row per message."""

import re

from entregent.adapters.readers.quoting import html_text
from entregent.adapters.readers.shape import (
    Cells,
    Proposal,
    Shape,
    Sight,
    cells_of,
    telling,
)
from entregent.adapters.readers.shapes.tickets import CHANNELS, STATUSES

THEIRS = frozenset({"user", "lead", "contact"})
PHONE = re.compile(r"\+?[\d\s.()-]{9,20}")


def _intercom_messages(cells: Cells) -> Cells:
    kinds = cells_of(cells, "part.author.type")
    parts = cells_of(cells, "part.part_type")
    bodies = cells_of(cells, "part.body")
    authors = cells_of(cells, "part.author.name")
    ids = cells_of(cells, "part.id")
    opening = [identifier.endswith("-source") for identifier in ids]
    ratings = cells_of(cells, "conversation_rating.rating")
    remarks = cells_of(cells, "conversation_rating.remark")
    return {
        "message.text": [html_text(body) if "<" in body else body for body in bodies],
        "message.direction": [
            "in" if kind in THEIRS else "internal" if part != "comment" else "out"
            for kind, part in zip(kinds, parts, strict=True)
        ],
        "message.agent": [
            "" if kind in THEIRS else author for kind, author in zip(kinds, authors, strict=True)
        ],
        "rating.score": [
            said if first else "" for said, first in zip(ratings, opening, strict=True)
        ],
        "rating.remark": [
            said if first else "" for said, first in zip(remarks, opening, strict=True)
        ],
    }


INTERCOM = Shape(
    code="intercom",
    name="Intercom",
    about="conversations with their parts as JSON, one row per message",
    telling=(telling("state", "part.part_type", "part.id"),),
    samples=("intercom.json",),
    columns={
        "id": ("case.key", "interaction.case_key", "response.key"),
        "contact.id": ("identity.key",),
        "contact.email": ("identity.email",),
        "contact.name": ("customer.name",),
        "created_at": ("case.opened_at",),
        "state": ("case.status",),
        "title": ("case.cause",),
        "statistics.first_close_at": ("case.resolved_at",),
        "statistics.last_close_at": ("case.closed_at",),
        "statistics.count_reopens": ("case.reopened",),
        "part.id": ("interaction.key",),
        "part.created_at": ("interaction.at",),
        "part.part_type": ("interaction.activity",),
        "part.type": ("interaction.channel",),
        "message.text": ("interaction.text",),
        "message.direction": ("interaction.direction",),
        "message.agent": ("interaction.agent_id",),
        "conversation_rating.created_at": ("response.at",),
        "rating.score": ("answer.csat.conversation",),
        "rating.remark": ("answer_text.csat.conversation",),
    },
    constants={"case.kind": "request", "interaction.channel": "chat"},
    values={"case.status": STATUSES, "interaction.channel": CHANNELS | {"conversation_part": "chat"}},
    scales={"csat.conversation": (1, 5)},
    derived=(
        "message.text", "message.direction", "message.agent", "rating.score", "rating.remark",
    ),
    derive=_intercom_messages,
)  # fmt: skip


def _genesys_phrases(cells: Cells) -> Cells:
    conversations = cells_of(cells, "conversationId")
    transcripts = cells_of(cells, "transcript.transcriptId")
    places = cells_of(cells, "phrase.place")
    return {
        "phrase.key": [
            "/".join(filter(None, parts))
            for parts in zip(conversations, transcripts, places, strict=True)
        ],
        "phrase.direction": [
            "in" if who == "external" else "out"
            for who in cells_of(cells, "phrase.participantPurpose")
        ],
    }


GENESYS = Shape(
    code="genesys_transcript",
    name="Genesys Cloud transcripts",
    about="one document per conversation, one row per phrase",
    telling=(telling("phrase.text", "phrase.starttimems", "phrase.participantpurpose"),),
    samples=("genesys_transcript.json",),
    columns={
        "phrase.key": ("interaction.key",),
        "phrase.starttimems": ("interaction.at",),
        "phrase.text": ("interaction.text",),
        "phrase.direction": ("interaction.direction",),
        "transcript.language": ("interaction.language",),
    },
    constants={"interaction.channel": "phone", "interaction.activity": "phrase"},
    derived=("phrase.key", "phrase.direction"),
    derive=_genesys_phrases,
    formats=("json", "jsonl"),
)


def _who_writes(sight: Sight, proposal: Proposal) -> None:
    """Phones that do not know a contact write the number in place of the name."""
    people = sight.values("customer")
    phones = sum(1 for person in people if PHONE.fullmatch(person))
    if people and phones == len(people):
        proposal.mapping.columns["customer"] = ["identity.phone"]


WHATSAPP = Shape(
    code="whatsapp",
    name="WhatsApp",
    about="a chat exported as text, from Android or iPhone, in French or English",
    telling=(telling("at", "author", "text", "activity", "direction", "customer"),),
    samples=("Discussion WhatsApp avec Nadia Ferhat.txt",),
    columns={
        "at": ("interaction.at",),
        "text": ("interaction.text",),
        "activity": ("interaction.activity",),
        "direction": ("interaction.direction",),
        "customer": ("identity.key", "customer.name"),
    },
    constants={"interaction.channel": "chat"},
    refine=_who_writes,
    formats=("whatsapp",),
)

MAIL = Shape(
    code="mail",
    name="Mail",
    about="mailbox (mbox) or single mail (EML); quoted words and signature apart",
    telling=(telling("message_id", "from_email", "subject", "text", "customer_email"),),
    samples=("boite_reclamations.mbox", "reclamation.eml"),
    columns={
        "message_id": ("interaction.key",),
        "at": ("interaction.at",),
        "subject": ("interaction.title",),
        "text": ("interaction.text",),
        "direction": ("interaction.direction",),
        "agent": ("interaction.agent_id",),
        "customer_email": ("identity.email",),
        "customer_name": ("customer.name",),
    },
    constants={"interaction.channel": "email", "interaction.activity": "mail"},
    formats=("mbox", "eml"),
)

SHAPES = (INTERCOM, GENESYS, WHATSAPP, MAIL)
