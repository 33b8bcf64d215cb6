"""Help desks and complaint registers: one row per ticket, per message or per event."""

from entregent.adapters.readers.quoting import html_text
from entregent.adapters.readers.shape import Cells, Shape, cells_of, telling

SEVERITIES = {
    "urgent": "critical", "critical": "critical", "critique": "critical", "urgente": "critical",
    "high": "high", "haute": "high", "élevée": "high", "elevee": "high",
    "normal": "medium", "medium": "medium", "moyenne": "medium", "normale": "medium",
    "low": "low", "basse": "low", "faible": "low",
    "1 - critical": "critical", "2 - high": "high", "3 - moderate": "medium", "4 - low": "low",
}  # fmt: skip
STATUSES = {
    "new": "open", "nouveau": "open", "open": "open", "ouvert": "open", "active": "open",
    "working": "open", "in progress": "open", "en cours": "open", "waiting on us": "open",
    "pending": "pending", "en attente": "pending", "hold": "pending", "on-hold": "pending",
    "on hold": "pending", "waiting on contact": "pending", "snoozed": "pending",
    "awaiting user info": "pending", "awaiting vendor": "pending", "awaiting problem": "pending",
    "awaiting evidence": "pending", "solved": "resolved", "resolved": "resolved",
    "résolu": "resolved", "closed": "closed", "fermé": "closed", "clos": "closed",
    "escalated": "escalated", "-100": "",
}  # fmt: skip
CHANNELS = {
    "email": "email", "e-mail": "email", "web": "web", "web form": "web", "formulaire": "web",
    "form": "web", "api": "web", "mobile": "web", "self service": "web", "direct opening": "web",
    "chat": "chat", "messaging": "chat", "native_messaging": "chat", "conversation": "chat",
    "live chat": "chat", "phone": "phone", "voice": "phone", "téléphone": "phone", "ivr": "phone",
    "phone call (inbound)": "phone", "phone call (incoming)": "phone",
    "facebook": "social", "twitter": "social", "instagram": "social", "whatsapp": "chat",
    "sms": "chat", "letter": "letter", "courrier": "letter",
}  # fmt: skip
KINDS = {
    "problem": "incident", "incident": "incident", "question": "request", "task": "request",
    "complaint": "complaint", "réclamation": "complaint", "request": "request",
    "feature request": "request", "": "request",
}  # fmt: skip
GOOD_OR_BAD = {
    "good": "1", "bad": "0", "offered": "", "unoffered": "",
    "good with comment": "1", "bad with comment": "0", "bon": "1", "mauvais": "0",
}  # fmt: skip
UNKNOWN = {"?": ""}


def _zendesk_messages(cells: Cells) -> Cells:
    """Who speaks in each comment, and what; the subject and the rating belong to the first one."""
    authors = cells_of(cells, "comment.author_id")
    requesters = cells_of(cells, "requester_id")
    public = cells_of(cells, "comment.public")
    places = cells_of(cells, "comment.place")
    plain, body = cells_of(cells, "comment.plain_body"), cells_of(cells, "comment.body")
    html = cells_of(cells, "comment.html_body")
    keys = cells_of(cells, "comment.id")
    tickets = cells_of(cells, "id")
    words = [
        first or second or html_text(third)
        for first, second, third in zip(plain, body, html, strict=True)
    ]
    by_customer = [
        author == requester for author, requester in zip(authors, requesters, strict=True)
    ]
    return {
        "message.key": [
            key or f"{ticket}-{place}"
            for key, ticket, place in zip(keys, tickets, places, strict=True)
        ],
        "message.text": words,
        "message.title": _on_first(cells_of(cells, "subject"), places),
        "message.direction": [
            "internal" if shown == "false" else "in" if theirs else "out"
            for theirs, shown in zip(by_customer, public, strict=True)
        ],
        "message.agent": [
            "" if theirs else author for theirs, author in zip(by_customer, authors, strict=True)
        ],
        "rating.score": _on_first(cells_of(cells, "satisfaction_rating.score"), places),
        "rating.comment": _on_first(cells_of(cells, "satisfaction_rating.comment"), places),
    }


