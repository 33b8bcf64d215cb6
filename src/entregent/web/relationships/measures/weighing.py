"""What speaks for and against one customer's kind, what to ask, and what holds them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from entregent.engine.relationship.attachment import Constraint, Judgement, judge_constraint
from entregent.engine.relationship.kinds import (
    Heard,
    Question,
    infer_kinds,
    information_gained,
    scale_question,
    weigh_evidence,
)
from entregent.engine.relationship.profiling import CHOICE, ProfileModel, hear
from entregent.engine.relationship.votes import metaphor_vote
from entregent.engine.relationship.words import SPEAKING_FAMILIES
from entregent.web.evidence.models import Agreement
from entregent.web.relationships.models import Profile

TELLING = 0.05
"""In nats: what weighs less is not worth a line."""
TEXTS = "texts"
READ_FROM = {"metaphor": CHOICE, "family": TEXTS, "public": "public_texts"}
"""Vote → the column it was read from."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing known, and how much it speaks for the family shown (above zero) or against it.

    name: the signal or vote. feature: the column it was read from. value: of that column; of whole
    texts, the family they speak for.
    """

    name: str
    source: str
    feature: str
    value: float | str | None
    weight: float


def heard_of(profile: Profile, model: ProfileModel) -> Heard:
    """What was heard of a customer, from what the profile keeps of the evidence."""
    known = {
        name: np.array([float(value)])
        for name, value in profile.known.items()
        if isinstance(value, float | int)
    }
    choice = profile.known.get(CHOICE)
    return hear(known or {"nothing": np.full(1, np.nan)}, model, [choice] if choice else None)


def kinds_believed(profile: Profile, model: ProfileModel) -> NDArray[np.float64]:
    """A probability for every kind: a colleague's word where there is one, else the inference."""
    space = model.kinds.space
    if profile.said_kind in space.kinds:
        certain = np.zeros(len(space.kinds))
        certain[space.position(profile.said_kind)] = 1.0
        return certain
    return np.asarray(infer_kinds(model.kinds, heard_of(profile, model)).kinds[0])


def weighed(profile: Profile, model: ProfileModel, family: str) -> list[Piece]:
    """Every telling piece of evidence, weighed for a family against all others, heaviest first.

    A piece weighs the ln of how much more often it is seen with the family than over everybody.
    """
    space, prior = model.kinds.space, model.kinds.prior
    mine = space.family_of == space.families.index(family)
    share = prior[mine] / prior[mine].sum()
    features = {signal.name: signal.feature for signal in model.kinds.signals.signals}
    pieces = []
    for weight in weigh_evidence(model.kinds, heard_of(profile, model)):
        says = float(logsumexp(weight.for_kinds[mine], b=share))
        if abs(says) < TELLING:
            continue
        feature = features.get(weight.name) or READ_FROM[weight.name]
        value = profile.known.get(feature)
        if feature == TEXTS:
            value = family if says > 0 else _read_most(profile)
        pieces.append(Piece(weight.name, weight.source, feature, value, says))
    return sorted(pieces, key=lambda piece: -abs(piece.weight))


def _read_most(profile: Profile) -> str:
    """The family that a customer's texts speak for most."""
    return max(SPEAKING_FAMILIES, key=lambda family: profile.known.get(f"ratio_{family}", 0.0))


METAPHOR = "metaphor"


def worth_asking(profile: Profile, model: ProfileModel) -> list[tuple[str, float]]:
    """Questions not yet answered, by how much each would tell, in bits, the best first.

    Names are `metaphor` or an axis of the relationship.
    """
    space = model.kinds.space
    kinds = kinds_believed(profile, model)[None, :]
    asked = [
        scale_question(axis, axis, space)
        for axis in ("valence", "intensity", "power", "cooperation", "formality")
        if f"relationship.{axis}" not in profile.known
    ]
    if CHOICE not in profile.known:
        vote = metaphor_vote(np.arange(len(space.kinds)), space, hit=model.metaphor_hit)
        asked.append(Question(METAPHOR, np.exp(vote.log_likelihood)))
    if not asked:
        return []
    gains = information_gained(kinds, asked)[0]
    return sorted(
        zip([question.name for question in asked], gains.tolist(), strict=True),
        key=lambda pair: -pair[1],
    )


def ties(agreements: Sequence[Agreement]) -> list[tuple[Agreement, Judgement]]:
    """Each contract constraint in force, with whether it works as a trap or as a pledge.

    What a tie gives in return is not recorded yet, so most are unclear and say what to find out.
    """
    return [
        (row, judge_constraint(Constraint(row.text, kept=row.kept)))
        for row in agreements
        if row.kind in {Agreement.Kind.EXIT_FEE, Agreement.Kind.CONTRACT}
    ]
