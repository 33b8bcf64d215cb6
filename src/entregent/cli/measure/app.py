"""The command group that the rooms add their measures to."""

import typer

measure = typer.Typer(no_args_is_help=True, help="Measure a file: CSV, Parquet or JSON Lines.")
