"""Votes: evidence that speaks of kinds or families directly, without passing through an axis."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from entregent.engine.errors import BrokenContract
from entregent.engine.relationship.space import Floats, KindSpace


@dataclass(frozen=True, slots=True)
class Vote:
    """One source's direct evidence.

    log_likelihood: shape (customers, kinds), natural logarithms up to a constant per customer; a
    row of zeros says nothing.
    spoken: shape (customers,), whether there was anything to say.
    """

    name: str
    source: str
    log_likelihood: Floats
    spoken: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.log_likelihood.shape[0] != self.spoken.shape[0]:
            raise BrokenContract(
                f"vote {self.name}: {self.log_likelihood.shape[0]} rows, "
                f"{self.spoken.shape[0]} marks of having spoken"
            )


def metaphor_vote(
    choice: NDArray[np.intp], space: KindSpace, *, hit: float = 0.55, reach: float = 1.0
) -> Vote:
    """What a customer's own choice of metaphor says of each kind.

    choice: shape (customers,), position of the kind chosen, -1 where the question was not answered.
    hit: probability that somebody of a kind chooses that kind's metaphor; the rest of the time a
    near one is chosen, nearness falling as exp(-distance^2 / (2 reach^2)) over axes scaled to one.
    `hit` and `reach` are proposed; `calibration.measured_hit` estimates `hit`.
    """
    if not 0 < hit < 1:
        raise BrokenContract(f"hit is {hit}; it lies between 0 and 1")
    width = np.diff(space.ranges, axis=1).ravel()
    place = space.coordinates / width
    distance = ((place[:, None, :] - place[None, :, :]) ** 2).sum(axis=2)
    near = np.exp(-distance / (2 * reach**2))
    np.fill_diagonal(near, 0.0)
    chosen_given_kind = (1 - hit) * near / near.sum(axis=1, keepdims=True)
    np.fill_diagonal(chosen_given_kind, hit)

    spoken = choice >= 0
    log_likelihood = np.zeros((len(choice), len(space.kinds)))
    log_likelihood[spoken] = np.log(chosen_given_kind[:, choice[spoken]]).T
    return Vote("metaphor", "survey", log_likelihood, spoken)


def family_vote(
    log_ratio: Floats, texts: Floats, space: KindSpace, *, overlap: float = 0.5
) -> Vote:
    """What coded texts say of each family.

    log_ratio: shape (customers, families of the space), for each customer the sum over texts of how
    much likelier each is under a family, in logarithms; see `words.family_evidence`.
    texts: shape (customers,), how many texts were summed; what one person writes repeats itself, so
    the sum is divided by 1 + (texts - 1) * overlap.
    """
    if log_ratio.shape != (len(texts), len(space.families)):
        raise BrokenContract(
            f"log_ratio has shape {log_ratio.shape}, {(len(texts), len(space.families))} is needed"
        )
    spoken = texts > 0
    shrink = 1.0 + np.maximum(texts - 1, 0) * overlap
    per_family = np.where(spoken[:, None], np.nan_to_num(log_ratio) / shrink[:, None], 0.0)
    return Vote("family", "text", per_family[:, space.family_of], spoken)


def public_vote(spoke: NDArray[np.bool_], odds: Floats, space: KindSpace) -> Vote:
    """What it says of customers that they spoke of the firm in public at all.

    spoke: shape (customers,); having kept silent is what most do and says nothing.
    odds: shape (families of the space,), how much oftener than others each family speaks.
    """
    log_likelihood = np.where(spoke[:, None], np.log(odds)[space.family_of], 0.0)
    return Vote("public", "text", log_likelihood, spoke)
