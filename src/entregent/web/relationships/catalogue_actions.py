"""What people decide of the catalogue of relationships. One transaction, one version, one audit row each."""

from typing import Any

from django.conf import settings
from django.db import transaction

from entregent.adapters.catalogue.problems import CatalogueRefused
from entregent.adapters.catalogue.shelf import shipped, take_into_force
from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.relationships import tasks
from entregent.web.relationships.actions import UnknownKind
from entregent.web.relationships.catalogue import (
    EDITS,
    fingerprint_in_force,
    forget_held,
    kind_of,
    said,
    shelf,
)
from entregent.web.relationships.measures.editing import (
    content_of,
    differences,
    edits_of,
    free_id,
    with_kind,
    with_marks,
    with_switch,
    written,
)
from entregent.web.relationships.models import CatalogueVersion

Did = CatalogueVersion.Did


class NothingChanged(Exception):
    """The catalogue would say what it says already."""


class Overtaken(Exception):
    """Somebody took another version into force since the page was opened."""


class NoSuchVersion(Exception):
    """The firm never had a version of that number."""


@transaction.atomic
def edit_kind(
    *, kind: str, content: dict[str, Any], seen: int, by: User | None
) -> CatalogueVersion:
    """Have the catalogue say something else of a kind.

    content: all that is said of it, without marks of sources. seen: number of the version it was edited from.
    Raises CatalogueRefused, NothingChanged, Overtaken, UnknownKind; nothing is kept then.
    """
    its = kind_of(kind)
    if its is None:
        raise UnknownKind(kind)
    base = shipped().relationships
    whole = with_marks(content_of(its) | content | {"id": kind}, base)
    edits = with_kind(_standing_edits(seen), base, kind, whole)
    return _keep(edits, Did.EDITED, by, kind=kind)


@transaction.atomic
def add_kind(*, content: dict[str, Any], seen: int, by: User | None) -> CatalogueVersion:
    """A kind of the firm's own. Raises CatalogueRefused, Overtaken."""
    base, edits = shipped().relationships, _standing_edits(seen)
    kind = free_id(content["name"]["en"], shelf().relationships)
    edits = with_kind(edits, base, kind, with_marks(content | {"id": kind}, base))
    return _keep(edits, Did.ADDED, by, kind=kind)


@transaction.atomic
def switch_kind(*, kind: str, off: bool, seen: int, by: User | None) -> CatalogueVersion:
    """Nobody is inferred to be of a kind that is switched off; what people said of it is kept.

    Raises CatalogueRefused, NothingChanged, Overtaken, UnknownKind.
    """
    if kind_of(kind) is None:
        raise UnknownKind(kind)
    edits = with_switch(_standing_edits(seen), kind, off=off)
    return _keep(edits, Did.SWITCHED_OFF if off else Did.SWITCHED_ON, by, kind=kind)


@transaction.atomic
def take_file(*, text: str, name: str, by: User | None) -> CatalogueVersion:
    """Put a file in the place of all that the firm says over the package's catalogue.

    Raises CatalogueRefused with every problem and its line, NothingChanged.
    """
    return _keep(edits_of(text), Did.IMPORTED, by, text=text, name=name)


@transaction.atomic
def return_to(*, number: int, by: User | None) -> CatalogueVersion:
    """Say again what an earlier version said; 0 is the package's own. Raises as `take_file`, and NoSuchVersion."""
    edits = ""
    if number:
        earlier = CatalogueVersion.objects.filter(number=number).first()
        if earlier is None:
            raise NoSuchVersion(number)
        edits = earlier.edits
    return _keep(edits_of(edits), Did.RETURNED, by, text=edits, returned_to=number)


def _last() -> CatalogueVersion | None:
    return CatalogueVersion.objects.select_for_update().first()


def _standing_edits(seen: int) -> dict[str, Any]:
    """The firm's edits in force, which must be those that somebody had before their eyes."""
    last = _last()
    if (last.number if last else 0) != seen:
        raise Overtaken
    return edits_of(last.edits) if last else {}


def _keep(
    edits: dict[str, Any], did: Did, by: User | None, *, text: str | None = None, kind: str = "",
    name: str = EDITS, returned_to: int | None = None,
) -> CatalogueVersion:  # fmt: skip
    """Take edits into force as a new version; where they cannot be read, what stands stands."""
    last = _last()
    forget_held()
    current = shelf(fingerprint_in_force()).relationships
    text = written(edits) if text is None else text
    outcome = take_into_force(current, shipped().relationships, text, name)
    if not outcome.taken:
        raise CatalogueRefused(outcome.problems)
    new = outcome.in_force
    if new.fingerprint == current.fingerprint:
        raise NothingChanged
    version = CatalogueVersion.objects.create(
        number=(last.number if last else 0) + 1, edits=text, fingerprint=new.fingerprint,
        did=did, kind=kind, returned_to=returned_to, by=by,
    )  # fmt: skip
    forget_held()
    its = kind_of(kind)
    record(
        _VERBS.get(did, Verb.CHANGED), version, by=by,
        about=said(its.name) if its else name if did == Did.IMPORTED else "", number=version.number,
        did=did, changed=len(differences(current, new)),
    )  # fmt: skip
    if settings.RECKONS_RELATIONSHIPS:
        transaction.on_commit(tasks.reckon_all.enqueue)
    return version


_VERBS = {Did.ADDED: Verb.CREATED, Did.IMPORTED: Verb.IMPORTED, Did.RETURNED: Verb.UNDID}
