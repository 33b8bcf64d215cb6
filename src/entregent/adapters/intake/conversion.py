"""From a batch of rows, as read, to rows of evidence, or to the reasons why not.

Works column by column: a million rows pass in a few seconds. A row is taken whole or refused
whole. What needs the store to be known (whose row this is, whether it is new) is left to it.
"""

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np

from entregent.adapters.intake import values
from entregent.adapters.intake.mapping import ROLES, Mapping
from entregent.adapters.intake.values import Unreadable
from entregent.adapters.readers.batches import Batch, Reason
from entregent.adapters.readers.batches import Unreadable as Unread

SEPARATOR = "\x1f"
LONGEST = {
    "channel": 20, "direction": 8, "activity": 200, "language": 8, "agent_id": 100, "currency": 3,
    "product": 200, "kind": 40, "cause": 200, "remedy_asked": 300, "remedy_given": 300,
    "severity": 20, "status": 20, "purpose": 120, "name": 200, "item": 120, "instrument": 60,
    "response_id": 100, "source_key": 120, "value": 254,
}  # fmt: skip
DIGITS = "0123456789"
IN_OR_OUT = {"in": "in", "inbound": "in", "out": "out", "outbound": "out", "internal": "internal"}


@dataclass(slots=True)
class Pieces:
    """Rows of one evidence table.

    rows: which row of the batch each comes from. keys, contents: sixteen bytes each. Moments in
    columns are stamps (see values.stamp).
    repeated: places whose source key an earlier row of the file bore already.
    """

    rows: Sequence[int] = ()
    keys: list[bytes] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(default_factory=dict)
    repeated: set[int] = field(default_factory=set)

    def contents_by_row(self) -> dict[int, str]:
        return {row: content.hex() for row, content in zip(self.rows, self.contents, strict=True)}


@dataclass(slots=True)
class Converted:
    """What a batch says.

    numbers, originals, unreadable: as in Batch. identities: per scheme, the value of each row,
    empty where it has none. through: row → the row_key of an interaction that tells whose it is.
    facts, attributes: row → what is said of the customer. about_customers: the mapping makes
    nothing but customers, so that a row is the word on them. case_keys: row → the row_key of the
    case that its interaction belongs to.
    """

    numbers: list[int]
    originals: list[str]
    unreadable: list[Unread]
    refusals: dict[int, Reason]
    identities: list[tuple[str, list[str]]]
    through: dict[int, bytes]
    facts: dict[int, dict[str, Any]]
    attributes: dict[int, dict[str, str]]
    pieces: dict[str, Pieces]
    case_keys: dict[int, bytes]
    about_customers: bool

    def __len__(self) -> int:
        return len(self.numbers)


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
        short = np.frombuffer(b"".join([digest[-8:] for digest in digests]), dtype=np.uint64)
        # In order, looking each up in an earlier run is a walk, not a jump.
        order = np.argsort(short, kind="stable")
        ordered = short[order]
        suspect = np.zeros(len(short), dtype=bool)
        suspect[1:] = ordered[1:] == ordered[:-1]
        for run in self._runs:
            place = np.minimum(np.searchsorted(run, ordered), len(run) - 1)
            suspect |= run[place] == ordered
        counts = [0] * len(digests)
        for place in np.sort(order[suspect]).tolist():
            digest = digests[place]
            # The first time a digest proves repeated, one earlier row already bore it.
            counts[place] = self._repeated[digest] = self._repeated.get(digest, 0) + 1
        self._runs.append(ordered)
        if len(self._runs) > 8:
            self._runs = [np.sort(np.concatenate(self._runs), kind="stable")]
        return counts


