"""The decisional balance: four cells, filled from words, weighed by people, shown before numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from entregent.engine.change.ambivalence import griffin_ambivalence
from entregent.engine.errors import BrokenContract, TooFewRespondents
from entregent.engine.estimates import Abstention, Estimate, mean_of, normal_quantile
from entregent.engine.relationship.space import Floats


class Cell(StrEnum):
    KEEP_FOR = "keep_for"
    KEEP_AGAINST = "keep_against"
    CHANGE_FOR = "change_for"
    CHANGE_AGAINST = "change_against"


FOR_CHANGE = (Cell.CHANGE_FOR, Cell.KEEP_AGAINST)
FOR_KEEPING = (Cell.KEEP_FOR, Cell.CHANGE_AGAINST)
HIGHEST_WEIGHT = 10.0


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that weighs.

    text: the words.  weight: 0 to 10, as people gave it.
    holder: customer or firm.  external: a norm, a rule, a market, rather than the holder's own.
    people: how many customers say it, which is told beside it and never multiplied in.
    """

    text: str
    cell: Cell
    weight: float
    holder: str = "customer"
    external: bool = False
    people: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= HIGHEST_WEIGHT:
            raise BrokenContract(f"{self.text!r} weighs {self.weight}; weights run from 0 to 10")


@dataclass(frozen=True, slots=True)
class Balance:
    """How four cells weigh.

    cells: total weight of each.
    for_change: F, good sides of the change and drawbacks of staying.  for_keeping: K, the others.
    balance: (F - K) / (F + K), -1 all for keeping to 1 all for the change; 0 when even.
    ambivalence: Griffin's, on the mean weights of the two sides, -5 to 10; higher is more torn.
    """

    cells: Mapping[Cell, float]
    for_change: float
    for_keeping: float
    balance: float
    ambivalence: float


def weigh(items: Sequence[Item]) -> Balance | Abstention:
    """Weigh the items of one holder, or of several together.

    Abstains when nothing weighs anything. A side without items has a mean weight of zero.
    Source: four cells of Janis and Mann 1977; the balance is proposed.

    >>> scales = weigh([Item("quicker", Cell.CHANGE_FOR, 8), Item("I know it", Cell.KEEP_FOR, 4)])
    >>> round(scales.balance, 3), scales.ambivalence
    (0.333, 2.0)
    """
    cells = {cell: sum(item.weight for item in items if item.cell is cell) for cell in Cell}
    for_change = sum(cells[cell] for cell in FOR_CHANGE)
    for_keeping = sum(cells[cell] for cell in FOR_KEEPING)
    if for_change + for_keeping == 0:
        return Abstention("nothing weighs on either side", 0, 1)
    means = [
        _mean_weight(items, FOR_CHANGE),
        _mean_weight(items, FOR_KEEPING),
    ]
    return Balance(
        cells=cells,
        for_change=for_change,
        for_keeping=for_keeping,
        balance=(for_change - for_keeping) / (for_change + for_keeping),
        ambivalence=float(griffin_ambivalence([means[0]], [means[1]])[0]),
    )


def _mean_weight(items: Sequence[Item], cells: Sequence[Cell]) -> float:
    mine = [item.weight for item in items if item.cell in cells]
    return sum(mine) / len(mine) if mine else 0.0


@dataclass(frozen=True, slots=True)
class Tip:
    """One change of weight that would bring the scales level.

    item: position in the items.  weight: what it would have to weigh.
    by: how far that is from what it weighs; the smaller, the likelier to tip.
    """

    item: int
    weight: float
    by: float


def what_would_tip(items: Sequence[Item]) -> list[Tip]:
    """Single items whose weight, changed alone and within 0 to 10, would bring the scales level.

    The smallest change first. Empty when the scales are level, or when no item alone suffices: then
    several must change together.

    >>> what_would_tip([Item("quicker", Cell.CHANGE_FOR, 6), Item("I know it", Cell.KEEP_FOR, 9)])
    [Tip(item=0, weight=9, by=3), Tip(item=1, weight=6, by=-3)]
    """
    scales = weigh(items)
    if isinstance(scales, Abstention) or scales.for_change == scales.for_keeping:
        return []
    lack = scales.for_keeping - scales.for_change
    tips = []
    for position, item in enumerate(items):
        by = lack if item.cell in FOR_CHANGE else -lack
        weight = item.weight + by
        if 0 <= weight <= HIGHEST_WEIGHT:
            tips.append(Tip(position, weight, by))
    return sorted(tips, key=lambda tip: (abs(tip.by), tip.item))


@dataclass(frozen=True, slots=True)
class GroupBalance:
    """How one segment or kind weighs.

    balance: mean of its customers' balances, -1 to 1.
    ambivalence: mean of Griffin's on each customer's amounts.
    torn: share of its customers who speak both ways.
    """

    name: str
    balance: Estimate | Abstention
    ambivalence: Estimate | Abstention
    torn: Estimate | Abstention


