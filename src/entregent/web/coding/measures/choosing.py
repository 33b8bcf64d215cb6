"""Texts for a queue: drawn at random, or the ones that would teach the coder most."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Any

import numpy as np
from django.db.models import F, Min
from django.db.models.functions import Coalesce, Least
from django.utils import timezone
from numpy.typing import NDArray

from entregent.adapters.coders.codebook import codebook
from entregent.adapters.coders.coder import TrainedCoder
from entregent.adapters.coders.examples import setting_of
from entregent.engine.voice.coders import Reading
from entregent.engine.voice.languages import language_of
from entregent.engine.voice.segments import words_of
from entregent.engine.voice.selection import farthest_first, least_certain
from entregent.web.coding.codes import SEGMENT, TEXT, UTTERANCE, flat
from entregent.web.coding.models import Queue, Words
from entregent.web.coding.queries import TextKey, coded_keys, readings_of, rows_of
from entregent.web.evidence.models import Answer, CodedText, Interaction

POOL = 2_000
"""Texts among which the most telling are sought."""
AT_ONCE = 500


def chosen_for(queue: Queue, coder: TrainedCoder) -> list[tuple[str, Any]]:
    """(kind, row) of the texts of a queue, in the order they are to be coded."""
    keys: Sequence[TextKey] = drawn(queue)
    if queue.order == Queue.Order.RANDOM:
        return _first(_answering(queue, keys), queue.size)
    if queue.order == Queue.Order.LEAST_CERTAIN:
        keys = hesitant_first(keys, queue, coder)
    pool = _first(_answering(queue, keys), max(POOL, queue.size))
    texts = [row.text for _, row in pool]
    if not texts:
        return []
    if queue.order == Queue.Order.LEAST_CERTAIN:
        ranks = least_certain(margins_of(texts, queue, coder), queue.size)
    else:
        before = [row.text for row in readings_of(_coded_words()).values()]
        ranks = farthest_first(
            coder.encoder.encode(texts),
            queue.size,
            seen=coder.encoder.encode(before) if before else None,
        )
    return [pool[rank] for rank in ranks]


def drawn(queue: Queue) -> list[TextKey]:
    """Texts that answer and stand in no queue yet, in the order of the draw."""
    keys = _keys(queue)
    taken = coded_keys()
    order = np.random.default_rng(queue.seed).permutation(len(keys))
    return [keys[place] for place in order if keys[place] not in taken]


def hesitant_first(keys: Sequence[TextKey], queue: Queue, coder: TrainedCoder) -> Sequence[TextKey]:
    """The texts in the order of what the coder kept of its doubt when it read them all.

    Those it has not read come last, in the order of the draw.
    """
    doubts = [
        Coalesce(Min(f"segments__{code}_confidence") if unit == SEGMENT else F(f"{code}_confidence"), 1.0)
        for code in queue.codes
        if (unit := codebook()[code].unit) in {SEGMENT, TEXT}
    ]  # fmt: skip
    if not doubts:
        return keys
    read = CodedText.objects.filter(coder=coder.name).annotate(
        doubt=Least(*doubts) if len(doubts) > 1 else doubts[0]
    )
    ranked: list[TextKey] = [
        ("echange", said) if said is not None else ("reponse", answered)
        for said, answered in read.order_by("doubt", "pk").values_list("interaction", "answer")
    ]
    wanted = set(keys)
    first = [key for key in ranked if key in wanted]
    known = set(first)
    return [*first, *(key for key in keys if key not in known)]


def _answering(queue: Queue, keys: Sequence[TextKey]) -> Iterator[tuple[str, Any]]:
    """The rows, read in portions, of texts that hold a customer's words in the language asked."""
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        rows = rows_of(some)
        for key in some:
            row = rows.get(key)
            if row is not None and words_of(row.text) and _spoken(queue, row):
                yield key[0], row


def _first(texts: Iterator[tuple[str, Any]], count: int) -> list[tuple[str, Any]]:
    return [one for one, _ in zip(texts, range(count), strict=False)]


def _spoken(queue: Queue, row: Any) -> bool:
    return not queue.language or queue.language == spoken_in(row)


def spoken_in(row: Any) -> str:
    """The language its source tells, or the one found in its words."""
    return str(getattr(row, "language", "") or language_of(row.text).code or "")[:2]


def _keys(queue: Queue) -> list[TextKey]:
    said = Interaction.objects.filter(direction="in").exclude(text="")
    answered = Answer.objects.exclude(text="")
    for moment, name in ((queue.since, "at__gte"), (queue.until, "at__lte")):
        if moment:
            edge = time.min if name == "at__gte" else time.max
            at = timezone.make_aware(datetime.combine(moment, edge))
            said, answered = said.filter(**{name: at}), answered.filter(**{name: at})
    if queue.channel:
        said = said.filter(channel=queue.channel)
    found: list[TextKey] = [
        ("echange", pk) for pk in said.order_by("pk").values_list("pk", flat=True)
    ]
    if queue.channel in {"", Interaction.Channel.SURVEY}:
        found += [("reponse", pk) for pk in answered.order_by("pk").values_list("pk", flat=True)]
    return found


def _coded_words() -> Sequence[Words]:
    return list(Words.objects.order_by("-pk")[:POOL])


def margins_of(
    texts: Sequence[str], queue: Queue, coder: TrainedCoder
) -> list[NDArray[np.float64]]:
    """How clear the coder is at each place of each text, in the codes of the queue."""
    owners, pieces = [], []
    for owner, text in enumerate(texts):
        for segment in words_of(text):
            owners.append(owner)
            pieces.append(text[segment.start : segment.end])
    found: list[list[float]] = [[] for _ in texts]
    units = {codebook()[code].unit for code in queue.codes}
    if SEGMENT in units:
        read = coder.read_segments(pieces, [texts[owner] for owner in owners])
        _keep(found, owners, _lowest(read, queue))
    if UTTERANCE in units and UTTERANCE in coder.panels:
        around = setting_of(queue.target, None)
        _keep(found, owners, _lowest(coder.read_utterances(pieces, [around] * len(pieces)), queue))
    if TEXT in units:
        _keep(found, list(range(len(texts))), _lowest(coder.read_texts(texts), queue))
    return [np.asarray(own) for own in found]


def _lowest(read: dict[str, Reading], queue: Queue) -> NDArray[np.float64]:
    heads = {head for code in queue.codes for head in flat(code, "")}
    return np.asarray(
        np.min([reading.margins for head, reading in read.items() if head in heads], axis=0)
    )


def _keep(found: list[list[float]], owners: Sequence[int], margins: NDArray[np.float64]) -> None:
    for owner, margin in zip(owners, margins.tolist(), strict=True):
        found[owner].append(margin)
