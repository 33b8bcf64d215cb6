"""Measures of what customers answered, at a shell prompt."""

import dataclasses
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import ibis
import ibis.expr.types as ir
import numpy as np
import typer
import yaml
from numpy.typing import NDArray

from entregent.adapters.charts import surveys as pictures
from entregent.adapters.charts.theme import Language
from entregent.cli.measure.app import measure
from entregent.cli.measure.files import (
    FileArgument,
    LanguageOption,
    PictureOption,
    columns_of,
    read_table,
    write_picture,
)
from entregent.cli.output import Format, FormatOption, show
from entregent.engine.errors import RatingOutOfScale
from entregent.engine.estimates import Estimate
from entregent.engine.surveys import agreement as agreements
from entregent.engine.surveys import drivers as key_drivers
from entregent.engine.surveys import importance_performance, instruments, kano, nps, pareto
from entregent.engine.surveys import reliability as consistency
from entregent.engine.surveys.answers import given, with_period
from entregent.engine.surveys.ces import ces_by
from entregent.engine.surveys.csat import csat_by
from entregent.engine.surveys.weights import post_stratification_weights

ByOption = Annotated[list[str] | None, typer.Option("--by", help="column that makes the groups")]
AtOption = Annotated[str | None, typer.Option(help="column of time, for --every")]
ConfidenceOption = Annotated[float, typer.Option(help="of the intervals, between 0 and 1")]
SeedOption = Annotated[int, typer.Option(help="of the resampling")]


class Every(StrEnum):
    day = "D"
    week = "W"
    month = "M"
    quarter = "Q"
    year = "Y"


EveryOption = Annotated[Every | None, typer.Option(help="also group by period: D, W, M, Q or Y")]


class CsatFigure(StrEnum):
    top_box = "top-box"
    mean = "mean"


class CesFigure(StrEnum):
    mean = "mean"
    easy = "easy"


class DriverMethod(StrEnum):
    lmg = "lmg"
    johnson = "johnson"


class RankBy(StrEnum):
    by_count = "count"
    by_cost = "cost"


class Coefficient(StrEnum):
    cohen = "cohen"
    krippendorff = "krippendorff"


class Level(StrEnum):
    nominal = "nominal"
    ordinal = "ordinal"
    interval = "interval"


