"""Trust: what it rests on (credibility, integrity, benevolence), and at which level it stands."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from entregent.engine.errors import BrokenContract
from entregent.engine.estimates import Abstention, Estimate
from entregent.engine.relationship.scores import Scores, Witness, from_balance, pooled_score
from entregent.engine.relationship.space import Floats

LEVELS = ("trade", "brand", "person")
DIMENSIONS = ("credibility", "integrity", "benevolence")

WORTH_OF_A_SCALE = 4.0
"""Proposed: a facet of two or three items answered counts for four coded segments."""


def trust_dimensions(
    features: Mapping[str, Floats], *, confidence: float = 0.95
) -> dict[str, Scores]:
    """Credibility, integrity and benevolence, each between 0 and 1.

    features: `<dimension>_balance` and `<dimension>_spoken` from `words.word_features`;
    `asked_<dimension>` between 0 and 1 where the scale was answered; `promises_kept` and
    `promises_broken`, which speak of credibility. Absent columns are silent.
    Source: dimensions of Gurviez and Korchia 2002; pooling proposed.
    """
    customers = len(next(iter(features.values())))
    pooled = {}
    for dimension in DIMENSIONS:
        witnesses = _words_and_scale(features, dimension, customers)
        if dimension == "credibility":
            witnesses += _promises(features)
        pooled[dimension] = pooled_score(witnesses, customers, confidence=confidence)
    return pooled


def trust_levels(features: Mapping[str, Floats], *, confidence: float = 0.95) -> dict[str, Scores]:
    """Trust in the trade, in the brand and in the people, each between 0 and 1.

    features: as for `trust_dimensions`, with `interpersonal_balance` and `interpersonal_spoken`
    (how people were treated as persons) and `asked_trade`, `asked_brand`, `asked_person`.
    The trade is only known where it was asked. Source: proposed.
    """
    customers = len(next(iter(features.values())))
    brand = [
        witness
        for dimension in DIMENSIONS
        for witness in _words_and_scale(features, dimension, customers)
    ] + _promises(features)
    witnesses = {
        "trade": _asked(features, "trade"),
        "brand": brand + _asked(features, "brand"),
        "person": _said(features, "interpersonal") + _asked(features, "person"),
    }
    return {
        level: pooled_score(witnesses[level], customers, confidence=confidence) for level in LEVELS
    }


def _words_and_scale(features: Mapping[str, Floats], name: str, customers: int) -> list[Witness]:
    if any(len(column) != customers for column in features.values()):
        raise BrokenContract("columns of features have different lengths")
    return _said(features, name) + _asked(features, name)


def _said(features: Mapping[str, Floats], name: str) -> list[Witness]:
    if f"{name}_balance" not in features:
        return []
    worth = np.nan_to_num(features[f"{name}_spoken"])
    return [Witness(f"words:{name}", from_balance(features[f"{name}_balance"]), worth)]


def _asked(features: Mapping[str, Floats], name: str) -> list[Witness]:
    if f"asked_{name}" not in features:
        return []
    return [Witness(f"asked:{name}", features[f"asked_{name}"], WORTH_OF_A_SCALE)]


def _promises(features: Mapping[str, Floats]) -> list[Witness]:
    if "promises_kept" not in features or "promises_broken" not in features:
        return []
    kept = np.nan_to_num(features["promises_kept"])
    told = kept + np.nan_to_num(features["promises_broken"])
    share = np.divide(kept, told, out=np.full(len(kept), np.nan), where=told > 0)
    return [Witness("promises", share, told)]


@dataclass(frozen=True, slots=True)
class OverallTrust:
    """Trust as one figure per customer.

    value, error: shape (customers,), between 0 and 1; NaN where no level is known.
    weights: shape (customers, levels), what each level counted for; rows sum to 1.
    """

    value: Floats
    error: Floats
    weights: Floats


def overall_trust(
    levels: Mapping[str, Scores],
    stages: Floats,
    weights: Floats,
    *,
    transactional: Floats | None = None,
    moved: float = 0.5,
) -> OverallTrust:
    """The three levels weighed by the stage of the relationship.

    stages: shape (customers, stages), probabilities.
    weights: shape (stages, levels), rows sum to 1: the catalogue's editable defaults.
    transactional: shape (customers,), probability that the relationship is one of plain exchange;
    there, `moved` of the weight of people goes to the brand.
    A level of which nothing is known gives its weight to the others.
    Source: levels and stages after Gauzente, Julienne, N'Goala and Stevens 2012; figures proposed.
    """
    if weights.shape != (stages.shape[1], len(LEVELS)) or not np.allclose(weights.sum(axis=1), 1):
        raise BrokenContract("weights must be one row per stage, summing to 1 over the levels")
    mine = stages @ weights
    if transactional is not None:
        shift = mine[:, 2] * moved * transactional
        mine = mine + np.stack([np.zeros_like(shift), shift, -shift], axis=1)
    value = np.stack([levels[level].value for level in LEVELS], axis=1)
    error = np.stack([levels[level].error for level in LEVELS], axis=1)
    known = ~np.isnan(value)
    mine = np.where(known, mine, 0.0)
    total = mine.sum(axis=1, keepdims=True)
    mine = np.divide(mine, total, out=np.zeros_like(mine), where=total > 0)
    anyone = known.any(axis=1)
    whole = (mine * np.nan_to_num(value)).sum(axis=1)
    doubt = np.sqrt(((mine * np.nan_to_num(error)) ** 2).sum(axis=1))
    return OverallTrust(np.where(anyone, whole, np.nan), np.where(anyone, doubt, np.nan), mine)


def estimated_weights(
    commitment: Floats,
    levels: Floats,
    stage: NDArray[np.intp],
    *,
    stages: int,
    needed: int = 60,
) -> list[list[Estimate] | Abstention]:
    """What the firm's own answers say of the weights, one row of three estimates per stage.

    commitment: shape (respondents,).  levels: shape (respondents, 3), in the order of LEVELS.
    stage: shape (respondents,), position of the stage.
    Weights are non-negative least-squares slopes on centred answers, divided by their sum; standard
    errors by a delete-a-tenth jackknife. A stage with fewer than `needed` respondents, or where no
    level goes with commitment, abstains.
    """
    rows: list[list[Estimate] | Abstention] = []
    for rank in range(stages):
        mine = stage == rank
        n = int(mine.sum())
        if n < needed:
            rows.append(Abstention("too few respondents at this stage", n, needed))
            continue
        weights = _slopes(commitment[mine], levels[mine])
        if weights is None:
            rows.append(Abstention("no level of trust goes with commitment", n))
            continue
        tenths = np.arange(n) % 10
        left_out = [
            _slopes(commitment[mine][tenths != t], levels[mine][tenths != t]) for t in range(10)
        ]
        kept = np.array([w for w in left_out if w is not None])
        error = np.sqrt((len(kept) - 1) / len(kept) * ((kept - kept.mean(0)) ** 2).sum(0))
        rows.append(
            [
                Estimate(
                    w, e, n, max(0.0, w - 1.96 * e), min(1.0, w + 1.96 * e), method="jackknife"
                )
                for w, e in zip(weights.tolist(), error.tolist(), strict=True)
            ]
        )
    return rows


def _slopes(commitment: Floats, levels: Floats) -> Floats | None:
    slopes, _ = nnls(levels - levels.mean(axis=0), commitment - commitment.mean())
    total = slopes.sum()
    return np.asarray(slopes / total) if total > 0 else None
