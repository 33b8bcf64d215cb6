"""What customers answer when asked: moods decide whether they answer at all."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from entregent.adapters.demo_firm.bonds import habits
from entregent.adapters.demo_firm.composer import Composer, Topic
from entregent.adapters.demo_firm.ledger import Ledger
from entregent.adapters.demo_firm.people import Person
from entregent.adapters.demo_firm.service import reaching_moment
from entregent.adapters.demo_firm.setting import Setting

RELATION_SHARE = 0.5  # of those who answer surveys at all, how many sit through the long one
KINDS = tuple(habits())


def likert(rng: Random, centre: float, spread: float, low: int, high: int) -> float:
    return float(min(high, max(low, round(rng.gauss(centre, spread)))))


def tone_of(rating: float, low: float, high: float) -> str:
    return "bad" if rating <= low else "good" if rating >= high else "plain"


@dataclass
class Surveys:
    """Sends the questionnaires and writes down what comes back."""

    setting: Setting
    ledger: Ledger
    composer: Composer
    sent: int = 0

    def nps(self, rng: Random, person: Person, mood: float, topic: Topic) -> None:
        willing = habits()[person.bond].answers * (0.75 + 0.22 * abs(mood))
        if person.organisation:
            willing *= 0.7
        if rng.random() > willing:
            return
        at = reaching_moment(rng, "email", topic.day + timedelta(days=rng.randrange(0, 12)))
        rating = likert(rng, 7.45 + 1.25 * mood, 1.6, 0, 10)
        self._ask(rng, person, at, "nps", "1", [("recommend", rating)], topic, rating, (6, 9), 0.55)

    def csat(
        self, rng: Random, person: Person, at: datetime, outcome: str, topic: Topic, mood: float
    ) -> None:
        if rng.random() > 0.5 * habits()[person.bond].answers + (
            0.1 if outcome == "botched" else 0
        ):
            return
        centre = {"smooth": 4.55, "slow": 3.2, "botched": 1.9}[outcome] + 0.25 * mood
        rating = likert(rng, centre, 0.75, 1, 5)
        later = at + timedelta(hours=rng.uniform(2, 60))
        self._ask(
            rng, person, later, "csat", "1", [("satisfaction", rating)], topic, rating, (2, 4), 0.5
        )

    def ces(self, rng: Random, person: Person, at: datetime, outcome: str, topic: Topic) -> None:
        if rng.random() > 0.6 * habits()[person.bond].answers:
            return
        centre = {"smooth": 5.9, "slow": 3.6, "botched": 2.3}[outcome]
        rating = likert(rng, centre, 1.15, 1, 7)
        later = at + timedelta(hours=rng.uniform(20, 90))
        self._ask(rng, person, later, "ces", "2.0", [("ease", rating)], topic, rating, (3, 6), 0.4)

    def relation(
        self, rng: Random, person: Person, mood: float, topic: Topic, attitude: float
    ) -> bool:
        """The long questionnaire: a metaphor, a few scales, trust, and rulers on the online account."""
        habit = habits()[person.bond]
        if rng.random() > habit.answers * RELATION_SHARE:
            return False
        at = reaching_moment(rng, "email", topic.day + timedelta(days=rng.randrange(0, 14)))
        response = self._response_id("relation")
        leniency = rng.gauss(0, 0.5)

        def scale(centre: float, spread: float = 1.15) -> float:
            return likert(rng, centre + leniency, spread, 1, 7)

        draw = rng.random()
        chosen = person.bond
        if draw > 0.88:
            chosen = rng.choice(KINDS)
        elif draw > 0.58:
            chosen = rng.choice(habit.mistaken_for)
        scales = {
            f"scale_{name}": scale(centre + (0.5 * mood if name == "liking" else 0))
            for name, centre in habit.says.items()
        }
        trust = 4.2 + 0.55 * mood
        rulers = {
            "online_importance": likert(rng, 5 + 3 * attitude, 2, 0, 10),
            "online_confidence": likert(
                rng, 7.5 - max(0, person.age(topic.day) - 45) / 10, 2, 0, 10
            ),
            "online_readiness": likert(rng, 4.5 + 3.5 * attitude, 2, 0, 10),
        }
        values = {
            **scales,
            "want_to_stay": scale(habit.stays_by_wish + 0.4 * mood),
            "have_to_stay": scale(habit.stays_by_force),
            "alternatives": scale(2.5 + 3 * habit.shops_around),
            "trust_credibility": scale(trust + 0.4),
            "trust_integrity": scale(trust),
            "trust_benevolence": scale(trust - 0.4 + 0.2 * (habit.says["closeness"] - 3)),
            **rulers,
        }
        label = habits()[chosen].label
        self._write(person, response, at, "relation", "1", "metaphor", None, label)
        for item, value in values.items():
            if rng.random() > 0.03:
                self._write(person, response, at, "relation", "1", item, value, None)
        if rng.random() < 0.7:
            word = self.composer.one_word(person, topic)
            self._write(person, response, at, "relation", "1", "in_a_word", None, word)
        return self.setting.inside(at)

    def _ask(
        self,
        rng: Random,
        person: Person,
        at: datetime,
        instrument: str,
        version: str,
        ratings: list[tuple[str, float]],
        topic: Topic,
        rating: float,
        bounds: tuple[float, float],
        comments: float,
    ) -> None:
        if not self.setting.inside(at):
            return
        response = self._response_id(instrument)
        for item, value in ratings:
            self._write(person, response, at, instrument, version, item, value, None)
        if rng.random() < comments:
            tone = tone_of(rating, *bounds)
            said = Topic(topic.about, tone, topic.mood, topic.day, topic.slots, topic.aside)
            text = self.composer.comment(person, instrument, said)
            if text:
                self._write(person, response, at, instrument, version, "comment", None, text)

    def _response_id(self, instrument: str) -> str:
        self.sent += 1
        return f"{instrument}-{self.sent:06d}"

    def _write(
        self,
        person: Person,
        response: str,
        at: datetime,
        instrument: str,
        version: str,
        item: str,
        value: float | None,
        text: str | None,
    ) -> None:
        self.ledger.write(
            "answers",
            response_id=response,
            customer_id=person.customer_id,
            at=at,
            instrument=instrument,
            instrument_version=version,
            item=item,
            value=value,
            text=text,
        )


def waves(setting: Setting) -> list[date]:
    return [setting.first_day + timedelta(days=days) for days in (70, 253, 436)]
