"""Score the inference of relationships: the demo firm's hidden truth, and coded public texts.

    python -m tests.benchmarks.score_relationships --seed 7 --customers 2000
    python -m tests.benchmarks.score_relationships --gold FILE

The first prints one line per model and source: share of customers whose family is named first, or
among the first three, calibration, log loss and coverage. Nothing is fitted to the truth: the models
beyond the one shipped learn from the customers' own readings, and from the metaphor that some of
them chose. The second takes each text of a coded set for one customer's only word.
"""

import argparse
import json
import warnings
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa

from entregent.adapters.catalogue.profile_model import profile_model
from entregent.adapters.catalogue.shelf import shipped
from entregent.adapters.coders.pipeline import Verbatim, code_texts
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
from entregent.engine.relationship.words import text_shares

SOURCES = {
    "nothing": (),
    "behaviour": ("behaviour",),
    "survey": ("survey",),
    "text": ("text",),
    "no text": ("survey", "behaviour"),
    "all": ("survey", "behaviour", "text"),
}
AT = datetime(2026, 11, 1, tzinfo=UTC)


def main():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--customers", type=int, default=2000)
    asked.add_argument("--gold", type=Path)
    said = asked.parse_args()
    warnings.simplefilter("ignore")
    score_texts(said.gold) if said.gold else score_firm(said.seed, said.customers)


def score_firm(seed, customers):
    firm = generate_firm(seed=seed, customers=customers, today=date(2026, 11, 1))
    evidence = {name: ibis.memtable(table) for name, table in firm.tables.items()}
    evidence |= coded(customers_words(firm.tables))
    model = profile_model(shipped(), sector="insurance")
    shares = text_shares(evidence["coded_texts"], AT, interactions=evidence["interactions"])
    model = replace(model, text_shares=shares)
    batch = customer_table(evidence, AT, model).to_pyarrow().combine_chunks().to_batches()[0]
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
                say(f"{name:12s} {who:17s} {source:10s}", found, rows.sum())


def customers_words(tables):
    """What the product would code: words of customers' own, but for the answers they chose."""
    for row in tables["interactions"].to_pylist():
        if row["text"] and row["direction"] == "in" and row["customer_id"] is not None:
            yield Verbatim(
                row["interaction_id"], row["text"], row["customer_id"], row["at"], row["language"]
            )
    for row in tables["answers"].to_pylist():
        if row["text"] and row["item"] != "metaphor" and row["customer_id"] is not None:
            yield Verbatim(-1, row["text"], row["customer_id"], row["at"])


def coded(words):
    batches = list(code_texts(words))
    return {
        "coded_segments": ibis.memtable(pa.Table.from_batches([b.segments for b in batches])),
        "coded_texts": ibis.memtable(pa.Table.from_batches([b.texts for b in batches])),
    }


def score_texts(path):
    """Text alone, from words to family: every text somebody else's, all of them said in public."""
    listed = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    listed = [one for one in listed if one["relationship"] not in (None, "none")]
    rows = list(range(len(listed)))
    evidence = coded(
        Verbatim(i, one["text"], i, AT, one["lang"]) for i, one in zip(rows, listed, strict=True)
    ) | {
        "customers": ibis.memtable({"customer_id": rows}),
        "interactions": ibis.memtable(
            {"interaction_id": rows, "customer_id": rows, "at": [AT] * len(rows)}
            | {"channel": ["review"] * len(rows), "direction": ["in"] * len(rows)}
        ),
    }
    model = profile_model(shipped())
    table = customer_table(evidence, AT, model).to_pyarrow().sort_by("customer_id")
    kinds, batch = model.kinds, table.combine_chunks().to_batches()[0]
    truth = np.array([kinds.space.families.index(one["relationship"]) for one in listed])
    heard = profile_arrow(batch, model).heard
    for name, sources in (("nothing", ()), ("text", ("text",))):
        posterior = infer_kinds(kinds, heard.only(kinds, *sources))
        found = measure_accuracy(posterior.families, truth, abstains=posterior.family_abstains)
        say(f"{name:12s}", found, len(truth))
    named = posterior.families.argmax(axis=1)
    for rank, family in enumerate(kinds.space.families):
        right = int(((named == rank) & (truth == rank)).sum())
        print(f"{family:12s} named {(named == rank).sum():4d}, right {right:4d}, truly {(truth == rank).sum():4d}")  # fmt: skip


def say(what, found, n):
    print(
        f"{what} n {n:5d}  "
        f"first {found.top_1.value:.3f} [{found.top_1.low:.3f}, {found.top_1.high:.3f}]  "
        f"three {found.top_3.value:.3f}  ece {found.expected_calibration_error:.3f}  "
        f"log loss {found.log_loss:.3f}  named {found.coverage:.2f}"
    )


if __name__ == "__main__":
    main()