@measure.command("nps")
def nps_command(
    file: FileArgument,
    rating: Annotated[str, typer.Option(help="column of ratings, 0 to 10")] = "value",
    by: ByOption = None,
    at: AtOption = None,
    every: EveryOption = None,
    stratum: Annotated[
        str | None, typer.Option(help="column of strata, to weight for silence (no groups then)")
    ] = None,
    population: Annotated[
        list[str] | None, typer.Option(help="STRATUM=SIZE, once per stratum")
    ] = None,
    confidence: ConfidenceOption = 0.95,
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """Net promoter score with adjusted Wald intervals, by group or over time."""
    table = read_table(file)
    if stratum is not None:
        show([_row({}, _weighted(table, rating, stratum, population or [], confidence))], form)
        return
    answers, groups = _answers(table, "nps", rating, by, at, every)
    rows = nps.nps_by(answers, groups, confidence=confidence)
    _show_scores(rows, groups, form)
    write_picture(_scores_picture(rows, "nps", every, language), picture)


@measure.command("nps-trend")
def nps_trend_command(
    file: FileArgument,
    rating: Annotated[str, typer.Option(help="column of ratings, 0 to 10")] = "value",
    at: Annotated[str, typer.Option(help="column of time")] = "at",
    every: Annotated[Every, typer.Option(help="period: D, W, M, Q or Y")] = Every.month,
    confidence: ConfidenceOption = 0.95,
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """Points gained or lost per period, and whether that is more than chance."""
    answers, groups = _answers(read_table(file), "nps", rating, None, at, every)
    periods = nps.nps_counts_by(answers, groups)
    trend = nps.nps_trend([counts for _, counts in periods], confidence=confidence)
    judged = {"p_value": trend.p_value, "heterogeneity_p": trend.heterogeneity_p}
    show([_row({"figure": "points per period"}, trend.slope) | judged], form)
    scores = [(period, score) for (period, _), score in zip(periods, trend.scores, strict=True)]
    write_picture(_scores_picture(scores, "nps", every, language), picture)


@measure.command("nps-difference")
def nps_difference_command(
    file: FileArgument,
    between: Annotated[str, typer.Option(help="column with the two groups to compare")],
    rating: Annotated[str, typer.Option(help="column of ratings, 0 to 10")] = "value",
    confidence: ConfidenceOption = 0.95,
    form: FormatOption = Format.table,
) -> None:
    """Difference between every two groups, with z and p (no correction for many comparisons)."""
    answers, groups = _answers(read_table(file), "nps", rating, [between], None, None)
    counted = nps.nps_counts_by(answers, groups)
    rows = []
    for place, (first, counts) in enumerate(counted):
        for second, others in counted[place + 1 :]:
            found = nps.nps_difference(counts, others, confidence=confidence)
            named = {"first": first, "second": second}
            rows.append(_row(named, found.points) | {"z": found.z, "p_value": found.p_value})
    show(rows, form)


@measure.command("nps-sample-size")
def nps_sample_size_command(
    margin: Annotated[float, typer.Argument(help="points, plus or minus")],
    promoters: Annotated[float, typer.Option(help="share expected, 0 to 1")] = 0.5,
    detractors: Annotated[float, typer.Option(help="share expected, 0 to 1")] = 0.5,
    population: Annotated[int | None, typer.Option(help="customers in all")] = None,
    response_rate: Annotated[float, typer.Option(help="share who answer")] = 1.0,
    confidence: ConfidenceOption = 0.95,
    form: FormatOption = Format.table,
) -> None:
    """How many people to ask."""
    needed = nps.nps_sample_size(
        margin,
        promoters=promoters,
        detractors=detractors,
        population=population,
        response_rate=response_rate,
        confidence=confidence,
    )
    show([{"people_to_ask": needed, "margin": margin, "confidence": confidence}], form)


@measure.command("csat")
def csat_command(
    file: FileArgument,
    rating: Annotated[str, typer.Option(help="column of ratings")] = "value",
    points: Annotated[int, typer.Option(help="points of the scale, from 1")] = 5,
    boxes: Annotated[int, typer.Option(help="top boxes that count as satisfied")] = 2,
    figure: CsatFigure = CsatFigure.top_box,
    by: ByOption = None,
    at: AtOption = None,
    every: EveryOption = None,
    confidence: ConfidenceOption = 0.95,
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """Customer satisfaction: share in the top boxes, or mean."""
    answers, groups = _answers(read_table(file), "csat", rating, by, at, every)
    rows = csat_by(
        answers,
        groups,
        figure="top box" if figure is CsatFigure.top_box else "mean",
        points=points,
        boxes=boxes,
        confidence=confidence,
    )
    _show_scores(rows, groups, form)
    write_picture(_scores_picture(rows, "csat", every, language), picture)


@measure.command("ces")
def ces_command(
    file: FileArgument,
    rating: Annotated[str, typer.Option(help="column of ratings")] = "value",
    version: Annotated[
        str | None, typer.Option(help="1.0 or 2.0, when the file has no column of versions")
    ] = None,
    version_column: Annotated[str, typer.Option(help="column of versions")] = "instrument_version",
    figure: CesFigure = CesFigure.mean,
    by: ByOption = None,
    at: AtOption = None,
    every: EveryOption = None,
    confidence: ConfidenceOption = 0.95,
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """Customer effort score; versions 1.0 and 2.0 are never mixed."""
    table = read_table(file)
    if version is not None:
        table = table.mutate(**{version_column: ibis.literal(version)})
    answers, groups = _answers(table, "ces", rating, by, at, every)
    columns_of(table, version_column)
    versioned = answers.mutate(instrument_version=answers[version_column].cast("string"))
    rows = ces_by(versioned, groups, figure=figure.value, confidence=confidence)
    _show_scores(rows, groups, form)
    write_picture(_scores_picture(rows, "ces", every, language), picture)


@measure.command("kano")
def kano_command(
    file: FileArgument,
    functional: Annotated[
        str, typer.Option(help="ending of the columns asked about having it")
    ] = "_functional",
    dysfunctional: Annotated[
        str, typer.Option(help="ending of the columns asked about lacking it")
    ] = "_dysfunctional",
    answers: Annotated[
        str, typer.Option(help="the five answers from like to dislike, separated by |")
    ] = "1|2|3|4|5",
    segment: Annotated[str | None, typer.Option(help="column of segments")] = None,
    confidence: ConfidenceOption = 0.95,
    seed: SeedOption = 0,
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """Kano category of every attribute, coefficients, strengths, Fong's test and certainty."""
    pairs = _kano_pairs(read_table(file), functional, dysfunctional, answers.split("|"), segment)
    groups = ["attribute"] if segment is None else ["attribute", "segment"]
    counted = {tuple(g): counts for *g, counts in kano.kano_counts_by(pairs, groups)}
    results = {g: kano.kano_result(counts, confidence=confidence) for g, counts in counted.items()}
    chances = {
        g: kano.kano_bootstrap(counts, seed=seed).probabilities
        for g, counts in counted.items()
        if counts.n >= kano.FEWEST_TO_RESAMPLE
    }
    show((_kano_row(g, groups, results[g], chances.get(g, {})) for g in results), form)
    named = {" · ".join(map(str, g)): result for g, result in results.items()}
    write_picture(pictures.kano_map(named, language), picture)


@measure.command("reliability")
def reliability_command(
    file: FileArgument,
    item: Annotated[list[str], typer.Option(help="column of an item; give it for each")],
    confidence: ConfidenceOption = 0.95,
    form: FormatOption = Format.table,
) -> None:
    """Alpha, omega, and how each item sits among the others."""
    answers = _matrix(read_table(file), item)
    alpha = consistency.cronbach_alpha(answers, confidence=confidence)
    rows: list[dict[str, Any]] = [_row({"figure": "alpha"}, alpha)]
    if len(item) > 2:
        omega = consistency.mcdonald_omega(answers)
        rows.append({"figure": "omega", "value": omega, "n": len(answers)})
    rows += [
        {
            "figure": f"item {found.name}",
            "value": found.mean,
            "item_rest_correlation": found.item_rest_correlation,
            "alpha_without": found.alpha_without,
            "probably_reversed": found.probably_reversed,
        }
        for found in consistency.item_analysis(answers, item)
    ]
    show(rows, form)


@measure.command("drivers")
def drivers_command(
    file: FileArgument,
    outcome: Annotated[str, typer.Option(help="column of what is to be explained")],
    driver: Annotated[
        list[str] | None, typer.Option(help="column of a driver; all other numbers unless given")
    ] = None,
    method: DriverMethod = DriverMethod.lmg,
    resamples: Annotated[int, typer.Option(help="for the intervals")] = 1000,
    confidence: ConfidenceOption = 0.95,
    seed: SeedOption = 0,
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """Each driver's part of R2, with intervals; warnings go to the error stream."""
    table = read_table(file)
    columns_of(table, outcome)
    names = driver or [
        name for name, kind in table.schema().items() if kind.is_numeric() and name != outcome
    ]
    columns = _matrix(table, [*names, outcome])
    report = key_drivers.key_drivers(
        columns[:, :-1],
        columns[:, -1],
        names,
        method=method.value,
        resamples=resamples,
        seed=seed,
        confidence=confidence,
    )
    show((_driver_row(found) for found in report.drivers), form)
    typer.echo(f"R2 = {report.r2.value:.3f}, n = {report.r2.n}", err=True)
    for warning in report.warnings:
        typer.echo(f"warning: {warning}", err=True)
    write_picture(pictures.driver_bars(report, language), picture)


@measure.command("importance-performance")
def importance_performance_command(
    file: FileArgument,
    outcome: Annotated[str, typer.Option(help="column of overall satisfaction")],
    attribute: Annotated[list[str], typer.Option(help="column of an attribute's performance")],
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """Derived importance (LMG) crossed with mean performance."""
    columns = _matrix(read_table(file), [*attribute, outcome])
    report = key_drivers.key_drivers(columns[:, :-1], columns[:, -1], attribute, resamples=0)
    parts = {found.name: found.importance.value for found in report.drivers}
    crossed = importance_performance.importance_performance(
        [parts[name] for name in attribute],
        columns[:, :-1].mean(axis=0),
        attribute,
        source="derived",
    )
    show(
        (
            {
                "attribute": position.name,
                "importance": position.importance.value,
                "performance": position.performance.value,
                "quadrant": position.quadrant,
            }
            for position in crossed.attributes
        ),
        form,
    )
    write_picture(pictures.importance_performance_map(crossed, language), picture)


@measure.command("pareto")
def pareto_command(
    file: FileArgument,
    cause: Annotated[str, typer.Option(help="column of causes")] = "cause",
    cost: Annotated[str | None, typer.Option(help="column of costs")] = None,
    by: RankBy = RankBy.by_count,
    reach: Annotated[float, typer.Option(help="share that the few must reach")] = 0.8,
    seed: SeedOption = 0,
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """The few causes that make most of the trouble, and how surely."""
    ranked = pareto.pareto_of(
        read_table(file), cause=cause, cost=cost, by=by.value, reach=reach, seed=seed
    )
    show((dataclasses.asdict(found) for found in ranked.causes), form)
    typer.echo(f"same A set in {ranked.a_set_stability:.0f} % of resamples", err=True)
    write_picture(pictures.pareto_bars(ranked, language), picture)


@measure.command("agreement")
def agreement_command(
    file: FileArgument,
    coder: Annotated[list[str], typer.Option(help="column of a coder's codes; give it for each")],
    coefficient: Coefficient = Coefficient.cohen,
    level: Level = Level.nominal,
    confidence: ConfidenceOption = 0.95,
    form: FormatOption = Format.table,
) -> None:
    """Agreement beyond chance: Cohen for two coders, Krippendorff for more or with gaps."""
    table = read_table(file)
    columns_of(table, *coder)
    if coefficient is Coefficient.cohen:
        if len(coder) != 2:
            raise typer.BadParameter("Cohen's kappa takes two coders")
        counts, _ = agreements.pair_counts(table, coder[0], coder[1])
        found = agreements.cohen_kappa_of_counts(counts, confidence=confidence)
    else:
        codes = _numbered_codes(table, coder, level)
        found = agreements.krippendorff_alpha(codes, level=level.value, confidence=confidence)
    show([_row({"coefficient": coefficient.value}, found)], form)


@measure.command("instrument")
def instrument_command(
    file: FileArgument,
    description: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="YAML or JSON description")
    ],
    confidence: ConfidenceOption = 0.95,
    form: FormatOption = Format.table,
) -> None:
    """Facet scores of a questionnaire described as data; the file has one column per item."""
    described = yaml.safe_load(description.read_text(encoding="utf-8"))
    instrument = instruments.instrument_from(described)
    table = read_table(file)
    names = columns_of(table, *(item.name for item in instrument.items))
    columns = table.select(**{name: table[name].cast("float64") for name in names}).to_pyarrow()
    answers = {
        name: columns[name].fill_null(float("nan")).to_numpy().astype(float) for name in names
    }
    show(
        (
            _row({"facet": summary.facet}, summary.mean)
            | {
                "alpha": None if summary.alpha is None else summary.alpha.value,
                "left_out": summary.left_out,
            }
            for summary in instruments.facet_summaries(instrument, answers, confidence=confidence)
        ),
        form,
    )


# ---------------------------------------------------------------- files to evidence


def _answers(
    table: ir.Table,
    instrument: str,
    rating: str,
    by: list[str] | None,
    at: str | None,
    every: Every | None,
) -> tuple[ir.Table, list[str]]:
    """The file as a table of answers to one instrument, and the columns that group it."""
    groups = columns_of(table, *(by or []))
    if every is not None and at is None:
        raise typer.BadParameter("--every needs --at, the column of time")
    columns_of(table, rating, at)
    if "instrument" not in table.columns:
        table = table.mutate(instrument=ibis.literal(instrument))
    answers = table.mutate(value=table[rating].cast("float64"))
    if every is None or at is None:
        return answers, groups
    dated = with_period(answers.mutate(at=answers[at].cast("timestamp")), every.value)
    return dated, [*groups, "period"]


def _matrix(table: ir.Table, names: list[str]) -> NDArray[np.float64]:
    """Columns as numbers, without the rows where one is missing."""
    columns_of(table, *names)
    chosen = table.select(**{name: table[name].cast("float64") for name in names})
    complete = chosen.filter([given(chosen[name]) for name in names]).to_pyarrow()
    return np.column_stack([complete[name].to_numpy() for name in names])


def _weighted(
    table: ir.Table, rating: str, stratum: str, sizes: Iterable[str], confidence: float
) -> Estimate:
    columns_of(table, rating, stratum)
    try:
        population = {
            name: float(size) for name, _, size in (given.rpartition("=") for given in sizes)
        }
    except ValueError:
        raise typer.BadParameter("--population is STRATUM=SIZE") from None
    rows = (
        table.filter(table[rating].notnull(), table[stratum].notnull())
        .select(rating=table[rating].cast("float64"), stratum=table[stratum].cast("string"))
        .to_pyarrow()
    )
    weights = post_stratification_weights(rows["stratum"].to_pylist(), population)
    ratings = rows["rating"].to_numpy()
    return nps.weighted_net_promoter_score(ratings, weights, confidence=confidence)


def _kano_pairs(
    table: ir.Table,
    functional: str,
    dysfunctional: str,
    scale: list[str],
    segment: str | None,
) -> ir.Table:
    """Wide answers (two columns per attribute) as one row per respondent and attribute."""
    attributes = [
        name.removesuffix(functional)
        for name in table.columns
        if name.endswith(functional) and not name.endswith(dysfunctional)
    ]
    if not attributes or len(scale) != 5:
        raise typer.BadParameter(f"no column ends with {functional}, or --answers has not five")
    columns_of(table, segment, *(f"{name}{dysfunctional}" for name in attributes))
    asked = [f"{name}{ending}" for name in attributes for ending in (functional, dysfunctional)]
    codes = {answer.strip(): code for code, answer in enumerate(scale, start=1)}
    _refuse_other_answers(table, asked, codes)

    def coded(column: str) -> Any:
        return table[column].cast("string").strip().cases(*codes.items())

    def pairs_of(name: str) -> ir.Table:
        columns = {
            "attribute": ibis.literal(name),
            "functional": coded(f"{name}{functional}"),
            "dysfunctional": coded(f"{name}{dysfunctional}"),
        }
        if segment is not None:
            columns["segment"] = table[segment]
        return table.select(**columns)

    pairs = [pairs_of(name) for name in attributes]
    return pairs[0] if len(pairs) == 1 else ibis.union(*pairs)


def _refuse_other_answers(table: ir.Table, asked: list[str], codes: Mapping[str, int]) -> None:
    said = (table[column].cast("string").strip() for column in asked)
    distinct = ibis.union(*(table.select(said=answer).distinct() for answer in said))
    others = set(distinct.to_pyarrow()["said"].to_pylist()) - {None, *codes}
    if others:
        listed = ", ".join(sorted(map(repr, others))[:5])
        raise RatingOutOfScale(f"Kano answers {listed} are none of {' | '.join(codes)}")


def _numbered_codes(table: ir.Table, coders: list[str], level: Level) -> NDArray[np.float64]:
    """Coders by units; names become numbers when only same or different matters."""
    rows = table.select(*coders).to_pyarrow()
    columns = [rows[name].to_pylist() for name in coders]
    if level is not Level.nominal:
        return np.array([[np.nan if c is None else float(c) for c in column] for column in columns])
    numbers = {
        code: number
        for number, code in enumerate({c for column in columns for c in column if c is not None})
    }
    return np.array(
        [[np.nan if c is None else float(numbers[c]) for c in column] for column in columns]
    )


# ---------------------------------------------------------------- results to rows


def _row(named: Mapping[str, Any], estimate: Estimate) -> dict[str, Any]:
    return dict(named) | {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
        "confidence": estimate.confidence,
        "method": estimate.method,
    }


def _show_scores(rows: list[tuple[Any, ...]], groups: list[str], form: Format) -> None:
    show((_row(dict(zip(groups, row[:-1], strict=True)), row[-1]) for row in rows), form)


def _scores_picture(
    rows: list[tuple[Any, ...]], name: str, every: Every | None, language: Language
) -> dict[str, Any]:
    if every is not None and len(rows[0]) == 2:
        return pictures.scores_over_time([(row[0], row[1]) for row in rows], name, language)
    named = [(" · ".join(map(str, row[:-1])) or "—", row[-1]) for row in rows]
    return pictures.scores_by_group(named, name, language)


def _kano_row(
    group: tuple[Any, ...],
    groups: list[str],
    result: kano.KanoResult,
    chances: Mapping[str, float],
) -> dict[str, Any]:
    return {
        **dict(zip(groups, group, strict=True)),
        **dataclasses.asdict(result.counts),
        "mode": result.mode,
        "by_rule": result.by_rule,
        "certainty": chances.get(result.by_rule),
        "better": None if result.better is None else result.better.value,
        "worse": None if result.worse is None else result.worse.value,
        "total_strength": result.total_strength.value,
        "category_strength": result.category_strength,
        "fong": "differs" if result.fong.significant else "level",
    }


def _driver_row(driver: key_drivers.Driver) -> dict[str, Any]:
    return {
        "driver": driver.name,
        "importance": driver.importance.value,
        "low": driver.importance.low,
        "high": driver.importance.high,
        "share": driver.share,
        "correlation": driver.correlation,
        "beta": driver.beta,
        "vif": driver.vif,
        "suppressor": driver.suppressor,
    }
