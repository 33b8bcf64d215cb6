import json
from datetime import date

import pytest
from tests.web.factories import (
    agreed,
    allowed,
    answered,
    case,
    customer,
    days_ago,
    nadia,
    paid,
    said,
    summarise,
)

from entregent.web.audit.models import Entry, Verb
from entregent.web.customers.actions.erasure import erase_customer
from entregent.web.customers.actions.merging import (
    CannotMerge,
    CannotPart,
    merge_customers,
    undo_merge,
)
from entregent.web.customers.models import Merge
from entregent.web.customers.queries.weight import OF_A_CUSTOMER, evidence_weight
from entregent.web.evidence.models import (
    Customer,
    CustomerSummary,
    Identity,
    IdentityConflict,
    Import,
    Interaction,
    RejectedRow,
    ReplacedRow,
    StaleRow,
)  # fmt: skip
from entregent.web.evidence.search import customers_named, search

pytestmark = pytest.mark.django_db


@pytest.fixture
def her():
    return nadia()


@pytest.fixture
def twin():
    """The same person, known to another source."""
    person = customer(
        "Nadia Bénali",
        phone="+33700000000",
        since=date(2018, 1, 1),
        attributes={"ville": "Rezé", "code": "44"},
    )
    said(person, "Bonjour, petit courriel du second compte.", at=days_ago(6))
    answered(person, 7)
    paid(person, "12.00")
    case(person)
    agreed(person, "tacit", "Reçoit ses relevés sur papier")
    allowed(person, "appels de suivi", given_at=days_ago(90))
    summarise(person)
    return person


def _named(words):
    return set(Customer.objects.filter(pk__in=customers_named(words)))


def _state():
    """Everything a refused or undone action must leave as it was."""
    return {
        "customers": list(Customer.objects.order_by("pk").values("pk", "name", "since", "attributes", "merged_into")),
        **{
            table: sorted(model.objects.values_list("pk", "customer_id")) for table, model in OF_A_CUSTOMER.items()
        },
    }  # fmt: skip


# Identity


def test_a_corrected_name_is_found_and_the_old_one_is_not(her, adviser, as_person):
    as_person(adviser).post(
        f"/comprendre/clients/{her.pk}/identite/",
        {"name": "Nadia Kaddour", "kind": "person", "language": "fr", "since": "2019-03-04"},
    )
    assert _named("kaddour") == {her}
    assert _named("benali") == set()
    assert CustomerSummary.objects.get(pk=her.pk).name == "Nadia Kaddour"
    assert StaleRow.objects.filter(table="customers", row_id=her.pk).exists()
    assert Entry.objects.get(verb=Verb.CHANGED).facts == {"changed": ["name"]}


def test_correcting_nothing_leaves_no_trace(her, adviser, as_person):
    as_person(adviser).post(
        f"/comprendre/clients/{her.pk}/identite/",
        {"name": her.name, "kind": "person", "language": "fr", "since": "2019-03-04"},
    )
    assert not Entry.objects.filter(verb=Verb.CHANGED).exists()


@pytest.mark.parametrize(
    ("scheme", "typed", "stored"),
    [
        ("email", "Nadia@Exemple.FR", "nadia@exemple.fr"),
        ("phone", "06 99 88 77 66", "+33699887766"),
    ],
)
def test_an_address_is_stored_as_imports_would(her, adviser, as_person, scheme, typed, stored):
    person = as_person(adviser)
    person.post(
        f"/comprendre/clients/{her.pk}/identite/ajouter/", {"scheme": scheme, "value": typed}
    )
    added = Identity.objects.get(scheme=scheme, value=stored)
    assert added.customer == her
    person.post(f"/comprendre/clients/{her.pk}/identite/{added.pk}/retirer/")
    assert not Identity.objects.filter(value=stored).exists()
    assert [entry.facts["changed"] for entry in Entry.objects.order_by("pk")] == [
        [f"+{scheme}"],
        [f"-{scheme}"],
    ]


@pytest.mark.parametrize(
    ("scheme", "typed"),
    [("email", "pas une adresse"), ("phone", "abc"), ("fax", "1"), ("email", "")],
)
def test_what_is_no_address_changes_nothing(her, adviser, as_person, scheme, typed):
    before = _state()
    as_person(adviser).post(
        f"/comprendre/clients/{her.pk}/identite/ajouter/", {"scheme": scheme, "value": typed}
    )
    assert _state() == before
    assert not Entry.objects.exists()


