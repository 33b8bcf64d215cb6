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
from entregent.engine.voice.words import words_in

LANGUAGES = ("fr", "en")
SHORTEST = 3
# Whoever is named is not what is spoken about.
_PERSON = re.compile(
    r"\b(?:M|Mme|Mlle|Mr|Mrs|Ms|Dr|Monsieur|Madame|Mademoiselle)\b\.?\s+[A-ZÀ-Ý][\w’'-]+"
)
_ASKED = {"je", "tu", "il", "elle", "on", "nous", "vous", "ils", "elles", "ce", "moi", "là"}

Vectors = NDArray[np.float32]


@lru_cache(maxsize=1)
def empty_words() -> frozenset[str]:
    """Words that name no subject, in French and in English."""
    source = files("entregent.catalogue") / "voice" / "empty_words.yaml"
    listed = {
        name: set(words.split())
        for name, words in yaml.safe_load(source.read_text("utf-8")).items()
    }
    people = files("entregent.catalogue") / "voice" / "first_names.yaml"
    named = set(yaml.safe_load(people.read_text("utf-8"))["plain"].lower().split())
    grammar = set(stopwordsiso.stopwords(list(LANGUAGES)))
    return frozenset(listed["fr"] | listed["en"] | named | (grammar - listed["named"]))


def subject_of(text: str) -> str:
    """The words of a text that name what it is about, in order; empty when none does.

    >>> subject_of("Franchement, trois semaines pour un remboursement de mutuelle, quelle honte !")
    'remboursement mutuelle'
    """
    return " ".join(word for word in words_in(_PERSON.sub(" ", text)) if _names_a_subject(word))


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
