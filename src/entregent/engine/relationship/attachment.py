"""Wanting to stay and having to stay: two scores, four quadrants, and what each tie gives back."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from entregent.engine.errors import BrokenContract, TooFewRespondents
from entregent.engine.estimates import Estimate
from entregent.engine.relationship.scores import Scores, Witness, from_balance, pooled_score
from entregent.engine.relationship.space import Floats
from entregent.engine.relationship.weighing import weighted_share

QUADRANTS = ("dedicated", "bonded", "captive", "free")


@dataclass(frozen=True, slots=True)
class Attachment:
    """Why each customer stays.

    dedication, constraint: scores between 0 and 1.
    quadrants: shape (customers, 4), probabilities in the order of QUADRANTS, rows sum to 1: wants
    to stay and is free; wants to and is held; does not want to and is held; neither.
    """

    dedication: Scores
    constraint: Scores
    quadrants: Floats

    @property
    def balance(self) -> Floats:
        """(dedication - constraint) / (dedication + constraint), -1 to 1; NaN where one is unknown."""
        d, c = self.dedication.value, self.constraint.value
        return np.asarray((d - c) / (d + c))


def attachment(
    features: Mapping[str, Floats], *, middle: float = 0.5, confidence: float = 0.95
) -> Attachment:
    """How far each customer wants to stay, and how far they have to.

    features, each silent where absent or NaN: `asked_dedication` and `asked_constraint` between 0
    and 1 (facets of the attachment scale, worth 4); `movement_balance` with `movement_spoken` and
    `benevolence_balance` with `benevolence_spoken` from words; `recommends` between 0 and 1
    (worth 2); `contracts_in_force`, `contract_days_left`, `exit_fees_in_force`; `captive_words`
    between 0 and 1 with `captive_spoken`.
    Without any contract known, nothing is said of constraint by behaviour: absence of a record is
    not freedom, unless `contracts_known` says that the firm records all its contracts.
    middle: the score that parts the quadrants.
    Source: two motives after Bendapudi and Berry 1997; index and quadrants proposed.
    """
    customers = len(next(iter(features.values())))
    dedication = pooled_score(_wanting(features), customers, confidence=confidence)
    constraint = pooled_score(_having_to(features), customers, confidence=confidence)
    wants, held = dedication.above(middle), constraint.above(middle)
    quadrants = np.stack(
        [wants * (1 - held), wants * held, (1 - wants) * held, (1 - wants) * (1 - held)], axis=1
    )
    return Attachment(dedication, constraint, quadrants)


def _wanting(features: Mapping[str, Floats]) -> list[Witness]:
    witnesses = []
    if "asked_dedication" in features:
        witnesses.append(Witness("asked", features["asked_dedication"], 4.0))
    if "recommends" in features:
        witnesses.append(Witness("recommends", features["recommends"], 2.0))
    for name in ("movement", "benevolence"):
        if f"{name}_balance" in features:
            worth = np.nan_to_num(features[f"{name}_spoken"])
            witnesses.append(Witness(name, from_balance(features[f"{name}_balance"]), worth))
    return witnesses


def _having_to(features: Mapping[str, Floats]) -> list[Witness]:
    witnesses = []
    if "asked_constraint" in features:
        witnesses.append(Witness("asked", features["asked_constraint"], 4.0))
    if "captive_words" in features:
        worth = np.nan_to_num(features["captive_spoken"])
        witnesses.append(Witness("words", features["captive_words"], worth))
    contracts = np.nan_to_num(features.get("contracts_in_force", np.zeros(1)))
    fees = np.nan_to_num(features.get("exit_fees_in_force", np.zeros(1)))
    recorded = (contracts + fees > 0) | np.asarray(
        np.nan_to_num(features.get("contracts_known", np.zeros(1))) > 0
    )
    if recorded.any():
        left = np.nan_to_num(features.get("contract_days_left", np.zeros(1)))
        term = np.clip(left / 365.0, 0, 1)
        held = np.where(fees > 0, 0.55 + 0.35 * term, 0.10 + 0.40 * term)
        customers = len(next(iter(features.values())))
        held, recorded = np.broadcast_to(held, customers), np.broadcast_to(recorded, customers)
        witnesses.append(Witness("contract", np.where(recorded, held, np.nan), 3.0))
    return witnesses


class Verdict(StrEnum):
    TRAP = "trap"
    PLEDGE = "pledge"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Constraint:
    """One tie that holds a customer.

    gives: whether something is promised in return for it; None where the firm did not say.
    gives_now: whether that is already received today; a pledge is real and immediate.
    kept: whether what was promised in return was kept so far; None while it is not due.
    told_before: whether the customer was told of it before agreeing.
    words_against, words_for: confidence-weighted counts of what the customer said of it.
    """

    name: str
    gives: bool | None = None
    gives_now: bool | None = None
    kept: bool | None = None
    told_before: bool | None = None
    words_against: float = 0.0
    words_for: float = 0.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a tie works for the customer, and why.

    reasons: names of the facts it rests on, the telling ones first.
    """

    verdict: Verdict
    reasons: tuple[str, ...]