def test_an_address_of_somebody_else_is_refused_and_says_whose(her, twin, adviser, as_person):
    before = _state()
    page = as_person(adviser).post(
        f"/comprendre/clients/{her.pk}/identite/ajouter/",
        {"scheme": "phone", "value": "07 00 00 00 00"},
    )
    assert "déjà à Nadia Bénali" in page.text
    assert f"duplicate={twin.pk}" in page.text
    assert _state() == before


# Merging


def test_merging_gives_the_whole_history_to_the_one_we_keep(her, twin, adviser):
    expected = {
        table: evidence_weight(her)[table] + n for table, n in evidence_weight(twin).items()
    }
    merge_customers(kept=her, duplicate=twin, by=adviser)
    her.refresh_from_db()
    twin.refresh_from_db()
    assert evidence_weight(her) == expected
    assert set(evidence_weight(twin).values()) == {0}
    assert (twin.merged_into, her.since) == (her, date(2018, 1, 1))
    assert her.attributes == {
        "ville": "Nantes",
        "situation": "infirmière, horaires de nuit",
        "agence": "Nantes Graslin",
        "code": "44",
    }
    assert not CustomerSummary.objects.filter(pk=twin.pk).exists()
    assert _named("benali") == {her}
    entry = Entry.objects.get(verb=Verb.CHANGED)
    assert (entry.about, entry.facts["merged"]) == (f"client n° {her.pk} ← n° {twin.pk}", twin.pk)
    moved = Interaction.objects.get(text__startswith="Bonjour, petit courriel")
    assert StaleRow.objects.filter(table="interactions", row_id=moved.pk).exists()


def test_undoing_a_merge_leaves_everything_as_it_was(her, twin, adviser):
    before = _state()
    merge = merge_customers(kept=her, duplicate=twin, by=adviser)
    undo_merge(merge=merge, by=adviser)
    assert _state() == before
    assert set(CustomerSummary.objects.values_list("pk", flat=True)) == {her.pk, twin.pk}
    assert _named("benali") == {her, twin}
    assert Entry.objects.filter(verb=Verb.UNDID).count() == 1


def test_what_came_after_a_merge_stays_with_the_one_we_kept(her, twin, adviser):
    merge = merge_customers(kept=her, duplicate=twin, by=adviser)
    later = said(her, "Après la fusion")
    undo_merge(merge=merge, by=adviser)
    later.refresh_from_db()
    assert later.customer == her


def test_a_customer_is_merged_only_once(her, twin, adviser):
    merge_customers(kept=her, duplicate=twin, by=adviser)
    before = _state()
    for kept, duplicate in ((her, twin), (twin, her), (her, her)):
        with pytest.raises(CannotMerge):
            merge_customers(kept=kept, duplicate=duplicate, by=adviser)
    assert _state() == before


def test_a_merge_is_undone_only_once(her, twin, adviser):
    merge = merge_customers(kept=her, duplicate=twin, by=adviser)
    undo_merge(merge=merge, by=adviser)
    before = _state()
    with pytest.raises(CannotPart):
        undo_merge(merge=merge, by=adviser)
    assert _state() == before


def test_the_first_of_two_merges_waits_for_the_second_to_be_undone(her, twin, adviser):
    third = customer("N. Benali")
    first = merge_customers(kept=her, duplicate=twin, by=adviser)
    second = merge_customers(kept=third, duplicate=her, by=adviser)
    with pytest.raises(CannotPart):
        undo_merge(merge=first, by=adviser)
    undo_merge(merge=second, by=adviser)
    undo_merge(merge=first, by=adviser)
    assert Customer.objects.filter(merged_into=None).count() == 3


def test_the_page_shows_both_sides_then_merges_then_parts(her, twin, adviser, as_person):
    person = as_person(adviser)
    address = f"/comprendre/clients/{her.pk}/fusionner/"
    assert f"?duplicate={twin.pk}" in person.get(address).text
    both = person.get(address, {"duplicate": twin.pk}).text
    assert "Est-ce bien la même personne" in both
    assert "échanges\u202f: 1" in both
    assert not Merge.objects.exists()
    page = person.post(address, {"duplicate": twin.pk}, follow=True).text
    assert "n’en font plus qu’une" in page
    assert (
        person.get(f"/comprendre/clients/{twin.pk}/").headers["Location"]
        == f"/comprendre/clients/{her.pk}/"
    )
    merge = Merge.objects.get()
    parted = person.post(
        f"/comprendre/clients/{her.pk}/fusions/{merge.pk}/separer/", follow=True
    ).text
    assert "de nouveau séparées" in parted
    again = person.post(
        f"/comprendre/clients/{her.pk}/fusions/{merge.pk}/separer/", follow=True
    ).text
    assert "ne peut plus être annulée" in again


