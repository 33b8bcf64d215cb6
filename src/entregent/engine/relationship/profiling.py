"""From evidence tables to one profile per customer, in batches of constant memory.

`customer_table` is one Ibis expression, the same on DuckDB and on Spark; `profile_columns` turns a
batch of its rows into profiles with arrays alone, so it can also be handed to an engine that maps
over Arrow batches.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from entregent.engine.errors import BrokenContract
from entregent.engine.relationship.attachment import Attachment, attachment
from entregent.engine.relationship.features import Evidence, behaviour_features
from entregent.engine.relationship.kinds import Heard, KindModel, KindPosterior, infer_kinds
from entregent.engine.relationship.life_cycle import STAGES, LifeStages, stage_words, stages_of_life
from entregent.engine.relationship.replies import (
    FacetItem,
    facet_score,
    latest_choice,
    latest_replies,
)
from entregent.engine.relationship.signals import SignalModel, read_signals
from entregent.engine.relationship.space import Floats
from entregent.engine.relationship.treatment import (
    TreatmentGap,
    treatment_features,
    treatment_gap,
    treatment_received,
    wanted_columns,
)
from entregent.engine.relationship.trust import OverallTrust, overall_trust, trust_levels
from entregent.engine.relationship.votes import family_vote, metaphor_vote, public_vote
from entregent.engine.relationship.words import (
    SPEAKING_FAMILIES,
    Listening,
    family_evidence,
    word_features,
)

CHOICE = "metaphor_choice"


@dataclass(frozen=True, slots=True)
class ProfileModel:
    """All that is needed to profile customers, before hearing about any.

    kinds: the model of kinds.  treatment: signals of what the firm does.
    trust_weights: shape (stages, levels).
    facets: `instrument.facet` to its items.
    metaphors: (instrument, item) of the questions answered by a kind of relationship.
    metaphor_names: what customers may answer (ids, names in any language, in lower case) to the
    kind's id.
    items: numeric answers to read.  read_as: the firm's own items that stand in for a column.
    listening: how far texts speak of the bond.
    text_shares: what an average text of the firm says of each family; see `words.text_shares`.
    version: names and versions of the catalogues, kept with every profile.
    """

    kinds: KindModel
    treatment: SignalModel
    trust_weights: Floats
    facets: Mapping[str, Sequence[FacetItem]]
    items: Sequence[tuple[str, str | None]]
    metaphors: Sequence[tuple[str, str]] = (("relationship", "metaphor"),)
    metaphor_names: Mapping[str, str] = field(default_factory=dict)
    metaphor_hit: float = 0.55
    read_as: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    moved_to_brand: float = 0.5
    middle: float = 0.5
    listening: Listening = field(default_factory=Listening)
    text_shares: Mapping[str, float] = field(default_factory=dict)
    version: str = ""


def customer_table(
    evidence: Evidence,
    at: datetime,
    model: ProfileModel,
    *,
    utc_offset_hours: int = 1,
) -> ir.Table:
    """One row per customer with all that is known, as one expression.

    evidence: tables of the evidence contract, and `coded_segments` and `coded_texts` where texts
    were coded; `customers` is needed, others may be absent.
    """
    parts = [behaviour_features(evidence, at, utc_offset_hours=utc_offset_hours)]
    if "interactions" in evidence:
        parts.append(treatment_features(evidence, at))
    if "answers" in evidence:
        parts.append(latest_replies(evidence["answers"], at, model.items, read_as=model.read_as))
        choice = latest_choice(evidence["answers"], at, model.metaphors)
        parts.append(choice.rename({CHOICE: "choice"}))
    if "coded_segments" in evidence:
        parts.append(word_features(evidence["coded_segments"], at))
    if "coded_texts" in evidence:
        parts += [
            family_evidence(
                evidence["coded_texts"],
                at,
                model.listening,
                interactions=evidence.get("interactions"),
                shares=model.text_shares or None,
            ),
            stage_words(evidence["coded_texts"], at),
        ]
    joined = parts[0]
    for part in parts[1:]:
        other = part.rename(other_id="customer_id")
        joined = joined.left_join(other, joined.customer_id == other.other_id).drop("other_id")
    return joined


@dataclass(frozen=True, slots=True)
class Profiles:
    """What is inferred about a batch of customers; every array has one row per customer."""

    customer_id: pa.Array
    heard: Heard
    kinds: KindPosterior
    life: LifeStages
    trust: OverallTrust
    attachment: Attachment
    gap: TreatmentGap | None


def profile_columns(
    columns: Mapping[str, Floats],
    customer_id: pa.Array,
    model: ProfileModel,
    choices: Sequence[str | None] | None = None,
) -> Profiles:
    """Profile a batch.

    columns: numeric columns of `customer_table`, NaN where unknown.
    choices: words of the metaphor question, None where not answered.
    """
    heard = hear(columns, model, choices)
    kinds = infer_kinds(model.kinds, heard)
    life = stages_of_life(columns)
    asked = _asked(columns, model)
    functional = kinds.families @ model.kinds.space.functional.astype(float)
    trust = overall_trust(
        trust_levels({**columns, **asked}),
        life.stages,
        model.trust_weights,
        transactional=functional,
        moved=model.moved_to_brand,
    )
    gap = None
    if "contacts_out_per_year" in columns:
        received = treatment_received(read_signals(columns, model.treatment), model.treatment)
        gap = treatment_gap(kinds, received, declared=wanted_columns(columns))
    stays = attachment({**columns, **asked}, middle=model.middle)
    return Profiles(customer_id, heard, kinds, life, trust, stays, gap)


def hear(
    columns: Mapping[str, Floats],
    model: ProfileModel,
    choices: Sequence[str | None] | None = None,
) -> Heard:
    """Everything that speaks of the kind of relationship, read from columns."""
    space = model.kinds.space
    readings = read_signals(columns, model.kinds.signals)
    votes = []
    if choices is not None:
        picked = metaphor_positions(choices, model)
        votes.append(metaphor_vote(picked, space, hit=model.metaphor_hit))
    if "texts" in columns:
        ratios = np.stack(
            [
                np.nan_to_num(columns[f"ratio_{family}"])
                if family in SPEAKING_FAMILIES
                else np.zeros(len(columns["texts"]))
                for family in space.families
            ],
            axis=1,
        )
        overlap = model.kinds.signals.overlap.get("text", 0.5)
        votes.append(family_vote(ratios, np.nan_to_num(columns["texts"]), space, overlap=overlap))
    if "public_texts" in columns:
        odds = np.array([model.listening.public_odds.get(family, 1.0) for family in space.families])
        votes.append(public_vote(np.nan_to_num(columns["public_texts"]) > 0, odds, space))
    return Heard(readings, tuple(votes))


def metaphor_positions(choices: Sequence[str | None], model: ProfileModel) -> NDArray[np.intp]:
    """Position of the kind each customer chose; -1 where nothing, or nothing known, was chosen."""
    kinds = {kind: i for i, kind in enumerate(model.kinds.space.kinds)}
    known = kinds | {
        name: kinds[kind] for name, kind in model.metaphor_names.items() if kind in kinds
    }
    return np.array([known.get(_plain(choice), -1) for choice in choices], dtype=np.intp)


def _plain(choice: str | None) -> str:
    return (choice or "").replace("’", "'").strip().lower()


_ASKED = {
    "asked_credibility": "brand_trust.credibility",
    "asked_integrity": "brand_trust.integrity",
    "asked_benevolence": "brand_trust.benevolence",
    "asked_trade": "trust_levels.trade",
    "asked_brand": "trust_levels.brand",
    "asked_person": "trust_levels.person",
    "asked_dedication": "attachment.dedication",
    "asked_constraint": "attachment.constraint",
}


def _asked(columns: Mapping[str, Floats], model: ProfileModel) -> dict[str, Floats]:
    """Facets between 0 and 1 under the names that trust and attachment read, and what words say."""
    found: dict[str, Floats] = {}
    for name, facet in _ASKED.items():
        score = facet_score(columns, model.facets.get(facet, ()))
        if score is not None:
            found[name] = score
    if "nps" in columns:
        found["recommends"] = np.clip(columns["nps"] / 10, 0, 1)
    if "ratio_captive" in columns:
        texts = np.nan_to_num(columns["texts"])
        found["captive_words"] = 1 / (1 + np.exp(-np.nan_to_num(columns["ratio_captive"])))
        found["captive_spoken"] = np.minimum(texts, 3) * 0.5
    return found


def profile_batches(
    table: ir.Table, model: ProfileModel, *, at: datetime, rows: int = 100_000
) -> Iterator[pa.RecordBatch]:
    """Profiles of every row of `customer_table`, as batches of the `profiles` contract.

    Memory stays that of one batch. Raises BrokenContract when the table has no `customer_id`.
    """
    if "customer_id" not in table.columns:
        raise BrokenContract("the table has no customer_id")
    for batch in table.to_pyarrow_batches(chunk_size=rows):
        if batch.num_rows:
            yield profiles_as_batch(profile_arrow(batch, model), model, at)


def profile_arrow(batch: pa.RecordBatch, model: ProfileModel) -> Profiles:
    """Profile the rows of one Arrow batch of `customer_table`."""
    numeric = {
        name: batch.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False)
        for name in batch.schema.names
        if name not in {"customer_id", CHOICE}
    }
    columns = {name: np.asarray(column, dtype=float) for name, column in numeric.items()}
    choices = batch.column(CHOICE).to_pylist() if CHOICE in batch.schema.names else None
    return profile_columns(columns, batch.column("customer_id"), model, choices)


def profiles_as_batch(profiles: Profiles, model: ProfileModel, at: datetime) -> pa.RecordBatch:
    """A batch of profiles in the columns of the `profiles` contract."""
    space = model.kinds.space
    positions, probabilities = profiles.kinds.likeliest(3)
    families = profiles.kinds.families
    names = np.array(space.kinds, dtype=object)
    rows = len(positions)
    columns: dict[str, Any] = {"customer_id": profiles.customer_id, "at": pa.array([at] * rows)}
    for rank, prefix in enumerate(("", "second_", "third_")):
        if rank < positions.shape[1]:
            columns[f"{prefix}kind"] = pa.array(names[positions[:, rank]])
            columns[f"{prefix}kind_probability" if rank == 0 else f"{prefix}probability"] = (
                pa.array(probabilities[:, rank])
            )
    stages = profiles.life.stages
    columns |= {
        "family": pa.array(np.array(space.families, dtype=object)[families.argmax(axis=1)]),
        "family_probability": pa.array(families.max(axis=1)),
        "abstains": pa.array(profiles.kinds.abstains),
        "pieces": pa.array(profiles.kinds.pieces),
        "stage": pa.array(np.array(STAGES, dtype=object)[stages.argmax(axis=1)]),
        "stage_probability": pa.array(stages.max(axis=1)),
        "trust": _nullable(profiles.trust.value),
        "dedication": _nullable(profiles.attachment.dedication.value),
        "constraint": _nullable(profiles.attachment.constraint.value),
    }
    if profiles.gap is not None:
        columns["closeness_gap"] = _nullable(profiles.gap.closeness)
        columns["closeness_gap_error"] = _nullable(profiles.gap.closeness_error)
    else:
        columns["closeness_gap"] = columns["closeness_gap_error"] = pa.nulls(rows, pa.float64())
    columns["model"] = pa.array([model.version] * rows)
    return pa.RecordBatch.from_pydict(columns)


def _nullable(values: Floats) -> pa.Array:
    return pa.array(values, from_pandas=True)
