"""The catalogue of playbooks, and the conditions it gives the engine."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from entregent.adapters.catalogue.validation import (
    Bilingual,
    BilingualList,
    Catalogue,
    Conflict,
    Entry,
    Name,
    Status,
    known,
)
from entregent.engine.evidence import DERIVED
from entregent.engine.relationship.actions import Condition, Limits, Playbook
from entregent.engine.relationship.features import BEHAVIOUR

FIELDS = (*(column.name for column in DERIVED["profiles"].columns), *BEHAVIOUR)
"""What a condition may ask of: the profile, and how the customer behaves."""

Count = Annotated[int, Field(ge=0)]


class ConditionEntry(Entry):
    """One question asked of a field, with exactly one way of asking."""

    field: Name
    equals: str | bool | float | None = None
    one_of: tuple[str, ...] | None = None
    above: float | None = None
    below: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _asks_one_thing(self) -> "ConditionEntry":
        known(("field",), [self.field], FIELDS)
        asked = self.model_dump(exclude={"field"}, exclude_none=True)
        if len(asked) != 1:
            raise Conflict(
                f"la condition sur {self.field} doit poser une seule question, elle en pose {len(asked)}.",
                f"the condition on {self.field} must ask one thing; it asks {len(asked)}.",
            )
        return self

    def for_engine(self) -> Condition:
        ((asks, value),) = self.model_dump(exclude={"field"}, exclude_none=True).items()
        return Condition(self.field, asks, value)


class PlaybookEntry(Entry):
    id: Name
    name: Bilingual
    why: Bilingual
    all: tuple[ConditionEntry, ...]
    unless: tuple[ConditionEntry, ...] = ()
    action: Bilingual
    rule: Bilingual
    owner: Literal[
        "adviser", "usual_agent", "manager", "marketing", "analyst", "data_protection_officer"
    ]
    deadline_days: Count
    channel: Literal["phone", "email", "letter", "chat", "next_contact", "none"]
    purpose: Name | None
    do: BilingualList
    never: BilingualList
    measured_by: Name
    priority: Count
    switched_off: bool = False

    @model_validator(mode="after")
    def _can_be_played(self) -> "PlaybookEntry":
        if not self.all:
            raise Conflict(
                "un scénario sans condition viserait tout le monde.",
                "a playbook without a condition would aim at everybody.",
                ("all",),
            )
        known(("measured_by",), [self.measured_by], FIELDS)
        return self

    def for_engine(self) -> Playbook:
        return Playbook(
            name=self.id,
            all=tuple(condition.for_engine() for condition in self.all),
            unless=tuple(condition.for_engine() for condition in self.unless),
            priority=self.priority,
            contacts=self.channel not in {"none", "next_contact"},
            purpose=self.purpose,
        )


class LimitsEntry(Entry):
    contacts_per_30_days: Count
    days_between_contacts: Count


class Playbooks(Catalogue):
    status: Status
    limits: LimitsEntry
    playbooks: tuple[PlaybookEntry, ...]

    def for_engine(self) -> list[Playbook]:
        """The playbooks that are not switched off."""
        return [entry.for_engine() for entry in self.playbooks if not entry.switched_off]

    def contact_limits(self) -> Limits:
        return Limits(self.limits.contacts_per_30_days, self.limits.days_between_contacts)

    def playbook(self, playbook_id: str) -> PlaybookEntry:
        """Raises KeyError."""
        return {entry.id: entry for entry in self.playbooks}[playbook_id]
