"""Files as they should not be, from the drop to the store: said plainly, nothing lost, nothing half-stored."""

import csv
import html
import io
import re
import zipfile
from datetime import UTC, datetime

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from openpyxl import load_workbook
from tests.web.factories import answered, case, customer, paid, said, summarise
from tests.web.sources.reading import MESSAGES, account, imported, lines

from entregent.adapters.intake.mapping import Mapping
from entregent.adapters.readers.batches import Reason
from entregent.adapters.readers.sentences import sentence
from entregent.web.evidence.changes import TABLES
from entregent.web.evidence.models import Import, Interaction, Source
from entregent.web.evidence.refresh import refresh_everything

pytestmark = pytest.mark.django_db(transaction=True)


def bomb() -> bytes:
    """A workbook of some kilobytes whose only sheet inflates to a hundred megabytes."""
    book, whole = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(book)
    with (
        zipfile.ZipFile(book) as before,
        zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            huge = name.endswith("sheet1.xml")
            after.writestr(name, b"<worksheet>" + b" " * 100 * 2**20 if huge else before.read(name))
    return whole.getvalue()


def billion_laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return (
        f'<?xml version="1.0"?><!DOCTYPE log [<!ENTITY l0 "ha">{entities}]><log>&l9;</log>'.encode()
    )


UNREADABLE = {
    "empty": ("vide.csv", lambda: b"", "empty_file"),
    "header_only": ("entetes.csv", lambda: b"id,client,quand,mots\n", "header_only"),
    "zip_bomb": ("bombe.xlsx", bomb, "compression_bomb"),
    "billion_laughs": ("rire.xes", billion_laughs, "entities_refused"),
    "only_nul_bytes": ("nuls.csv", lambda: b"\0" * 5000, "binary_file"),
    "too_many_columns": ("large.csv", lambda: b",".join(b"c%d" % n for n in range(20_000)) + b"\n" + b",".join([b"1"] * 20_000) + b"\n", "too_many_columns"),
}  # fmt: skip


def store() -> dict[str, int]:
    return {table: model._default_manager.count() for table, model in TABLES.items()} | {
        "sources": Source.objects.count()
    }


def says(text: str, code: str, language: str) -> bool:
    """Whether a text holds the sentence of a refusal, whatever its facts."""
    sense = re.escape(sentence(Reason(code, {}), language)).replace("…", ".{1,40}?")
    return re.search(sense, text) is not None


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("what", UNREADABLE)
def test_a_file_that_cannot_be_read_is_explained_in_the_persons_language_and_nothing_is_stored(
    what, language, analyst, as_person
):
    name, content, code = UNREADABLE[what]
    client = as_person(analyst)
    client.cookies["language"] = language
    before = store()
    answer = client.post("/donnees/imports/", {"file": SimpleUploadedFile(name, content())})
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert says(html.unescape(page.text), code, language)
    assert {"fr": "Rien n’a été importé", "en": "Nothing was imported"}[language] in page.text
    assert store() == before
    assert (Import.objects.get().state, Import.objects.get().rows_read) == ("draft", 0)


@pytest.mark.parametrize("what", UNREADABLE)
def test_the_shell_explains_it_too_and_keeps_nothing(what, tmp_path):
    name, content, code = UNREADABLE[what]
    (tmp_path / name).write_bytes(content())
    before = store()
    with pytest.raises(CommandError) as refused:
        call_command("import_file", str(tmp_path / name), source="Essai")
    assert says(str(refused.value), code, "en")
    assert (store(), Import.objects.count()) == (before, 0)


def adds_up(of_import: Import) -> bool:
    read, *parts = account(of_import)
    return of_import.state == "done" and read == sum(parts)


def reasons(of_import: Import) -> list[tuple[int, str]]:
    return list(of_import.rejected_rows.order_by("number").values_list("number", "code"))


def test_nul_bytes_cost_their_row_only():
    of_import = imported(
        lines("1,c1,,,2026-03-01,Bonjour,", "2,c2,,,2026-03-01,\0,", "3,c3,,,2026-03-01,Merci,")
    )
    assert adds_up(of_import)
    assert account(of_import) == (3, 2, 0, 0, 1)
    assert reasons(of_import) == [(3, "nul_bytes")]


def test_bytes_that_are_no_characters_cost_their_row_only():
    rows = [f"{n},c{n},,,2026-03-01,été,".encode() for n in range(30)]
    rows[9] = rows[9].replace("été".encode(), "été".encode("cp1252"))
    of_import = imported(lines() + b"\n".join(rows) + b"\n")
    assert adds_up(of_import)
    assert account(of_import) == (30, 29, 0, 0, 1)
    assert reasons(of_import) == [(11, "wrong_encoding")]
    assert set(Interaction.objects.values_list("text", flat=True)) == {"été"}


def test_fifty_megabytes_in_one_field_cost_their_row_only():
    long = "a" * 50 * 2**20
    of_import = imported(
        lines(
            "1,c1,,,2026-03-01,Bonjour,", f"2,c2,,,2026-03-01,{long},", "3,c3,,,2026-03-01,Merci,"
        )
    )
    assert adds_up(of_import)
    assert account(of_import) == (3, 2, 0, 0, 1)
    (row,) = of_import.rejected_rows.all()
    assert row.code == "too_long"
    assert len(row.original) < 5_000


def test_ten_thousand_columns_are_read_shown_in_part_and_imported(analyst, as_person):
    header = "id,client,quand,mots," + ",".join(f"c{n}" for n in range(9_996))
    content = lines("1,c1,2026-03-01,Bonjour," + "," * 9_995, header=header)
    client = as_person(analyst)
    answer = client.post("/donnees/imports/", {"file": SimpleUploadedFile("large.csv", content)})
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "colonnes de plus ne sont pas montrées" in page.text
    assert len(page.content) < 2 * 2**20
    meant = {name: MESSAGES.columns[name] for name in ("id", "client", "quand", "mots")}
    of_import = imported(content, mapping=MESSAGES.model_copy(update={"columns": meant}))
    assert account(of_import) == (1, 1, 0, 0, 0)


def test_a_date_in_the_24th_century_is_refused_in_words_and_the_others_are_kept(analyst, as_person):
    of_import = imported(lines("1,c1,,,2026-03-01,Bonjour,", "2,c2,,,2387-03-01,Demain,"))
    assert account(of_import) == (2, 1, 0, 0, 1)
    assert reasons(of_import) == [(3, "time_out_of_range")]
    client = as_person(analyst)
    assert "n’est pas entre 1900 et 2100" in client.get(f"/donnees/imports/{of_import.pk}/").text
    client.cookies["language"] = "en"
    assert "not between 1900 and 2100" in client.get(f"/donnees/imports/{of_import.pk}/").text


def test_two_time_zones_in_a_file_are_each_read_as_they_say():
    of_import = imported(
        lines(
            "1,c1,,,2026-07-01T12:00:00+02:00,Bonjour,",
            "2,c2,,,2026-07-01T12:00:00-04:00,Bonjour,",
            "3,c3,,,2026-07-01 12:00,Bonjour,",
        ),
        mapping=MESSAGES.model_copy(update={"timezone": "Europe/Paris"}),
    )
    assert adds_up(of_import)
    assert list(Interaction.objects.order_by("pk").values_list("at", flat=True)) == [
        datetime(2026, 7, 1, 10, tzinfo=UTC),
        datetime(2026, 7, 1, 16, tzinfo=UTC),
        datetime(2026, 7, 1, 10, tzinfo=UTC),
    ]


def test_columns_of_one_name_are_numbered_said_and_both_kept(analyst, as_person):
    content = b"id,client,quand,mots,mots\n1,c1,2026-03-01,Bonjour,Au revoir\n"
    client = as_person(analyst)
    answer = client.post("/donnees/imports/", {"file": SimpleUploadedFile("double.csv", content)})
    page = client.get(answer.headers["Location"]).text
    assert "elles ont été numérotées" in page
    assert "mots (2)" in page
    mapping = Mapping(
        columns={"id": ["interaction.key"], "client": ["identity.key"], "quand": ["at"], "mots (2)": ["interaction.text"]},
        constants=MESSAGES.constants, timezone="UTC",
    )  # fmt: skip
    imported(content, mapping=mapping)
    assert Interaction.objects.get().text == "Au revoir"


def test_half_a_line_at_the_end_is_refused_and_said():
    of_import = imported(lines("1,c1,,,2026-03-01,Bonjour,").rstrip(b"\n") + b"\n2,c2,,,2026-0")
    assert account(of_import) == (2, 1, 0, 0, 1)
    assert reasons(of_import) == [(3, "half_a_line")]


EVIL = '=HYPERLINK("http://mechant.example";"cliquez")'


@pytest.mark.parametrize(
    "address",
    [
        "/comprendre/clients/export/{form}/",
        "/ecouter/verbatims/export/{form}/",
        "/mesurer/lignes/nps/?period=all&export={form}",
        "/mesurer/lignes/exchanges/?period=all&export={form}",
        "/mesurer/lignes/cases/?period=all&export={form}",
        "/mesurer/lignes/value/?period=all&export={form}",
    ],
)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_export_hands_a_formula_to_a_spreadsheet(address, form, manager, as_person):
    person = customer(EVIL)
    said(person, EVIL)
    answered(person, 9, EVIL)
    case(person, cause=EVIL)
    paid(person, "12.00")
    summarise(person)
    refresh_everything()
    answer = as_person(manager).get(address.format(form=form))
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)
    if form == "csv":
        text = content.decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text), delimiter=";") for cell in row]
    else:
        sheet = load_workbook(io.BytesIO(content)).active
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
        cells = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row]
    assert f"'{EVIL}" in cells
    assert not [cell for cell in cells if cell.startswith("=")]


