"""From transactions to histories and RFM, and what is refused on the way."""

from datetime import date

import ibis
import pyarrow as pa
import pytest

from entregent.engine.errors import MissingColumns, NotFinite, UnknownOption
from entregent.engine.value.errors import (
    DuplicatedCustomers,
    DuplicatedTransactions,
    ImpossibleHistory,
    NegativeSpend,
    NoCustomers,
    NothingObserved,
    OutOfRange,
)
from entregent.engine.value.purchases import (
    customer_histories,
    histories_of,
    purchase_history,
    revenue_by_customer,
    transaction_counts,
)
from entregent.engine.value.rfm import (
    rfm_cells,
    rfm_scores,
    rfm_scores_by_thresholds,
    rfm_table,
)

NAN, INFINITE = float("nan"), float("inf")
END = date(2026, 1, 31)


def rows(table):
    return table.order_by("customer_id").to_pyarrow().to_pylist()


def test_a_history_counts_days_from_the_first_purchase(sales):
    history = rows(
        purchase_history(sales((1, 1, 10), (1, 8, 20), (1, 22, 30), (2, 5, 7)), until=END)
    )
    assert history == [
        {
            "customer_id": 1,
            "first_day": 20454,
            "repeat_purchases": 2,
            "age_at_last_purchase_days": 21,
            "age_days": 30,
            "days_since_last_purchase": 9,
            "total_value": 60.0,
            "mean_repeat_value": 25.0,
        },
        {
            "customer_id": 2,
            "first_day": 20458,
            "repeat_purchases": 0,
            "age_at_last_purchase_days": 0,
            "age_days": 26,
            "days_since_last_purchase": 26,
            "total_value": 7.0,
            "mean_repeat_value": 0.0,
        },
    ]


def test_purchases_of_one_day_are_one_occasion(sales):
    history = rows(purchase_history(sales((1, 1, 10), (1, 1, 5), (1, 8, 20), (1, 8, 4)), until=END))
    assert history[0]["repeat_purchases"] == 1
    assert history[0]["mean_repeat_value"] == 24.0


def test_observation_ends_where_it_is_said_to(sales):
    table = sales((1, 1, 10), (1, 20, 20), (2, 25, 5))
    early = rows(purchase_history(table, until=date(2026, 1, 15)))
    assert [row["customer_id"] for row in early] == [1]
    assert early[0]["repeat_purchases"] == 0
    latest = rows(purchase_history(table))
    assert [row["age_days"] for row in latest] == [24, 0]


def test_the_day_is_counted_in_universal_time_whatever_the_session_says(sales):
    table = sales((1, 1, 10))
    hours = pa.array([1767311940], pa.timestamp("s", tz="UTC"))  # 1 January 2026, 23:59
    late = rows(purchase_history(sales((1, 1, 10), at=hours.cast(pa.timestamp("us", tz="UTC")))))
    assert late[0]["first_day"] == rows(purchase_history(table))[0]["first_day"]


def test_equal_histories_are_grouped_and_times_are_in_weeks(sales):
    history = purchase_history(sales((1, 1, 1), (2, 1, 9), (3, 1, 1), (3, 15, 1)), until=END)
    grouped = histories_of(history)
    assert grouped.customers.tolist() == [2, 1]
    assert grouped.age_at_last_purchase.tolist() == [0, 2]
    single = customer_histories(history, unit_days=1)
    assert single.customer_ids.tolist() == [1, 2, 3]
    assert single.histories.age.tolist() == [30, 30, 30]


def test_revenue_nets_refunds_between_two_days(sales):
    table = sales((1, 1, 10), (1, 5, -4), (2, 9, 7), (2, 30, 100))
    found = rows(revenue_by_customer(table, since=date(2026, 1, 1), until=date(2026, 1, 10)))
    assert [(row["customer_id"], float(row["revenue"])) for row in found] == [(1, 6.0), (2, 7.0)]


def test_claims_and_gifts_that_the_firm_pays_take_nothing_off_revenue(sales):
    kinds = pa.array(["premium", "claim", "gift", "refund", None, "claim"])
    table = sales(
        (1, 1, 10), (1, 2, -90), (1, 3, -5), (1, 4, -2), (2, 5, 7), (3, 6, -40), kind=kinds
    )
    found = rows(revenue_by_customer(table))
    assert [(row["customer_id"], float(row["revenue"])) for row in found] == [(1, 8.0), (2, 7.0)]


def test_every_row_is_accounted_for(sales):
    counts = transaction_counts(sales((1, 1, 10), (1, 2, -4), (None, 3, 5), (2, 9, 0)))
    assert (counts.rows, counts.purchases, counts.anonymous, counts.refunds) == (4, 2, 1, 1)
    assert (counts.first_day, counts.last_day) == (date(2026, 1, 1), date(2026, 1, 9))


def test_duplicated_transactions_are_refused(sales):
    twice = sales((1, 1, 10), (1, 1, 10), transaction_id=pa.array([5, 5]))
    for measure in (transaction_counts, purchase_history, revenue_by_customer, rfm_table):
        with pytest.raises(DuplicatedTransactions, match="1 rows repeat"):
            measure(twice)


