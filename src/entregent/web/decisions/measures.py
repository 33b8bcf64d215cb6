"""How a balance weighs, what would tip it, and how far people agree; where one customer stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from entregent.engine.change import balance as engine
from entregent.engine.change.ambivalence import griffin_ambivalence
from entregent.engine.change.balance import Balance, Cell, balance_by_group, weigh, what_would_tip
from entregent.engine.change.declared import Beneficiary
from entregent.engine.change.guidance import Followed, Used, followed_by_change_talk
from entregent.engine.change.modes import FittingMode, fitting_mode
from entregent.engine.change.staging import STAGES, stage_from_talk, windows_for_cycle
from entregent.engine.change.talk import MOBILISING, Talk, Utterance, measure_talk
from entregent.engine.errors import NoRatings, TooFewRespondents
from entregent.engine.estimates import Abstention, Estimate
from entregent.web.decisions.models import Change, GuideUse, Item, Quote
from entregent.web.decisions.queries import Proposed, Said, Weighed

PEOPLE_NEEDED = 3
"""Fewer weighings than these say nothing of how others would weigh."""


@dataclass(frozen=True, slots=True)
class WeighedItem:
    """An item, its mean weight, how far people differ, and who says it.

    weight, low, high: mean, lowest and highest over the people who weighed it; None before that.
    people: how many different customers the passages come from.
    """

    item: Item
    weight: float | None
    low: float | None
    high: float | None
    weighed_by: int
    said: list[Said]
    people: int


@dataclass(frozen=True, slots=True)
class WeighedCell:
    cell: Item.In
    items: list[WeighedItem]


@dataclass(frozen=True, slots=True)
class TippingItem:
    """The item that alone would bring the scales level, were it to weigh otherwise."""

    item: Item
    weighs: float
    would_weigh: float


@dataclass(frozen=True, slots=True)
class Side:
    """One holder's four cells and how they weigh.

    scales: the mean weights, weighed. across: the balance over the people who weighed, each for
    themselves, with its interval.
    lean: change, keep, none (no lean shown) or unknown.
    """

    holder: Item.Holder
    cells: list[WeighedCell]
    scales: Balance | Abstention
    across: Estimate | Abstention
    tips: list[TippingItem]
    weighers: int
    lean: str

    @property
    def items(self) -> list[WeighedItem]:
        return [item for cell in self.cells for item in cell.items]

    @property
    def unweighed(self) -> int:
        return sum(item.weight is None for item in self.items)

    @property
    def balance(self) -> float | None:
        """What the page shows: people's mean balance where there are enough of them, else the mean weights'."""
        if isinstance(self.across, Estimate):
            return self.across.value
        return None if isinstance(self.scales, Abstention) else self.scales.balance

    @property
    def known(self) -> Balance | None:
        return None if isinstance(self.scales, Abstention) else self.scales

    @property
    def interval(self) -> Estimate | None:
        return self.across if isinstance(self.across, Estimate) else None


def side(
    holder: Item.Holder,
    items: Sequence[Item],
    said: Mapping[int, list[Said]],
    weights: Sequence[Weighed],
) -> Side:
    """Read one holder's balance."""
    mine = {item.pk: item for item in items if item.holder == holder}
    given: dict[int, list[int]] = {}
    for weight in weights:
        if weight.item in mine:
            given.setdefault(weight.item, []).append(weight.weight)
    read = [_weighed(item, given.get(item.pk, []), said.get(item.pk, [])) for item in mine.values()]
    counted = [one for one in read if one.weight is not None]
    as_weighed = [_for_engine(one.item, one.weight or 0.0, one.people) for one in counted]
    scales = weigh(as_weighed)
    across = _across_people(mine, weights)
    return Side(
        holder=holder,
        cells=[
            WeighedCell(
                cell,
                sorted(
                    (one for one in read if one.item.cell == cell),
                    key=lambda one: (-(one.weight or -1.0), one.item.pk),
                ),
            )
            for cell in Item.In
        ],
        scales=scales,
        across=across,
        tips=[
            TippingItem(counted[tip.item].item, counted[tip.item].weight or 0.0, tip.weight)
            for tip in what_would_tip(as_weighed)
        ],
        weighers=len({weight.person for weight in weights if weight.item in mine}),
        lean=_lean(scales, across),
    )


def _weighed(item: Item, given: list[int], said: list[Said]) -> WeighedItem:
    people = {one.row.customer_id or (one.quote.kind, one.quote.row) for one in said}
    return WeighedItem(
        item=item,
        weight=sum(given) / len(given) if given else None,
        low=min(given) if given else None,
        high=max(given) if given else None,
        weighed_by=len(given),
        said=said,
        people=len(people),
    )


