import csv
import io

import pytest
from tests.web.factories import customer, days_ago, nadia, neighbours, said, summarise

from entregent.web.audit.models import Entry, Verb
from entregent.web.customers.queries import customers as queries
from entregent.web.customers.queries.customers import (
    MOST_COUNTED,
    SORTS,
    CustomersAsked,
    find_customers,
    summaries_for,
)  # fmt: skip
from entregent.web.evidence.models import Customer, CustomerSummary

pytestmark = pytest.mark.django_db
LIST = "/comprendre/clients/"


@pytest.fixture
def people():
    return [nadia(), *neighbours()]


def _names(user, **asked):
    return [row.name for row in find_customers(user, CustomersAsked(**asked)).page.rows]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("benali", ["Nadia Benali"]),
        ("NAD BEN", ["Nadia Benali"]),
        ("helene", ["Hélène d’Aubigné-Martin"]),
        ("oeuvr", ["Garance Œuvrard"]),
        ("goff etienne", ["Étienne Le Goff"]),
        ("enali", []),
        ("nadia.benali@exemple.fr", ["Nadia Benali"]),
        ("NADIA.BEN@", []),
        ("Nadia.Benali@EXEMPLE.fr", ["Nadia Benali"]),
        ("06 12 34 56 78", ["Nadia Benali"]),
        ("+33 6 12 34", ["Nadia Benali"]),
        ("0033612345678", ["Nadia Benali"]),
        ("02.98", ["Étienne Le Goff"]),
        ("SOC-20418", ["Nadia Benali"]),
        ("soc-204", ["Nadia Benali"]),
        ("?!", []),
        ("'; DROP", []),
    ],
)
def test_a_customer_is_found_by_name_address_number_or_key(adviser, people, words, found):
    assert _names(adviser, words=words) == found


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"language": "en"}, {"Tom Fletcher"}),
        ({"kind": "organisation"}, {"Boulangerie Sarrazin"}),
        ({"value": "A"}, {"Boulangerie Sarrazin", "Étienne Le Goff"}),
        ({"channel": "letter"}, {"Étienne Le Goff"}),
        ({"open": True}, {"Boulangerie Sarrazin", "Nadia Benali"}),
        ({"quiet_days": 30}, {"Étienne Le Goff", ""}),
        ({"nps": "promoter"}, {"Étienne Le Goff"}),
        ({"nps": "detractor"}, {"Nadia Benali", "Tom Fletcher"}),
        ({"nps": "detractor", "language": "fr", "open": True}, {"Nadia Benali"}),
        ({"nps": "passive"}, set()),
    ],
)
@pytest.mark.parametrize("counted", [MOST_COUNTED, 0])
def test_filters_hold_together_whether_matches_are_few_or_many(
    adviser, people, monkeypatch, filters, found, counted
):
    monkeypatch.setattr(queries, "MOST_COUNTED", counted)
    assert set(_names(adviser, **filters)) == found


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [False, True])
def test_every_column_sorts_both_ways_with_the_unknown_last(adviser, people, sort, descending):
    rows = find_customers(adviser, CustomersAsked(sort=sort, descending=descending)).page.rows
    values = [getattr(row, SORTS[sort]) for row in rows]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=descending)
    assert values == known + [None] * (len(values) - len(known))
    assert len(rows) == 7


def test_the_count_stops_where_it_says(adviser, people, monkeypatch):
    monkeypatch.setattr(queries, "MOST_COUNTED", 3)
    found = find_customers(adviser, CustomersAsked())
    assert (found.matches, found.more_than_counted, len(found.page.rows)) == (3, True, 7)


def test_nobody_without_the_power_sees_a_row(people, adviser):
    adviser.is_active = False
    assert not summaries_for(adviser).exists()


