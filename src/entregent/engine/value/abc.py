"""ABC classes of customers by revenue, and how concentrated revenue is.

A: the best customers who together bring the first 80 % of revenue; B: up to 95 %; C: the rest.
Customers without revenue are prospects, class P.
"""

from dataclasses import dataclass
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import ArrayLike, NDArray

from entregent.engine.errors import BrokenContract, MissingColumns, NotFinite, UnknownOption
from entregent.engine.estimates import Estimate, normal_quantile
from entregent.engine.value.errors import (
    DuplicatedCustomers,
    NegativeRevenue,
    NoCustomers,
    NoRevenue,
    OutOfRange,
)

Boundary = Literal["lower", "upper"]
Lines = tuple[float, float]
LINES: Lines = (0.80, 0.95)
CLASSES = ("A", "B", "C", "P")
UNIT = 10_000  # money of the evidence contract has four decimals
ROUNDING = 1e-12  # of total revenue: a sum of floats may miss its line by so much


@dataclass(frozen=True, slots=True)
class ClassShare:
    """One class: how many customers, what they bring, and their shares between 0 and 1."""

    name: str
    customers: int
    revenue: float
    share_of_customers: float
    share_of_revenue: float


@dataclass(frozen=True, slots=True)
class Concentration:
    """How revenue is spread over customers.

    customers: those with revenue, on whom every share is counted.  prospects: those without.
    classes: A, B and C.  The 20/80 of textbooks is class A with a share_of_customers of 0.2.
    gini: 0 when all bring the same, towards 1 when one brings everything; the interval takes
    customers as independent draws.
    revenue_share_of_best_fifth: what the best 20 % of customers bring, between 0.2 and 1.
    """

    customers: int
    prospects: int
    revenue: float
    classes: tuple[ClassShare, ...]
    gini: Estimate
    revenue_share_of_best_fifth: float

    def of(self, name: str) -> ClassShare:
        return next(found for found in self.classes if found.name == name)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """So large a share of customers brings so large a share of revenue, both 0 to 1."""

    share_of_customers: float
    share_of_revenue: float


def abc_classes(
    revenue: ir.Table, *, lines: Lines = LINES, boundary: Boundary = "lower"
) -> ir.Table:
    """Each customer's ABC class.

    revenue: one row per customer: customer_id, revenue (zero or more).
    lines: where A ends and where B ends, as cumulative shares of revenue.
    boundary: class of the customer whose revenue crosses a line: "lower" (A while the cumulative
    share is at most 80 %) or "upper". The best customer is always A.
    Returns customer_id, revenue, place (1 is best; ties in order of customer_id),
    cumulative_share (0 to 1) and abc_class: A, B, C, or P for customers without revenue.
    Raises NoCustomers, NoRevenue, NegativeRevenue, NotFinite, BrokenContract where revenue is
    missing, DuplicatedCustomers, OutOfRange, UnknownOption.

    >>> import ibis
    >>> shop = ibis.memtable({"customer_id": [1, 2, 3], "revenue": [70.0, 25.0, 5.0]})
    >>> abc_classes(shop).order_by("place").abc_class.to_pyarrow().to_pylist()
    ['A', 'B', 'C']
    """
    check_revenue(revenue)
    return classed(revenue, lines=lines, boundary=boundary)


def concentration(
    revenue: ir.Table, *, lines: Lines = LINES, boundary: Boundary = "lower"
) -> Concentration:
    """Shares of classes A, B and C, Gini coefficient, and what the best fifth brings.

    revenue: one row per customer: customer_id, revenue (zero or more). Computed in one query.
    Raises as abc_classes, save DuplicatedCustomers, which it does not look for.
    Sources: Gini 1914; interval by linearisation, Langel and Tillé 2013, J. R. Statist. Soc. A
    176(2), 521-540.

    >>> import ibis
    >>> shop = ibis.memtable({"customer_id": [1, 2, 3, 4], "revenue": [70.0, 10.0, 10.0, 10.0]})
    >>> round(concentration(shop).gini.value, 3)
    0.45
    """
    _check_columns(revenue)
    _check_options(lines, boundary)
    amount = revenue.revenue
    wrong = revenue.aggregate(
        missing=amount.isnull().sum(),
        unusable=_unusable(amount).sum(),
        negative=(amount < 0).sum(),
        prospects=(amount == 0).sum(),
    )
    spending = revenue.filter(amount > 0).select("revenue")
    sums = _concentration(_ranked(spending, tie_break=False), lines, boundary)
    found = wrong.cross_join(sums).to_pyarrow().to_pylist()[0]
    _refuse_revenue(found, found["n"] or 0)
    return _read(found)


