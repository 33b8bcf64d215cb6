"""Parquet files."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from entregent.adapters.readers import UnreadableFile, open_reading, preview


def test_typed_values_come_out_as_iso_times_and_plain_decimals(tmp_path):
    path = tmp_path / "lignes.parquet"
    paris = dt.timezone(dt.timedelta(hours=2))
    pq.write_table(
        pa.table(
            {
                "client": pa.array([17850.0, None]),
                "grand": pa.array([1e22, 1e-7]),
                "jour": pa.array([dt.date(2026, 3, 2), None]),
                "instant": pa.array([dt.datetime(2026, 3, 2, 9, 30), None]),
                "zone": pa.array(
                    [dt.datetime(2026, 7, 2, 9, 30, 0, 5, tzinfo=paris), None],
                    pa.timestamp("us", tz="Europe/Paris"),
                ),
                "montant": pa.array([Decimal("12.50"), None]),
                "ok": pa.array([True, None]),
                "mot": pa.array(["été", None]).dictionary_encode(),
                "personne": pa.array([{"nom": "Zoé", "lieu": {"ville": "Brest"}}, None]),
                "liste": pa.array([["a", "b"], None]),
                "brut": pa.array([b"\xff\x00", "é".encode()]),
            }
        ),
        path,
    )

    reading = open_reading(path)
    first, second = preview(reading).rows

    assert dict(zip(reading.columns, first, strict=True)) == {
        "client": "17850",
        "grand": "10000000000000000000000",
        "jour": "2026-03-02",
        "instant": "2026-03-02T09:30:00",
        "zone": "2026-07-02T07:30:00.000005Z",
        "montant": "12.50",
        "ok": "true",
        "mot": "été",
        "personne.nom": "Zoé",
        "personne.lieu.ville": "Brest",
        "liste": "a, b",
        "brut": "ff00",
    }
    assert second == ("", "0.0000001", *[""] * 9, "é")


def test_rows_are_numbered_by_their_place_across_batches(tmp_path):
    path = tmp_path / "lignes.parquet"
    pq.write_table(pa.table({"n": list(range(10))}), path, row_group_size=3)

    batches = list(open_reading(path).batches(4))

    assert [number for batch in batches for number in batch.numbers] == list(range(1, 11))
    assert [cell for batch in batches for cell in batch.cells["n"]] == [str(i) for i in range(10)]
    assert batches[0].original(1) == '{"n": "1"}'


def test_a_file_cut_short_is_refused(tmp_path):
    path = tmp_path / "lignes.parquet"
    pq.write_table(pa.table({"n": list(range(1_000))}), path)
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(UnreadableFile) as refused:
        open_reading(path)
    assert refused.value.reason.code == "broken_parquet"


def test_a_damaged_page_gives_the_rows_before_and_says_where(tmp_path):
    path = tmp_path / "lignes.parquet"
    table = pa.table({"n": [f"valeur {i * 7919 % 10_007}" for i in range(20_000)]})
    pq.write_table(table, path, row_group_size=5_000, compression="gzip", use_dictionary=False)
    content = bytearray(path.read_bytes())
    middle = len(content) * 6 // 10
    content[middle : middle + 200] = b"\x00" * 200
    path.write_bytes(content)

    batches = list(open_reading(path).batches(1_000))

    read = sum(len(batch) for batch in batches)
    assert 0 < read < 20_000
    assert [(r.number, r.reason.code) for b in batches for r in b.unreadable] == [
        (read + 1, "cut_short")
    ]


def test_a_table_without_rows_is_refused(tmp_path):
    path = tmp_path / "vide.parquet"
    pq.write_table(pa.table({"n": pa.array([], pa.int64())}), path)

    with pytest.raises(UnreadableFile) as refused:
        open_reading(path)
    assert refused.value.reason.code == "header_only"


def test_text_that_is_not_in_the_promised_encoding_is_written_out(tmp_path):
    path = tmp_path / "lignes.parquet"
    wrong = pa.Array.from_buffers(
        pa.string(),
        2,
        [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0\4\0\0\0"), pa.py_buffer(b"ok\xe9!")],
    )
    pq.write_table(pa.table({"mot": wrong, "n": [1, 2]}), path)

    assert preview(open_reading(path)).rows == [("ok", "1"), ("\\xe9!", "2")]
