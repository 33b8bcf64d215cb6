"""Measures of what customers are worth, at a shell prompt."""

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import ibis
import ibis.expr.types as ir
import numpy as np
import typer

from entregent.adapters.charts import value as pictures
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
from entregent.engine.estimates import Estimate
from entregent.engine.value import abc, purchases, rfm
from entregent.engine.value.bg_bb import fit_bg_bb, occasion_histories
from entregent.engine.value.bg_nbd import fit_bg_nbd
from entregent.engine.value.cautions import Caution
from entregent.engine.value.class_moves import class_moves
from entregent.engine.value.crossed_matrix import crossed_matrix
from entregent.engine.value.equity import margin_multiple
from entregent.engine.value.gamma_gamma import fit_gamma_gamma
from entregent.engine.value.histories import PurchaseHistories
from entregent.engine.value.holdout import split_holdout, track, validate_holdout
from entregent.engine.value.lifetime_value import Horizon, customer_lifetime_value
from entregent.engine.value.maximum_likelihood import Fit
from entregent.engine.value.pareto_nbd import fit_pareto_nbd
from entregent.engine.value.wallet import wallet_shares


class Model(StrEnum):
    bg_nbd = "bg-nbd"
    pareto_nbd = "pareto-nbd"


class BoundaryOf(StrEnum):
    LOWER = "lower"
    UPPER = "upper"


class RefundsOf(StrEnum):
    refuse = "refuse"
    leave_out = "leave_out"


class TiesOf(StrEnum):
    rank = "rank"
    together = "together"


class ValueOf(StrEnum):
    mean = "mean"
    total = "total"


class MiddleColumnOf(StrEnum):
    unassigned = "unassigned"
    development = "development"
    economic_management = "economic_management"


CustomerOption = Annotated[str, typer.Option(help="column that tells customers apart")]
RevenueOption = Annotated[str, typer.Option(help="column of revenue, one row per customer")]
BoundaryOption = Annotated[
    BoundaryOf, typer.Option(help="class of the customer who crosses a line")
]
AtOption = Annotated[str, typer.Option(help="column of time")]
AmountOption = Annotated[str, typer.Option(help="column of amounts")]
TransactionOption = Annotated[
    str | None, typer.Option(help="column that tells transactions apart, to refuse duplicates")
]
RefundsOption = Annotated[RefundsOf, typer.Option(help="what to do with negative amounts")]
UntilOption = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day of observation, included")
]
ModelOption = Annotated[Model, typer.Option(help="model of buying")]
UnitOption = Annotated[float, typer.Option(help="days in the models' unit of time")]


