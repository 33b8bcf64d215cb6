"""The indexes of pages: put off while a first large import comes, there again whatever happens."""

import pytest
from django.core.management import call_command
from django.db import connection
from tests.web.sources.reading import account, imported, lines

from entregent.web.evidence import indexes, refresh
from entregent.web.evidence.models import Interaction
from entregent.web.sources import actions

pytestmark = pytest.mark.django_db

ALL = {"interaction_timeline", "interaction_at", "interaction_case"}
PUT_OFF = set() if connection.vendor == "sqlite" else ALL
"""What stands meanwhile; PostgreSQL keeps everything."""


def standing() -> set[str]:
    with connection.cursor() as cursor:
        return ALL & set(connection.introspection.get_constraints(cursor, "evidence_interaction"))


@pytest.fixture
def few_are_many(monkeypatch):
    monkeypatch.setattr(indexes, "MANY", 4)


@pytest.fixture
def seen_at_each_batch(monkeypatch):
    seen: list[set[str]] = []
    write = actions._account

    def account_and_look(*told):
        seen.append(standing())
        write(*told)

    monkeypatch.setattr(actions, "_account", account_and_look)
    return seen


def messages(numbers: range) -> bytes:
    return lines(*(f"m{n},c{n % 3},,,2026-03-0{1 + n % 9} 09:00,mot {n},Lille" for n in numbers))


def test_a_first_large_import_builds_its_indexes_when_it_ends(few_are_many, seen_at_each_batch):
    of_import = imported(messages(range(8)), batch_size=3)
    assert account(of_import) == (8, 8, 0, 0, 0)
    assert seen_at_each_batch == [PUT_OFF, PUT_OFF, PUT_OFF]
    assert standing() == ALL


def test_a_small_import_keeps_them(seen_at_each_batch):
    imported(messages(range(8)))
    assert seen_at_each_batch == [ALL]


def test_an_import_into_a_store_that_holds_much_keeps_them(few_are_many, seen_at_each_batch):
    imported(messages(range(8)))
    seen_at_each_batch.clear()
    imported(messages(range(4, 12)))
    assert seen_at_each_batch == [ALL]
    assert Interaction.objects.count() == 12


def test_an_import_that_fails_leaves_them_standing(few_are_many, monkeypatch):
    def stop(*_told):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(actions, "_account", stop)
    with pytest.raises(RuntimeError):
        imported(messages(range(8)))
    assert standing() == ALL
    assert not Interaction.objects.exists()


def killed_import() -> None:
    """What an import killed between its first batch and its end leaves."""
    imported(messages(range(8)))
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in sorted(ALL):
                cursor.execute(f"DROP INDEX {name}")
    assert standing() == PUT_OFF


@pytest.mark.parametrize(
    "start",
    [
        lambda: call_command("migrate", verbosity=0),
        refresh.refresh_everything,
        lambda: imported(messages(range(8, 9))),
    ],
    ids=["the database is made ready", "lists and search are brought up to date", "an import runs"],
)
def test_what_a_killed_import_left_out_is_built_before_it_is_relied_on(start):
    killed_import()
    start()
    assert standing() == ALL


def test_an_undo_builds_what_it_looks_up_by(few_are_many):
    of_import = imported(messages(range(8)))
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX interaction_timeline")
    actions.undo_import(of_import=of_import, by=None)
    assert standing() == ALL
    assert not Interaction.objects.exists()


def test_building_again_builds_nothing():
    killed_import()
    assert indexes.restore_indexes() == len(ALL - PUT_OFF)
    assert indexes.restore_indexes() == 0
