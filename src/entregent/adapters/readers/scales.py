"""Which scale a column of scores is on, from its values and from its question."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

SCALES = ((1, 5), (0, 5), (1, 7), (0, 10), (1, 10), (0, 20), (0, 100))
NPS = re.compile(r"\bnps\b|net promoter|recommand|recommend")
CES = re.compile(r"\bces\b|effort|facil|easy|ease\b|simple")
CSAT = re.compile(
    r"satisf|csat|\bnotes?\b|rating|stars?\b|etoiles?\b|score|\brate\b|evaluation|\bavis note\b"
)
LEADING_NUMBER = re.compile(r"(-?\d+(?:[.,]\d+)?)(?:\s*[-–:)].*|\s*(?:/\s*\d+|étoiles?|stars?))?")


@dataclass(frozen=True, slots=True)
class Score:
    """A column of scores: its instrument where the question tells it, and its scale."""

    instrument: str | None
    lowest: float
    highest: float
    words: dict[str, str]


def folded(text: str) -> str:
    """Lower case, no accents, words apart.

    >>> folded("Téléphone_mobile (fixe)")
    'telephone mobile fixe'
    """
    bare = unicodedata.normalize("NFKD", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))
    letters = "".join(c for c in bare.lower() if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def slug(text: str, longest: int = 60) -> str:
    """A name fit for an instrument or an item: letters, digits and underscores."""
    return folded(text).replace(" ", "_")[:longest].strip("_") or "item"


def instrument_of(question: str) -> str | None:
    """nps, ces or csat, where a question or a column's name says so.

    >>> instrument_of("Recommanderiez-vous notre agence ?"), instrument_of("Note globale")
    ('nps', 'csat')
    """
    words = folded(question)
    if NPS.search(words):
        return "nps"
    if CES.search(words):
        return "ces"
    return "csat" if CSAT.search(words) else None


def score_of(question: str, values: Sequence[str]) -> Score | None:
    """The scale of a column of whole scores, None when its values are no scores.

    >>> score_of("note", ["5", "1", "4"])
    Score(instrument='csat', lowest=1, highest=5, words={})
    """
    distinct = list(dict.fromkeys(values))
    if not distinct or len(distinct) > 101:
        return None
    numbers, words = [], {}
    for value in distinct:
        match = LEADING_NUMBER.fullmatch(value)
        if match is None:
            return None
        number = match[1].replace(",", ".")
        numbers.append(float(number))
        if match[0] != match[1]:
            words[value] = number
    instrument = instrument_of(question)
    whole = all(number.is_integer() for number in numbers)
    if not whole and instrument is None:
        return None
    scale = _scale(instrument, min(numbers), max(numbers))
    return None if scale is None else Score(instrument, *scale, words)


def _scale(instrument: str | None, lowest: float, highest: float) -> tuple[int, int] | None:
    if instrument == "nps":
        return (0, 10) if lowest >= 0 and highest <= 10 else None
    return next(((low, high) for low, high in SCALES if low <= lowest and highest <= high), None)
