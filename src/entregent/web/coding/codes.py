"""The codebook in the reader's language, the steps of coding a text, and what counts as one answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import get_language

from entregent.adapters.coders.codebook import SEGMENT, TEXT, UTTERANCE, Code, Value, codebook
from entregent.adapters.coders.examples import TALK_KINDS
from entregent.engine.voice.examples import NO, YES

UNITS = (SEGMENT, UTTERANCE, TEXT)
CANNOT_TELL_KEY, NONE_KEY = "q", "z"
"""Letters for no answer and for none of several values; no value beside them has these."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Characters `start` to `end` of a text, coded by codes of one unit."""

    start: int
    end: int
    unit: str


def book() -> dict[str, Code]:
    return codebook("en" if (get_language() or "fr").startswith("en") else "fr")


def legal(code: str, value: str) -> bool:
    """Whether the codebook knows this value: one, or letters in its order where several may stand.

    >>> legal("movement", "T"), legal("movement", "X"), legal("justice", "DI"), legal("justice", "ID")
    (True, False, True, False)
    """
    its = codebook().get(code)
    if its is None:
        return False
    if its.several:
        order = "".join(one.code for one in its.values)
        return value == "".join(letter for letter in order if letter in value)
    return value in its.legal


def weak_value(code: Code) -> str:
    """What is taken when in doubt; nothing where several may stand together.

    >>> weak_value(codebook()["movement"]), weak_value(codebook()["justice"])
    ('N', '')
    """
    return next((value.code for value in code.values if value.weak), "")


def value_words(code: str, value: str) -> str:
    """A value as people say it."""
    its = book()[code]
    if its.several:
        names = [one.name for one in its.values if one.code in value]
        return ", ".join(names) or "–"
    return next((one.name for one in its.values if one.code == value), value)


def places_to_code(
    segments: Iterable[Sequence[int]], length: int, codes: Sequence[str]
) -> list[Place]:
    """In the order a person goes: segments, then again for talk about a change, then the whole."""
    known = codebook()
    units = {known[code].unit for code in codes}
    cut = [(start, end) for start, end in segments]
    found = [Place(*span, unit) for unit in (SEGMENT, UTTERANCE) if unit in units for span in cut]
    return [*found, Place(0, length, TEXT)] if TEXT in units else found


def asked_at(place: Place, codes: Sequence[str], answers: Mapping[str, str | None]) -> list[Code]:
    """The codes of a place, in the codebook's order.

    answers: value by code, None where the person could not tell. What kind of talk it is, is asked
    only of words that lean one way.
    """
    leans = answers.get("talk") in {"change", "sustain"}
    return [
        code
        for code in book().values()
        if code.name in codes and code.unit == place.unit and (code.name != "talk_kind" or leans)
    ]


def flat(code: str, value: str) -> dict[str, str]:
    """One answer as the machine's heads are judged: each fairness by itself, the long names of talk.

    >>> flat("justice", "DI")
    {'justice_D': 'yes', 'justice_P': 'no', 'justice_I': 'yes', 'justice_F': 'no'}
    >>> flat("talk_kind", "steps"), flat("movement", "T")
    ({'talk_kind': 'taking_steps'}, {'movement': 'T'})
    """
    its = codebook()[code]
    if its.several:
        return {f"{code}_{one.code}": YES if one.code in value else NO for one in its.values}
    return {code: TALK_KINDS.get(value, value) if code == "talk_kind" else value}


def head_name(head: str) -> str:
    """A head of the machine as people say it: a code, or one value of a code."""
    code, _, letter = head.partition("_") if head.startswith("justice_") else (head, "", "")
    its = book().get(code)
    if its is None:
        return head
    part = next((one.name for one in its.values if letter and one.code == letter), "")
    return f"{its.title} · {part}" if part else its.title


def of_head(head: str) -> tuple[str, str]:
    """The code a head belongs to, and the value it says yes or no of, else empty.

    >>> of_head("justice_P"), of_head("talk_kind")
    (('justice', 'P'), ('talk_kind', ''))
    """
    if head.startswith("justice_"):
        return "justice", head.removeprefix("justice_")
    return head, ""


__all__ = [
    "CANNOT_TELL_KEY", "NONE_KEY", "SEGMENT", "TEXT", "UNITS", "UTTERANCE", "Code", "Place", "Value", "asked_at",
    "book", "flat", "head_name", "legal", "of_head", "places_to_code", "value_words", "weak_value",
]  # fmt: skip
