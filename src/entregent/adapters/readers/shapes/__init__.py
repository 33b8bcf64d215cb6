"""The exports we know, each with what tells it and what its columns mean."""

from pathlib import Path

from entregent.adapters.readers.shape import Proposal, Shape, Sight
from entregent.adapters.readers.shapes import (
    commerce,
    conversations,
    crm,
    event_logs,
    reviews,
    surveys,
    telephony,
    tickets,
)

SAMPLES = Path(__file__).parents[1] / "samples"
SHAPES: tuple[Shape, ...] = (
    *surveys.SHAPES,
    *tickets.SHAPES,
    *conversations.SHAPES,
    *telephony.SHAPES,
    *reviews.SHAPES,
    *crm.SHAPES,
    *event_logs.SHAPES,
    *commerce.SHAPES,
)


def recognised(columns: tuple[str, ...], format_: str) -> Shape | None:
    """The known export that most columns tell, if any does."""
    fit = [shape for shape in SHAPES if format_ in shape.formats and shape.strength(columns)]
    return max(fit, key=lambda shape: shape.strength(columns), default=None)


def shape_called(code: str) -> Shape | None:
    return next((shape for shape in SHAPES if shape.code == code), None)


def samples_of(shape: Shape) -> list[Path]:
    """Small files of this export, made up, to look at or to try."""
    return [SAMPLES / name for name in shape.samples]


__all__ = ["SHAPES", "Proposal", "Shape", "Sight", "recognised", "samples_of", "shape_called"]
