"""Comma-separated values and their cousins."""

import csv
import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entregent.adapters.readers import Choices, UnreadableFile, open_reading, preview

CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r"), max_size=12)
LATIN = st.text(st.sampled_from("abcdé ùçÉœ€'\";,\t|\n0123456789"), max_size=12)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")


def written(path, rows, *, delimiter=",", encoding="utf-8", terminator="\r\n"):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=terminator).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return text.getvalue()


def whole(reading, size=20_000):
    """Every row with its number, and every refusal."""
    rows, refusals = [], []
    for batch in reading.batches(size):
        cells = [batch.cells[column] for column in reading.columns]
        rows.extend(zip(batch.numbers, zip(*cells, strict=True), strict=True))
        refusals.extend((row.number, row.reason.code, row.original) for row in batch.unreadable)
    return rows, refusals


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("delimited") / "export.csv"


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(LATIN, min_size=3, max_size=3), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(ENCODINGS),
    terminator=st.sampled_from(["\n", "\r\n"]),
    size=st.integers(1, 5),
)
def test_any_cells_come_back_as_they_were_with_their_line(
    file, rows, delimiter, encoding, terminator, size
):
    rows = [row for row in rows if any(row)]
    header = ["un", "deux", "trois"]
    written(file, [header, *rows], delimiter=delimiter, encoding=encoding, terminator=terminator)
    choices = Choices(delimiter=delimiter, encoding=encoding, header=True, shape="none")
    if not rows:
        with pytest.raises(UnreadableFile) as refused:
            open_reading(file, choices=choices)
        assert refused.value.reason.code == "header_only"
        return

    found, refusals = whole(open_reading(file, choices=choices), size)

    assert refusals == []
    assert [list(cells) for _, cells in found] == rows
    line, numbers = 2, []
    for row in rows:
        numbers.append(line)
        line += 1 + sum(cell.count("\n") for cell in row)
    assert [number for number, _ in found] == numbers


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(CELLS, min_size=2, max_size=2).filter(any), min_size=1, max_size=6))
def test_every_character_of_unicode_comes_back(file, rows):
    written(file, [["a", "b"], *rows])
    choices = Choices(delimiter=",", encoding="utf-8", header=True, shape="none")

    found, refusals = whole(open_reading(file, choices=choices))

    assert refusals == []
    assert [list(cells) for _, cells in found] == rows


@pytest.mark.parametrize("encoding", [*ENCODINGS, "iso8859-15"])
def test_the_encoding_is_found_from_the_bytes(tmp_path, encoding):
    path = tmp_path / "avis.csv"
    rows = [["client", "commentaire"]]
    rows += [[f"C{i}", "Très déçu du délai, un cœur à 5 €"] for i in range(50)]
    written(path, rows, delimiter=";", encoding=encoding)

    reading = open_reading(path)

    assert reading.columns == ("client", "commentaire")
    assert preview(reading).rows[0] == ("C0", "Très déçu du délai, un cœur à 5 €")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
def test_the_delimiter_is_found_among_texts_that_hold_others(tmp_path, delimiter):
    path = tmp_path / "avis.csv"
    rows = [["id", "montant", "texte"]]
    rows += [[str(i), f"{i},50", "Bonjour, ça va ; merci"] for i in range(20)]
    written(path, rows, delimiter=delimiter)

    reading = open_reading(path)

    assert reading.columns == ("id", "montant", "texte")
    said = {notice.code: notice.facts for notice in reading.notices}
    assert said["delimiter_guessed"] == {"delimiter": "TAB" if delimiter == "\t" else delimiter}


