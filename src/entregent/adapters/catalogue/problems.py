"""What is wrong in a catalogue file, said to the person who edits it, in French and in English."""

from collections.abc import Sequence
from dataclasses import dataclass

NB, NARROW = "\u00a0", "\u202f"


@dataclass(frozen=True, slots=True)
class CatalogueProblem:
    """One mistake in one file.

    line: in the file, from 1; None where the mistake is an absence in the whole.
    path: keys and ranks that lead to it.
    fault: not_yaml, twice, unknown, missing, wrong or conflict.
    what: the word or value at fault.  near: the word probably meant.
    wanted: what it should be, in French and in English.
    """

    file: str
    line: int | None
    path: tuple[str | int, ...]
    fault: str
    what: str = ""
    near: str = ""
    wanted: tuple[str, str] = ("", "")

    def said(self, language: str) -> str:
        """The problem in one sentence, in French (`fr`) or in English.

        >>> CatalogueProblem("kinds.yaml", 4, ("axes",), "unknown", "valance", "valence").said("en")
        'kinds.yaml, line 4, axes: "valance" is not known here; did you mean "valence"?'
        """
        french = language == "fr"
        where = self.file
        if self.line is not None:
            where += f", {'ligne' if french else 'line'} {self.line}"
        place = " › ".join(str(part) for part in self.path if part != self.what)
        if place:
            where += f", {place}"
        colon = f"{NB}: " if french else ": "
        return where + colon + (self._in_french() if french else self._in_english())

    def _in_french(self) -> str:
        what, near = f"«{NB}{self.what}{NB}»", f"«{NB}{self.near}{NB}»"
        match self.fault:
            case "not_yaml":
                return f"le fichier ne se lit pas comme du YAML ({self.what})."
            case "twice":
                return f"{what} figure deux fois."
            case "unknown" if self.near:
                return f"{what} n’est pas connu ici{NARROW}; vouliez-vous écrire {near}{NARROW}?"
            case "unknown":
                return f"{what} n’est pas connu ici."
            case "missing":
                return f"il manque {what}."
            case "conflict":
                return self.wanted[0]
            case _:
                return f"{what} ne convient pas{NARROW}; attendu{NB}: {self.wanted[0]}."

    def _in_english(self) -> str:
        match self.fault:
            case "not_yaml":
                return f"the file does not read as YAML ({self.what})."
            case "twice":
                return f'"{self.what}" stands twice.'
            case "unknown" if self.near:
                return f'"{self.what}" is not known here; did you mean "{self.near}"?'
            case "unknown":
                return f'"{self.what}" is not known here.'
            case "missing":
                return f'"{self.what}" is missing.'
            case "conflict":
                return self.wanted[1]
            case _:
                return f'"{self.what}" does not fit; wanted: {self.wanted[1]}.'


class CatalogueRefused(Exception):
    """A catalogue cannot be read; nothing was changed."""

    def __init__(self, problems: Sequence[CatalogueProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.said("en") for problem in problems))

    def said(self, language: str) -> list[str]:
        return [problem.said(language) for problem in self.problems]
