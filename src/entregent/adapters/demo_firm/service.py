"""The desks: when people reach out, how long they wait, who answers and how well."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from entregent.adapters.demo_firm.people import Person
from entregent.adapters.demo_firm.setting import (
    CLOSED_AT,
    CLOSING_AGENCY,
    OPEN_AT,
    Adviser,
    Setting,
    moment,
)

CALL_HOURS = (10, 15, 13, 8, 6, 9, 12, 10, 13, 5)  # nine in the morning to half past six
WRITING_HOURS = {
    7: 3,
    8: 6,
    9: 7,
    10: 7,
    12: 8,
    13: 7,
    14: 5,
    16: 5,
    17: 6,
    18: 8,
    19: 8,
    20: 10,
    21: 11,
    22: 7,
    23: 3,
}
BUSY_HOURS = {9, 10, 11, 14, 17}


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt to get through by telephone."""

    at: datetime
    wait_seconds: float
    handle_seconds: float
    abandoned: bool


def reaching_moment(rng: Random, channel: str, day: date) -> datetime:
    if channel in {"phone", "shop"}:
        hour = 9 + rng.choices(range(len(CALL_HOURS)), CALL_HOURS)[0] + rng.random() * 0.8
        return moment(day, min(max(hour, OPEN_AT + 0.3), CLOSED_AT - 0.3), rng)
    if channel == "letter":
        return moment(day, 10.5, rng)
    hour = rng.choices(list(WRITING_HOURS), list(WRITING_HOURS.values()))[0]
    return moment(day, hour + rng.random(), rng)


def call(rng: Random, setting: Setting, day: date) -> Call:
    """A call on that day: hour and season decide the wait, patience decides the rest."""
    at = reaching_moment(rng, "phone", day)
    strain = setting.strain(day) + (0.1 if at.hour in BUSY_HOURS else 0)
    if rng.random() < max(0.08, 1.0 - 0.95 * strain):
        wait = rng.uniform(2, 20)
    else:
        wait = 20 + rng.expovariate(1 / (70 + 620 * strain))
    patience = rng.lognormvariate(5.9, 0.8)
    if wait > patience:
        return Call(at, round(patience), 0, abandoned=True)
    return Call(at, round(wait), round(rng.lognormvariate(5.65, 0.55)), abandoned=False)


def answering_adviser(
    rng: Random, setting: Setting, person: Person, channel: str, day: date
) -> Adviser:
    """The person's own adviser when they are in reach, else whoever is free."""
    if person.agency == CLOSING_AGENCY and day >= setting.agency_closes:
        return rng.choice(setting.platform)
    if channel == "shop" or rng.random() < (0.55 if channel in {"phone", "email"} else 0.25):
        leaves = setting.leaves_on(person.adviser)
        if leaves is None or day < leaves:
            return person.adviser
        others = [a for a in setting.of_agency(person.agency) if a is not person.adviser]
        return rng.choice(others or list(setting.platform))
    return rng.choice(setting.platform)


def goes_well(rng: Random, setting: Setting, day: date, adviser: Adviser, hard: float) -> str:
    """How the matter is handled: smooth, slow or botched."""
    manner = {"warm": 0.1, "plain": 0.0, "cold": -0.12}[adviser.manner]
    ease = 0.76 - 0.4 * setting.strain(day) - 0.8 * hard + manner
    draw = rng.random()
    if draw < ease:
        return "smooth"
    return "slow" if draw < ease + (1 - ease) * 0.62 else "botched"


def answer_delay(rng: Random, setting: Setting, day: date) -> timedelta:
    """Until a written message is answered, in calm and in busy weeks."""
    hours = rng.lognormvariate(math.log(9 + 60 * setting.strain(day)), 0.8)
    return timedelta(hours=hours)
