"""Postal addresses: a number and a kind of street, or a postcode and its town."""

import re
from collections.abc import Iterator

from entregent.engine.voice.redaction import Found, Identifier

_NAME = r"(?:[A-ZÀ-ÞŒ][\w'’-]*|de|du|des|la|le|les|l['’][\w-]+|d['’][\w-]+|et|sur|sous|en|of|the|\d{1,2}(?:er)?)"
_FRENCH = re.compile(
    r"\b\d{1,4}\s?(?:bis|ter|quater|[A-D](?=[ ,]))?,?\s+"
    r"(?i:rue|avenue|av\.?|boulevard|bd\.?|blvd|chemin|impasse|all[ée]es?|place|pl\.|route|quai|cours|square|"
    r"passage|ruelle|lotissement|r[ée]sidence|sentier|faubourg|villa|hameau|esplanade|mont[ée]e|voie)\s+(?=(?:(?:de|du|des|la|le|les)\s|[ld]['’])*\w{3})"
    rf"(?:{_NAME}\s*){{1,7}}(?:,?\s*(?:\d{{5}}\s+(?:[A-ZÀ-ÞŒ][\w'’-]*[ -]?){{1,4}}))?"
)
_FRENCH_PLAIN = re.compile(
    r"\b\d{1,4}\s?(?:bis|ter)?,?\s+(?:rue|avenue|boulevard|chemin|impasse|all[ée]e|place|quai)\s+"
    r"(?:(?:de|du|des|la|le|les|l['’]|d['’])\s*)*[\w'’-]{3,}(?:\s+[A-ZÀ-Þ][\w'’-]*)*(?:,?\s*\d{5}\s+[\w'’-]+)?",
    re.IGNORECASE,
)
_FRENCH_TOWN = re.compile(
    r"\b(?:0[1-9]|[1-8]\d|9[0-58])\d{3},?\s+[A-ZÀ-ÞŒ][\w'’-]+(?:[ -][A-ZÀ-ÞŒ][\w'’-]+){0,3}"
)
_ENGLISH = re.compile(
    r"\b(?:(?i:flat|apartment|apt|unit)\s+\w{1,4},?\s+)?\d{1,5}[A-Za-z]?,?\s+(?:[A-Z][\w'’-]+\s+){1,4}"
    r"(?i:street|st|road|rd|avenue|ave|lane|ln|drive|dr|close|court|ct|crescent|gardens?|grove|terrace|"
    r"place|square|way|walk|mews|hill|park|boulevard|blvd|row|rise)\b\.?"
    r"(?:,?\s+[A-Z][\w'’-]+(?:\s[A-Z][\w'’-]+)?)?(?:,?\s+[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2})?",
)
_BRITISH_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}\b")


def found_addresses(text: str) -> Iterator[Found]:
    """Streets with their number, towns with their postcode."""
    if not any(character.isdigit() for character in text):
        return
    for pattern in (_FRENCH, _FRENCH_PLAIN, _FRENCH_TOWN, _ENGLISH, _BRITISH_POSTCODE):
        for found in pattern.finditer(text):
            end = found.start() + len(found.group().rstrip(" ,"))
            yield Found(found.start(), end, Identifier.ADDRESS)
