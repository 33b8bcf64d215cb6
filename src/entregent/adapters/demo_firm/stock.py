"""The words that the demo firm's people have at hand, read from the stock of phrases."""

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

STOCK = files("entregent.adapters.demo_firm") / "stock"
PHRASE_FILES = (
    "claims",
    "contracts",
    "service",
    "bonds",
    "voices",
    "changes",
    "surveys",
    "firm",
    "english",
)
_SLOT = re.compile(r"\{(\w+)\}")
_GENDERED = re.compile(r"<([^/<>]*)/([^/<>]*)>")
TRIES = 10


@dataclass(frozen=True, slots=True)
class Phrase:
    """A fragment or a complete text, and who may say it."""

    text: str
    about: str
    part: str
    channel: str = ""
    tone: str = ""
    voice: str = ""
    language: str = "fr"
    writer: str = ""
    adviser: str = ""
    from_age: int = 0
    to_age: int = 200
    slots: frozenset[str] = field(default=frozenset(), compare=False)


@dataclass(frozen=True, slots=True)
class Speaker:
    """What decides which phrases a person may use."""

    gender: str
    age: int
    language: str
    adviser_gender: str

    def may_say(self, phrase: Phrase, slots: Mapping[str, str]) -> bool:
        return (
            phrase.from_age <= self.age <= phrase.to_age
            and phrase.writer in ("", self.gender)
            and phrase.adviser in ("", self.adviser_gender)
            and all(slots.get(slot) for slot in phrase.slots)
        )


def read_json_lines(name: str) -> list[dict[str, Any]]:
    lines = (STOCK / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line]


@cache
def phrases() -> tuple[Phrase, ...]:
    return tuple(
        Phrase(**row, slots=frozenset(_SLOT.findall(row["text"])))
        for name in PHRASE_FILES
        for row in read_json_lines(name)
    )


@cache
def names() -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads((STOCK / "names.json").read_text(encoding="utf-8"))
    return read


def spoken(text: str, slots: Mapping[str, str], gender: str) -> str:
    """The phrase with its blanks filled and its agreements made.

    >>> spoken("je suis <déçu/déçue>, {n} fois", {"n": "3"}, "f")
    'je suis déçue, 3 fois'
    """
    agreed = _GENDERED.sub(lambda m: m.group(2 if gender == "f" else 1).replace("_", ""), text)
    return _SLOT.sub(lambda m: slots[m.group(1)], agreed)


class Stock:
    """Phrases by what they are about; the least worn of a few drawn is the one given out."""

    def __init__(self, most_uses_of_a_whole: int) -> None:
        self._shelves: dict[tuple[str, ...], list[Phrase]] = defaultdict(list)
        self._worn: Counter[str] = Counter()
        self._most = most_uses_of_a_whole
        for phrase in phrases():
            key = (phrase.language, phrase.about, phrase.part, phrase.channel, phrase.tone)
            self._shelves[key].append(phrase)

    def tells(self, language: str, about: str) -> bool:
        """Whether the shelves hold a story on this matter in this language."""
        return (language, about, "story", "", "") in self._shelves

    def fragment(
        self,
        rng: Random,
        speaker: Speaker,
        slots: Mapping[str, str],
        about: str,
        part: str,
        tone: str = "",
        language: str | None = None,
    ) -> str:
        """One fragment for this speaker, or no words where the shelf has none that fits."""
        shelf = self._shelves.get((language or speaker.language, about, part, "", tone), [])
        drawn = self._draw(rng, speaker, slots, shelf)
        if drawn is None:
            return ""
        self._worn[drawn.text] += 1
        return spoken(drawn.text, slots, speaker.gender)

    def whole(
        self,
        rng: Random,
        speaker: Speaker,
        slots: Mapping[str, str],
        abouts: Sequence[str],
        channel: str,
        tone: str,
        language: str | None = None,
    ) -> str:
        """A complete text not used too often yet, or no words."""
        for about in abouts:
            shelf = self._shelves.get(
                (language or speaker.language, about, "whole", channel, tone), []
            )
            drawn = self._draw(rng, speaker, slots, shelf)
            if drawn is not None and self._worn[drawn.text] < self._most:
                self._worn[drawn.text] += 1
                return spoken(drawn.text, slots, speaker.gender)
        return ""

    def reply(self, rng: Random, speaker: Speaker, slots: Mapping[str, str], *key: str) -> str:
        """A letter of the firm: these come from a pattern, so wear does not count."""
        about, channel, tone = key
        shelf = self._shelves[(speaker.language, about, "whole", channel, tone)]
        drawn = self._draw(rng, speaker, slots, shelf)
        return spoken(drawn.text, slots, speaker.gender) if drawn else ""

    def _draw(
        self, rng: Random, speaker: Speaker, slots: Mapping[str, str], shelf: Sequence[Phrase]
    ) -> Phrase | None:
        if not shelf:
            return None
        fitting: list[Phrase] = []
        for _ in range(TRIES):
            phrase = shelf[int(rng.random() * len(shelf))]
            if speaker.may_say(phrase, slots):
                fitting.append(phrase)
                if len(fitting) == 3:
                    break
        return min(fitting, key=lambda phrase: self._worn[phrase.text], default=None)


def without_accent_slug(text: str) -> str:
    """
    >>> without_accent_slug("Électricité Le Goff")
    'electricitelegoff'
    """
    plain = unicodedata.normalize("NFD", text)
    return "".join(c for c in plain.lower() if c.isascii() and c.isalnum())
