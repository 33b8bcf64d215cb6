"""What words are about: subjects of texts, their vectors, and the seven-P tag nearest to each."""

from entregent.adapters.subjects.subjects import (
    completing_words,
    subject_of,
    subject_vectors,
    words_without_name,
)
from entregent.adapters.subjects.tags import Tag, nearest_tag, seven_p

__all__ = [
    "Tag",
    "completing_words",
    "nearest_tag",
    "seven_p",
    "subject_of",
    "subject_vectors",
    "words_without_name",
]
