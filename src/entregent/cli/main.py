"""`entregent`: every command of the shell."""

import typer

from entregent.cli import workbench
from entregent.cli.coder import coder
from entregent.cli.measure import measure
from entregent.cli.relationships import relationships

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Listen, understand, decide, act, measure: the workbench at a shell prompt.",
)
app.add_typer(measure, name="measure")
app.add_typer(relationships, name="relationships")
app.add_typer(coder, name="coder")
workbench.register(app)
