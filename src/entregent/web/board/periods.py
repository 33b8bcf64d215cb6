"""The stretch of time a board looks at."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

SPANS = {"30d": 30, "3m": 91, "12m": 365}
NAMES = {
    "30d": _("30 derniers jours"),
    "3m": _("3 derniers mois"),
    "12m": _("12 derniers mois"),
    "all": _("tout"),
    "own": _("dates choisies"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """Days from first to last, both included; the stretch of the same length before it is `before`."""

    name: str
    first: date | None
    last: date

    @property
    def since(self) -> datetime | None:
        return (
            None
            if self.first is None
            else datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC)
        )

    @property
    def until(self) -> datetime:
        """The instant just after the last day."""
        return datetime(self.last.year, self.last.month, self.last.day, tzinfo=UTC) + timedelta(
            days=1
        )

    @property
    def before(self) -> "Period | None":
        if self.first is None:
            return None
        length = self.last - self.first
        last = self.first - timedelta(days=1)
        return Period(self.name, last - length, last)

    @property
    def every(self) -> Literal["W", "M"]:
        """The step of its trends: weeks up to four months, months beyond."""
        if self.first is not None and (self.last - self.first).days <= 120:
            return "W"
        return "M"


def asked_period(asked: QueryDict, last_day: date) -> Period:
    """The period in an address; a year up to the last day of evidence when it says nothing usable."""
    first, last = _day(asked.get("from", "")), _day(asked.get("to", ""))
    if first or last:
        end = last or last_day
        return Period("own", first if first is None or first <= end else end, end)
    name = asked.get("period", "12m")
    if name == "all":
        return Period("all", None, last_day)
    name = name if name in SPANS else "12m"
    return Period(name, last_day - timedelta(days=SPANS[name] - 1), last_day)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
