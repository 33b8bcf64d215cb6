"""What an adviser used of the guide, and what tended to follow it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from entregent.engine.errors import BrokenContract, NoRatings
from entregent.engine.estimates import Abstention, Estimate, wilson_share


@dataclass(frozen=True, slots=True)
class Used:
    """One piece of the guide used, and what the customer said next.

    talk: change, sustain or neutral.
    """

    piece: str
    talk: str


@dataclass(frozen=True, slots=True)
class Followed:
    """How often change talk followed a piece.

    share: 0 to 1, among uses followed by change or sustain talk.
    usual: the same over all pieces.  differs: whether the interval leaves the usual share out.
    """

    piece: str
    uses: int
    share: Estimate | Abstention
    usual: Estimate
    differs: bool


def followed_by_change_talk(
    uses: Sequence[Used], *, needed: int = 10, confidence: float = 0.95
) -> list[Followed]:
    """What tended to be followed by change talk, the most used first.

    Uses that were followed by neutral talk say nothing of direction and are left out of shares.
    A piece with fewer than `needed` telling uses abstains. What followed a piece was not
    necessarily brought about by it: advisers choose it for some customers and not for others.
    Intervals are widened for the number of pieces compared (Bonferroni).
    Raises NoRatings when no use was followed by change or sustain talk.
    """
    for use in uses:
        if use.talk not in {"change", "sustain", "neutral"}:
            raise BrokenContract(f"talk is {use.talk!r}; it is change, sustain or neutral")
    telling = [use for use in uses if use.talk != "neutral"]
    if not telling:
        raise NoRatings("uses followed by change or sustain talk")
    changed = np.array([use.talk == "change" for use in telling])
    usual = wilson_share(float(changed.sum()), len(changed), confidence=confidence, unit=1.0)
    pieces = sorted({use.piece for use in uses})
    widened = 1 - (1 - confidence) / len(pieces)
    rows = [_row(piece, uses, usual, needed, widened) for piece in pieces]
    return sorted(rows, key=lambda row: (-row.uses, row.piece))


def _row(
    piece: str, uses: Sequence[Used], usual: Estimate, needed: int, confidence: float
) -> Followed:
    mine = [use.talk for use in uses if use.piece == piece]
    change, telling = mine.count("change"), len(mine) - mine.count("neutral")
    if telling < needed:
        few = Abstention("used too few times", telling, needed)
        return Followed(piece, len(mine), few, usual, differs=False)
    share = wilson_share(float(change), telling, confidence=confidence, unit=1.0)
    low, high = share.low or 0.0, share.high if share.high is not None else 1.0
    return Followed(piece, len(mine), share, usual, differs=not low <= usual.value <= high)
