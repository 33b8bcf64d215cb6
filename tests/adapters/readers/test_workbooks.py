"""Sheets of Excel workbooks."""

import datetime as dt
import io
import struct
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from entregent.adapters.readers import Choices, UnreadableFile, open_reading, preview, workbooks


def workbook(path, sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_values_come_out_as_plain_text(tmp_path):
    path = workbook(
        tmp_path / "clients.xlsx",
        {
            "Clients": [
                ["id", "jour", "instant", "montant", "actif", "texte"],
                [
                    17850,
                    dt.date(2026, 3, 2),
                    dt.datetime(2026, 3, 2, 9, 30),
                    12.5,
                    True,
                    "à bientôt",
                ],
                [17851.0, None, None, 3, False, None],
            ]
        },
    )

    shown = preview(open_reading(path))

    assert shown.rows == [
        ("17850", "2026-03-02", "2026-03-02T09:30:00", "12.5", "true", "à bientôt"),
        ("17851", "", "", "3", "false", ""),
    ]
    assert shown.numbers == [2, 3]


def test_the_first_sheet_that_holds_rows_is_read_and_another_can_be_chosen(tmp_path):
    path = workbook(
        tmp_path / "classeur.xlsx",
        {"Lisez-moi": [], "Mars": [["id"], ["1"]], "Avril": [["id"], ["2"], ["3"]]},
    )

    first = open_reading(path)
    second = open_reading(path, choices=Choices(sheet="Avril"))

    assert first.sheets == ("Lisez-moi", "Mars", "Avril")
    assert preview(first).rows == [("1",)]
    assert preview(second).rows == [("2",), ("3",)]
    assert "several_sheets" in {notice.code for notice in first.notices}
    with pytest.raises(UnreadableFile) as refused:
        open_reading(path, choices=Choices(sheet="Mai"))
    assert refused.value.reason.code == "no_such_sheet"


def test_a_sheet_that_declares_no_size_is_not_read_through_to_be_opened(tmp_path, monkeypatch):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("clients")
    for row in [("nom", "ville"), *((f"c{n}", "Lyon") for n in range(5_000))]:
        sheet.append(row)
    book.save(tmp_path / "clients.xlsx")
    with zipfile.ZipFile(tmp_path / "clients.xlsx") as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    read, plain = [], zipfile.ZipExtFile.read

    def counted(self, n=-1):
        got = plain(self, n)
        read.append(len(got) if "sheet1" in self.name else 0)
        return got

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
    table = workbooks.open_workbook(tmp_path / "clients.xlsx", Choices())
    assert sum(read) < size
    assert table.rows_at_most is None
    assert sum(map(len, table.batches(1_000))) == 5_000


def test_titles_above_and_empty_rows_between_are_no_rows(tmp_path):
    path = workbook(
        tmp_path / "avis.xlsx",
        {
            "Avis": [
                ["Avis du mois"],
                [],
                ["id", "note", "texte"],
                ["1", 5, "bien"],
                [],
                ["2", 1, "nul"],
            ]
        },
    )

    shown = preview(open_reading(path))

    assert shown.columns == ("id", "note", "texte")
    assert shown.numbers == [4, 6]


def test_cells_beyond_the_last_column_refuse_their_row(tmp_path):
    path = workbook(
        tmp_path / "avis.xlsx", {"Avis": [["id", "note"], ["1", 5], ["2", 1, "en trop"], ["3"]]}
    )

    shown = preview(open_reading(path))

    assert shown.rows == [("1", "5"), ("3", "")]
    assert [(number, reason.code) for number, _, reason in shown.unreadable] == [
        (3, "too_many_cells")
    ]


@pytest.mark.parametrize(
    ("sheets", "code"), [({"A": []}, "empty_file"), ({"A": [["id", "note"]]}, "header_only")]
)
def test_a_workbook_without_rows_is_refused(tmp_path, sheets, code):
    with pytest.raises(UnreadableFile) as refused:
        open_reading(workbook(tmp_path / "vide.xlsx", sheets))
    assert refused.value.reason.code == code


def bomb(path, megabytes):
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
         b"<row><c t='inlineStr'><is><t>" + b"0" * (megabytes * 2**20) + b"</t></is></c></row>"
        + b"</sheetData></worksheet>"
    )  # fmt: skip
    whole = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.save(whole)
    with (
        zipfile.ZipFile(whole) as before,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            after.writestr(name, sheet if name.endswith("sheet1.xml") else before.read(name))
    return path


def test_a_zip_bomb_is_refused_by_what_it_declares(tmp_path):
    with pytest.raises(UnreadableFile) as refused:
        open_reading(bomb(tmp_path / "bomb.xlsx", 100))
    assert refused.value.reason.code == "compression_bomb"


def test_a_zip_bomb_that_lies_about_its_size_yields_no_more_than_it_declares(tmp_path):
    path = bomb(tmp_path / "bomb.xlsx", 100)
    raw = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo("xl/worksheets/sheet1.xml")
    true_size, small = struct.pack("<L", member.file_size), struct.pack("<L", 4_000)
    path.write_bytes(raw.replace(true_size, small))

    with pytest.raises(UnreadableFile) as refused:
        open_reading(path)
    assert refused.value.reason.code in ("broken_workbook", "empty_file")


def test_entities_in_a_sheet_are_refused(tmp_path):
    path = workbook(tmp_path / "rire.xlsx", {"A": [["id", "mot"], ["1", "x"]]})
    evil = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    whole = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(whole)) as before, zipfile.ZipFile(path, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, evil + content if "sheet1.xml" in name else content)

    with pytest.raises(UnreadableFile) as refused:
        open_reading(path)
    assert refused.value.reason.code in ("broken_workbook", "empty_file")


