"""Summaries follow the evidence, and go on where they were stopped."""

from datetime import UTC, datetime

import pytest
from tests.web.factories import customer, paid, said

from entregent.web.evidence import summaries
from entregent.web.evidence.changes import changing
from entregent.web.evidence.models import CustomerSummary, Interaction, StaleRow

pytestmark = pytest.mark.django_db


def told():
    return dict(CustomerSummary.objects.values_list("customer_id", "interactions"))


def refreshed(monkeypatch):
    """The customers refreshed from now on, portion by portion."""
    portions = []
    refresh = summaries._refresh

    def noted(some):
        portions.append(list(some))
        return refresh(some)

    monkeypatch.setattr(summaries, "_refresh", noted)
    monkeypatch.setattr(summaries, "CHUNK", 2)
    return portions


def test_only_those_with_news_are_refreshed(monkeypatch):
    people = [customer(f"Personne {n}") for n in range(5)]
    assert summaries.catch_up() == 5
    portions = refreshed(monkeypatch)
    said(people[3], "Bonjour")
    said(people[1], "Bonjour")
    assert summaries.catch_up() == 2
    assert portions == [[people[1].pk, people[3].pk]]
    assert summaries.catch_up() == 0
    assert told() == {person.pk: int(n in {1, 3}) for n, person in enumerate(people)}


def test_stopped_half_way_the_next_call_goes_on_and_misses_nothing(monkeypatch):
    people = [customer(f"Personne {n}") for n in range(6)]
    for person in people:
        said(person, "Bonjour")
    portions = refreshed(monkeypatch)
    refresh = summaries._refresh

    def stops(some):
        if people[4].pk in some:
            raise KeyboardInterrupt
        return refresh(some)

    with monkeypatch.context() as stopped:
        stopped.setattr(summaries, "_refresh", stops)
        with pytest.raises(KeyboardInterrupt):
            summaries.catch_up()
    assert set(told()) == {person.pk for person in people[:4]}
    portions.clear()
    said(people[0], "Encore moi")
    paid(people[5], 30, at=datetime(2026, 3, 1, tzinfo=UTC))
    assert summaries.catch_up() == 4
    # First what was left, then who had news meanwhile.
    assert portions == [[people[4].pk, people[5].pk], [people[0].pk, people[5].pk]]
    assert told() == {person.pk: 1 + (n == 0) for n, person in enumerate(people)}
    assert CustomerSummary.objects.get(pk=people[5].pk).value_class == "A"
    assert summaries.catch_up() == 0


def test_stopped_before_the_classes_they_are_made_at_the_next_call(monkeypatch):
    person = customer()
    paid(person, 30, at=datetime(2026, 3, 1, tzinfo=UTC))

    def stops():
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(summaries, "classify_values", stops)
        with pytest.raises(KeyboardInterrupt):
            summaries.catch_up()
    assert CustomerSummary.objects.get(pk=person.pk).value_class == ""
    assert summaries.catch_up() == 0
    assert CustomerSummary.objects.get(pk=person.pk).value_class == "A"


def test_a_changed_row_refreshes_its_customer_and_counts_once(monkeypatch):
    person, other = customer("Léa"), customer("Paul")
    row = said(person, "Bonjour")
    summaries.catch_up()
    portions = refreshed(monkeypatch)
    with changing("interactions", [row.pk]):
        Interaction.objects.filter(pk=row.pk).update(customer=other)
    assert StaleRow.objects.count() == 1
    assert summaries.catch_up() == 1
    assert portions == [[other.pk]]
    assert told()[other.pk] == 1
