"""XES event logs."""

import gzip
from pathlib import Path

import pytest

from entregent.adapters.readers import UnreadableFile, open_reading

SAMPLE = Path(__file__).parents[3] / "src/entregent/adapters/readers/samples/journal_sinistres.xes"


def test_each_event_carries_what_its_trace_says():
    reading = open_reading(SAMPLE)
    batch = next(iter(reading.batches()))

    assert reading.columns == (
        "case:concept:name", "concept:name", "time:timestamp", "org:resource", "case:customer",
        "case:first:timestamp", "estimation",
    )  # fmt: skip
    assert batch.cells["case:concept:name"] == ["SIN-2026-0044"] * 3
    assert batch.cells["concept:name"] == [
        "Déclaration reçue",
        "Expert mandaté",
        "Indemnité versée",
    ]
    assert batch.cells["estimation"] == ["", "1850.0", ""]
    assert batch.cells["case:first:timestamp"] == ["2026-01-12T09:30:00+01:00"] * 3
    assert reading.mapping.role_columns("case.opened_at") == ["case:first:timestamp"]
    assert reading.shape == "event_log"


def test_a_compressed_log_reads_as_the_plain_one(tmp_path):
    path = tmp_path / "log.xes.gz"
    path.write_bytes(gzip.compress(SAMPLE.read_bytes()))

    assert (
        next(iter(open_reading(path).batches())).cells
        == next(iter(open_reading(SAMPLE).batches())).cells
    )


def test_a_log_cut_in_the_middle_gives_the_events_before(tmp_path):
    path = tmp_path / "log.xes"
    content = SAMPLE.read_text()
    path.write_text(content[: content.index("Indemnité")])

    batch = next(iter(open_reading(path).batches()))

    assert len(batch) == 2
    assert [(row.number, row.reason.code) for row in batch.unreadable] == [(3, "cut_short")]


def test_a_billion_laughs_are_refused(tmp_path):
    path = tmp_path / "laughs.xes"
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE log [<!ENTITY l0 "ha">{entities}]>'
        '<log><trace><event><string key="concept:name" value="&l9;"/></event></trace></log>'
    )

    with pytest.raises(UnreadableFile) as refused:
        open_reading(path)
    assert refused.value.reason.code == "entities_refused"


def test_nested_attributes_are_named_by_their_path(tmp_path):
    path = tmp_path / "log.xes"
    path.write_text(
        '<log><trace><string key="concept:name" value="1"/><event>'
        '<string key="concept:name" value="a"/>'
        '<string key="cost" value="3"><string key="unit" value="EUR"/></string>'
        "</event></trace><trace><event><string key='concept:name' value='b'/></event></trace></log>"
    )

    batch = next(iter(open_reading(path).batches()))

    assert batch.cells["cost.unit"] == ["EUR", ""]
    assert batch.cells["case:concept:name"] == ["1", ""]
