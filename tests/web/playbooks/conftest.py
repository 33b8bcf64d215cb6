"""A small firm whose people are in known states: who is concerned by what can be counted by hand."""

from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from django.test import override_settings
from django.utils import timezone
from tests.web.conftest import empty_store
from tests.web.factories import agreed, allowed, case, customer, days_ago, said, summarise

from entregent.web.evidence import models as evidence
from entregent.web.evidence.refresh import refresh_everything
from entregent.web.playbooks.actions import drawing, keeping
from entregent.web.relationships.models import Profile, Reckoning


def profile(person, reckoning, **known) -> Profile:
    """A profile that says little, but for what a test needs it to say."""
    given = {
        "kind": "basic_exchange", "kind_probability": 0.6, "family": "exchange",
        "family_probability": 0.7, "abstains": False, "contradicts": False, "pieces": 6,
        "shown_kind": "basic_exchange", "shown_family": "exchange", "stage": "expansion",
        "stage_probability": 0.7, "quadrant": "free", "quadrant_probability": 0.8, "trust": 0.6,
        "dedication": 0.5, "constraint": 0.2, "closeness": 0.0, "closeness_error": 0.3,
    } | known  # fmt: skip
    if "kind" in known:
        given["shown_kind"] = known["kind"]
    if "family" in known:
        given["shown_family"] = known["family"]
    return Profile.objects.create(
        customer=person, reckoning=reckoning, computed_at=timezone.now(), **given
    )


@pytest.fixture(autouse=True, scope="module")
def _profiles_stay_as_they_are_put():
    """New rows would have the customer's profile inferred anew, over what a test says of them."""
    with patch("entregent.web.relationships.news.tasks.reckon_customer"):
        yield


@pytest.fixture(scope="module")
def stored_firm(
    django_db_setup, django_db_blocker, tmp_path_factory, _profiles_stay_as_they_are_put
):
    """Stored for good: the snapshot reads by a connection of its own."""
    folder = tmp_path_factory.mktemp("firm")
    with (
        django_db_blocker.unblock(),
        override_settings(SNAPSHOT_FOLDER=folder / "snapshot"),
    ):
        made = _made()
        yield made, folder / "snapshot"
        empty_store()


@pytest.fixture
def firm(stored_firm, db, settings):
    """Ten customers.

    broken: a promise was not kept to three of them. fling: four like novelty, two said yes to
    e-mails. held: one of the four stays because held.
    """
    made, settings.SNAPSHOT_FOLDER = stored_firm
    return made


def _made() -> SimpleNamespace:
    reckoning = Reckoning.objects.create(
        at=timezone.now() + timedelta(days=1), snapshot_version=1, sector="any", made_by="test",
        finished_at=timezone.now(), customers=10,
    )  # fmt: skip
    people = [customer(f"Client {letter}", email=f"{letter}@exemple.fr") for letter in "ABCDEFGHIJ"]
    for person in people[:3]:
        agreed(
            person, "promise", "Rappeler avant vendredi", kept=False,
            since=timezone.localdate() - timedelta(days=20),
            until=timezone.localdate() - timedelta(days=10),
        )  # fmt: skip
        profile(person, reckoning)
    for person in people[3:7]:
        evidence.Transaction.objects.create(
            customer=person, at=days_ago(60), amount=50, currency="EUR", kind="order",
            row_key=person.pk.to_bytes(16, "little"), content=b"\0" * 16,
        )  # fmt: skip
        profile(person, reckoning, kind="fling", family="adventure")
    for person in people[3:5]:
        allowed(person, "email_marketing", given_at=days_ago(400))
    Profile.objects.filter(customer=people[6]).update(quadrant="captive")
    for person in people[7:]:
        profile(person, reckoning)
    case(people[7])
    said(people[0], "On m’avait promis un appel, je l’attends toujours.", at=days_ago(2))
    summarise()
    refresh_everything()
    return SimpleNamespace(
        people=people, broken=people[:3], fling=people[3:7], consenting=people[3:5],
        held=people[6], complaining=people[7], quiet=people[8:], reckoning=reckoning,
    )  # fmt: skip


@pytest.fixture
def in_force(firm):
    """Switch a playbook on as a person would: simulate, switch on, and the first actions are drawn."""

    def switched_on(key="broken_promise", *, held_out_percent=0, by=None):
        keeping.simulate(key=key, by=by)
        row = keeping.switch_on(key=key, held_out_percent=held_out_percent, by=by)
        drawing.draw_everybody()
        return row

    return switched_on


@pytest.fixture
def draw(firm):
    return drawing.draw_everybody