def test_the_reasons_of_rejected_rows_hand_no_formula_to_a_spreadsheet(manager, as_person):
    of_import = imported(b'mots,quand\n"=1+1",jamais\n', mapping=Mapping(columns={"mots": ["interaction.text"], "quand": ["at"]}, constants=MESSAGES.constants, timezone="UTC"))  # fmt: skip
    answer = as_person(manager).get(f"/donnees/imports/{of_import.pk}/motifs/")
    rows = list(
        csv.reader(
            io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")), delimiter=";"
        )
    )
    assert len(rows) == 2
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (lambda folder: (folder / "absent.csv", {}), "is not a file"),
        (lambda folder: (folder, {}), "is not a file"),
        (lambda folder: (folder / "bon.csv", {"mapping": folder / "absent.json"}), "mapping"),
        (lambda folder: (folder / "bon.csv", {"mapping": folder / "faux.json"}), "mapping"),
        (lambda folder: (folder / "bon.csv", {"choices": "{pas du json"}), "choices"),
        (lambda folder: (folder / "bon.csv", {"choices": '{"encoding": "klingon"}'}), "klingon"),
    ],
)
def test_the_shell_says_in_one_line_what_it_cannot_use_and_stores_nothing(
    tmp_path, arguments, words
):
    (tmp_path / "bon.csv").write_bytes(lines("1,c1,,,2026-03-01,Bonjour,"))
    (tmp_path / "faux.json").write_text('{"colonnes": "toutes"}')
    file, options = arguments(tmp_path)
    before = store()
    with pytest.raises(CommandError) as refused:
        call_command("import_file", str(file), source="Essai", **options)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value).strip()
    assert (store(), Import.objects.count()) == (before, 0)
