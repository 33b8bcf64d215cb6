"""What a file is, told by its content; and what is refused as a whole."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entregent.adapters.readers import Choices, UnreadableFile, open_reading, preview
from entregent.adapters.readers.sentences import REASONS
from entregent.adapters.readers.shapes import SHAPES

SAMPLES = Path(__file__).parents[3] / "src/entregent/adapters/readers/samples"


def attempt(path, name=None):
    """The reading, or the reason why there is none."""
    try:
        return open_reading(path, name=name), None
    except UnreadableFile as refused:
        return None, refused.reason


def refusal(path, **choices):
    with pytest.raises(UnreadableFile) as refused:
        open_reading(path, choices=Choices(**choices))
    return refused.value.reason.code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n  \n", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"a,b,c\n", "header_only"),
        (b"%PDF-1.7\n...", "binary_file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "binary_file"),
        (bytes(range(256)) * 40, "binary_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_workbook"),
        (b"PK\x03\x04 not really", "broken_zip"),
        (b"PAR1 not really", "broken_parquet"),
        (b"\x1f\x8b not really", "broken_gzip"),
        (b'{"a": ', "broken_json"),
        (b"[]", "no_records"),
        (b"<html><body>Session expired</body></html>", "unknown_xml"),
        (b"<log><trace>", "broken_xml"),
        (b"<log></log>", "no_records"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_reason(tmp_path, content, code):
    path = tmp_path / "export.csv"
    path.write_bytes(content)

    assert refusal(path) == code


def test_a_folder_and_an_absent_file_are_refused(tmp_path):
    assert refusal(tmp_path) == "directory"
    assert refusal(tmp_path / "nothing.csv") == "no_such_file"


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        ({"encoding": "klingon"}, "unknown_encoding"),
        ({"delimiter": '"'}, "unknown_delimiter"),
        ({"shape": "fax"}, "no_such_shape"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(tmp_path, choices, code):
    path = tmp_path / "export.csv"
    path.write_text("a,b\n1,2\n")

    assert refusal(path, **choices) == code


def test_the_format_is_told_by_content_and_not_by_name(tmp_path):
    path = tmp_path / "export.csv"
    for sample, format_ in (
        ("zendesk.json", "json"),
        ("journal_sinistres.xes", "xes"),
        ("boite_reclamations.mbox", "mbox"),
        ("reclamation.eml", "eml"),
    ):
        shutil.copy(SAMPLES / sample, path)
        assert open_reading(path).format == format_


@settings(max_examples=300, deadline=None)
@given(content=st.binary(max_size=400))
def test_random_bytes_raise_nothing_but_unreadable_file(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "random"
    path.write_bytes(content)
    reading, reason = attempt(path)

    assert reading is not None or reason.code in REASONS
    for batch in reading.batches(3) if reading else ():
        assert all(len(cells) == len(batch) for cells in batch.cells.values())
        assert all(row.reason.code in REASONS for row in batch.unreadable)
        assert all(isinstance(batch.original(i), str) for i in range(len(batch)))


@settings(max_examples=300, deadline=None)
@given(
    sample=st.sampled_from(sorted(SAMPLES.iterdir())), place=st.integers(0, 4_000), data=st.data()
)
def test_a_damaged_export_raises_nothing_but_unreadable_file(tmp_path_factory, sample, place, data):
    whole = sample.read_bytes()
    cut = place % len(whole)
    junk = data.draw(st.binary(max_size=8))
    path = tmp_path_factory.getbasetemp() / f"damaged-{sample.suffix}"
    path.write_bytes(whole[:cut] + junk + (whole[cut + 4 :] if place % 2 else b""))
    reading, reason = attempt(path, sample.name)

    assert reading is not None or reason.code in REASONS
    for batch in reading.batches(3) if reading else ():
        assert all(len(cells) == len(batch) for cells in batch.cells.values())
        assert all(row.reason.code in REASONS for row in batch.unreadable)


def test_a_date_that_settles_the_order_may_stand_far_down(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("date,avis\n" + "03/04/2026,bien\n" * 6_000 + "21/04/2026,mal\n")

    reading = open_reading(path)

    assert reading.mapping.day_first is True
    assert "ambiguous_day_month" not in {notice.code for notice in reading.notices}


def test_an_order_that_nothing_settles_is_asked(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("date,avis\n03/04/2026,bien\n05/06/2026,mal\n")

    asked = [n for n in open_reading(path).notices if n.code == "ambiguous_day_month"]
    told = open_reading(path, choices=Choices(day_first=False))

    assert [notice.facts for notice in asked] == [{"column": "date", "example": "03/04/2026"}]
    assert told.mapping.day_first is False
    assert "ambiguous_day_month" not in {notice.code for notice in told.notices}


def test_amounts_tell_their_decimal_sign(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("client;montant\nC1;12,50\nC2;1 300,00\n")

    assert open_reading(path).mapping.decimal_comma is True


def test_a_preview_shows_as_many_rows_as_asked():
    shown = preview(open_reading(SAMPLES / "online_retail.csv"), rows=2)

    assert len(shown.rows) == 2
    assert shown.numbers == [2, 3]
    assert shown.columns[-2:] == ("kind", "product")


def test_a_known_shape_can_be_declined():
    reading = open_reading(SAMPLES / "aircall.json", choices=Choices(shape="none"))

    assert reading.shape is None
    assert "shape_unknown" in {notice.code for notice in reading.notices}


def test_every_sample_belongs_to_a_shape():
    assert {path.name for path in SAMPLES.iterdir()} == {
        s for shape in SHAPES for s in shape.samples
    }
