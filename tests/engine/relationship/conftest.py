"""The space and the models that the shipped catalogues span."""

import numpy as np
import pytest

from entregent.adapters.catalogue.profile_model import profile_model
from entregent.adapters.catalogue.shelf import shipped


@pytest.fixture(scope="session")
def space():
    return shipped().relationships.space()


@pytest.fixture(scope="session")
def profiling():
    return profile_model(shipped(), sector="insurance")


@pytest.fixture(scope="session")
def kinds(profiling):
    return profiling.kinds


@pytest.fixture
def rng():
    return np.random.default_rng(11)