def test_merging_with_nobody_shows_the_search_again(her, adviser, as_person):
    before = _state()
    assert (
        as_person(adviser)
        .post(f"/comprendre/clients/{her.pk}/fusionner/", {"duplicate": "999"})
        .status_code
        == 200
    )
    assert _state() == before


# Erasure


def test_erasing_leaves_nothing_but_an_anonymous_trace(her, twin, officer):
    merge_customers(kept=her, duplicate=twin, by=officer)
    stays = customer("Étienne Le Goff")
    said(stays, "Un sinistre réglé en trois jours")
    of_import = Import.objects.create(file_name="x.csv")
    ReplacedRow.objects.create(
        of_import=of_import, table="customers", row_id=her.pk, before={"name": "Nadia"}
    )
    RejectedRow.objects.create(
        of_import=of_import, number=3, original="3;nadia.benali@exemple.fr;?", code="not_a_date"
    )
    RejectedRow.objects.create(
        of_import=of_import, number=4, original="4;autre@exemple.fr;?", code="not_a_date"
    )
    IdentityConflict.objects.create(
        of_import=of_import, number=5, identities=[["email", "nadia.benali@exemple.fr", her.pk]]
    )
    held = sum(evidence_weight(her).values())
    seen = {
        table: set(model.objects.filter(customer=her).values_list("pk", flat=True))
        for table, model in OF_A_CUSTOMER.items()
    }

    removed = erase_customer(customer=her, by=officer, reason="demande du 3 novembre")

    assert sum(removed.values()) == held + 2
    assert list(Customer.objects.all()) == [stays]
    assert all(
        not model.objects.exclude(customer=stays).exists() for model in OF_A_CUSTOMER.values()
    )
    assert [hit.row_id for hit in search("sinistre")] == [Interaction.objects.get().pk]
    assert _named("nadia") == set()
    for table, keys in seen.items():
        assert keys <= set(StaleRow.objects.filter(table=table).values_list("row_id", flat=True))
    assert not ReplacedRow.objects.exists()
    assert not IdentityConflict.objects.exists()
    assert list(RejectedRow.objects.order_by("number").values_list("original", flat=True)) == [
        "",
        "4;autre@exemple.fr;?",
    ]
    trace = Entry.objects.get(verb=Verb.REMOVED)
    assert (trace.by, trace.about, trace.facts["reason"]) == (
        officer,
        f"client n° {her.pk}",
        "demande du 3 novembre",
    )
    written = json.dumps(list(Entry.objects.values("about", "facts")), default=str)
    for name in ("Nadia", "Benali", "Bénali", "exemple.fr", "33612345678"):
        assert name not in written


def test_erasure_names_what_is_lost_and_asks_to_be_sure(her, officer, as_person):
    person = as_person(officer)
    page = person.get(f"/comprendre/clients/{her.pk}/effacer/").text
    assert "échanges\u202f: 8" in page
    assert "ferait revenir cette personne" in page
    before = _state()
    for posted in ({}, {"reason": "demande"}, {"sure": "on"}):
        assert person.post(f"/comprendre/clients/{her.pk}/effacer/", posted).status_code == 200
    assert _state() == before
    gone = person.post(
        f"/comprendre/clients/{her.pk}/effacer/", {"reason": "demande", "sure": "on"}, follow=True
    )
    assert "est effacé" in gone.text
    assert not Customer.objects.exists()


@pytest.mark.parametrize("who", ["adviser", "manager", "analyst"])
def test_only_those_who_answer_for_it_erase(her, who, request, as_person):
    person = as_person(request.getfixturevalue(who))
    before = _state()
    answer = person.post(f"/comprendre/clients/{her.pk}/effacer/", {"reason": "x", "sure": "on"})
    assert answer.status_code == 403
    assert _state() == before
