"""Rows of profiles: what the engine infers, and what people said instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from entregent.engine.relationship.attachment import QUADRANTS
from entregent.engine.relationship.kinds import KindPosterior, find_contradictions
from entregent.engine.relationship.life_cycle import STAGES
from entregent.engine.relationship.profiling import (
    CHOICE,
    ProfileModel,
    Profiles,
    profile_columns,
)
from entregent.engine.relationship.replies import facet_score
from entregent.engine.relationship.signals import read_signals
from entregent.engine.relationship.space import TREATMENTS, Floats, KindSpace
from entregent.engine.relationship.treatment import (
    Received,
    TreatmentGap,
    treatment_gap,
    treatment_received,
    wanted_columns,
)
from entregent.engine.relationship.trust import DIMENSIONS, trust_dimensions
from entregent.engine.relationship.words import SPEAKING_FAMILIES

LISTED = 0.5
"""Listed as treated otherwise than wished when that is more likely than not."""

TRACES = (
    "purchases", "contacts_in", "contacts_out_last_year", "complaints", "surveys_answered",
    "contracts_in_force", "contracts_ended", "tacit_agreements",
)  # fmt: skip
"""Counts of what a customer leaves behind; where all are nil, nothing is known of them."""

NO_GAP = {
    "treated_as": "", "treated_as_probability": None, "closeness": None, "closeness_error": None,
    "off": 0.0, "direction": 0,
}  # fmt: skip
"""What is said of the treatment of somebody of whom nothing is known."""

Columns = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Inferred:
    """A batch of customers: what was read, what the engine made of it, what people said instead."""

    ids: list[int]
    columns: Columns
    choices: list[str | None] | None
    profiles: Profiles
    shown: KindPosterior
    received: Received
    gap: TreatmentGap


def infer(batch: pa.RecordBatch, model: ProfileModel, said: Mapping[int, str]) -> Inferred:
    """Infer a batch of customers.

    said: customer → the kind a colleague gave them, which stands in for the inference wherever
    something follows from the kind.
    """
    columns = {
        name: np.asarray(
            batch.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False), float
        )
        for name in batch.schema.names
        if name not in {"customer_id", CHOICE}
    }
    choices = batch.column(CHOICE).to_pylist() if CHOICE in batch.schema.names else None
    ids = batch.column("customer_id").to_pylist()
    profiles = profile_columns(columns, batch.column("customer_id"), model, choices)
    received = treatment_received(read_signals(columns, model.treatment), model.treatment)
    shown = overruled(profiles.kinds, [said.get(pk) for pk in ids])
    gap = treatment_gap(shown, received, declared=wanted_columns(columns))
    return Inferred(ids, columns, choices, profiles, shown, received, gap)


def overruled(posterior: KindPosterior, said: Sequence[str | None]) -> KindPosterior:
    """The posterior, certain where a colleague named a kind that the catalogue holds."""
    space = posterior.space
    told = [(row, kind) for row, kind in enumerate(said) if kind in space.kinds]
    if not told:
        return posterior
    kinds = posterior.kinds.copy()
    for row, kind in told:
        kinds[row] = 0.0
        kinds[row, space.position(str(kind))] = 1.0
    return replace(posterior, kinds=kinds)


def profile_rows(
    inferred: Inferred, model: ProfileModel, said: Mapping[int, str], *, computed_at: datetime
) -> dict[str, Sequence[Any]]:
    """The batch as columns of Profile, each as long as the batch."""
    space, kinds = model.kinds.space, inferred.profiles.kinds
    order, chances = kinds.likeliest(3)
    families = kinds.families
    best = families.argmax(axis=1)
    # Never having complained tells something of somebody one hears from, nothing of a stranger.
    unheard = np.asarray(np.all([inferred.columns[name] == 0 for name in TRACES], axis=0))
    silent, of_family = unheard | kinds.abstains, unheard | kinds.family_abstains
    told = [said.get(pk, "") for pk in inferred.ids]
    told = [kind if kind in space.kinds else "" for kind in told]
    told_family = [space.family(kind) if kind else "" for kind in told]
    family = [space.families[rank] for rank in best]
    kind = [space.kinds[rank] for rank in order[:, 0]]
    stays, life = inferred.profiles.attachment, inferred.profiles.life
    quadrant = stays.quadrants.argmax(axis=1)
    unknown_why = np.asarray(np.isnan(stays.dedication.value) & np.isnan(stays.constraint.value))
    stage = life.stages.argmax(axis=1)
    trust = inferred.profiles.trust
    return {
        "customer_id": inferred.ids,
        "computed_at": [computed_at] * len(inferred.ids),
        "kind": kind,
        "kind_probability": _rounded(chances[:, 0]),
        "second_kind": [space.kinds[rank] for rank in order[:, 1]],
        "second_probability": _rounded(chances[:, 1]),
        "third_kind": [space.kinds[rank] for rank in order[:, 2]],
        "third_probability": _rounded(chances[:, 2]),
        "family": family,
        "family_probability": _rounded(families.max(axis=1)),
        "families": np.round(families, 4).tolist(),
        "abstains": silent.tolist(),
        "contradicts": find_contradictions(
            model.kinds, inferred.profiles.heard
        ).contradicted.tolist(),
        "pieces": np.where(unheard, 0, kinds.pieces).tolist(),
        "said_kind": told,
        "said_family": told_family,
        "shown_kind": [
            mine or ("" if unsure else its)
            for mine, its, unsure in zip(told, kind, silent.tolist(), strict=True)
        ],
        "shown_family": [
            mine or ("" if unsure else its)
            for mine, its, unsure in zip(told_family, family, of_family.tolist(), strict=True)
        ],
        "stage": [STAGES[rank] for rank in stage],
        "stage_probability": _rounded(life.stages.max(axis=1)),
        "trust": _rounded(trust.value),
        "trust_error": _rounded(trust.error),
        "trust_in": _trust_in(inferred.columns, model),
        "dedication": _rounded(stays.dedication.value),
        "dedication_low": _rounded(stays.dedication.low),
        "dedication_high": _rounded(stays.dedication.high),
        "constraint": _rounded(stays.constraint.value),
        "constraint_low": _rounded(stays.constraint.low),
        "constraint_high": _rounded(stays.constraint.high),
        "quadrant": [
            "" if unknown else QUADRANTS[rank]
            for rank, unknown in zip(quadrant, unknown_why.tolist(), strict=True)
        ],
        "quadrant_probability": _rounded(stays.quadrants.max(axis=1)),
        "known": _known(inferred, model),
        **{
            name: [
                NO_GAP.get(name, value) if none else value
                for value, none in zip(values, unheard.tolist(), strict=True)
            ]
            for name, values in gap_rows(inferred.gap, inferred.received, space).items()
        },
    }


def gap_rows(gap: TreatmentGap, received: Received, space: KindSpace) -> dict[str, Sequence[Any]]:
    """Wanted and given, as columns of Profile."""
    anything = np.asarray(~np.isnan(received.value).all(axis=1))
    # Nobody means to treat a customer as an enemy or a captive: only families one may choose count.
    valence = space.axis("valence")
    chosen = np.array(
        [valence[space.family_of == rank].mean() >= 0 for rank in range(len(space.families))]
    )
    treated_as = np.where(chosen, gap.treated_as, 0.0)
    treated_as /= np.maximum(treated_as.sum(axis=1, keepdims=True), 1e-12)
    as_whom = treated_as.argmax(axis=1)
    off = np.clip(gap.too_close + gap.too_distant, 0, 1)
    return {
        "treated_as": [
            space.families[rank] if known else ""
            for rank, known in zip(as_whom, anything.tolist(), strict=True)
        ],
        "treated_as_probability": _rounded(np.where(anything, treated_as.max(axis=1), np.nan)),
        "wanted": [_steps(row) for row in gap.wanted],
        "wanted_error": [_steps(row) for row in gap.wanted_error],
        "given": [_steps(row) for row in received.value],
        "given_error": [_steps(row) for row in received.error],
        "closeness": _rounded(gap.closeness),
        "closeness_error": _rounded(gap.closeness_error),
        "off": _rounded(off),
        "direction": gap.direction(LISTED).tolist(),
    }


def gap_if_overruled(
    given: Sequence[float | None],
    given_error: Sequence[float | None],
    known: Mapping[str, float],
    probabilities: NDArray[np.float64],
    model: ProfileModel,
) -> dict[str, Any]:
    """Wanted and given of one customer whose kinds are now thus likely, as values of Profile."""
    space = model.kinds.space
    received = Received(_row(given), _row(given_error))
    posterior = KindPosterior(space, probabilities[None, :], np.ones(1, np.int64), 0.0)
    declared = wanted_columns(
        {name: np.array([value]) for name, value in known.items() if isinstance(value, float | int)}
        or {"nothing": np.full(1, np.nan)}
    )
    rows = gap_rows(treatment_gap(posterior, received, declared=declared), received, space)
    return {name: values[0] for name, values in rows.items()}


def listened_to(model: ProfileModel) -> list[str]:
    """Columns that signals read or count by, what texts say, and what customers said they want."""
    signals = (*model.kinds.signals.signals, *model.treatment.signals)
    names = {signal.feature for signal in signals} | {s.pieces for s in signals if s.pieces}
    words = {"texts", "public_texts", *(f"ratio_{family}" for family in SPEAKING_FAMILIES)}
    return sorted(names | words | {f"treatment_wanted.{treatment}" for treatment in TREATMENTS})


def _known(inferred: Inferred, model: ProfileModel) -> list[dict[str, float | str]]:
    rows: list[dict[str, float | str]] = [{} for _ in inferred.ids]
    for name in listened_to(model):
        column = inferred.columns.get(name)
        if column is None:
            continue
        for rank in np.flatnonzero(~np.isnan(column)).tolist():
            rows[rank][name] = float(f"{column[rank]:.5g}")
    for row, choice in zip(rows, inferred.choices or [], strict=False):
        if choice:
            row[CHOICE] = choice
    return rows


def _trust_in(columns: Columns, model: ProfileModel) -> list[dict[str, list[float]]]:
    asked = {
        f"asked_{name}": score
        for name in DIMENSIONS
        if (score := facet_score(columns, model.facets.get(f"brand_trust.{name}", ()))) is not None
    }
    rows: list[dict[str, list[float]]] = [{} for _ in next(iter(columns.values()))]
    for name, scores in trust_dimensions({**columns, **asked}).items():
        for row in np.flatnonzero(~np.isnan(scores.value)).tolist():
            rows[row][name] = [
                round(float(figure[row]), 3) for figure in (scores.value, scores.low, scores.high)
            ]
    return rows


def _row(values: Sequence[float | None]) -> Floats:
    return np.array([[np.nan if value is None else value for value in values]], dtype=float)


def _steps(row: Floats) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 2) for value in row]


def _rounded(values: Floats) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 4) for value in values]
