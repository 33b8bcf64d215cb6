"""Records that hold a whole conversation, spread into one row per message.

Each row carries the case or call that it belongs to, under the names that the export uses, and the
message under `comment.`, `part.` or `phrase.`.
"""

from collections.abc import Callable, Iterator
from typing import Any

Object = dict[str, Any]


def root_is_record(names: frozenset[str]) -> bool:
    """Whether a document with these names at its root is itself one record of a known kind."""
    return any(telling <= names for telling, _ in SPREADS)


def rows_of(record: Object) -> Iterator[Object]:
    """The rows of one record: its messages where it holds some, else itself."""
    names = record.keys()
    for telling, spread in SPREADS:
        if telling <= names:
            return spread(record)
    return iter((record,))


def _zendesk(ticket: Object) -> Iterator[Object]:
    """The first comment of a ticket is its description; without comments, that is all there is."""
    case = {name: value for name, value in ticket.items() if name not in ("comments", "comment")}
    comments = _objects(ticket.get("comments"))
    if not comments and ticket.get("description"):
        comments = [
            {
                "body": ticket["description"],
                "author_id": ticket.get("submitter_id") or ticket.get("requester_id"),
                "created_at": ticket.get("created_at"),
                "public": True,
            }
        ]
    for place, comment in enumerate(comments or [{}]):
        yield case | {"comment": {**comment, "place": place + 1}}


def _intercom(conversation: Object) -> Iterator[Object]:
    """The opening words stand in `source`, the rest in the parts."""
    parts = conversation.get("conversation_parts")
    if isinstance(parts, dict):
        parts = parts.get("conversation_parts")
    case = {name: value for name, value in conversation.items() if name != "conversation_parts"}
    contacts = case.pop("contacts", None)
    if isinstance(contacts, dict):
        contacts = contacts.get("contacts")
    case["contact"] = next(iter(_objects(contacts)), None) or {}
    tags = case.get("tags")
    if isinstance(tags, dict):
        case["tags"] = [tag.get("name") for tag in _objects(tags.get("tags"))]
    source = case.pop("source", None)
    opening = {
        "part_type": "comment",
        "created_at": conversation.get("created_at"),
        **(source if isinstance(source, dict) else {}),
    }
    opening["id"] = f"{conversation.get('id')}-source"
    for part in (opening, *_objects(parts)):
        yield case | {"part": part}


def _genesys(document: Object) -> Iterator[Object]:
    whole = {name: value for name, value in document.items() if name != "transcripts"}
    for transcript in _objects(document.get("transcripts")):
        call = {name: value for name, value in transcript.items() if name != "phrases"}
        call.pop("words", None)
        for place, phrase in enumerate(_objects(transcript.get("phrases"))):
            kept = {name: value for name, value in phrase.items() if name != "words"}
            yield whole | {"transcript": call, "phrase": {**kept, "place": place + 1}}


def _objects(value: Any) -> list[Object]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


SPREADS: tuple[tuple[frozenset[str], Callable[[Object], Iterator[Object]]], ...] = (
    (frozenset({"requester_id", "via", "status", "subject"}), _zendesk),
    (frozenset({"source", "contacts", "state", "statistics"}), _intercom),
    (frozenset({"source", "conversation_parts"}), _intercom),
    (frozenset({"transcripts"}), _genesys),
)
