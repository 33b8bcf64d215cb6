"""Journeys counted, at a shell prompt."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import ibis
import typer

from entregent.adapters.charts import journeys as pictures
from entregent.cli.measure.app import measure
from entregent.cli.measure.files import (
    FileArgument,
    LanguageOption,
    PictureOption,
    read_table,
    write_picture,
)
from entregent.cli.output import Format, FormatOption, show
from entregent.engine.journeys import variants as ways
from entregent.engine.journeys.customer_table import customer_table
from entregent.engine.journeys.flows import journey_map
from entregent.engine.journeys.log import EventLog, event_log

CaseOption = Annotated[str, typer.Option(help="column that says whose journey it is")]
ActivityOption = Annotated[str, typer.Option(help="column of what was done")]
AtOption = Annotated[str, typer.Option(help="column of time")]
OrderOption = Annotated[
    list[str] | None, typer.Option("--order", help="column that orders events of one instant")
]
MostOption = Annotated[int, typer.Option(help="rows to print, busiest first")]
AsOfOption = Annotated[datetime, typer.Option(help="instant the log was taken, in UTC")]


@measure.command("journeys")
def journeys_command(
    file: FileArgument,
    case: CaseOption = "case_id",
    activity: ActivityOption = "activity",
    at: AtOption = "at",
    order: OrderOption = None,
    most: MostOption = 50,
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """What follows what, how often, and after what median gap."""
    found = journey_map(_log(file, case, activity, at, order))
    show(
        (
            {
                "source": flow.source,
                "target": flow.target,
                "n": flow.n,
                "median_gap_seconds": flow.median_gap_seconds,
            }
            for flow in found.flows[:most]
        ),
        form,
    )
    write_picture(pictures.directly_follows_graph(found, language), picture)


@measure.command("variants")
def variants_command(
    file: FileArgument,
    case: CaseOption = "case_id",
    activity: ActivityOption = "activity",
    at: AtOption = "at",
    order: OrderOption = None,
    most: MostOption = 20,
    form: FormatOption = Format.table,
) -> None:
    """Cases that went the same way, the most travelled first."""
    found = ways.variants(_log(file, case, activity, at, order))
    rows = found.order_by(ibis.desc("n"), "variant").limit(most).to_pyarrow().to_pylist()
    show((row | {"variant": " → ".join(row["variant"])} for row in rows), form)


@measure.command("loops")
def loops_command(
    file: FileArgument,
    case: CaseOption = "case_id",
    activity: ActivityOption = "activity",
    at: AtOption = "at",
    order: OrderOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Activities done again in the same case."""
    found = ways.loops(_log(file, case, activity, at, order))
    show(found.order_by(ibis.desc("repeats"), "activity").to_pyarrow().to_pylist(), form)


@measure.command("channel-switches")
def channel_switches_command(
    file: FileArgument,
    case: CaseOption = "case_id",
    activity: ActivityOption = "activity",
    at: AtOption = "at",
    channel: Annotated[str, typer.Option(help="column of channels")] = "channel",
    order: OrderOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Changes of channel within a case."""
    log = _log(file, case, activity, at, order, channel)
    found = ways.channel_switches(log, channel=channel)
    ordered = found.order_by(ibis.desc("n"), "from_channel", "to_channel")
    show(ordered.to_pyarrow().to_pylist(), form)


@measure.command("drop-off")
def drop_off_command(
    file: FileArgument,
    completed: Annotated[list[str], typer.Option(help="activity that ends a journey well")],
    as_of: AsOfOption,
    quiet_days: Annotated[float, typer.Option(help="days without an event after which it is over")],
    case: CaseOption = "case_id",
    activity: ActivityOption = "activity",
    at: AtOption = "at",
    order: OrderOption = None,
    form: FormatOption = Format.table,
) -> None:
    """At which activity journeys are left unfinished."""
    found = ways.drop_off(
        _log(file, case, activity, at, order),
        completed=completed,
        as_of=as_of.replace(tzinfo=UTC),
        quiet=timedelta(days=quiet_days),
    )
    show(found.order_by(ibis.desc("dropped"), "activity").to_pyarrow().to_pylist(), form)


@measure.command("customer-table")
def customer_table_command(
    file: FileArgument,
    as_of: AsOfOption,
    purchase: Annotated[
        list[str] | None, typer.Option(help="activity whose amount counts as bought")
    ] = None,
    most: MostOption = 50,
    form: FormatOption = Format.table,
) -> None:
    """Twenty figures per customer from their events."""
    found = customer_table(
        read_table(file), as_of=as_of.replace(tzinfo=UTC), purchases=purchase or ["buy"]
    )
    ordered = found.order_by(ibis.desc("events"), "customer_id").limit(most)
    show(ordered.to_pyarrow().to_pylist(), form)


def _log(
    file: FileArgument, case: str, activity: str, at: str, order: list[str] | None, *carry: str
) -> EventLog:
    return event_log(
        read_table(file), case=case, activity=activity, at=at, order=order or [], carry=carry
    )