def test_pages_follow_each_other(adviser, as_person, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 3)
    for n in range(7):
        customer(f"Client {n}")
    summarise()
    page = as_person(adviser)
    first = page.get(LIST).text
    assert "Client 2" in first
    assert "Client 3" not in first
    following = find_customers(adviser, CustomersAsked()).page.following
    second = page.get(LIST, {"after": following}).text
    assert "Client 3" in second
    assert "Client 2" not in second
    assert "Précédent" in second


def test_the_page_asks_as_many_questions_whatever_its_length(
    adviser, as_person, django_assert_num_queries, people
):
    page = as_person(adviser)
    page.get(LIST)
    with django_assert_num_queries(6):
        page.get(LIST)
    for n in range(30):
        customer(f"Client {n}")
    summarise()
    with django_assert_num_queries(6):
        page.get(LIST)


def test_columns_are_chosen_in_the_address(adviser, as_person, people):
    page = as_person(adviser).get(LIST, {"col": ["language", "nps"]}).text
    head = page[page.index("<thead>") : page.index("</thead>")]
    assert "Langue" in head
    assert "Chiffre d’affaires" not in head


def test_what_the_address_says_wrongly_is_left_out(adviser, as_person, people):
    page = as_person(adviser).get(
        LIST, {"nps": "x", "quiet": "y", "sort": "-secret", "col": "z", "after": "!!"}
    )
    assert page.status_code == 200
    assert "7 clients" in page.text


def test_an_empty_store_teaches_the_next_step(analyst, as_person):
    assert "Ils arrivent avec le premier import" in as_person(analyst).get(LIST).text


def test_nobody_found_says_what_to_try(adviser, as_person, people):
    assert "Personne ne répond à ces critères" in as_person(adviser).get(LIST, {"q": "zzz"}).text


def test_the_filtered_list_leaves_as_a_file_and_leaves_a_trace(analyst, as_person, people):
    person = Customer.objects.get(name="Tom Fletcher")
    Customer.objects.filter(pk=person.pk).update(name="=cmd|'/c calc'!A1")
    summarise(Customer.objects.get(pk=person.pk))
    answer = as_person(analyst).get(f"{LIST}export/csv/", {"language": "en"})
    rows = list(
        csv.reader(
            io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")), delimiter=";"
        )
    )
    assert [row[:2] for row in rows] == [["Numéro", "Nom"], [str(person.pk), "'=cmd|'/c calc'!A1"]]
    entry = Entry.objects.get(verb=Verb.EXPORTED)
    assert (entry.by, entry.kind, entry.facts) == (
        analyst,
        "customers",
        {"form": "csv", "asked": {"language": "en"}},
    )


def test_a_person_without_the_power_exports_nothing(adviser, as_person, people):
    assert as_person(adviser).get(f"{LIST}export/csv/").status_code == 403
    assert "CSV" not in as_person(adviser).get(LIST).text
    assert not Entry.objects.exists()


def test_the_search_of_everything_shows_the_best_five(adviser, as_person):
    for n in range(7):
        said(customer(f"Martin {n}"), at=days_ago(n))
    summarise()
    part = as_person(adviser).get(f"{LIST}trouves/", {"q": "martin"}).text
    assert [f"Martin {n}" in part for n in range(7)] == [True] * 5 + [False] * 2
    assert "Voir tous les clients" in part
    assert "Aucun client ne porte" in as_person(adviser).get(f"{LIST}trouves/", {"q": "zzz"}).text


def test_texts_from_outside_are_never_markup(adviser, as_person):
    customer("<script>alert(1)</script>")
    summarise()
    page = as_person(adviser).get(LIST, {"q": '"><script>x'}).text
    assert "<script>x" not in page
    assert "<script>alert" not in as_person(adviser).get(LIST).text


def test_quietness_is_counted_from_now(adviser):
    said(customer("Hier"), at=days_ago(29.9))
    said(customer("Longtemps"), at=days_ago(30.1))
    summarise()
    assert CustomerSummary.objects.count() == 2
    assert _names(adviser, quiet_days=30) == ["Longtemps"]
