"""Eighteen months of one customer: what happens to them, what they do about it, what it does to them."""

import heapq
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from entregent.adapters.demo_firm import marketing, money
from entregent.adapters.demo_firm.bonds import Habits, habits
from entregent.adapters.demo_firm.course import Course, World
from entregent.adapters.demo_firm.desk import Desk
from entregent.adapters.demo_firm.ledger import Row
from entregent.adapters.demo_firm.paperwork import Paperwork
from entregent.adapters.demo_firm.people import Person, touched_by_closing
from entregent.adapters.demo_firm.service import (
    answering_adviser,
    goes_well,
    reaching_moment,
)
from entregent.adapters.demo_firm.setting import Adviser, moment, working_day
from entregent.adapters.demo_firm.situations import SITUATIONS
from entregent.adapters.demo_firm.surveys import waves

MOOD_AFTER = {"smooth": 0.32, "slow": -0.38, "botched": -0.95}
TONE_AFTER = {"smooth": "good", "slow": "bad", "botched": "bad"}
REMEDIES = {
    "refund": ("remboursement", 0.3),
    "gesture": ("geste commercial", 0.2),
    "revision": ("révision de la décision", 0.2),
    "apology": ("excuses", 0.12),
    "explanation": ("explication", 0.1),
    "contact": ("interlocuteur unique", 0.08),
}
# Yearly chance of each ordinary reason to be in touch, before habits and age have their say.
ROUTINE = {
    "certificate": 0.3,
    "question": 0.3,
    "quote": 0.1,
    "payment": 0.09,
    "online_account": 0.06,
}
CLAIMS = {
    "auto": {"car_accident": 0.075, "glass": 0.07, "breakdown": 0.06},
    "habitation": {"water_damage": 0.042, "burglary": 0.013, "glass": 0.01},
    "santé": {"health_refund": 0.4},
    "prévoyance": {"sick_leave": 0.07},
    "flotte": {"car_accident": 0.3, "glass": 0.2},
    "multirisque professionnelle": {"org": 0.8, "burglary": 0.03},
    "responsabilité civile": {"org": 0.7},
}
LEAVES_FOR_LIFE = 0.028  # a year: car sold, country left, death
BOUND_TO_STAY = 0.25
ASKED_FOR = {"certificate", "address", "quote", "payment", "birth", "young_driver"}
QUIET = 0.3  # people of whom little more than premiums is ever seen


