"""The catalogue of ready declared changes, to be copied and made the firm's own."""

from typing import Literal

from pydantic import Field, model_validator

from entregent.adapters.catalogue.validation import (
    Bilingual,
    BilingualList,
    Catalogue,
    Conflict,
    Entry,
    Name,
    Status,
)


class Cells(Entry):
    keep_for: BilingualList
    keep_against: BilingualList
    change_for: BilingualList
    change_against: BilingualList


class ReadyChange(Entry):
    """One change, with what to listen for on each side and what bears on it from outside.

    movement: whether to do it is to leave the firm (away) or to stay with it (toward); empty where
    it is neither, and words of leaving say nothing of it.
    """

    id: Name
    name: Bilingual
    target: Bilingual
    for_whom: Bilingual
    beneficiary: Literal["customer", "firm", "both", "society"]
    modes: tuple[Literal["neutral", "evocation"], ...]
    usual_cycle_days: float = Field(gt=0)
    movement: Literal["away", "toward", ""] = ""
    steps: BilingualList
    attempts: BilingualList
    cells: Cells
    internal: BilingualList
    external: BilingualList
    ethics: Bilingual
    switched_off: bool = False

    @model_validator(mode="after")
    def _evocation_serves_someone_else(self) -> "ReadyChange":
        if self.beneficiary == "firm" and "evocation" in self.modes:
            raise Conflict(
                "l’évocation est refusée quand l’entreprise est seule bénéficiaire.",
                "evocation is refused where the firm is the only beneficiary.",
                ("modes",),
            )
        return self


class DeclaredChanges(Catalogue):
    status: Status
    changes: tuple[ReadyChange, ...]

    def change(self, change_id: str) -> ReadyChange:
        """Raises KeyError."""
        return {change.id: change for change in self.changes}[change_id]