def _on_first(said: list[str], places: list[str]) -> list[str]:
    return [text if place in ("", "1") else "" for text, place in zip(said, places, strict=True)]


ZENDESK = Shape(
    code="zendesk",
    name="Zendesk",
    about="tickets with their comments as JSON, one row per message",
    telling=(telling("requester_id", "via.channel", "status", "comment.place"),),
    samples=("zendesk.json",),
    columns={
        "id": ("case.key", "interaction.case_key", "response.key"),
        "requester_id": ("identity.key",),
        "requester.email": ("identity.email",),
        "requester.name": ("customer.name",),
        "created_at": ("case.opened_at",),
        "updated_at": ("response.at",),
        "metric_set.solved_at": ("case.resolved_at",),
        "metric_set.reopens": ("case.reopened",),
        "type": ("case.kind",),
        "subject": ("case.cause",),
        "priority": ("case.severity",),
        "status": ("case.status",),
        "via.channel": ("interaction.channel",),
        "comment.created_at": ("interaction.at",),
        "message.key": ("interaction.key",),
        "message.title": ("interaction.title",),
        "message.text": ("interaction.text",),
        "message.direction": ("interaction.direction",),
        "message.agent": ("interaction.agent_id",),
        "rating.score": ("answer.csat.ticket",),
        "rating.comment": ("answer_text.csat.ticket",),
    },
    constants={"interaction.activity": "message", "case.kind": "request"},
    values={
        "case.kind": KINDS, "case.severity": SEVERITIES, "case.status": STATUSES,
        "interaction.channel": CHANNELS, "answer.csat.ticket": GOOD_OR_BAD,
    },
    scales={"csat.ticket": (0, 1)},
    derived=(
        "message.key", "message.text", "message.title", "message.direction", "message.agent",
        "rating.score", "rating.comment",
    ),
    derive=_zendesk_messages,
)  # fmt: skip

ZENDESK_CSV = Shape(
    code="zendesk_csv",
    name="Zendesk (CSV)",
    about="ticket list as CSV, one row per ticket",
    telling=(
        telling("requester", "requester email", "subject", "created at", "solved at"),
        telling("requester", "assignee", "subject", "created at", "satisfaction score"),
        telling("ticket id", "ticket subject", "ticket status", "ticket created"),
    ),
    samples=("zendesk_tickets.csv",),
    columns={
        "id": ("case.key", "interaction.case_key", "interaction.key", "response.key"),
        "ticket id": ("case.key", "interaction.case_key", "interaction.key", "response.key"),
        "requester": ("customer.name",),
        "requester id": ("identity.key",),
        "requester email": ("identity.email",),
        "created at": ("at",),
        "ticket created": ("at",),
        "solved at": ("case.resolved_at",),
        "updated at": ("response.at",),
        "subject": ("interaction.title",),
        "ticket subject": ("interaction.title",),
        "description": ("interaction.text",),
        "assignee": ("interaction.agent_id",),
        "via": ("interaction.channel",),
        "ticket type": ("case.kind",),
        "priority": ("case.severity",),
        "status": ("case.status",),
        "ticket status": ("case.status",),
        "reopens": ("case.reopened",),
        "satisfaction score": ("answer.csat.ticket",),
    },
    constants={
        "interaction.direction": "in", "interaction.activity": "ticket", "case.kind": "request",
    },
    values={
        "case.kind": KINDS, "case.severity": SEVERITIES, "case.status": STATUSES,
        "interaction.channel": CHANNELS, "answer.csat.ticket": GOOD_OR_BAD,
    },
    scales={"csat.ticket": (0, 1)},
    unseen=True,
)  # fmt: skip

