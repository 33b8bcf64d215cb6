"""The catalogue in force, in the reader's language: the package's, under what the firm says over it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache

from django.utils.translation import get_language

from entregent.adapters.catalogue.profile_model import profile_model
from entregent.adapters.catalogue.relationships import Family, Kind, Relationships
from entregent.adapters.catalogue.shelf import Outcome, Shelf, shipped, take_into_force
from entregent.adapters.catalogue.validation import Bilingual, BilingualList
from entregent.adapters.charts.theme import Language
from entregent.engine.relationship.profiling import ProfileModel
from entregent.web.relationships.models import CatalogueVersion
from entregent.web.workspace.models import Sector, Workspace

EDITS = "relations.yaml"
"""How the firm's own edits are called where something is wrong in them."""

_log = logging.getLogger(__name__)
_held: ContextVar[list[str] | None] = ContextVar("catalogue in force", default=None)


@contextmanager
def holding_one() -> Iterator[None]:
    """Within it, which catalogue is in force is asked of the store once at most."""
    token = _held.set([])
    try:
        yield
    finally:
        _held.reset(token)


def forget_held() -> None:
    """Another version was taken into force by this very request."""
    held = _held.get()
    if held is not None:
        held.clear()


def fingerprint_in_force() -> str:
    """Of the firm's version in force; empty where the package's own stands."""
    held = _held.get()
    if held:
        return held[0]
    found = CatalogueVersion.objects.values_list("fingerprint", flat=True).first() or ""
    if held is not None:
        held.append(found)
    return found


def shelf(fingerprint: str | None = None) -> Shelf:
    """The catalogues in force, or those of an earlier version of the firm's."""
    return _shelf(fingerprint_in_force() if fingerprint is None else fingerprint)


@lru_cache(maxsize=32)
def _shelf(fingerprint: str) -> Shelf:
    if not fingerprint:
        return shipped()
    # Versions of one fingerprint say the same.
    edits = CatalogueVersion.objects.filter(fingerprint=fingerprint).values_list("edits", flat=True)
    return replace(shipped(), relationships=outcome_of(edits[0]).in_force)


def outcome_of(edits: str) -> Outcome[Relationships]:
    """The firm's edits over the package's catalogue; where they no longer fit it, the package's stands."""
    base = shipped().relationships
    outcome = take_into_force(base, base, edits, EDITS)
    if not outcome.taken:
        _log.warning("the firm's catalogue cannot be read: %s", outcome.problems[0].said("en"))
    return outcome


def relationships() -> Relationships:
    return shelf().relationships


def language() -> Language:
    return "en" if (get_language() or "fr").startswith("en") else "fr"


def said(words: Bilingual) -> str:
    return words.in_(language())


def all_said(words: BilingualList) -> tuple[str, ...]:
    return words.in_(language())


def kind_of(kind_id: str) -> Kind | None:
    """None where the catalogue in force does not hold it."""
    return _kinds(fingerprint_in_force()).get(kind_id)


@lru_cache(maxsize=32)
def _kinds(fingerprint: str) -> dict[str, Kind]:
    return {kind.id: kind for kind in shelf(fingerprint).relationships.kinds}


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


def starting_model(sector: str, fingerprint: str | None = None) -> ProfileModel:
    """What the catalogues in force, or those of a version, say before anything is known of the firm."""
    return _model(sector, fingerprint_in_force() if fingerprint is None else fingerprint)


@lru_cache(maxsize=32)
def _model(sector: str, fingerprint: str) -> ProfileModel:
    return profile_model(shelf(fingerprint), sector=sector)
