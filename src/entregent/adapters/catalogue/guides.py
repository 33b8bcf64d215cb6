"""The conversation guide, and the part of it that fits one customer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import model_validator

from entregent.adapters.catalogue.validation import (
    Bilingual,
    Catalogue,
    Conflict,
    Entry,
    Name,
    Status,
    Words,
    known,
)
from entregent.engine.change.staging import STAGES


class Piece(Bilingual):
    """Something to say, or not to; its id is what an adviser marks as used."""

    id: Name


class StageGuide(Entry):
    open_questions: tuple[Piece, ...]
    affirmations: tuple[Piece, ...]
    reflections: tuple[Piece, ...]
    summary: Piece
    never: tuple[Piece, ...]


class ByMode(Entry):
    neutral: StageGuide
    evocation: StageGuide


class FamilyGuide(Entry):
    tone: Bilingual
    open_questions: tuple[Piece, ...]
    affirmations: tuple[Piece, ...]
    reflections: tuple[Piece, ...]
    never: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """What fits one customer: the kind's opening, then family and stage together."""

    opening: Piece | None
    tone: Bilingual
    open_questions: tuple[Piece, ...]
    affirmations: tuple[Piece, ...]
    reflections: tuple[Piece, ...]
    summary: Piece
    never: tuple[Piece, ...]


class Guides(Catalogue):
    status: Status
    source: Words
    principle: Bilingual
    stages: dict[Name, ByMode]
    families: dict[Name, FamilyGuide]
    kinds: dict[Name, Piece]

    @model_validator(mode="after")
    def _pieces_are_told_apart(self) -> "Guides":
        for stage in STAGES:
            known(("stages",), [stage], self.stages)
        seen: set[str] = set()
        for piece in self.pieces():
            if piece.id in seen:
                raise Conflict(
                    f"l’identifiant « {piece.id} » sert deux fois.",
                    f'the id "{piece.id}" is used twice.',
                )
            seen.add(piece.id)
            both = piece.fr.count("{quote}"), piece.en.count("{quote}")
            if both[0] != both[1]:
                raise Conflict(
                    f"« {piece.id} » ne cite pas le client dans les deux langues.",
                    f'"{piece.id}" does not quote the customer in both languages.',
                )
        return self

    def pieces(self) -> Iterator[Piece]:
        """Every piece, in the order of the file."""
        for by_mode in self.stages.values():
            for part in (by_mode.neutral, by_mode.evocation):
                yield from part.open_questions
                yield from part.affirmations
                yield from part.reflections
                yield part.summary
                yield from part.never
        for family in self.families.values():
            yield from family.open_questions
            yield from family.affirmations
            yield from family.reflections
            yield from family.never
        yield from self.kinds.values()

    def guide_for(
        self,
        family: str,
        stage: str,
        mode: Literal["neutral", "evocation"],
        kind: str | None = None,
    ) -> Guide:
        """The guide for a customer; raises KeyError on a family or stage the catalogue lacks."""
        of_family, by_mode = self.families[family], self.stages[stage]
        of_stage = by_mode.neutral if mode == "neutral" else by_mode.evocation
        return Guide(
            opening=self.kinds.get(kind) if kind else None,
            tone=of_family.tone,
            open_questions=of_stage.open_questions + of_family.open_questions,
            affirmations=of_stage.affirmations + of_family.affirmations,
            reflections=of_stage.reflections + of_family.reflections,
            summary=of_stage.summary,
            never=of_stage.never + of_family.never,
        )


def filled(
    words: str, *, quote: str | None = None, target: str | None = None, ruler: str | None = None
) -> str | None:
    """The words with their slots filled, None where a slot has nothing to fill it.

    A reflection without the customer's own words is not a reflection: it is left out.

    >>> filled("You say \\"{quote}\\".", quote="it takes for ever")
    'You say "it takes for ever".'
    >>> filled("You say \\"{quote}\\".") is None
    True
    """
    # The quote goes in last and is never formatted: a customer's words may hold braces.
    for slot, value in (("{target}", target), ("{ruler}", ruler), ("{quote}", quote)):
        if slot in words:
            if not value:
                return None
            words = words.replace(slot, value)
    return words
