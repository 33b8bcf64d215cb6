"""The catalogue of trust: levels, weights by stage, stages of a relationship, attachment."""

from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from entregent.adapters.catalogue.validation import (
    Bilingual,
    Catalogue,
    Conflict,
    Entry,
    Name,
    Status,
    Words,
    known,
)
from entregent.engine.relationship.life_cycle import STAGES
from entregent.engine.relationship.space import Floats
from entregent.engine.relationship.trust import LEVELS

Part = Annotated[float, Field(ge=0, le=1)]


class Named(Entry):
    name: Bilingual
    meaning: Bilingual


class LevelWeights(Entry):
    trade: Part
    brand: Part
    person: Part


class Weights(Entry):
    source: Words
    status: Status
    by_stage: dict[Name, LevelWeights]
    transactional_part_of_person_moved_to_brand: Part


class LifeStage(Entry):
    id: Name
    name: Bilingual
    rule: Bilingual
    source: Words
    status: Status


class Attachment(Entry):
    source: Words
    status: Status
    middle: Part
    quadrants: dict[Name, Named]
    constraints: dict[Name, Named]


class Trust(Catalogue):
    levels: dict[Name, Named]
    dimensions: dict[Name, Named]
    weights: Weights
    stages: tuple[LifeStage, ...]
    attachment: Attachment

    @model_validator(mode="after")
    def _weights_are_whole(self) -> "Trust":
        known(("levels",), self.levels, LEVELS)
        for rank, stage in enumerate(self.stages):
            known(("stages", rank, "id"), [stage.id], STAGES)
            known(("weights", "by_stage"), [stage.id], self.weights.by_stage)
        for stage_id, weights in self.weights.by_stage.items():
            total = weights.trade + weights.brand + weights.person
            if not np.isclose(total, 1.0):
                raise Conflict(
                    f"les trois poids font {total:.2f} au lieu de 1.",
                    f"the three weights make {total:.2f} instead of 1.",
                    ("weights", "by_stage", stage_id),
                )
        return self

    def level_weights(self) -> Floats:
        """Shape (stages, levels), in the order of STAGES and LEVELS; rows sum to 1."""
        rows = [self.weights.by_stage[stage].model_dump() for stage in STAGES]
        return np.array([[row[level] for level in LEVELS] for row in rows])
