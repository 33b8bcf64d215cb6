import numpy as np
import pytest

from entregent.engine.chain.models import Construct, PathModel


@pytest.fixture(scope="session")
def model():
    """Two causes of one outcome, two items each."""
    return PathModel(
        (
            Construct("Quality", ("q1", "q2")),
            Construct("Trust", ("t1", "t2")),
            Construct("Loyalty", ("l1", "l2")),
        ),
        (("Quality", "Trust"), ("Quality", "Loyalty"), ("Trust", "Loyalty")),
    )


@pytest.fixture(scope="session")
def answers():
    """120 respondents whose loyalty comes from trust, and whose trust comes from quality."""
    draw = np.random.default_rng(11).normal(size=(9, 120))
    quality = draw[0]
    trust = 0.7 * quality + 0.6 * draw[1]
    loyalty = 0.6 * trust + 0.6 * draw[2]
    return {
        "q1": quality + 0.5 * draw[3],
        "q2": quality + 0.6 * draw[4],
        "t1": trust + 0.4 * draw[5],
        "t2": trust + 0.5 * draw[6],
        "l1": loyalty + 0.4 * draw[7],
        "l2": loyalty + 0.5 * draw[8],
    }
