"""Codes as words of the search index, so that every code filters what full text finds.

A text bears one facet for every value that one of its segments has, and one for every combination
of values that stand in one and the same segment: who asks for "moves away" and "fairness of
procedures" means one passage that says both. A value that says nothing (no movement, neither
pleased nor displeased) is a facet where it holds of the whole text; being unsure is one where it
holds of any segment.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations, product

UNSURE = "?"
"""Asked of a code: the coder was not sure enough."""
NOTHING = "none"
"""Asked of a code: the words say nothing of it."""

_SAYING: Mapping[str, Mapping[str, str]] = {
    "movement": {"T": "mt", "A": "ma"},
    "sentiment": {"+": "sp", "-": "sn", "~": "sm"},
    "justice": {"D": "jd", "P": "jp", "I": "ji", "F": "jf"},
    "trust": {"C+": "tcp", "C-": "tcn", "H+": "thp", "H-": "thn", "B+": "tbp", "B-": "tbn"},
}
"""The values of a segment that say something, as they stand in a facet."""
_OF_TEXT = {"relationship": "f", "stage": "g", "effort": "e"}

SEGMENT_CODES, TEXT_CODES = tuple(_SAYING), tuple(_OF_TEXT)
Codes = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class CodesAsked:
    """A value of each code that a text must have, UNSURE or NOTHING; empty where any will do."""

    movement: str = ""
    sentiment: str = ""
    justice: str = ""
    trust: str = ""
    relationship: str = ""
    stage: str = ""
    effort: str = ""

    def facets(self) -> list[str]:
        """What the index is asked for.

        >>> CodesAsked(movement="A", justice="P", stage="new").facets()
        ['kmajp', 'kgnew']
        >>> CodesAsked(movement="A", trust=UNSURE).facets()
        ['ktx', 'kma']
        """
        asked = {code: value for code, value in asdict(self).items() if value}
        together, apart = "", []
        for code in SEGMENT_CODES:
            if (value := asked.get(code)) is None:
                continue
            if value in _SAYING[code]:
                together += _SAYING[code][value]
            else:
                apart.append(_unsaid(code, unsure=value == UNSURE))
        if together:
            apart.append(f"k{together}")
        for code, letter in _OF_TEXT.items():
            if value := asked.get(code):
                apart.append(f"k{letter}{'x' if value == UNSURE else value}")
        return apart


def facets_of(segments: Sequence[Codes], text: Codes) -> str:
    """The facets of a text, from the codes of its segments and its own; null is unsure.

    >>> facets_of([{"movement": "A", "sentiment": "-", "justice": "", "trust": None}], {})
    '=kjo =kma =kmasn =ksn =ktx'
    """
    found = {f"k{letter}{text[code] or 'x'}" for code, letter in _OF_TEXT.items() if code in text}
    for code, saying in _SAYING.items():
        values = [segment[code] for segment in segments]
        if None in values:
            found.add(_unsaid(code, unsure=True))
        elif not any(letter in saying for value in values for letter in _letters(code, value)):
            found.add(_unsaid(code, unsure=False))
    for segment in segments:
        found.update(_said_in(segment))
    return " ".join(sorted(f"={facet}" for facet in found))


def _unsaid(code: str, *, unsure: bool) -> str:
    return f"k{code[0]}{'x' if unsure else 'o'}"


def _letters(code: str, value: str | None) -> Sequence[str]:
    """The values that stand together in one: justice may be of several kinds at once."""
    return list(value or "") if code == "justice" else [value or ""]


def _said_in(segment: Codes) -> Iterator[str]:
    said = []
    for code, saying in _SAYING.items():
        letters = [saying[one] for one in _letters(code, segment[code]) if one in saying]
        if letters:
            said.append(letters)
    for size in range(1, len(said) + 1):
        for chosen in combinations(said, size):
            yield from (f"k{''.join(letters)}" for letters in product(*chosen))
