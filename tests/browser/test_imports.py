"""A newcomer's import: drop, look, correct, import, read the account, mend the rejects, take it back."""

import csv
import io
import re

import pytest
from playwright.sync_api import Page, expect

TICKETS = """Billet;Client;E-mail;Téléphone;Date;Canal;Message;Note
{0}1;{0}C1;lea.roussel.{0}@exemple.fr;06 11 22 33 44;12/03/2026 09:14;e-mail;"Bonjour, toujours rien depuis trois semaines ; que se passe-t-il ?";2
{0}2;{0}C2;p.morel.{0}@exemple.fr;;12/03/2026 09:52;téléphone;Très bon accueil, merci à votre collègue.;5
{0}3;{0}C3;sana.haddad.{0}@exemple.fr;;12/03/2026 10:07;chat;"Je voulais résilier, finalement je reste : on m’a enfin expliqué.";4
{0}4;{0}C4;;;hier;e-mail;Où en est mon dossier ?;3
{0}5;{0}C5;j.lambert.{0}@exemple.fr;;13/03/2026 14:30;e-mail;"« Impossible » de joindre quelqu’un, 40 minutes d’attente.";1
{0}6;{0}C6;;;31/02/2026 08:00;chat;Merci !;5
"""
COUNTS = ("read", "created", "updated", "unchanged", "rejected")


def drop(page: Page, name: str, content: bytes) -> None:
    """Drop a file onto the place for it, as a hand does."""
    page.goto("/donnees/imports/")
    transfer = page.evaluate_handle(
        """([name, bytes]) => {
            const held = new DataTransfer();
            held.items.add(new File([new Uint8Array(bytes)], name));
            return held;
        }""",
        [name, list(content)],
    )
    page.locator(".drop").dispatch_event("drop", {"dataTransfer": transfer})
    assert page.locator("#file").evaluate("field => field.files[0].name") == name
    page.get_by_role("button", name="Voir ce qu’il contient").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def settle(page: Page, source: str) -> None:
    page.get_by_label("Nom de la source").fill(source)
    page.get_by_role("row", name="Billet").get_by_role("combobox").first.select_option(
        "interaction.key"
    )
    page.get_by_role("button", name="Importer", exact=True).first.click()


def account(page: Page) -> tuple[int, ...]:
    """The counts on the page, once the import has ended."""
    expect(page.locator("#rows-read")).to_be_visible(timeout=60_000)
    return tuple(int(page.locator(f"#rows-{name}").inner_text()) for name in COUNTS)


def tickets(series: str) -> bytes:
    return TICKETS.format(series).encode("cp1252")


def test_a_file_is_dropped_looked_at_corrected_and_imported_with_every_row_accounted_for(page_of):
    page = page_of("analyst")
    drop(page, "billets-a.csv", tickets("A"))
    expect(page.get_by_role("main")).to_contain_text("sana.haddad.A@exemple.fr")
    expect(page.get_by_role("main")).to_contain_text("Windows-1252")
    settle(page, "Billets A")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        re.compile("Qu’est devenu billets-a.csv")
    )
    read, created, updated, unchanged, rejected = account(page)
    assert (read, created, rejected) == (6, 4, 2)
    assert created + updated + unchanged + rejected == read
    rejects = page.locator("#rejets")
    expect(rejects.get_by_role("cell", name="hier", exact=False).first).to_be_visible()
    expect(rejects).to_contain_text("A4;AC4")
    expect(rejects).to_contain_text("A6;AC6")


def test_the_same_file_again_changes_nothing(page_of):
    page = page_of("analyst")
    for counts in ((6, 4, 0, 0, 2), (6, 0, 0, 4, 2)):
        drop(page, "billets-b.csv", tickets("B"))
        settle(page, "Billets B")
        assert account(page) == counts


def test_rejected_rows_are_downloaded_corrected_and_imported_again(page_of):
    page = page_of("analyst")
    drop(page, "billets-c.csv", tickets("C"))
    settle(page, "Billets C")
    account(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger pour les corriger").click()
    rejected = download.value.path().read_text("utf-8-sig")
    lines = list(csv.reader(io.StringIO(rejected), delimiter=";"))
    assert [line[0] for line in lines] == ["Billet", "C4", "C6"]
    mended = rejected.replace("hier", "11/03/2026 18:00").replace("31/02/2026", "28/02/2026")
    drop(page, "billets-c-corriges.csv", mended.encode())
    expect(page.get_by_role("main")).to_contain_text("Billets C")
    page.get_by_role("button", name="Importer", exact=True).first.click()
    assert account(page) == (2, 2, 0, 0, 0)


def test_an_import_is_undone_after_saying_what_will_be_lost_and_its_customers_are_gone(page_of):
    page = page_of("manager")
    drop(page, "billets-d.csv", tickets("D"))
    settle(page, "Billets D")
    account(page)
    page.goto("/comprendre/clients/?q=lea.roussel.d@exemple.fr")
    expect(page.get_by_role("main")).to_contain_text("1 client")
    page.goto("/donnees/imports/")
    page.get_by_role("link", name="billets-d.csv").first.click()
    page.get_by_role("link", name="Annuler cet import").click()
    expect(page.get_by_role("main")).to_contain_text("sera retiré")
    page.get_by_role("button", name="Annuler cet import").click()
    expect(page.get_by_role("main")).to_contain_text("a été annulé", timeout=60_000)
    page.goto("/comprendre/clients/?q=lea.roussel.d@exemple.fr")
    expect(page.get_by_role("main")).to_contain_text("Personne ne répond")


def test_a_file_without_a_meaning_for_its_columns_says_what_is_missing_and_stores_nothing(page_of):
    page = page_of("analyst")
    drop(page, "billets-e.csv", tickets("E"))
    page.get_by_label("Nom de la source").fill("")
    page.get_by_role("button", name="Importer", exact=True).first.click()
    # The browser itself asks for the name of the source.
    expect(page.get_by_label("Nom de la source")).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Que veulent dire les colonnes")


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "Rien n’a été importé."), ("en", "Nothing was imported.")],
)
def test_a_file_that_cannot_be_read_is_refused_in_the_persons_language(page_of, language, words):
    page = page_of("analyst", "/donnees/imports/", language=language)
    page.set_input_files("#file", {"name": "vide.csv", "mimeType": "text/csv", "buffer": b""})
    page.locator(".drop button").click()
    expect(page.get_by_role("main")).to_contain_text(words)
