"""Measures of change in the battery that every measure of the engine passes."""

from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.engine.battery import Measure, Unit, battery

from entregent.engine.change.ambivalence import (
    gradual_threshold_ambivalence,
    griffin_ambivalence,
    kaplan_ambivalence,
)
from entregent.engine.change.balance import balance_by_group

AMOUNTS = st.integers(1, 20).flatmap(
    lambda n: st.fixed_dictionaries(
        {
            "positive": arrays(float, n, elements=st.floats(0, 100)),
            "negative": arrays(float, n, elements=st.floats(0, 100)),
        }
    )
)
GROUPS = st.integers(12, 30).flatmap(
    lambda n: st.fixed_dictionaries(
        {
            "for_change": arrays(float, n, elements=st.floats(0.5, 10)),
            "for_keeping": arrays(float, n, elements=st.floats(0.5, 10)),
            "groups": st.just(["all"] * n),
        }
    )
)

MEASURES = [
    Measure(
        "Griffin's ambivalence",
        griffin_ambivalence,
        evidence=AMOUNTS,
        per_row=True,
        finite=["positive", "negative"],
        units=[Unit(("positive", "negative"))],
    ),
    Measure(
        "Kaplan's ambivalence",
        kaplan_ambivalence,
        evidence=AMOUNTS,
        per_row=True,
        finite=["positive", "negative"],
        units=[Unit(("positive", "negative"))],
    ),
    Measure(
        "gradual threshold ambivalence",
        gradual_threshold_ambivalence,
        evidence=AMOUNTS,
        per_row=True,
        finite=["positive", "negative"],
    ),
    Measure(
        "balance by group",
        balance_by_group,
        evidence=GROUPS,
        rows=[("for_change", "for_keeping", "groups")],
        units=[
            Unit(("for_change", "for_keeping"), 0, lambda rows: rows[0].balance.value),
            Unit(("for_change", "for_keeping"), 1, lambda rows: rows[0].ambivalence.value),
        ],
    ),
]
test_battery = battery(MEASURES)
