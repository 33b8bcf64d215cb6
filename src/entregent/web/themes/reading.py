"""Segments as the themes read them: what each is about, and where that lies."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from entregent.adapters.subjects import subject_of, subject_vectors
from entregent.web.evidence.models import CodedSegment

AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Portion:
    """Segments that have a subject, side by side with where it lies.

    texts: the coded text that each is a part of.  words: as written.  last: key reached.
    """

    keys: list[int]
    texts: list[int]
    words: list[str]
    vectors: NDArray[np.float32]
    last: int


def portions(segments: "QuerySet[CodedSegment]", *, after: int = 0) -> Iterator[Portion]:
    """All segments after a key, in the order of keys, so many at once."""
    while True:
        rows = list(said_in(segments.filter(pk__gt=after).order_by("pk")[:AT_ONCE]))
        if not rows:
            return
        after = rows[-1][0]
        about = [(row, subject) for row in rows if (subject := subject_of(row[2]))]
        vectors = subject_vectors([subject for _row, subject in about]) if about else _none()
        held = np.flatnonzero(np.linalg.norm(vectors, axis=1) > 0.5)
        kept = [about[rank][0] for rank in held]
        yield Portion(
            [key for key, _text, _words in kept],
            [text for _key, text, _words in kept],
            [words for _key, _text, words in kept],
            vectors[held],
            after,
        )


def _none() -> NDArray[np.float32]:
    return np.zeros((0, 1), np.float32)


def said_in(segments: "QuerySet[CodedSegment]") -> Iterator[tuple[int, int, str]]:
    """Key, text and words of each segment."""
    rows: Any = segments.values_list(
        "pk", "of_text_id", "start", "end", "of_text__interaction__text", "of_text__answer__text"
    )
    for key, text, start, end, exchanged, answered in rows.iterator(chunk_size=AT_ONCE):
        yield key, text, (exchanged if exchanged is not None else answered or "")[start:end]