def test_an_archive_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "photos.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("vacances.txt", "mer")

    with pytest.raises(UnreadableFile) as refused:
        open_reading(path)
    assert refused.value.reason.code == "broken_workbook"


def test_the_name_of_the_file_does_not_matter(tmp_path):
    path = workbook(tmp_path / "avis.xlsx", {"A": [["id", "mot"], ["1", "x"]]})

    assert preview(open_reading(path.rename(tmp_path / "upload-3f2a"))).rows == [("1", "x")]


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 5_500), junk=st.binary(min_size=1, max_size=12))
def test_a_damaged_workbook_raises_nothing_but_unreadable_file(tmp_path_factory, place, junk):
    path = tmp_path_factory.getbasetemp() / "damaged.xlsx"
    workbook(path, {"A": [["id", "mot"], *([str(i), f"mot {i}"] for i in range(30))]})
    content = bytearray(path.read_bytes())
    content[place % len(content) : place % len(content) + len(junk)] = junk
    path.write_bytes(content)

    read, reason = 0, None
    try:
        batches = list(open_reading(path).batches())
        read = sum(len(batch) + len(batch.unreadable) for batch in batches)
    except UnreadableFile as refused:
        reason = refused.reason

    assert read or reason is not None


def test_rows_out_of_order_or_of_one_number_are_all_read(tmp_path):
    path = workbook(tmp_path / "avis.xlsx", {"Avis": [["id"], ["1"], ["2"], ["3"]]})
    rewritten(path, 'r="4"', 'r="2"')

    shown = preview(open_reading(path))

    assert (shown.numbers, shown.rows) == ([2, 3, 2], [("1",), ("2",), ("3",)])


def rewritten(path, old, new, *, words=""):
    """Change what the first sheet of a workbook says, behind the library's back.

    words: the entries of a table of shared words, which the library does not write.
    """
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert old in parts[sheet]
    parts[sheet] = parts[sheet].replace(old, new)
    if words:
        override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{SHARED_STRINGS}"/>'
        types = "[Content_Types].xml"
        parts[types] = parts[types].replace("</Types>", f"{override}</Types>")
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{SHEET_MAIN_NS}">{words}</sst>'
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.fixture
def shared_words(tmp_path):
    """A workbook whose only text stands in the table of shared words, after another."""

    def made(entry):
        path = workbook(tmp_path / "avis.xlsx", {"Avis": [["id", "mots"], [1, 2]]})
        old = '<c r="B2" t="n"><v>2</v></c>'
        rewritten(path, old, '<c r="B2" t="s"><v>1</v></c>', words=f"<si><t>été</t></si>{entry}")
        return path

    return made


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("<si><t>bonjour</t></si>", "bonjour"),
        ("<si><t></t></si>", ""),
        ("<si><t>a_x005F_b</t></si>", "a_b"),
        ("<si><r><t>bon</t></r><r><rPr><b/></rPr><t>jour</t></r></si>", "bonjour"),
    ],
)
def test_shared_words_are_found_by_their_place(shared_words, entry, text):
    assert preview(open_reading(shared_words(entry))).rows == [("1", text)]


def test_more_words_than_memory_should_hold_are_refused(shared_words, monkeypatch):
    monkeypatch.setattr(workbooks, "MOST_WORDS_BYTES", 1_000)
    path = shared_words("<si><t>mot</t></si>" * 99)

    with pytest.raises(UnreadableFile) as refusal:
        open_reading(path)

    assert refusal.value.reason.code == "too_many_words"
