import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.web.decisions.test_balance import LIST, declared, put, quoted
from tests.web.decisions.test_proposals import VOICE, heard
from tests.web.factories import answered, customer, days_ago, said, summarise

from entregent.engine.estimates import Abstention
from entregent.web.audit.models import Entry
from entregent.web.decisions.side_by_side import groups_on
from entregent.web.evidence.models import CustomerSummary

pytestmark = pytest.mark.django_db


@pytest.fixture
def classed():
    """Ten customers of class A heard, three for the change, and two of class B."""
    change = declared(importance="relation.importance")
    for rank in range(12):
        person = customer(f"Client {rank}")
        summarise(person)
        value_class = "A" if rank < 10 else "B"
        CustomerSummary.objects.filter(customer=person).update(value_class=value_class)
        talk, cell = ("change", "change_for") if rank < 3 else ("sustain", "keep_for")
        heard(change, said(person, f"{VOICE} {rank}"), talk=talk, cell=cell)
        answered(person, 1, instrument="relation", item="importance", at=days_ago(30))
        answered(person, rank, instrument="relation", item="importance", at=days_ago(3))
    return change


def _by_class(change):
    return {one.name: one for one in groups_on(change)["value_class"]}


def test_shares_are_of_customers_heard_with_wilson_s_interval(classed):
    first = _by_class(classed)["A"]
    assert (first.heard, first.change.value, first.sustain.value) == (10, 0.3, 0.7)
    # Wilson's score interval of 3 in 10, by its formula on paper.
    assert (round(first.change.low, 4), round(first.change.high, 4)) == (0.1078, 0.6032)


def test_rulers_are_means_of_the_latest_answers(classed):
    first = _by_class(classed)["A"].rulers["importance"]
    # 0 to 9: mean 4.5, s = 3.0277, t(9) = 2.2622, reach 2.1659.
    assert (first.value, round(first.low, 4), round(first.high, 4)) == (4.5, 2.3341, 6.6659)


def test_a_group_of_fewer_than_ten_abstains(classed, adviser, as_person):
    second = _by_class(classed)["B"]
    assert isinstance(second.change, Abstention)
    assert isinstance(second.rulers["importance"], Abstention)
    page = as_person(adviser).get(f"{LIST}{classed.pk}/cote-a-cote/").text
    assert "2, il en faut 10" in page
    assert "12 clients" in page


def test_who_speaks_both_ways_counts_on_both_sides_and_once(classed, manager):
    person = customer("Torn")
    summarise(person)
    CustomerSummary.objects.filter(customer=person).update(value_class="A")
    row = said(person, VOICE)
    heard(classed, row)
    quoted(
        put(classed, "change_for", "Plus vite"), said(person, "C’est plus rapide."), user=manager
    )
    first = _by_class(classed)["A"]
    assert (first.heard, round(first.change.value * 11), round(first.sustain.value * 11)) == (
        11,
        4,
        8,
    )


def test_the_table_goes_out_as_a_file_and_is_told(classed, manager, as_person):
    answer = as_person(manager).get(f"{LIST}{classed.pk}/cote-a-cote/xlsx/")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer))).active
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert rows[0][:4] == ["Par", "Groupe", "Clients entendus", "Pour le changement"]
    line = next(row for row in rows if row[1] == "A")
    assert line[2:4] == [10, 0.3]
    assert Entry.objects.get(verb="exported").by == manager


def test_an_adviser_takes_no_file(classed, adviser, as_person):
    before = Entry.objects.count()
    assert as_person(adviser).get(f"{LIST}{classed.pk}/cote-a-cote/csv/").status_code == 403
    assert Entry.objects.count() == before


def test_nobody_heard_is_said(adviser, as_person):
    page = as_person(adviser).get(f"{LIST}{declared().pk}/cote-a-cote/").text
    assert "Personne n’a encore été entendu." in page


def test_the_table_asks_as_much_of_the_store_for_many_as_for_few(classed, adviser, as_person):
    person, address = as_person(adviser), f"{LIST}{classed.pk}/cote-a-cote/"

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            person.get(address)
        return len(queries)

    asked()
    few = asked()
    for rank in range(20):
        heard(classed, said(customer(f"Autre {rank}"), VOICE))
    assert asked() == few
