"""Service levels, staffing and complaints, at a shell prompt."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from entregent.adapters.charts import service as pictures
from entregent.cli.measure.app import measure
from entregent.cli.measure.files import (
    FileArgument,
    LanguageOption,
    PictureOption,
    read_table,
    write_picture,
)
from entregent.cli.output import Format, FormatOption, show
from entregent.engine.estimates import Abstention, Estimate
from entregent.engine.service.complaints import complaint_figures_by, complaint_rates
from entregent.engine.service.conventions import AbandonedCalls
from entregent.engine.service.levels import service_level_by
from entregent.engine.service.queues import Line
from entregent.engine.service.staffing import (
    Goal,
    StaffingCost,
    agents_needed,
    staffing_costs,
)

ByOption = Annotated[list[str] | None, typer.Option("--by", help="column that makes the groups")]
CallsOption = Annotated[float, typer.Option(help="calls arriving per hour")]
HandleOption = Annotated[float, typer.Option(help="mean handling time, in seconds")]
PatienceOption = Annotated[
    float | None,
    typer.Option(help="mean time before a caller gives up, in seconds; none: they wait for ever"),
]
ShrinkageOption = Annotated[
    float, typer.Option(help="share of paid time away from the line, 0 to below 1")
]
TargetOption = Annotated[float, typer.Option(help="seconds to answer within")]
AbandonedOption = Annotated[AbandonedCalls, typer.Option(help="how abandoned calls count")]


@measure.command("service-level")
def service_level_command(
    file: FileArgument,
    target: TargetOption = 20,
    abandoned: AbandonedOption = AbandonedCalls.MISSED,
    by: ByOption = None,
    confidence: Annotated[float, typer.Option(help="between 0 and 1")] = 0.95,
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """Share of calls answered in time, from columns wait_seconds and abandoned."""
    groups = by or []
    found = service_level_by(
        read_table(file), groups, target_seconds=target, abandoned=abandoned, confidence=confidence
    )
    show(
        (
            dict(zip(groups, group, strict=True))
            | {
                "percent": level.level.value,
                "low": level.level.low,
                "high": level.level.high,
                "n": level.level.n,
                "answered": level.answered,
                "in_time": level.in_time,
                "abandoned": level.abandoned,
                "abandoned_in_time": level.abandoned_in_time,
                "without_wait": level.without_wait,
            }
            for *group, level in found
        ),
        form,
    )
    named = [(" · ".join(map(str, group)) or "—", level) for *group, level in found]
    write_picture(pictures.service_levels(named, language), picture)


@measure.command("staffing")
def staffing_command(
    calls_per_hour: CallsOption,
    handle_seconds: HandleOption,
    patience_seconds: PatienceOption = None,
    level: Annotated[float, typer.Option(help="percent to answer in time")] = 80,
    target: TargetOption = 20,
    abandoned: AbandonedOption = AbandonedCalls.MISSED,
    occupancy: Annotated[float, typer.Option(help="highest share of time with callers")] = 1.0,
    shrinkage: ShrinkageOption = 0.0,
    form: FormatOption = Format.table,
) -> None:
    """Agents that meet a goal: Erlang C, or Erlang A when callers lose patience."""
    line = Line(calls_per_hour, handle_seconds, patience_seconds)
    needed = agents_needed(line, Goal(level, target, occupancy, abandoned), shrinkage=shrinkage)
    found = needed.performance
    if found is not None:
        show(
            [
                {
                    "load": line.load,
                    "agents": needed.agents,
                    "scheduled": needed.scheduled,
                    "percent_in_time": found.service_level(abandoned),
                    "mean_wait_seconds": found.mean_wait_seconds,
                    "percent_waiting": 100 * found.waits,
                    "percent_abandoned": 100 * found.abandoned,
                    "occupancy": found.occupancy,
                }
            ],
            form,
        )


@measure.command("staffing-costs")
def staffing_costs_command(
    calls_per_hour: CallsOption,
    handle_seconds: HandleOption,
    agent_hour: Annotated[float, typer.Option(help="cost of an hour of one agent")],
    waiting_hour: Annotated[float, typer.Option(help="what an hour of waiting is worth")],
    lost_call: Annotated[float, typer.Option(help="what an abandoned call costs")] = 0.0,
    patience_seconds: PatienceOption = None,
    target: TargetOption = 20,
    shrinkage: ShrinkageOption = 0.0,
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """Cost of staff against the value of waiting, agent by agent."""
    curve = staffing_costs(
        Line(calls_per_hour, handle_seconds, patience_seconds),
        agent_hour=agent_hour,
        waiting_hour=waiting_hour,
        lost_call=lost_call,
        target_seconds=target,
        shrinkage=shrinkage,
    )
    show((_cost_row(point, curve.cheapest) for point in curve.points), form)
    write_picture(pictures.staffing_cost_curve(curve, language), picture)


@measure.command("complaints")
def complaints_command(
    file: FileArgument,
    by: ByOption = None,
    as_of: Annotated[
        datetime | None, typer.Option(help="instant to look from, in UTC; now when not given")
    ] = None,
    acknowledge_hours: Annotated[float | None, typer.Option(help="promise, in hours")] = None,
    answer_hours: Annotated[float | None, typer.Option(help="promise, in hours")] = None,
    close_hours: Annotated[float | None, typer.Option(help="promise, in hours")] = None,
    form: FormatOption = Format.table,
) -> None:
    """Times, lateness, open and reopened cases, from the columns of the evidence table cases."""
    promised = {"acknowledge": acknowledge_hours, "answer": answer_hours, "close": close_hours}
    promises = {
        step: timedelta(hours=hours) for step, hours in promised.items() if hours is not None
    }
    groups = by or []
    instant = (as_of or datetime.now(UTC)).replace(tzinfo=UTC)
    found = complaint_figures_by(read_table(file), groups, as_of=instant, promises=promises)
    show(
        (
            dict(zip(groups, group, strict=True))
            | {
                "step": name,
                "opened": figures.opened,
                "open": figures.open,
                "done": step.done,
                "waiting": step.waiting,
                "late": step.late,
                "median_hours": _value(step.median_hours),
                "slow_hours": _value(step.slow_hours),
                "percent_kept": _value(step.kept),
                "percent_reopened": _value(figures.reopened),
            }
            for *group, figures in found
            for name, step in figures.steps.items()
        ),
        form,
    )


@measure.command("complaint-rates")
def complaint_rates_command(
    file: FileArgument,
    exposure: Annotated[
        float, typer.Option(help="orders, calls or customers that could have had one")
    ],
    by: ByOption = None,
    per: Annotated[float, typer.Option(help="of the rate")] = 1000,
    form: FormatOption = Format.table,
) -> None:
    """Complaints per problem, for so many that could have had one."""
    groups = by or ["cause"]
    show(
        (
            dict(zip(groups, group, strict=True))
            | {"rate": rate.value, "low": rate.low, "high": rate.high, "n": rate.n}
            for *group, rate in complaint_rates(read_table(file), exposure, by=groups, per=per)
        ),
        form,
    )


def _cost_row(point: StaffingCost, cheapest: StaffingCost) -> dict[str, object]:
    return {
        "agents": point.agents,
        "staff": point.staff,
        "waiting": point.waiting,
        "lost_calls": point.lost_calls,
        "total": point.total,
        "percent_in_time": point.performance.service_level(),
        "cheapest": "*" if point is cheapest else "",
    }


def _value(found: Estimate | Abstention | None) -> float | None:
    return found.value if isinstance(found, Estimate) else None
