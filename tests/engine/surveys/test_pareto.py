"""Causes ranked by count and by cost, with the stability of the few."""

from decimal import Decimal

import ibis
import numpy as np
import pyarrow as pa
import pytest

from entregent.engine.errors import (
    BrokenContract,
    LengthsDiffer,
    MissingColumns,
    NoRatings,
    NotFinite,
    UnknownOption,
)
from entregent.engine.surveys.pareto import (
    CauseTally,
    NegativeCost,
    cause_tallies,
    pareto,
    pareto_of,
    pareto_of_tallies,
)


def a_set(ranked):
    return [cause.cause for cause in ranked.causes if cause.in_a_set]


def test_the_few_are_the_smallest_number_that_reach_the_share():
    causes = ["late"] * 50 + ["lost"] * 29 + ["rude"] * 12 + ["price"] * 9
    assert a_set(pareto(causes)) == ["late", "lost", "rude"]
    assert a_set(pareto(causes, reach=0.79)) == ["late", "lost"]
    assert [cause.cumulative_share for cause in pareto(causes).causes] == [50, 79, 91, 100]


def test_one_cause_beyond_the_share_stands_alone():
    assert a_set(pareto(["late"] * 90 + ["rude"] * 10)) == ["late"]
    assert a_set(pareto(["late"])) == ["late"]


def test_count_and_cost_rank_differently():
    causes, costs = ["late"] * 90 + ["lost"] * 10, [1.0] * 90 + [100.0] * 10
    assert a_set(pareto(causes, costs)) == ["late"]
    assert a_set(pareto(causes, costs, by="cost")) == ["lost"]


def test_a_clear_few_is_stable_and_a_close_call_is_not():
    clear = pareto(["a"] * 850 + ["b"] * 100 + ["c"] * 50)
    assert clear.a_set_stability > 99
    close = pareto(["a"] * 60 + ["b"] * 21 + ["c"] * 19)
    assert close.a_set_stability < 75
    edge = {cause.cause: cause.stability for cause in close.causes}
    assert edge["a"] == 100
    assert 50 < edge["b"] < 100


def test_stability_by_cost_matches_resampling_the_cases():
    draw = np.random.default_rng(0)
    causes = np.repeat(["a", "b", "c"], [60, 60, 60])
    costs = np.concatenate([draw.gamma(2, scale, 60) for scale in (30, 10, 8)])
    told = {cause.cause: cause.stability for cause in pareto(causes, costs, by="cost").causes}
    chosen = dict.fromkeys("abc", 0)
    for _ in range(600):
        picks = draw.integers(180, size=180)
        for cause in a_set(pareto(causes[picks], costs[picks], by="cost", resamples=1)):
            chosen[cause] += 100 / 600
    assert told == pytest.approx(chosen, abs=8)


def test_ties_go_to_the_name():
    assert [cause.cause for cause in pareto(["b", "a", "a", "b"]).causes] == ["a", "b"]


@pytest.mark.parametrize(
    ("causes", "costs", "by", "refusal"),
    [
        ([], None, "count", NoRatings),
        (["late"], [np.nan], "cost", NotFinite),
        (["late"], [np.inf], "cost", NotFinite),
        (["late"], [-1.0], "cost", NegativeCost),
        (["late"], [1.0, 2.0], "cost", LengthsDiffer),
        (["late"], None, "cost", BrokenContract),
        (["late"], [0.0], "cost", BrokenContract),
        (["late"], None, "severity", UnknownOption),
    ],
)
def test_cases_that_cannot_be_ranked_are_refused(causes, costs, by, refusal):
    with pytest.raises(refusal):
        pareto(causes, costs, by=by)


def test_an_impossible_share_or_no_case_is_refused():
    with pytest.raises(BrokenContract, match="reach"):
        pareto(["late"], reach=1.0)
    with pytest.raises(NoRatings):
        pareto_of_tallies({"late": CauseTally(0)})


def table(**columns):
    return ibis.memtable(pa.table(columns))


def test_a_table_gives_what_its_rows_give():
    draw = np.random.default_rng(1)
    causes, costs = draw.choice(list("abcd"), 300), draw.integers(1, 50, 300).astype(float)
    for by in ("count", "cost"):
        ranked = pareto_of(table(cause=causes, euros=costs), cost="euros", by=by)
        assert ranked == pareto(causes, costs, by=by)


def test_money_is_summed_as_money():
    euros = pa.array([Decimal("0.10")] * 3, pa.decimal128(18, 4))
    assert cause_tallies(table(cause=["late"] * 3, euros=euros), cost="euros")["late"].cost == 0.3


def test_cases_without_cause_are_left_out():
    tallies = cause_tallies(table(cause=pa.array(["late", None])))
    assert tallies == {"late": CauseTally(1)}


def test_tables_that_cannot_be_read_are_refused():
    with pytest.raises(MissingColumns, match="cases lacks cause"):
        pareto_of(table(motive=["late"]))
    with pytest.raises(NoRatings):
        pareto_of(table(cause=pa.array([None], pa.string())))
    with pytest.raises(NotFinite):
        pareto_of(table(cause=["late"], euros=[float("nan")]), cost="euros")
    with pytest.raises(NegativeCost):
        pareto_of(table(cause=["late"], euros=[-1.0]), cost="euros")
