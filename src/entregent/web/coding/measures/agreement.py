"""How far people agree beyond chance, head by head and pair by pair."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from entregent.adapters.coders.codebook import codebook
from entregent.engine.errors import NoRatings
from entregent.engine.estimates import Estimate
from entregent.engine.surveys.agreement import OneCategoryOnly, cohen_kappa, krippendorff_alpha
from entregent.web.coding.codes import flat, head_name
from entregent.web.coding.models import Queue
from entregent.web.coding.queries import Opinion, opinions_in

PREVALENT = 0.85
RELIABLE, TENTATIVE = 0.8, 0.667
"""Krippendorff's floors: for conclusions, and for tentative ones."""
FAR = 0.25


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people at the spots both coded. kappa is None where both always said the same one thing."""

    first: int
    second: int
    n: int
    same: float
    kappa: Estimate | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """One head. n: spots two people or more could tell; same: share of pairs of answers alike.

    commonest: share of the most frequent value. misleads: nearly everything has one value, so that
    chance would agree nearly as well, and alpha is low although people hardly differ.
    """

    head: str
    n: int
    same: float
    commonest: float
    alpha: Estimate | None
    pairs: Sequence[Pair]

    @property
    def name(self) -> str:
        return head_name(self.head)

    @property
    def misleads(self) -> bool:
        low = self.alpha is not None and self.same - self.alpha.value > FAR
        return self.commonest >= PREVALENT and (self.alpha is None or low)

    @property
    def enough(self) -> str:
        """reliable, tentative or weak, by what is sure of alpha; empty where it does not exist."""
        if self.alpha is None:
            return ""
        if self.alpha.low is None or self.alpha.value < TENTATIVE:
            return "weak"
        return "reliable" if self.alpha.value >= RELIABLE else "tentative"


def agreement_in(opinions: Iterable[Opinion]) -> list[Agreement]:
    """A row per head that two people or more coded somewhere, in the order of the codebook."""
    by_head: dict[str, list[dict[int, str]]] = defaultdict(list)
    for one in opinions:
        told: dict[str, dict[int, str]] = defaultdict(dict)
        for person, value in one.by_person.items():
            if value is not None and person is not None:
                for head, its in flat(one.spot[2], value).items():
                    told[head][person] = its
        for head, people in told.items():
            if len(people) > 1:
                by_head[head].append(people)
    order = [head for code in codebook() for head in flat(code, "")]
    return [_agreement(head, by_head[head]) for head in sorted(by_head, key=order.index)]


def human_agreement() -> dict[str, Estimate]:
    """Krippendorff's alpha by head, over all that was coded blind in this firm."""
    opinions = [one for queue in Queue.objects.filter(blind=True) for one in opinions_in(queue)]
    return {row.head: row.alpha for row in agreement_in(opinions) if row.alpha is not None}


def _agreement(head: str, units: Sequence[dict[int, str]]) -> Agreement:
    people = sorted({person for unit in units for person in unit})
    values = sorted({value for unit in units for value in unit.values()})
    codes = np.full((len(people), len(units)), np.nan)
    for place, unit in enumerate(units):
        for person, value in unit.items():
            codes[people.index(person), place] = values.index(value)
    same = [a == b for unit in units for a, b in combinations(unit.values(), 2)]
    counted = Counter(value for unit in units for value in unit.values())
    pairs = [pair for a, b in combinations(people, 2) if (pair := _pair(a, b, units))]
    return Agreement(
        head,
        len(units),
        float(np.mean(same)),
        counted.most_common(1)[0][1] / counted.total(),
        _alpha(codes),
        pairs,
    )


def _alpha(codes: np.ndarray) -> Estimate | None:
    try:
        return krippendorff_alpha(codes)
    except (NoRatings, OneCategoryOnly):
        return None


def _pair(first: int, second: int, units: Sequence[dict[int, str]]) -> Pair | None:
    both = [unit for unit in units if first in unit and second in unit]
    if not both:
        return None
    one, other = [unit[first] for unit in both], [unit[second] for unit in both]
    same = float(np.mean([a == b for a, b in zip(one, other, strict=True)]))
    try:
        kappa = cohen_kappa(one, other)
    except OneCategoryOnly:
        kappa = None
    return Pair(first, second, len(both), same, kappa)
