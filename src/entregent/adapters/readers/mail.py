"""Mails, alone (EML) or many in one file (mbox): what is new in each, apart from what it quotes."""

import email.policy
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.message import EmailMessage
from email.utils import getaddresses
from functools import partial
from itertools import islice
from typing import BinaryIO

from entregent.adapters.readers.batches import Batch, Notice, Reason, Unreadable, UnreadableFile
from entregent.adapters.readers.choices import Choices
from entregent.adapters.readers.inflation import opened
from entregent.adapters.readers.limits import RECORD_BYTES, excerpt
from entregent.adapters.readers.quoting import html_text, parted
from entregent.adapters.readers.records import Record, batched
from entregent.adapters.readers.text_files import TextFile, readable

COLUMNS = (
    "message_id", "in_reply_to", "thread", "at", "from_name", "from_email", "to", "cc",
    "subject", "text", "quoted", "attachments", "direction", "customer_email", "customer_name", "agent",
)  # fmt: skip
SAMPLE_MAILS = 300
SHARE_OF_OWN_MAILS = 0.8
# People's own addresses; no firm's.
PUBLIC_DOMAINS = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "outlook.fr",
        "hotmail.com",
        "hotmail.fr",
        "live.com",
        "live.fr",
        "msn.com",
        "yahoo.com",
        "yahoo.fr",
        "orange.fr",
        "wanadoo.fr",
        "free.fr",
        "sfr.fr",
        "neuf.fr",
        "laposte.net",
        "bbox.fr",
        "icloud.com",
        "me.com",
        "aol.com",
        "gmx.com",
        "gmx.fr",
        "proton.me",
        "protonmail.com",
        "numericable.fr",
    ]
)
UNFIT = (ValueError, LookupError, TypeError, AttributeError, IndexError, RecursionError)


@dataclass(frozen=True, slots=True)
class MailTable:
    """The mails of one file; a row's number is the mail's place."""

    text: TextFile
    format: str
    own_domains: frozenset[str] = frozenset()
    notices: list[Notice] = field(default_factory=list)
    columns: tuple[str, ...] = COLUMNS
    sheets: tuple[str, ...] = ()
    record_paths: tuple[str, ...] = ()
    rows_at_most: int | None = None

    def batches(self, size: int = 20_000) -> Iterator[Batch]:
        return batched(self.records(), self.columns, min(size, 2_000))

    def records(self) -> Iterator[Record | Unreadable]:
        with opened(self.text.path) as content:
            pieces = _separate(content) if self.format == "mbox" else _alone(content)
            for number, piece in enumerate(pieces, start=1):
                yield self._record(number, piece)

    def _record(self, number: int, piece: bytes | None) -> Record | Unreadable:
        if piece is None:
            reason = Reason("too_long", {"limit": str(RECORD_BYTES)})
            return Unreadable(number, "", reason)
        try:
            mail = email.message_from_bytes(piece, policy=email.policy.default)
            cells = _cells(mail, self.own_domains)
        except UNFIT:
            return Unreadable(number, _shown(piece), Reason("broken_mail"))
        if not cells["from_email"] and not cells["at"]:
            return Unreadable(number, _shown(piece), Reason("broken_mail"))
        return Record(number, cells, partial(_shown, piece))


def open_mails(text: TextFile, format_: str, choices: Choices) -> MailTable:
    """Settle which side of each mail is the firm: it is the one who takes part in nearly all."""
    table = MailTable(text, format_)
    mails = list(islice(table.records(), SAMPLE_MAILS))
    if not any(isinstance(mail, Record) for mail in mails):
        raise UnreadableFile(Reason("broken_mail"))
    if choices.own_domains:
        own = frozenset(domain.lower().lstrip("@") for domain in choices.own_domains)
        return replace(table, own_domains=own)
    guess = _own_domain([mail.cells for mail in mails if isinstance(mail, Record)])
    if guess is None:
        return replace(table, notices=[Notice("own_domain_unknown")])
    notice = Notice("own_domain_guessed", {"domain": guess})
    return replace(table, own_domains=frozenset({guess}), notices=[notice])


