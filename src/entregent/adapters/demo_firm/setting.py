"""The firm: a mutual of the south-west, its people, its year and the three changes it goes through.

La Sauvelande is invented. So are its advisers; the towns are real and the telephone numbers are
those that the French regulator keeps for fiction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from random import Random
from zoneinfo import ZoneInfo

from entregent.adapters.demo_firm.stock import names

FIRM = "La Sauvelande"
PARIS = ZoneInfo("Europe/Paris")
WINDOW = timedelta(days=548)
CLOSING_AGENCY = "Auch"
PLATFORM = "plateforme"
LEAVING_ADVISERS = {"Sandrine": 0.42, "Joël": 0.55, "Emma": 0.78}  # share of the window gone by
OPEN_AT, CLOSED_AT = 9.0, 18.5


@dataclass(frozen=True, slots=True)
class Adviser:
    """Someone who answers for the firm, with a manner of their own."""

    agent_id: str
    first: str
    last: str
    gender: str
    agency: str
    manner: str

    @property
    def formal_name(self) -> str:
        return f"{'Mme' if self.gender == 'f' else 'M.'} {self.last}"


@dataclass(frozen=True, slots=True)
class Change:
    """Something the firm asks of its customers, declared before anything is measured."""

    name: str
    target: str
    begins: date
    beneficiary: str


def _advisers() -> tuple[Adviser, ...]:
    entries = [(f"A{rank:02d}", *entry) for rank, entry in enumerate(names()["advisers"], 1)]
    for rank, (first, last, gender) in enumerate(names()["platform"], 1):
        entries.append((f"P{rank:02d}", first, last, gender, PLATFORM, "plain"))
    return tuple(
        Adviser(agent_id, first, last, gender, agency, manner)
        for agent_id, first, last, gender, agency, manner in entries
    )


@dataclass(frozen=True)
class Setting:
    """Eighteen months of the firm, ending the day before `today`."""

    today: date

    @cached_property
    def first_day(self) -> date:
        return self.today - WINDOW

    @cached_property
    def last_day(self) -> date:
        return self.today - timedelta(days=1)

    @cached_property
    def advisers(self) -> tuple[Adviser, ...]:
        return _advisers()

    @cached_property
    def platform(self) -> tuple[Adviser, ...]:
        return tuple(a for a in self.advisers if a.agency == PLATFORM)

    def of_agency(self, agency: str) -> list[Adviser]:
        return [adviser for adviser in self.advisers if adviser.agency == agency]

    def day_at(self, share: float) -> date:
        return self.first_day + timedelta(days=round(WINDOW.days * share))

    def _latest(self, month: int, day: int, *, days_left: int) -> date:
        candidate = date(self.last_day.year, month, day)
        while candidate > self.last_day - timedelta(days=days_left):
            candidate = candidate.replace(year=candidate.year - 1)
        return candidate

    @cached_property
    def storm(self) -> date:
        """First day of the week in which half the roofs of the region flew."""
        return self._latest(2, 8, days_left=60)

    @cached_property
    def billing_bug(self) -> date:
        """First day of the month in which direct debits left twice."""
        return self._latest(10, 1, days_left=60)

    @cached_property
    def rise(self) -> date:
        """Day on which the new prices hold; the notice leaves six weeks before."""
        return self._latest(1, 1, days_left=120)

    @cached_property
    def agency_closes(self) -> date:
        return self.day_at(0.62)

    @cached_property
    def changes(self) -> Mapping[str, Change]:
        return {
            "online": Change(
                "online",
                "créer et utiliser l'espace en ligne à la place du papier et de l'agence",
                self.day_at(0.25),
                "both",
            ),
            "debit": Change(
                "debit",
                "passer au prélèvement, avec la nouvelle règle de rétractation et de résiliation",
                self.day_at(0.5),
                "both",
            ),
            "price": Change(
                "price",
                "renouveler malgré la hausse, avec le programme de fidélité",
                self.rise - timedelta(days=45),
                "firm",
            ),
        }

    def leaves_on(self, adviser: Adviser) -> date | None:
        share = LEAVING_ADVISERS.get(adviser.first)
        return None if share is None else self.day_at(share)

    def strain(self, day: date) -> float:
        """How far the desks are behind, 0 (calm) to 1 (swamped)."""
        strain = 0.12
        if day.month in {7, 8}:
            strain += 0.38
        if 0 <= (day - self.storm).days < 24:
            strain += 0.75 * (1 - (day - self.storm).days / 30)
        if self.billing_bug.month == day.month and self.billing_bug.year == day.year:
            strain += 0.3
        if 0 <= (self.rise - day).days < 40:
            strain += 0.12
        if day.weekday() == 0:
            strain += 0.08
        return min(1.0, strain)

    def inside(self, moment: datetime) -> bool:
        return self.first_day <= moment.astimezone(PARIS).date() <= self.last_day


def moment(day: date, hour: float, rng: Random) -> datetime:
    """A moment of that Paris day, around that hour, in UTC.

    >>> moment(date(2026, 7, 1), 14.0, Random(1)).tzinfo is UTC
    True
    """
    seconds = min(86_399, max(0, int(hour * 3600) + rng.randrange(-900, 900)))
    clock = time(seconds // 3600, seconds % 3600 // 60, seconds % 60)
    return datetime.combine(day, clock, PARIS).astimezone(UTC)


def working_day(day: date) -> date:
    """That day, or the Monday after it when it falls on a Sunday."""
    return day + timedelta(days=1) if day.weekday() == 6 else day
