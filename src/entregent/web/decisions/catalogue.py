"""The catalogue in the reader's language: ready changes, stages, and the words of the guide."""

from django.utils.translation import get_language

from entregent.adapters.catalogue.declared_changes import ReadyChange
from entregent.adapters.catalogue.shelf import Shelf, shipped
from entregent.adapters.catalogue.validation import Bilingual, BilingualList
from entregent.web.relationships.catalogue import family_name


def shelf() -> Shelf:
    return shipped()


def said(words: Bilingual) -> str:
    return words.in_(_language())


def all_said(words: BilingualList) -> tuple[str, ...]:
    return words.in_(_language())


def ready_changes() -> list[ReadyChange]:
    return [change for change in shelf().changes_ready.changes if not change.switched_off]


def ready_change(change_id: str) -> ReadyChange | None:
    """None where the catalogue in force does not hold it."""
    return next((change for change in ready_changes() if change.id == change_id), None)


def _language() -> str:
    return "en" if (get_language() or "fr").startswith("en") else "fr"


__all__ = ["all_said", "family_name", "ready_change", "ready_changes", "said", "shelf"]
