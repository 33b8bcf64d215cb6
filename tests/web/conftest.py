"""Three standing people for every room: one who may, a team-mate who may less, a stranger."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Role
from entregent.web.evidence import search

PASSWORD = "une phrase de passe longue"


def _person(email: str, name: str, role: str) -> User:
    return User.objects.create_user(email, PASSWORD, name=name, role=role)


@pytest.fixture
def administrator(db):
    return _person("ada@exemple.fr", "Ada Lenoir", Role.ADMINISTRATOR)


@pytest.fixture
def manager(db):
    return _person("marc@exemple.fr", "Marc Vasseur", Role.MANAGER)


@pytest.fixture
def analyst(db):
    return _person("anais@exemple.fr", "Anaïs Roche", Role.ANALYST)


@pytest.fixture
def adviser(db):
    return _person("claire@exemple.fr", "Claire Petit", Role.ADVISER)


@pytest.fixture
def officer(db):
    return _person("odile@exemple.fr", "Odile Blanc", Role.OFFICER)


@pytest.fixture
def as_person():
    def signed_in(user: User) -> Client:
        client = Client(SERVER_NAME="localhost")
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture(autouse=True)
def snapshot_of_its_own(settings, tmp_path):
    """A snapshot and a cache for each test: the store is emptied between tests without their knowing."""
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshot"
    settings.VECTORS_FOLDER = tmp_path / "vectors"
    cache.clear()


@pytest.fixture(autouse=True)
def _no_words_left_behind(request) -> Iterator[None]:
    """The search index is no model's table: emptying the store after a test that commits leaves it."""
    marker = request.node.get_closest_marker("django_db")
    marked = marker is not None and marker.kwargs.get("transaction")
    if not marked and "transactional_db" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    empty_store()


def empty_store() -> None:
    call_command("flush", interactive=False, verbosity=0)
    search.rebuild()
