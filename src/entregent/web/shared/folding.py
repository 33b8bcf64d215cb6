"""Words without their accents and capitals, as people type them when they search."""

import re
import unicodedata
from functools import cache

LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"})
WORD = re.compile(r"[^\W_]+")


def folded(text: str) -> str:
    """Lower case, without accents, ligatures opened.

    >>> folded("Cœur à Noël")
    'coeur a noel'
    """
    opened = unicodedata.normalize("NFKD", text.translate(LIGATURES))
    return "".join(mark for mark in opened if not unicodedata.combining(mark)).lower()


def folded_words(text: str) -> list[str]:
    """The words of a text, folded.

    >>> folded_words("L’été d’Anaïs_R.")
    ['l', 'ete', 'd', 'anais', 'r']
    """
    return WORD.findall(folded(text))


# The endings that French and English words take without changing what a person searches for.
ENDINGS = ("", "e", "s", "es", "x", "ee", "ees", "er", "ez", "ed", "ing")
STRIPPED = ("ees", "ee", "es", "er", "ez", "ed", "ing", "e", "s", "x")


@cache
def inflections(word: str) -> tuple[str, ...]:
    """A folded word and its plural, feminine and nearest verb forms; short words stand alone.

    >>> inflections("bon")
    ('bon',)
    >>> "remboursee" in inflections("remboursement")
    False
    >>> {"decu", "decue", "decues"} <= set(inflections("decus"))
    True
    >>> "claims" in inflections("claimed")
    True
    """
    if len(word) < 4 or not word.isalpha():
        return (word,)
    base = next(
        (word.removesuffix(ending) for ending in STRIPPED
         if word.endswith(ending) and len(word) - len(ending) >= 4),
        word,
    )  # fmt: skip
    return tuple(sorted({word, *(base + ending for ending in ENDINGS)}))