def concentration_of(
    revenue: ArrayLike, *, lines: Lines = LINES, boundary: Boundary = "lower"
) -> Concentration:
    """As `concentration`, of customers at hand.

    revenue: shape (customers,), in units of the currency, zero or more; four decimals count, as in
    the evidence contract, so that sums are whole numbers and lose nothing.
    Raises as `concentration` does, BrokenContract where the revenue is not one column.

    >>> round(concentration_of([70.0, 10.0, 10.0, 10.0]).gini.value, 3)
    0.45
    """
    _check_options(lines, boundary)
    counted, prospects = _best_first(revenue)
    n, total = counted.size, float(counted.sum())
    cumulative = np.cumsum(counted)
    place = np.arange(1, n + 1)
    relative = counted * (n / total)
    weight = 1 - (place - 1) / n  # the best customer has 1, the least 1/n
    below = 1 - (cumulative - counted) / total
    steady, growing = 2 * (weight * relative - below) + 1 - relative, -1 - relative
    customers = {}
    for name, line in zip(("a", "a_or_b"), lines, strict=True):
        if boundary == "lower":
            inside = int(np.searchsorted(cumulative, total * (line + ROUNDING), side="right"))
        else:
            inside = int(np.searchsorted(cumulative - counted, total * (line - ROUNDING)))
        customers[name] = max(inside, 1)
    best_fifth = n // 5
    return _read(
        {
            "n": n,
            "prospects": prospects,
            "total": total / UNIT,
            "weighted": float(weight @ relative) / n,
            "steady_steady": float(steady @ steady) / n,
            "steady_growing": float(steady @ growing) / n,
            "growing_growing": float(growing @ growing) / n,
            "best": float(counted[0]) / UNIT,
            "best_fifth": float(cumulative[best_fifth - 1]) / UNIT if best_fifth else None,
            "customers_a": customers["a"],
            "customers_a_or_b": customers["a_or_b"],
            "revenue_a": float(cumulative[customers["a"] - 1]) / UNIT,
            "revenue_a_or_b": float(cumulative[customers["a_or_b"] - 1]) / UNIT,
        }
    )


