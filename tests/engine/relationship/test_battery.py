"""Measures of relationship in the battery that every measure of the engine passes."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.engine.battery import Measure, Unit, battery

from entregent.engine.relationship.attachment import retention_split
from entregent.engine.relationship.calibration import measure_accuracy
from entregent.engine.relationship.moves import count_transitions
from entregent.engine.relationship.weighing import weighted_mean


def rows_of(**columns):
    return st.integers(2, 25).flatmap(
        lambda n: st.fixed_dictionaries({name: draw(n) for name, draw in columns.items()})
    )


def shares(n, classes=4):
    weights = arrays(float, (n, classes), elements=st.floats(0.05, 1))
    return weights.map(lambda w: w / w.sum(axis=1, keepdims=True))


MEASURES = [
    Measure(
        "mean by probability",
        weighted_mean,
        evidence=rows_of(
            value=lambda n: arrays(float, n, elements=st.floats(0, 1e4)),
            weight=lambda n: arrays(float, n, elements=st.floats(0.1, 1)),
        ),
        units=[Unit("value", figure=lambda mean: mean.value)],
    ),
    Measure(
        "transitions counted",
        lambda before, after: count_transitions(before, after, 3),
        evidence=rows_of(
            before=lambda n: arrays(np.intp, n, elements=st.integers(0, 2)),
            after=lambda n: arrays(np.intp, n, elements=st.integers(0, 2)),
        ),
        rows=[("before", "after")],
    ),
    Measure(
        "retention by reason",
        retention_split,
        evidence=rows_of(stayed=lambda n: arrays(np.bool_, n), quadrants=shares),
        rows=[("stayed", "quadrants")],
    ),
    Measure(
        "accuracy of inference",
        lambda probabilities, truth: measure_accuracy(probabilities, truth).log_loss,
        evidence=rows_of(
            probabilities=shares,
            truth=lambda n: arrays(np.intp, n, elements=st.integers(0, 3)),
        ),
        rows=[("probabilities", "truth")],
    ),
]
test_battery = battery(MEASURES)