def _own_domain(mails: list[dict[str, str]]) -> str | None:
    seen = Counter(
        domain
        for mail in mails
        for domain in {
            _domain(address)
            for _, address in getaddresses([mail["from_email"], mail["to"], mail["cc"]])
        }
        if domain and domain not in PUBLIC_DOMAINS
    )
    if not seen:
        return None
    domain, count = seen.most_common(1)[0]
    alone = len([other for other in seen.values() if other == count]) == 1
    return domain if alone and count >= SHARE_OF_OWN_MAILS * len(mails) else None


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower() if "@" in address else ""


def _separate(content: BinaryIO) -> Iterator[bytes | None]:
    """The mails of an mbox file: each begins after an empty line, with `From `."""
    piece: list[bytes] = []
    size = 0
    after_empty = True
    for line in iter(partial(content.readline, RECORD_BYTES), b""):
        if after_empty and line.startswith(b"From ") and size:
            yield b"".join(piece) if size <= RECORD_BYTES else None
            piece, size = [], 0
        elif not (line.startswith(b"From ") and not size):
            size += len(line)
            if size <= RECORD_BYTES:
                piece.append(re.sub(rb"^>(>*From )", rb"\1", line))
            else:
                piece = []
        after_empty = line in (b"\n", b"\r\n")
    if size:
        yield b"".join(piece) if size <= RECORD_BYTES else None


def _alone(content: BinaryIO) -> Iterator[bytes | None]:
    piece = content.read(RECORD_BYTES + 1)
    yield piece if len(piece) <= RECORD_BYTES else None


def _shown(piece: bytes) -> str:
    return readable(excerpt(piece[:8_000].decode("utf-8", "surrogateescape")))


def _cells(mail: EmailMessage, own: frozenset[str]) -> dict[str, str]:
    sender_name, sender = _first_address(mail, "From")
    to, cc = _addresses(mail, "To"), _addresses(mail, "Cc")
    new, rest = parted(_body(mail))
    outgoing = _domain(sender) in own
    others = [pair for pair in (*to, *cc) if _domain(pair[1]) not in own]
    customer_name, customer = (
        (others[0] if others else ("", "")) if outgoing else (sender_name, sender)
    )
    internal = outgoing and bool(to or cc) and not others
    references = _header(mail, "References").split()
    return {
        "message_id": _header(mail, "Message-ID").strip("<> "),
        "in_reply_to": _header(mail, "In-Reply-To").strip("<> "),
        "thread": (references or [_header(mail, "In-Reply-To") or _header(mail, "Message-ID")])[
            0
        ].strip("<> "),
        "at": _moment(mail),
        "from_name": sender_name,
        "from_email": sender,
        "to": ", ".join(address for _, address in to),
        "cc": ", ".join(address for _, address in cc),
        "subject": _header(mail, "Subject"),
        "text": new,
        "quoted": rest,
        "attachments": ", ".join(_attachments(mail)),
        "direction": "internal" if internal else "out" if outgoing else "in",
        "customer_email": customer,
        "customer_name": customer_name,
        "agent": sender if outgoing else "",
    }


def _header(mail: EmailMessage, name: str) -> str:
    try:
        return _clean(str(mail.get(name, "")))
    except UNFIT:
        return ""


def _clean(text: str) -> str:
    return readable(" ".join(text.split()))


def _addresses(mail: EmailMessage, name: str) -> list[tuple[str, str]]:
    try:
        written = [str(value) for value in mail.get_all(name, [])]
    except UNFIT:
        return []
    return [
        (_clean(person), _clean(address)) for person, address in getaddresses(written) if address
    ]


def _first_address(mail: EmailMessage, name: str) -> tuple[str, str]:
    return next(iter(_addresses(mail, name)), ("", ""))


def _moment(mail: EmailMessage) -> str:
    try:
        date = getattr(mail["Date"], "datetime", None)
    except UNFIT:
        return ""
    return date.isoformat() if isinstance(date, datetime) else ""


def _body(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        content = part.get_content()
    except UNFIT:
        raw = part.get_payload(decode=True)
        content = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
    text = content if isinstance(content, str) else ""
    return readable(html_text(text) if part.get_content_subtype() == "html" else text)


def _attachments(mail: EmailMessage) -> Iterator[str]:
    for part in mail.iter_attachments() if mail.is_multipart() else ():
        yield _clean(part.get_filename() or part.get_content_type())
