"""`entregent relationships`: infer everybody anew, and score the inference against a known truth."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

relationships = typer.Typer(no_args_is_help=True, help="Kinds of relationship: infer and score.")


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entregent.web.settings")
    import django

    django.setup()


@relationships.command("reckon")
def reckon() -> None:
    """Infer everybody's relationship from the snapshot."""
    _django()
    from entregent.web.relationships.actions import reckon as infer_everybody

    reckoning = infer_everybody()
    typer.echo("no evidence yet" if reckoning is None else f"{reckoning.customers:,} customers")


@relationships.command("score")
def score(
    truth: Annotated[
        Path | None, typer.Option(help="the demonstration's truth (default: the workspace's own)")
    ] = None,
) -> None:
    """Compare the inference with the demonstration's hidden truth, source by source."""
    _django()
    from entregent.web.evidence.snapshot import evidence
    from entregent.web.relationships.catalogue import sector_of, starting_model
    from entregent.web.relationships.measures.reading import last_moment
    from entregent.web.relationships.measures.scoring import score_families, score_gaps
    from entregent.web.settings import HOME
    from entregent.web.workspace.models import this_workspace

    path = truth or HOME / "demo_truth.json"
    if not path.is_file():
        typer.echo(
            f"{path} is not there: only a firm whose truth is known can be scored.", err=True
        )
        raise typer.Exit(1)
    customers = json.loads(path.read_text())["customers"]
    model = starting_model(sector_of(this_workspace()))
    with evidence() as tables:
        at = last_moment(tables, _now())
        if at is None:
            typer.echo("There is no evidence to score.", err=True)
            raise typer.Exit(1)
        rows = score_families(
            tables, at, model, {row["customer_id"]: row["relationship"] for row in customers}
        )
        gaps = score_gaps(
            tables, at, model, {row["customer_id"]: _true_gap(row) for row in customers}
        )
    typer.echo(f"{'source':<10} {'spoke':>6} {'top-1':>6} {'top-3':>6} {'ECE':>6} {'log loss':>9} {'top-1 where it spoke':>21}")  # fmt: skip
    for row in rows:
        found = row.everybody
        where = f"{row.among.top_1.value:.3f}" if row.among else "–"
        typer.echo(
            f"{row.source:<10} {row.told:>6} {found.top_1.value:>6.3f} {found.top_3.value:>6.3f} "
            f"{found.expected_calibration_error:>6.3f} {found.log_loss:>9.3f} {where:>21}"
        )
    typer.echo(
        f"gaps: {gaps.named} named, of whom {gaps.right} truly are, that way; "
        f"{gaps.truly} truly are in all; rank correlation of gaps {gaps.correlation:.2f}"
    )


def _now() -> Any:
    from django.utils import timezone

    return timezone.now()


def _true_gap(row: dict[str, Any]) -> float:
    """Treatment given less wanted in closeness: contact, personal tone and attention."""
    wanted, given = row["wanted"], row["given"]
    parts: tuple[float, ...] = (
        given["contact"] - wanted["contact"],
        -(given["tone"] - wanted["tone"]),
        given["personal"] - wanted["personal"],
    )
    return sum(parts) / len(parts)
