"""What one life carries along: its true course, and the world it shares with all the others."""

from dataclasses import dataclass, field
from datetime import date

from entregent.adapters.demo_firm.composer import Composer
from entregent.adapters.demo_firm.ledger import Ledger
from entregent.adapters.demo_firm.setting import Setting
from entregent.adapters.demo_firm.surveys import Surveys


@dataclass(slots=True)
class Course:
    """What is really going on, kept aside from the evidence."""

    bond_path: list[tuple[date, str]]
    stage_path: list[tuple[date, str]]
    mood: float
    base_mood: float
    attitudes: dict[str, float]
    talked: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    adopted: dict[str, date] = field(default_factory=dict)
    events: list[tuple[date, str, str]] = field(default_factory=list)
    promises: list[tuple[date, bool]] = field(default_factory=list)
    left_on: date | None = None
    left_for: str = ""
    hurts: int = 0
    rise: float = 0.0
    answered_relation: bool = False


@dataclass
class World:
    """What every life shares."""

    setting: Setting
    ledger: Ledger
    composer: Composer
    surveys: Surveys
