"""Undoing an import when other rooms have written about its customers."""

import pytest
from django.apps import apps
from django.db import connection
from tests.web.sources.reading import imported, lines

from entregent.web.evidence.models import Customer
from entregent.web.evidence.refresh import refresh_everything
from entregent.web.sources import actions, tasks

pytestmark = pytest.mark.django_db(transaction=True)

FILE = lines("1,c1,lea@exemple.fr,,2026-03-01,Bonjour,")


def test_what_was_derived_about_its_customers_goes_with_them():
    of_import = imported(FILE)
    refresh_everything()
    assert apps.get_model("relationships", "Profile").objects.count() == 1
    actions.undo_import(of_import=of_import, by=None)
    assert not Customer.objects.exists()
    assert not apps.get_model("relationships", "Profile").objects.exists()
    connection.check_constraints()


def test_a_customer_whom_a_colleague_has_judged_stays(manager):
    of_import = imported(FILE)
    customer = Customer.objects.get()
    overruling = apps.get_model("relationships", "Overruling").objects.create(
        customer=customer, by=manager
    )
    actions.undo_import(of_import=of_import, by=None)
    assert list(Customer.objects.all()) == [customer]
    assert type(overruling).objects.filter(pk=overruling.pk).exists()
    connection.check_constraints()


def test_an_undo_that_fails_leaves_the_import_as_it_was(monkeypatch):
    of_import = imported(FILE)
    actions.ask_undo(of_import=of_import)

    def broken(**_):
        raise OSError("no room on the disk")

    monkeypatch.setattr(actions, "undo_import", broken)
    with pytest.raises(OSError, match="no room"):
        tasks.undo.func(of_import.pk, None)
    of_import.refresh_from_db()
    assert of_import.state == "done"
    assert Customer.objects.count() == 1
