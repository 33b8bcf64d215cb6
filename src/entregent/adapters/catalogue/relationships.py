"""The catalogue of kinds of relationship, and the space it spans for the engine."""

from collections.abc import Iterable
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from entregent.adapters.catalogue.lined_yaml import Path
from entregent.adapters.catalogue.validation import (
    Bilingual,
    BilingualList,
    Catalogue,
    Conflict,
    Entry,
    Name,
    Status,
    Words,
    known,
)
from entregent.engine.relationship.space import AXES, TREATMENTS, Floats, KindSpace, MoveRule

Share = Annotated[float, Field(gt=0, le=1)]


class Scale(Entry):
    low: float
    high: float
    name: Bilingual
    from_: Bilingual = Field(alias="from")
    to: Bilingual


class Axes(Entry):
    valence: float
    intensity: float
    strength: float
    power: float
    cooperation: float
    formality: float
    duration: float
    voluntary: float


class Treatment(Entry):
    frequency: float
    tone: float
    personalisation: float
    offers: float
    speed: float


class Family(Entry):
    functional: bool
    name: Bilingual
    meaning: Bilingual


class Kind(Entry):
    """One kind of relationship.

    share_of_family: how common the kind is among its family, before anything is known.
    a_goal: whether a firm may decently lead customers towards it.
    also_called: names recognised in answers, never shown.
    also_open_to, also_closed_to: exceptions to the rule of moves.
    """

    id: Name
    name: Bilingual
    source_label: Words
    also_called: tuple[Words, ...] = ()
    label_source: tuple[Status, ...]
    family: Name
    share_of_family: Share
    axes: Axes
    treatment: Treatment
    a_goal: bool
    definition: Bilingual
    wants: Bilingual
    wants_source: Status
    rules: BilingualList
    breaks: Bilingual
    breaks_source: Status
    do: BilingualList
    never: BilingualList
    speak: Bilingual
    also_open_to: tuple[Name, ...] = ()
    also_closed_to: tuple[Name, ...] = ()
    switched_off: bool = False


class Rise(Entry):
    strength: float
    duration: float
    cooperation: float


class Repair(Entry):
    valence_at_most: float
    rise_of_valence: float


class Moves(Entry):
    status: Status
    rise: Rise
    rise_of_strength_into_negative: float
    from_negative: Repair
    entered_never_chosen: tuple[Name, ...]
    needs_a_bond_of: dict[Name, float]


class Priors(Entry):
    status: Status
    sectors: dict[Name, dict[Name, Share]]


