"""From a batch of rows, as read, to rows of evidence, or to the reasons why not.

Works column by column: a million rows pass in a few seconds. A row is taken whole or refused
whole. What needs the store to be known (whose row this is, whether it is new) is left to it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

import numpy as np

from entregent.adapters.intake import values
from entregent.adapters.intake.mapping import Mapping
from entregent.adapters.intake.values import Unreadable
from entregent.adapters.readers.batches import Batch, Reason

SEPARATOR = "\x1f"
LONGEST = {
    "channel": 20, "direction": 8, "activity": 200, "language": 8, "agent_id": 100, "currency": 3,
    "product": 200, "kind": 40, "cause": 200, "remedy_asked": 300, "remedy_given": 300,
    "severity": 20, "status": 20, "purpose": 120, "name": 200, "item": 120, "instrument": 60,
    "response_id": 100, "source_key": 120, "value": 254,
}  # fmt: skip
IN_OR_OUT = {"in": "in", "inbound": "in", "out": "out", "outbound": "out", "internal": "internal"}


@dataclass(slots=True)
class Pieces:
    """Rows of one evidence table.

    rows: which row of the batch each comes from. keys, contents: sixteen-byte digests.
    repeated: places whose source key an earlier row of the file bore already.
    """

    rows: list[int] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(default_factory=dict)
    repeated: set[int] = field(default_factory=set)

    def contents_by_row(self) -> dict[int, str]:
        return {row: content.hex() for row, content in zip(self.rows, self.contents, strict=True)}


@dataclass(slots=True)
class Converted:
    """What a batch says.

    identities: per row, (scheme, value) pairs. through: per row, the row_key of an interaction
    that tells whose it is, or None. facts, attributes: per row, what is said of the customer.
    about_customers: the mapping makes nothing but customers, so that a row is the word on them.
    case_keys: per row of interactions, the row_key of its case, or None.
    """

    numbers: list[int]
    refusals: dict[int, Reason]
    identities: list[list[tuple[str, str]]]
    through: list[bytes | None]
    facts: list[dict[str, Any]]
    attributes: list[dict[str, str]]
    pieces: dict[str, Pieces]
    case_keys: list[bytes | None]
    about_customers: bool


class Occurrences:
    """How many times a digest stood earlier in the file, in eight bytes a row.

    >>> seen = Occurrences()
    >>> seen.count([b"a" * 16, b"b" * 16, b"a" * 16]), seen.count([b"a" * 16, b"c" * 16])
    ([0, 0, 1], [2, 0])
    """

    def __init__(self) -> None:
        self._runs: list[np.ndarray[Any, np.dtype[np.uint64]]] = []
        self._repeated: dict[bytes, int] = {}

    def count(self, digests: Sequence[bytes]) -> list[int]:
        short = np.frombuffer(b"".join(digest[:8] for digest in digests), dtype=np.uint64)
        suspects = np.zeros(len(short), dtype=bool)
        for run in self._runs:
            place = np.minimum(np.searchsorted(run, short), len(run) - 1)
            suspects |= run[place] == short
        _, first, inverse = np.unique(short, return_index=True, return_inverse=True)
        suspects |= first[inverse] != np.arange(len(short))
        counts = [0] * len(digests)
        for place in np.flatnonzero(suspects).tolist():
            digest = digests[place]
            # The first time a digest proves repeated, one earlier row already bore it.
            counts[place] = self._repeated[digest] = self._repeated.get(digest, 0) + 1
        self._runs.append(np.sort(short))
        if len(self._runs) > 8:
            self._runs = [np.sort(np.concatenate(self._runs))]
        return counts


def digest(*parts: str) -> bytes:
    """Sixteen bytes that stand for some texts."""
    return blake2b(SEPARATOR.join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Conversion:
    """Converts the batches of one file, in order, under one mapping.

    source: the source's name; keys live in the mapping's key space, or else in the source's own.
    """

    def __init__(self, mapping: Mapping, source: str) -> None:
        self.mapping = mapping
        self.source = source
        self.space = mapping.key_space or source
        self.seen = Occurrences()
        self.seen_keys: dict[str, Occurrences] = {}
        self.roles = {role for roles in mapping.columns.values() for role in roles}
        self.read_time = values.time_reader(mapping.timezone, day_first=mapping.day_first)
        self.read_day = values.day_reader(mapping.timezone, day_first=mapping.day_first)
        self.read_number = values.number_reader(decimal_comma=mapping.decimal_comma)

    def __call__(self, batch: Batch) -> Converted:
        return _BatchConversion(self, batch).convert()

    def row_key(self, table: str, key: str) -> bytes:
        """The key of the row that a source's own key names."""
        return digest(table, self.space, key)