def balance_by_group(
    for_change: Floats,
    for_keeping: Floats,
    groups: Sequence[str],
    *,
    needed: int = 10,
    confidence: float = 0.95,
) -> list[GroupBalance]:
    """Segments side by side, each with its interval.

    for_change, for_keeping: shape (customers,), what each customer's words weigh each way (weights,
    or confidence-weighted counts of change and sustain talk); customers with neither are left out.
    groups: shape (customers,), the segment or kind of each.
    Student's intervals over customers. A group of fewer than `needed` customers who spoke abstains.
    Raises TooFewRespondents when nobody spoke, BrokenContract when shapes or signs do not fit.
    """
    if not len(for_change) == len(for_keeping) == len(groups):
        raise BrokenContract("for, against and groups do not name the same customers")
    if np.any(for_change < 0) or np.any(for_keeping < 0):
        raise BrokenContract("amounts for and against are never negative")
    spoke = for_change + for_keeping > 0
    if not spoke.any():
        raise TooFewRespondents(0, 1)
    named = np.asarray(groups)
    rows = []
    for group in sorted(set(named.tolist())):
        mine = spoke & (named == group)
        f, k = for_change[mine], for_keeping[mine]
        rows.append(
            GroupBalance(
                str(group),
                _mean((f - k) / (f + k), needed, confidence),
                _mean(griffin_ambivalence(f, k), needed, confidence),
                _mean(((f > 0) & (k > 0)).astype(float), needed, confidence),
            )
        )
    return rows


def _mean(values: Floats, needed: int, confidence: float) -> Estimate | Abstention:
    if len(values) < needed:
        return Abstention("too few customers spoke of it", len(values), needed)
    return mean_of(values, confidence=confidence)


@dataclass(frozen=True, slots=True)
class Principles:
    """Where pros and cons stand by stage, in T scores (mean 50, standard deviation 10).

    pros, cons: T score of each stage heard from, by its position.
    rise_of_pros, fall_of_cons: from the first stage to action, in T points.
    expected_rise, expected_fall: what the literature found on health behaviours: +10 and -5.6.
    transposition: always True; nothing here was established on customers.
    """

    pros: Mapping[int, Estimate | Abstention]
    cons: Mapping[int, Estimate | Abstention]
    rise_of_pros: Estimate | Abstention
    fall_of_cons: Estimate | Abstention
    expected_rise: float = 10.0
    expected_fall: float = -5.6
    transposition: bool = True


def strong_and_weak_principle(
    pros: Floats, cons: Floats, stage: Floats, *, needed: int = 10, confidence: float = 0.95
) -> Principles:
    """Pros and cons of the change by stage, beside what is known from health behaviours.

    pros, cons: shape (customers,), weight of good sides and of drawbacks of the change.
    stage: shape (customers,), position in the stages of change, -1 where unknown.
    There, progress from precontemplation to action goes with about one standard deviation more pros
    and half of one fewer cons: so raise pros before lowering cons. For customers it is a
    transposition, and cross-sectional: customers at a later stage differ in other ways too.
    Raises TooFewRespondents under two customers with a stage, BrokenContract when all weigh alike.
    Source: Prochaska 1994, Health Psychology 13, 47-51; Hall and Rossi, 48 behaviours.
    """
    known = stage >= 0
    if known.sum() < 2:
        raise TooFewRespondents(int(known.sum()), 2)
    t_pros, t_cons = _t_scores(pros[known], "pros"), _t_scores(cons[known], "cons")
    where = stage[known]
    by_stage = {
        int(s): (
            _mean(t_pros[where == s], needed, confidence),
            _mean(t_cons[where == s], needed, confidence),
        )
        for s in np.unique(where)
    }
    first, action = by_stage.get(0), by_stage.get(3)
    absent = Abstention("too few customers at one of the two stages", 0, needed)
    return Principles(
        pros={s: pair[0] for s, pair in by_stage.items()},
        cons={s: pair[1] for s, pair in by_stage.items()},
        rise_of_pros=_rise(first[0], action[0], confidence) if first and action else absent,
        fall_of_cons=_rise(first[1], action[1], confidence) if first and action else absent,
    )


def _t_scores(values: Floats, what: str) -> Floats:
    spread = float(values.std(ddof=1))
    if spread == 0:
        raise BrokenContract(f"all {what} weigh alike; there is no T score")
    return np.asarray(50 + 10 * (values - values.mean()) / spread)


def _rise(
    before: Estimate | Abstention, after: Estimate | Abstention, confidence: float
) -> Estimate | Abstention:
    if isinstance(before, Abstention):
        return before
    if isinstance(after, Abstention):
        return after
    error = ((before.standard_error or 0.0) ** 2 + (after.standard_error or 0.0) ** 2) ** 0.5
    by, reach = after.value - before.value, normal_quantile(confidence) * error
    n = before.n + after.n
    return Estimate(by, error, n, by - reach, by + reach, confidence, "normal, unequal spreads")
