"""WhatsApp chat exports: one row per message, whatever the phone that wrote them."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

from entregent.adapters.readers.batches import Batch, Notice, Unreadable
from entregent.adapters.readers.choices import Choices
from entregent.adapters.readers.limits import LINE_CHARACTERS, excerpt
from entregent.adapters.readers.records import Record, batched
from entregent.adapters.readers.text_files import TextFile, readable

COLUMNS = ("at", "author", "text", "activity", "direction", "customer")
STAMP = (
    r"(?P<first>\d{1,4})[/.-](?P<second>\d{1,2})[/.-](?P<third>\d{2,4})(?:,| à| at)?\s"
    r"(?P<hour>\d{1,2})[:h.](?P<minute>\d{2})(?:[:.](?P<second_of>\d{2}))?(?:\s?(?P<half>[AaPp])\.?[Mm]\.?)?"
)
BEGINNING = re.compile(
    rf"(?:\[{STAMP}\]\s|{STAMP.replace('?P<', '?P<d_')}\s-\s)(?P<rest>.*)", re.DOTALL
)
SIGNED = re.compile(r"(?P<author>[^:\n]{1,60}):(?:\s(?P<text>.*)|$)", re.DOTALL)
MEDIA = re.compile(
    r"<(?:médias? omis|media omitted|pièce jointe|attached)\b.*>"
    r"|(?:image|vidéo|video|audio|sticker|GIF|document|contact|carte de contact)"
    r" (?:absente?|omise?|omitted)"
    r"|.*\((?:fichier joint|file attached)\)",
    re.IGNORECASE,
)
MARKS = str.maketrans(
    {"\u200e": None, "\u200f": None, "\u202f": " ", "\u00a0": " ", "\ufeff": None}
)
NAMED_AFTER = re.compile(
    r"(?:Discussion WhatsApp avec|WhatsApp Chat (?:with|-)|Conversation WhatsApp avec)\s+(?P<who>.+?)"
    r"(?:\s*\(\d+\))?(?:\.txt)?(?:\.gz)?",
    re.IGNORECASE,
)
TELLING_LINES = 20
SETTLING_MESSAGES = 200_000


@dataclass(frozen=True, slots=True)
class ChatTable:
    """The messages of one chat; a row's number is the line where the message begins.

    customer: with whom the firm speaks, where the file's name says it.
    own: how the firm signs.
    """

    text: TextFile
    customer: str = ""
    own: frozenset[str] = frozenset()
    notices: list[Notice] = field(default_factory=list)
    columns: tuple[str, ...] = COLUMNS
    format: str = "whatsapp"
    sheets: tuple[str, ...] = ()
    record_paths: tuple[str, ...] = ()

    @property
    def rows_at_most(self) -> int | None:
        return self.text.lines

    def batches(self, size: int = 20_000) -> Iterator[Batch]:
        return batched(self.records(), self.columns, size)

    def records(self) -> Iterator[Record | Unreadable]:
        for number, lines in self._messages():
            original = "".join(lines).rstrip("\r\n")
            reason = None if self.text.is_clean else self.text.foreign(original)
            if reason:
                yield Unreadable(number, readable(excerpt(original)), reason)
            else:
                yield Record(number, self._cells(original), partial(str, original))

    def _messages(self) -> Iterator[tuple[int, list[str]]]:
        """Lines that belong together: a message goes on until the next stamp."""
        begun: tuple[int, list[str]] | None = None
        held = 0
        with self.text.open() as stream:
            for number, line in enumerate(
                iter(lambda: stream.readline(LINE_CHARACTERS), ""), start=1
            ):
                if (
                    BEGINNING.match(line.translate(MARKS))
                    or begun is None
                    or held > LINE_CHARACTERS
                ):
                    if begun is not None:
                        yield begun
                    begun, held = (number, []), 0
                begun[1].append(line)
                held += len(line)
        if begun is not None:
            yield begun

    def _cells(self, original: str) -> dict[str, str]:
        text = original.translate(MARKS)
        stamp = BEGINNING.match(text)
        if stamp is None:
            return dict.fromkeys(COLUMNS, "") | {"text": text, "activity": "system"}
        said = SIGNED.fullmatch(stamp["rest"])
        author = said["author"].strip() if said else ""
        words = ((said["text"] or "") if said else stamp["rest"]).strip()
        activity = "system" if not said else "media" if MEDIA.fullmatch(words) else "message"
        return {
            "at": _moment(stamp),
            "author": author,
            "text": words,
            "activity": activity,
            "direction": self._direction(author),
            "customer": self._customer(author),
        }

    def _direction(self, author: str) -> str:
        if not author:
            return "internal"
        if self.customer:
            return "in" if author == self.customer else "out"
        return ("out" if author in self.own else "in") if self.own else ""

    def _customer(self, author: str) -> str:
        if self.customer:
            return self.customer
        return "" if author in self.own else author


def is_chat(sample: str) -> bool:
    """Whether most of the opening lines begin with a stamp, as chat exports do."""
    lines = [line for line in islice(sample.splitlines(), TELLING_LINES) if line.strip()]
    stamped = sum(1 for line in lines if BEGINNING.match(line.translate(MARKS)))
    return (
        bool(lines)
        and stamped > 0
        and bool(BEGINNING.match(lines[0].translate(MARKS)))
        and (3 * stamped >= len(lines))
    )


def open_chat(text: TextFile, name: str, choices: Choices) -> ChatTable:
    """Settle who is the firm in a chat."""
    notices = list(text.notices)
    if choices.own_names:
        table = ChatTable(text, own=frozenset(choices.own_names), notices=notices)
        people = _authors(table) - table.own
        return replace(table, customer=people.pop()) if len(people) == 1 else table
    after = NAMED_AFTER.fullmatch(name)
    people = _authors(ChatTable(text))
    if after and after["who"] in people:
        return ChatTable(text, customer=after["who"], notices=notices)
    notices.append(Notice("who_is_the_firm", {"authors": ", ".join(sorted(people)[:6])}))
    return ChatTable(text, notices=notices)


def day_first(table: ChatTable) -> bool | None:
    """Whether the day stands first, if any date of the chat settles it."""
    seen: Counter[bool] = Counter()
    for record in islice(table.records(), SETTLING_MESSAGES):
        if isinstance(record, Record) and "/" in record.cells["at"]:
            first, second = record.cells["at"].split("/")[:2]
            if int(first) > 12 or int(second) > 12:
                seen[int(first) > 12] += 1
    return seen.most_common(1)[0][0] if seen else None


def _authors(table: ChatTable) -> set[str]:
    records = islice(table.records(), SETTLING_MESSAGES)
    return {r.cells["author"] for r in records if isinstance(r, Record)} - {""}


def _moment(stamp: re.Match[str]) -> str:
    """The stamp with a four-digit year and a 24-hour clock, day and month as the phone put them."""
    part = {
        name.removeprefix("d_"): value
        for name, value in stamp.groupdict().items()
        if value is not None
    }
    hour = int(part["hour"])
    if "half" in part:
        hour = hour % 12 + (12 if part["half"].lower() == "p" else 0)
    clock = f"{hour:02d}:{part['minute']}:{part.get('second_of', '00')}"
    first, second, third = part["first"], part["second"], part["third"]
    if len(first) == 4:
        return f"{first}-{int(second):02d}-{int(third):02d}T{clock}"
    year = third if len(third) == 4 else f"20{third}"
    return f"{int(first):02d}/{int(second):02d}/{year} {clock}"