def _for_engine(item: Item, weight: float, people: int = 1) -> engine.Item:
    return engine.Item(
        item.text, Cell(item.cell), weight, str(item.holder), external=item.external, people=people
    )


def _across_people(mine: Mapping[int, Item], weights: Sequence[Weighed]) -> Estimate | Abstention:
    """Each person's own balance, and their mean with its interval."""
    sides: dict[int | None, list[float]] = {}
    for one in weights:
        if one.item in mine:
            both = sides.setdefault(one.person, [0.0, 0.0])
            both[Cell(mine[one.item].cell) not in engine.FOR_CHANGE] += one.weight
    if not sides:
        return Abstention("nobody weighed", 0, PEOPLE_NEEDED)
    amounts = np.array(list(sides.values()))
    try:
        groups = balance_by_group(
            amounts[:, 0], amounts[:, 1], ["all"] * len(amounts), needed=PEOPLE_NEEDED
        )
    except TooFewRespondents:
        return Abstention("nothing weighs", 0, PEOPLE_NEEDED)
    return groups[0].balance


def _lean(scales: Balance | Abstention, across: Estimate | Abstention) -> str:
    if isinstance(scales, Abstention) or isinstance(across, Abstention):
        return "unknown"
    if across.low is not None and across.low > 0:
        return "change"
    if across.high is not None and across.high < 0:
        return "keep"
    return "none"


def mode_that_fits(change: Change, customers: Side) -> FittingMode:
    """Which of the two modes fits, from what was declared and from what customers were heard to say."""
    both_ways: dict[int, set[bool]] = {}
    for one in customers.items:
        for said in one.said:
            if said.row.customer_id:
                towards = Cell(one.item.cell) in engine.FOR_CHANGE
                both_ways.setdefault(said.row.customer_id, set()).add(towards)
    torn = any(len(ways) == 2 for ways in both_ways.values())
    return fitting_mode(
        Beneficiary(change.beneficiary),
        decided=change.already_decided,
        ambivalent=torn,
        firm_should_stay_neutral=change.stays_neutral,
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one customer stands on a change, from passages people chose and sentences the machine read.

    stage: a name of STAGES, None where nothing was said.
    firm: whether at least two passages carry it.
    ambivalence: Griffin's on the two amounts of talk, None unless both were heard.
    """

    said: list[Said]
    heard: list[Proposed]
    talk: Talk
    stage: str | None
    firm: bool
    ambivalence: float | None

    @property
    def telling(self) -> list[Proposed]:
        """What the machine read as speaking one way."""
        return [one for one in self.heard if one.heard.cell]

    @property
    def silent(self) -> int:
        """Sentences that speak neither way, or on which the coder abstained."""
        return len(self.heard) - len(self.telling)


def standing(
    change: Change, said: Sequence[Said], now: datetime, heard: Sequence[Proposed] = ()
) -> Standing:
    """What a customer's words say of a change; a sentence the coder abstained on counts for nothing."""
    listed = [(one.quote.said_at, _utterance(one)) for one in said]
    listed += [(one.heard.said_at, _read(one)) for one in heard if one.heard.talk]
    utterances = [utterance for _, utterance in listed]
    talk = measure_talk(utterances)
    mobilising = sum(
        u.confidence for u in utterances if u.talk == "change" and u.kind in MOBILISING
    )
    steps = [
        (now - at).total_seconds() / 86_400
        for at, utterance in listed
        if utterance.talk == "change" and utterance.kind == "taking_steps"
    ]
    read = stage_from_talk(
        np.array([talk.change - mobilising]),
        np.array([float(mobilising)]),
        np.array([talk.sustain]),
        np.array([min(steps) if steps else np.nan]),
        windows_for_cycle(change.cycle_days),
    )
    place = int(read.stage[0])
    return Standing(
        said=list(said),
        heard=list(heard),
        talk=talk,
        stage=STAGES[place] if place >= 0 else None,
        firm=bool(read.firm[0]),
        ambivalence=_torn(talk),
    )


def _torn(talk: Talk) -> float | None:
    return float(griffin_ambivalence([talk.change], [talk.sustain])[0]) if talk.both else None


def _read(one: Proposed) -> Utterance:
    heard = one.heard
    return Utterance(
        heard.said_at.timestamp(), heard.talk, heard.talk_kind or None, heard.talk_confidence
    )


def _utterance(one: Said) -> Utterance:
    quote: Quote = one.quote
    talk = "change" if Cell(quote.item.cell) in engine.FOR_CHANGE else "sustain"
    return Utterance(quote.said_at.timestamp(), talk, quote.talk_kind or None)


def followed(uses: Sequence[GuideUse]) -> list[Followed]:
    """What tended to follow each piece of the guide, the most used first."""
    try:
        return followed_by_change_talk([Used(use.piece, use.followed) for use in uses])
    except NoRatings:
        return []
