"""What a command prints: a table for people, JSON for programs."""

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any

import numpy as np
import typer


class Format(StrEnum):
    table = "table"
    json = "json"


FormatOption = Annotated[
    Format, typer.Option("--format", help="table for people, json for programs")
]


def plain(value: Any) -> Any:
    """Results as JSON knows them: dataclasses as objects, arrays as lists, NaN as null.

    >>> plain({"score": np.float64(0.5), "n": np.int64(2), "missing": float("nan")})
    {'score': 0.5, 'n': 2, 'missing': None}
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def show(rows: Iterable[Mapping[str, Any]], form: Format) -> None:
    """Print rows of results; every mapping is one row, its keys the columns."""
    listed = [plain(dict(row)) for row in rows]
    if form is Format.json:
        typer.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    columns = list(dict.fromkeys(name for row in listed for name in row))
    cells = [columns, *([_cell(row.get(name)) for name in columns] for row in listed)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    for line in cells:
        typer.echo(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.1f}"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
