"""The words of a text that name what it is about, and one vector for them.

Grammar and judgement are left out first: with them, texts gather by tone ("a shame!") and by person
("they", "we") before they gather by subject.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

import numpy as np
import stopwordsiso
import yaml
from numpy.typing import NDArray

from entregent.adapters.encoders import Encoder, open_encoder
from entregent.engine.voice.words import folded, words_in

LANGUAGES = ("fr", "en")
SHORTEST = 3
# Whoever is named is not what is spoken about.
_PERSON = re.compile(
    r"\b(?:M|Mme|Mlle|Mr|Mrs|Ms|Dr|Monsieur|Madame|Mademoiselle)\b\.?\s+[A-ZÀ-Ý][\w’'-]+"
)
_TWO_NAMES = re.compile(r"\b([A-ZÀ-Ý][\w-]+)[  ]+([A-ZÀ-Ý][\w’'-]+)")
_LETTER_HEAD = re.compile(r"\s*[A-ZÀ-Ý][\w’' -]{1,40}, le \d{1,2}(?:er)?\b.{0,25}$")
_LONGEST_NAME = 3
_ASKED = {"je", "tu", "il", "elle", "on", "nous", "vous", "ils", "elles", "ce", "moi", "là"}

Vectors = NDArray[np.float32]


@lru_cache(maxsize=1)
def _listed() -> dict[str, frozenset[str]]:
    source = files("entregent.catalogue") / "voice" / "empty_words.yaml"
    read = yaml.safe_load(source.read_text("utf-8"))
    return {name: frozenset(words.split()) for name, words in read.items()}


@lru_cache(maxsize=1)
def first_names() -> frozenset[str]:
    """First names that are no other word."""
    source = files("entregent.catalogue") / "voice" / "first_names.yaml"
    return frozenset(yaml.safe_load(source.read_text("utf-8"))["plain"].lower().split())


@lru_cache(maxsize=1)
def empty_words() -> frozenset[str]:
    """Words that name no subject, in French and in English."""
    kept = {"named", "unnamed"}
    listed = {word for name, words in _listed().items() if name not in kept for word in words}
    named = _listed()["named"]
    empty = listed | first_names() | (set(stopwordsiso.stopwords(list(LANGUAGES))) - named)
    # As hurried people type them, too: "journee", "repondu".
    return frozenset(empty | ({folded(word) for word in empty} - named))


def words_without_name() -> frozenset[str]:
    """Words that never name a theme: the empty ones, and some that only help to find it."""
    return empty_words() | _listed()["unnamed"]


def completing_words() -> frozenset[str]:
    """Empty words that may begin or end the name of a theme, as "client" in "service client"."""
    return _listed()["completing"]


def subject_of(text: str) -> str:
    """The words of a text that name what it is about, in order; empty when none does.

    >>> subject_of("Franchement, trois semaines pour un remboursement de mutuelle, quelle honte !")
    'remboursement mutuelle'
    """
    if _is_a_name(text) or _LETTER_HEAD.match(text):
        return ""
    unnamed = _TWO_NAMES.sub(_without_person, _PERSON.sub(" ", text))
    return " ".join(word for word in words_in(unnamed) if _names_a_subject(word))


def _is_a_name(text: str) -> bool:
    """Whether a text is only somebody's name, as it signs a letter."""
    words = text.lower().split()
    return 1 < len(words) <= _LONGEST_NAME and words[0] in first_names()


def _without_person(found: re.Match[str]) -> str:
    return " " if found[1].lower() in first_names() else found[0]


@lru_cache(maxsize=1 << 16)
def _names_a_subject(word: str) -> bool:
    if len(word) < SHORTEST or not word[0].isalpha() or word[-1] == "'":
        return False
    # "dois-je", "a-t-il", "est-ce": a verb turned round to ask.
    return word not in empty_words() and word.rsplit("-", 1)[-1] not in _ASKED


def subject_vectors(subjects: Sequence[str], encoder: Encoder | None = None) -> Vectors:
    """Vectors of length 1, shape (subjects, numbers); of zeros where there is no subject.

    encoder: the package's fast one unless told; it knows French and English in one space.
    """
    reader = encoder or fast_encoder()
    vectors = np.array(reader.encode(list(subjects)), np.float32)
    vectors[[not subject for subject in subjects]] = 0
    return vectors


@lru_cache(maxsize=1)
def fast_encoder() -> Encoder:
    return open_encoder("fast")
