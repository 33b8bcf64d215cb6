"""What the transformer learns from: coded texts, alone or several after another, and roughened as
people write."""

import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from entregent.adapters.coders.examples import CodedSet
from entregent.adapters.encoders.tuned.documents import Document, Said, answer_to, packed
from entregent.adapters.encoders.tuned.pieces import Pieces
from entregent.engine.voice.examples import TEXT_CODES, Example, in_one_breath, together

Codes = Mapping[str, str | None]
TOGETHER = (0.62, 0.2, 0.12, 0.06)
"""How often one, two, three and four texts stand in one document."""
MERGED = 0.4
STRANGERS = 8
"""One document in so many joins segments of texts that have nothing to do with each other."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A document, and what people said of each of its passages."""

    document: Document
    codes: Mapping[int, Codes]


@dataclass(frozen=True, slots=True)
class Told:
    """A coded text and its coded segments, in order."""

    text: Example
    segments: Sequence[Example]


def told_texts(examples: CodedSet) -> list[Told]:
    segments: dict[str, list[Example]] = {}
    for one in examples.segments:
        segments.setdefault(one.group, []).append(one)
    return [Told(text, segments.get(text.group, [])) for text in examples.texts]


class Teacher:
    """Lessons of one round after another, never twice the same; the same seed gives the same."""

    def __init__(self, examples: CodedSet, pieces: Pieces, *, seed: int = 0) -> None:
        self._pieces, self._chance = pieces, random.Random(seed)  # noqa: S311 - not secrecy
        self._utterances = examples.utterances
        self._by_language: dict[str, list[Told]] = {}
        for told in told_texts(examples):
            self._by_language.setdefault(told.text.language, []).append(told)

    def round(self) -> list[Lesson]:
        """Every text once, in some document; some segments more, said in one breath."""
        lessons = [lesson for told in self._by_language.values() for lesson in self._texts(told)]
        lessons += [self._utterance(one) for one in self._utterances]
        return [lesson for lesson in lessons if lesson.document.spans]

    def _texts(self, told: Sequence[Told]) -> Iterator[Lesson]:
        shuffled = self._chance.sample(told, len(told))
        coming = iter(shuffled)
        while group := list(islice(coming, self._chance.choices((1, 2, 3, 4), TOGETHER)[0])):
            yield self._document(group)
        spoken = [one for one in told if one.segments]
        for _ in range(len(told) // STRANGERS if len(spoken) > 2 else 0):
            yield self._breath(self._chance.sample(spoken, self._chance.choice((2, 2, 3))))

    def _document(self, group: Sequence[Told]) -> Lesson:
        rough = self._roughened()
        said: list[Said] = []
        codes: dict[int, Codes] = {}
        for told in group:
            place = 0
            for run in self._runs(told.segments):
                first = told.text.text.find(run[0].text, place)
                last = told.text.text.find(run[-1].text, first) + len(run[-1].text)
                said.append((self._pieces.ranks(rough(told.text.text[place:first])), None))
                words = told.text.text[first:last]
                if len(run) > 1 and self._chance.random() < 0.3:
                    words = re.sub(r"[.!?…]+ ", " ", words)
                said.append((self._pieces.ranks(rough(words)), len(codes)))
                codes[len(codes)] = run[0].codes if len(run) == 1 else in_one_breath(run).codes
                place = last
            said.append((self._pieces.ranks(rough(told.text.text[place:])), None))
        documents = list(packed(said))
        document = documents[0]
        if len(documents) == 1:
            whole = len(codes)
            codes[whole] = codes_together([told.text.codes for told in group])
            document.spans.append((whole, 1, len(document.pieces) - 1))
        return Lesson(document, codes)

    def _runs(self, segments: Sequence[Example]) -> Iterator[Sequence[Example]]:
        merging, place = self._chance.random() < MERGED, 0
        while place < len(segments):
            merged = merging and self._chance.random() < 0.7
            size = self._chance.choice((2, 2, 3)) if merged else 1
            yield segments[place : place + size]
            place += size

    def _breath(self, group: Sequence[Told]) -> Lesson:
        rough = self._roughened()
        made = in_one_breath([self._chance.choice(told.segments) for told in group])
        (document,) = islice(packed([(self._pieces.ranks(rough(made.text)), 0)]), 1)
        return Lesson(document, {0: made.codes})

    def _utterance(self, one: Example) -> Lesson:
        rough = self._roughened()
        document = answer_to(self._pieces, 0, rough(one.text), one.setting)[0]
        return Lesson(document, {0: one.codes})

    def _roughened(self) -> Callable[[str], str]:
        """Small letters, no accents, no stops, slips of the finger: each now and then."""
        chance = self._chance
        ways: list[Callable[[str], str]] = []
        if chance.random() < 0.10:
            ways.append(str.lower)
        if chance.random() < 0.08:
            ways.append(without_accents)
        if chance.random() < 0.15:
            ways.append(lambda text: re.sub(r"[.,;:!?]+(?=\s|$)", "", text))
        if chance.random() < 0.12:
            ways.append(self._slips)

        def rough(text: str) -> str:
            for way in ways:
                text = way(text)
            return text

        return rough

    def _slips(self, text: str) -> str:
        return " ".join(
            self._slip(word) if len(word) > 3 and self._chance.random() < 0.12 else word
            for word in text.split(" ")
        )

    def _slip(self, word: str) -> str:
        place, kind = self._chance.randrange(1, len(word) - 2), self._chance.random()
        if kind < 0.4:
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        return word[:place] + (word[place + 1 :] if kind < 0.7 else word[place] + word[place:])


def without_accents(text: str) -> str:
    """
    >>> without_accents("résilié")
    'resilie'
    """
    apart = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def codes_together(told: Sequence[Codes]) -> Codes:
    """Codes of several texts read as one; a bond shown goes before a plain exchange."""
    if len(told) == 1:
        return told[0]
    found: dict[str, str | None] = {}
    for code in TEXT_CODES:
        values = [one.get(code) for one in told]
        if None in values:
            found[code] = None
        elif code == "relationship":
            found[code] = _bond({str(value) for value in values})
        else:
            found[code] = together(code, [str(value) for value in values])
    return found


def _bond(shown: set[str]) -> str | None:
    """
    >>> _bond({"none", "exchange"}), _bond({"exchange", "captive"}), _bond({"friend", "captive"})
    ('exchange', 'captive', None)
    """
    for weaker in ("none", "exchange"):
        if len(shown) > 1:
            shown = shown - {weaker}
    return shown.pop() if len(shown) == 1 else None
