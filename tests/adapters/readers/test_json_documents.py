"""JSON documents and JSON Lines."""

import json

import pytest

from entregent.adapters.readers import Choices, UnreadableFile, open_reading, preview


def test_nested_objects_become_dotted_columns(tmp_path):
    path = tmp_path / "export.json"
    record = {
        "id": 7,
        "via": {"channel": "email"},
        "tags": ["vip", "auto"],
        "custom_fields": [{"id": 36, "value": "Lyon"}, {"id": 37, "value": None}],
        "note": 4.50,
        "ouvert": True,
        "lignes": [{"a": 1, "b": {"c": 2}}],
    }
    path.write_text(json.dumps([record]))

    reading = open_reading(path)

    assert dict(zip(reading.columns, preview(reading).rows[0], strict=True)) == {
        "id": "7",
        "via.channel": "email",
        "tags": "vip, auto",
        "custom_fields.36": "Lyon",
        "custom_fields.37": "",
        "note": "4.5",
        "ouvert": "true",
        "lignes": '[{"a": 1, "b": {"c": 2}}]',
    }


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([{"id": 1}, {"id": 2}], "item"),
        ({"count": 2, "tickets": [{"id": 1}, {"id": 2}]}, "tickets.item"),
        ({"page": {"results": [{"id": 1, "lines": [{"x": 1}]}, {"id": 2}]}}, "page.results.item"),
    ],
)
def test_the_records_are_found_wherever_they_lie(tmp_path, document, path):
    file = tmp_path / "export.json"
    file.write_text(json.dumps(document))

    reading = open_reading(file)

    assert path in reading.record_paths
    assert [row[0] for row in preview(reading).rows] == ["1", "2"]


def test_another_list_of_the_document_can_be_chosen(tmp_path):
    file = tmp_path / "export.json"
    file.write_text(json.dumps({"users": [{"nom": "Zoé"}], "orders": [{"total": 3}]}))

    assert preview(open_reading(file)).rows == [("Zoé",)]
    assert preview(open_reading(file, choices=Choices(record_path="orders"))).rows == [("3",)]
    with pytest.raises(UnreadableFile) as refused:
        open_reading(file, choices=Choices(record_path="shoes"))
    assert refused.value.reason.code == "no_such_path"


def test_a_document_cut_in_the_middle_gives_the_records_before(tmp_path):
    file = tmp_path / "export.json"
    whole = json.dumps([{"id": i, "texte": "x" * 50} for i in range(1_000)])
    file.write_text(whole[: len(whole) // 2])

    batches = list(open_reading(file).batches(100))
    read = sum(len(batch) for batch in batches)
    refused = [row for batch in batches for row in batch.unreadable]

    assert 490 <= read <= 500
    assert [(row.number, row.reason.code) for row in refused] == [(read + 1, "cut_short")]
    assert "x" in refused[0].original


def test_a_bad_line_of_json_lines_hides_no_other(tmp_path):
    file = tmp_path / "export.jsonl"
    file.write_text('{"id": 1}\n{"id": 2}\n{"id": \n\n[4]\n{"id": 5, "neuf": "x"}\n')

    reading = open_reading(file)
    batch = next(iter(reading.batches()))

    assert reading.format == "jsonl"
    assert batch.cells == {"id": ["1", "2", "5"], "neuf": ["", "", "x"]}
    assert batch.numbers == [1, 2, 6]
    assert batch.original(2) == '{"id": 5, "neuf": "x"}'
    assert [(row.number, row.reason.code, row.original) for row in batch.unreadable] == [
        (3, "broken_json", '{"id": '),
        (5, "not_an_object", "[4]"),
    ]


def test_a_column_that_comes_late_is_handed_on_all_the_same(tmp_path):
    file = tmp_path / "export.jsonl"
    lines = ['{"id": 1}'] * 2_500 + ['{"id": 2, "tard": "venu"}']
    file.write_text("\n".join(lines))

    reading = open_reading(file)
    *_, last = reading.batches(1_000)

    assert "tard" not in reading.columns
    assert last.cells["tard"][-1] == "venu"
    assert {len(cells) for cells in last.cells.values()} == {len(last)}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings_of_unicode_are_read(tmp_path, encoding):
    file = tmp_path / "export.json"
    file.write_bytes(json.dumps([{"nom": "Zoé", "n": 1}], ensure_ascii=False).encode(encoding))

    assert preview(open_reading(file)).rows == [("Zoé", "1")]


def test_an_endless_record_is_refused_and_memory_spared(tmp_path):
    file = tmp_path / "export.json"
    with file.open("w") as content:
        content.write('[{"id": 1}, {"id": 2, "x": ["')
        for _ in range(70):
            content.write("y" * 2**20 + '", "')
        content.write('"]}]')

    batches = list(open_reading(file).batches())

    assert sum(len(batch) for batch in batches) == 1
    assert [row.reason.code for batch in batches for row in batch.unreadable] == ["too_long"]


def test_deeply_nested_json_does_not_exhaust_the_stack(tmp_path):
    file = tmp_path / "export.json"
    file.write_text('[{"a": ' * 3_000 + "1" + "}]" * 3_000)

    with pytest.raises(UnreadableFile) as refused:
        open_reading(file)
    assert refused.value.reason.code == "broken_json"


def test_half_a_character_is_written_out_and_an_escaped_emoji_is_not(tmp_path):
    file = tmp_path / "export.jsonl"
    file.write_text('{"a": "\\ud83d\\ude00"}\n{"a": "\\ud83d !"}\n')

    assert preview(open_reading(file)).rows == [("😀",), ("\\ud83d !",)]


@pytest.mark.parametrize("name", ["export.json", "export.jsonl"])
def test_a_number_of_a_thousand_million_zeros_is_not_written_out(tmp_path, name):
    file = tmp_path / name
    line = '{"id": 1, "n": 1.5E+999999999, "l": [{"x": 2.5E+999999999}]}'
    file.write_text(f"[{line}]" if name == "export.json" else f"{line}\n{line}\n")

    row = preview(open_reading(file)).rows[0]

    assert row[1] == "1.5E+999999999"
    assert len(row[2]) < 50