def test_a_first_line_that_tells_spreadsheets_the_delimiter_is_no_row(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("sep=;\nnom;note\nZoé;4\n")

    rows, _ = whole(open_reading(path))

    assert rows == [(3, ("Zoé", "4"))]


def test_ragged_rows_are_refused_one_by_one_and_hide_no_other(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12,,\n\n13,14,15\n")

    rows, refusals = whole(open_reading(path))

    assert rows == [(2, ("1", "2", "3")), (5, ("10", "11", "12")), (7, ("13", "14", "15"))]
    assert refusals == [(3, "too_few_cells", "4,5"), (4, "too_many_cells", "6,7,8,9")]


def test_half_a_line_at_the_end_is_told_from_a_short_row(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("a,b,c\n1,2,3\n4,5")

    rows, refusals = whole(open_reading(path))

    assert [number for number, _ in rows] == [2]
    assert refusals == [(3, "half_a_line", "4,5")]


def test_a_whole_last_line_needs_no_line_ending(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("a,b\n1,2\n3,4")

    assert whole(open_reading(path)) == ([(2, ("1", "2")), (3, ("3", "4"))], [])


def test_a_quote_that_never_closes_costs_one_row(tmp_path):
    path = tmp_path / "export.csv"
    lines = ["a,b,c", '1,"oups,3', *(f"{i},x,y" for i in range(30))]
    path.write_text("\n".join(lines) + "\n")

    rows, refusals = whole(open_reading(path))

    assert len(rows) == 30
    assert refusals == [(2, "unclosed_quote", '1,"oups,3')]
    assert rows[0] == (3, ("0", "x", "y"))


def test_a_file_cut_between_quotes_keeps_the_rows_before(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text('a,b\n1,x\n2,"il était\nune fois')

    rows, refusals = whole(open_reading(path))

    assert rows == [(2, ("1", "x"))]
    assert refusals == [(3, "half_a_line", '2,"il était\nune fois')]


@pytest.mark.parametrize("newlines", [0, 400_000])
def test_fifty_megabytes_in_one_field_cost_one_row(tmp_path, newlines):
    path = tmp_path / "export.csv"
    body = "x" * 50_000_000 if not newlines else ("x" * 124 + "\n") * newlines
    path.write_text(f'a,b,c\n1,2,3\n4,"{body}",6\n7,8,9\n10,11,12\n')

    rows, refusals = whole(open_reading(path))

    assert [cells for _, cells in rows] == [("1", "2", "3"), ("7", "8", "9"), ("10", "11", "12")]
    assert [number for number, _ in rows] == [2, 4 + newlines, 5 + newlines]
    assert [(number, code) for number, code, _ in refusals] == [(3, "too_long")]
    assert len(refusals[0][2]) < 5_000


def test_nul_bytes_cost_their_row_only(tmp_path):
    path = tmp_path / "export.csv"
    path.write_bytes(b"a,b\n1,2\n3,\x00\n5,6\n")

    rows, refusals = whole(open_reading(path))

    assert [cells for _, cells in rows] == [("1", "2"), ("5", "6")]
    assert refusals == [(3, "nul_bytes", "3,\\x00")]


def test_a_few_bytes_of_another_encoding_cost_their_rows_only(tmp_path):
    path = tmp_path / "export.csv"
    good = "".join(f"{i},réglé\n" for i in range(100))
    path.write_bytes(f"a,b\n{good}".encode() + b"100,r\xe9gl\xe9\n" + b"101,ok\n")

    reading = open_reading(path)
    rows, refusals = whole(reading)

    assert len(rows) == 101
    assert [(number, code) for number, code, _ in refusals] == [(102, "wrong_encoding")]
    assert refusals[0][2] == "100,r\\udce9gl\\udce9"
    assert "mixed_encoding" in {notice.code for notice in reading.notices}


def test_the_encoding_told_by_the_person_wins(tmp_path):
    path = tmp_path / "export.csv"
    path.write_bytes("nom,note\nŁukasz,4\n".encode("cp1250"))

    reading = open_reading(path, choices=Choices(encoding="cp1250"))

    assert preview(reading).rows == [("Łukasz", "4")]


def test_two_columns_of_one_name_are_numbered_and_said(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("note,note,,note\n1,2,3,4\n")

    reading = open_reading(path)

    assert reading.columns == ("note", "note (2)", "#3", "note (3)")
    codes = {notice.code: notice.facts for notice in reading.notices}
    assert codes["duplicate_headers"] == {"columns": "note (2), note (3)"}
    assert codes["unnamed_columns"] == {"columns": "#3"}


def test_lines_above_the_header_are_skipped_and_said(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("Rapport du mois\nPériode : mars\n\nid;note;texte\n1;5;Bien\n2;1;Nul\n")

    reading = open_reading(path)
    rows, _ = whole(reading)

    assert reading.columns == ("id", "note", "texte")
    assert rows == [(5, ("1", "5", "Bien")), (6, ("2", "1", "Nul"))]
    assert "preamble_skipped" in {notice.code for notice in reading.notices}


def test_a_file_without_header_is_noticed_and_can_be_read_so(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("1,2026-03-01,zoe@exemple.fr\n2,2026-03-02,ali@exemple.fr\n")

    assert "header_looks_like_a_row" in {notice.code for notice in open_reading(path).notices}
    reading = open_reading(path, choices=Choices(header=False))
    rows, _ = whole(reading)
    assert reading.columns == ("#1", "#2", "#3")
    assert len(rows) == 2


def test_ten_thousand_columns_are_read(tmp_path):
    path = tmp_path / "large.csv"
    header = ",".join(f"c{i}" for i in range(10_000))
    row = ",".join(str(i) for i in range(10_000))
    path.write_text(f"{header}\n" + f"{row}\n" * 30)

    rows, refusals = whole(open_reading(path))

    assert (len(rows), refusals) == (30, [])
    assert rows[29][1][9_999] == "9999"


def test_more_columns_than_a_sheet_can_have_are_refused(tmp_path):
    path = tmp_path / "large.csv"
    path.write_text(",".join(f"c{i}" for i in range(20_000)) + "\n" + "," * 19_999 + "x\n")

    with pytest.raises(UnreadableFile) as refused:
        open_reading(path)

    assert refused.value.reason.code == "too_many_columns"
    assert refused.value.reason.facts == {"have": "20000", "limit": "16384"}


def test_a_compressed_file_reads_as_the_plain_one(tmp_path):
    path = tmp_path / "export.csv.gz"
    path.write_bytes(gzip.compress("nom;note\nZoé;4\n".encode()))

    assert whole(open_reading(path)) == ([(2, ("Zoé", "4"))], [])


def test_a_compressed_file_cut_short_gives_what_it_can_and_says_so(tmp_path):
    path = tmp_path / "export.csv.gz"
    text = "id,note\n" + "".join(f"{i},{i * 7919 % 11}\n" for i in range(50_000))
    path.write_bytes(gzip.compress(text.encode())[:-40_000])

    reading = open_reading(path)
    rows, refusals = whole(reading)

    assert 1_000 < len(rows) < 50_000
    assert len(refusals) <= 1
    assert "file_cut_short" in {notice.code for notice in reading.notices}


def test_a_compression_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb") as content:
        for _ in range(100):
            content.write(b"a,b\n" * 2**18)

    with pytest.raises(UnreadableFile) as refused:
        open_reading(path)

    assert refused.value.reason.code == "compression_bomb"


def test_the_original_text_of_a_row_is_as_in_the_file(tmp_path):
    path = tmp_path / "export.csv"
    path.write_bytes(b'a,b\r\n"1","x ""y"""\r\n2,"l\r\nm"\r\n')

    batch = next(iter(open_reading(path).batches()))

    assert [batch.original(0), batch.original(1)] == ['"1","x ""y"""', '2,"l\r\nm"']


def test_a_reading_can_be_read_again_from_its_beginning(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("a,b\n1,2\n")
    reading = open_reading(path)

    assert whole(reading) == whole(reading)
    assert reading.rows_at_most is not None
    assert reading.rows_at_most >= 1


@pytest.mark.parametrize("terminator", ["\n", "\r\n", "\r"])
def test_any_line_ending_counts_as_one_line(tmp_path, terminator):
    path = tmp_path / "export.csv"
    path.write_bytes(terminator.join(["a;b", "1;2", "3;4", ""]).encode())

    assert whole(open_reading(path)) == ([(2, ("1", "2")), (3, ("3", "4"))], [])


def test_a_wide_encoding_cut_inside_a_character_costs_the_last_row(tmp_path):
    path = tmp_path / "export.csv"
    path.write_bytes("a;b\n1;été\n2;fin".encode("utf-16")[:-1])

    rows, refusals = whole(open_reading(path))

    assert rows == [(2, ("1", "été"))]
    assert [(number, code) for number, code, _ in refusals] == [(3, "wrong_encoding")]
