"""The command group that the rooms add their measures to."""

from typing import Any

import typer
from typer.core import TyperGroup

from entregent.engine.errors import EngineError


class Refusing(TyperGroup):
    """What the engine refuses is said in one line, with its name, and the shell sees a failure."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except EngineError as refusal:
            typer.echo(f"{type(refusal).__name__}: {refusal}", err=True)
            raise typer.Exit(1) from refusal


measure = typer.Typer(
    cls=Refusing, no_args_is_help=True, help="Measure a file: CSV, Parquet or JSON Lines."
)
