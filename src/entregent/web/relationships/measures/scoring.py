"""How right the inference is, on customers whose family somebody told: by source, and all together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from scipy.stats import spearmanr

from entregent.engine.relationship.calibration import Accuracy, fit_to_base, measure_accuracy
from entregent.engine.relationship.kinds import infer_kinds
from entregent.engine.relationship.profiling import ProfileModel, profile_arrow
from entregent.engine.relationship.signals import SOURCES
from entregent.web.relationships.measures.profiles import infer
from entregent.web.relationships.measures.reading import Tables, hearing_texts, read_everybody


@dataclass(frozen=True, slots=True)
class Scored:
    """One row of the model card.

    source: `all`, or the one source listened to.  told: customers of whom it said something.
    among: accuracy on these alone; None where there are none.
    """

    source: str
    everybody: Accuracy
    told: int
    among: Accuracy | None


@dataclass(frozen=True, slots=True)
class GapsScored:
    """Of the customers named as treated otherwise than they wish, how many truly are.

    truly: customers who are, among all. right: of those named, who are, in the direction named.
    correlation: of measured and true gaps in closeness, by ranks (Spearman), -1 to 1.
    """

    named: int
    right: int
    truly: int
    correlation: float


def score_families(
    tables: Tables, at: datetime, model: ProfileModel, truth: Mapping[int, str]
) -> list[Scored]:
    """Accuracy on customers of known kind, for all sources and for each alone.

    truth: customer → kind. Kinds that the catalogue does not hold are left out.
    """
    space = model.kinds.space
    model = hearing_texts(tables, at, model)
    with read_everybody(tables, at, model) as read:
        batch = next(read.batches(read.customers))
        fitted = fit_to_base(model.kinds, profile_arrow(read.sample(), model).heard)
        heard = profile_arrow(batch, replace(model, kinds=fitted)).heard
    ids = batch.column("customer_id").to_pylist()
    rows = np.array([row for row, key in enumerate(ids) if truth.get(key) in space.kinds])
    families = np.array([space.families.index(space.family(truth[ids[row]])) for row in rows])
    heard = heard.of(rows)
    scored = []
    for source in ("all", *SOURCES):
        listened = heard if source == "all" else heard.only(fitted, source)
        posterior = infer_kinds(fitted, listened)
        spoke = posterior.pieces > 0
        scored.append(
            Scored(
                source,
                measure_accuracy(posterior.families, families, abstains=posterior.family_abstains),
                int(spoke.sum()),
                measure_accuracy(posterior.families[spoke], families[spoke])
                if spoke.any()
                else None,
            )
        )
    return scored


def score_gaps(
    tables: Tables, at: datetime, model: ProfileModel, closeness: Mapping[int, float]
) -> GapsScored:
    """Whether those named are truly treated a step or more closer or more distantly than they wish.

    closeness: customer → treatment given less treatment wanted, in steps, as it truly is.
    """
    model = hearing_texts(tables, at, model)
    with read_everybody(tables, at, model) as read:
        batch = next(read.batches(read.customers))
        fitted = fit_to_base(model.kinds, profile_arrow(read.sample(), model).heard)
    inferred = infer(batch, replace(model, kinds=fitted), {})
    true = np.array([closeness.get(key, np.nan) for key in inferred.ids])
    side = np.where(true >= 1, 1, np.where(true <= -1, -1, 0))
    named = inferred.gap.direction()
    return GapsScored(
        int((named != 0).sum()),
        int(((named != 0) & (named == side)).sum()),
        int((side != 0).sum()),
        float(spearmanr(inferred.gap.closeness, true, nan_policy="omit").statistic),
    )
