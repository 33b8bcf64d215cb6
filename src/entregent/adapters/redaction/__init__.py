"""Finding what names a person in French and English texts."""

from entregent.adapters.redaction.finding import find_identifiers, redacted

__all__ = ["find_identifiers", "redacted"]
