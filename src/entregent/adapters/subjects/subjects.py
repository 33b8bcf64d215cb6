"""The words of a text that name what it is about, and one vector for them.

Grammar and judgement are left out first: with them, texts gather by tone ("a shame!") and by person
("they", "we") before they gather by subject.
"""

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

Vectors = NDArray[np.float32]


@lru_cache(maxsize=1)
def empty_words() -> frozenset[str]:
    """Words that name no subject, in French and in English."""
    source = files("entregent.catalogue") / "voice" / "empty_words.yaml"
    listed = {
        name: set(words.split())
        for name, words in yaml.safe_load(source.read_text("utf-8")).items()
    }
    grammar = set(stopwordsiso.stopwords(list(LANGUAGES)))
    return frozenset(listed["fr"] | listed["en"] | (grammar - listed["named"]))


def subject_of(text: str) -> str:
    """The words of a text that name what it is about, in order; empty when none does.

    >>> subject_of("Franchement, trois semaines pour un remboursement de mutuelle, quelle honte !")
    'remboursement mutuelle'
    """
    empty = empty_words()
    return " ".join(
        word
        for word in words_in(text)
        if len(word) >= SHORTEST and word[0].isalpha() and word[-1] != "'" and word not in empty
    )


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
