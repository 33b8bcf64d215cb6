"""Score the inference of relationships against the demo firm's hidden truth, source by source.

    python -m tests.benchmarks.score_relationships --seed 7 --customers 2000

Prints one line per model and source: share of customers whose family is named first, or among the
first three, calibration, log loss and coverage. Nothing is fitted to the truth: the models beyond
the one shipped learn from the customers' own readings, and from the metaphor that some of them chose.
"""

import argparse
import warnings
from dataclasses import replace
from datetime import UTC, date, datetime

import ibis
import numpy as np

from entregent.adapters.catalogue.profile_model import profile_model
from entregent.adapters.catalogue.shelf import shipped
from entregent.adapters.demo_firm import generate_firm
from entregent.engine.relationship.calibration import (
    fit_temperatures,
    fit_to_base,
    learn_signals,
    measure_accuracy,
)
from entregent.engine.relationship.kinds import Heard, infer_kinds
from entregent.engine.relationship.profiling import (
    CHOICE,
    customer_table,
    metaphor_positions,
    profile_arrow,
)
from entregent.engine.relationship.signals import read_signals

SOURCES = {
    "nothing": (),
    "behaviour": ("behaviour",),
    "survey": ("survey",),
    "all": ("survey", "behaviour", "text"),
}


def main():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--customers", type=int, default=2000)
    said = asked.parse_args()
    warnings.simplefilter("ignore")

    today = date(2026, 11, 1)
    firm = generate_firm(seed=said.seed, customers=said.customers, today=today)
    model = profile_model(shipped(), sector="insurance")
    evidence = {name: ibis.memtable(table) for name, table in firm.tables.items()}
    table = customer_table(
        evidence, datetime(today.year, today.month, today.day, tzinfo=UTC), model
    )
    batch = table.to_pyarrow().combine_chunks().to_batches()[0]
    heard, kinds = profile_arrow(batch, model).heard, model.kinds
    columns = {
        name: np.asarray(batch.column(name).to_numpy(zero_copy_only=False), float)
        for name in batch.schema.names
        if name not in {"customer_id", CHOICE}
    }

    truth = {row["customer_id"]: row["relationship"] for row in firm.truth}
    ids = batch.column("customer_id").to_pylist()
    families = np.array([kinds.space.families.index(kinds.space.family(truth[i])) for i in ids])
    chosen = metaphor_positions(batch.column(CHOICE).to_pylist(), model)
    labelled = np.flatnonzero(chosen >= 0)
    labels = kinds.space.family_of[chosen[labelled]]

    def reread(fitted):
        return Heard(read_signals(columns, fitted.signals), heard.votes)

    def without_metaphor(some):
        return Heard(some.readings, tuple(v for v in some.votes if v.name != "metaphor"))

    footing = fit_to_base(kinds, heard)
    again = reread(footing)
    learned = learn_signals(footing, without_metaphor(again).of(labelled), labels, needed=100)
    once_more = reread(learned)
    temperature = fit_temperatures(learned, without_metaphor(once_more).of(labelled), labels)
    learned = replace(learned, temperature=temperature)

    print(
        f"{len(ids)} customers, {len(labelled)} of whom chose a metaphor; largest family "
        f"{np.bincount(families).max() / len(ids):.3f}; temperatures learned {temperature}"
    )
    everyone, silent = np.ones(len(ids), bool), chosen < 0
    for name, fitted, some in (
        ("shipped", kinds, heard),
        ("own footing", footing, again),
        ("learned", learned, once_more),
    ):
        for rows, who in (
            (everyone, "everyone"),
            (~silent, "chose a metaphor"),
            (silent, "did not"),
        ):
            for source, spoken in SOURCES.items():
                part = some.only(fitted, *spoken).of(np.flatnonzero(rows))
                posterior = infer_kinds(fitted, part)
                found = measure_accuracy(
                    posterior.families, families[rows], abstains=posterior.abstains
                )
                print(
                    f"{name:12s} {who:17s} {source:10s} n {rows.sum():5d}  "
                    f"first {found.top_1.value:.3f} [{found.top_1.low:.3f}, {found.top_1.high:.3f}]  "
                    f"three {found.top_3.value:.3f}  ece {found.expected_calibration_error:.3f}  "
                    f"log loss {found.log_loss:.3f}  kinds named {found.coverage:.2f}"
                )


if __name__ == "__main__":
    main()
