"""A catalogue read, checked against its model, and named by what it holds."""

import difflib
import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from entregent.adapters.catalogue.lined_yaml import LinedDocument, Path, read_lined
from entregent.adapters.catalogue.problems import CatalogueProblem, CatalogueRefused

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Status = Literal["V", "R", "C", "K", "P", "S", "F", "M", "E"]
"""Marks of a claim: V read in its source, R reproduced, C computed, K known in the field and to be
checked, P proposed, E written by the firm; S, F and M name a published label (see `relationships.yaml`)."""


class Entry(BaseModel):
    """One part of a catalogue: unknown keys are refused, nothing changes after reading."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", frozen=True, serialize_by_alias=True
    )


class Bilingual(Entry):
    """The same words in French and in English."""

    fr: Words
    en: Words

    def in_(self, language: str) -> str:
        return self.fr if language == "fr" else self.en


class BilingualList(Entry):
    """As many sentences in French as in English."""

    fr: tuple[Words, ...]
    en: tuple[Words, ...]

    def in_(self, language: str) -> tuple[str, ...]:
        return self.fr if language == "fr" else self.en


class Catalogue(Entry):
    """A whole file."""

    version: Words

    @property
    def fingerprint(self) -> str:
        """Twelve letters that change whenever anything in the catalogue does."""
        said = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()[:12]


AnyCatalogue = TypeVar("AnyCatalogue", bound=Catalogue)


def read_catalogue(text: str, model: type[AnyCatalogue], name: str) -> AnyCatalogue:
    """The catalogue that a YAML text holds.

    name: what to call the file when something is wrong in it.
    Raises CatalogueRefused with every problem found, each with its line.
    """
    return checked(read_lined(text, name), model)


def checked(document: LinedDocument, model: type[AnyCatalogue]) -> AnyCatalogue:
    """Raises CatalogueRefused."""
    try:
        return model.model_validate(document.content)
    except ValidationError as error:
        raise CatalogueRefused(_problems(document, model, error.errors())) from None


class Conflict(ValueError):
    """Parts of a catalogue that do not go together, said in both languages.

    at: keys and ranks, from the model that raises it, of the part to point at.
    """

    def __init__(self, fr: str, en: str, at: Path = ()) -> None:
        self.fr, self.en, self.at = fr, en, at
        super().__init__(en)


_WANTED = {
    "string_type": ("des mots", "words"),
    "string_too_short": ("des mots", "words"),
    "string_pattern_mismatch": (
        "des minuscules sans accent, chiffres et _",
        "lower-case letters, digits and _",
    ),
    "int_type": ("un nombre entier", "a whole number"),
    "int_parsing": ("un nombre entier", "a whole number"),
    "float_type": ("un nombre", "a number"),
    "float_parsing": ("un nombre", "a number"),
    "bool_type": ("true ou false", "true or false"),
    "bool_parsing": ("true ou false", "true or false"),
    "tuple_type": ("une liste", "a list"),
    "dict_type": ("des clés et des valeurs", "keys and values"),
    "model_type": ("des clés et des valeurs", "keys and values"),
}


def _problems(
    document: LinedDocument, model: type[BaseModel], errors: Sequence[Any]
) -> list[CatalogueProblem]:
    problems = [_problem(document, model, details) for details in errors]
    meant = {(p.path, p.near) for p in problems if p.fault == "unknown"}
    # A misspelt key is also a missing one: say it once.
    return [p for p in problems if p.fault != "missing" or (p.path, p.what) not in meant]


def _problem(document: LinedDocument, model: type[BaseModel], details: Any) -> CatalogueProblem:
    loc: Path = tuple(details["loc"])
    fault, last = details["type"], str(loc[-1]) if loc else ""
    file, line, around = document.name, document.line_of(loc), _named(document, loc[:-1])
    if fault == "extra_forbidden":
        near = difflib.get_close_matches(last, _known_words(model), n=1, cutoff=0.6)
        return CatalogueProblem(file, line, around, "unknown", last, near[0] if near else "")
    if fault == "missing":
        return CatalogueProblem(file, line, around, "missing", last)
    if fault == "value_error":
        error = details["ctx"]["error"]
        at = (*loc, *getattr(error, "at", ()))
        both = (getattr(error, "fr", str(error)), getattr(error, "en", str(error)))
        return CatalogueProblem(
            file, document.line_of(at), _named(document, at), "conflict", wanted=both
        )
    allowed = str(details["msg"]).removeprefix("Input should be ")
    wanted = _WANTED.get(fault, (allowed.replace(" or ", " ou "), allowed))
    what = str(details["input"])[:60]
    return CatalogueProblem(file, line, _named(document, loc), "wrong", what, wanted=wanted)


def _named(document: LinedDocument, path: Path) -> Path:
    """The path with each rank in a list replaced by the entry's own id, where it has one."""
    named: list[str | int] = []
    part: Any = document.content
    for key in path:
        try:
            part = part[key]
        except (KeyError, IndexError, TypeError):
            part = None
        own = part.get("id") if isinstance(part, dict) and isinstance(key, int) else None
        named.append(own or key)
    return tuple(named)


def _known_words(model: type[BaseModel]) -> list[str]:
    """Every key that a model or one of its parts knows: a typo is near one of them."""
    words: set[str] = set()
    schema = model.model_json_schema()
    for part in [schema, *schema.get("$defs", {}).values()]:
        words.update(part.get("properties", {}))
    return sorted(words)


def known(at: Path, names: Iterable[str], among: Iterable[str]) -> None:
    """Raises Conflict when a name is none of those a catalogue holds."""
    there = sorted(set(among))
    for name in names:
        if name not in there:
            near = difflib.get_close_matches(name, there, n=1, cutoff=0.6)
            fr = f" ; vouliez-vous écrire « {near[0]} » ?" if near else "."
            en = f'; did you mean "{near[0]}"?' if near else "."
            raise Conflict(
                f"« {name} » n’est pas connu ici{fr}", f'"{name}" is not known here{en}', at
            )
