"""What customers wrote or said, found by its words, and what was said around it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Power
from entregent.web.evidence import likeness
from entregent.web.evidence.code_facets import CodesAsked
from entregent.web.evidence.coded_words import texts_waiting
from entregent.web.evidence.models import (
    Answer,
    Case,
    CodedSegment,
    CodedText,
    Customer,
    Interaction,
    Source,
)
from entregent.web.evidence.search import NO_CODE, Hit, Rating, count_up_to, find_and_count, search

PAGE = 40
MOST_COUNTED = 1_000
EXPORTED_AT_ONCE = 1_000
AROUND = 2
MOST_ALIKE = 8
ARRIVALS = 20

Kind = Literal["echange", "reponse"]
_MODELS: dict[str, type[Interaction] | type[Answer]] = {"echange": Interaction, "reponse": Answer}


@dataclass(frozen=True, slots=True)
class VerbatimsAsked:
    """What a person asked of the explorer."""

    words: str = ""
    since: datetime | None = None
    until: datetime | None = None
    channel: str = ""
    direction: str = ""
    language: str = ""
    source: int | None = None
    rating: Rating = ""
    codes: CodesAsked = NO_CODE

    @property
    def filters(self) -> dict[str, Any]:
        """As the search takes them."""
        return {
            "since": self.since, "until": self.until, "channel": self.channel, "direction": self.direction,
            "language": self.language, "source": self.source, "rating": self.rating,
            "codes": self.codes,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Words, who said them, when and where. kind names its permanent address."""

    kind: Kind
    row: Any
    position: int = 0

    @property
    def customer(self) -> Customer | None:
        return self.row.customer  # type: ignore[no-any-return]

    @property
    def direction(self) -> str:
        return str(getattr(self.row, "direction", "in")) or "in"

    @property
    def channel(self) -> str:
        return str(getattr(self.row, "channel", Interaction.Channel.SURVEY))

    @property
    def channel_name(self) -> str:
        return str(dict(Interaction.Channel.choices).get(self.channel, self.channel))

    @property
    def case(self) -> Case | None:
        return getattr(self.row, "case", None)


@dataclass(frozen=True, slots=True)
class VerbatimsFound:
    """A page of verbatims, newest first. following: the place where the next page begins."""

    rows: list[Verbatim]
    following: int | None
    matches: int
    more_than_counted: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was said just before and after, in the same case, else with the same customer."""

    before: list[Interaction]
    after: list[Interaction]


def find_verbatims(
    user: User, asked: VerbatimsAsked, *, before: int | None = None
) -> VerbatimsFound:
    """One page of what answers; nothing for those who may not read customers' words."""
    if not user.may(Power.SEE_CUSTOMERS):
        return VerbatimsFound([], None, 0, more_than_counted=False)
    if before is None:
        hits, matches = find_and_count(
            asked.words, MOST_COUNTED + 1, limit=PAGE + 1, **asked.filters
        )
    else:
        hits = search(asked.words, before=before, limit=PAGE + 1, **asked.filters)
        matches = count_up_to(MOST_COUNTED + 1, asked.words, **asked.filters)
    return VerbatimsFound(
        _read(hits[:PAGE]),
        hits[PAGE - 1].position if len(hits) > PAGE else None,
        min(matches, MOST_COUNTED),
        more_than_counted=matches > MOST_COUNTED,
    )


def every_verbatim(user: User, asked: VerbatimsAsked) -> Iterator[Verbatim]:
    """All that answers, newest first, read in portions."""
    before: int | None = None
    while user.may(Power.SEE_CUSTOMERS):
        hits = search(asked.words, before=before, limit=EXPORTED_AT_ONCE, **asked.filters)
        if not hits:
            return
        yield from _read(hits)
        before = hits[-1].position


def verbatim_for(user: User, kind: str, pk: int) -> Verbatim | None:
    """The verbatim at a permanent address, where there is one and this person may read it."""
    if kind not in _MODELS or not user.may(Power.SEE_CUSTOMERS):
        return None
    return next(iter(_rows(kind, [pk]).values()), None)


def surroundings_of(verbatim: Verbatim) -> Surroundings:
    row = verbatim.row
    near = Interaction.objects.exclude(text="")
    if verbatim.case is not None:
        near = near.filter(case_id=verbatim.case.pk)
    elif row.customer_id is not None:
        near = near.filter(customer_id=row.customer_id)
    else:
        return Surroundings([], [])
    if verbatim.kind == "echange":
        near = near.exclude(pk=row.pk)
    earlier = near.filter(at__lte=row.at).order_by("-at", "-pk")[:AROUND]
    later = near.filter(at__gt=row.at).order_by("at", "pk")[:AROUND]
    return Surroundings(list(earlier)[::-1], list(later))


