"""Inference against the demo firm's hidden truth: made-up people, so only what must hold in any case.

The whole table of scores stands in docs/explanation/relationships.md; nothing was fitted to this
truth. Here a smaller firm shows that the order of the sources is as it should be.
"""

from datetime import UTC, date, datetime

import ibis
import numpy as np
import pytest

from entregent.adapters.catalogue.profile_model import profile_model
from entregent.adapters.catalogue.shelf import shipped
from entregent.adapters.demo_firm import generate_firm
from entregent.engine.relationship.calibration import measure_accuracy
from entregent.engine.relationship.kinds import infer_kinds
from entregent.engine.relationship.profiling import customer_table, profile_arrow


@pytest.fixture(scope="module")
def scored():
    firm = generate_firm(seed=23, customers=800, today=date(2026, 11, 1))
    model = profile_model(shipped(), sector="insurance")
    evidence = {name: ibis.memtable(table) for name, table in firm.tables.items()}
    table = customer_table(evidence, datetime(2026, 11, 1, tzinfo=UTC), model)
    batch = table.to_pyarrow().combine_chunks().to_batches()[0]
    profiles = profile_arrow(batch, model)
    truth = {row["customer_id"]: row["relationship"] for row in firm.truth}
    known = np.array([c.as_py() in truth for c in batch.column("customer_id")])
    kinds = [truth.get(c.as_py(), "stranger") for c in batch.column("customer_id")]
    families = np.array(
        [model.kinds.space.families.index(model.kinds.space.family(k)) for k in kinds]
    )
    asked = next(vote.spoken for vote in profiles.heard.votes if vote.name == "metaphor")
    return model.kinds, profiles.heard, families, known, asked


def accuracy(scored, rows, *sources):
    model, heard, families, _, _ = scored
    some = heard.only(model, *sources).of(np.flatnonzero(rows))
    return measure_accuracy(infer_kinds(model, some).families, families[rows])


def test_asking_customers_tells_their_family(scored):
    _, _, _, known, asked = scored
    told = accuracy(scored, known & asked, "survey")
    assert told.top_1.value > 0.65
    assert told.top_3.value > 0.90
    assert told.log_loss < accuracy(scored, known & asked).log_loss - 0.5


def test_behaviour_alone_tells_little_and_does_not_mislead(scored):
    _, _, _, known, _ = scored
    prior, behaviour = accuracy(scored, known), accuracy(scored, known, "behaviour")
    assert behaviour.top_3.value > prior.top_3.value
    assert behaviour.log_loss < prior.log_loss + 0.02
    assert behaviour.expected_calibration_error < 0.12


def test_functional_relationships_are_the_majority_in_the_result(scored):
    model, heard, _, known, _ = scored
    families = infer_kinds(model, heard.of(np.flatnonzero(known))).families
    functional = families @ model.space.functional.astype(float)
    assert 0.5 < functional.mean() < 0.85
