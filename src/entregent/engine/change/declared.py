"""A declared change: said before anything is measured, so that nothing is read into it after."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from entregent.engine.errors import BrokenContract, NotMeasurable


class Beneficiary(StrEnum):
    CUSTOMER = "customer"
    FIRM = "firm"
    BOTH = "both"
    SOCIETY = "society"


class Mode(StrEnum):
    NEUTRAL = "neutral"
    EVOCATION = "evocation"


class EvocationRefused(NotMeasurable):
    """Evocation towards a change that serves the firm alone would be manipulation."""

    def __init__(self, change: str) -> None:
        self.change = change
        super().__init__(
            f"{change!r} is declared to serve the firm alone: evocation is refused, "
            "the neutral balance remains open"
        )


@dataclass(frozen=True, slots=True)
class DeclaredChange:
    """One target behaviour.

    beneficiary: who gains, as the firm declares it.
    cycle_days: how often the decision comes round (a purchase, a renewal), which scales its stages.
    Raises BrokenContract without a name or with a cycle that is not positive, EvocationRefused when
    the mode is evocation and the firm is the only beneficiary.
    """

    name: str
    beneficiary: Beneficiary
    mode: Mode
    since: datetime
    cycle_days: float

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise BrokenContract("a declared change needs a name")
        if not self.cycle_days > 0:
            raise BrokenContract(f"the cycle is {self.cycle_days} days; it must be above zero")
        if self.mode is Mode.EVOCATION and self.beneficiary is Beneficiary.FIRM:
            raise EvocationRefused(self.name)
