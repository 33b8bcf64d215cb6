"""The codebook, as the language-model coder hands it over and holds its answers to it."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

SEGMENT, TEXT = "segment", "text"


@dataclass(frozen=True, slots=True)
class Value:
    code: str
    name: str
    definition: str
    example: str
    counter_example: str


@dataclass(frozen=True, slots=True)
class Code:
    """One code: what it is given to, whether several values may stand together, and its values."""

    name: str
    unit: str
    several: bool
    question: str
    values: tuple[Value, ...]

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
            value["code"],
            *(
                value[part][language]
                for part in ("name", "definition", "example", "counter_example")
            ),
        )
        for value in told["values"]
    )
    return Code(name, told["unit"], told["choice"] == "several", told["question"][language], values)
