"""The relational chain, at a shell prompt."""

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
import yaml

from entregent.adapters.charts import chain as pictures
from entregent.cli.measure.app import measure
from entregent.cli.measure.files import (
    FileArgument,
    LanguageOption,
    PictureOption,
    read_table,
    write_picture,
)
from entregent.cli.output import Format, FormatOption, show
from entregent.engine.chain.bootstrap import Interval, bootstrap_chain
from entregent.engine.chain.criteria import chain_criteria, refuse_unsound
from entregent.engine.chain.errors import BrokenModel
from entregent.engine.chain.estimation import Missing, estimate_chain
from entregent.engine.chain.groups import compare_groups
from entregent.engine.chain.importance import importance_performance
from entregent.engine.chain.models import READY_MODELS, PathModel, model_from
from entregent.engine.chain.prediction import predictive_relevance
from entregent.engine.chain.weighting import Scheme
from entregent.engine.errors import MissingColumns

ModelOption = Annotated[
    str, typer.Option(help="ecsi, relational, or a YAML or JSON file of constructs and paths")
]
SchemeOption = Annotated[Scheme, typer.Option(help="inner weighting")]
ConsistentOption = Annotated[bool, typer.Option(help="correct for unreliability (PLSc)")]
MissingOption = Annotated[Missing, typer.Option(help="what to do with unanswered items")]
SeedOption = Annotated[int, typer.Option(help="of the draws")]


