"""The battery, on every public function of the chain."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.engine.battery import Measure, Unit, battery, unregistered

from entregent.engine import chain
from entregent.engine.chain import (
    bootstrap,
    criteria,
    estimation,
    groups,
    importance,
    models,
    prediction,
    resampling,
    weighting,
)
from entregent.engine.chain.models import Construct, PathModel

MODEL = PathModel(
    (Construct("Trust", ("t1", "t2")), Construct("Stay", ("s",))), (("Trust", "Stay"),)
)


def respondents(least):
    column = st.floats(1, 10).map(lambda answer: round(answer, 3))
    return st.integers(least, 25).flatmap(
        lambda n: st.fixed_dictionaries(
            {item: arrays(np.float64, n, elements=column) for item in ("t1", "t2", "s")}
        )
    )


def on_chain(measure, least=8, **promises):
    """Scaling one item leaves everything but its own unit alone."""
    return Measure(
        measure.__name__.strip("_"),
        measure,
        respondents(least),
        rows=[("t1", "t2", "s")],
        finite=["t1", "t2", "s"],
        tolerance=1e-4,
        **promises,
    )


def estimated(**answers):
    found = estimation.estimate_chain(answers, MODEL)
    return found.paths, found.r_squared, found.loadings


def judged(**answers):
    found = criteria.chain_criteria(estimation.estimate_chain(answers, MODEL))
    return found.htmt, found.srmr, [part.rho_c for part in found.reliability]


def indexed(**answers):
    return importance.construct_index(
        estimation.estimate_chain(answers, MODEL),
        "Trust",
        (0, 2 * max(map(np.max, answers.values()))),
    )


def prioritised(**answers):
    return importance.importance_performance(
        estimation.estimate_chain(answers, MODEL), "Stay", (0, 10)
    )


MEASURES = [
    on_chain(
        estimated,
        units=[Unit("t1", 0.0), Unit(("t1", "t2", "s"), 0.0)],
        covers=(estimation.estimate_chain,),
    ),
    on_chain(
        judged,
        units=[Unit("s", 0.0)],
        covers=(
            criteria.chain_criteria,
            criteria.standardised_residual,
            criteria.heterotrait_monotrait,
            criteria.refuse_unsound,
        ),
    ),
    on_chain(indexed, covers=(importance.construct_index,)),
    on_chain(prioritised, covers=(importance.importance_performance,)),
    Measure(
        "bootstrap_chain",
        lambda **answers: bootstrap.bootstrap_chain(answers, MODEL, samples=40).paths,
        respondents(12),
        finite=["t1", "t2", "s"],
    ),
    Measure(
        "predictive_relevance",
        lambda **answers: prediction.predictive_relevance(answers, MODEL, folds=3),
        respondents(15),
        finite=["t1", "t2", "s"],
    ),
    Measure(
        "compare_groups",
        lambda **answers: (
            groups.compare_groups(
                answers, np.arange(len(answers["s"])) % 2, MODEL, permutations=30
            ).differences
        ),
        respondents(16),
        finite=["t1", "t2", "s"],
    ),
]

test_battery = battery(MEASURES)

PIECES = {
    models.model_from,
    estimation.construct_scores,
    estimation.item_matrix,
    estimation.refuse_too_few,
    estimation.standardise,
    estimation.solve,
    estimation.rho_a,
    estimation.total_effects_of,
    resampling.weighted_moments,
    resampling.draws_with_replacement,
    weighting.plan_of,
    weighting.regressions,
    weighting.solve_each,
    weighting.outer_weights,
}


def test_no_measure_of_the_chain_is_forgotten():
    covered = {bootstrap.bootstrap_chain, prediction.predictive_relevance, groups.compare_groups}
    assert unregistered(chain, MEASURES, PIECES | covered) == []
