"""The catalogue of change: kinds of talk, stages, windows, principles, cells and modes."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from entregent.adapters.catalogue.validation import (
    Bilingual,
    Catalogue,
    Conflict,
    Entry,
    Name,
    Status,
    Words,
)

Positive = Annotated[float, Field(gt=0)]


class TalkKind(Entry):
    group: Literal["preparatory", "mobilising"]
    source: Words
    status: Status
    name: Bilingual
    toward: Bilingual
    against: Bilingual


class Stage(Entry):
    id: Name
    rank: int
    name: Bilingual
    field_term: Bilingual
    meaning: Bilingual


class InstrumentWindows(Entry):
    near_days: Positive
    far_days: Positive
    attempts_window_days: Positive


class CustomerWindows(Entry):
    near_part_of_cycle: Positive
    far_part_of_cycle: Positive
    floor_days: Positive


class Staging(Entry):
    source: Words
    status: Status
    instrument: InstrumentWindows
    customers: CustomerWindows
    recent_step_part_of_cycle: Positive


class Ambivalence(Entry):
    default: Literal["griffin", "kaplan", "gradual_threshold"]
    gradual_threshold_power: Positive


class Principles(Entry):
    source: Words
    status: Status
    transposition: bool
    rise_of_pros: float
    fall_of_cons: float
    observed_pros: float
    observed_cons: float
    caution: Bilingual


class Cell(Entry):
    name: Bilingual
    speaks_for: Literal["changing", "keeping"]


class Mode(Entry):
    name: Bilingual
    fits: Bilingual
    source: Words
    status: Status
    refused_when: Bilingual | None = None


class Modes(Entry):
    neutral: Mode
    evocation: Mode
    why_two: Bilingual


class Stages(Catalogue):
    talk_kinds: dict[Name, TalkKind]
    stages: tuple[Stage, ...]
    staging: Staging
    ambivalence: Ambivalence
    principles: Principles
    cells: dict[Name, Cell]
    modes: Modes

    @model_validator(mode="after")
    def _ranks_rise(self) -> "Stages":
        if [stage.rank for stage in self.stages] != list(range(len(self.stages))):
            raise Conflict(
                "les rangs des étapes doivent aller de 0 à la dernière, sans trou.",
                "the ranks of the stages must run from 0 to the last, without a gap.",
                ("stages",),
            )
        return self

    def stage(self, stage_id: str) -> Stage:
        """Raises KeyError."""
        return {stage.id: stage for stage in self.stages}[stage_id]
