"""What a coder read, in plain words of the reader's language."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from entregent.adapters.coders.codebook import Code, codebook
from entregent.web.evidence.code_facets import NOTHING, SEGMENT_CODES, TEXT_CODES, UNSURE
from entregent.web.evidence.models import CodedSegment, CodedText

CODES = (*SEGMENT_CODES, *TEXT_CODES)
SAYS_NOTHING = {"N", "0", "", "none", "unknown"}
"""Values that are not worth a mark: the words say nothing of it."""

_SHORT = {
    "T": gettext_lazy("→ vers nous"),
    "A": gettext_lazy("← s’éloigne"),
    "+": "+",
    "-": "−",
    "~": "±",
    "D": gettext_lazy("⚖ résultat"),
    "P": gettext_lazy("⚖ démarches"),
    "I": gettext_lazy("⚖ égards"),
    "F": gettext_lazy("⚖ explications"),
    "C+": gettext_lazy("✓ tient parole"),
    "C-": gettext_lazy("✗ ne tient pas parole"),
    "H+": gettext_lazy("✓ honnête"),
    "H-": gettext_lazy("✗ malhonnête"),
    "B+": gettext_lazy("✓ bienveillant"),
    "B-": gettext_lazy("✗ sans égard pour moi"),
}
"""What stands beside a passage, sign and word, so that no colour is needed to read it."""


@dataclass(frozen=True, slots=True)
class Read:
    """One code as read: value is None where the coder was not sure enough."""

    code: str
    value: str | None
    confidence: float | None

    @property
    def says_something(self) -> bool:
        return self.value is not None and self.value not in SAYS_NOTHING

    @property
    def marks(self) -> list[str]:
        """Short signs for the margin of a passage; one for each letter of justice."""
        if self.value is None:
            return ["?"]
        values = list(self.value) if self.code == "justice" else [self.value]
        return [str(_SHORT[one]) for one in values if one in _SHORT]

    @property
    def title(self) -> str:
        return code_name(self.code)

    @property
    def name(self) -> str:
        return _("pas assez sûr") if self.value is None else value_name(self.code, self.value)


def book() -> dict[str, Code]:
    return codebook("en" if (get_language() or "fr").startswith("en") else "fr")


def code_name(code: str) -> str:
    return book()[code].title


def value_name(code: str, value: str) -> str:
    """A value as people say it; letters of justice one after the other."""
    its = book()[code]
    names = {one.code: one.name for one in its.values}
    if its.several:
        return ", ".join(names[letter].lower() for letter in value) or _("aucune")
    return names.get(value, value).lower()


def values_to_ask(code: str) -> list[tuple[str, str]]:
    """What may be asked of a code in a filter."""
    its = book()[code]
    said = [(one.code, one.name) for one in its.values if one.code not in SAYS_NOTHING]
    if code in TEXT_CODES:
        nothing = [(one.code, one.name) for one in its.values if one.code in SAYS_NOTHING]
    else:
        nothing = [(NOTHING, _("n’en dit rien"))]
    unsure = [] if its.several else [(UNSURE, _("pas assez sûr"))]
    return [("", _("peu importe")), *said, *nothing, *unsure]


def read_of(coded: CodedSegment | CodedText) -> Iterator[Read]:
    """Every code of a segment, or of a text as a whole."""
    for code in SEGMENT_CODES if isinstance(coded, CodedSegment) else TEXT_CODES:
        yield Read(code, getattr(coded, code), getattr(coded, f"{code}_confidence"))
