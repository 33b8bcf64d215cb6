"""What the firm sends without being asked: by tier and programme, as such firms do.

The programme a customer falls into follows from what they pay and hold, not from what they want.
The distance between the two is what the product is there to measure.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from entregent.adapters.demo_firm.composer import Composer, Topic
from entregent.adapters.demo_firm.ledger import Ledger
from entregent.adapters.demo_firm.people import Person
from entregent.adapters.demo_firm.setting import Setting, moment


@dataclass(frozen=True, slots=True)
class Programme:
    """A marketing plan and the treatment it amounts to, each from 0 (none) to 4 (much)."""

    name: str
    messages_a_year: float
    calls_a_year: float
    tones: tuple[int, int, int]  # weights of warm, plain and pushy messages
    contact: int
    tone: int
    personal: int
    offers: int


PROGRAMMES = {
    "privilege": Programme("privilege", 9, 0.9, (70, 22, 8), 4, 4, 3, 1),
    "standard": Programme("standard", 5, 0.15, (12, 78, 10), 2, 1, 1, 1),
    "conquest": Programme("conquest", 12, 0.7, (12, 28, 60), 4, 2, 1, 4),
    "dormant": Programme("dormant", 1.6, 0.05, (0, 100, 0), 0, 1, 0, 0),
    "professional": Programme("professional", 4, 0.8, (0, 85, 15), 2, 1, 2, 1),
}


def programme_for(rng: Random, setting: Setting, person: Person) -> Programme:
    if person.organisation:
        return PROGRAMMES["professional"]
    paid = sum(policy.monthly for policy in person.policies)
    tenure = (setting.today - person.since).days / 365
    draw = rng.random()
    if draw < 0.12:
        return PROGRAMMES["dormant"]
    if paid > 110 and draw < 0.8:
        return PROGRAMMES["privilege"]
    if (len(person.policies) <= 1 and draw < 0.6) or tenure < 2:
        return PROGRAMMES["conquest"]
    return PROGRAMMES["standard"]


def contact_days(rng: Random, setting: Setting, yearly: float) -> list[date]:
    expected = yearly * 1.5
    count = int(expected) + (rng.random() < expected % 1)
    count = max(0, count + rng.choice((-1, 0, 0, 1)) if count > 2 else count)
    return sorted(setting.first_day + timedelta(days=rng.randrange(548)) for _ in range(count))


def send_message(
    rng: Random,
    ledger: Ledger,
    composer: Composer,
    person: Person,
    programme: Programme,
    topic: Topic,
) -> str:
    """One campaign message; returns its tone."""
    tone = rng.choices(("warm", "plain", "pushy"), programme.tones)[0]
    text = composer.firm_line(person, topic, "campaign", "message", tone)
    if not text:
        return ""
    channel = "sms" if tone == "pushy" and rng.random() < 0.5 else "email"
    ledger.write(
        "interactions",
        customer_id=person.customer_id,
        at=moment(topic.day, rng.choice((9, 10, 11, 18)), rng),
        channel=channel,
        direction="out",
        activity="Campagne envoyée",
        text=text,
        language="fr",
        source="marketing",
    )
    return tone


def ring_up(
    rng: Random, ledger: Ledger, composer: Composer, person: Person, topic: Topic, agent_id: str
) -> None:
    ledger.write(
        "interactions",
        customer_id=person.customer_id,
        at=moment(topic.day, rng.uniform(10, 18), rng),
        channel="phone",
        direction="out",
        activity="Appel sortant",
        text=composer.firm_line(person, topic, "callout", "note"),
        language="fr",
        agent_id=agent_id,
        handle_seconds=float(round(rng.lognormvariate(4.6, 0.8))),
        source="telephony",
    )