def concentration_curve_of(revenue: ArrayLike, *, points: int = 100) -> tuple[CurvePoint, ...]:
    """As `concentration_curve`, best first, of customers at hand; revenue as `concentration_of`.

    >>> [point.share_of_revenue for point in concentration_curve_of([25.0, 75.0])]
    [0.0, 0.75, 1.0]
    """
    if points < 1:
        raise OutOfRange(f"a curve of {points} points cannot be drawn")
    counted, _ = _best_first(revenue)
    cumulative, n = np.cumsum(counted), counted.size
    places = np.unique(np.arange(1, points + 1) * n // points)
    return (
        CurvePoint(0.0, 0.0),
        *(
            CurvePoint(int(place) / n, float(cumulative[place - 1] / cumulative[-1]))
            for place in places[places > 0]
        ),
    )


def _best_first(revenue: ArrayLike) -> tuple[NDArray[np.float64], int]:
    """Revenue in ten-thousandths, the best customer first, and how many have none."""
    amounts = np.asarray(revenue, dtype=np.float64)
    if amounts.ndim != 1:
        raise BrokenContract(f"revenue has {amounts.ndim} dimensions, one is needed")
    finite = np.isfinite(amounts)
    whole = np.rint(amounts[finite] * UNIT)
    found: dict[str, Any] = {
        "missing": 0,
        "unusable": int((~finite).sum()),
        "negative": int((whole < 0).sum()),
        "prospects": int((whole == 0).sum()),
        "total": float(whole.sum()),
    }
    _refuse_revenue(found, amounts.size - found["prospects"])
    return np.sort(whole[whole > 0])[::-1], found["prospects"]


def concentration_curve(
    revenue: ir.Table, *, points: int = 100, best_first: bool = True
) -> tuple[CurvePoint, ...]:
    """The cumulative curve of revenue over customers with revenue, in about `points` steps.

    best_first: the ABC curve, which lies above the diagonal; otherwise the Lorenz curve below it.
    Starts at (0, 0) and ends at (1, 1). Raises as abc_classes, OutOfRange when points is below 1.

    >>> import ibis
    >>> shop = ibis.memtable({"customer_id": [1, 2], "revenue": [75.0, 25.0]})
    >>> [point.share_of_revenue for point in concentration_curve(shop)]
    [0.0, 0.75, 1.0]
    """
    if points < 1:
        raise OutOfRange(f"a curve of {points} points cannot be drawn")
    check_revenue(revenue)
    ranked = _ranked(revenue.filter(revenue.revenue > 0), tie_break=False)
    step = ((ranked.place * points + ranked.n - 1).cast("float64") / ranked.n).floor()
    stepped = ranked.mutate(step=step.cast("int64"))
    rows = (
        stepped.group_by("step")
        .aggregate(
            place=stepped.place.max(),
            cumulative=stepped.cumulative.max().cast("float64"),
            n=stepped.n.max(),
            total=stepped.total.max().cast("float64"),
        )
        .order_by("step")
        .to_pyarrow()
        .to_pylist()
    )
    curve = [CurvePoint(0.0, 0.0)]
    curve += [CurvePoint(row["place"] / row["n"], row["cumulative"] / row["total"]) for row in rows]
    if best_first:
        return tuple(curve)
    return tuple(
        CurvePoint(1 - point.share_of_customers, 1 - point.share_of_revenue)
        for point in reversed(curve)
    )


def check_revenue(revenue: ir.Table, column: str = "revenue") -> None:
    """Read the table once and raise what abc_classes raises."""
    _check_columns(revenue, column)
    amount = revenue[column]
    found = (
        revenue.aggregate(
            n=revenue.count(),
            known=revenue.customer_id.nunique(),
            missing=amount.isnull().sum(),
            unusable=_unusable(amount).sum(),
            negative=(amount < 0).sum(),
            total=amount.cast("float64").sum(),
        )
        .to_pyarrow()
        .to_pylist()[0]
    )
    _refuse_revenue(found, found["n"])
    if found["known"] < found["n"]:
        raise DuplicatedCustomers(found["n"] - found["known"])


def classed(revenue: ir.Table, *, lines: Lines, boundary: Boundary) -> ir.Table:
    """abc_classes of a table already checked."""
    _check_options(lines, boundary)
    ranked = _ranked(revenue, tie_break=True)
    return ranked.select(
        "customer_id",
        "revenue",
        "place",
        cumulative_share=ranked.cumulative.cast("float64") / ranked.total.cast("float64"),
        abc_class=ibis.cases(
            (ranked.revenue == 0, "P"),
            (_within(ranked, lines[0], boundary), "A"),
            (_within(ranked, lines[1], boundary), "B"),
            else_="C",
        ),
    )


def _ranked(revenue: ir.Table, *, tie_break: bool) -> ir.Table:
    """Best first: place from 1, cumulative revenue, and the whole of both."""
    order = [revenue.revenue.desc()]
    if tie_break:
        order.append(revenue.customer_id.asc())
    whole = revenue.aggregate(n=revenue.count(), total=revenue.revenue.sum())
    ranked = revenue.mutate(
        place=ibis.row_number().over(order_by=order) + 1,
        cumulative=revenue.revenue.sum().over(
            ibis.window(order_by=order, preceding=None, following=0)
        ),
    )
    return ranked.cross_join(whole)


def _within(ranked: ir.Table, line: float, boundary: Boundary) -> Any:
    """Whether a customer stands before the line; the best customer always does."""
    total, cumulative = ranked.total.cast("float64"), ranked.cumulative.cast("float64")
    if boundary == "lower":
        inside = cumulative <= total * (line + ROUNDING)
    else:
        inside = cumulative - ranked.revenue.cast("float64") < total * (line - ROUNDING)
    return inside | (ranked.place == 1)


def _concentration(ranked: ir.Table, lines: Lines, boundary: Boundary) -> ir.Table:
    """One row with every sum that Concentration needs."""
    n, total = ranked.n.cast("float64"), ranked.total.cast("float64")
    revenue, cumulative = ranked.revenue.cast("float64"), ranked.cumulative.cast("float64")
    rows = ranked.select(
        revenue=revenue,
        total=total,
        rank=1 - (ranked.place - 1) / n,  # the best customer has 1, the least 1/n
        relative=revenue * n / total,  # to the mean
        below=1 - (cumulative - revenue) / total,  # the Lorenz curve, own part included
        in_a=_within(ranked, lines[0], boundary),
        in_a_or_b=_within(ranked, lines[1], boundary),
        in_best_fifth=ranked.place * 5 <= ranked.n,
    )
    # The influence of a customer on Gini is (steady + gini * growing) / n.
    rows = rows.mutate(
        steady=2 * (rows["rank"] * rows.relative - rows.below) + 1 - rows.relative,
        growing=-1 - rows.relative,
    )
    return rows.aggregate(
        n=rows.count(),
        total=rows.total.max(),
        weighted=(rows["rank"] * rows.relative).mean(),
        steady_steady=(rows.steady * rows.steady).mean(),
        steady_growing=(rows.steady * rows.growing).mean(),
        growing_growing=(rows.growing * rows.growing).mean(),
        best=rows.revenue.max(),
        best_fifth=rows.revenue.sum(where=rows.in_best_fifth),
        customers_a=rows.in_a.sum(),
        customers_a_or_b=rows.in_a_or_b.sum(),
        revenue_a=rows.revenue.sum(where=rows.in_a),
        revenue_a_or_b=rows.revenue.sum(where=rows.in_a_or_b),
    )


def _read(found: dict[str, Any]) -> Concentration:
    n, total = found["n"], found["total"]
    up_to = [
        (0, 0.0),
        (found["customers_a"], found["revenue_a"]),
        (found["customers_a_or_b"], found["revenue_a_or_b"]),
        (n, total),
    ]
    classes = []
    for name, before, after in zip("ABC", up_to, up_to[1:], strict=False):
        customers, brought = after[0] - before[0], max(after[1] - before[1], 0.0)
        brought = brought if customers else 0.0
        classes.append(ClassShare(name, customers, brought, customers / n, brought / total))
    # With fewer than five customers, a fifth of them is not one whole customer.
    best = found["best_fifth"] or found["best"]
    return Concentration(n, found["prospects"], total, tuple(classes), _gini(found), best / total)


def _gini(found: dict[str, Any]) -> Estimate:
    n = found["n"]
    gini = max(2 * found["weighted"] - (n + 1) / n, 0.0)
    if n == 1:
        return Estimate(gini, None, 1, method="one customer, no interval")
    squares = (
        found["steady_steady"]
        + 2 * gini * found["steady_growing"]
        + gini**2 * found["growing_growing"]
    )
    error = float((max(squares, 0.0) / (n - 1)) ** 0.5)
    reach = normal_quantile(0.95) * error
    low, high = max(gini - reach, 0.0), min(gini + reach, 1.0)
    return Estimate(gini, error, n, low, high, 0.95, "Wald, linearised")


def _check_columns(revenue: ir.Table, column: str = "revenue") -> None:
    absent = [name for name in ("customer_id", column) if name not in revenue.columns]
    if absent:
        raise MissingColumns("customers", absent)
    if not revenue[column].type().is_numeric():
        raise BrokenContract(f"{column} is {revenue[column].type()}; a number is needed")


def _check_options(lines: Lines, boundary: Boundary) -> None:
    if boundary not in ("lower", "upper"):
        raise UnknownOption("boundary", boundary, ("lower", "upper"))
    if not 0 < lines[0] < lines[1] < 1:
        raise OutOfRange(f"the lines {lines} must rise between 0 and 1")


def _unusable(amount: Any) -> Any:
    if amount.type().is_floating():
        return (amount.isnan() | amount.isinf()).fill_null(False)
    return ibis.literal(False) & amount.isnull()


def _refuse_revenue(found: dict[str, Any], n: int) -> None:
    if found["missing"]:
        raise BrokenContract(f"{found['missing']} customers have no figure of revenue")
    if found["unusable"]:
        raise NotFinite(f"the revenue of {found['unusable']} customers is NaN or infinite")
    if found["negative"]:
        raise NegativeRevenue(found["negative"])
    if not n and not found.get("prospects"):
        raise NoCustomers
    if not found["total"]:
        raise NoRevenue
