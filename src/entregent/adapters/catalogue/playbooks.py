"""The catalogue of playbooks, and the conditions it gives the engine."""

import re
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
    Words,
    known,
)
from entregent.engine.evidence import DERIVED
from entregent.engine.relationship.actions import Condition, Limits, Playbook, leans_on_a_hold
from entregent.engine.relationship.features import BEHAVIOUR

FIELDS = (
    *(column.name for column in DERIVED["profiles"].columns),
    "quadrant",
    *BEHAVIOUR,
    "promise_days_left",
)
"""What a condition may ask of: the profile, how the customer behaves, what was promised."""

CHANGE_STAGE = re.compile(r"change_stage_\d+")
"""The stage in a change that the firm declared, by the change's number."""

OFFERING = re.compile(r"(^|_)(marketing|offers?|sales|prospection)(_|$)|démarchage|offre")
"""Purposes of consent under which something is offered."""

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
        if not CHANGE_STAGE.fullmatch(self.field):
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
    """A playbook.

    purpose: the consent it needs; null where it answers the customer.
    offers: whether it proposes to buy, to renew or to commit.
    measured_by: the field by which one sees whether it helped, looked at after `look_after_days`.
    """

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
    purpose: Words | None
    offers: bool = False
    do: BilingualList
    never: BilingualList
    measured_by: Name
    look_after_days: Annotated[int, Field(ge=1, le=730)] = 60
    priority: Annotated[int, Field(ge=0, le=100)]
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
        if self.purpose and OFFERING.search(self.purpose.lower()) and not self.offers:
            raise Conflict(
                f"l’accord « {self.purpose} » sert à proposer quelque chose : dites-le (offers: true).",
                f'consent for "{self.purpose}" serves to offer something: say so (offers: true).',
                ("offers",),
            )
        self._offers_nothing_to_the_held()
        return self

    def _offers_nothing_to_the_held(self) -> None:
        for rank, condition in enumerate(self.all):
            if self.offers and leans_on_a_hold(condition.for_engine()):
                raise Conflict(
                    f"une offre ne vise jamais un client par ce qui le tient ou le blesse ({condition.field}).",
                    f"an offer is never aimed at customers by what holds or hurts them ({condition.field}).",
                    ("all", rank),
                )

    @property
    def contacts(self) -> bool:
        """Whether playing it means writing or calling."""
        return self.channel not in {"none", "next_contact"}

    def for_engine(self) -> Playbook:
        return Playbook(
            name=self.id,
            all=tuple(condition.for_engine() for condition in self.all),
            unless=tuple(condition.for_engine() for condition in self.unless),
            priority=self.priority,
            contacts=self.contacts,
            purpose=self.purpose,
            offers=self.offers,
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
