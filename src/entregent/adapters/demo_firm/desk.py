"""The firm's desks as one customer meets them: doors, waits, words, and what is written down."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from entregent.adapters.demo_firm.bonds import habits
from entregent.adapters.demo_firm.composer import Topic, blanks
from entregent.adapters.demo_firm.course import Course, World
from entregent.adapters.demo_firm.ledger import Row
from entregent.adapters.demo_firm.people import Person
from entregent.adapters.demo_firm.service import (
    answer_delay,
    answering_adviser,
    call,
    reaching_moment,
)
from entregent.adapters.demo_firm.setting import CLOSING_AGENCY, Adviser, working_day
from entregent.adapters.demo_firm.situations import SITUATIONS

SOURCE = {
    "phone": "telephony",
    "email": "mailbox",
    "chat": "helpdesk",
    "app": "helpdesk",
    "letter": "mailroom",
    "shop": "agency",
    "review": "reviews",
    "web": "portal",
}
# Matters in the middle of which one of the firm's changes comes up by itself.
SPOKEN_OF_NEAR = {
    "online": {
        "",
        "online_account",
        "certificate",
        "wait_phone",
        "agency_closing",
        "adviser_leaving",
    },
    "debit": {"", "payment", "billing_bug", "join"},
    "price": {"", "premium_rise", "price_compare", "loyalty"},
}


class Desk:
    """Every contact between one customer and the firm goes through here, and onto the books."""

    def __init__(
        self,
        world: World,
        person: Person,
        rng: Random,
        course: Course,
        plan: Callable[..., Any],
    ) -> None:
        self.world, self.person, self.rng, self.course = world, person, rng, course
        self.setting = world.setting
        self._plan = plan

    def reach_out(
        self, about: str, day: date, tone: str, product: str, case: Row | None
    ) -> tuple[datetime, Adviser, str] | None:
        """Get through by one door or another; the abandoned calls stay on record."""
        channel = self.channel(about, day)
        activity = _activity(about, tone, case)
        for _ in range(3):
            if channel != "phone":
                break
            attempt = call(self.rng, self.setting, day)
            if not attempt.abandoned:
                adviser = answering_adviser(self.rng, self.setting, self.person, "phone", day)
                text = (
                    self.write("phone", about, tone, day, adviser, product, later=case is not None)
                    if self.rng.random() < 0.86
                    else None
                )
                self.record(
                    attempt.at,
                    "phone",
                    about,
                    text,
                    adviser,
                    case,
                    wait=attempt.wait_seconds,
                    handle=attempt.handle_seconds,
                    activity=activity,
                )
                if attempt.wait_seconds > 420:
                    self.course.mood -= 0.18
                    if self.rng.random() < 0.1 * habits()[self.person.bond].complains + 0.03:
                        self._plan(day + timedelta(days=1), "wait_phone")
                return attempt.at, adviser, "phone"
            self.record(
                attempt.at,
                "phone",
                about,
                None,
                None,
                None,
                wait=attempt.wait_seconds,
                abandoned=True,
            )
            self.course.mood -= 0.15
            day += timedelta(days=self.rng.choice((0, 1, 1, 2)))
            day = working_day(day)
            draw = self.rng.random()
            if draw < 0.22:
                return None
            if draw < 0.55:
                channel = "email" if self.rng.random() < 0.65 else "app"
        if channel == "phone":
            channel = "email"
        at = reaching_moment(self.rng, channel, day)
        adviser = answering_adviser(self.rng, self.setting, self.person, channel, day)
        text = self.write(channel, about, tone, day, adviser, product, later=case is not None)
        wait = handle = None
        if channel == "chat":
            wait = round(self.rng.lognormvariate(3.2 + 1.5 * self.setting.strain(day), 0.9))
            handle = round(self.rng.lognormvariate(6.1, 0.5))
        elif channel == "shop":
            handle = round(self.rng.lognormvariate(6.6, 0.5))
        elif channel == "email":
            handle = round(self.rng.lognormvariate(5.9, 0.5))
        self.record(
            at, channel, about, text, adviser, case, wait=wait, handle=handle, activity=activity
        )
        return at, adviser, channel

    def topic(
        self, about: str, tone: str, day: date, adviser: Adviser, product: str, later: bool = False
    ) -> Topic:
        aside = stance = ""
        slots = blanks(self.person, adviser, day, self.rng, product)
        if about.startswith("change_"):
            name = about.removeprefix("change_")
            stance = self._stance(name)
            aside = self._change_line(name, stance, day, slots)
        elif about == "premium_rise" and self.rng.random() < 0.5:
            aside = self._aside(("price",), day, slots)
        elif self.rng.random() < 0.3:
            near = tuple(name for name, matters in SPOKEN_OF_NEAR.items() if about in matters)
            aside = self._aside(near, day, slots) if near else ""
        return Topic(about, tone, self.course.mood, day, slots, aside, stance, later)

    def write(
        self,
        channel: str,
        about: str,
        tone: str,
        day: date,
        adviser: Adviser,
        product: str,
        *,
        later: bool,
    ) -> str:
        topic = self.topic(about, tone, day, adviser, product, later=later)
        return self.world.composer.customer_text(self.person, channel, topic)

    def _aside(self, names: tuple[str, ...], day: date, slots: Mapping[str, str]) -> str:
        open_ones = [name for name in names if self.setting.changes[name].begins <= day]
        if not open_ones:
            return ""
        name = self.rng.choice(open_ones)
        return self._change_line(name, self._stance(name), day, slots)

    def _stance(self, name: str) -> str:
        leaning = self.course.attitudes[name] + self.rng.gauss(0, 0.3)
        return "for" if leaning > 0.22 else "against" if leaning < -0.22 else "both"

    def _change_line(self, name: str, stance: str, day: date, slots: Mapping[str, str]) -> str:
        line = self.world.composer.stock.fragment(
            self.rng, self.person.speaker(day), slots, f"change_{name}", stance
        )
        if line:
            self.course.talked.setdefault(name, []).append((day.isoformat(), stance))
        return line

    def channel(self, about: str, day: date) -> str:
        weights = dict(self.person.channels)
        if about in {"breakdown", "car_accident", "bereavement"}:
            weights["phone"] *= 3
        if about in {"certificate", "quote"}:
            weights["app"] *= 2
            weights["chat"] *= 1.5
        if about in {"complaint", "suggestion", "stop_marketing"}:
            weights["email"] *= 3
            weights["chat"] = 0
        if "online" in self.course.adopted and day >= self.course.adopted["online"]:
            weights["app"] *= 3
            weights["shop"] *= 0.4
            weights["letter"] *= 0.3
        if self.person.agency == CLOSING_AGENCY and day >= self.setting.agency_closes:
            weights["shop"] *= 0.05
        if day.weekday() == 6:
            weights["phone"] = weights["shop"] = 0
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def record(
        self,
        at: datetime,
        channel: str,
        about: str,
        text: str | None,
        adviser: Adviser | None,
        case: Row | None,
        *,
        wait: float | None = None,
        handle: float | None = None,
        abandoned: bool | None = None,
        direction: str = "in",
        activity: str | None = None,
    ) -> None:
        on_phone = channel == "phone"
        written_in_french = direction == "out" or on_phone or channel == "shop"
        self.world.ledger.write(
            "interactions",
            customer_id=self.person.customer_id,
            at=at,
            channel=channel,
            direction=direction,
            activity="Appel abandonné" if abandoned else activity or SITUATIONS[about].activity,
            text=text or None,
            language=("fr" if written_in_french else self.person.language) if text else None,
            agent_id=adviser.agent_id if adviser else None,
            wait_seconds=None if wait is None else float(wait),
            handle_seconds=None if handle is None else float(handle),
            abandoned=abandoned
            if abandoned is not None
            else (False if on_phone and direction == "in" else None),
            case_id=case["case_id"] if case else None,
            source=SOURCE[channel],
        )

    def reply(
        self, at: datetime, day: date, adviser: Adviser, about: str, outcome: str, case: Row | None
    ) -> datetime:
        answered = at + answer_delay(self.rng, self.setting, day) * (
            2.5 if outcome != "smooth" else 1
        )
        tone = "warm" if adviser.manner == "warm" and outcome == "smooth" else "plain"
        if (outcome == "botched" and self.rng.random() < 0.5) or (
            adviser.manner == "cold" and self.rng.random() < 0.3
        ):
            tone = "cold"
        topic = self.topic_of_firm(about, answered.date(), adviser)
        text = self.world.composer.reply(self.person, tone, topic)
        self.record(
            answered,
            "email",
            about,
            text,
            adviser,
            case,
            direction="out",
            activity="Réponse envoyée",
        )
        return answered

    def topic_of_firm(self, about: str, day: date, adviser: Adviser) -> Topic:
        product = self.person.policies[0].product if self.person.policies else "auto"
        slots = blanks(self.person, adviser, day, self.rng, product)
        return Topic(about, "plain", 0, day, slots)

    def product_for(self, product: str) -> str:
        held = [policy.product for policy in self.person.policies]
        return product if product in held or not held else held[0]


def _activity(about: str, tone: str, case: Row | None) -> str:
    """The first contact on a matter declares or asks; later ones remind, or thank."""
    situation = SITUATIONS[about]
    if case is None or not situation.case:
        return situation.activity
    return "Remerciement" if tone == "good" else "Relance"
