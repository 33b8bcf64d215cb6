"""The stage of a relationship's life, from behaviour and from words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from entregent.engine.evidence import DERIVED, conform
from entregent.engine.relationship.space import Floats

STAGES = ("awareness", "exploration", "expansion", "commitment", "decline")
"""Dwyer, Schurr and Oh 1987, J. Marketing 51, 11-27 (their dissolution is read with decline)."""

SPOKEN_STAGES = {
    "new": (0.3, 0.7, 0.0, 0.0, 0.0),
    "growing": (0.0, 0.1, 0.9, 0.0, 0.0),
    "established": (0.0, 0.0, 0.15, 0.85, 0.0),
    "declining": (0.0, 0.0, 0.0, 0.05, 0.95),
    "ended": (0.0, 0.0, 0.0, 0.0, 1.0),
}
"""Proposed: what a stage coded in a text says of the stages of a relationship."""

# Each rule says which stages it speaks for, in nats, when it is met. Proposed.
RULES = {
    "no_purchase": (3.0, 0.0, -2.0, -2.0, 0.0),
    "first_purchases": (-2.0, 2.5, 0.0, -1.0, 0.0),
    "on_trial": (0.0, 1.5, 0.0, -0.5, 0.0),
    "buys_more": (-3.0, -0.5, 2.5, 0.3, -1.0),
    "buys_more_kinds": (-3.0, -1.0, 1.2, 0.6, 0.0),
    "steady_pace": (-3.0, -1.0, 0.3, 2.0, -1.0),
    "contract_held": (-3.0, -0.3, 0.2, 1.5, 0.0),
    "renewed": (-3.0, -1.5, 0.3, 1.5, 0.0),
    "slowing": (-3.0, -1.0, -1.5, -1.0, 2.0),
    "long_silent": (-1.0, -0.5, -1.0, -1.0, 2.0),
    "complaint_open": (-1.0, 0.0, -0.3, -0.3, 0.8),
    "probably_gone": (-1.0, -0.5, -1.0, -1.5, 2.5),
}


@dataclass(frozen=True, slots=True)
class LifeStages:
    """Where each relationship stands in its life.

    stages: shape (customers, 5), probabilities in the order of STAGES, rows sum to 1.
    met: for each rule of RULES, shape (customers,), whether it is met.
    pieces: shape (customers,), rules met and texts that named a stage.
    """

    stages: Floats
    met: Mapping[str, NDArray[np.bool_]]
    pieces: Floats


def stage_words(coded_texts: ir.Table, at: datetime) -> ir.Table:
    """One row per customer who wrote: `customer_id` and `stage_<label>`, confidence-weighted counts.

    coded_texts: the derived contract of that name; texts after `at` or older than a year are left
    out, as a stage passes.
    """
    texts = conform(coded_texts, DERIVED["coded_texts"])
    age = int(at.timestamp()) - texts.at.epoch_seconds().cast("int64")
    past = texts.filter(age >= 0, age <= 365 * 86_400)
    confidence = past.stage_confidence.fill_null(1.0)
    return past.group_by("customer_id").aggregate(
        **{
            f"stage_{label}": ibis.ifelse(past.stage == label, confidence, 0.0)
            .cast("float64")
            .sum()
            for label in SPOKEN_STAGES
        }
    )


def stages_of_life(
    features: Mapping[str, Floats], *, alive: Floats | None = None, reliance: float = 0.75
) -> LifeStages:
    """The stage each relationship is likely in.

    features: columns of the behaviour table, and those of `stage_words` where texts were coded; NaN
    where unknown.
    alive: shape (customers,), probability that the customer still buys, where a purchase model
    gives it.
    reliance: how much a coded stage is taken at its word, 0 to 1.
    Returns probabilities: each rule met adds its nats, each coded text its log-likelihood.
    Source: stages after Dwyer, Schurr and Oh 1987; rules proposed.
    """
    met = _rules_met(features, alive)
    customers = len(features["purchases"])
    logits = np.zeros((customers, len(STAGES)))
    for rule, says in RULES.items():
        logits += met[rule][:, None] * np.array(says)
    pieces = sum((hit.astype(float) for hit in met.values()), start=np.zeros(customers))
    for label, says in SPOKEN_STAGES.items():
        if f"stage_{label}" not in features:
            continue
        count = np.nan_to_num(features[f"stage_{label}"])
        likelihood = np.log(reliance * np.array(says) + (1 - reliance) / len(STAGES))
        # Several texts that say the same thing are little more than one.
        logits += (count / (1 + 0.5 * np.maximum(count - 1, 0)))[:, None] * likelihood
        pieces = pieces + count
    return LifeStages(np.asarray(softmax(logits, axis=1)), met, pieces)


def _rules_met(
    features: Mapping[str, Floats], alive: Floats | None
) -> dict[str, NDArray[np.bool_]]:
    def known(name: str, unknown: float) -> Floats:
        column = features.get(name)
        if column is None:
            return np.full(len(features["purchases"]), unknown)
        return np.asarray(np.nan_to_num(np.asarray(column, float), nan=unknown))

    purchases, contracts = known("purchases", 0), known("contracts_in_force", 0)
    this_year, year_before = known("purchases_last_year", 0), known("purchases_year_before", 0)
    tenure, lateness = known("tenure_days", 0), known("lateness", np.nan)
    silent = known("days_since_last_purchase", np.nan)
    active = (purchases > 0) | (contracts > 0)
    two_years = tenure > 500
    gone = np.zeros(len(purchases), bool) if alive is None else np.nan_to_num(alive, nan=1) < 0.3
    return {
        "no_purchase": ~active,
        "first_purchases": active & (purchases <= 2) & (tenure < 400),
        "on_trial": active & (tenure < 90),
        "buys_more": two_years & (this_year >= 1.3 * year_before) & (this_year - year_before >= 2),
        "buys_more_kinds": known("products", 0) >= 3,
        "steady_pace": (purchases >= 4) & (lateness < 1.5) & (tenure > 300),
        "contract_held": (contracts > 0) & (tenure > 365),
        "renewed": (contracts > 0) & (tenure > 3 * 365),
        "slowing": two_years & (year_before >= 3) & (this_year <= 0.6 * year_before),
        "long_silent": (contracts == 0) & (purchases > 0) & ((lateness > 3) | (silent > 540)),
        "complaint_open": known("complaints_open", 0) > 0,
        "probably_gone": np.asarray(gone),
    }
