"""The codebook, as people and the language-model coder read it and are held to it."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

SEGMENT, TEXT, UTTERANCE = "segment", "text", "utterance"


@dataclass(frozen=True, slots=True)
class Value:
    """key: the letter a person types; differs within a unit.  weak: taken when in doubt."""

    code: str
    name: str
    definition: str
    example: str
    counter_example: str
    key: str
    weak: bool


@dataclass(frozen=True, slots=True)
class Code:
    """One code: what it is given to, whether several values may stand together, and its values."""

    name: str
    unit: str
    several: bool
    question: str
    values: tuple[Value, ...]
    title: str

    @property
    def legal(self) -> frozenset[str]:
        return frozenset(value.code for value in self.values)


@lru_cache(maxsize=2)
def codebook(language: str = "en") -> dict[str, Code]:
    """Every code by name, in one language."""
    book = yaml.safe_load(
        (files("entregent.catalogue") / "voice" / "codebook.yaml").read_text(encoding="utf-8")
    )
    return {name: _code(name, told, language) for name, told in book["codes"].items()}


def _code(name: str, told: dict[str, Any], language: str) -> Code:
    values = tuple(
        Value(
            code=value["code"],
            name=value["name"][language],
            definition=value["definition"][language],
            example=value["example"][language],
            counter_example=value["counter_example"][language],
            key=value["key"],
            weak=value.get("weak", False),
        )
        for value in told["values"]
    )
    return Code(
        name,
        told["unit"],
        told["choice"] == "several",
        told["question"][language],
        values,
        told["name"][language],
    )