@dataclass(frozen=True, slots=True)
class Resembling:
    """A verbatim and how much it resembles what was asked: cosine of two vectors, 0 to 1."""

    one: Verbatim
    likeness: float


def resembling_words(user: User, words: str) -> list[Resembling]:
    """What customers said that is most like some words, whichever words they used."""
    if not user.may(Power.SEE_CUSTOMERS) or not words.strip():
        return []
    return _told(likeness.nearest_to_words(words, MOST_ALIKE))


def resembling(user: User, verbatim: Verbatim) -> list[Resembling]:
    """What customers said that is most like one verbatim."""
    coded = getattr(verbatim.row, "coded", None)
    if not user.may(Power.SEE_CUSTOMERS) or coded is None:
        return []
    return _told(likeness.nearest_to_text(coded, MOST_ALIKE))


def _told(found: Sequence[likeness.Alike]) -> list[Resembling]:
    return [Resembling(_of_coded(alike.text), alike.likeness) for alike in found]


def _of_coded(text: CodedText) -> Verbatim:
    return Verbatim("echange" if text.interaction_id else "reponse", text.row)


def counts_by_code(
    user: User, asked: VerbatimsAsked, wanted: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, int]]:
    """How many verbatims answer with each value of each code besides, counted up to a limit.

    wanted: code → values to count.
    """
    if not user.may(Power.SEE_CUSTOMERS):
        return {}
    return {
        code: {
            value: count_up_to(
                MOST_COUNTED + 1,
                asked.words,
                **asked.filters | {"codes": replace(asked.codes, **{code: value})},
            )
            for value in values
        }
        for code, values in wanted.items()
    }


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What came since a moment, the newest first. last: mark to ask from again."""

    rows: list[Verbatim]
    came: int
    last: int


def arrivals(user: User, *, after: int | None = None) -> Arrivals:
    """Customers' words in the order in which they were coded, the newest first."""
    if not user.may(Power.SEE_CUSTOMERS):
        return Arrivals([], 0, after or 0)
    texts = CodedText.objects.filter(pk__gt=after or 0)
    newest = list(
        texts.select_related("interaction__customer", "interaction__case", "answer__customer")
        .prefetch_related("segments")
        .order_by("-pk")[:ARRIVALS]
    )
    for text in newest:
        text.row.coded = text
    came = texts.count() if after is not None and len(newest) == ARRIVALS else len(newest)
    last = newest[0].pk if newest else after or 0
    return Arrivals([_of_coded(text) for text in newest], came, last)


@dataclass(frozen=True, slots=True)
class Passage:
    """One coded piece of a verbatim."""

    verbatim: Verbatim
    segment: CodedSegment

    @property
    def words(self) -> str:
        return str(self.verbatim.row.text[self.segment.start : self.segment.end])


def every_passage(user: User, asked: VerbatimsAsked) -> Iterator[Passage]:
    """Every coded piece of all that answers."""
    for one in every_verbatim(user, asked):
        coded = getattr(one.row, "coded", None)
        for segment in coded.segments.all() if coded else ():
            yield Passage(one, segment)


def uncoded_for(user: User) -> int:
    """Texts that no coder has read yet, counted no further than one beyond the limit."""
    return texts_waiting(MOST_COUNTED + 1) if user.may(Power.SEE_CUSTOMERS) else 0


def sources_for(user: User) -> list[Source]:
    return list(Source.objects.all()) if user.may(Power.SEE_CUSTOMERS) else []


def _read(hits: Sequence[Hit]) -> list[Verbatim]:
    """The rows of hits, in their order; a row that went, or moved in time, since it was indexed is passed over."""
    interactions = _rows("echange", [hit.row_id for hit in hits if hit.table == "interactions"])
    answers = _rows("reponse", [hit.row_id for hit in hits if hit.table == "answers"])
    found = []
    for hit in hits:
        read = (interactions if hit.table == "interactions" else answers).get(hit.row_id)
        if read is not None and int(read.row.at.timestamp() // 1) == hit.second:
            found.append(Verbatim(read.kind, read.row, hit.position))
    return found


def _rows(kind: str, ids: Sequence[int]) -> dict[int, Verbatim]:
    if kind == "echange":
        interactions = Interaction.objects.select_related("customer", "case", "coded")
        interactions = interactions.prefetch_related("coded__segments").filter(pk__in=ids)
        return {row.pk: Verbatim("echange", row) for row in interactions}
    answers = Answer.objects.select_related("customer", "coded")
    answers = answers.prefetch_related("coded__segments").filter(pk__in=ids)
    return {row.pk: Verbatim("reponse", row) for row in answers}
