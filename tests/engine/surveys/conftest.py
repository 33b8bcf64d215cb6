"""Real data sets stand beside the repository."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def shared():
    beside = Path(__file__).resolve().parents[4] / "shared"
    data = Path(os.environ.get("ENTREGENT_SHARED", beside)) / "data"
    if not data.is_dir():
        pytest.skip(f"the real data sets are not at {data}")
    return data
