"""Change talk and sustain talk about a declared change: how much, which way, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np
from scipy.stats import beta

from entregent.engine.errors import BrokenContract
from entregent.engine.estimates import Abstention, Estimate, normal_quantile
from entregent.engine.evidence import DERIVED, conform

PREPARATORY = ("desire", "ability", "reasons", "need", "other")
MOBILISING = ("commitment", "activation", "taking_steps")
"""DARN and CAT: Miller and Rollnick; codes after MISC 2.5."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something a customer said about the change.

    at: when, or its rank in a session.  talk: change, sustain or neutral.
    kind: one of PREPARATORY or MOBILISING, None where the words do not tell.
    confidence: the coder's, 0 to 1.
    """

    at: float
    talk: str
    kind: str | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Talk:
    """What one customer, or one session, said of a change.

    change, sustain: confidence-weighted counts.  by_kind: (talk, kind) to its count.
    share: change over change and sustain, 0 to 1, in which nothing said is an abstention.
    slope: rise of the signed score (+1 change, -1 sustain, 0 neutral) over the whole span, -2 to 2.
    last_third: `share` over the last third of what was said.
    first_commitment: when commitment, activation or a step towards the change was first heard.
    first_commitment_rank: how many utterances came before it.
    """

    change: float
    sustain: float
    by_kind: dict[tuple[str, str], float]
    share: Estimate | Abstention
    slope: Estimate | Abstention
    last_third: Estimate | Abstention
    first_commitment: float | None
    first_commitment_rank: int | None

    @property
    def both(self) -> bool:
        """Whether the customer was heard to speak both ways."""
        return self.change > 0 and self.sustain > 0


def measure_talk(utterances: Sequence[Utterance], *, confidence: float = 0.95) -> Talk:
    """Count what was said of a change, and how it moved.

    utterances: of one customer about one change, or of one session, neutral ones included, in any
    order; times that are equal keep the order given.
    `share` has Jeffreys' interval on the weighted counts; `slope` is a least-squares line on the
    rank of utterances, and abstains under three of them or when nothing speaks.
    Raises BrokenContract on a talk that is none of change, sustain and neutral, or a confidence
    outside 0 to 1.
    Source: counts and share CT / (CT + ST) after MISC 2.5 and CLEAR; slope after Amrhein 2003, who
    found that outcome follows the slope of commitment and not its mean.

    >>> said = [Utterance(0, "sustain"), Utterance(1, "change"), Utterance(2, "change")]
    >>> talk = measure_talk(said)
    >>> round(talk.share.value, 3), talk.slope.value
    (0.667, 2.0)
    """
    for said in utterances:
        if said.talk not in {"change", "sustain", "neutral"}:
            raise BrokenContract(f"talk is {said.talk!r}; it is change, sustain or neutral")
        if not 0 <= said.confidence <= 1:
            raise BrokenContract(f"confidence is {said.confidence}; it lies between 0 and 1")
    in_order = sorted(utterances, key=lambda said: said.at)
    change = sum(u.confidence for u in in_order if u.talk == "change")
    sustain = sum(u.confidence for u in in_order if u.talk == "sustain")
    by_kind: dict[tuple[str, str], float] = {}
    for said in in_order:
        if said.kind is not None and said.talk != "neutral":
            key = said.talk, said.kind
            by_kind[key] = by_kind.get(key, 0.0) + said.confidence
    last = in_order[-(-2 * len(in_order) // 3) :] if len(in_order) >= 3 else []
    commits = [
        rank for rank, u in enumerate(in_order) if u.talk == "change" and u.kind in MOBILISING
    ]
    return Talk(
        change=change,
        sustain=sustain,
        by_kind=by_kind,
        share=change_share(change, sustain, confidence=confidence),
        slope=_slope(in_order, confidence),
        last_third=change_share(
            sum(u.confidence for u in last if u.talk == "change"),
            sum(u.confidence for u in last if u.talk == "sustain"),
            confidence=confidence,
        ),
        first_commitment=in_order[commits[0]].at if commits else None,
        first_commitment_rank=commits[0] if commits else None,
    )


def change_share(
    change: float, sustain: float, *, confidence: float = 0.95
) -> Estimate | Abstention:
    """Change talk over change and sustain talk, 0 to 1, with Jeffreys' interval.

    Abstains when neither was heard. Raises BrokenContract on a negative count.
    Source: MISC 2.5; CLEAR summary score.

    >>> change_share(1102, 478).value.__round__(4)
    0.6975
    """
    if change < 0 or sustain < 0:
        raise BrokenContract("counts of talk are never negative")
    total = change + sustain
    if total == 0:
        return Abstention("nothing was said for or against the change", 0, 1)
    tail = (1 - confidence) / 2
    bounds = beta.ppf(np.array([tail, 1 - tail]), change + 0.5, sustain + 0.5)
    share = change / total
    error = float((share * (1 - share) / total) ** 0.5)
    low, high = min(float(bounds[0]), share), max(float(bounds[1]), share)
    return Estimate(share, error, round(total), low, high, confidence, "Jeffreys")


def _slope(in_order: Sequence[Utterance], confidence: float) -> Estimate | Abstention:
    n = len(in_order)
    score = np.array([{"change": 1.0, "sustain": -1.0}.get(u.talk, 0.0) for u in in_order])
    weight = np.array([u.confidence for u in in_order])
    if n < 3 or not np.any(score * weight):
        return Abstention("too little was said to see it move", n, 3)
    time = np.linspace(0.0, 1.0, n)
    centred = time - np.average(time, weights=weight) if weight.sum() > 0 else time
    spread = float((weight * centred**2).sum())
    if spread == 0:
        return Abstention("too little was said to see it move", n, 3)
    middle = float(np.average(score, weights=weight))
    slope = float((weight * centred * (score - middle)).sum() / spread)
    left = score - middle - slope * centred
    # Residuals spread at least as a fair coin's rounding would: few utterances never look certain.
    noise = float((weight * left**2).sum()) / max(float(weight.sum()) - 2, 1.0)
    error = (max(noise, 1.0 / n**2) / spread) ** 0.5
    reach = normal_quantile(confidence) * error
    clipped = min(max(slope, -2.0), 2.0)
    return Estimate(
        clipped,
        error,
        n,
        max(clipped - reach, -2.0),
        min(clipped + reach, 2.0),
        confidence,
        "least squares on rank",
    )


TALK = (
    "change",
    "sustain",
    "change_preparatory",
    "change_mobilising",
    "sustain_mobilising",
    "steps",
    "last_step_days",
    "last_said_days",
    "early_change",
    "early_sustain",
    "late_change",
    "late_sustain",
)
"""Columns of the talk table after `customer_id`."""


def talk_features(coded_segments: ir.Table, at: datetime, target: str) -> ir.Table:
    """One row per customer who spoke of a declared change: `customer_id` and the columns of TALK.

    coded_segments: the derived contract of that name; segments after `at` are left out.
    target: the change's key, as coders wrote it in `target`.
    Counts are confidence-weighted; `early_` and `late_` are the first and second half of what the
    customer said, so that the move shows; days are before `at`, null where never.
    """
    segments = conform(coded_segments, DERIVED["coded_segments"])
    said = segments.filter(segments.at <= ibis.literal(at), segments.target == target)
    text = [said.interaction_id, said.response_id, said.item]
    order = ibis.window(group_by=said.customer_id, order_by=[said.at, *text, said.position])
    whole = ibis.window(group_by=said.customer_id)
    ranked = said.mutate(rank=ibis.row_number().over(order), said=ibis._.count().over(whole))
    confidence = ranked.talk_confidence.fill_null(1.0)
    talk, kind = ranked.talk.fill_null(""), ranked.talk_kind.fill_null("")
    late = ranked["rank"] * 2 >= ranked["said"]
    age = (int(at.timestamp()) - ranked.at.epoch_seconds().cast("int64")) / 86_400

    def weight(condition: ir.BooleanValue) -> ir.FloatingScalar:
        return ibis.ifelse(condition, confidence, 0.0).cast("float64").sum()

    change, sustain = talk == "change", talk == "sustain"
    step = change & (kind == "taking_steps")
    return ranked.group_by("customer_id").aggregate(
        change=weight(change),
        sustain=weight(sustain),
        change_preparatory=weight(change & kind.notin(MOBILISING)),
        change_mobilising=weight(change & kind.isin(MOBILISING)),
        sustain_mobilising=weight(sustain & kind.isin(MOBILISING)),
        steps=weight(step),
        last_step_days=age.cast("float64").min(where=step),
        last_said_days=age.cast("float64").min(where=change | sustain),
        early_change=weight(change & ~late),
        early_sustain=weight(sustain & ~late),
        late_change=weight(change & late),
        late_sustain=weight(sustain & late),
    )
