"""Imports in the browser's terms: what a person drops, sees, corrects, reads and takes back."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.web.sources.reading import lines

from entregent.web.audit.models import Entry
from entregent.web.evidence.models import Customer, Import, Interaction, Source

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = (
    "m1,c1,lea@exemple.fr,,2026-03-01 09:00,Bonjour,Lille",
    "m2,c2,paul@exemple.fr,,jamais,Toujours rien,Nantes",
)


def drop(client, content: bytes, name: str = "boite.csv"):
    return client.post("/donnees/imports/", {"file": SimpleUploadedFile(name, content)})


def settle(client, of_import: Import, **changed):
    said = {
        "source": "Boîte mail", "timezone": "UTC", "currency": "EUR", "day_first": "", "decimal_comma": "",
        "channel": "email", "ces_version": "", "role-0": "interaction.key", "role-1": "identity.key",
        "role-2": "identity.email", "role-4": "at", "role-5": "interaction.text", **changed,
    }  # fmt: skip
    return client.post(f"/donnees/imports/{of_import.pk}/", said)


def test_a_dropped_file_is_shown_before_anything_is_stored(analyst, as_person):
    client = as_person(analyst)
    answer = drop(client, lines(*ROWS))
    page = client.get(answer.headers["Location"])
    assert "Que veulent dire les colonnes de boite.csv" in page.text
    assert "lea@exemple.fr" in page.text
    assert not Customer.objects.exists()


def test_a_settled_file_is_imported_and_its_account_shown(analyst, as_person):
    client = as_person(analyst)
    drop(client, lines(*ROWS))
    settle(client, Import.objects.get())
    of_import = Import.objects.get()
    assert (of_import.state, of_import.rows_read, of_import.created, of_import.rejected) == (
        "done",
        2,
        1,
        1,
    )
    page = client.get(f"/donnees/imports/{of_import.pk}/").text
    assert "2 lignes lues, dont 1 rejetées" in page or "2 lignes lues, dont 1 rejetée" in page
    assert "m2,c2,paul@exemple.fr" in page
    assert Source.objects.get().mapping["columns"]["mots"] == ["interaction.text"]
    assert Entry.objects.filter(verb="imported", by=analyst).count() == 1


def test_the_next_file_of_a_source_is_settled_as_the_last_one_was(analyst, as_person):
    client = as_person(analyst)
    drop(client, lines(ROWS[0]))
    settle(client, Import.objects.get())
    answer = drop(client, lines("m3,c3,,,2026-03-04,Encore,"))
    page = client.get(answer.headers["Location"]).text
    assert "Ces colonnes sont celles de la source «\u00a0Boîte mail\u00a0»" in page


def test_a_mapping_that_says_nothing_stores_nothing(analyst, as_person):
    client = as_person(analyst)
    drop(client, lines(*ROWS))
    answer = settle(client, Import.objects.get(), **{f"role-{place}": "" for place in range(7)})
    assert answer.status_code == 422
    assert "au moins une colonne" in answer.text
    assert (Import.objects.get().state, Source.objects.count(), Interaction.objects.count()) == (
        "draft",
        0,
        0,
    )


def test_the_rejected_rows_come_back_as_a_file_that_can_be_corrected_and_imported(
    analyst, as_person
):
    client = as_person(analyst)
    drop(client, lines(*ROWS))
    settle(client, Import.objects.get())
    answer = client.get(f"/donnees/imports/{Import.objects.get().pk}/rejets/")
    rejected = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert rejected.splitlines() == [lines().decode().strip(), ROWS[1]]
    drop(client, rejected.replace("jamais", "2026-03-02").encode(), name="corrige.csv")
    second = Import.objects.order_by("pk").last()
    settle(client, second)
    second.refresh_from_db()
    assert (second.created, second.rejected) == (1, 0)
    assert Interaction.objects.count() == 2


def test_an_empty_file_is_refused_in_plain_words_and_nothing_is_stored(analyst, as_person):
    client = as_person(analyst)
    page = client.get(drop(client, b"").headers["Location"]).text
    assert "ne peut pas être lu" in page
    assert "Rien n’a été importé" in page
    assert not Interaction.objects.exists()


def test_an_import_is_undone_from_its_page(manager, as_person):
    client = as_person(manager)
    drop(client, lines(ROWS[0]))
    settle(client, Import.objects.get())
    of_import = Import.objects.get()
    assert "sera retiré" in client.get(f"/donnees/imports/{of_import.pk}/annuler/").text
    assert Interaction.objects.count() == 1
    client.post(f"/donnees/imports/{of_import.pk}/annuler/")
    of_import.refresh_from_db()
    assert (of_import.state, Interaction.objects.count(), Customer.objects.count()) == (
        "undone",
        0,
        0,
    )


def test_an_analyst_cannot_undo_a_colleagues_import(manager, analyst, as_person):
    drop(as_person(manager), lines(ROWS[0]))
    settle(as_person(manager), Import.objects.get())
    answer = as_person(analyst).post(f"/donnees/imports/{Import.objects.get().pk}/annuler/")
    assert answer.status_code == 403
    assert Interaction.objects.count() == 1


def test_an_adviser_can_neither_see_nor_make_imports(adviser, as_person):
    client = as_person(adviser)
    assert client.get("/donnees/imports/").status_code == 403
    assert drop(client, lines(*ROWS)).status_code == 403
    assert not Import.objects.exists()


def test_a_draft_is_forgotten_with_its_file(analyst, as_person):
    client = as_person(analyst)
    drop(client, lines(*ROWS))
    of_import = Import.objects.get()
    kept = of_import.file.path
    client.post(f"/donnees/imports/{of_import.pk}/oublier/")
    assert not Import.objects.exists()
    with pytest.raises(FileNotFoundError):
        io.FileIO(kept)


def test_the_list_of_imports_asks_the_store_a_constant_number_of_questions(
    analyst, as_person, django_assert_max_num_queries
):
    client = as_person(analyst)
    for number in range(3):
        Import.objects.create(file_name=f"{number}.csv", state="done")
    with django_assert_max_num_queries(14):
        client.get("/donnees/imports/")
