"""Everything in a text that names a person, and the text without it."""

from entregent.adapters.redaction.names import found_names
from entregent.adapters.redaction.numbers import found_numbers
from entregent.adapters.redaction.places import found_addresses
from entregent.engine.voice.languages import language_of
from entregent.engine.voice.redaction import Found, Redacted, redact, without_overlaps


def find_identifiers(text: str, *, language: str | None = None) -> list[Found]:
    """Names, e-mail, phone, IBAN, card, address, contract and social-security numbers, in order.

    language: fr or en, which says how phone numbers are read; found when not told.
    """
    spoken = language or language_of(text, otherwise="fr").code or "fr"
    return without_overlaps(
        [*found_numbers(text, spoken), *found_addresses(text), *found_names(text)]
    )


def redacted(text: str, *, language: str | None = None) -> Redacted:
    """The text with every identifier masked, and the key that undoes it."""
    return redact(text, find_identifiers(text, language=language))
