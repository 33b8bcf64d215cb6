"""Themes a person may see, what was said of them, and the rows their figures rest on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce

from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Power
from entregent.web.evidence.models import Answer, CodedSegment, CodedText, Interaction
from entregent.web.themes.models import Mention, Proposal, Theme

AT_ONCE = 20_000
QUOTES = 15
TELLING = (40, 240)
SURE = 0.6
EXCHANGE, ANSWER = "echange", "reponse"

NEWEST = Coalesce("segment__of_text__interaction__at", "segment__of_text__answer__at").desc()
Respondent = tuple[Any, Any]
"""Source and key of a response, or customer and moment."""


@dataclass(frozen=True, slots=True)
class Said:
    """A passage that speaks of a theme, where it stands and who said it."""

    kind: str
    row: Any
    words: str
    sentiment: str | None
    closeness: float

    @property
    def channel_name(self) -> str:
        channel = getattr(self.row, "channel", Interaction.Channel.SURVEY)
        return str(dict(Interaction.Channel.choices).get(channel, channel))


def themes_for(user: User) -> QuerySet[Theme]:
    if not user.may(Power.SEE_FIGURES):
        return Theme.objects.none()
    return Theme.objects.select_related("parent")


def last_proposal() -> Proposal | None:
    return Proposal.objects.first()


def coded_segments() -> int:
    return CodedSegment.objects.count()


def channels_spoken() -> list[str]:
    found = CodedText.objects.filter(interaction__isnull=False).values_list("interaction__channel")
    return sorted({channel for (channel,) in found.distinct() if channel})


def texts_within(
    since: datetime | None, until: datetime, channel: str = ""
) -> Iterator[tuple[int, datetime, Respondent]]:
    """Key, moment and respondent of every coded text of a stretch of time."""
    chosen = _within(since, until, channel)
    rows = CodedText.objects.filter(chosen).values_list(
        "pk", "interaction__at", "interaction__customer_id",
        "answer__at", "answer__source_id", "answer__response_id",
    )  # fmt: skip
    for key, exchanged, customer, answered, source, response in rows.iterator(chunk_size=AT_ONCE):
        yield key, exchanged or answered, (customer, exchanged) if exchanged else (source, response)


def mentions_within(
    since: datetime | None, until: datetime, channel: str = ""
) -> Iterator[tuple[int, int, str | None]]:
    """Theme, text and sentiment of every passage that speaks of a theme."""
    chosen = _within(since, until, channel, "segment__of_text__")
    rows = Mention.objects.filter(chosen).values_list(
        "theme_id", "segment__of_text_id", "segment__sentiment"
    )
    yield from rows.iterator(chunk_size=AT_ONCE)


def _within(since: datetime | None, until: datetime, channel: str, path: str = "") -> Q:
    """Texts of a stretch of time, on one channel or on all."""
    exchanged, answered = Q(**{f"{path}interaction__at__lt": until}), Q(**{f"{path}answer__at__lt": until})  # fmt: skip
    if since is not None:
        exchanged &= Q(**{f"{path}interaction__at__gte": since})
        answered &= Q(**{f"{path}answer__at__gte": since})
    if channel == Interaction.Channel.SURVEY:
        return answered | (exchanged & Q(**{f"{path}interaction__channel": channel}))
    if channel:
        return exchanged & Q(**{f"{path}interaction__channel": channel})
    return exchanged | answered


def commonest_question(since: datetime | None, until: datetime) -> tuple[str, str, str] | None:
    """Instrument, item and version of the scored question most often answered."""
    found = Answer.objects.filter(value__isnull=False, at__lt=until)
    if since is not None:
        found = found.filter(at__gte=since)
    row = (
        found.filter(instrument__in=["nps", "csat", "ces"])
        .values("instrument", "item", "instrument_version")
        .annotate(n=Count("pk"))
        .order_by("-n", "instrument", "item", "instrument_version")
        .first()
    )
    return (row["instrument"], row["item"], row["instrument_version"]) if row else None


def scores_of(
    question: tuple[str, str, str], since: datetime | None, until: datetime
) -> Iterator[tuple[tuple[Respondent, Respondent], float]]:
    """Who answered a question, as words can name them, and the score.

    Words of the same response are that respondent's; so are those of a review, which the same
    customer gave at the same moment.
    """
    instrument, item, version = question
    found = Answer.objects.filter(
        value__isnull=False, at__lt=until,
        instrument=instrument, item=item, instrument_version=version,
    )  # fmt: skip
    if since is not None:
        found = found.filter(at__gte=since)
    rows = found.values_list("source_id", "response_id", "customer_id", "at", "value")
    for source, response, customer, at, value in rows.iterator(chunk_size=AT_ONCE):
        yield ((source, response), (customer, at)), float(value or 0)


def customers_behind(
    since: datetime | None, until: datetime, channel: str = ""
) -> Iterator[tuple[int, int, float]]:
    """Theme, customer and that customer's revenue, once per pair, where the passage complains."""
    chosen = _within(since, until, channel, "segment__of_text__")
    for path in ("interaction", "answer"):
        customer = f"segment__of_text__{path}__customer"
        rows = (
            Mention.objects.filter(chosen, segment__sentiment__in=["-", "~"])
            .exclude(**{customer: None})
            .values_list("theme_id", customer, f"{customer}__summary__revenue")
            .distinct()
        )
        for theme, key, revenue in rows.iterator(chunk_size=AT_ONCE):
            yield theme, key, max(float(revenue or 0), 0.0)


def typical(user: User, themes: Sequence[int], *, sentiment: str = "", most: int = 6) -> list[Said]:
    """The passages nearest to a theme that are long enough to tell something, none said twice."""
    found = _said(user, themes, sentiment, "-closeness", 20 * most)
    told = [one for one in found if TELLING[0] <= len(one.words) <= TELLING[1]]
    kept: dict[str, Said] = {}
    for one in told or found:
        kept.setdefault(one.words.casefold().strip(" .!"), one)
    return list(kept.values())[:most]


def newest(user: User, themes: Sequence[int], *, sentiment: str = "") -> list[Said]:
    return _said(user, themes, sentiment, NEWEST, QUOTES)


def every_mention(user: User, themes: Sequence[int]) -> Iterator[Said]:
    yield from _said(user, themes, "", NEWEST, None)


def _said(
    user: User, themes: Sequence[int], sentiment: str, order: Any, most: int | None
) -> list[Said]:
    if not user.may(Power.SEE_CUSTOMERS):
        return []
    found = Mention.objects.filter(theme__in=themes).order_by(order, "pk")
    if sentiment:
        found = found.filter(segment__sentiment=sentiment)
    if order == "-closeness":
        found = found.exclude(segment__sentiment_confidence__lt=SURE)
    rows = found.select_related(
        "segment__of_text__interaction__customer", "segment__of_text__answer__customer"
    )
    said = []
    for mention in rows[:most] if most else rows.iterator(chunk_size=2000):
        segment, text = mention.segment, mention.segment.of_text
        row: Any = text.interaction or text.answer
        kind = EXCHANGE if text.interaction_id else ANSWER
        words = row.text[segment.start : segment.end].strip()
        said.append(Said(kind, row, words, segment.sentiment, mention.closeness))
    return said
