"""The crossed ABC matrix and the moves between classes."""

import ibis
import pytest

from entregent.engine.errors import BrokenContract, MissingColumns, NotFinite, UnknownOption
from entregent.engine.value.class_moves import class_moves
from entregent.engine.value.crossed_matrix import crossed_classes, crossed_matrix
from entregent.engine.value.errors import (
    DuplicatedCustomers,
    NegativeRevenue,
    NoCustomers,
    NoRevenue,
    OutOfRange,
)

# Revenue makes A, A, B, C, P, P; potential makes 1, 3, 2, 1, 2, 3.
REVENUE = [60, 20, 15, 5, 0, 0]
POTENTIAL = [50, 5, 9, 30, 6, 0]


@pytest.fixture
def base(customers):
    return customers(revenue=REVENUE, potential=POTENTIAL)


def cells_of(table, **options):
    rows = crossed_classes(table, **options).order_by("customer_id").to_pyarrow().to_pylist()
    return [f"{row['abc_class']}{row['potential_level']} {row['domain']}" for row in rows]


def test_each_customer_stands_in_one_domain(base):
    assert cells_of(base) == [
        "A1 core_business",
        "A3 core_business",
        "B2 unassigned",
        "C1 development",
        "P2 unassigned",
        "P3 economic_management",
    ]


@pytest.mark.parametrize("option", ["development", "economic_management"])
def test_the_middle_column_goes_where_the_option_says(base, option):
    found = cells_of(base, middle_column=option)
    assert (found[2], found[4]) == (f"B2 {option}", f"P2 {option}")


def test_potential_can_be_cut_at_amounts(base):
    found = cells_of(base, potential_by="tranches", tranches=(6, 39))
    assert [cell[:2] for cell in found] == ["A1", "A3", "B2", "C2", "P2", "P3"]


def test_the_boundary_option_holds_for_both_axes(customers):
    crossing = customers(revenue=[70, 20, 10], potential=[70, 20, 10])
    assert [cell[:2] for cell in cells_of(crossing)] == ["A1", "B2", "C3"]
    assert [cell[:2] for cell in cells_of(crossing, boundary="upper")] == ["A1", "A1", "B2"]


def test_the_matrix_has_twelve_cells_with_their_sums(base):
    matrix = crossed_matrix(base)
    assert [f"{c.abc_class}{c.potential_level}" for c in matrix.cells] == [
        f"{row}{column}" for row in "ABCP" for column in (1, 2, 3)
    ]
    assert (matrix.customers, matrix.revenue) == (6, 100.0)
    assert (matrix.cell("A", 1).revenue, matrix.cell("A", 1).potential) == (60.0, 50.0)
    assert matrix.cell("C", 3).customers == 0
    assert matrix.customers_in("core_business") == 2
    assert matrix.middle_column == "unassigned"


def test_a_strong_customer_of_high_potential_is_in_two_domains(base):
    assert crossed_matrix(base).cell("A", 1).domains == ("core_business", "development")


def test_what_cannot_be_crossed_is_refused(base, customers):
    with pytest.raises(NegativeRevenue):
        crossed_matrix(customers(revenue=[1, 2], potential=[1, -1]))
    with pytest.raises(NotFinite):
        crossed_matrix(customers(revenue=[1, float("inf")], potential=[1, 1]))
    with pytest.raises(NoRevenue):
        crossed_matrix(customers(revenue=[1, 2], potential=[0, 0]))
    with pytest.raises(NoCustomers):
        crossed_matrix(customers(revenue=[], potential=[]))
    with pytest.raises(MissingColumns, match="potential"):
        crossed_matrix(customers(revenue=[1]))
    with pytest.raises(UnknownOption, match="middle_column"):
        crossed_matrix(base, middle_column="core_business")
    with pytest.raises(UnknownOption, match="potential_by"):
        crossed_matrix(base, potential_by="luck")
    with pytest.raises(OutOfRange, match="tranches"):
        crossed_matrix(base, potential_by="tranches")
    with pytest.raises(OutOfRange, match="must rise"):
        crossed_matrix(base, potential_by="tranches", tranches=(9, 5))


def classes(**of):
    return ibis.memtable({"customer_id": list(of), "abc_class": list(of.values())})


def test_moves_are_counted_from_row_to_column():
    before = classes(ann="A", bob="A", cleo="B", dan="C", eve="P")
    after = classes(ann="A", bob="B", cleo="A", dan="C", fay="A")
    moves = class_moves(before, after)
    assert moves.counts.tolist() == [
        [1, 1, 0, 0, 0],
        [1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 0, 0, 1],
        [1, 0, 0, 0, 0],
    ]
    assert (moves.risen, moves.fallen) == (1, 1)
    assert moves.stability.value == 0.5
    assert moves.share("A", "B").value == 0.5
    assert moves.share("A", "B").n == 2


def test_a_class_where_nobody_was_has_no_shares():
    moves = class_moves(classes(ann="A"), classes(bob="A"))
    assert moves.share("C", "A") is None
    assert moves.stability is None


def test_moves_that_cannot_be_counted_are_refused():
    twice = ibis.memtable({"customer_id": ["ann", "ann"], "abc_class": ["A", "B"]})
    with pytest.raises(DuplicatedCustomers):
        class_moves(twice, classes(ann="A"))
    with pytest.raises(BrokenContract, match="int8 before and string after"):
        class_moves(twice.mutate(customer_id=1), classes(ann="A"))
    with pytest.raises(OutOfRange, match="no class"):
        class_moves(classes(ann="Z"), classes(ann="A"))
    with pytest.raises(MissingColumns, match="abc_class"):
        class_moves(ibis.memtable({"customer_id": [1]}), classes(ann="A"))
    nobody = classes(ann="A").filter(ibis.literal(False))
    with pytest.raises(NoCustomers):
        class_moves(nobody, nobody)