class Relationships(Catalogue):
    note: Bilingual
    sources: dict[Literal["S", "F", "M", "K", "P", "E"], Bilingual]
    axes: dict[Name, Scale]
    treatments: dict[Name, Scale]
    move_rule: Moves
    families: dict[Name, Family]
    priors: Priors
    kinds: tuple[Kind, ...]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Relationships":
        _only_these(("axes",), self.axes, AXES)
        _only_these(("treatments",), self.treatments, TREATMENTS)
        ids = [kind.id for kind in self.kinds]
        for rank, kind in enumerate(self.kinds):
            at: Path = ("kinds", rank)
            if kind.id in ids[:rank]:
                raise Conflict(f"« {kind.id} » figure deux fois.", f'"{kind.id}" stands twice.', at)
            _on_scale((*at, "axes"), kind.axes.model_dump(), self.axes)
            _on_scale((*at, "treatment"), kind.treatment.model_dump(), self.treatments)
            known((*at, "family"), [kind.family], self.families)
            known(at, (*kind.also_open_to, *kind.also_closed_to), ids)
        for sector, shares in self.priors.sectors.items():
            at = ("priors", "sectors", sector)
            _only_these(at, shares, self.families)
            total = sum(shares.values())
            if not np.isclose(total, 1.0):
                raise Conflict(
                    f"la somme des parts vaut {total:.3f} au lieu de 1.",
                    f"the shares sum to {total:.3f} instead of 1.",
                    at,
                )
        if not self.in_use:
            raise Conflict("tous les genres sont éteints.", "all kinds are switched off.")
        lived_in = {kind.family for kind in self.in_use}
        for key, family in self.families.items():
            if key not in lived_in:
                raise Conflict(
                    f"la famille «\u00a0{family.name.fr}\u00a0» n’a plus aucun genre en service\u202f; gardez-en un.",
                    f'the family "{family.name.en}" has no kind left in use; keep one.',
                    ("families", key),
                )
        return self

    @property
    def in_use(self) -> tuple[Kind, ...]:
        """Kinds that are not switched off."""
        return tuple(kind for kind in self.kinds if not kind.switched_off)

    def kind(self, kind_id: str) -> Kind:
        """Raises KeyError when the catalogue never held it; switched-off kinds are still told."""
        return {kind.id: kind for kind in self.kinds}[kind_id]

    def recognised(self) -> dict[str, str]:
        """Every way of naming a kind in use, in lower case, to the kind's id."""
        return {
            words.replace("’", "'").strip().lower(): kind.id
            for kind in self.in_use
            for words in (
                kind.id,
                *kind.also_called,
                kind.name.fr,
                kind.name.en,
                kind.definition.fr,
                kind.definition.en,
            )
        }

    def space(self) -> KindSpace:
        """The space that the kinds in use span, for the engine."""
        families = tuple(self.families)
        kinds = self.in_use
        return KindSpace(
            kinds=tuple(kind.id for kind in kinds),
            families=families,
            family_of=np.array([families.index(kind.family) for kind in kinds], dtype=np.intp),
            coordinates=_matrix([kind.axes.model_dump() for kind in kinds], AXES),
            treatments=_matrix([kind.treatment.model_dump() for kind in kinds], TREATMENTS),
            ranges=np.array([[self.axes[axis].low, self.axes[axis].high] for axis in AXES]),
            functional=np.array([family.functional for family in self.families.values()]),
            goals=np.array([kind.a_goal for kind in kinds]),
            rule=self._rule(),
        )

    def prior(self, sector: str = "any") -> Floats:
        """How common each kind in use is in a sector; an unknown sector falls back on `any`.

        Shape (kinds in use,), summing to 1.
        """
        shares = self.priors.sectors.get(sector, self.priors.sectors["any"])
        wanted = np.array([shares[k.family] * k.share_of_family for k in self.in_use])
        return np.asarray(wanted / wanted.sum())

    def _rule(self) -> MoveRule:
        rule = self.move_rule
        return MoveRule(
            rise=rule.rise.model_dump(),
            rise_of_strength_into_negative=rule.rise_of_strength_into_negative,
            repair_valence=rule.from_negative.valence_at_most,
            repair_rise=rule.from_negative.rise_of_valence,
            entered_never_chosen=frozenset(rule.entered_never_chosen),
            needs_a_bond_of=rule.needs_a_bond_of,
            also_open=frozenset((k.id, to) for k in self.kinds for to in k.also_open_to),
            also_closed=frozenset((k.id, to) for k in self.kinds for to in k.also_closed_to),
        )


def _matrix(rows: list[dict[str, float]], columns: tuple[str, ...]) -> Floats:
    return np.array([[row[column] for column in columns] for row in rows], dtype=float)


def _only_these(at: Path, have: Iterable[str], want: Iterable[str]) -> None:
    differ = ", ".join(sorted(set(have) ^ set(want)))
    if differ:
        raise Conflict(f"en trop ou en moins : {differ}.", f"too many or lacking: {differ}.", at)


def _on_scale(at: Path, places: dict[str, float], scales: dict[str, Scale]) -> None:
    for axis, place in places.items():
        low, high = scales[axis].low, scales[axis].high
        if not low <= place <= high:
            raise Conflict(
                f"{axis} vaut {place:g} ; son échelle va de {low:g} à {high:g}.",
                f"{axis} is {place:g}; its scale runs from {low:g} to {high:g}.",
                (*at, axis),
            )
