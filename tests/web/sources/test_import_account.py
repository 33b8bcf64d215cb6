"""The account of an import: four counts that add up, whatever the file says and whatever happens."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.web.sources.reading import account, imported, lines

from entregent.adapters.intake.mapping import Mapping
from entregent.web.evidence.models import (
    Case,
    Customer,
    Identity,
    IdentityConflict,
    Import,
    Interaction,
    RejectedRow,
    Transaction,
)
from entregent.web.sources import actions

pytestmark = pytest.mark.django_db

ONE = "m1,c1,lea@exemple.fr,06 39 98 00 01,2026-03-01 09:00,Bonjour,Lille"
TWO = "m2,c2,paul@exemple.fr,,2026-03-02 10:00,Toujours rien,Nantes"


def test_each_row_makes_a_customer_and_an_interaction():
    of_import = imported(lines(ONE, TWO))
    assert account(of_import) == (2, 2, 0, 0, 0)
    assert of_import.evidence == {"customers": 2, "identities": 5, "interactions": 2}
    first = Interaction.objects.get(text="Bonjour")
    assert (first.channel, first.direction, first.at.isoformat()) == (
        "email",
        "in",
        "2026-03-01T09:00:00+00:00",
    )
    assert first.customer.attributes == {"ville": "Lille"}
    assert set(first.customer.identities.values_list("scheme", "value")) == {
        ("Boîte mail", "c1"), ("email", "lea@exemple.fr"), ("phone", "+33639980001"),
    }  # fmt: skip


def test_the_same_file_twice_changes_nothing():
    imported(lines(ONE, TWO))
    before = list(Interaction.objects.order_by("pk").values())
    assert account(imported(lines(ONE, TWO))) == (2, 0, 0, 2, 0)
    assert list(Interaction.objects.order_by("pk").values()) == before
    assert Customer.objects.count() == 2


def test_a_corrected_row_updates_what_it_made():
    imported(lines(ONE, TWO))
    again = imported(lines(ONE.replace("Bonjour", "Bonsoir"), TWO))
    assert account(again) == (2, 0, 1, 1, 0)
    assert Interaction.objects.filter(text="Bonsoir").count() == 1
    assert not Interaction.objects.filter(text="Bonjour").exists()


def test_identical_rows_without_a_key_are_all_kept_and_known_again():
    keyless = MESSAGES_WITHOUT_KEY
    content = lines(ONE, ONE, ONE)
    assert account(imported(content, mapping=keyless)) == (3, 3, 0, 0, 0)
    assert account(imported(content, mapping=keyless)) == (3, 0, 0, 3, 0)
    assert account(imported(content, mapping=keyless, batch_size=1)) == (3, 0, 0, 3, 0)
    assert Interaction.objects.count() == 3


MESSAGES_WITHOUT_KEY = Mapping(
    columns={"client": ["identity.key"], "quand": ["at"], "mots": ["interaction.text"]},
    timezone="UTC",
)


def test_a_row_that_cannot_be_dated_is_rejected_with_its_line_and_its_words():
    of_import = imported(lines(ONE, "m9,c9,,,hier,Perdu,", TWO))
    assert account(of_import) == (3, 2, 0, 0, 1)
    rejected = RejectedRow.objects.get()
    assert (rejected.number, rejected.code, rejected.facts) == (3, "not_a_time", {"text": "hier"})
    assert rejected.original.strip() == "m9,c9,,,hier,Perdu,"
    assert not Customer.objects.filter(identities__value="c9").exists()


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("m3,c3,pas-une-adresse,,2026-03-01,x,", "not_an_email"),
        ("m3,c3,,12,2026-03-01,x,", "not_a_phone"),
        ("m3,c3,,,2384-03-01,x,", "time_out_of_range"),
        ("m3,c3,,,,x,", "no_time"),
    ],
)
def test_a_refused_row_stores_nothing(row, code):
    of_import = imported(lines(row))
    assert account(of_import) == (1, 0, 0, 0, 1)
    assert RejectedRow.objects.get().code == code
    assert (Customer.objects.count(), Interaction.objects.count(), Identity.objects.count()) == (
        0,
        0,
        0,
    )


def test_an_email_names_the_same_person_in_every_source():
    imported(lines(ONE))
    imported(lines("x7,,LEA@exemple.fr,,2026-04-01,Encore moi,"), source="Chat")
    assert Customer.objects.count() == 1
    assert Interaction.objects.filter(customer__identities__value="lea@exemple.fr").count() == 2


def test_identities_of_two_people_in_one_row_are_shown_and_not_guessed_away():
    imported(lines(ONE, TWO))
    of_import = imported(
        lines(
            "m3,,lea@exemple.fr,,2026-03-03,Qui suis-je ?,",
            "m4,c2,lea@exemple.fr,,2026-03-03,Et moi ?,",
        )
    )
    assert account(of_import) == (2, 1, 0, 0, 1)
    conflict = IdentityConflict.objects.get()
    assert conflict.number == 3
    owners = {scheme: customer for scheme, _value, customer in conflict.identities}
    assert owners["email"] != owners["Boîte mail"]
    assert RejectedRow.objects.get().code == "identities_disagree"
    assert not Interaction.objects.filter(text="Et moi ?").exists()


ORDERS = Mapping(
    columns={"facture": [], "client": ["identity.key"], "quand": ["at"], "n": ["transaction.quantity"], "prix": ["transaction.unit_price"], "quoi": ["transaction.product"]},
    timezone="UTC", currency="GBP",
)  # fmt: skip


def test_rows_without_a_customer_keep_their_money():
    content = lines(
        "A1,c1,2026-01-01,2,3.50,Thé",
        "A2,,2026-01-02,1,10,Tasse",
        "CA1,c1,2026-01-03,-2,3.50,Thé",
        header="facture,client,quand,n,prix,quoi",
    )
    assert account(imported(content, mapping=ORDERS)) == (3, 3, 0, 0, 0)
    kept = Transaction.objects.order_by("at").values_list(
        "amount", "kind", "customer__identities__value", "currency"
    )
    assert [(str(amount), *rest) for amount, *rest in kept] == [
        ("7.0000", "purchase", "c1", "GBP"), ("10.0000", "purchase", None, "GBP"), ("-7.0000", "refund", "c1", "GBP"),
    ]  # fmt: skip


EVENTS = Mapping(
    columns={"dossier": ["case.key"], "etat": ["interaction.activity", "case.status"], "ouvert": ["case.opened_at"], "quand": ["at"], "clos": ["case.closed_at"]},
    timezone="UTC",
)  # fmt: skip


def test_the_events_of_a_case_keep_one_case_up_to_date():
    content = lines(
        "D1,nouveau,2026-01-01,2026-01-01 10:00,",
        "D1,clos,2026-01-01,2026-01-05 10:00,2026-01-05",
        "D2,nouveau,2026-01-02,2026-01-02,",
        header="dossier,etat,ouvert,quand,clos",
    )
    assert account(imported(content, mapping=EVENTS)) == (3, 3, 0, 0, 0)
    assert Case.objects.get(source_key="D1").closed_at.isoformat() == "2026-01-05T00:00:00+00:00"
    assert Interaction.objects.filter(case__source_key="D1").count() == 2
    assert account(imported(content, mapping=EVENTS, batch_size=1)) == (3, 0, 0, 3, 0)


PEOPLE = Mapping(
    columns={"id": ["identity.key"], "nom": ["customer.name"], "ville": ["attribute.ville"]}
)


def test_a_list_of_customers_has_the_word_on_them():
    imported(lines("7,Léa Martin,Lille", header="id,nom,ville"), mapping=PEOPLE)
    assert account(
        imported(lines("7,Léa Durand,Nantes", header="id,nom,ville"), mapping=PEOPLE)
    ) == (1, 0, 1, 0, 0)
    customer = Customer.objects.get()
    assert (customer.name, customer.attributes) == ("Léa Durand", {"ville": "Nantes"})


def test_a_key_told_twice_with_other_words_is_told_once():
    content = lines(ONE, ONE.replace("Bonjour", "Bonsoir"), ONE)
    expected = [(3, 1, 0, 1, 1), (3, 0, 0, 2, 1), (3, 0, 0, 2, 1)]
    for counts, batch_size in zip(expected, (20_000, 1, 20_000), strict=True):
        of_import = imported(content, batch_size=batch_size)
        assert account(of_import) == counts
        assert RejectedRow.objects.get(of_import=of_import).code == "said_twice"
        assert Interaction.objects.get().text == "Bonjour"


def test_a_case_told_again_in_a_newer_export_is_brought_up_to_date():
    header = "dossier,etat,ouvert,quand,clos"
    imported(lines("D1,nouveau,2026-01-01,2026-01-01 10:00,", header=header), mapping=EVENTS)
    again = imported(
        lines("D1,clos,2026-01-01,2026-01-01 10:00,2026-01-05", header=header), mapping=EVENTS
    )
    assert again.updated + again.created == 1
    assert Case.objects.get().status == "clos"


@pytest.mark.parametrize("batch_size", [1, 20_000])
def test_the_first_word_of_a_list_on_a_customer_stands_and_later_ones_fill_blanks(batch_size):
    content = lines("7,Léa Martin,", "7,Lea MARTIN,Paris", header="id,nom,ville")
    imported(content, mapping=PEOPLE, batch_size=batch_size)
    assert account(imported(content, mapping=PEOPLE, batch_size=batch_size)) == (2, 0, 0, 2, 0)
    customer = Customer.objects.get()
    assert (customer.name, customer.attributes) == ("Léa Martin", {"ville": "Paris"})


cells = st.sampled_from(
    [
        "",
        "c1",
        "c2",
        "lea@exemple.fr",
        "paul@exemple.fr",
        "2026-03-01",
        "hier",
        "0639980001",
        "Bonjour",
        "😀",
    ]
)
# A row of nothing but separators is no row.
rows = st.lists(
    st.tuples(*[cells] * 7).map(",".join).filter(lambda row: row.strip(",")), max_size=12
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows, st.integers(1, 5))
def test_whatever_the_rows_the_four_counts_add_up_and_a_second_run_stores_nothing(rows, batch_size):
    Interaction.objects.all().delete()
    Identity.objects.all().delete()
    Customer.objects.all().delete()
    first = imported(lines(ONE, *rows), batch_size=batch_size)
    stored = list(Interaction.objects.order_by("pk").values_list("pk", "content", "customer_id"))
    again = imported(lines(ONE, *rows), batch_size=batch_size)
    for of_import in (first, again):
        read, *counts = account(of_import)
        assert of_import.state == Import.State.DONE
        assert read == 1 + len(rows) == sum(counts)
        assert of_import.rejected_rows.count() == of_import.rejected
    assert again.created == 0
    assert sorted(pk for pk, _, _ in stored) == sorted(
        Interaction.objects.values_list("pk", flat=True)
    )


def test_undo_takes_back_all_that_an_import_made():
    of_import = imported(lines(ONE, TWO))
    actions.undo_import(of_import=of_import, by=None)
    assert (Customer.objects.count(), Interaction.objects.count(), Identity.objects.count()) == (
        0,
        0,
        0,
    )
    of_import.refresh_from_db()
    assert of_import.state == Import.State.UNDONE
    assert account(imported(lines(ONE, TWO))) == (2, 2, 0, 0, 0)


def test_undo_puts_back_what_an_import_replaced():
    imported(lines(ONE, TWO))
    before = list(Interaction.objects.order_by("pk").values("text", "at", "customer_id"))
    second = imported(lines(ONE.replace("Bonjour", "Bonsoir"), "m3,c1,,,2026-05-01,Nouveau,"))
    assert account(second) == (2, 1, 1, 0, 0)
    actions.undo_import(of_import=second, by=None)
    assert list(Interaction.objects.order_by("pk").values("text", "at", "customer_id")) == before


def test_an_import_whose_rows_changed_since_is_undone_only_after_the_later_one():
    first = imported(lines(ONE))
    second = imported(lines(ONE.replace("Bonjour", "Bonsoir")))
    with pytest.raises(actions.CannotUndo) as refusal:
        actions.undo_import(of_import=first, by=None)
    assert refusal.value.later == [second]
    assert Interaction.objects.get().text == "Bonsoir"
    actions.undo_import(of_import=second, by=None)
    assert Interaction.objects.get().text == "Bonjour"
    actions.undo_import(of_import=first, by=None)
    assert not Interaction.objects.exists()


def test_undo_keeps_the_customers_that_others_know():
    first = imported(lines(ONE))
    imported(lines("x7,,lea@exemple.fr,,2026-04-01,Encore moi,"), source="Chat")
    actions.undo_import(of_import=first, by=None)
    assert Customer.objects.count() == 1
    assert [row.text for row in Interaction.objects.all()] == ["Encore moi"]


def test_an_import_that_runs_cannot_be_undone():
    of_import = imported(lines(ONE))
    Import.objects.filter(pk=of_import.pk).update(
        state=Import.State.RUNNING, beat_at=of_import.ended_at
    )
    with pytest.raises(actions.NotNow):
        actions.undo_import(of_import=of_import, by=None)
    assert Interaction.objects.count() == 1