def digest(*parts: str) -> bytes:
    """Sixteen bytes that stand for some texts."""
    return blake2b(SEPARATOR.join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def row_digests(columns: Sequence[Sequence[str]]) -> list[bytes]:
    """The digest of each row of some columns of texts."""
    return [
        blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        for said in map(SEPARATOR.join, zip(*columns, strict=True))
    ]


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
        self.read_time = values.stamp_reader(mapping.timezone, day_first=mapping.day_first)
        self.read_day = values.day_reader(mapping.timezone, day_first=mapping.day_first)
        self.read_number = values.number_reader(decimal_comma=mapping.decimal_comma)

    def __call__(self, batch: Batch) -> Converted:
        return _BatchConversion(self, batch).convert()

    def row_key(self, table: str, key: str) -> bytes:
        """The key of the row that a source's own key names."""
        return self.row_keys(table, [key])[0]

    def row_keys(self, table: str, keys: Sequence[str], near: Sequence[str] = ()) -> list[bytes]:
        """The keys of the rows that a source's own keys name.

        Most sources number their rows. The number leads, so that rows that follow each other in a
        file are neighbours in the index too; an index filled here and there is four times as slow.
        near: texts whose numbers lead instead.
        """
        place = digest(table, self.space)
        lead, salt = place[:4], place[4:]
        return [
            lead
            + int(text[len(text.rstrip(DIGITS)) :][-9:] or 0).to_bytes(4)
            + blake2b(salt + key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            for key, text in zip(keys, near or keys, strict=True)
        ]


class _BatchConversion:
    """One batch on its way; holds what all its tables share."""

    def __init__(self, whole: Conversion, batch: Batch) -> None:
        self.whole, self.batch, self.mapping = whole, batch, whole.mapping
        self.n = len(batch)
        self.refusals: dict[int, Reason] = {}
        self._digests: list[bytes] | None = None
        self.pieces: dict[str, Pieces] = {}
        self._texts: dict[tuple[str, str | None], list[str]] = {}
        self.at: list[str | None] = self.parsed("at", whole.read_time)

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
        if (facts or attributes) and not any(
            role.startswith("identity.") for role in self.whole.roles
        ):
            # Somebody is described and nobody named: each row is somebody, known by this row only.
            known_by = [row.hex() for row in self.digests()]
            identities = [(f"row:{self.whole.source}"[:60], known_by)]
        return Converted(
            numbers=self.batch.numbers, originals=[self.batch.original(row) for row in range(self.n)],
            unreadable=self.batch.unreadable, refusals=self.refusals, identities=identities, through=through,
            facts=facts, attributes=attributes, pieces=self.pieces,
            case_keys=interaction_cases if interaction_cases is not None else case_keys,
            about_customers=not self.pieces,
        )  # fmt: skip

    # What the cells say, role by role

    def has(self, *roles: str) -> bool:
        return any(role in self.whole.roles or role in self.mapping.constants for role in roles)

    def texts(self, role: str, join: str | None = None) -> list[str]:
        """One text per row for a role: its column, or its columns joined, or its constant."""
        known = self._texts.get((role, join))
        if known is None:
            known = self._texts[role, join] = self._read_texts(role, join)
        return known

    def _read_texts(self, role: str, join: str | None) -> list[str]:
        found = [
            self.batch.cells[name]
            for name in self.mapping.role_columns(role)
            if name in self.batch.cells
        ]
        constant = self.mapping.constants.get(role, "")
        if not found:
            return [constant] * self.n
        if len(found) == 1:
            said = list(map(str.strip, found[0]))
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
        different = set(texts)
        try:
            if 2 * len(different) < self.n:
                # Durations, days, channels: few different texts, each read once.
                said = {text: read(text) if text else None for text in different}
                return list(map(said.__getitem__, texts))
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
        if max(map(len, texts), default=0) <= limit:
            return texts
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
            rows = row_digests(list(self.batch.cells.values()))
            for place, earlier in enumerate(self.whole.seen.count(rows)):
                if earlier:
                    rows[place] = blake2b(
                        rows[place] + earlier.to_bytes(8), digest_size=16
                    ).digest()
            self._digests = rows
        return self._digests

    # Who

    def through(self) -> dict[int, bytes]:
        if not self.has("identity.interaction_key"):
            return {}
        return self.named_rows("interactions", self.texts("identity.interaction_key"))

    def named_rows(self, table: str, keys: list[str]) -> dict[int, bytes]:
        """row → the row_key of the row of a table that it names."""
        rows = [row for row, key in enumerate(keys) if key]
        return dict(zip(rows, self.whole.row_keys(table, [keys[row] for row in rows]), strict=True))

    def identities(self) -> list[tuple[str, list[str]]]:
        found: list[tuple[str, list[str]]] = []
        mapping = self.mapping
        for role in dict.fromkeys(role for roles in mapping.columns.values() for role in roles):
            if role == "identity.email":
                said = self.parsed(role, values.email)
                found.append(("email", [value or "" for value in said]))
            elif role == "identity.phone":
                said = self.parsed(role, lambda text: values.phone(text, mapping.country))
                found.append(("phone", [value or "" for value in said]))
            elif role == "identity.key" or role.startswith("identity.key."):
                name = role.removeprefix("identity.key").lstrip(".")
                scheme = f"{self.whole.space}:{name}" if name else self.whole.space
                keys = self.texts(role)
                if max(map(len, keys), default=0) > LONGEST["value"]:
                    keys = [key[: LONGEST["value"]] for key in keys]
                found.append((scheme[:60], keys))
        return found

    def facts(self) -> dict[int, dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        if not self.has(*(f"customer.{name}" for name in ROLES["customer"])):
            return found
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
                    found.setdefault(place, {})[name] = value
        return found

    def attributes(self) -> dict[int, dict[str, str]]:
        found: dict[int, dict[str, str]] = {}
        named = {
            role
            for role in (*self.whole.roles, *self.mapping.constants)
            if role.startswith("attribute.")
        }
        for role in sorted(named):
            for place, text in enumerate(self.texts(role)):
                if text:
                    found.setdefault(place, {})[role.removeprefix("attribute.")] = text
        return found

    # What happened

    def keep(
        self,
        table: str,
        rows: Sequence[int],
        key_role: str | None,
        columns: dict[str, list[Any]],
    ) -> Pieces:
        """The chosen rows of a table, keyed by the source's own key or by what the row says."""
        whole = len(rows) == self.n
        picked = {
            name: said if whole else [said[row] for row in rows] for name, said in columns.items()
        }
        pieces = Pieces(rows=rows, columns=picked)
        texts = [
            said if isinstance(next(filter(None, said), ""), str) and None not in said
            else list(map(str, said))
            for said in picked.values()
        ]  # fmt: skip
        if "cases" in self.pieces:
            # What a row says of its case is part of what its event says: known again, nothing is new.
            said_of_cases = self.pieces["cases"].contents_by_row()
            texts.append([said_of_cases.get(row, "") for row in rows])
        pieces.contents = row_digests(texts)
        given = self.texts(key_role) if key_role in self.whole.roles and key_role else []
        if given and all(given):
            named = given if whole else [given[row] for row in rows]
            pieces.keys = self.whole.row_keys(table, named)
        else:
            whole_rows, prefix = self.digests(), f"{table}{self.whole.source}".encode()
            named_rows = self.named_rows(table, given)
            pieces.keys = [
                named_rows.get(row) or blake2b(prefix + whole_rows[row], digest_size=16).digest()
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
        self, rows: Iterable[int], moments: list[str | None], through: Container[int]
    ) -> None:
        for row in rows:
            if moments[row] is None and row not in through:
                self.refusals.setdefault(row, Reason("no_time"))

    def case_rows(self) -> dict[int, bytes]:
        if not self.has("case.key", "case.opened_at"):
            return {}
        keys = self.texts("case.key")
        opened = (
            self.parsed("case.opened_at", self.whole.read_time)
            if self.has("case.opened_at")
            else self.at
        )
        rows = [row for row in range(self.n) if (keys[row] or opened[row])]
        self.need_time(rows, opened, ())
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
        return dict(zip(pieces.rows, pieces.keys, strict=True))

    def interactions(self, through: dict[int, bytes]) -> dict[int, bytes] | None:
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
        text = words = self.texts("interaction.text", join="\n\n")
        if self.has("interaction.title"):
            text = [
                f"{title}\n\n{word}" if title and word and title not in word else word or title
                for title, word in zip(self.texts("interaction.title"), words, strict=True)
            ]
        columns: dict[str, list[Any]] = {"at": at, "text": text, **self.durations(at)}
        for name in ("channel", "activity", "agent_id"):
            if self.has(f"interaction.{name}"):
                columns[name] = self.limited(self.texts(f"interaction.{name}"), name)
        if self.has("interaction.direction"):
            said = self.texts("interaction.direction")
            ways = {word: IN_OR_OUT.get(word.lower(), "") for word in set(said)}
            columns["direction"] = [ways[word] for word in said]
        if self.has("interaction.language"):
            columns["language"] = [said[:2].lower() for said in self.texts("interaction.language")]
        if self.has("interaction.abandoned"):
            columns["abandoned"] = self.parsed("interaction.abandoned", values.yes_or_no)
        shown = [
            self.texts(f"interaction.{name}") for name in telling if self.has(f"interaction.{name}")
        ]
        rows: Sequence[int] = (
            range(self.n)
            if any(all(said) for said in shown)
            else [row for row in range(self.n) if any(said[row] for said in shown)]
        )
        self.need_time(rows, at, through)
        self.keep("interactions", rows, "interaction.key", columns)
        if not self.has("interaction.case_key"):
            return None
        return self.named_rows("cases", self.texts("interaction.case_key"))

    def durations(self, at: list[str | None]) -> dict[str, list[Any]]:
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

    def transactions(self, through: dict[int, bytes]) -> None:
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

    def answers(self, through: dict[int, bytes]) -> None:
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
        answering: list[int] = []
        for path in asked:
            instrument, _, item = path.partition(".")
            scores = self.scores(path)
            words = self.texts(f"answer_text.{path}")
            version = self.mapping.versions.get(instrument, "")
            rows = [row for row in range(self.n) if scores[row] is not None or words[row]]
            self.need_time(rows, at, through)
            named = [responses[row] for row in rows]
            pieces.keys += self.whole.row_keys(
                "answers", [f"{name}{SEPARATOR}{path}" for name in named], near=named
            )
            answering.extend(rows)
            for row in rows:
                said = (responses[row], at[row], instrument, version, item, scores[row], words[row])
                pieces.contents.append(digest(*map(str, said)))
                for column, value in zip(pieces.columns.values(), said, strict=True):
                    column.append(value)
        pieces.rows = answering
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


def _between(start: str | None, end: str | None) -> float | None:
    if start is None or end is None or end < start:
        return None
    return (values.moment_of(end) - values.moment_of(start)).total_seconds()
