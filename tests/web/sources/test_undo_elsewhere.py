"""Undoing an import when other rooms have written about its customers."""

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone
from tests.web.sources.reading import imported, lines

from entregent.web.evidence.models import Customer
from entregent.web.sources import actions, tasks

pytestmark = pytest.mark.django_db(transaction=True)

FILE = lines("1,c1,lea@exemple.fr,,2026-03-01,Bonjour,")


def derive(customer: Customer) -> None:
    """Some profile of a customer, as the room of relationships keeps one."""
    reckoning = plain("Reckoning")
    plain("Profile", customer=customer, reckoning=reckoning)


def plain(name: str, **known):
    """A row of the room of relationships that says no more than its columns ask for."""
    model = apps.get_model("relationships", name)
    blank = {"DateTimeField": timezone.now(), "CharField": "", "JSONField": {}}
    for field in model._meta.concrete_fields:
        if not (field.null or field.has_default() or field.primary_key or field.is_relation):
            known.setdefault(field.name, blank.get(field.get_internal_type(), 0))
    return model.objects.create(**known)


def test_what_was_derived_about_its_customers_goes_with_them():
    of_import = imported(FILE)
    derive(Customer.objects.get())
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
