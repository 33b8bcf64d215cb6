"""What binds: contracts, exit fees, customs that nobody wrote down, and consents."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random

from entregent.adapters.demo_firm.bonds import habits
from entregent.adapters.demo_firm.composer import Topic, blanks
from entregent.adapters.demo_firm.course import World
from entregent.adapters.demo_firm.ledger import Row
from entregent.adapters.demo_firm.people import Person
from entregent.adapters.demo_firm.setting import moment


class Paperwork:
    """One customer's file: written at the end of the window, promises as they are made."""

    def __init__(self, world: World, person: Person, rng: Random) -> None:
        self.world, self.person, self.rng = world, person, rng
        self.setting = world.setting

    def agree(
        self, kind: str, text: str, since: date, until: date | None, kept: bool | None
    ) -> None:
        if text:
            row: Row = {
                "customer_id": self.person.customer_id,
                "kind": kind,
                "text": text,
                "from": since,
                "until": until,
                "kept": kept,
            }
            self.world.ledger.write("agreements", **row)

    def write_contracts(self) -> None:
        for policy in self.person.policies:
            pay = "paiement annuel" if policy.yearly_payment else "mensualités"
            means = "par chèque" if policy.by_cheque else "par prélèvement"
            ends = policy.ends if policy.ends and policy.ends <= self.setting.last_day else None
            self.agree(
                "contract",
                f"Contrat {policy.product} n° {policy.number}, {pay} {means}",
                policy.begins,
                ends,
                None,
            )
            if policy.engaged_until and policy.exit_fee:
                pledge = f" ; en échange, {policy.pledge}" if policy.pledge else ""
                self.agree(
                    "exit_fee",
                    f"Engagement de 24 mois sur le contrat {policy.product}, {policy.exit_fee} € en cas de départ anticipé{pledge}",
                    policy.engaged_until - timedelta(days=730),
                    policy.engaged_until,
                    None,
                )

    def write_customs(self, *, hurts: int) -> None:
        rng, person = self.rng, self.person
        topic = self._topic()
        born = max(person.since, self.setting.first_day - timedelta(days=1500))
        day = born + timedelta(days=rng.randrange(max(1, (self.setting.last_day - born).days)))
        if rng.random() < 0.05 + 0.05 * habits()[person.bond].wants["personal"]:
            broken = hurts > 1 and rng.random() < 0.3
            text = self.world.composer.firm_line(person, topic, "tacit", "text")
            self.agree("tacit", text, day, None, False if broken else None)
        if rng.random() < 0.1 or person.language == "en":
            text = self.world.composer.firm_line(person, topic, "preference", "text")
            if person.language == "en" and rng.random() < 0.6:
                text = "Parle anglais, comprend le français à l'écrit"
            self.agree("preference", text, day, None, None)

    def write_consents(
        self, consents: Mapping[str, bool], *, withdrawn_at: datetime | None
    ) -> None:
        rng, person = self.rng, self.person
        for purpose, given in consents.items():
            if not given:
                continue
            at = moment(person.since, 11, rng)
            marketing_purpose = purpose.endswith("marketing")
            back = (
                withdrawn_at if marketing_purpose and withdrawn_at and withdrawn_at > at else None
            )
            if back is None and rng.random() < 0.02:
                later = moment(self._some_day(), 12, rng)
                back = later if later > at else None
            self.world.ledger.write(
                "consents",
                customer_id=person.customer_id,
                purpose=purpose,
                given_at=at,
                withdrawn_at=back,
                source=rng.choice(("souscription", "espace en ligne", "agence", "téléphone")),
            )

    def _topic(self) -> Topic:
        day = self.setting.last_day
        product = self.person.policies[0].product if self.person.policies else "auto"
        slots = blanks(self.person, self.person.adviser, day, self.rng, product)
        return Topic("question", "plain", 0, day, slots)

    def _some_day(self) -> date:
        return self.setting.first_day + timedelta(days=self.rng.randrange(548))