@measure.command("abc")
def abc_command(
    file: FileArgument,
    customer: CustomerOption = "customer_id",
    revenue: RevenueOption = "revenue",
    boundary: BoundaryOption = BoundaryOf.LOWER,
    lorenz: Annotated[bool, typer.Option(help="draw the Lorenz curve instead")] = False,
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """ABC classes by revenue, their real shares, Gini coefficient."""
    table = _renamed(read_table(file), customer_id=customer, revenue=revenue)
    found = abc.concentration(table, boundary=boundary.value)
    rows: list[dict[str, Any]] = [dataclasses.asdict(part) for part in found.classes]
    rows.append({"name": "prospects", "customers": found.prospects})
    rows.append(_row({"name": "gini"}, found.gini))
    rows.append({"name": "best fifth", "share_of_revenue": found.revenue_share_of_best_fifth})
    show(rows, form)
    if picture is not None:
        curve = abc.concentration_curve(table, best_first=not lorenz)
        draw = pictures.lorenz_curve_picture if lorenz else pictures.concentration_curve_picture
        write_picture(draw(curve, found, language), picture)


@measure.command("crossed-matrix")
def crossed_matrix_command(
    file: FileArgument,
    customer: CustomerOption = "customer_id",
    revenue: RevenueOption = "revenue",
    potential: Annotated[str, typer.Option(help="column of potential")] = "potential",
    boundary: BoundaryOption = BoundaryOf.LOWER,
    middle_column: Annotated[
        MiddleColumnOf, typer.Option(help="domain of B2, C2 and P2")
    ] = MiddleColumnOf.unassigned,
    middle_from: Annotated[float | None, typer.Option(help="amount of middle potential")] = None,
    high_from: Annotated[float | None, typer.Option(help="amount of high potential")] = None,
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """Crossed ABC matrix: revenue realised by potential, with its three domains."""
    table = _renamed(read_table(file), customer_id=customer, revenue=revenue, potential=potential)
    by_amounts = middle_from is not None and high_from is not None
    found = crossed_matrix(
        table,
        boundary=boundary.value,
        potential_by="tranches" if by_amounts else "abc",
        tranches=(middle_from or 0.0, high_from or 0.0) if by_amounts else None,
        middle_column=middle_column.value,
    )
    show([dataclasses.asdict(cell) for cell in found.cells], form)
    write_picture(pictures.crossed_matrix_picture(found, language), picture)


@measure.command("class-moves")
def class_moves_command(
    before: FileArgument,
    after: FileArgument,
    customer: CustomerOption = "customer_id",
    revenue: RevenueOption = "revenue",
    boundary: BoundaryOption = BoundaryOf.LOWER,
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """Who changed ABC class between two files of revenue by customer."""
    classes = [
        abc.abc_classes(
            _renamed(read_table(file), customer_id=customer, revenue=revenue),
            boundary=boundary.value,
        ).to_pyarrow()
        for file in (before, after)
    ]
    moves = class_moves(*(ibis.memtable(table) for table in classes))
    rows: list[dict[str, Any]] = [
        {"before": name} | dict(zip(moves.states, moves.counts[place].tolist(), strict=True))
        for place, name in enumerate(moves.states)
    ]
    if moves.stability is not None:
        rows.append(_row({"before": "kept their class"}, moves.stability))
    show(rows, form)
    write_picture(pictures.class_moves_picture(moves, language), picture)


@measure.command("rfm")
def rfm_command(
    file: FileArgument,
    customer: CustomerOption = "customer_id",
    at: AtOption = "at",
    amount: AmountOption = "amount",
    transaction: TransactionOption = None,
    refunds: RefundsOption = RefundsOf.refuse,
    until: UntilOption = None,
    value: Annotated[ValueOf, typer.Option(help="total spent, or mean")] = ValueOf.total,
    ties: Annotated[TiesOf, typer.Option(help="how equal customers are scored")] = TiesOf.rank,
    groups: Annotated[int, typer.Option(help="groups on each axis")] = 5,
    customers: Annotated[bool, typer.Option(help="list customers, not cells")] = False,
    form: FormatOption = Format.table,
) -> None:
    """Days since the last purchase, purchases, value: scores from 1 to 5 (best)."""
    sold = _transactions(file, customer, at, amount, transaction)
    table = rfm.rfm_table(sold, until=_day(until), value=value.value, refunds=refunds.value)
    scored = rfm.rfm_scores(table, groups=groups, ties=ties.value)
    found = scored.order_by("customer_id") if customers else rfm.rfm_cells(scored)
    show(found.to_pyarrow().to_pylist(), form)


@measure.command("buying-model")
def buying_model_command(
    file: FileArgument,
    model: ModelOption = Model.bg_nbd,
    customer: CustomerOption = "customer_id",
    at: AtOption = "at",
    amount: AmountOption = "amount",
    transaction: TransactionOption = None,
    refunds: RefundsOption = RefundsOf.refuse,
    until: UntilOption = None,
    unit_days: UnitOption = purchases.DAYS_A_WEEK,
    form: FormatOption = Format.table,
) -> None:
    """Fit BG/NBD or Pareto/NBD, and Gamma-Gamma, with standard errors."""
    sold = _transactions(file, customer, at, amount, transaction)
    history = purchases.purchase_history(sold, until=_day(until), refunds=refunds.value)
    buying = _fitted(model, purchases.histories_of(history, unit_days=unit_days))
    known = purchases.customer_histories(history, unit_days=unit_days)
    spending = fit_gamma_gamma(known.histories.repeat_purchases, known.mean_repeat_value)
    rows = _parameters(model.value, buying) + _parameters("gamma-gamma", spending)
    show(rows, form)
    _warn(buying.cautions + spending.cautions)


@measure.command("lifetime-value")
def lifetime_value_command(
    file: FileArgument,
    model: ModelOption = Model.bg_nbd,
    customer: CustomerOption = "customer_id",
    at: AtOption = "at",
    amount: AmountOption = "amount",
    transaction: TransactionOption = None,
    refunds: RefundsOption = RefundsOf.refuse,
    until: UntilOption = None,
    months: Annotated[int, typer.Option(help="horizon")] = 12,
    discount_rate: Annotated[float, typer.Option(help="per month, 0.01 for 1 %")] = 0.0,
    margin: Annotated[float, typer.Option(help="share of revenue kept, up to 1")] = 1.0,
    total: Annotated[bool, typer.Option(help="only the worth of all customers")] = False,
    form: FormatOption = Format.table,
) -> None:
    """Value expected of each customer over the months to come, with intervals."""
    sold = _transactions(file, customer, at, amount, transaction)
    history = purchases.purchase_history(sold, until=_day(until), refunds=refunds.value)
    known = purchases.customer_histories(history)
    buying = _fitted(model, purchases.histories_of(history))
    spending = fit_gamma_gamma(known.histories.repeat_purchases, known.mean_repeat_value)
    found = customer_lifetime_value(
        buying,
        spending,
        known.histories,
        known.mean_repeat_value,
        horizon=Horizon(periods=months, discount_rate=discount_rate, margin=margin),
    )
    if total:
        show([_row({"customers": found.total.n}, found.total)], form)
    else:
        columns = {
            "customer_id": known.customer_ids,
            "value": found.value,
            "low": found.low,
            "high": found.high,
            "expected_purchases": found.expected_purchases,
            "probability_alive": found.probability_alive,
        }
        best = np.argsort(-found.value, kind="stable")
        show(({name: column[at] for name, column in columns.items()} for at in best), form)
    _warn(found.cautions)


@measure.command("holdout")
def holdout_command(
    file: FileArgument,
    calibration_until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="last day that the model sees")
    ],
    model: ModelOption = Model.bg_nbd,
    customer: CustomerOption = "customer_id",
    at: AtOption = "at",
    amount: AmountOption = "amount",
    transaction: TransactionOption = None,
    refunds: RefundsOption = RefundsOf.refuse,
    until: UntilOption = None,
    form: FormatOption = Format.table,
    picture: PictureOption = None,
    tracking: PictureOption = None,
    language: LanguageOption = "fr",
) -> None:
    """Fit on the first part of the record, judge on the rest (--picture: calibration)."""
    sold = _transactions(file, customer, at, amount, transaction)
    split = calibration_until.date()
    held = split_holdout(sold, calibration_until=split, until=_day(until), refunds=refunds.value)
    fit = _fitted(model, held.histories)
    found = validate_holdout(fit.model, held)
    whole = {"observed": found.observed, "expected": found.expected, "bias": found.bias}
    errors = {
        "mean_absolute_error": found.mean_absolute_error,
        "calibration_error": found.calibration_error,
    }
    rows: list[dict[str, Any]] = [{"repeat_purchases": "all", "customers": found.customers}]
    rows[0] |= whole | errors
    rows += [
        {
            "repeat_purchases": part.repeat_purchases,
            "customers": part.customers,
            "observed": part.observed_mean * part.customers,
            "expected": part.expected_mean * part.customers,
            "mean_absolute_error": part.mean_absolute_error,
        }
        for part in found.by_frequency
    ]
    show(rows, form)
    _warn(fit.cautions)
    write_picture(pictures.calibration_picture(found, language), picture)
    if tracking is not None:
        tracked = track(
            fit.model, sold, calibration_until=split, until=_day(until), refunds=refunds.value
        )
        write_picture(pictures.tracking_picture(tracked, language), tracking)


@measure.command("bg-bb")
def bg_bb_command(
    file: FileArgument,
    bought: Annotated[str, typer.Option(help="column of occasions taken")] = "purchases",
    last: Annotated[str, typer.Option(help="column of the last occasion taken")] = "last_purchase",
    occasions: Annotated[str, typer.Option(help="column of occasions there were")] = "occasions",
    customers: Annotated[
        str | None, typer.Option(help="column of customers per row; one each where left out")
    ] = None,
    ahead: Annotated[int, typer.Option(help="occasions to foretell")] = 5,
    form: FormatOption = Format.table,
) -> None:
    """Fit BG/BB: one chance to buy per period (gifts, renewals, events)."""
    table = read_table(file)
    columns_of(table, bought, last, occasions, customers)
    read = table.to_pyarrow()
    histories = occasion_histories(
        read[bought].to_numpy(),
        read[last].to_numpy(),
        read[occasions].to_numpy(),
        None if customers is None else read[customers].to_numpy(),
    )
    fit = fit_bg_bb(histories)
    foretold = fit.model.expected_purchases_of(histories, ahead)
    rows = _parameters("bg-bb", fit)
    expected = float(foretold @ histories.customers)
    rows.append({"model": "bg-bb", "figure": f"purchases in {ahead} occasions", "value": expected})
    show(rows, form)
    _warn(fit.cautions)


@measure.command("margin-multiple")
def margin_multiple_command(
    retention: Annotated[float, typer.Argument(help="share of customers kept a year, 0 to 1")],
    discount_rate: Annotated[float, typer.Argument(help="yearly, 0.12 for 12 %")],
    customers: Annotated[int | None, typer.Option(help="on how many it was observed")] = None,
    form: FormatOption = Format.table,
) -> None:
    """Lifetime value of a customer in yearly margins: r / (1 + i - r)."""
    found = margin_multiple(retention, discount_rate, customers=customers)
    show([_row({"figure": "margin multiple"}, found)], form)


@measure.command("wallet")
def wallet_command(
    file: FileArgument,
    brand: Annotated[list[str], typer.Option(help="column of satisfaction with a brand")],
    form: FormatOption = Format.table,
) -> None:
    """Share of wallet of each brand from the rank of satisfaction (empty: not used)."""
    table = read_table(file)
    columns_of(table, *brand)
    read = table.select(*(table[name].cast("float64") for name in brand)).to_pyarrow()
    columns = [read.column(place).to_numpy() for place in range(len(brand))]
    found = wallet_shares(np.column_stack(columns), brand)
    rows = []
    for part in found.brands:
        named = {"brand": part.brand, "users": part.users}
        rows.append(_row(named | {"share": "among users"}, part.among_users))
        rows.append(_row(named | {"share": "among all"}, part.among_all))
    show(rows, form)
    _warn(found.cautions)


def _renamed(table: ir.Table, **names: str) -> ir.Table:
    columns_of(table, *names.values())
    return table.select(**{name: table[column] for name, column in names.items()})


def _transactions(
    file: Path, customer: str, at: str, amount: str, transaction: str | None
) -> ir.Table:
    table = read_table(file)
    names = {"customer_id": customer, "at": at, "amount": amount}
    if transaction is not None:
        names["transaction_id"] = transaction
    sold = _renamed(table, **names)
    return sold.mutate(at=sold.at.cast("timestamp('UTC')")) if sold.at.type().is_string() else sold


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _fitted(model: Model, histories: PurchaseHistories) -> Fit[Any]:
    return fit_bg_nbd(histories) if model is Model.bg_nbd else fit_pareto_nbd(histories)


def _parameters(model: str, fit: Fit[Any]) -> list[dict[str, Any]]:
    rows = [
        _row({"model": model, "figure": name}, estimate) for name, estimate in fit.estimates.items()
    ]
    likelihood = {"model": model, "figure": "log likelihood", "value": fit.log_likelihood}
    return [*rows, likelihood | {"n": fit.customers}]


def _row(named: Mapping[str, Any], estimate: Estimate) -> dict[str, Any]:
    return {
        **named,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "standard_error": estimate.standard_error,
        "n": estimate.n,
    }


def _warn(cautions: Iterable[Caution]) -> None:
    for caution in cautions:
        typer.echo(f"{caution.code}: {caution.fact}", err=True)
