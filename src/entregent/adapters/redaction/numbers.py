"""Numbers that name a person, each held to its own check digits."""

import re
from collections.abc import Iterator

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban, luhn
from stdnum.exceptions import ValidationError
from stdnum.fr import nir

from entregent.engine.voice.redaction import Found, Identifier

_SEPARATED = r"[ \u00a0\u202f.-]"
_SPACED = r"[ \u00a0\u202f.-]?"
_IBAN = re.compile(
    rf"\b[A-Za-z]{{2}}\d{{2}}(?:[A-Za-z0-9]{{11,30}}|(?:{_SEPARATED}[A-Za-z0-9]{{4}}){{2,7}}(?:{_SEPARATED}[A-Za-z0-9]{{1,3}})?)\b"
)
_CARD = re.compile(rf"(?<![\d.,])\d(?:{_SPACED}\d){{12,18}}(?!\d)")
_NIR = re.compile(
    rf"(?<!\d)[1-478]{_SPACED}\d\d{_SPACED}\d\d{_SPACED}(?:\d\d|2[ABab]){_SPACED}\d{{3}}{_SPACED}\d{{3}}(?:{_SPACED}\d\d)?(?!\d)"
)
# Numbers in the form of a French or a British one, whether given out to anybody or not.
_PHONE = re.compile(
    r"(?<![\d.,])(?:(?:\+|00)33\s?(?:\(0\))?\s?|0)[1-9](?:[\s.-]?\d\d){4}(?!\d)|(?<![\d.,])(?:\+44\s?|0)(?:7\d{3}|[12]\d{2,3})[ -]?\d{3}[ -]?\d{3,4}(?!\d)"
)
_MANY_DIGITS = re.compile(r"(?:\d[ \u00a0\u202f./()-]*){7}")
_EMAIL = re.compile(
    r"[\w.+%-]+\s?(?:@|\(at\)|\[at\]|\sarobase\s)\s?[\w-]+(?:(?:\.|\sdot\s|\spoint\s)[\w-]{2,})+",
    re.IGNORECASE,
)
_CONTRACT = re.compile(
    r"(?:\b(?:n(?:um[ée]ro|[o°º]s?)?\.?\s*(?:de\s+|d['’]\s*)?)?"
    r"(?:contrat|police|soci[ée]taire|adh[ée]rent|client|dossier|sinistre|commande|facture|abonn[ée]|compte|r[ée]f[ée]rence|r[ée]f\.?|devis|"
    r"ticket|contract|policy|account|order|claim|invoice|booking|customer|member(?:ship)?|reference|ref\.?|case|tracking)(?!\w)"
    r"(?:\s*(?:number|num[ée]ro|no|nr|id|client))?\s*(?:n[o°º]\.?|num[ée]ro|is|est(?: le)?|#|:|=|-)?\s*[:#]?\s*"
    r"|\bn[°º]\s*)"
    r"(?P<number>(?=[A-Za-z0-9/_-]*\d{3})(?:\d{3,5}(?:[ \u00a0]\d{3,5}){1,3}|[A-Za-z0-9][A-Za-z0-9/_-]{3,24}))(?![\w])",
    re.IGNORECASE,
)
_PLATE = re.compile(r"\b[A-HJ-NP-TV-Z]{2}[ -]\d{3}[ -][A-HJ-NP-TV-Z]{2}\b")
_REGIONS = {"fr": ("FR", "GB"), "en": ("GB", "FR", "US")}


def found_numbers(text: str, language: str) -> Iterator[Found]:
    """E-mail addresses, and numbers whose digits or whose words around tell what they are."""
    if "@" in text or "arobase" in text or "at)" in text or "at]" in text:
        yield from _all(_EMAIL, text, Identifier.EMAIL)
    if not any(character.isdigit() for character in text):
        return
    yield from _ibans(text)
    yield from _checked(_CARD, text, Identifier.CARD, luhn.is_valid)
    yield from _checked(_NIR, text, Identifier.SOCIAL_SECURITY, _is_nir)
    for found in _CONTRACT.finditer(text):
        yield Found(found.start("number"), found.end("number"), Identifier.CONTRACT)
    yield from _all(_PLATE, text, Identifier.CONTRACT)
    if _MANY_DIGITS.search(text):
        yield from _all(_PHONE, text, Identifier.PHONE)
        yield from _phones(text, language)


def _all(pattern: re.Pattern[str], text: str, kind: Identifier) -> Iterator[Found]:
    for found in pattern.finditer(text):
        yield Found(found.start(), found.end(), kind)


def _checked(
    pattern: re.Pattern[str], text: str, kind: Identifier, holds: object
) -> Iterator[Found]:
    for found in pattern.finditer(text):
        bare = re.sub(r"[^A-Za-z0-9]", "", found.group())
        if callable(holds) and holds(bare):
            yield Found(found.start(), found.end(), kind)


def _ibans(text: str) -> Iterator[Found]:
    """IBANs; a word of four letters that follows one is not taken with it."""
    for found in _IBAN.finditer(text):
        written = found.group()
        while written:
            if _is_iban(re.sub(r"[^A-Za-z0-9]", "", written)):
                yield Found(found.start(), found.start() + len(written), Identifier.IBAN)
                break
            written = re.sub(r"(?:^|[ \u00a0\u202f.-])[A-Za-z0-9]+$", "", written)


def _is_iban(number: str) -> bool:
    try:
        iban.validate(number)
    except ValidationError:
        return False
    return True


def _is_nir(number: str) -> bool:
    """With its key when all fifteen digits are there; thirteen digits in its form are taken."""
    return len(number) == 13 or bool(nir.is_valid(number))


def _phones(text: str, language: str) -> Iterator[Found]:
    for region in _REGIONS.get(language, ("FR", "GB"))[: 2 if language == "en" else 1]:
        for found in PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
            yield Found(found.start, found.end, Identifier.PHONE)