class Life:
    """Plays one person's months, day after day, and writes what the firm would have recorded."""

    def __init__(self, world: World, person: Person, rng: Random) -> None:
        self.world, self.person, self.rng = world, person, rng
        self.setting = world.setting
        self._queue: list[tuple[date, int, str, dict[str, Any]]] = []
        self._order = 0
        self.programme = marketing.programme_for(rng, self.setting, person)
        self.annoyance = 0.0
        self.opted_out: date | None = None
        self.withdrawn_at: datetime | None = None
        self.consents = {
            purpose: rng.random() < share
            for purpose, share in (
                ("email_marketing", 0.72),
                ("sms_marketing", 0.45),
                ("phone_marketing", 0.34),
                ("data_analysis", 0.5),
            )
        }
        self.quiet = rng.random() < QUIET and self.habit.talks < 1.5
        self.course = self._course()
        self.desk = Desk(world, person, rng, self.course, self.plan)
        self.paperwork = Paperwork(world, person, rng)

    # ------------------------------------------------------------------------- before it starts

    def _course(self) -> Course:
        person, rng = self.person, self.rng
        habit = self.habit
        base = 0.42 * (habit.says["liking"] - 4) - 0.12 + rng.gauss(0, 0.42)
        start = max(self.setting.first_day, person.since)
        tenure = (start - person.since).days / 365
        stage = _starting_stage(habit, tenure, contracts=len(person.policies))
        age = person.age(start)
        ties = habit.wants["tone"] >= 3
        cheque = any(policy.by_cheque for policy in person.policies)
        return Course(
            bond_path=[(start, person.bond)],
            stage_path=[(start, stage)],
            mood=base + rng.gauss(0, 0.3),
            base_mood=base,
            attitudes={
                "online": 0.45 - (age - 44) / 45 - 0.25 * ties + rng.gauss(0, 0.4),
                "debit": 0.35 - 0.42 * cheque + rng.gauss(0, 0.4),
                "price": 0.1
                + 0.12 * (habit.stays_by_wish - 4)
                - 0.5 * (habit.shops_around - 0.4)
                + rng.gauss(0, 0.35),
            },
            rise=rng.choice((0.035, 0.05, 0.06, 0.07, 0.08, 0.09, 0.12)),
        )

    @property
    def habit(self) -> Habits:
        return habits()[self.person.bond]

    # ----------------------------------------------------------------------------- the calendar

    def live(self) -> Course:
        self._seed_life()
        self._seed_firm()
        while self._queue:
            day, _, about, more = heapq.heappop(self._queue)
            if day > self.setting.last_day:
                break
            gone = self.course.left_on is not None and day > self.course.left_on
            if gone and about not in {
                "refund_late",
                "stop_marketing",
                "nps",
                "message",
                "complaint",
                "promise_broken",
                "after",
                "exit_review",
            }:
                continue
            if gone and about in {"nps", "message"} and self.rng.random() < 0.75:
                continue
            self._happen(about, day, more)
        self._settle_books()
        return self.course

    def plan(self, day: date, about: str, **more: Any) -> None:
        if day < self.setting.first_day or day < self.person.since:
            return
        self._order += 1
        heapq.heappush(self._queue, (day, self._order, about, more))

    def _some_day(self) -> date:
        return self.setting.first_day + timedelta(days=self.rng.randrange(548))

    def _perhaps(self, yearly: float, about: str, **more: Any) -> None:
        expected = yearly * 1.5
        while expected > 0:
            if self.rng.random() < min(1.0, expected):
                self.plan(self._some_day(), about, **more)
            expected -= 1

    def _seed_life(self) -> None:
        person, rng = self.person, self.rng
        age = person.age(self.setting.today)
        talkative = self.habit.talks * rng.lognormvariate(-0.2, 0.6)
        if self.quiet:
            talkative = 0.02
        for policy in person.policies:
            for about, yearly in CLAIMS.get(policy.product, {}).items():
                chance = yearly * (1.4 if age < 27 else 1) * (0.25 if self.quiet else 1)
                self._perhaps(chance, about, product=policy.product)
            if policy.product == "habitation" and rng.random() < 0.1:
                self.plan(self.setting.storm + timedelta(days=int(rng.expovariate(1 / 4))), "storm")
        for about, yearly in ROUTINE.items():
            self._perhaps(
                yearly * talkative * (1 if self.quiet else 0.6) + yearly * 0.25 * (not self.quiet),
                about,
            )
        if not person.policies:
            self.plan(self._some_day(), "quote")
        if (self.setting.today - person.since).days < 460 and rng.random() < 0.65:
            self.plan(
                person.since + timedelta(days=rng.randrange(2, 50)),
                "join" if person.policies else "quote",
            )
        if person.organisation:
            return
        for about, yearly in {
            "address": 0.16 if age < 35 else 0.045,
            "birth": 0.055 if 23 < age < 40 else 0,
            "bereavement": 0.035 if age > 64 and person.partner else 0.009,
            "divorce": 0.018 if 28 < age < 62 and person.partner else 0,
            "retirement": 0.28 if age in {62, 63, 64} else 0,
            "young_driver": 0.07 if person.kids and 40 < age < 58 else 0,
            "suggestion": 0.02 * self.habit.talks
            + (0.5 if person.bond in {"supporter", "business_partner"} else 0),
            "thanks": 0.03 * self.habit.thanks * self.habit.talks,
            "price_compare": 0.07 * self.habit.shops_around,
            "wait_phone": 0.012 * self.habit.complains,
        }.items():
            self._perhaps(yearly, about)
        self._perhaps(LEAVES_FOR_LIFE, "cancel", reason="life")

    def _seed_firm(self) -> None:
        setting, person, rng = self.setting, self.person, self.rng
        for wave in waves(setting):
            if (wave - person.since).days > 45 and rng.random() < 0.78:
                self.plan(wave, "nps")
        for day in marketing.contact_days(rng, setting, self.programme.messages_a_year):
            self.plan(day, "message")
        for day in marketing.contact_days(rng, setting, self.programme.calls_a_year):
            self.plan(working_day(day), "callout")
        if person.policies and person.policies[0].product != "auto temporaire":
            self._seed_rise()
        if touched_by_closing(person) and rng.random() < 0.25 + 0.3 * (
            self.habit.wants["tone"] >= 3
        ):
            self.plan(
                setting.agency_closes + timedelta(days=rng.randrange(-30, 40)), "agency_closing"
            )
        leaves = setting.leaves_on(person.adviser)
        if leaves and rng.random() < 0.08 + 0.1 * self.habit.wants["personal"]:
            self.plan(leaves + timedelta(days=rng.randrange(-20, 60)), "adviser_leaving")
        if (setting.today - person.since).days > 365 * 5 and rng.random() < 0.035:
            self.plan(setting.rise + timedelta(days=rng.randrange(10, 90)), "loyalty")
        for name, change in setting.changes.items():
            self._seed_change(name, change.begins)
        self.plan(setting.day_at(0.9), "relation")

    def _seed_rise(self) -> None:
        rng = self.rng
        notice = self.setting.rise - timedelta(days=45)
        concern = 0.05 + 0.16 * self.habit.shops_around + 1.2 * max(0, self.course.rise - 0.06)
        if rng.random() < concern:
            self.plan(notice + timedelta(days=rng.randrange(4, 70)), "premium_rise")
        self.plan(self.setting.rise + timedelta(days=rng.randrange(5, 100)), "weigh_staying")

    def _seed_change(self, name: str, begins: date) -> None:
        rng, attitude = self.rng, self.course.attitudes[name]
        if begins > self.setting.last_day:
            return
        span = max(20, (self.setting.last_day - begins).days)
        if self.quiet:
            attitude -= 0.3
        talk = (
            0.01
            if self.quiet
            else 0.07 + 0.05 * min(2.0, self.habit.talks) + (0.06 if abs(attitude) < 0.2 else 0)
        )
        if rng.random() < talk and (name != "debit" or self.person.policies):
            self.plan(begins + timedelta(days=rng.randrange(span)), f"change_{name}")
        if name == "price":
            return
        leaning = attitude + rng.gauss(0, 0.25)
        if leaning > 0.3 and self.person.policies:
            self.plan(
                begins + timedelta(days=int(rng.betavariate(1.2, 2) * span)), "adopt", change=name
            )
        elif leaning > -0.15 and rng.random() < 0.25:
            self.plan(begins + timedelta(days=rng.randrange(span)), "try", change=name)

    # --------------------------------------------------------------------------- what happens

    def _happen(self, about: str, day: date, more: dict[str, Any]) -> None:
        self.course.mood += 0.1 * (self.course.base_mood - self.course.mood)
        special = {
            "nps": self._answer_nps,
            "relation": self._answer_relation,
            "message": self._get_message,
            "callout": self._get_call,
            "adopt": self._adopt,
            "try": self._try,
            "weigh_staying": self._weigh_staying,
            "after": self._follow_up,
            "turn": self._turn_now,
            "exit_review": self._write_review,
        }.get(about)
        if special is not None:
            special(day, more)
        elif about == "cancel":
            self._leave(day, more.get("reason", "price"))
        elif about == "complaint":
            self._complain(day, more)
        else:
            self._episode(about, day, more)

    def _episode(self, about: str, day: date, more: dict[str, Any]) -> None:
        """Something to settle: reach the firm, be dealt with, live with the outcome."""
        rng, situation = self.rng, SITUATIONS[about]
        day = working_day(day)
        product = more.get("product") or self.desk.product_for(situation.product)
        tone = self._first_tone(about)
        opened = self.desk.reach_out(about, day, tone, product, more.get("case"))
        if opened is None:
            return
        at, adviser, channel = opened
        outcome = goes_well(rng, self.setting, day, adviser, situation.hard)
        if about in {
            "storm",
            "sick_leave",
            "bereavement",
            "birth",
            "divorce",
            "retirement",
            "address",
        }:
            self.course.events.append((day, about, outcome))
        case = None
        if situation.case:
            case = self._open_case(about, at, outcome, product)
        elif channel in {"email", "letter", "app"} and rng.random() < 0.86:
            self.desk.reply(at, day, adviser, about, outcome, None)
        self._feel(outcome, day, weight=1.3 if situation.cost[1] > 0 else 0.7)
        self._promise_perhaps(day, adviser, outcome)
        self._survey_after(about, at, outcome, channel, product, adviser)
        if outcome == "smooth" and case is None:
            self._thank_perhaps(about, day)
        if outcome == "botched" and rng.random() < 0.1 + 0.25 * self.habit.complains:
            self.plan(day + timedelta(days=rng.randrange(3, 25)), "complaint", topic=about)
        if about == "premium_rise":
            self.course.attitudes["price"] += {"smooth": 0.25, "slow": -0.1, "botched": -0.3}[
                outcome
            ]
        if about == "stop_marketing":
            self._withdraw(
                at, honoured=rng.random() < (0.25 if self.person.bond == "stalker_prey" else 0.88)
            )
        if about in {"agency_closing", "adviser_leaving"} and self.habit.wants["tone"] >= 3:
            self._hurt(day, 0.7)

    def _first_tone(self, about: str) -> str:
        mood, rng = self.course.mood, self.rng
        if about == "thanks":
            return "good"
        if about in {"complaint", "promise_broken", "wait_phone", "exclusion", "stop_marketing"}:
            return "bad"
        if about in {
            "premium_rise",
            "agency_closing",
            "billing_bug",
            "refund_late",
            "adviser_leaving",
        }:
            return "bad" if rng.random() < 0.55 - 0.12 * mood else "plain"
        return "bad" if mood < -0.7 and rng.random() < 0.5 else "plain"

    # ---------------------------------------------------------------------- cases and remedies

    def _open_case(self, about: str, at: datetime, outcome: str, product: str) -> Row | None:
        rng, situation = self.rng, SITUATIONS[about]
        refused = rng.random() < situation.exclusion
        case = self.world.ledger.open_case(
            customer_id=self.person.customer_id,
            opened_at=at,
            kind=situation.case,
            cause=situation.cause,
            severity=situation.severity,
            status="open",
        )
        if case is None:
            return None
        self.world.ledger.attach_last_contact(case)
        day = at.date()
        drag = {"smooth": 0.8, "slow": 1.5, "botched": 2.1}[outcome] * (
            1 + 0.9 * self.setting.strain(day)
        )
        days = max(1, round(rng.uniform(*situation.days) * drag))
        self.world.ledger.step(
            case, "acknowledged_at", at + timedelta(hours=rng.lognormvariate(2, 1)), "pending"
        )
        if situation.cost[1] and rng.random() < 0.35:
            visit = at + timedelta(days=days * 0.4)
            self.desk.record(
                visit,
                "web",
                about,
                None,
                None,
                case,
                direction="internal",
                activity="Expertise réalisée",
            )
        solved = moment(working_day(day + timedelta(days=days)), 11, rng)
        done = self.world.ledger.step(case, "resolved_at", solved, "resolved")
        if outcome != "smooth" or days > 25:
            share = rng.uniform(0.35, 0.85)
            if rng.random() < 0.5 + 0.2 * (outcome == "botched"):
                self.plan(
                    day + timedelta(days=round(days * share)),
                    "after",
                    topic=about,
                    tone="bad",
                    case=case,
                    product=product,
                )
        if done:
            self._solve(about, case, solved, refused=refused, outcome=outcome, product=product)
        return case

    def _solve(
        self, about: str, case: Row, solved: datetime, *, refused: bool, outcome: str, product: str
    ) -> None:
        rng, situation = self.rng, SITUATIONS[about]
        day = solved.date()
        closed = solved + timedelta(days=rng.uniform(1, 20))
        self.world.ledger.step(case, "closed_at", closed, "closed")
        if refused:
            case["remedy_given"] = "refus de garantie"
            self.course.events.append((day, about, "refused"))
            if rng.random() < 0.6:
                self.plan(
                    day + timedelta(days=rng.randrange(2, 15)),
                    "exclusion",
                    case=case,
                    product=product,
                )
            if rng.random() < 0.25 + 0.4 * self.habit.complains:
                self.plan(
                    day + timedelta(days=rng.randrange(8, 40)), "complaint", topic="exclusion"
                )
            self._hurt(day, 1.0)
            return
        if situation.cost[1]:
            low, high = situation.cost
            amount = low + 1.4 * (high - low) * rng.betavariate(1.3, 4)
            if rng.random() < 0.07:
                amount *= rng.uniform(3, 8)
            money.pay_claim(self.world.ledger, self.person, day, amount, product, rng)
            case["remedy_given"] = "indemnisation"
            self.desk.record(
                solved,
                "email",
                about,
                None,
                None,
                case,
                direction="out",
                activity="Indemnité versée",
            )
            if outcome != "smooth" and rng.random() < 0.07:
                self.plan(
                    day + timedelta(days=rng.randrange(10, 40)),
                    "expert",
                    case=case,
                    product=product,
                )
        if outcome == "smooth" and rng.random() < 0.16 + 0.25 * self.habit.thanks:
            self.plan(
                day + timedelta(days=rng.randrange(1, 9)),
                "after",
                topic=about,
                tone="good",
                case=case,
                product=product,
            )
        self.course.mood += {"smooth": 0.35, "slow": -0.05, "botched": -0.3}[outcome]
        self.plan(day, "turn")

    def _follow_up(self, day: date, more: dict[str, Any]) -> None:
        """A reminder while it drags, or a word when it is over."""
        about, tone, case = more["topic"], more["tone"], more["case"]
        day = working_day(day)
        adviser = answering_adviser(self.rng, self.setting, self.person, "email", day)
        channel = self.desk.channel(about, day)
        if channel == "phone" and self.rng.random() < 0.4:
            channel = "email"
        if channel in {"email", "app"} and self.rng.random() < 0.45:
            topic = self.desk.topic(about, tone, day, adviser, more["product"], later=True)
            text = self.world.composer.short_word(self.person, topic)
            at = reaching_moment(self.rng, channel, day)
            self.desk.record(
                at,
                channel,
                about,
                text,
                adviser,
                case,
                activity="Relance" if tone == "bad" else "Remerciement",
            )
        else:
            opened = self.desk.reach_out(about, day, tone, more["product"], case)
            if opened is None:
                return
            at = opened[0]
        if tone == "bad":
            if case.get("resolved_at") is None or self.rng.random() < 0.5:
                case["reopened"] += self.rng.random() < 0.12
            self._hurt(day, 0.35)
            if self.rng.random() < 0.6:
                self.desk.reply(
                    at, day, adviser, about, self.rng.choice(("smooth", "slow", "botched")), case
                )
        elif self.rng.random() < 0.2:
            self.plan(day + timedelta(days=self.rng.randrange(1, 20)), "exit_review", topic=about)

    def _complain(self, day: date, more: dict[str, Any]) -> None:
        """A formal complaint, from receipt to decision, as the quality manual wants it."""
        rng, habit = self.rng, self.habit
        day = working_day(day)
        topic = more.get("topic", "complaint")
        opened = self.desk.reach_out("complaint", day, "bad", self.desk.product_for("auto"), None)
        if opened is None:
            return
        at = opened[0]
        asked = rng.choices(list(REMEDIES), [share for _, share in REMEDIES.values()])[0]
        case = self.world.ledger.open_case(
            customer_id=self.person.customer_id,
            opened_at=at,
            kind="complaint",
            cause=SITUATIONS[topic].cause,
            remedy_asked=REMEDIES[asked][0],
            severity=rng.choices(("low", "medium", "high", "critical"), (20, 50, 25, 5))[0],
            status="open",
        )
        if case is None:
            return
        self.world.ledger.attach_last_contact(case)
        self.course.events.append((day, "complaint", topic))
        adviser = rng.choice(self.setting.platform)
        strain = self.setting.strain(day)
        if rng.random() < 0.93 - 0.3 * strain:
            ack = at + timedelta(days=rng.expovariate(1 / (1.2 + 6 * strain)))
            if self.world.ledger.step(case, "acknowledged_at", ack, "pending"):
                firm_topic = self.desk.topic_of_firm("complaint", ack.date(), adviser)
                text = self.world.composer.firm_text(self.person, "ack", "plain", firm_topic)
                self.desk.record(
                    ack,
                    "email",
                    "complaint",
                    text,
                    adviser,
                    case,
                    direction="out",
                    activity="Accusé de réception",
                )
        decided = at + timedelta(days=rng.uniform(4, 26) * (1 + strain))
        given = (
            asked
            if rng.random() < 0.48
            else rng.choice(("apology", "explanation", "gesture", "refusal", "refusal"))
        )
        if not self.world.ledger.step(case, "resolved_at", decided, "resolved"):
            return
        case["remedy_given"] = REMEDIES[given][0] if given in REMEDIES else "aucun"
        firm_topic = self.desk.topic_of_firm("complaint", decided.date(), adviser)
        verdict = "refused" if given == "refusal" else "given"
        remedy = self.world.composer.firm_line(self.person, firm_topic, "remedy", given)
        text = self.world.composer.firm_text(
            self.person, "decision", verdict, firm_topic, remedy=remedy
        )
        self.desk.record(
            decided,
            "email",
            "complaint",
            text,
            adviser,
            case,
            direction="out",
            activity="Décision communiquée",
        )
        if given in {"refund", "gesture"}:
            money.give_back(
                self.world.ledger,
                self.person,
                decided.date() + timedelta(days=4),
                rng.choice((20, 35, 48, 80, 120)),
                self.desk.product_for("auto"),
                "gift" if given == "gesture" else "refund",
                rng,
            )
        accepted = rng.random() < (0.82 if given == asked else 0.2 if given == "refusal" else 0.5)
        if accepted:
            self.world.ledger.step(
                case, "closed_at", decided + timedelta(days=rng.uniform(1, 14)), "closed"
            )
            self.course.mood += 0.45
            if rng.random() < 0.12:
                self._thank_perhaps("complaint", decided.date())
        else:
            case["status"] = "escalated" if rng.random() < 0.3 else "resolved"
            case["reopened"] += 1
            self._hurt(decided.date(), 1.1)
            if rng.random() < 0.4 + 0.3 * habit.complains:
                self.plan(
                    decided.date() + timedelta(days=rng.randrange(2, 20)),
                    "after",
                    topic="complaint",
                    tone="bad",
                    case=case,
                    product=self.desk.product_for("auto"),
                )
            if rng.random() < 0.3:
                self.plan(
                    decided.date() + timedelta(days=rng.randrange(2, 30)),
                    "exit_review",
                    topic=topic,
                )

    # ------------------------------------------------------------------- promises and consents

    def _promise_perhaps(self, day: date, adviser: Adviser, outcome: str) -> None:
        rng = self.rng
        if (
            rng.random() > 0.09 + 0.1 * (outcome != "smooth")
            or not self.setting.first_day <= day <= self.setting.last_day
        ):
            return
        due = day + timedelta(days=rng.randrange(2, 12))
        kept = rng.random() < 0.86 - 0.45 * self.setting.strain(day) - 0.12 * (
            adviser.manner == "cold"
        )
        topic = self.desk.topic_of_firm("question", day, adviser)
        text = self.world.composer.firm_line(self.person, topic, "promise", "text")
        self.paperwork.agree("promise", text, day, due, self.world.ledger.known_by(due, kept=kept))
        self.course.promises.append((day, kept))
        if kept:
            self.course.mood += 0.12
            if rng.random() < 0.35:
                self.desk.record(
                    moment(working_day(due), 15, rng),
                    "phone",
                    "question",
                    self.world.composer.firm_line(self.person, topic, "callout", "note"),
                    adviser,
                    None,
                    handle=rng.randrange(60, 400),
                    direction="out",
                    activity="Rappel promis effectué",
                )
            return
        if rng.random() < 0.55:
            self.plan(due + timedelta(days=rng.randrange(2, 10)), "promise_broken")
        self._hurt(due, 0.5)

    def _withdraw(self, at: datetime, *, honoured: bool) -> None:
        if self.withdrawn_at is None:
            self.withdrawn_at = at
        if honoured:
            self.opted_out = at.date()

    # ------------------------------------------------------------------------ feeling and turning

    def _feel(self, outcome: str, day: date, weight: float) -> None:
        self.course.mood += weight * MOOD_AFTER[outcome] * self.rng.uniform(0.6, 1.4)
        if outcome == "botched":
            self._hurt(day, 0.3)
        self.course.mood = max(-3.0, min(3.0, self.course.mood))

    def _hurt(self, day: date, weight: float) -> None:
        course, habit, rng = self.course, self.habit, self.rng
        course.hurts += 1
        course.mood = max(-3.0, course.mood - weight * rng.uniform(0.4, 1.1))
        if course.mood < -0.8 and rng.random() < 0.42 * (1.3 - habit.patience) * weight:
            self._turn(day, rng.choice(habit.when_hurt))
        if course.mood < -1.0 and rng.random() < 0.4 * (1.3 - habit.patience) * weight:
            self.plan(day + timedelta(days=rng.randrange(5, 70)), "cancel", reason="hurt")

    def _turn_now(self, day: date, more: dict[str, Any]) -> None:
        if self.course.mood > 0.85 and self.rng.random() < 0.16:
            self._turn(day, self.rng.choice(self.habit.when_healed))

    def _turn(self, day: date, kind: str) -> None:
        day = min(max(day, self.course.bond_path[-1][0]), self.setting.last_day)
        if kind == self.person.bond or day < self.person.since:
            return
        self.course.bond_path.append((day, kind))
        self.person.bond = kind
        base = 0.42 * (self.habit.says["liking"] - 4) - 0.12
        self.course.base_mood += 0.6 * (base - self.course.base_mood)
        if self.habit.family in {"betrayed", "adversary"}:
            self._stage(day, "decline")

    def _stage(self, day: date, stage: str) -> None:
        day = max(day, self.course.stage_path[-1][0])
        if self.course.stage_path[-1][1] != stage:
            self.course.stage_path.append((day, stage))

    # ------------------------------------------------------------------------ staying or leaving

    def _weigh_staying(self, day: date, more: dict[str, Any]) -> None:
        """Once the new price is known: renew, grumble or go."""
        rng, habit = self.rng, self.habit
        pull = 0.05 + 0.3 * habit.shops_around * (self.course.rise / 0.08)
        pull *= max(0.05, 1 - 0.55 * self.course.mood) * (1.1 - 0.1 * habit.stays_by_wish)
        if rng.random() < pull * 1.45:
            self._leave(day, "price")
            return
        at = moment(day, 10, rng)
        self.desk.record(
            at,
            "web",
            "cancel",
            None,
            None,
            None,
            direction="internal",
            activity="Contrat renouvelé",
        )
        self.course.adopted.setdefault("price", day)
        if (
            (day - self.person.since).days > 300
            and self.course.stage_path[-1][1] == "exploration"
            and self.course.mood > -0.3
        ):
            self._stage(day, "commitment" if len(self.person.policies) > 1 else "expansion")
        if self.person.bond in {"stranger", "courtship", "rebound"} and rng.random() < 0.4:
            self._turn(
                day, rng.choice(habit.when_healed if self.course.mood > 0 else habit.when_hurt)
            )

    def _leave(self, day: date, reason: str) -> None:
        rng, person = self.rng, self.person
        day = working_day(day)
        live = person.live_policies(day)
        if not live or self.course.left_on is not None:
            return
        held = [p for p in live if p.engaged_until and p.engaged_until > day and p.exit_fee]
        if held and reason != "life" and rng.random() > BOUND_TO_STAY:
            self.desk.reach_out("cancel", day, "bad", held[0].product, None)
            self._stage(day, "decline")
            if rng.random() < 0.3:
                self._turn(day, "captive")
            return
        opened = self.desk.reach_out(
            "cancel",
            day,
            "plain" if reason == "life" else self._first_tone("cancel"),
            live[0].product,
            None,
        )
        if opened is None:
            return
        at, adviser, _ = opened
        if reason != "life" and rng.random() < 0.24 and self.course.mood > -1.2:
            self.course.mood += 0.2  # talked round, or too tired to go on
            self.desk.record(
                at + timedelta(minutes=40),
                "phone",
                "cancel",
                None,
                adviser,
                None,
                handle=300,
                direction="out",
                activity="Appel de rétention",
            )
            return
        whole = len(live) == 1 or rng.random() < 0.72
        leaving = live if whole else [rng.choice(live)]
        ends = day + timedelta(days=rng.randrange(10, 40))
        for policy in leaving:
            policy.ends = ends
            if policy.yearly_payment:
                money.give_back(
                    self.world.ledger,
                    person,
                    ends,
                    policy.monthly * rng.randrange(1, 9),
                    policy.product,
                    "refund",
                    rng,
                )
            if policy in held:
                money.charge_fee(
                    self.world.ledger, person, ends, policy.exit_fee, policy.product, rng
                )
        self.desk.record(
            at + timedelta(days=2),
            "email",
            "cancel",
            self.world.composer.firm_text(
                person, "reply", "plain", self.desk.topic_of_firm("cancel", day, adviser)
            ),
            adviser,
            None,
            direction="out",
            activity="Résiliation confirmée",
        )
        if not whole:
            self._stage(day, "decline")
            return
        self.course.left_on, self.course.left_for = ends, reason
        self._stage(day, "decline")
        if (reason != "life" and self.habit.family in {"partner", "friend"}) or rng.random() < 0.25:
            self._turn(day, "ex_partner")
        if rng.random() < 0.2:
            self.plan(ends + timedelta(days=rng.randrange(15, 60)), "refund_late")

    # ------------------------------------------------------------------- surveys, mail, changes

    def _answer_nps(self, day: date, more: dict[str, Any]) -> None:
        about, tone = self._latest_matter()
        topic = self.desk.topic(
            about, tone, day, self.person.adviser, self.desk.product_for("auto"), later=True
        )
        self.world.surveys.nps(self.rng, self.person, self.course.mood, topic)

    def _latest_matter(self) -> tuple[str, str]:
        if self.course.events and self.rng.random() < 0.5:
            _, about, outcome = self.course.events[-1]
            if about in SITUATIONS:
                return about, TONE_AFTER.get(outcome, "bad")
        return "", "plain"

    def _answer_relation(self, day: date, more: dict[str, Any]) -> None:
        tone = "good" if self.course.mood > 0.6 else "bad" if self.course.mood < -0.6 else "plain"
        topic = self.desk.topic(
            "question", tone, day, self.person.adviser, self.desk.product_for("auto")
        )
        self.course.answered_relation = self.world.surveys.relation(
            self.rng, self.person, self.course.mood, topic, self.course.attitudes["online"]
        )

    def _survey_after(
        self, about: str, at: datetime, outcome: str, channel: str, product: str, adviser: Adviser
    ) -> None:
        rng = self.rng
        if rng.random() > 0.45:
            return
        topic = self.desk.topic(about, TONE_AFTER[outcome], at.date(), adviser, product, later=True)
        asked_for_something = SITUATIONS[about].case or about in ASKED_FOR
        if asked_for_something and rng.random() < 0.55:
            self.world.surveys.ces(rng, self.person, at + timedelta(days=3), outcome, topic)
        else:
            self.world.surveys.csat(rng, self.person, at, outcome, topic, self.course.mood)

    def _thank_perhaps(self, about: str, day: date) -> None:
        if self.rng.random() < 0.1 * self.habit.thanks:
            self.plan(day + timedelta(days=self.rng.randrange(1, 10)), "thanks")
        if self.rng.random() < 0.03 + 0.03 * max(0, self.course.mood):
            self.plan(day + timedelta(days=self.rng.randrange(1, 15)), "exit_review", topic=about)

    def _write_review(self, day: date, more: dict[str, Any]) -> None:
        tone = "good" if self.course.mood > 0.3 else "bad" if self.course.mood < -0.4 else "plain"
        adviser = self.person.adviser
        topic = self.desk.topic(
            more["topic"], tone, day, adviser, self.desk.product_for("auto"), later=True
        )
        text = self.world.composer.customer_text(self.person, "review", topic)
        at = reaching_moment(self.rng, "review", day)
        self.desk.record(at, "review", "question", text, None, None, activity="Avis publié")
        stars = {"good": (4, 5, 5), "plain": (3, 3, 4), "bad": (1, 1, 2)}[tone]
        self.world.ledger.write(
            "answers",
            response_id=f"review-{self.person.customer_id:05d}-{day:%y%m%d}",
            customer_id=self.person.customer_id,
            at=at,
            instrument="stars",
            instrument_version="1",
            item="stars",
            value=float(self.rng.choice(stars)),
            text=None,
        )
        if self.rng.random() < 0.3:
            reply = self.world.composer.firm_line(self.person, topic, "review", "reply")
            self.desk.record(
                at + timedelta(days=self.rng.uniform(0.5, 6)),
                "review",
                "question",
                reply,
                None,
                None,
                direction="out",
                activity="Réponse à un avis",
            )

    def _get_message(self, day: date, more: dict[str, Any]) -> None:
        rng = self.rng
        if self.opted_out is not None and day > self.opted_out:
            return
        if not self.consents["email_marketing"] and rng.random() < 0.6:
            return
        topic = self.desk.topic_of_firm("question", day, self.person.adviser)
        tone = marketing.send_message(
            rng, self.world.ledger, self.world.composer, self.person, self.programme, topic
        )
        wants = self.habit.wants
        unwelcome = max(0, self.programme.contact - wants["contact"]) + (tone == "pushy") * max(
            0, 3 - wants["offers"]
        )
        unwelcome += (tone == "warm") * max(0, 2 - wants["tone"])
        self.annoyance += 0.1 * unwelcome
        self.course.mood -= 0.012 * unwelcome
        if rng.random() < 0.006 * self.annoyance * (6 if self.person.bond == "stalker_prey" else 1):
            self.plan(day + timedelta(days=rng.randrange(0, 5)), "stop_marketing")

    def _get_call(self, day: date, more: dict[str, Any]) -> None:
        if (self.opted_out is not None and day > self.opted_out) or not self.consents[
            "phone_marketing"
        ]:
            return
        topic = self.desk.topic_of_firm("question", day, self.person.adviser)
        marketing.ring_up(
            self.rng,
            self.world.ledger,
            self.world.composer,
            self.person,
            topic,
            self.rng.choice(self.setting.platform).agent_id,
        )
        self.course.mood += 0.06 if self.habit.wants["contact"] >= 3 else -0.07

    def _adopt(self, day: date, more: dict[str, Any]) -> None:
        name = more["change"]
        at = reaching_moment(self.rng, "web", day)
        if name == "online":
            if self.rng.random() < 0.2:
                self.plan(day, "online_account")
                if self.rng.random() < 0.3:
                    self.course.attitudes["online"] -= 0.4
                    return
            activity, self.person.online = "Espace en ligne créé", True
        else:
            paying = [policy for policy in self.person.live_policies(day) if policy.by_cheque]
            if not paying:
                return
            for policy in paying:
                policy.by_cheque = False
            activity = "Mandat de prélèvement signé"
        self.course.adopted[name] = day
        self.desk.record(at, "web", "question", None, None, None, activity=activity)
        self.course.attitudes[name] = min(1.2, self.course.attitudes[name] + 0.2)

    def _try(self, day: date, more: dict[str, Any]) -> None:
        started = {
            "online": "Inscription en ligne commencée",
            "debit": "Mandat de prélèvement téléchargé",
        }
        at = reaching_moment(self.rng, "web", day)
        self.desk.record(at, "web", "question", None, None, None, activity=started[more["change"]])
        if self.rng.random() < 0.45:
            self.plan(day + timedelta(days=self.rng.randrange(0, 12)), f"change_{more['change']}")

    # ------------------------------------------------------------------------------- the books

    def _settle_books(self) -> None:
        person, rng, setting = self.person, self.rng, self.setting
        hit = money.pay_premiums(rng, setting, self.world.ledger, person, self.course.rise)
        money.pay_routine_care(rng, setting, self.world.ledger, person)
        if hit and rng.random() < 0.4:
            day = setting.billing_bug + timedelta(days=rng.randrange(6, 30))
            gone = self.course.left_on is not None and day > self.course.left_on
            if not gone and day <= setting.last_day:
                self._episode("billing_bug", day, {})
        self.paperwork.write_contracts()
        self.paperwork.write_customs(hurts=self.course.hurts)
        self.paperwork.write_consents(self.consents, withdrawn_at=self.withdrawn_at)


def _starting_stage(habit: Habits, tenure_years: float, *, contracts: int) -> str:
    if not contracts:
        return "awareness"
    if habit.family in {"betrayed", "adversary"}:
        return "decline"
    if tenure_years > 6 or (tenure_years > 4 and habit.stays_by_wish >= 4):
        return "commitment"
    if tenure_years >= 1 and contracts > 1:
        return "expansion"
    return "exploration"
