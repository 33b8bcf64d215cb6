"""The crossed ABC matrix: revenue realised (A, B, C, prospects) by potential (1 high to 3 low).

The tool that French sales managers call *matrice ABC croisée*, with its three domains:
core business (*fonds de commerce*): class A whatever the potential, to consolidate;
development (*potentiel de développement*): B, C and prospects of high potential, to invest in;
economic management (*gestion économique*): B, C and prospects of low potential, where time is
allotted by revenue. A customer of class A with high potential is core business and worth
developing too.
"""

from dataclasses import dataclass
from typing import Literal

import ibis
import ibis.expr.types as ir

from entregent.engine.errors import UnknownOption
from entregent.engine.value.abc import CLASSES, LINES, Boundary, Lines, check_revenue, classed
from entregent.engine.value.errors import OutOfRange

Domain = Literal["core_business", "development", "economic_management", "unassigned"]
MiddleColumn = Literal["unassigned", "development", "economic_management"]
MIDDLE_COLUMNS = ("unassigned", "development", "economic_management")
PotentialBy = Literal["abc", "tranches"]
LEVELS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Cell:
    """One crossing. domains: the main one first; A1 has two."""

    abc_class: str
    potential_level: int
    domains: tuple[Domain, ...]
    customers: int
    revenue: float
    potential: float


@dataclass(frozen=True, slots=True)
class CrossedMatrix:
    """Twelve cells in reading order (A1, A2, A3, B1 ... P3), and the options that made them."""

    cells: tuple[Cell, ...]
    customers: int
    revenue: float
    boundary: Boundary
    middle_column: MiddleColumn
    potential_by: PotentialBy

    def cell(self, abc_class: str, potential_level: int) -> Cell:
        return next(
            found
            for found in self.cells
            if (found.abc_class, found.potential_level) == (abc_class, potential_level)
        )

    def customers_in(self, domain: Domain) -> int:
        """Customers whose main domain this is."""
        return sum(cell.customers for cell in self.cells if cell.domains[0] == domain)


def crossed_classes(
    customers: ir.Table,
    *,
    lines: Lines = LINES,
    boundary: Boundary = "lower",
    potential_by: PotentialBy = "abc",
    tranches: tuple[float, float] | None = None,
    middle_column: MiddleColumn = "unassigned",
) -> ir.Table:
    """Each customer's class, level of potential and domain.

    customers: customer_id, revenue, potential, each zero or more; one row per customer and
    prospect. Potential is what the firm says it is: predicted value, wallet, remaining to win.
    potential_by: "abc" cuts potential at the same lines of its own cumulative share; "tranches"
    cuts it at amounts, tranches=(from where it is middle, from where it is high).
    middle_column: the domain of B2, C2 and P2, which authors leave open.
    Returns customer_id, revenue, potential, abc_class (A, B, C, P), potential_level (1 is high;
    no potential at all is 3) and domain.
    Raises as abc_classes does for either column, NoRevenue included; OutOfRange, UnknownOption.

    >>> import ibis
    >>> base = ibis.memtable({"customer_id": [1, 2], "revenue": [9.0, 0.0], "potential": [1.0, 9.0]})
    >>> crossed_classes(base).order_by("customer_id").domain.to_pyarrow().to_pylist()
    ['core_business', 'development']
    """
    _check_options(potential_by, tranches, middle_column)
    check_revenue(customers)
    check_revenue(customers, "potential")
    by_revenue = classed(
        customers.select("customer_id", "revenue"), lines=lines, boundary=boundary
    ).select("customer_id", "revenue", "abc_class")
    levels = _levels(customers.select("customer_id", "potential"), lines, boundary, tranches)
    crossed = by_revenue.join(levels, "customer_id")
    return crossed.select(
        "customer_id",
        "revenue",
        "potential",
        "abc_class",
        "potential_level",
        domain=ibis.cases(
            (crossed.abc_class == "A", "core_business"),
            (crossed.potential_level == 1, "development"),
            (crossed.potential_level == 2, middle_column),
            else_="economic_management",
        ),
    )


def crossed_matrix(
    customers: ir.Table,
    *,
    lines: Lines = LINES,
    boundary: Boundary = "lower",
    potential_by: PotentialBy = "abc",
    tranches: tuple[float, float] | None = None,
    middle_column: MiddleColumn = "unassigned",
) -> CrossedMatrix:
    """The twelve cells of the crossed ABC matrix with their customers, revenue and potential.

    Takes and raises what crossed_classes does.

    >>> import ibis
    >>> base = ibis.memtable({"customer_id": [1, 2], "revenue": [9.0, 0.0], "potential": [1.0, 9.0]})
    >>> crossed_matrix(base).cell("P", 1).customers
    1
    """
    classes = crossed_classes(
        customers,
        lines=lines,
        boundary=boundary,
        potential_by=potential_by,
        tranches=tranches,
        middle_column=middle_column,
    )
    rows = (
        classes.group_by("abc_class", "potential_level")
        .aggregate(
            customers=classes.count(),
            revenue=classes.revenue.sum().cast("float64"),
            potential=classes.potential.sum().cast("float64"),
        )
        .to_pyarrow()
        .to_pylist()
    )
    found = {(row["abc_class"], row["potential_level"]): row for row in rows}
    empty = {"customers": 0, "revenue": 0.0, "potential": 0.0}
    cells = []
    for name in CLASSES:
        for level in LEVELS:
            row = found.get((name, level), empty)
            cells.append(
                Cell(
                    name,
                    level,
                    _domains(name, level, middle_column),
                    row["customers"],
                    row["revenue"],
                    row["potential"],
                )
            )
    return CrossedMatrix(
        tuple(cells),
        sum(cell.customers for cell in cells),
        sum(cell.revenue for cell in cells),
        boundary,
        middle_column,
        potential_by,
    )


def _domains(abc_class: str, level: int, middle_column: MiddleColumn) -> tuple[Domain, ...]:
    if abc_class == "A":
        return ("core_business", "development") if level == 1 else ("core_business",)
    if level == 1:
        return ("development",)
    return (middle_column,) if level == 2 else ("economic_management",)


def _levels(
    potential: ir.Table, lines: Lines, boundary: Boundary, tranches: tuple[float, float] | None
) -> ir.Table:
    if tranches is not None:
        amount = potential.potential.cast("float64")
        level = ibis.cases((amount >= tranches[1], 1), (amount >= tranches[0], 2), else_=3)
        return potential.mutate(potential_level=level)
    cut = classed(potential.rename(revenue="potential"), lines=lines, boundary=boundary)
    level = ibis.cases((cut.abc_class == "A", 1), (cut.abc_class == "B", 2), else_=3)
    return cut.select("customer_id", potential=cut.revenue, potential_level=level)


def _check_options(
    potential_by: str, tranches: tuple[float, float] | None, middle_column: str
) -> None:
    if potential_by not in ("abc", "tranches"):
        raise UnknownOption("potential_by", potential_by, ("abc", "tranches"))
    if middle_column not in MIDDLE_COLUMNS:
        raise UnknownOption("middle_column", middle_column, MIDDLE_COLUMNS)
    if (potential_by == "tranches") != (tranches is not None):
        raise OutOfRange("two amounts belong to potential by tranches, and to nothing else")
    if tranches is not None and not 0 < tranches[0] < tranches[1]:
        raise OutOfRange(f"the tranches {tranches} must rise from above zero")