class _BatchConversion:
    """One batch on its way; holds what all its tables share."""

    def __init__(self, whole: Conversion, batch: Batch) -> None:
        self.whole, self.batch, self.mapping = whole, batch, whole.mapping
        self.n = len(batch)
        self.refusals: dict[int, Reason] = {}
        self._digests: list[bytes] | None = None
        self.pieces: dict[str, Pieces] = {}
        self.at: list[datetime | None] = self.parsed("at", whole.read_time)

    def convert(self) -> Converted:
        through = self.through()
        case_keys = self.case_rows()
        interaction_cases = self.interactions(through)
        self.transactions(through)
        self.answers(through)
        self.agreements()
        self.consents()
        identities = self.identities()
        facts, attributes = self.facts(), self.attributes()
        if (any(facts) or any(attributes)) and not any(
            role.startswith("identity.") for role in self.whole.roles
        ):
            # Somebody is described and nobody named: each row is somebody, known by this row only.
            for place, row in enumerate(self.digests()):
                identities[place] = [(f"row:{self.whole.source}"[:60], row.hex())]
        return Converted(
            numbers=self.batch.numbers, refusals=self.refusals, identities=identities, through=through,
            facts=facts, attributes=attributes, pieces=self.pieces,
            case_keys=interaction_cases if interaction_cases is not None else case_keys,
            about_customers=not self.pieces,
        )  # fmt: skip

    # What the cells say, role by role

    def has(self, *roles: str) -> bool:
        return any(role in self.whole.roles or role in self.mapping.constants for role in roles)

    def texts(self, role: str, join: str | None = None) -> list[str]:
        """One text per row for a role: its column, or its columns joined, or its constant."""
        found = [
            self.batch.cells[name]
            for name in self.mapping.role_columns(role)
            if name in self.batch.cells
        ]
        constant = self.mapping.constants.get(role, "")
        if not found:
            return [constant] * self.n
        if len(found) == 1:
            said = [text.strip() for text in found[0]]
        elif join is None:
            said = [
                next((text.strip() for text in row if text.strip()), "")
                for row in zip(*found, strict=True)
            ]
        else:
            said = [
                join.join(text.strip() for text in row if text.strip())
                for row in zip(*found, strict=True)
            ]
        if known := self.mapping.values.get(role):
            folded = {word.casefold(): stored for word, stored in known.items()}
            said = [folded.get(text.casefold(), text) for text in said]
        return [text or constant for text in said] if constant else said

    def parsed(self, role: str, read: Callable[[str], Any]) -> list[Any]:
        if not self.has(role):
            return [None] * self.n
        texts = self.texts(role)
        try:
            return [read(text) if text else None for text in texts]
        except Unreadable:
            return [self._one(place, text, read) for place, text in enumerate(texts)]

    def _one(self, place: int, text: str, read: Callable[[str], Any]) -> Any:
        if not text:
            return None
        try:
            return read(text)
        except Unreadable as problem:
            self.refusals.setdefault(place, problem.reason)
            return None

    def limited(self, texts: list[str], column: str) -> list[str]:
        limit = LONGEST[column]
        for place, text in enumerate(texts):
            if len(text) > limit:
                self.refusals.setdefault(
                    place,
                    Reason("too_long", {"text": text[:80], "column": column, "limit": str(limit)}),
                )
        return texts

    def digests(self) -> list[bytes]:
        """What each whole row says, and which of several identical rows it is."""
        if self._digests is None:
            rows = [
                blake2b(
                    SEPARATOR.join(row).encode("utf-8", "surrogatepass"), digest_size=16
                ).digest()
                for row in zip(*self.batch.cells.values(), strict=True)
            ]
            for place, earlier in enumerate(self.whole.seen.count(rows)):
                if earlier:
                    rows[place] = blake2b(
                        rows[place] + earlier.to_bytes(8), digest_size=16
                    ).digest()
            self._digests = rows
        return self._digests

    # Who

    def through(self) -> list[bytes | None]:
        if not self.has("identity.interaction_key"):
            return [None] * self.n
        texts = self.texts("identity.interaction_key")
        return [self.whole.row_key("interactions", text) if text else None for text in texts]

    def identities(self) -> list[list[tuple[str, str]]]:
        found: list[list[tuple[str, str]]] = [[] for _ in range(self.n)]
        mapping = self.mapping
        readers: list[tuple[str, str, Callable[[str], str]]] = []
        for role in dict.fromkeys(role for roles in mapping.columns.values() for role in roles):
            if role == "identity.email":
                readers.append((role, "email", values.email))
            elif role == "identity.phone":
                readers.append((role, "phone", lambda text: values.phone(text, mapping.country)))
            elif role == "identity.key" or role.startswith("identity.key."):
                name = role.removeprefix("identity.key").lstrip(".")
                scheme = f"{self.whole.space}:{name}" if name else self.whole.space
                readers.append((role, scheme[:60], str))
        for role, scheme, read in readers:
            for place, value in enumerate(self.parsed(role, read)):
                if value:
                    found[place].append((scheme, value[:254]))
        return found

    def facts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [{} for _ in range(self.n)]
        names = self.texts("customer.name")
        if self.has("customer.first_name", "customer.last_name"):
            firsts, lasts = self.texts("customer.first_name"), self.texts("customer.last_name")
            names = [
                name or f"{first} {last}".strip()
                for name, first, last in zip(names, firsts, lasts, strict=True)
            ]
        languages = [text[:2].lower() for text in self.texts("customer.language")]
        kinds = [
            "organisation" if text.lower().startswith("org") else "person" if text else ""
            for text in self.texts("customer.kind")
        ]
        for name, said in (
            ("name", self.limited(names, "name")),
            ("language", languages),
            ("kind", kinds),
            ("since", self.parsed("customer.since", self.whole.read_day)),
        ):
            for place, value in enumerate(said):
                if value:
                    found[place][name] = value
        return found

    def attributes(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = [{} for _ in range(self.n)]
        named = {
            role
            for role in (*self.whole.roles, *self.mapping.constants)
            if role.startswith("attribute.")
        }
        for role in sorted(named):
            for place, text in enumerate(self.texts(role)):
                if text:
                    found[place][role.removeprefix("attribute.")] = text
        return found

    # What happened

    def keep(
        self, table: str, rows: list[int], key_role: str | None, columns: dict[str, list[Any]]
    ) -> Pieces:
        """The chosen rows of a table, keyed by the source's own key or by what the row says."""
        given = self.texts(key_role) if key_role in self.whole.roles and key_role else [""] * self.n
        picked = {
            name: said if len(rows) == self.n else [said[row] for row in rows]
            for name, said in columns.items()
        }
        pieces = Pieces(rows=rows, columns=picked)
        # What a row says of its case is part of what its event says: known again, nothing is new.
        said_of_cases = self.pieces["cases"].contents_by_row() if "cases" in self.pieces else {}
        pieces.contents = [
            digest(*map(str, said), said_of_cases.get(row, ""))
            for row, *said in zip(rows, *picked.values(), strict=True)
        ]
        if all(given):
            pieces.keys = [self.whole.row_key(table, given[row]) for row in rows]
        else:
            whole_rows, prefix = self.digests(), f"{table}{self.whole.source}".encode()
            pieces.keys = [
                self.whole.row_key(table, given[row])
                if given[row]
                else blake2b(prefix + whole_rows[row], digest_size=16).digest()
                for row in rows
            ]
        # A case may be told by many rows, each saying how it stands; anything else is told once.
        if key_role and any(given) and table != "cases" and pieces.keys:
            seen = self.whole.seen_keys.setdefault(table, Occurrences())
            earlier = seen.count(pieces.keys)
            pieces.repeated = {place for place, times in enumerate(earlier) if times}
        self.pieces[table] = pieces
        return pieces

    def need_time(
        self, rows: Iterable[int], moments: list[datetime | None], through: list[bytes | None]
    ) -> None:
        for row in rows:
            if moments[row] is None and through[row] is None:
                self.refusals.setdefault(row, Reason("no_time"))

    def case_rows(self) -> list[bytes | None]:
        if not self.has("case.key", "case.opened_at"):
            return [None] * self.n
        keys = self.texts("case.key")
        opened = (
            self.parsed("case.opened_at", self.whole.read_time)
            if self.has("case.opened_at")
            else self.at
        )
        rows = [row for row in range(self.n) if (keys[row] or opened[row])]
        self.need_time(rows, opened, [None] * self.n)
        columns: dict[str, list[Any]] = {
            "source_key": self.limited(keys, "source_key"),
            "opened_at": opened,
            **{
                name: self.parsed(f"case.{name}", self.whole.read_time)
                for name in ("acknowledged_at", "resolved_at", "closed_at")
                if self.has(f"case.{name}")
            },
            **{
                name: self.limited(self.texts(f"case.{name}"), name)
                for name in ("kind", "cause", "remedy_asked", "remedy_given", "severity", "status")
                if self.has(f"case.{name}")
            },
        }
        if self.has("case.reopened"):
            columns["reopened"] = [
                None if said is None else int(said)
                for said in self.parsed("case.reopened", self.whole.read_number)
            ]
        pieces = self.keep("cases", rows, "case.key", columns)
        found: list[bytes | None] = [None] * self.n
        for row, key in zip(pieces.rows, pieces.keys, strict=True):
            found[row] = key
        return found

    def interactions(self, through: list[bytes | None]) -> list[bytes | None] | None:
        telling = (
            "text",
            "title",
            "activity",
            "answered_at",
            "wait_seconds",
            "handle_seconds",
            "abandoned",
            "key",
        )
        if not self.has(*(f"interaction.{name}" for name in telling)):
            return None
        at = (
            self.parsed("interaction.at", self.whole.read_time)
            if self.has("interaction.at")
            else self.at
        )
        titles, words = self.texts("interaction.title"), self.texts("interaction.text", join="\n\n")
        text = [
            f"{title}\n\n{word}" if title and word and title not in word else word or title
            for title, word in zip(titles, words, strict=True)
        ]
        columns: dict[str, list[Any]] = {"at": at, "text": text, **self.durations(at)}
        for name in ("channel", "activity", "agent_id"):
            if self.has(f"interaction.{name}"):
                columns[name] = self.limited(self.texts(f"interaction.{name}"), name)
        if self.has("interaction.direction"):
            columns["direction"] = [
                IN_OR_OUT.get(said.lower(), "") for said in self.texts("interaction.direction")
            ]
        if self.has("interaction.language"):
            columns["language"] = [said[:2].lower() for said in self.texts("interaction.language")]
        if self.has("interaction.abandoned"):
            columns["abandoned"] = self.parsed("interaction.abandoned", values.yes_or_no)
        shown = [
            self.texts(f"interaction.{name}") for name in telling if self.has(f"interaction.{name}")
        ]
        rows = (
            list(range(self.n))
            if any(all(said) for said in shown)
            else [row for row in range(self.n) if any(said[row] for said in shown)]
        )
        self.need_time(rows, at, through)
        self.keep("interactions", rows, "interaction.key", columns)
        if not self.has("interaction.case_key"):
            return None
        return [
            self.whole.row_key("cases", key) if key else None
            for key in self.texts("interaction.case_key")
        ]

    def durations(self, at: list[datetime | None]) -> dict[str, list[Any]]:
        units, found = self.mapping.units, {}
        answered = self.parsed("interaction.answered_at", self.whole.read_time)
        ended = self.parsed("interaction.ended_at", self.whole.read_time)
        for name in ("wait_seconds", "handle_seconds"):
            role = f"interaction.{name}"
            if self.has(role):
                found[name] = self.parsed(role, values.seconds_reader(units.get(role, "seconds")))
        if self.has("interaction.answered_at"):
            found.setdefault(
                "wait_seconds",
                [_between(start, end) for start, end in zip(at, answered, strict=True)],
            )
            if self.has("interaction.ended_at"):
                found.setdefault(
                    "handle_seconds",
                    [_between(start, end) for start, end in zip(answered, ended, strict=True)],
                )
                if not self.has("interaction.abandoned"):
                    gave_up = [
                        start is None and end is not None
                        for start, end in zip(answered, ended, strict=True)
                    ]
                    found["abandoned"] = gave_up
                    waited = [_between(start, end) for start, end in zip(at, ended, strict=True)]
                    found["wait_seconds"] = [
                        total if gone else wait
                        for gone, total, wait in zip(
                            gave_up, waited, found["wait_seconds"], strict=True
                        )
                    ]
        return found

    def transactions(self, through: list[bytes | None]) -> None:
        if not self.has("transaction.amount", "transaction.unit_price"):
            return
        amounts = self.parsed("transaction.amount", self.whole.read_number)
        if self.has("transaction.unit_price"):
            prices = self.parsed("transaction.unit_price", self.whole.read_number)
            quantities = self.parsed("transaction.quantity", self.whole.read_number)
            amounts = [
                amount
                if amount is not None
                else None
                if price is None
                else price * (1 if quantity is None else quantity)
                for amount, price, quantity in zip(amounts, prices, quantities, strict=True)
            ]
        at = (
            self.parsed("transaction.at", self.whole.read_time)
            if self.has("transaction.at")
            else self.at
        )
        currencies = [
            text.upper() or self.mapping.currency for text in self.texts("transaction.currency")
        ]
        columns: dict[str, list[Any]] = {
            "at": at,
            "amount": amounts,
            "currency": self.limited(currencies, "currency"),
        }
        if self.has("transaction.margin"):
            columns["margin"] = self.parsed("transaction.margin", self.whole.read_number)
        for name in ("product", "kind"):
            if self.has(f"transaction.{name}"):
                columns[name] = self.limited(self.texts(f"transaction.{name}"), name)
        rows = [row for row in range(self.n) if amounts[row] is not None]
        if "kind" not in columns:
            columns["kind"] = [
                "refund" if amount is not None and amount < 0 else "purchase" for amount in amounts
            ]
        self.need_time(rows, at, through)
        self.keep("transactions", rows, "transaction.key", columns)

    def answers(self, through: list[bytes | None]) -> None:
        asked = dict.fromkeys(
            role.partition(".")[2]
            for role in (
                *(role for roles in self.mapping.columns.values() for role in roles),
                *self.mapping.constants,
            )
            if role.startswith(("answer.", "answer_text."))
        )
        if not asked:
            return
        at = (
            self.parsed("response.at", self.whole.read_time) if self.has("response.at") else self.at
        )
        responses = (
            self.texts("response.key")
            if self.has("response.key")
            else [row.hex() for row in self.digests()]
        )
        self.limited(responses, "response_id")
        pieces = Pieces(
            columns={
                name: []
                for name in (
                    "response_id",
                    "at",
                    "instrument",
                    "instrument_version",
                    "item",
                    "value",
                    "text",
                )
            }
        )
        for path in asked:
            instrument, _, item = path.partition(".")
            scores = self.scores(path)
            words = self.texts(f"answer_text.{path}")
            version = self.mapping.versions.get(instrument, "")
            rows = [row for row in range(self.n) if scores[row] is not None or words[row]]
            self.need_time(rows, at, through)
            for row in rows:
                said = (responses[row], at[row], instrument, version, item, scores[row], words[row])
                pieces.rows.append(row)
                pieces.keys.append(
                    self.whole.row_key("answers", f"{responses[row]}{SEPARATOR}{path}")
                )
                pieces.contents.append(digest(*map(str, said)))
                for column, value in zip(pieces.columns.values(), said, strict=True):
                    column.append(value)
        self.pieces["answers"] = pieces

    def scores(self, path: str) -> list[float | None]:
        scores = [
            None if said is None else float(said)
            for said in self.parsed(f"answer.{path}", self.whole.read_number)
        ]
        if path in self.mapping.scales:
            low, high = self.mapping.scales[path]
            for row, score in enumerate(scores):
                if score is not None and not low <= score <= high:
                    self.refusals.setdefault(
                        row,
                        Reason(
                            "out_of_scale",
                            {"text": f"{score:g}", "low": f"{low:g}", "high": f"{high:g}"},
                        ),
                    )
        return scores

    def agreements(self) -> None:
        telling = ("text", "from", "until", "key", "kept")
        if not self.has(*(f"agreement.{name}" for name in telling)):
            return
        kinds = self.texts("agreement.kind")
        for row, kind in enumerate(kinds):
            if kind and kind not in {"contract", "exit_fee", "tacit", "preference", "promise"}:
                self.refusals.setdefault(row, Reason("unknown_kind", {"text": kind}))
        columns: dict[str, list[Any]] = {
            "kind": [kind or "contract" for kind in kinds],
            "text": self.texts("agreement.text"),
            "since": self.parsed("agreement.from", self.whole.read_day),
            "until": self.parsed("agreement.until", self.whole.read_day),
            "kept": self.parsed("agreement.kept", values.yes_or_no),
        }
        shown = [self.texts(f"agreement.{name}") for name in telling]
        self.keep(
            "agreements",
            [row for row in range(self.n) if any(said[row] for said in shown)],
            "agreement.key",
            columns,
        )

    def consents(self) -> None:
        if not self.has("consent.purpose"):
            return
        purposes = self.texts("consent.purpose")
        columns: dict[str, list[Any]] = {
            "purpose": self.limited(purposes, "purpose"),
            "given_at": self.parsed("consent.given_at", self.whole.read_time),
            "withdrawn_at": self.parsed("consent.withdrawn_at", self.whole.read_time),
        }
        self.keep("consents", [row for row in range(self.n) if purposes[row]], None, columns)


def _between(start: datetime | None, end: datetime | None) -> float | None:
    if start is None or end is None or end < start:
        return None
    return (end - start).total_seconds()
