import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation
from openpyxl import load_workbook

from entregent.web.shared import exports
from entregent.web.shared.exports import export

ROW = (
    "Anaïs",
    Decimal("1234.50"),
    0.25,
    date(2026, 11, 21),
    datetime(2026, 7, 1, 12, 0, tzinfo=UTC),
    7,
    None,
    True,
)
# A spreadsheet knows no zones.
NAIVE_DAY, NAIVE_MOMENT = (
    datetime.fromisoformat("2026-11-21"),
    datetime.fromisoformat("2026-07-01 14:00"),
)
DANGEROUS = ["=1+1", "+33612345678", "-2", "@x", "\tx", "\rx", '=HYPERLINK("http://x";"y")']


def _text(answer):
    return b"".join(answer.streaming_content).decode("utf-8")


def test_a_french_csv_opens_in_a_french_spreadsheet():
    with translation.override("fr"):
        text = _text(export("csv", "clients", ["Nom", "Montant"], [ROW]))
    assert text == (
        "\ufeffNom;Montant\r\nAnaïs;1234,50;0,25;2026-11-21;2026-07-01 14:00:00;7;;1\r\n"
    )


def test_an_english_csv_opens_in_an_english_spreadsheet():
    with translation.override("en"):
        text = _text(export("csv", "customers", ["Name"], [ROW]))
    assert text.splitlines()[1] == "Anaïs,1234.50,0.25,2026-11-21,2026-07-01 14:00:00,7,,1"


@pytest.mark.parametrize("text", DANGEROUS)
@pytest.mark.parametrize("form", exports.FORMS)
def test_no_text_becomes_a_formula(form, text):
    with translation.override("en"):
        content = b"".join(export(form, "x", ["=A1"], [[text]]).streaming_content)
    if form == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        assert rows == [["'=A1"], [f"'{text}"]]
    else:
        cell = load_workbook(io.BytesIO(content)).active["A2"]
        # XLSX itself reads a carriage return as a line feed.
        assert (cell.data_type, cell.value.replace("\n", "\r")) == ("s", f"'{text}")


def test_numbers_and_dates_stay_what_they_are():
    content = b"".join(export("xlsx", "x", ["a"] * 8, [ROW]).streaming_content)
    (cells,) = load_workbook(io.BytesIO(content)).active.iter_rows(min_row=2, values_only=True)
    assert cells == (
        "Anaïs",
        1234.5,
        0.25,
        NAIVE_DAY,
        NAIVE_MOMENT,
        7,
        None,
        True,
    )


def test_negative_numbers_are_no_formulas():
    with translation.override("fr"):
        assert (
            _text(export("csv", "x", ["a"], [[-3, Decimal("-2.5"), -0.5]])).splitlines()[1]
            == "-3;-2,5;-0,5"
        )


def test_signs_that_no_workbook_can_hold_are_left_out():
    content = b"".join(export("xlsx", "x", ["a"], [["a\x00b\x0bc"]]).streaming_content)
    assert load_workbook(io.BytesIO(content)).active["A2"].value == "abc"


def test_an_empty_table_keeps_its_headings():
    content = b"".join(export("xlsx", "x", ["Nom"], []).streaming_content)
    assert list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)) == [("Nom",)]


def test_what_a_sheet_cannot_hold_goes_on_the_next(monkeypatch):
    monkeypatch.setattr(exports, "SHEET_ROWS", 3)
    content = b"".join(export("xlsx", "x", ["n"], ([n] for n in range(7))).streaming_content)
    sheets = [
        [row[0] for row in sheet.iter_rows(values_only=True)]
        for sheet in load_workbook(io.BytesIO(content))
    ]
    assert sheets == [["n", 0, 1, 2], ["n", 3, 4, 5], ["n", 6]]


def test_rows_are_read_as_they_are_sent():
    seen = []

    def rows():
        for n in range(1000):
            seen.append(n)
            yield [n]

    answer = export("csv", "x", ["n"], rows())
    parts = iter(answer.streaming_content)
    next(parts), next(parts)
    assert len(seen) < 10
