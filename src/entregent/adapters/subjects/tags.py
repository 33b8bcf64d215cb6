"""The seven Ps, as a ready axis over themes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
import yaml
from numpy.typing import NDArray

from entregent.adapters.subjects.subjects import subject_vectors


@dataclass(frozen=True, slots=True)
class Tag:
    """name: by language. words: that usually speak of it, in every language."""

    id: str
    name: dict[str, str]
    words: tuple[str, ...]


@lru_cache(maxsize=1)
def seven_p() -> tuple[Tag, ...]:
    """The seven Ps of service marketing, in their usual order.

    >>> [tag.id for tag in seven_p()]
    ['product', 'price', 'place', 'promotion', 'people', 'process', 'evidence']
    """
    source = files("entregent.catalogue") / "voice" / "seven_p.yaml"
    return tuple(
        Tag(one["id"], one["name"], tuple(" ".join(one["words"].values()).split()))
        for one in yaml.safe_load(source.read_text("utf-8"))
    )


def nearest_tag(words: Sequence[str], centre: NDArray[np.float32]) -> str:
    """The tag whose words are nearest to a theme: a proposal for people to correct.

    words: that tell the theme.  centre: its vector, of length 1.
    A telling word that stands in a tag's list weighs as much as a perfect likeness.

    >>> nearest_tag(("tarifs", "prix"), subject_vectors(["tarifs prix"])[0])
    'price'
    """
    likeness = _likeness(centre)
    for rank, tag in enumerate(seven_p()):
        likeness[rank] += sum(word in tag.words for word in words[:3])
    return seven_p()[int(np.argmax(likeness))].id


def _likeness(centre: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.array(
        [float(np.mean(np.sort(vectors @ centre)[-3:])) for vectors in _word_vectors()], np.float32
    )


@lru_cache(maxsize=1)
def _word_vectors() -> tuple[NDArray[np.float32], ...]:
    return tuple(subject_vectors(tag.words) for tag in seven_p())
