"""The scales, as drawn: a beam that tips, two pans, and a block for each thing that weighs."""

from dataclasses import dataclass
from math import cos, radians, sin

from entregent.engine.change.balance import FOR_CHANGE, Cell
from entregent.web.decisions.measures import Side

STEEPEST = 13.0
"""Degrees of the beam when everything weighs on one side."""
PIVOT_X, PIVOT_Y, ARM, DROP = 260.0, 56.0, 160.0, 176.0
PAN, BLOCK, TALLEST = 78.0, 66.0, 138.0


@dataclass(frozen=True, slots=True)
class Block:
    """One item on a pan, as tall as it weighs."""

    cell: str
    text: str
    weight: float
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Pan:
    name: str
    x: float
    hangs_from: float
    y: float
    total: float
    blocks: tuple[Block, ...]

    @property
    def left(self) -> float:
        return self.x - PAN

    @property
    def right(self) -> float:
        return self.x + PAN

    @property
    def label_y(self) -> float:
        return self.y + 26


@dataclass(frozen=True, slots=True)
class Beam:
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Scales:
    """doubt: the beam at either end of the interval, where it is known."""

    beam: Beam
    doubt: tuple[Beam, ...]
    pans: tuple[Pan, Pan]


def scales_of(side: Side) -> Scales | None:
    """Nothing is drawn where nothing weighs."""
    if side.known is None or side.balance is None:
        return None
    beam = _beam(side.balance)
    interval = side.interval
    ends = (interval.low, interval.high) if interval else ()
    tallest = max(side.known.cells.values())
    keep = _pan("keep", side, beam.x1, beam.y1, tallest)
    change = _pan("change", side, beam.x2, beam.y2, tallest)
    return Scales(beam, tuple(_beam(end) for end in ends if end is not None), (keep, change))


def _beam(balance: float) -> Beam:
    angle = radians(STEEPEST * max(-1.0, min(1.0, balance)))
    x, y = ARM * cos(angle), ARM * sin(angle)
    return Beam(PIVOT_X - x, PIVOT_Y - y, PIVOT_X + x, PIVOT_Y + y)


def _pan(name: str, side: Side, x: float, hangs_from: float, tallest: float) -> Pan:
    y = hangs_from + DROP
    columns = [cell for cell in side.cells if (Cell(cell.cell) in FOR_CHANGE) == (name == "change")]
    blocks = []
    for column, cell in enumerate(columns):
        top = y
        for one in cell.items:
            if not one.weight:
                continue
            height = TALLEST * one.weight / tallest
            top -= height
            left = x - BLOCK - 2 if column == 0 else x + 2
            blocks.append(
                Block(
                    str(cell.cell),
                    one.item.text,
                    one.weight,
                    left,
                    top,
                    BLOCK,
                    max(height - 1.5, 1),
                )
            )
    return Pan(name, x, hangs_from, y, sum(block.weight for block in blocks), tuple(blocks))
