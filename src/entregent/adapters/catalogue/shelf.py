"""All the catalogues of the package, and the one rule for replacing one: never by a broken one."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Generic

from entregent.adapters.catalogue.declared_changes import DeclaredChanges
from entregent.adapters.catalogue.edits import edited
from entregent.adapters.catalogue.guides import Guides
from entregent.adapters.catalogue.instruments import Instruments
from entregent.adapters.catalogue.playbooks import Playbooks
from entregent.adapters.catalogue.problems import CatalogueProblem, CatalogueRefused
from entregent.adapters.catalogue.relationships import Relationships
from entregent.adapters.catalogue.signals import Signals
from entregent.adapters.catalogue.stages import Stages
from entregent.adapters.catalogue.trust import Trust
from entregent.adapters.catalogue.validation import AnyCatalogue, read_catalogue


@dataclass(frozen=True, slots=True)
class Shelf:
    """The catalogues that measures and pages read."""

    relationships: Relationships
    signals: Signals
    instruments: Instruments
    change: Stages
    trust: Trust
    guides: Guides
    playbooks: Playbooks
    changes_ready: DeclaredChanges


@cache
def shipped() -> Shelf:
    """The catalogues as the package carries them."""
    return Shelf(
        relationships=_shipped("relationships", Relationships),
        signals=_shipped("signals", Signals),
        instruments=_shipped("instruments", Instruments),
        change=_shipped("change", Stages),
        trust=_shipped("trust", Trust),
        guides=_shipped("guides", Guides),
        playbooks=_shipped("playbooks", Playbooks),
        changes_ready=_shipped("changes_ready", DeclaredChanges),
    )


def _shipped(name: str, model: type[AnyCatalogue]) -> AnyCatalogue:
    text = files("entregent.catalogue").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return read_catalogue(text, model, f"{name}.yaml")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[AnyCatalogue]):
    """What became of a new version.

    in_force: the new catalogue, or the one that stood before where the new one has problems.
    """

    in_force: AnyCatalogue
    problems: tuple[CatalogueProblem, ...] = ()

    @property
    def taken(self) -> bool:
        return not self.problems


def take_into_force(
    current: AnyCatalogue, base: AnyCatalogue, edits_text: str, name: str
) -> Outcome[AnyCatalogue]:
    """Put a firm's edits over the base; where they cannot be read, `current` stays in force."""
    try:
        return Outcome(edited(base, edits_text, name))
    except CatalogueRefused as refused:
        return Outcome(current, refused.problems)