def judge_constraint(tie: Constraint) -> Judgement:
    """Whether a tie works as a trap or as a pledge.

    A pledge gives the customer something real, now, that was kept, and that the customer does not
    speak against. A trap gives nothing, or broke what it gave, or was not told, or is spoken
    against. Anything else is unclear, and says what should be found out.
    Source: after Gauzente, Julienne, N'Goala and Stevens 2012 (constraint as trap or as pledge);
    the rule is proposed.

    >>> judge_constraint(Constraint("24 months", gives=True, gives_now=True, kept=True)).verdict
    <Verdict.PLEDGE: 'pledge'>
    >>> judge_constraint(Constraint("exit fee", gives=False)).verdict
    <Verdict.TRAP: 'trap'>
    """
    if tie.words_against < 0 or tie.words_for < 0:
        raise BrokenContract("counts of words are never negative")
    against = {
        "promise_broken": tie.kept is False,
        "not_told_before": tie.told_before is False,
        "gives_nothing": tie.gives is False,
        "gives_later_only": tie.gives is True and tie.gives_now is False,
        "spoken_against": tie.words_against > max(1.0, tie.words_for),
    }
    reasons = tuple(name for name, true in against.items() if true)
    if reasons:
        return Judgement(Verdict.TRAP, reasons)
    if tie.gives and tie.gives_now:
        spoken_for = ("spoken_for",) if tie.words_for > tie.words_against else ()
        kept = ("kept",) if tie.kept else ()
        return Judgement(Verdict.PLEDGE, ("gives_now", *kept, *spoken_for))
    missing = {
        "unknown_what_it_gives": tie.gives is None,
        "unknown_whether_received": tie.gives is True and tie.gives_now is None,
    }
    return Judgement(Verdict.UNCLEAR, tuple(name for name, true in missing.items() if true))


@dataclass(frozen=True, slots=True)
class RetentionSplit:
    """Retention, never without why.

    overall: share of customers who stayed.
    by_quadrant: for each quadrant, share who stayed among its customers.
    stayers: for each quadrant, its share among those who stayed.
    """

    overall: Estimate
    by_quadrant: Mapping[str, Estimate]
    stayers: Mapping[str, float]


def retention_split(stayed: NDArray[np.bool_], quadrants: Floats) -> RetentionSplit:
    """Retention by reason for staying.

    stayed: shape (customers,).  quadrants: shape (customers, 4), probabilities before the period.
    Customers count in each quadrant by its probability; standard errors take the weights as known.
    Raises TooFewRespondents when there is no customer, BrokenContract when shapes differ.
    """
    if len(stayed) == 0:
        raise TooFewRespondents(0, 1)
    if quadrants.shape != (len(stayed), len(QUADRANTS)):
        raise BrokenContract(f"quadrants have shape {quadrants.shape}")
    kept = stayed.astype(float)
    shares = quadrants[stayed].sum(axis=0)
    total = max(float(shares.sum()), 1e-12)
    return RetentionSplit(
        overall=weighted_share(kept, np.ones(len(kept))),
        by_quadrant={q: weighted_share(kept, quadrants[:, i]) for i, q in enumerate(QUADRANTS)},
        stayers={q: float(shares[i]) / total for i, q in enumerate(QUADRANTS)},
    )
