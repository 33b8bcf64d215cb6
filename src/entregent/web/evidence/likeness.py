"""What resembles a text: vectors of customers' words beside the snapshot, kept by the coding job.

A text is known there by its coded row, which is made anew whenever its words change: a vector can
be out of date only by telling of a row that is gone, and such a one is never shown.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from entregent.adapters.coders.coder import encoder_signature
from entregent.adapters.encoders import Encoder, open_encoder
from entregent.adapters.vectors import VectorFolder
from entregent.web.evidence.models import CodedText
from entregent.web.workspace.coder import coder_in_use

MORE_LANGUAGES = frozenset({"multilingual", "accurate"})
"""Profiles of coders that read more than French and English."""
PORTION = 5_000
ENOUGH = 4
"""Read so many times the texts asked for, since some may be gone or not be seen by all."""


@dataclass(frozen=True, slots=True)
class Alike:
    """A text and how much it resembles what was asked: cosine of the two vectors, 0 to 1."""

    text: CodedText
    likeness: float


def encoder_in_use() -> str:
    """What meanings are measured with: the fast table, which knows French and English words only;
    where the coder in use reads other languages, the encoder that reads them too.

    One is learned from the other: what is near for one is near for the other.
    """
    reads_more = coder_in_use().card.get("profile") in MORE_LANGUAGES
    return "multilingual" if reads_more else "fast"


@lru_cache(maxsize=2)
def opened(name: str) -> Encoder:
    return open_encoder(name)


def _encoder() -> Encoder:
    return opened(encoder_in_use())


def _folder() -> VectorFolder:
    return _folder_of(_encoder())


def _folder_of(encoder: Encoder) -> VectorFolder:
    return VectorFolder(Path(settings.VECTORS_FOLDER), encoder_signature(encoder), encoder.dim)


def encode_new_words() -> int:
    """Give every coded text that has none a vector; returns how many were made."""
    reader = _encoder()
    folder, made = _folder_of(reader), 0
    texts = CodedText.objects.select_related("interaction", "answer").order_by("pk")
    while rows := list(texts.filter(pk__gt=folder.last)[:PORTION]):
        folder.add([row.pk for row in rows], reader.encode([row.words for row in rows]))
        made += len(rows)
    return made


def forget(coded_texts: Collection[int]) -> None:
    """Wipe the vectors of texts that were erased, undone or changed."""
    if coded_texts:
        _folder().forget(sorted(coded_texts))


def drop_vectors() -> None:
    _folder().clear()


def nearest_to_words(words: str, most: int) -> list[Alike]:
    """The texts most like some words."""
    reader = _encoder()
    near = _folder_of(reader).nearest(reader.encode([words])[0], ENOUGH * most)
    return _standing(near, most)


def texts_near(phrases: Sequence[str], most: int) -> list[CodedText]:
    """Texts like any of several phrases, the oldest first; so many at most for each phrase."""
    reader = _encoder()
    folder = _folder_of(reader)
    keys = {
        key
        for vector in reader.encode(list(phrases))
        for key, _likeness in folder.nearest(vector, most)
    }
    texts = CodedText.objects.select_related("interaction", "answer")
    ordered = sorted(keys)
    return [
        text
        for first in range(0, len(ordered), PORTION)
        for text in texts.filter(pk__in=ordered[first : first + PORTION]).order_by("pk")
    ]


def nearest_to_text(text: CodedText, most: int) -> list[Alike]:
    """The texts most like one; itself and others of the very same words are left out."""
    reader = _encoder()
    folder = _folder_of(reader)
    vector = folder.vector_of(text.pk)
    if vector is None:
        vector = reader.encode([text.words])[0]
    return _standing(folder.nearest(vector, ENOUGH * most), most, but=text.words)


def _standing(found: list[tuple[int, float]], most: int, *, but: str = "") -> list[Alike]:
    """The texts that still stand, the most alike first; the same words are told once."""
    texts = CodedText.objects.select_related(
        "interaction__customer", "interaction__case", "answer__customer"
    ).in_bulk([key for key, _ in found])
    told = {but}
    alike = []
    for key, likeness in found:
        if key in texts and texts[key].words not in told:
            told.add(texts[key].words)
            alike.append(Alike(texts[key], likeness))
    return alike[:most]
