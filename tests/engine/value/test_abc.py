"""ABC classes, concentration of revenue and its curve."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entregent.engine.errors import BrokenContract, MissingColumns, NotFinite, UnknownOption
from entregent.engine.value.abc import (
    abc_classes,
    concentration,
    concentration_curve,
    concentration_curve_of,
    concentration_of,
)
from entregent.engine.value.errors import (
    DuplicatedCustomers,
    NegativeRevenue,
    NoCustomers,
    NoRevenue,
    OutOfRange,
)

TEN = [50, 20, 10, 8, 4, 3, 2, 1, 1, 1]


def classes_of(table, **options):
    return "".join(
        abc_classes(table, **options).order_by("place").abc_class.to_pyarrow().to_pylist()
    )


def test_the_ten_customers_of_the_reference_fall_into_their_classes(customers):
    found = abc_classes(customers(revenue=TEN)).order_by("place").to_pyarrow()
    assert "".join(found["abc_class"].to_pylist()) == "AAABBBCCCC"
    shares = [0.5, 0.7, 0.8, 0.88, 0.92, 0.95, 0.97, 0.98, 0.99, 1.0]
    assert found["cumulative_share"].to_pylist() == pytest.approx(shares)


def test_the_customer_who_crosses_a_line_goes_where_the_option_says(customers):
    crossing = customers(revenue=[70, 20, 8, 2])
    assert classes_of(crossing) == "ABCC"
    assert classes_of(crossing, boundary="upper") == "AABC"


def test_the_best_customer_is_always_a(customers):
    assert classes_of(customers(revenue=[99, 1])) == "AC"
    assert classes_of(customers(revenue=[5])) == "A"


def test_customers_without_revenue_are_prospects(customers):
    table = customers(revenue=[80, 15, 5, 0, 0])
    assert classes_of(table) == "ABCPP"
    found = concentration(table)
    assert (found.customers, found.prospects) == (3, 2)


def test_lines_can_be_drawn_elsewhere(customers):
    assert classes_of(customers(revenue=TEN), lines=(0.5, 0.7)) == "ABCCCCCCCC"


def test_equal_customers_are_placed_in_order_of_their_number(customers):
    found = abc_classes(customers(revenue=[1, 1, 1, 1])).order_by("customer_id")
    assert found.place.to_pyarrow().to_pylist() == [1, 2, 3, 4]


def test_concentration_says_how_far_the_base_is_from_twenty_eighty(customers):
    found = concentration(customers(revenue=TEN))
    assert [(c.name, c.customers, c.revenue) for c in found.classes] == [
        ("A", 3, 80.0),
        ("B", 3, 15.0),
        ("C", 4, 5.0),
    ]
    assert found.of("A").share_of_customers == pytest.approx(0.3)
    assert found.of("A").share_of_revenue == pytest.approx(0.8)
    assert found.revenue_share_of_best_fifth == pytest.approx(0.7)
    assert found.gini.value == pytest.approx(0.638)


def test_everybody_alike_is_not_concentrated_at_all(customers):
    found = concentration(customers(revenue=[7] * 40))
    assert found.gini.value == pytest.approx(0, abs=1e-12)
    assert found.revenue_share_of_best_fifth == pytest.approx(0.2)


def test_one_customer_brings_everything_and_has_no_interval(customers):
    found = concentration(customers(revenue=[12]))
    assert found.of("A").share_of_revenue == 1
    assert found.gini.value == 0
    assert found.gini.standard_error is None
    assert found.revenue_share_of_best_fifth == 1


def gini_by_pairs(revenue):
    return np.abs(np.subtract.outer(revenue, revenue)).mean() / (2 * revenue.mean())


@given(st.lists(st.integers(1, 10_000), min_size=2, max_size=30))
@settings(max_examples=25, deadline=None)
def test_gini_is_half_the_mean_difference_of_pairs(customers, revenue):
    measured = concentration(customers(revenue=revenue)).gini.value
    assert measured == pytest.approx(gini_by_pairs(np.array(revenue, dtype=float)), abs=1e-9)


def test_the_standard_error_of_gini_matches_resampling(customers):
    generator = np.random.default_rng(5)
    revenue = generator.lognormal(4, 1.2, 300)
    draws = [gini_by_pairs(generator.choice(revenue, 300)) for _ in range(400)]
    measured = concentration(customers(revenue=revenue)).gini.standard_error
    assert measured == pytest.approx(np.std(draws), rel=0.15)


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=40).filter(any))
@settings(max_examples=25, deadline=None)
def test_concentration_counts_the_classes_that_abc_gives(customers, revenue):
    table = customers(revenue=revenue)
    for boundary in ("lower", "upper"):
        names = classes_of(table, boundary=boundary)
        found = concentration(table, boundary=boundary)
        assert [c.customers for c in found.classes] == [names.count(name) for name in "ABC"]
        assert found.prospects == names.count("P")
        assert sum(c.revenue for c in found.classes) == pytest.approx(sum(revenue))


def test_the_curve_runs_above_or_below_the_diagonal(customers):
    table = customers(revenue=TEN)
    best = concentration_curve(table, points=5)
    assert [point.share_of_customers for point in best] == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert [point.share_of_revenue for point in best] == pytest.approx(
        [0, 0.7, 0.88, 0.95, 0.98, 1]
    )
    lorenz = concentration_curve(table, points=5, best_first=False)
    assert [point.share_of_revenue for point in lorenz] == pytest.approx(
        [0, 0.02, 0.05, 0.12, 0.3, 1]
    )


def test_the_area_of_the_lorenz_curve_is_the_gini_coefficient(customers):
    table = customers(revenue=TEN)
    curve = concentration_curve(table, points=10, best_first=False)
    area = np.trapezoid(
        [point.share_of_revenue for point in curve], [point.share_of_customers for point in curve]
    )
    assert 1 - 2 * area == pytest.approx(concentration(table).gini.value)


@pytest.mark.parametrize("measure", [abc_classes, concentration, concentration_curve])
@pytest.mark.parametrize(
    ("revenue", "refusal", "fact"),
    [
        ([], NoCustomers, "no customers"),
        ([1, float("nan")], NotFinite, "1 customers is NaN"),
        ([1, float("inf")], NotFinite, "1 customers is NaN or infinite"),
        ([3, -1, -2], NegativeRevenue, "2 customers have negative revenue"),
        ([0, 0], NoRevenue, "every customer is zero"),
        ([1, None], BrokenContract, "1 customers have no figure"),
    ],
)
def test_what_cannot_be_shared_out_is_refused(customers, measure, revenue, refusal, fact):
    with pytest.raises(refusal, match=fact):
        measure(customers(revenue=revenue))


def test_a_customer_counted_twice_is_refused(customers):
    twice = customers(revenue=[5, 5]).mutate(customer_id=1)
    with pytest.raises(DuplicatedCustomers, match="1 rows repeat"):
        abc_classes(twice)


def test_options_that_mean_nothing_are_refused(customers):
    table = customers(revenue=TEN)
    with pytest.raises(UnknownOption, match="boundary"):
        abc_classes(table, boundary="middle")
    with pytest.raises(OutOfRange, match="must rise"):
        concentration(table, lines=(0.95, 0.8))
    with pytest.raises(OutOfRange, match="0 points"):
        concentration_curve(table, points=0)
    with pytest.raises(MissingColumns, match="revenue"):
        concentration(table.drop("revenue"))
    with pytest.raises(BrokenContract, match="a number is needed"):
        concentration(table.mutate(revenue=table.revenue.cast("string")))


@settings(max_examples=30, deadline=None)
@given(
    cents=st.lists(st.integers(0, 40_000), min_size=1, max_size=130).filter(any),
    boundary=st.sampled_from(["lower", "upper"]),
)
def test_customers_at_hand_are_measured_as_a_table_of_them(customers, cents, boundary):
    revenue = [cent / 100 for cent in cents]
    table = customers(revenue=revenue)
    at_hand, of_table = (
        dataclasses.asdict(measure(rows, boundary=boundary))
        for measure, rows in ((concentration_of, revenue), (concentration, table))
    )
    gini = [
        {name: part for name, part in found.pop("gini").items() if part is not None}
        for found in (at_hand, of_table)
    ]
    classes = [at_hand.pop("classes"), of_table.pop("classes")]
    for ours, theirs in (gini, (at_hand, of_table), *zip(*classes, strict=True)):
        # Words, a reason or a method, are not near but the same.
        numbers = {name: part for name, part in theirs.items() if not isinstance(part, str)}
        assert {name: ours[name] for name in numbers} == pytest.approx(numbers, rel=1e-9, abs=1e-9)
        assert {name: part for name, part in ours.items() if name not in numbers} == {
            name: part for name, part in theirs.items() if name not in numbers
        }
    assert [(one["name"], one["customers"]) for one in classes[0]] == [
        (one["name"], one["customers"]) for one in classes[1]
    ]
    ours, theirs = concentration_curve_of(revenue), concentration_curve(table)
    assert [point.share_of_customers for point in ours] == [
        point.share_of_customers for point in theirs
    ]
    assert [point.share_of_revenue for point in ours] == pytest.approx(
        [point.share_of_revenue for point in theirs]
    )


@pytest.mark.parametrize(
    ("revenue", "error"),
    [
        ([], NoCustomers),
        ([0.0, 0.0], NoRevenue),
        ([5.0, -1.0], NegativeRevenue),
        ([5.0, float("nan")], NotFinite),
        ([[5.0]], BrokenContract),
    ],
)
def test_customers_at_hand_are_refused_as_a_table_of_them(revenue, error):
    for measure in (concentration_of, concentration_curve_of):
        with pytest.raises(error):
            measure(revenue)
    with pytest.raises(OutOfRange):
        concentration_curve_of([5.0], points=0)
