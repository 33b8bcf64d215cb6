"""Files that measures read, and pictures they write."""

import json
from pathlib import Path
from typing import Annotated, Any

import ibis
import ibis.expr.types as ir
import typer
import vl_convert

from entregent.adapters.charts.theme import Language
from entregent.engine.errors import MissingColumns

FileArgument = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="CSV, TSV, Parquet or JSON Lines file")
]
PictureOption = Annotated[
    Path | None,
    typer.Option(help="also draw: .json (Vega-Lite), .svg or .png, by the file's ending"),
]
LanguageOption = Annotated[Language, typer.Option(help="of the picture: fr or en")]


def read_table(path: Path) -> ir.Table:
    """The file as a table in DuckDB, which reads it lazily."""
    connection = ibis.duckdb.connect()
    match path.suffix.lower():
        case ".parquet":
            return connection.read_parquet(path)
        case ".json" | ".jsonl" | ".ndjson":
            return connection.read_json(path)
        case _:
            return connection.read_csv(path)


def columns_of(table: ir.Table, *names: str | None) -> list[str]:
    """The names given, each of which the table must have; None is none."""
    wanted = [name for name in names if name is not None]
    absent = [name for name in wanted if name not in table.columns]
    if absent:
        raise MissingColumns(f"({', '.join(table.columns)})", absent)
    return wanted


def write_picture(specification: dict[str, Any], path: Path | None) -> None:
    """Write a Vega-Lite specification as it is, or drawn."""
    if path is None:
        return
    match path.suffix.lower():
        case ".svg":
            path.write_text(vl_convert.vegalite_to_svg(specification), encoding="utf-8")
        case ".png":
            path.write_bytes(vl_convert.vegalite_to_png(specification, scale=2))
        case _:
            text = json.dumps(specification, ensure_ascii=False, indent=2)
            path.write_text(text + "\n", encoding="utf-8")
