"""Parquet files, column by column."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from entregent.adapters.readers.batches import Batch, Notice, Reason, Unreadable, UnreadableFile
from entregent.adapters.readers.choices import Choices
from entregent.adapters.readers.flattening import as_json, plain_text
from entregent.adapters.readers.headers import named
from entregent.adapters.readers.limits import BATCH_CELLS


@dataclass(slots=True)
class ParquetTable:
    """The rows of one Parquet file; a row's number is its place, the first being 1."""

    path: Path
    columns: tuple[str, ...]
    rows_at_most: int | None
    notices: list[Notice] = field(default_factory=list)
    format: str = "parquet"
    sheets: tuple[str, ...] = ()
    record_paths: tuple[str, ...] = ()

    def batches(self, size: int = 20_000) -> Iterator[Batch]:
        size = max(1, min(size, BATCH_CELLS // len(self.columns)))
        number = 1
        with pq.ParquetFile(self.path, pre_buffer=False) as content:
            batches = content.iter_batches(batch_size=size)
            while True:
                try:
                    table = next(batches, None)
                    cells = None if table is None else [_texts(c) for c in _flat(table).columns]
                except (pa.ArrowException, OSError):
                    unreadable = Unreadable(number, "", Reason("cut_short"))
                    yield Batch([], {name: [] for name in self.columns}, str, [unreadable])
                    return
                if cells is None:
                    return
                yield _batch(number, self.columns, cells)
                number += len(cells[0])


def open_parquet(path: Path, choices: Choices) -> ParquetTable:  # noqa: ARG001  one door for all
    try:
        with pq.ParquetFile(path) as content:
            rows = content.metadata.num_rows
            flat = _flat(content.schema_arrow.empty_table())
    except (pa.ArrowException, OSError) as problem:
        raise UnreadableFile(Reason("broken_parquet")) from problem
    if not rows or not flat.column_names:
        raise UnreadableFile(
            Reason("empty_file" if not flat.column_names else "header_only", {"line": "0"})
        )
    columns, notices = named(flat.column_names)
    return ParquetTable(path, columns, rows, notices)


def _batch(number: int, columns: tuple[str, ...], cells: list[list[str]]) -> Batch:
    def original(i: int) -> str:
        return as_json({name: column[i] for name, column in zip(columns, cells, strict=True)})

    numbers = list(range(number, number + len(cells[0])))
    return Batch(numbers, dict(zip(columns, cells, strict=True)), original, [])


def _flat(table: pa.Table | pa.RecordBatch) -> pa.Table:
    """Structures spread into dotted columns, as deep as they go."""
    if isinstance(table, pa.RecordBatch):
        table = pa.Table.from_batches([table])
    while any(pa.types.is_struct(column.type) for column in table.schema):
        table = table.flatten()
    return table


def _texts(column: pa.ChunkedArray) -> list[str]:
    """One text per value, the absent ones empty."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_timestamp(kind):
        return _moments(column)
    if pa.types.is_floating(kind):
        return _numbers(column)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return [_bytes(value) for value in column.to_pylist()]
    if pa.types.is_nested(kind) or pa.types.is_decimal(kind) or pa.types.is_duration(kind):
        return [_value(value) for value in column.to_pylist()]
    return _filled(pc.cast(column, pa.string()))


def _moments(column: pa.ChunkedArray) -> list[str]:
    """ISO 8601; a time with a zone is said in UTC."""
    zone = "UTC" if column.type.tz else None
    whole = pc.cast(column, pa.timestamp("us", tz=zone), safe=False)
    texts = pc.cast(whole, pa.string())
    texts = pc.replace_substring(texts, " ", "T", max_replacements=1)
    return _filled(pc.replace_substring_regex(texts, r"\.0+(Z?)$", r"\1"))


def _numbers(column: pa.ChunkedArray) -> list[str]:
    texts = _filled(pc.cast(column, pa.string()))
    for i, text in enumerate(texts):
        # Very large, very small, infinite or no number at all: written another way.
        if "e" in text or "n" in text:
            texts[i] = "" if "n" in text else plain_text(float(text))
    return texts


def _filled(texts: pa.ChunkedArray) -> list[str]:
    whole = pc.fill_null(texts, "")
    try:
        return list(whole.to_pylist())
    except UnicodeDecodeError:
        # Some writers put other encodings where UTF-8 is promised: those bytes are written out.
        return [
            value.decode("utf-8", "backslashreplace")
            for value in pc.cast(whole, pa.binary()).to_pylist()
        ]


def _value(value: Any) -> str:
    if isinstance(value, list | dict):
        plain = isinstance(value, list) and not any(isinstance(v, list | dict) for v in value)
        return ", ".join(map(plain_text, value)) if plain else as_json(value)
    if hasattr(value, "total_seconds"):
        return plain_text(value.total_seconds())
    return plain_text(value)


def _bytes(value: bytes | None) -> str:
    if value is None:
        return ""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.hex()
