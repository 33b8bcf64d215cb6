"""The catalogue's playbooks, in the reader's language."""

from typing import Any

from django.utils.translation import get_language
from pydantic import ValidationError

from entregent.adapters.catalogue.playbooks import PlaybookEntry
from entregent.adapters.catalogue.shelf import Shelf, shipped
from entregent.adapters.catalogue.validation import Bilingual, BilingualList, Conflict
from entregent.engine.errors import EngineError


class CannotBePlayed(Exception):
    """What is wrong with a playbook, in the reader's words, each with the part it is about."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = problems
        super().__init__("; ".join(words for _part, words in problems))


def shelf() -> Shelf:
    return shipped()


def ready() -> dict[str, PlaybookEntry]:
    """The catalogue's own playbooks, by id."""
    return {entry.id: entry for entry in shelf().playbooks.playbooks}


def language() -> str:
    return "en" if (get_language() or "fr").startswith("en") else "fr"


def said(words: Bilingual) -> str:
    return words.in_(language())


def all_said(words: BilingualList) -> tuple[str, ...]:
    return words.in_(language())


def entry_of(content: dict[str, Any]) -> PlaybookEntry:
    """The playbook that some content is. Raises CannotBePlayed, and nothing is taken."""
    try:
        entry = PlaybookEntry.model_validate(content)
        entry.for_engine()
    except ValidationError as refused:
        raise CannotBePlayed([_said(problem) for problem in refused.errors()]) from None
    except EngineError as refused:
        raise CannotBePlayed([("", str(refused))]) from None
    return entry


def content_of(entry: PlaybookEntry) -> dict[str, Any]:
    """A playbook as it is kept and written to files."""
    return entry.model_dump(mode="json")


def _said(problem: Any) -> tuple[str, str]:
    part = str(problem["loc"][0]) if problem["loc"] else ""
    error = problem.get("ctx", {}).get("error")
    if isinstance(error, Conflict):
        return str(error.at[0]) if error.at else part, error.fr if language() == "fr" else error.en
    return part, str(problem["msg"])