HUBSPOT = Shape(
    code="hubspot_ticket",
    name="HubSpot tickets",
    about="ticket properties, as exported or as the interface returns them",
    telling=(
        telling("hs_pipeline_stage", "hs_object_id", "createdate"),
        telling("properties.hs_pipeline_stage", "properties.createdate"),
    ),
    samples=("hubspot_tickets.csv",),
    columns={
        name: roles
        for prefix in ("", "properties.")
        for name, roles in {
            f"{prefix}hs_object_id": ("case.key", "interaction.case_key", "interaction.key"),
            f"{prefix}createdate": ("at",),
            f"{prefix}closed_date": ("case.closed_at",),
            f"{prefix}subject": ("interaction.title",),
            f"{prefix}content": ("interaction.text",),
            f"{prefix}hs_ticket_priority": ("case.severity",),
            f"{prefix}hs_ticket_category": ("case.cause",),
            f"{prefix}hs_pipeline_stage": ("case.status",),
            f"{prefix}source_type": ("interaction.channel",),
            f"{prefix}hubspot_owner_id": ("interaction.agent_id",),
            f"{prefix}associated_contact_email": ("identity.email",),
            f"{prefix}associated_contact_id": ("identity.key",),
        }.items()
    },
    constants={
        "interaction.direction": "in", "interaction.activity": "ticket", "case.kind": "request",
    },
    values={
        "case.severity": SEVERITIES,
        # The stages of the pipeline that every account begins with.
        "case.status": STATUSES | {"1": "open", "2": "pending", "3": "open", "4": "closed"},
        "interaction.channel": CHANNELS,
    },
)  # fmt: skip

SALESFORCE = Shape(
    code="salesforce_case",
    name="Salesforce cases",
    about="Case records, as the Data Loader writes them",
    telling=(
        telling("casenumber", "origin", "status", "createddate"),
        telling("casenumber", "contactid", "subject", "createddate"),
    ),
    samples=("salesforce_cases.csv",),
    columns={
        "casenumber": ("case.key", "interaction.case_key", "interaction.key"),
        "contactid": ("identity.key",),
        "suppliedemail": ("identity.email",),
        "suppliedphone": ("identity.phone",),
        "suppliedname": ("customer.name",),
        "type": ("case.kind",),
        "status": ("case.status",),
        "reason": ("case.cause",),
        "origin": ("interaction.channel",),
        "subject": ("interaction.title",),
        "description": ("interaction.text",),
        "priority": ("case.severity",),
        "ownerid": ("interaction.agent_id",),
        "createddate": ("at",),
        "closeddate": ("case.closed_at",),
    },
    constants={
        "interaction.direction": "in", "interaction.activity": "case", "case.kind": "request",
    },
    values={
        "case.kind": KINDS, "case.severity": SEVERITIES, "case.status": STATUSES,
        "interaction.channel": CHANNELS,
    },
)  # fmt: skip

SERVICENOW = Shape(
    code="servicenow_incident",
    name="ServiceNow incident log",
    about="one row per change of an incident",
    telling=(telling("number", "incident_state", "sys_updated_at", "opened_at", "caller_id"),),
    samples=("servicenow_incidents.csv",),
    columns={
        "number": ("case.key", "interaction.case_key"),
        "incident_state": ("interaction.activity", "case.status"),
        "reopen_count": ("case.reopened",),
        "caller_id": ("identity.key",),
        "opened_at": ("case.opened_at",),
        "sys_updated_at": ("interaction.at",),
        "contact_type": ("interaction.channel",),
        "category": ("case.cause",),
        "priority": ("case.severity",),
        "assigned_to": ("interaction.agent_id",),
        "resolved_at": ("case.resolved_at",),
        "closed_at": ("case.closed_at",),
    },
    constants={"case.kind": "incident", "interaction.direction": "internal"},
    values={
        "case.severity": SEVERITIES | UNKNOWN,
        "case.status": STATUSES | UNKNOWN,
        "interaction.channel": CHANNELS | UNKNOWN,
        "interaction.activity": UNKNOWN | {"-100": "unknown"},
        **dict.fromkeys(("identity.key", "case.opened_at", "interaction.at", "case.cause", "interaction.agent_id", "case.resolved_at", "case.closed_at"), UNKNOWN),
    },
)  # fmt: skip

SHAPES = (ZENDESK, ZENDESK_CSV, HUBSPOT, SALESFORCE, SERVICENOW)
