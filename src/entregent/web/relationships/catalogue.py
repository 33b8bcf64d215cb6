"""The catalogue in force, in the reader's language."""

from functools import cache

from django.utils.translation import get_language

from entregent.adapters.catalogue.profile_model import profile_model
from entregent.adapters.catalogue.relationships import Family, Kind, Relationships
from entregent.adapters.catalogue.shelf import Shelf, shipped
from entregent.adapters.catalogue.validation import Bilingual, BilingualList
from entregent.adapters.charts.theme import Language
from entregent.engine.relationship.profiling import ProfileModel
from entregent.web.workspace.models import Sector, Workspace


def shelf() -> Shelf:
    return shipped()


def relationships() -> Relationships:
    return shelf().relationships


def language() -> Language:
    return "en" if (get_language() or "fr").startswith("en") else "fr"


def said(words: Bilingual) -> str:
    return words.in_(language())


def all_said(words: BilingualList) -> tuple[str, ...]:
    return words.in_(language())


@cache
def _kinds() -> dict[str, Kind]:
    return {kind.id: kind for kind in relationships().kinds}


def kind_of(kind_id: str) -> Kind | None:
    """None where the catalogue in force does not hold it."""
    return _kinds().get(kind_id)


def family_of(family_id: str) -> Family | None:
    return relationships().families.get(family_id)


def kind_name(kind_id: str) -> str:
    kind = kind_of(kind_id)
    return said(kind.name) if kind else kind_id


def family_name(family_id: str) -> str:
    family = family_of(family_id)
    return said(family.name) if family else family_id


def sector_of(workspace: Workspace) -> str:
    """The trade whose customers the inference expects: the firm's, or any while the catalogue lacks it."""
    return workspace.sector if workspace.sector in relationships().priors.sectors else Sector.ANY


@cache
def starting_model(sector: str) -> ProfileModel:
    """What the catalogues say before anything is known of the firm."""
    return profile_model(shelf(), sector=sector)
