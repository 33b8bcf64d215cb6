"""Puts words together the way people do: they open, tell, feel, ask and close, or only one of these."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from random import Random

from entregent.adapters.demo_firm.bonds import habits
from entregent.adapters.demo_firm.people import Person
from entregent.adapters.demo_firm.setting import Adviser
from entregent.adapters.demo_firm.slips import as_typed
from entregent.adapters.demo_firm.stock import Speaker, Stock, names

MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi")
DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
PRODUCT_EN = {"auto": "car", "habitation": "home", "santé": "health", "prévoyance": "income"}
SEASONS = {12: "fin d'année", 1: "année", 8: "fin d'été", 9: "rentrée", 7: "saison"}
UNIQUE_FROM = 40
DAMAGE_ABOUT = {"water_damage", "car_accident", "glass", "storm", "burglary"}
CLAIMS_ABOUT = DAMAGE_ABOUT | {"breakdown", "health_refund", "sick_leave"}
PAPERS_ABOUT = {"certificate", "address", "birth", "quote", "young_driver", "retirement"}
GRAVE_ABOUT = {"bereavement", "divorce", "sick_leave"}
# Complete texts of a kind of relationship bring their own matter: they fit where none is named.
OPEN_ABOUT = {"question", "suggestion", "thanks", "complaint", "loyalty", "price_compare"}
WEARY_OF_MAIL = {"stalker_prey", "one_night_stand", "situational_friend", "ex_partner"}
TOLD_IN_REVIEWS = CLAIMS_ABOUT | {
    "premium_rise",
    "exclusion",
    "wait_phone",
    "online_account",
    "agency_closing",
    "refund_late",
    "billing_bug",
    "promise_broken",
}
_ELISION = re.compile(r"\b(parce que|que|jusque) (?=(il|elle|on|un|une|à|au)\b)")


@dataclass(frozen=True, slots=True)
class Topic:
    """What a text is about and the mood it is written in."""

    about: str
    tone: str  # good, bad or plain: how the matter went so far
    mood: float  # -3 (furious) to 3 (delighted), towards the firm
    day: date
    slots: Mapping[str, str]
    aside: str = ""  # a line on one of the firm's changes, if it came up
    stance: str = ""  # for, against or both, when a change is the very topic
    later: bool = False  # the matter has been told before; now it drags or is over

    @property
    def judged(self) -> bool:
        """Whether the person has seen enough of how it was handled to speak of it."""
        return self.later or self.about not in CLAIMS_ABOUT


def frenchnumber(value: float) -> str:
    """
    >>> frenchnumber(3400), frenchnumber(43.2)
    ('3 400', '43,20')
    """
    if value == int(value):
        return f"{int(value):,}".replace(",", " ")
    return f"{value:.2f}".replace(".", ",")


def blanks(
    person: Person, adviser: Adviser, day: date, rng: Random, product: str
) -> dict[str, str]:
    """What can be filled into a phrase said by this person on this day; absent where untrue."""
    tenure = (day - person.since).days // 365
    monthly = next((p.monthly for p in person.policies if p.product == product), 38.0)
    rise = 1 + rng.randrange(40, 140) / 1000
    other_towns = [town for town, _ in names()["away"]] + ["Bergerac", "Mérignac", "Orthez"]
    child = rng.choice(("fille", "fils"))
    english = person.language == "en"
    filled = {
        "adviser": adviser.first,
        "adviser_last": adviser.last,
        "adviser_m": adviser.formal_name,
        "agency": person.agency,
        "city": person.town,
        "othercity": rng.choice(other_towns),
        "first": "" if person.organisation else person.first,
        "last": person.last,
        "title": "Mme" if person.gender == "f" else "M.",
        "company": person.company,
        "partner": person.partner,
        "kid": rng.choice(person.kids) if person.kids else "",
        "pet": person.pet,
        "age": str(person.age(day)),
        "car": person.car,
        "years": str(tenure) if tenure >= 4 else "",
        "since": str(person.since.year) if tenure >= 8 else "",
        "amount": frenchnumber(
            rng.choice((85, 120, 164, 210, 240, 312, 380, 457, 520, 690, 845, 1130, 1480))
        ),
        "big": frenchnumber(rng.choice((1850, 2300, 3200, 4100, 5600, 7400, 8900))),
        "small": str(rng.choice((9, 12, 15, 18, 23, 27, 30, 36, 42, 48, 55, 64, 72))),
        "pct": rng.choice(("4", "5", "6", "6,5", "7", "8", "9", "11", "12", "14")),
        "old": frenchnumber(monthly),
        "new": frenchnumber(round(monthly * rise, 2)),
        "premium": frenchnumber(monthly),
        "days": str(rng.randrange(6, 32)),
        "weeks": rng.choice(("deux", "trois", "quatre", "cinq", "six", "sept", "huit")),
        "n": rng.choice(("deux", "trois", "quatre", "cinq"))
        if rng.random() < 0.3
        else str(rng.randrange(2, 6)),
        "wait": str(rng.randrange(9, 52)),
        "ref": f"S{day.year % 100}{rng.randrange(10_000, 99_999)}",
        "contract": person.policies[0].number if person.policies else "",
        "date": f"{rng.randrange(2, 28)} {MONTHS[(day.month - 2) % 12]}",
        "day": rng.choice(WEEKDAYS),
        "day2": rng.choice(WEEKDAYS[:5]),
        "day_en": rng.choice(DAYS_EN[:5]),
        "month": MONTHS[(day.month - 2 - rng.randrange(0, 3)) % 12],
        "next_month": MONTHS[(day.month + rng.randrange(0, 3)) % 12],
        "hour": rng.choice(("17 h", "17 h 30", "18 h", "18 h 30", "19 h")),
        "product": product.split(" ", maxsplit=1)[0],
        "product_en": PRODUCT_EN.get(product, "home"),
        "season": SEASONS.get(day.month, "semaine"),
        "babyword": child,
        "born": "née" if child == "fille" else "né",
        "deceased": "décédé" if person.gender == "f" else "décédée",
    }
    if english:
        filled["weeks"] = rng.choice(("two", "three", "four", "five", "six"))
        filled["n"] = str(rng.randrange(2, 6))
    if person.language == "fr" and not person.partner:
        filled["deceased"] = ""
    return filled


@dataclass
class Composer:
    """Writes every text of the firm's eighteen months; remembers what was already said."""

    stock: Stock
    rng: Random
    said: set[str] = field(default_factory=set)

    # ------------------------------------------------------------------ what customers write

    def customer_text(self, person: Person, channel: str, topic: Topic) -> str:
        """What this person writes about this topic on this channel, unlike what was written before."""
        write = {
            "email": self._mail,
            "letter": self._letter,
            "chat": self._chat,
            "app": self._app,
            "shop": self._visit_note,
            "phone": self._note,
            "review": self._review,
        }[channel]
        if channel not in {"phone", "shop"} and not self.stock.tells(person.language, topic.about):
            topic = replace(topic, about="question")
        text = ""
        for _ in range(8):
            text = write(person, topic)
            if self._is_new(text):
                break
        self.said.add(text)
        return text

    def comment(self, person: Person, instrument: str, topic: Topic) -> str:
        """The words under a rating: short, often one line, sometimes nothing but a word."""
        text = ""
        for _ in range(10):
            text = self._comment(person, instrument, topic)
            if self._is_new(text):
                break
        self.said.add(text)
        return text

    def short_word(self, person: Person, topic: Topic) -> str:
        """A reminder or a thank-you of a line or two, in the middle of a matter already told."""
        text = ""
        for _ in range(8):
            pieces = [self._say(person, topic, "desk", "after", topic.tone)]
            if topic.tone == "bad" and self.rng.random() < 0.6:
                pieces.append(self._say(person, topic, topic.about, "later"))
            if self.rng.random() < 0.55:
                pieces.append(self._feeling(person, topic))
            if self.rng.random() < 0.3:
                pieces.append(self._bond_line(person, topic))
            if topic.tone == "bad" and self.rng.random() < 0.4:
                pieces.append(self._say(person, topic, topic.about, "ask"))
            if topic.aside:
                pieces.append(topic.aside)
            signed = self._signature(person) if self.rng.random() < 0.5 else ""
            words = self._sentences(person, list(dict.fromkeys(pieces)))
            text = self._typed(person, f"{words}\n{signed}".strip())
            if self._is_new(text):
                break
        self.said.add(text)
        return text

    def one_word(self, person: Person, topic: Topic) -> str:
        """What the firm is to them, in a word or two."""
        shows = self.rng.random() < habits()[person.bond].shows
        text = self._say(person, topic, person.bond, "word") if shows else ""
        return text or self._say(person, topic, "any", "word", topic.tone) or "une mutuelle"

    def _is_new(self, text: str) -> bool:
        return bool(text) and (len(text) <= UNIQUE_FROM or text not in self.said)

    def _speaker(self, person: Person, topic: Topic) -> Speaker:
        return person.speaker(topic.day)

    def _say(self, person: Person, topic: Topic, about: str, part: str, tone: str = "") -> str:
        return self.stock.fragment(
            self.rng, self._speaker(person, topic), topic.slots, about, part, tone
        )

    def _whole(self, person: Person, topic: Topic, channel: str, chance: float) -> str:
        if self.rng.random() > chance:
            return ""
        abouts = [topic.about]
        free = (
            topic.about in OPEN_ABOUT
            or channel == "review"
            or (topic.about == "stop_marketing" and person.bond in WEARY_OF_MAIL)
        )
        if free and self.rng.random() < habits()[person.bond].shows:
            abouts.insert(0, person.bond)
        slots = {**topic.slots, "sign": self._signature(person)}
        tones = (topic.stance or topic.tone, "plain") if topic.judged else ("plain",)
        for tone in tones:
            text = self.stock.whole(
                self.rng, self._speaker(person, topic), slots, abouts, channel, tone
            )
            if text:
                return text
        return ""

    def _mail(self, person: Person, topic: Topic) -> str:
        chance = 0.5 if person.language == "fr" else 0.35
        whole = self._whole(person, topic, "mail", chance)
        if whole:
            return self._typed(person, whole)
        voice, rng = person.voice, self.rng
        parts = [self._greeting(person, topic)]
        body = self._body(person, topic, details=rng.choice((0, 1, 1, 2)))
        parts.append(self._paragraphs(person, body))
        parts.append(self._ending(person, topic))
        subject = ""
        if rng.random() < 0.12 and topic.slots.get("contract") and voice.care > 0.5:
            subject = f"Objet : contrat {topic.slots['contract']}\n\n"
            if person.language == "en":
                subject = f"Re: policy {topic.slots['contract']}\n\n"
        gap = "\n\n" if voice.care > 0.45 else "\n"
        return subject + self._typed(person, gap.join(part for part in parts if part))

    def _letter(self, person: Person, topic: Topic) -> str:
        whole = self._whole(person, topic, "letter", 0.6)
        if whole:
            return whole
        opening = self._say(person, topic, "any", "open", "formal") or "Madame, Monsieur,"
        lead = self._say(person, topic, "any", "lead", "formal")
        body = self._body(person, topic, details=2, lead=False)
        if lead and body:
            body[0] = f"{lead} {body[0]}"
        closing = self._say(person, topic, "any", "close", "formal") or "Yours faithfully,"
        town = f"{person.town}, le {topic.day.day} {MONTHS[topic.day.month - 1]} {topic.day.year}"
        return "\n\n".join(
            (town, opening, self._paragraphs(person, body), closing, self._signature(person))
        )

    def _app(self, person: Person, topic: Topic) -> str:
        whole = self._whole(person, topic, "app", 0.3)
        if whole:
            return self._typed(person, whole, on_phone=True)
        pieces = [self._story(person, topic)]
        over = topic.later and topic.tone == "good"
        draw = self.rng.random()
        if topic.stance:
            pieces[0] = f"{pieces[0]}, {topic.aside}" if pieces[0] and topic.aside else topic.aside
            if draw < 0.5:
                pieces.append(self._say(person, topic, topic.about, topic.stance))
        elif draw < 0.5 and not over:
            pieces.append(self._say(person, topic, topic.about, "ask"))
        elif draw < 0.8 and topic.tone != "plain":
            pieces.append(self._feeling(person, topic))
        if topic.aside and not topic.stance and self.rng.random() < 0.7:
            pieces.append(topic.aside)
        elif self.rng.random() < 0.22:
            pieces.append(self._bond_line(person, topic))
        if self.rng.random() < 0.4:
            pieces.insert(0, self._greeting(person, topic).rstrip(","))
        if self.rng.random() < 0.3:
            pieces.append(self._say(person, topic, "any", "thanks"))
        return self._typed(person, self._run_on(person, pieces), on_phone=True)

    def _chat(self, person: Person, topic: Topic) -> str:
        whole = self._whole(person, topic, "chat", 0.35)
        if whole:
            return whole
        rng, adviser = self.rng, topic.slots["adviser"]
        english = person.language == "en"
        me, suffix = ("Me", "_en") if english else ("Moi", "")

        def mine(text: str) -> str:
            return f"{me} : {self._typed(person, text, on_phone=True)}" if text else ""

        def theirs(part: str, tone: str = "") -> str:
            words = self._say(person, topic, "desk", part, tone)
            if english:
                words = self.stock.fragment(
                    rng,
                    self._speaker(person, topic),
                    topic.slots,
                    "desk",
                    part,
                    tone,
                    language="fr",
                )
            return f"{adviser} : {words}" if words else ""

        outcome = topic.tone if topic.tone != "plain" else rng.choice(("good", "good", "bad"))
        turns = []
        if rng.random() < 0.5:
            turns.append(mine(self._greeting(person, topic).rstrip(",")))
        turns.append(mine(self._story(person, topic)))
        turns.append(theirs("hello" + suffix))
        if not english and not (topic.later and topic.tone == "good"):
            if rng.random() < 0.6:
                kind = "claim" if topic.about in DAMAGE_ABOUT else "any"
                asked, _, answered = self._say(person, topic, "desk", "pair", kind).partition(
                    " => "
                )
                turns += [f"{adviser} : {asked}", mine(answered)]
            turns.append(mine(self._say(person, topic, topic.about, rng.choice(("more", "ask")))))
        if topic.aside or rng.random() < 0.25:
            turns.append(mine(topic.aside or self._bond_line(person, topic)))
        turns.append(theirs("solve" + suffix, outcome))
        reaction = self._say(person, topic, "desk", "react", rng.choice((outcome, "plain")))
        turns.append(mine(reaction or self._say(person, topic, "any", "thanks")))
        return "\n".join(turn for turn in turns if turn)

    def _review(self, person: Person, topic: Topic) -> str:
        whole = self._whole(person, topic, "review", 0.55)
        if whole:
            return self._typed(person, whole)
        pieces = []
        if self.rng.random() < 0.55 and topic.tone != "good" and topic.about in TOLD_IN_REVIEWS:
            pieces.append(self._say(person, topic, topic.about, "story"))
        pieces.append(self._feeling(person, topic))
        pieces.append(self._bond_line(person, topic))
        if self.rng.random() < 0.4:
            pieces.append(self._say(person, topic, "nps", topic.tone))
        pieces.append(topic.aside)
        pieces.append(self._say(person, topic, "any", "recommend", topic.tone))
        kept = list(dict.fromkeys(piece for piece in pieces if piece))
        return self._typed(person, self._sentences(person, kept))

    def _comment(self, person: Person, instrument: str, topic: Topic) -> str:
        rng = self.rng
        if instrument == "nps" and rng.random() < habits()[person.bond].shows * 0.7:
            first = self._say(person, topic, person.bond, "nps")
        else:
            first = self._say(person, topic, instrument, topic.tone)
        pieces = [first]
        draw = rng.random()
        if draw < 0.3:
            pieces.append(self._say(person, topic, instrument, topic.tone))
        elif draw < 0.45 and topic.about:
            pieces.append(self._say(person, topic, topic.about, topic.tone))
        elif draw < 0.55:
            pieces.append(self._bond_line(person, topic))
        elif draw < 0.62:
            pieces.append(self._say(person, topic, "any", "mixed"))
        if topic.aside:
            pieces.append(topic.aside)
        if rng.random() < 0.12:
            pieces.append(self._say(person, topic, "any", "recommend", topic.tone))
        if rng.random() < 0.05:
            pieces.append(self._say(person, topic, "any", "irony"))
        kept = list(dict.fromkeys(piece for piece in pieces if piece))
        return self._typed(person, self._run_on(person, kept), on_phone=rng.random() < 0.5)

    # --------------------------------------------------------------- what advisers write down

    def _visit_note(self, person: Person, topic: Topic) -> str:
        return self._note(person, topic, opening="visit_open")

    def _note(self, person: Person, topic: Topic, opening: str = "note_open") -> str:
        """An adviser's note after a call or a visit, in the adviser's shorthand, always in French."""
        rng = self.rng
        speaker = Speaker(person.gender, topic.day.year - person.born, "fr", person.adviser.gender)

        def say(about: str, part: str, tone: str = "") -> str:
            return self.stock.fragment(rng, speaker, topic.slots, about, part, tone)

        gist = (
            (self._later_note(topic, say) if topic.later else "")
            or say(topic.about, "note", topic.stance)
            or say(topic.about, "note")
            or say("question", "note")
        )
        pieces = [say("any", opening) if rng.random() < 0.7 else "", gist]
        if rng.random() < 0.62:
            quote = topic.aside or self._quotable(person, topic, say)
            if quote:
                frame = self.stock.fragment(
                    rng, speaker, {**topic.slots, "quote": quote}, "any", "note_quote"
                )
                pieces.append(frame)
        if rng.random() < 0.4:
            pieces.append(say("any", "note_mood", topic.tone))
        if rng.random() < 0.12:
            pieces.append(say("any", "note_pref"))
        if rng.random() < 0.55:
            pieces.append(say("any", "note_close"))
        note = " ".join(_ended(piece) for piece in pieces if piece)
        return note.replace("Appel entrant. appelle", "Appel entrant, appelle")

    def _later_note(self, topic: Topic, say: Callable[..., str]) -> str:
        if topic.tone != "good" and self.rng.random() < 0.5:
            return say(topic.about, "note_later") or say("any", "note_after", "bad")
        return say("any", "note_after", topic.tone)

    def _quotable(self, person: Person, topic: Topic, say: Callable[..., str]) -> str:
        rng = self.rng
        if rng.random() < habits()[person.bond].shows * 0.8:
            return say(person.bond, rng.choice((topic.tone, "plain"))) or say(person.bond, "plain")
        choices = {
            "good": ((topic.about, "good", ""), ("any", "joy", ""), (topic.about, "more", "")),
            "bad": ((topic.about, "bad", ""), ("any", "anger", ""), (topic.about, "more", "")),
            "plain": (
                (topic.about, "story", ""),
                (topic.about, "more", ""),
                (topic.about, "ask", ""),
            ),
        }[topic.tone]
        return say(*rng.choice(choices))

    # ------------------------------------------------------------------- pieces of discourse

    def _body(self, person: Person, topic: Topic, *, details: int, lead: bool = True) -> list[str]:
        rng, voice = self.rng, person.voice
        story = self._story(person, topic)
        over = topic.later and topic.tone == "good"
        details = 0 if over else details + (voice.register == "chatty")
        grave = topic.about in GRAVE_ABOUT
        told_plainly = topic.later or grave or bool(topic.stance)
        if lead and story and not told_plainly and rng.random() < 0.62:
            style = voice.register if voice.register in {"formal", "young", "chatty"} else "plain"
            opening = self._say(person, topic, "any", "lead", style) or self._say(
                person, topic, "any", "lead", "plain"
            )
            if opening:
                story = f"{opening} {story}"
        body = [story]
        for _ in range(details):
            part = "later" if topic.later and rng.random() < 0.7 else "more"
            body.append(
                self._say(person, topic, topic.about, part)
                or self._say(person, topic, topic.about, "more")
            )
        if topic.stance:
            body[0] = f"{body[0]}, {topic.aside}" if body[0] and topic.aside else topic.aside
            body.append(self._say(person, topic, topic.about, topic.stance))
        if voice.register == "chatty" and not grave and rng.random() < 0.5:
            body.append(self._digression(person, topic))
        if topic.tone != "plain" or rng.random() < 0.2:
            body.append(self._feeling(person, topic))
        body.append(self._bond_line(person, topic))
        if not topic.stance:
            body.append(topic.aside)
        ask = self._say(person, topic, topic.about, "ask")
        if ask and rng.random() < 0.8 and topic.about != "thanks" and not over:
            if voice.register == "blunt" and rng.random() < 0.5:
                body.insert(0, ask)
            elif rng.random() < 0.15:
                polite = self._say(person, topic, "any", "polite")
                body.append(f"{polite} {ask}" if polite and not ask.endswith("?") else ask)
            else:
                body.append(ask)
        if voice.register not in {"blunt", "chatty"} and not grave and rng.random() < 0.1:
            body.append(self._digression(person, topic))
        return list(dict.fromkeys(line for line in body if line))

    def _story(self, person: Person, topic: Topic) -> str:
        """What it is about; once told, people only refer to it."""
        if topic.later and (topic.tone == "good" or self.rng.random() < 0.6):
            return self._say(person, topic, "desk", "after", topic.tone)
        return self._say(person, topic, topic.about, "story")

    def _digression(self, person: Person, topic: Topic) -> str:
        if person.voice.regional and self.rng.random() < 0.6:
            return self._say(person, topic, "any", "digress", "regional")
        return self._say(person, topic, "any", "digress", "plain")

    def _feeling(self, person: Person, topic: Topic) -> str:
        rng, voice = self.rng, person.voice
        on_topic = self._say(person, topic, topic.about, topic.tone) if topic.judged else ""
        if not topic.judged and rng.random() < 0.6:
            return ""
        if topic.tone == "bad":
            if rng.random() < voice.irony and topic.about not in GRAVE_ABOUT:
                return self._say(person, topic, "any", "irony") or on_topic
            if rng.random() < 0.45 or not on_topic:
                part = "anger" if rng.random() < voice.heat + 0.2 - topic.mood * 0.1 else "sad"
                general = self._say(person, topic, "any", part) or self._say(
                    person, topic, "any", "bad"
                )
                return rng.choice((general, f"{on_topic}, {general}" if on_topic else general))
            return on_topic
        if topic.tone == "good":
            if rng.random() < 0.35 or not on_topic:
                return (
                    self._say(person, topic, "any", "joy")
                    or self._say(person, topic, "any", "good")
                    or on_topic
                )
            return on_topic
        return self._say(person, topic, "any", "mixed") if rng.random() < 0.25 else ""

    def _bond_line(self, person: Person, topic: Topic) -> str:
        """A line in which the kind of relationship may be heard; many people never let it."""
        if topic.about in GRAVE_ABOUT or self.rng.random() > habits()[person.bond].shows:
            return ""
        tone = topic.tone
        if tone == "plain" and abs(topic.mood) > 0.7 and self.rng.random() < 0.6:
            tone = "good" if topic.mood > 0 else "bad"
        elif tone != "bad" and self.rng.random() < 0.4:
            tone = "plain"
        said = self._say(person, topic, person.bond, tone)
        if said or tone == "bad":
            return said
        return self._say(person, topic, person.bond, "plain")

    def _greeting(self, person: Person, topic: Topic) -> str:
        voice, rng = person.voice, self.rng
        if topic.about in GRAVE_ABOUT:
            return self._say(person, topic, "any", "open", "formal") or "Hello,"
        if voice.register == "blunt" and rng.random() < 0.7:
            return "" if rng.random() < 0.7 else self._say(person, topic, "any", "open", "blunt")
        warm = habits()[person.bond].wants["tone"] >= 3
        if warm and person.adviser.first == topic.slots["adviser"] and rng.random() < 0.75:
            return self._say(person, topic, "any", "open", "known")
        style = voice.register if voice.register in {"formal", "young"} else "plain"
        return self._say(person, topic, "any", "open", style) or self._say(
            person, topic, "any", "open", "plain"
        )

    def _ending(self, person: Person, topic: Topic) -> str:
        voice, rng = person.voice, self.rng
        lines = []
        if rng.random() < 0.35 and topic.tone != "bad":
            lines.append(_ended(_capital(self._say(person, topic, "any", "thanks"))))
        style = voice.register if voice.register in {"formal", "young"} else "plain"
        if voice.register == "blunt" and topic.tone == "bad":
            style = "blunt"
        if topic.tone == "good" and habits()[person.bond].wants["tone"] >= 3:
            style = "warm"
        closing = self._say(person, topic, "any", "close", style) or self._say(
            person, topic, "any", "close", "plain"
        )
        if rng.random() < 0.85:
            lines.append(closing)
        lines.append(self._signature(person))
        return "\n".join(line for line in lines if line)

    def _signature(self, person: Person) -> str:
        title = "Mme" if person.gender == "f" else "M."
        return {
            "full": f"{person.first} {person.last}",
            "first": person.first,
            "title": f"{title} {person.last}",
            "number": f"{person.first} {person.last}\nsociétaire {200_000 + person.customer_id * 7}",
            "company": f"{person.first} {person.last}\n{person.company}",
            "none": "",
        }[person.voice.signs]

    # ---------------------------------------------------------------- from pieces to writing

    def _paragraphs(self, person: Person, lines: Sequence[str]) -> str:
        if len(lines) > 3 and person.voice.care > 0.6 and self.rng.random() < 0.5:
            cut = self.rng.randrange(2, len(lines))
            return "\n\n".join(
                (self._sentences(person, lines[:cut]), self._sentences(person, lines[cut:]))
            )
        return self._sentences(person, lines)

    def _sentences(self, person: Person, lines: Sequence[str]) -> str:
        if person.voice.care < 0.35:
            return self._run_on(person, lines)
        heated = person.voice.heat > 0.6
        written = []
        for line in lines:
            if not line:
                continue
            mark = "!" if heated and self.rng.random() < 0.25 else "."
            written.append(_ended(_capital(_elided(line)), mark))
        return " ".join(written)

    def _run_on(self, person: Person, lines: Sequence[str]) -> str:
        """One breath, as people write on a telephone."""
        joined = ""
        for line in lines:
            if not line:
                continue
            if not joined:
                joined = _elided(line)
                continue
            link = self.rng.choice((", ", ". ", " ", "... ", ". "))
            if joined[-1] in ".!?…,:":
                link = " "
            elif line[0].isupper():
                link = ". "
            joined += link + _elided(line)
        if person.voice.care > 0.5:
            joined = _capital(joined)
        if person.voice.heat > 0.7 and joined and joined[-1] not in ".!?":
            joined += self.rng.choice((" !", " !!", "!!!", ""))
        return joined

    def _typed(self, person: Person, text: str, *, on_phone: bool = False) -> str:
        if not text:
            return ""
        care = person.voice.care * (0.85 if on_phone else 1)
        return as_typed(
            text.strip(),
            self.rng,
            care=care if person.language == "fr" else max(care, 0.8),
            young=person.voice.register == "young",
            on_phone=on_phone,
        )

    # ------------------------------------------------------------------- what the firm writes

    def firm_text(self, person: Person, about: str, tone: str, topic: Topic, **more: str) -> str:
        """A reply, an acknowledgement or a decision, signed by the adviser of the topic."""
        speaker = Speaker(person.gender, topic.day.year - person.born, "fr", "")
        return self.stock.reply(self.rng, speaker, {**topic.slots, **more}, about, "mail", tone)

    def reply(self, person: Person, tone: str, topic: Topic) -> str:
        """The answer to a message, from the shelf that fits the matter."""
        shelf = (
            "reply_claim"
            if topic.about in CLAIMS_ABOUT
            else "reply_paper"
            if topic.about in PAPERS_ABOUT
            else "reply"
        )
        return self.firm_text(person, shelf, tone, topic)

    def firm_line(self, person: Person, topic: Topic, about: str, part: str, tone: str = "") -> str:
        speaker = Speaker(person.gender, topic.day.year - person.born, "fr", "")
        return self.stock.fragment(self.rng, speaker, topic.slots, about, part, tone)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _ended(text: str, mark: str = ".") -> str:
    if not text or text[-1] in ".!?…,:)»" or text.endswith(":)"):
        return text
    return text + (" !" if mark == "!" else mark)


def _elided(text: str) -> str:
    """
    >>> _elided("je vous écris parce que on a fermé")
    "je vous écris parce qu'on a fermé"
    """
    return _ELISION.sub(lambda m: m.group(1)[:-1] + "'", text)
