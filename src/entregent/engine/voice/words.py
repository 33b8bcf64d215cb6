"""Words as every reader here counts them: lower case, plain apostrophes, numbers as one sign."""

import re
import unicodedata
from functools import lru_cache

# A word is read once: its first letters may end at an apostrophe, else the rest and hyphens follow.
_TOKEN = re.compile(
    r"[^\W\d_]{1,7}+(?:'(?=[^\W\d_])|[^\W\d_]*+(?:-[^\W\d_]++)*+)|\d[\d.,]*|[!?]+|…|\.{2,}"
    r"|[€$£%]|[:;]-?[()dp]|[\u2600-\u27bf\U0001f300-\U0001faff]"
)
NUMBER = "0"


def words_in(text: str) -> list[str]:
    """The words of a text in order, with the marks that carry feeling.

    >>> words_in("J’ai attendu 45 min !!! Bravo 👏 et c’est 12,50 €")
    ["j'", 'ai', 'attendu', '0', 'min', '!!', 'bravo', '👏', 'et', "c'", 'est', '0', '€']
    """
    return [plain(token) for token in tokens_in(text)]


@lru_cache(maxsize=1 << 14)
def tokens_in(text: str) -> list[str]:
    """Pieces of a text before `plain`; several readers of one text share them, and change none."""
    return _TOKEN.findall(text.replace("’", "'").lower())


@lru_cache(maxsize=1 << 16)
def plain(token: str) -> str:
    """What a token counts as: numbers all alike, marks of one kind at most two."""
    if token[0].isdigit():
        return NUMBER
    if token[0] in "!?":
        return token[:2]
    return "…" if token[0] in ".…" and len(token) > 1 else token


@lru_cache(maxsize=1 << 16)
def folded(word: str) -> str:
    """Without accents, and with letters held down let go: what hurried people type.

    >>> folded("dééççuuuu"), folded("cœur")
    ('deeccuu', 'coeur')
    """
    bare = unicodedata.normalize("NFKD", word.replace("œ", "oe").replace("æ", "ae"))
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return re.sub(r"(.)\1{2,}", r"\1\1", bare)
