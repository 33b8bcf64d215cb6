"""The fictional firm with its relationships inferred, made once for each file of tests."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.test import override_settings
from tests.web.conftest import empty_store

from entregent.adapters.demo_firm import generate_firm
from entregent.web.relationships import actions
from entregent.web.relationships.models import Profile
from entregent.web.sources.demo import load_demo


@pytest.fixture(scope="module")
def firm(django_db_setup, django_db_blocker, tmp_path_factory):
    """150 customers and their truth. Stored for good: the snapshot reads by a connection of its own."""
    folder = tmp_path_factory.mktemp("firm")
    generated = generate_firm(customers=150, today=date(2026, 11, 1))
    with (
        django_db_blocker.unblock(),
        override_settings(SNAPSHOT_FOLDER=folder / "snapshot", HOME=folder),
    ):
        load_demo(generated)
        reckoning = actions.reckon()
        yield SimpleNamespace(
            truth=generated.truth,
            reckoning=reckoning,
            truth_file=folder / "demo_truth.json",
            snapshot=folder / "snapshot",
        )
        empty_store()


@pytest.fixture
def profiles(firm, db):
    return Profile.objects.order_by("pk")


@pytest.fixture(autouse=True)
def _its_snapshot(settings, firm):
    """Every test of the room reads the firm's own snapshot."""
    settings.SNAPSHOT_FOLDER = firm.snapshot
