"""The conversation guide for one customer and one change: from the catalogue, with their own words."""

from dataclasses import dataclass
from typing import Literal, cast

from django.utils.translation import gettext as _

from entregent.adapters.catalogue.guides import Piece, StageGuide, filled
from entregent.engine.change.balance import FOR_CHANGE, Cell
from entregent.engine.change.declared import Mode
from entregent.engine.change.staging import STAGES
from entregent.web.decisions.catalogue import said, shelf
from entregent.web.decisions.measures import Standing
from entregent.web.decisions.models import Change, GuideUse
from entregent.web.evidence.models import Customer

LONGEST_QUOTE = 110
"""A reflection longer than this is no longer said in one breath."""


@dataclass(frozen=True, slots=True)
class Line:
    """A piece to say aloud. uses: what an adviser noted of it with this customer, the latest first."""

    piece: str
    text: str
    uses: tuple[GuideUse, ...]


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    lines: tuple[Line, ...]
    never: bool = False


@dataclass(frozen=True, slots=True)
class CustomerGuide:
    """What fits a customer. family: its name where somebody knows it. stage: the one it is written for."""

    stage: str
    stage_name: str
    tone: str
    parts: tuple[Part, ...]


def guide_with(
    customer: Customer, change: Change, standing: Standing, uses: list[GuideUse], *, stage: str = ""
) -> CustomerGuide:
    """The guide by family, stage and mode. Of a stage unknown, the questions that only listen.

    stage: another one than that read from the customer's words, as an adviser asks for it.
    """
    guides = shelf().guides
    stage = stage if stage in STAGES else standing.stage or STAGES[0]
    family, kind = _relationship(customer)
    mode = cast(Literal["neutral", "evocation"], change.mode)
    quote = _quote(standing, change)

    def part(name: str, pieces: tuple[Piece, ...], *, never: bool = False) -> Part:
        lines = []
        for piece in pieces:
            words = filled(said(piece), quote=quote, target=change.target)
            if words is not None:
                mine = tuple(use for use in uses if use.piece == piece.id)
                lines.append(Line(piece.id, words, mine))
        return Part(name, tuple(lines), never)

    known = guides.guide_for(family, stage, mode, kind) if family in guides.families else None
    by_mode = guides.stages[stage]
    of_stage: StageGuide = by_mode.neutral if mode == "neutral" else by_mode.evocation
    read = known or of_stage
    opening = (known.opening,) if known and known.opening else ()
    parts = (
        part(_("Pour ouvrir"), opening),
        part(_("Questions ouvertes"), read.open_questions),
        part(_("Ce qu’il est juste de reconnaître"), read.affirmations),
        part(_("Reflets, avec ses mots"), read.reflections),
        part(_("Pour résumer"), (read.summary,)),
        part(_("Ce qu’il ne faut pas dire"), read.never, never=True),
    )
    return CustomerGuide(
        stage=stage,
        stage_name=stage_name(stage),
        tone=said(known.tone) if known else "",
        parts=tuple(one for one in parts if one.lines),
    )


def stage_name(stage: str) -> str:
    return said(shelf().change.stage(stage).name)


def stage_reason(stage: str) -> str:
    """What was heard that points to a stage, by the engine's rule."""
    return {
        "precontemplation": _("ses mots ne parlent que pour ne rien changer"),
        "contemplation": _("donne des raisons de changer, sans s’engager"),
        "preparation": _("parle de s’y mettre, sans dire qu’un pas est fait"),
        "action": _("parle d’un pas fait il y a moins d’un cycle"),
        "maintenance": _("parle d’un pas fait il y a plus d’un cycle, et de rien contre depuis"),
    }[stage]


def piece_texts() -> dict[str, str]:
    """Every piece by its id, slots left open."""
    return {piece.id: said(piece) for piece in shelf().guides.pieces()}


def _relationship(customer: Customer) -> tuple[str, str | None]:
    """Family and kind of relationship, where the room that infers them has a profile; else nothing."""
    # Through the customer and not that room's door: this room stands without the other.
    profile = getattr(customer, "relationship", None)
    return (profile.shown_family, profile.shown_kind or None) if profile else ("", None)


def _quote(standing: Standing, change: Change) -> str | None:
    """The customer's latest words that can be said back in one breath; in evocation, those for the change."""
    passages = [one for one in standing.said if len(one.quote.text) <= LONGEST_QUOTE]
    if change.mode == Mode.EVOCATION:
        towards = [one for one in passages if Cell(one.quote.item.cell) in FOR_CHANGE]
        passages = towards or passages
    return passages[-1].quote.text.rstrip(".") if passages else None