@measure.command("chain")
def chain_command(
    file: FileArgument,
    model: ModelOption = "ecsi",
    scheme: SchemeOption = Scheme.PATH,
    consistent: ConsistentOption = False,
    missing: MissingOption = Missing.REFUSE,
    samples: Annotated[int, typer.Option(help="bootstrap samples")] = 5000,
    interval: Annotated[Interval, typer.Option(help="of the bootstrap")] = Interval.PERCENTILE,
    strict: Annotated[
        bool, typer.Option(help="refuse when constructs are not reliable or not distinct")
    ] = False,
    seed: SeedOption = 0,
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """Paths, total effects and explained variance with intervals; doubts go to standard error."""
    chosen = _model(model)
    answers = _answers(file, chosen)
    found = bootstrap_chain(
        answers,
        chosen,
        scheme=scheme,
        consistent=consistent,
        missing=missing,
        samples=samples,
        interval=interval,
        seed=seed,
    )
    if strict:
        refuse_unsound(found.estimate)
    rows = [
        {"figure": figure, "from": source, "to": target, "value": part.value,
         "standard_error": part.standard_error, "low": part.low, "high": part.high, "n": part.n}
        for figure, parts in (("path", found.paths), ("total effect", found.total_effects))
        for (source, target), part in parts.items()
    ]  # fmt: skip
    rows += [
        {"figure": "R²", "from": "", "to": target, "value": part.value,
         "standard_error": part.standard_error, "low": part.low, "high": part.high, "n": part.n}
        for target, part in found.r_squared.items()
    ]  # fmt: skip
    show(rows, form)
    for concern in chain_criteria(found.estimate).concerns:
        typer.echo(f"doubt: {concern.words}", err=True)
    if picture is not None:
        write_picture(pictures.path_diagram(found, language), picture)


@measure.command("chain-reliability")
def chain_reliability_command(
    file: FileArgument,
    model: ModelOption = "ecsi",
    scheme: SchemeOption = Scheme.PATH,
    missing: MissingOption = Missing.REFUSE,
    form: FormatOption = Format.table,
) -> None:
    """Reliability of each construct, and its nearest neighbour by HTMT."""
    chosen = _model(model)
    estimate = estimate_chain(_answers(file, chosen), chosen, scheme=scheme, missing=missing)
    criteria = chain_criteria(estimate)
    rows = []
    for place, part in enumerate(criteria.reliability):
        others = np.where(np.arange(len(chosen.names)) == place, np.nan, criteria.htmt[place])
        nearest = None if np.isnan(others).all() else int(np.nanargmax(others))
        rows.append(
            {
                "construct": part.construct,
                "items": part.items,
                "alpha": part.alpha,
                "rho_a": part.rho_a,
                "rho_c": part.rho_c,
                "ave": part.ave,
                "highest_htmt": None if nearest is None else others[nearest],
                "with": None if nearest is None else chosen.names[nearest],
            }
        )
    show(rows, form)


@measure.command("chain-priorities")
def chain_priorities_command(
    file: FileArgument,
    target: Annotated[str, typer.Option(help="construct to improve")],
    lowest: Annotated[float, typer.Option(help="lowest answer possible")],
    highest: Annotated[float, typer.Option(help="highest answer possible")],
    model: ModelOption = "ecsi",
    scheme: SchemeOption = Scheme.PATH,
    missing: MissingOption = Missing.REFUSE,
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """Importance and performance of what leads to a construct."""
    chosen = _model(model)
    estimate = estimate_chain(_answers(file, chosen), chosen, scheme=scheme, missing=missing)
    found = importance_performance(estimate, target, (lowest, highest))
    show(
        (
            {
                "construct": part.construct,
                "importance": part.importance,
                "performance": part.performance,
                "n": part.n,
            }
            for part in found
        ),
        form,
    )
    write_picture(pictures.priority_map(found, target, language), picture)


@measure.command("chain-prediction")
def chain_prediction_command(
    file: FileArgument,
    model: ModelOption = "ecsi",
    scheme: SchemeOption = Scheme.PATH,
    missing: MissingOption = Missing.REFUSE,
    folds: Annotated[int, typer.Option(help="parts, each predicted from the others")] = 10,
    seed: SeedOption = 0,
    form: FormatOption = Format.table,
) -> None:
    """Out-of-sample prediction of every outcome's items (PLSpredict)."""
    chosen = _model(model)
    found = predictive_relevance(
        _answers(file, chosen), chosen, scheme=scheme, missing=missing, folds=folds, seed=seed
    )
    show(
        (
            {
                "construct": part.construct,
                "item": part.item,
                "q_squared": part.q_squared,
                "rmse": part.rmse,
                "linear_rmse": part.linear_rmse,
                "mae": part.mae,
                "n": part.n,
            }
            for part in found
        ),
        form,
    )


@measure.command("chain-groups")
def chain_groups_command(
    file: FileArgument,
    group: Annotated[str, typer.Option(help="column with the two groups")],
    model: ModelOption = "ecsi",
    scheme: SchemeOption = Scheme.PATH,
    permutations: Annotated[int, typer.Option(help="draws of the test")] = 1000,
    seed: SeedOption = 0,
    form: FormatOption = Format.table,
) -> None:
    """Every path in two groups, with the p-value of its difference."""
    chosen = _model(model)
    found = compare_groups(
        _answers(file, chosen),
        [str(label) for label in _column(file, group)],
        chosen,
        scheme=scheme,
        permutations=permutations,
        seed=seed,
    )
    show(
        (
            {
                "from": part.source,
                "to": part.target,
                found.groups[0]: part.first,
                found.groups[1]: part.second,
                "difference": part.difference,
                "p_value": part.p_value,
            }
            for part in found.differences
        ),
        form,
    )
    for construct in found.invariance:
        if not construct.invariant:
            typer.echo(
                f"doubt: {construct.construct} does not mean the same in both groups "
                f"(correlation {construct.correlation:.3f}, below {construct.threshold:.3f})",
                err=True,
            )


def _model(named: str) -> PathModel:
    if named in READY_MODELS:
        return READY_MODELS[named]
    path = Path(named)
    if not path.is_file():
        raise BrokenModel(f"{named} is neither {' nor '.join(READY_MODELS)} nor a file")
    text = path.read_text(encoding="utf-8")
    described: Any = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    return model_from(described)


def _answers(file: Path, model: PathModel) -> dict[str, Any]:
    table = read_table(file)
    if absent := [item for item in model.items if item not in table.columns]:
        raise MissingColumns(file.name, absent)
    read = table.select(*(table[item].cast("float64") for item in model.items)).to_pyarrow()
    return {
        item: read.column(place).to_numpy(zero_copy_only=False)
        for place, item in enumerate(model.items)
    }


def _column(file: Path, name: str) -> list[Any]:
    table = read_table(file)
    if name not in table.columns:
        raise MissingColumns(file.name, [name])
    values: list[Any] = table[name].to_pyarrow().to_pylist()
    return values
