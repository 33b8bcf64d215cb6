"""Writing as fingers do it: accents lost, letters swapped, verbs ending in the wrong sound."""

import re
import unicodedata
from random import Random

_CONFUSED = (
    (r"\bça\b", "sa"),
    (r"\bj'ai appelé\b", "j'ai appeler"),
    (r"\benvoyé\b", "envoyer"),
    (r"\breçu\b", "recu"),
    (r"\bcertain\b", "certains"),
    (r"\bdéjà\b", "déja"),
    (r"\bvoilà\b", "voila"),
    (r"\bmalgré\b", "malgrés"),
    (r"\bquand même\b", "quant même"),
    (r"\bà\b", "a"),
    (r"\boù\b", "ou"),
    (r"\bc'est\b", "s'est"),
    (r"\badresse\b", "addresse"),
    (r"\bparce que\b", "parceque"),
    (r"\bpeut-être\b", "peut être"),
    (r"\bces\b", "ses"),
    (r"\bappelle\b", "appel"),
    (r"\bpayé\b", "payer"),
    (r"\bmême\b", "meme"),
    (r"\bassez\b", "asser"),
    (r"\bquelqu'un\b", "quelqun"),
    (r"\baccident\b", "accidend"),
    (r"\bconseillère\b", "conseillere"),
    (r"\bremboursement\b", "rembourssement"),
    (r"\bcourrier\b", "courier"),
    (r"\btoujours\b", "toujour"),
    (r"\bmessage\b", "méssage"),
    (r"\bdossier\b", "dossié"),
)
_SHORT = (
    (r"\bs'il vous plaît\b", "svp"),
    (r"\bbeaucoup\b", "bcp"),
    (r"\brendez-vous\b", "rdv"),
    (r"\bproblème\b", "pb"),
    (r"\bquelqu'un\b", "qqn"),
    (r"\bpour\b", "pr"),
    (r"\btoujours\b", "tjs"),
    (r"\bpourquoi\b", "pk"),
    (r"\bje suis\b", "jsuis"),
    (r"\bj'ai\b", "jai"),
    (r"\bc'est\b", "c"),
    (r"\bvous\b", "vs"),
    (r"\btout\b", "tt"),
    (r"\bque\b", "ke"),
    (r"\bbonjour\b", "bjr"),
    (r"\bdans\b", "ds"),
)
_NO_NE = (
    (r"\bje n'ai\b", "j'ai"),
    (r"\bje ne ", "je "),
    (r"\bon ne ", "on "),
    (r"\bça ne ", "ça "),
    (r"\bil n'y a\b", "y a"),
    (r"\bce n'est\b", "c'est"),
    (r"\bn'est pas\b", "est pas"),
)
CONFUSED = tuple((re.compile(pattern), word) for pattern, word in _CONFUSED)
SHORT = tuple((re.compile(pattern, re.IGNORECASE), word) for pattern, word in _SHORT)
NO_NE = tuple((re.compile(pattern), word) for pattern, word in _NO_NE)
_TYPOGRAPHIC = str.maketrans({"’": "'", "…": "..."})
_WORD = re.compile(r"[^\W\d_]{5,}")


def without_accents(text: str) -> str:
    """
    >>> without_accents("Ça a été réglé")
    'Ca a ete regle'
    """
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def mistyped(word: str, rng: Random) -> str:
    """The word as a hurried thumb leaves it: two letters swapped, one doubled or one lost."""
    place = rng.randrange(1, len(word) - 2)
    before, here, next_, after = word[:place], word[place], word[place + 1], word[place + 2 :]
    return rng.choice(
        (
            before + next_ + here + after,
            before + here + here + next_ + after,
            before + next_ + after,
        )
    )


def as_typed(text: str, rng: Random, *, care: float, young: bool, on_phone: bool) -> str:
    """The text as this person types it.

    care: 0 (does not look back) to 1 (reads over before sending).
    """
    if care > 0.85:
        return text
    if care < 0.75:
        text = text.replace("« ", '"').replace(" »", '"').translate(_TYPOGRAPHIC)
    haste = 1 - care
    for pattern, spelling in CONFUSED:
        if rng.random() < haste * 0.28:
            text = pattern.sub(spelling, text, count=1)
    if young or care < 0.3:
        for pattern, spelling in NO_NE:
            if rng.random() < 0.5:
                text = pattern.sub(spelling, text)
    if young and on_phone:
        for pattern, spelling in SHORT:
            if rng.random() < 0.3:
                text = pattern.sub(spelling, text)
    if rng.random() < haste * 0.35:
        text = without_accents(text)
    elif rng.random() < haste * 0.4:
        text = text.replace("é", "e", 2).replace("è", "e", 1).replace("ê", "e", 1)
    if rng.random() < haste * 0.3:
        text = text.replace("'", " ", 3)
    for match in list(_WORD.finditer(text))[::-1]:
        if match.group().islower() and rng.random() < haste * 0.014:
            text = text[: match.start()] + mistyped(match.group(), rng) + text[match.end() :]
    if rng.random() < haste * 0.35:
        text = text.lower()
    elif len(text) < 160 and rng.random() < haste * 0.05:
        text = text.upper()
    if rng.random() < haste * 0.25:
        text = re.sub(r" ([?!])", r"\1", text)
    return text