def test_negative_spend_is_refused_or_left_out(sales):
    table = sales((1, 1, 10), (1, 5, -4))
    with pytest.raises(NegativeSpend, match="1 purchases have a negative amount"):
        purchase_history(table)
    left_out = rows(purchase_history(table, until=END, refunds="leave_out"))
    assert (left_out[0]["repeat_purchases"], left_out[0]["total_value"]) == (0, 10.0)
    with pytest.raises(UnknownOption, match="refunds"):
        purchase_history(table, refunds="net")


@pytest.mark.parametrize("amount", [NAN, INFINITE, -INFINITE, None])
def test_amounts_that_are_no_number_are_refused(sales, amount):
    with pytest.raises(NotFinite, match="1 amounts"):
        purchase_history(sales((1, 1, 10), (1, 2, amount)))


def test_dates_before_the_first_purchase_are_refused(sales):
    table = sales((1, 10, 10))
    with pytest.raises(NothingObserved, match="before the first purchase on 2026-01-10"):
        purchase_history(table, until=date(2026, 1, 9))
    with pytest.raises(NothingObserved, match="no transaction lies between"):
        revenue_by_customer(table, until=date(2026, 1, 9))


def test_a_missing_date_is_refused(sales):
    undated = sales((1, 1, 10), at=pa.array([None], pa.timestamp("us", tz="UTC")))
    with pytest.raises(ImpossibleHistory, match="1 transactions have no date"):
        purchase_history(undated)


def test_nobody_to_measure_is_refused(sales):
    for nobody in (sales(), sales((None, 1, 10))):
        with pytest.raises(NoCustomers):
            purchase_history(nobody)
    with pytest.raises(NoCustomers, match="no transaction is a purchase"):
        purchase_history(sales((1, 1, -5)), refunds="leave_out")
    with pytest.raises(MissingColumns, match="amount"):
        purchase_history(sales((1, 1, 10)).drop("amount"))


def test_rfm_counts_back_from_the_end_of_observation(sales):
    table = sales((1, 1, 10), (1, 8, 20), (2, 30, 5))
    assert rows(rfm_table(table, until=END)) == [
        {"customer_id": 1, "days_since_last_purchase": 23, "purchases": 2, "value": 30.0},
        {"customer_id": 2, "days_since_last_purchase": 1, "purchases": 1, "value": 5.0},
    ]
    assert rows(rfm_table(table, until=END, value="mean"))[0]["value"] == 15.0
    with pytest.raises(UnknownOption, match="value"):
        rfm_table(table, value="median")


@pytest.fixture
def ten():
    return ibis.memtable(
        {
            "customer_id": list(range(10)),
            "days_since_last_purchase": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
            "purchases": [9, 1, 1, 1, 1, 1, 1, 1, 1, 5],
            "value": [10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0],
        }
    )


def test_quintiles_score_five_for_the_best(ten):
    scored = rows(rfm_scores(ten))
    assert [row["r_score"] for row in scored] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert [row["m_score"] for row in scored] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert scored[0]["rfm_cell"] == "555"


def test_ties_by_rank_are_broken_by_the_other_axes(ten):
    frequency = [row["f_score"] for row in rows(rfm_scores(ten))]
    assert frequency == [5, 4, 4, 3, 3, 2, 2, 1, 1, 5]


def test_ties_together_share_a_score(ten):
    frequency = [row["f_score"] for row in rows(rfm_scores(ten, ties="together"))]
    assert frequency == [5, 1, 1, 1, 1, 1, 1, 1, 1, 5]


def test_thresholds_are_independent_on_each_axis(ten):
    scored = rows(
        rfm_scores_by_thresholds(
            ten, days_since_last_purchase=(2, 9), purchases=(2, 6), value=(3.0, 10.0)
        )
    )
    assert [row["rfm_cell"] for row in scored[:3]] == ["333", "312", "212"]
    assert scored[9]["rfm_cell"] == "121"


def test_cells_are_counted_and_valued(ten):
    cells = rfm_cells(rfm_scores(ten)).to_pyarrow().to_pylist()
    assert cells[0] == {"rfm_cell": "555", "customers": 1, "value": 10.0}
    assert sum(cell["customers"] for cell in cells) == 10


def test_scores_that_mean_nothing_are_refused(ten):
    with pytest.raises(OutOfRange, match="1 groups"):
        rfm_scores(ten, groups=1)
    with pytest.raises(UnknownOption, match="ties"):
        rfm_scores(ten, ties="average")
    with pytest.raises(OutOfRange, match="purchases must rise"):
        rfm_scores_by_thresholds(ten, days_since_last_purchase=(1,), purchases=(5, 2), value=(1,))
    with pytest.raises(NoCustomers):
        rfm_scores(ten.filter(ten.customer_id < 0))
    with pytest.raises(DuplicatedCustomers):
        rfm_scores(ten.mutate(customer_id=1))
    with pytest.raises(NotFinite, match="10 customers"):
        rfm_scores(ten.mutate(value=ibis.literal(NAN)))
    with pytest.raises(MissingColumns, match="value"):
        rfm_scores(ten.drop("value"))
