"""What a person typed in a search box, understood once for both search engines and for marking.

remboursement lent       both words, in any of their forms
"pas content"            these words, side by side
-prix                    without this word
lent OR attente          either (OU in French)
rembours*                words that begin so
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from entregent.web.shared.folding import WORD, folded, folded_words, inflections

MOST_TERMS = 16
SHORTEST_BEGINNING = 3
_PIECE = re.compile(r'(?P<without>-)?(?:["«“](?P<phrase>[^"»”]*)["»”]?|(?P<word>[^\s"«“]+))')
_EITHER = {"OR", "OU"}


@dataclass(frozen=True, slots=True)
class Term:
    """One word with its forms, a beginning, or several words side by side.

    any_of: words that are known to begin so, where they were looked up.
    """

    words: tuple[str, ...]
    exact: bool = False
    beginning: bool = False
    any_of: tuple[str, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        """The folded words any of which answers this term; phrases have none."""
        if len(self.words) > 1:
            return ()
        return self.words if self.exact or self.beginning else inflections(self.words[0])


@dataclass(frozen=True, slots=True)
class Asked:
    """Every group must be met, by any of its terms; none of the unwanted may be."""

    groups: tuple[tuple[Term, ...], ...] = ()
    unwanted: tuple[Term, ...] = ()
    terms: tuple[Term, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", tuple(term for group in self.groups for term in group))

    def __bool__(self) -> bool:
        return bool(self.groups or self.unwanted)


def understand(text: str) -> Asked:
    """Read a query; what is beyond the sixteenth term is left out.

    >>> [[term.words for term in group] for group in understand('lent OU attente "Pas Content"').groups]
    [[('lent',), ('attente',)], [('pas', 'content')]]
    >>> understand("-prix").unwanted[0].words
    ('prix',)
    >>> bool(understand("?!"))
    False
    """
    groups: list[list[Term]] = []
    unwanted: list[Term] = []
    joining = False
    for piece in list(_PIECE.finditer(text))[:MOST_TERMS]:
        if piece["word"] in _EITHER and not piece["without"]:
            joining = bool(groups)
            continue
        term = _term(piece)
        if term is None:
            continue
        if piece["without"]:
            unwanted.append(term)
        elif joining:
            groups[-1].append(term)
        else:
            groups.append([term])
        joining = False
    return Asked(tuple(tuple(group) for group in groups), tuple(unwanted))


def _term(piece: re.Match[str]) -> Term | None:
    if piece["phrase"] is not None:
        words = tuple(folded_words(piece["phrase"]))
        return Term(words, exact=True) if words else None
    words = tuple(folded_words(piece["word"]))
    if not words:
        return None
    begins = piece["word"].endswith("*") and len(words) == 1 and len(words[0]) >= SHORTEST_BEGINNING
    # An apostrophe or a hyphen joins words that the texts hold side by side: l’assurance, rendez-vous.
    return Term(words, exact=len(words) > 1, beginning=begins)


def spans(text: str, asked: Asked) -> list[tuple[int, int]]:
    """Where the wanted terms stand in a text, as (start, end) in order, never overlapping.

    >>> spans("Déçue, vraiment déçue !", understand("deçu"))
    [(0, 5), (16, 21)]
    """
    words = [(found.start(), found.end(), folded(found[0])) for found in WORD.finditer(text)]
    marked: list[tuple[int, int]] = []
    for place in range(len(words)):
        for term in asked.terms:
            if reach := _reach(words, place, term):
                start, end = words[place][0], words[place + reach - 1][1]
                if marked and start < marked[-1][1]:
                    marked[-1] = (marked[-1][0], max(end, marked[-1][1]))
                else:
                    marked.append((start, end))
                break
    return marked


def _reach(words: list[tuple[int, int, str]], place: int, term: Term) -> int:
    here = words[place][2]
    if term.beginning:
        return int(here.startswith(term.words[0]))
    if len(term.words) == 1:
        return int(here in term.forms)
    several = tuple(word for _, _, word in words[place : place + len(term.words)])
    return len(term.words) if several == term.words else 0


def answers_to(text: str, asked: Asked) -> bool:
    """Whether a text meets a query, as the search engines would say."""
    words = [(0, 0, word) for word in folded_words(text)]

    def has(term: Term) -> bool:
        return any(_reach(words, place, term) for place in range(len(words)))

    return all(any(has(term) for term in group) for group in asked.groups) and not any(
        has(term) for term in asked.unwanted
    )


def pieces(text: str, asked: Asked) -> Iterator[tuple[str, bool]]:
    """The text cut at the terms: (piece, whether it is one of the terms)."""
    end = 0
    for start, stop in spans(text, asked):
        if start > end:
            yield text[end:start], False
        yield text[start:stop], True
        end = stop
    if end < len(text):
        yield text[end:], False
