"""Every measure of the room passes the battery, and none is forgotten."""

import ibis
import numpy as np
import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.engine.battery import Measure, Unit, battery, unregistered

from entregent.engine import surveys
from entregent.engine.surveys import (
    agreement,
    answers,
    ces,
    csat,
    drivers,
    importance_performance,
    instruments,
    kano,
    nps,
    pareto,
    reliability,
    weights,
)


def whole(low, high, size=None):
    """Whole ratings, carried as floats, so that NaN can be slipped in."""
    rows = st.integers(2, 25) if size is None else size
    return arrays(np.float64, rows, elements=st.integers(low, high).map(float))


def side_by_side(**columns):
    """Columns of the same number of rows; each is given the number and answers a strategy."""
    return st.integers(3, 25).flatmap(
        lambda n: st.fixed_dictionaries({name: column(n) for name, column in columns.items()})
    )


def answers_table(instrument, low, high, version="1"):
    def table(columns):
        n = len(columns["value"])
        return {
            "table": pa.table(
                {
                    "instrument": [instrument] * n,
                    "instrument_version": [version] * n,
                    "item": ["overall"] * n,
                    **columns,
                }
            )
        }

    shops = lambda n: st.lists(st.sampled_from("ab"), min_size=n, max_size=n)  # noqa: E731
    return side_by_side(value=lambda n: whole(low, high, n), shop=shops).map(table)


def matrix(n, k, low=1, high=7):
    return arrays(np.float64, (n, k), elements=st.integers(low, high).map(float))


def varied(n, k):
    return matrix(n, k).filter(lambda answers: (np.ptp(answers, axis=0) > 0).all())


def by_shop(measure, **options):
    return lambda table: measure(ibis.memtable(table), ["shop"], **options)


kano_answers = lambda n: whole(1, 5, n)  # noqa: E731
names = lambda letters: lambda n: arrays("U1", n, elements=st.sampled_from(letters))  # noqa: E731
MIX = arrays(np.float64, 5, elements=st.integers(1, 9).map(float)).map(lambda row: row / row.sum())

TRUST = instruments.instrument_from(
    {
        "name": "trust",
        "version": "1",
        "low": 1,
        "high": 7,
        "items": [
            {"name": "t1", "facet": "honesty"},
            {"name": "t2", "facet": "honesty", "reversed": True},
            {"name": "t3", "facet": "skill", "weight": 2},
        ],
    }
)


def trust_table(columns):
    n = len(columns["t1"])
    return {
        "table": pa.table(
            {
                "response_id": [f"r{row}" for row in range(n)] * 3,
                "instrument": ["trust"] * 3 * n,
                "instrument_version": ["1"] * 3 * n,
                "item": [name for name in columns for _ in range(n)],
                "value": np.concatenate(list(columns.values())),
            }
        )
    }


trust_answers = side_by_side(**{item: lambda n: whole(1, 7, n) for item in ("t1", "t2", "t3")})
NAMES = ["quality", "price", "delay"]

MEASURES = [
    Measure("nps counts", nps.nps_counts, {"ratings": whole(0, 10)}, rows=["ratings"],
            finite=["ratings"]),
    Measure("nps", nps.net_promoter_score, {"ratings": whole(0, 10)}, rows=["ratings"],
            finite=["ratings"]),
    Measure("nps from counts", lambda ratings: nps.nps_from_counts(nps.nps_counts(ratings)),
            {"ratings": whole(0, 10)}, rows=["ratings"], covers=(nps.nps_from_counts,)),
    Measure("nps difference",
            lambda one, other: nps.nps_difference(nps.nps_counts(one), nps.nps_counts(other)),
            {"one": whole(0, 10), "other": whole(0, 10)}, rows=["one", "other"],
            finite=["one", "other"], covers=(nps.nps_difference,)),
    Measure("weighted nps", nps.weighted_net_promoter_score,
            side_by_side(ratings=lambda n: whole(0, 10, n), weights=lambda n: whole(1, 9, n)),
            rows=[("ratings", "weights")], finite=["ratings", "weights"],
            units=[Unit("weights", power=0)]),
    Measure("nps trend",
            lambda table: nps.nps_trend([nps.NpsCounts(*row) for row in table.tolist()]),
            {"table": arrays(np.int64, (5, 3), elements=st.integers(1, 50))},
            covers=(nps.nps_trend,)),
    Measure("nps sample size", nps.nps_sample_size, {"margin": st.integers(1, 20)}),
    Measure("nps by", by_shop(nps.nps_by), answers_table("nps", 0, 10), rows=["table"],
            finite=["table.value"], covers=(nps.nps_by, nps.nps_counts_by, answers.rating_sums),
            examples=8),
    Measure("csat top box", csat.csat_top_box, {"ratings": whole(1, 5)}, rows=["ratings"],
            finite=["ratings"]),
    Measure("csat mean", csat.csat_mean, {"ratings": whole(1, 5)}, rows=["ratings"],
            finite=["ratings"]),
    Measure("csat distribution", csat.csat_distribution, {"ratings": whole(1, 5)},
            rows=["ratings"], finite=["ratings"]),
    Measure("distribution shift", csat.distribution_shift,
            {"first": whole(1, 5), "second": whole(1, 5)}, rows=["first", "second"],
            finite=["first", "second"]),
    Measure("csat by", by_shop(csat.csat_by), answers_table("csat", 1, 5), rows=["table"],
            finite=["table.value"], covers=(csat.csat_by,), examples=8),
    Measure("ces 2.0", lambda ratings: ces.customer_effort_score(ratings, "2.0"),
            {"ratings": whole(1, 7)}, rows=["ratings"], finite=["ratings"],
            covers=(ces.customer_effort_score,)),
    Measure("ces by", by_shop(ces.ces_by), answers_table("ces", 1, 5, "1.0"), rows=["table"],
            finite=["table.value"], covers=(ces.ces_by,), examples=8),
    Measure("post-stratification", lambda strata: weights.post_stratification_weights(
                strata, dict.fromkeys(strata.tolist(), 1.0)),
            {"strata": arrays("U1", st.integers(2, 20), elements=st.sampled_from("abc"))},
            rows=["strata"], per_row=True, covers=(weights.post_stratification_weights,)),
    Measure("raking", lambda age, region: weights.raking_weights(
                [age, region],
                [dict.fromkeys(age.tolist(), 1.0), dict.fromkeys(region.tolist(), 1.0)]),
            side_by_side(age=names("ab"), region=names("cd")), rows=[("age", "region")],
            per_row=True, covers=(weights.raking_weights,)),
    Measure("design effect", weights.design_effect, {"weights": whole(1, 9)}, rows=["weights"],
            finite=["weights"], units=[Unit("weights", power=0)],
            covers=(weights.positive_weights,)),
    Measure("kano counts", kano.kano_counts,
            side_by_side(functional=kano_answers, dysfunctional=kano_answers),
            rows=[("functional", "dysfunctional")], finite=["functional", "dysfunctional"]),
    Measure("kano result and bootstrap", lambda functional, dysfunctional: (
                kano.kano_result(counts := kano.kano_counts(functional, dysfunctional)),
                kano.kano_bootstrap(counts, resamples=200)),
            side_by_side(functional=kano_answers, dysfunctional=kano_answers),
            rows=[("functional", "dysfunctional")],
            covers=(kano.kano_result, kano.kano_bootstrap)),
    Measure("kano continuous", kano.kano_continuous,
            side_by_side(functional=kano_answers, dysfunctional=kano_answers),
            rows=[("functional", "dysfunctional")], finite=["functional", "dysfunctional"]),
    Measure("kano fuzzy", kano.kano_fuzzy,
            {"functional": st.lists(MIX, min_size=4, max_size=4).map(np.array),
             "dysfunctional": st.lists(MIX, min_size=4, max_size=4).map(np.array)},
            finite=["functional", "dysfunctional"]),
    Measure("kano by segment", kano.kano_by_segment,
            side_by_side(functional=kano_answers, dysfunctional=kano_answers,
                         segments=names("ab")),
            rows=[("functional", "dysfunctional", "segments")],
            finite=["functional", "dysfunctional"], covers=(kano.compare_kano_segments,)),
    Measure("kano counts by", lambda table: kano.kano_counts_by(ibis.memtable(table)),
            side_by_side(attribute=names("ab"), functional=kano_answers,
                         dysfunctional=kano_answers).map(
                lambda columns: {"table": pa.table(columns)}),
            rows=["table"], finite=["table.functional", "table.dysfunctional"], examples=8,
            covers=(kano.kano_counts_by, kano.kano_pairs)),
    Measure("alpha", reliability.cronbach_alpha, {"items": matrix(12, 4)}, rows=["items"],
            finite=["items"], units=[Unit("items", power=0)]),
    Measure("alpha from covariances",
            lambda items: reliability.alpha_from_covariances(np.cov(items.T)),
            {"items": matrix(12, 4)}, covers=(reliability.alpha_from_covariances,)),
    Measure("item analysis", lambda items: reliability.item_analysis(items, list("abcd")),
            {"items": matrix(12, 4)}, rows=["items"], finite=["items"],
            covers=(reliability.item_analysis,)),
    # The search for one factor stops where the likelihood is flat, so rounding may move it a hair.
    Measure("omega", reliability.mcdonald_omega, {"items": matrix(20, 4)}, rows=["items"],
            finite=["items"], units=[Unit("items", power=0)], tolerance=1e-3,
            covers=(reliability.one_factor, reliability.omega_from_loadings)),
    Measure("composite reliability", reliability.composite_reliability,
            {"loadings": arrays(np.float64, 4, elements=st.floats(0.1, 0.9))},
            rows=["loadings"], finite=["loadings"]),
    Measure("ave", reliability.average_variance_extracted,
            {"loadings": arrays(np.float64, 4, elements=st.floats(0.1, 0.9))},
            rows=["loadings"], finite=["loadings"]),
    Measure("rho_A", lambda items, weights: reliability.rho_a(weights, np.corrcoef(items.T)),
            {"items": varied(12, 3), "weights": whole(1, 5, 3)}, finite=["weights"],
            units=[Unit("weights", power=0)], covers=(reliability.rho_a,)),
    Measure("htmt", lambda items: reliability.htmt(
                np.corrcoef(items.T), {"trust": [0, 1], "value": [2, 3]}),
            {"items": varied(12, 4)}, rows=[], covers=(reliability.htmt,)),
    Measure("key drivers", lambda predictors, outcome: drivers.key_drivers(
                predictors, outcome, NAMES, resamples=30),
            {"predictors": matrix(15, 3), "outcome": whole(1, 7, 15)},
            rows=[("predictors", "outcome")], finite=["predictors", "outcome"],
            units=[Unit("outcome", 0, lambda report: [d.importance.value for d in report.drivers])],
            covers=(drivers.key_drivers,)),
    Measure("parts of R2 from correlations", lambda columns: [
                parts(np.corrcoef(columns.T)[:3, :3], np.corrcoef(columns.T)[:3, 3])
                for parts in (drivers.lmg, drivers.johnson_weights,
                              lambda x, y: drivers.sampled_lmg(x, y, orders=20)[0])],
            {"columns": varied(15, 4)},
            covers=(drivers.lmg, drivers.johnson_weights, drivers.sampled_lmg)),
    Measure("key drivers of a table", lambda table: drivers.key_drivers_of(
                ibis.memtable(table), NAMES, "overall", resamples=30),
            {"table": matrix(15, 4).map(
                lambda columns: pa.table(dict(zip([*NAMES, "overall"], columns.T, strict=True))))},
            rows=["table"], finite=["table.quality", "table.overall"], examples=8,
            covers=(drivers.key_drivers_of, drivers.key_drivers_from_correlations,
                    drivers.correlations_of)),
    Measure("importance and performance", lambda importance, performance:
                importance_performance.importance_performance(
                    importance, performance, NAMES, source="derived"),
            {"importance": whole(1, 9, 3), "performance": whole(1, 9, 3)},
            finite=["importance", "performance"],
            covers=(importance_performance.importance_performance,)),
    Measure("importance and performance of answers", lambda importance, performance:
                importance_performance.importance_performance_of_answers(
                    importance, performance, NAMES, resamples=30),
            {"importance": matrix(8, 3), "performance": matrix(8, 3)},
            rows=[("importance", "performance")], finite=["importance", "performance"],
            covers=(importance_performance.importance_performance_of_answers,)),
    Measure("pareto by cost", lambda causes, costs: pareto.pareto(
                causes, costs, by="cost", resamples=50),
            side_by_side(causes=names("abc"), costs=lambda n: whole(1, 99, n)),
            rows=[("causes", "costs")], finite=["costs"],
            units=[Unit("costs", 1, lambda ranked: ranked.total)],
            covers=(pareto.pareto, pareto.pareto_of_tallies)),
    Measure("pareto of a table", lambda table: pareto.pareto_of(
                ibis.memtable(table), cost="euros", resamples=50),
            side_by_side(cause=names("abc"), euros=lambda n: whole(1, 99, n)).map(
                lambda columns: {"table": pa.table(columns)}),
            rows=["table"], finite=["table.euros"], examples=8,
            covers=(pareto.pareto_of, pareto.cause_tallies)),
    Measure("cohen's kappa", agreement.cohen_kappa,
            side_by_side(first=names("abc"), second=names("abc")), rows=[("first", "second")],
            covers=(agreement.cohen_kappa_of_counts,)),
    Measure("pairs of codes",
            lambda table: agreement.pair_counts(ibis.memtable(table), "first", "second"),
            side_by_side(first=names("abc"), second=names("abc")).map(
                lambda columns: {"table": pa.table(columns)}),
            rows=["table"], examples=8, covers=(agreement.pair_counts,)),
    Measure("fleiss's kappa", agreement.fleiss_kappa,
            {"counts": arrays(np.float64, 8, elements=st.integers(0, 4)).map(
                lambda yes: np.column_stack([yes, 4 - yes]))},
            rows=["counts"], finite=["counts"]),
    *(
        Measure(f"krippendorff's alpha, {level}", lambda codes, level=level:
                    agreement.krippendorff_alpha(codes.T, level=level),
                {"codes": matrix(10, 3, 1, 4)}, rows=["codes"], finite=["codes"],
                missing=["codes"], covers=(agreement.krippendorff_alpha,))
        for level in agreement.LEVELS
    ),
    Measure("scores of an instrument",
            lambda **columns: instruments.score(TRUST, columns).facets["honesty"], trust_answers,
            rows=[("t1", "t2", "t3")], per_row=True, finite=["t1"], missing=["t1"],
            covers=(instruments.score,)),
    Measure("facets of an instrument",
            lambda **columns: instruments.facet_summaries(TRUST, columns), trust_answers,
            rows=[("t1", "t2", "t3")], finite=["t1"], missing=["t1"],
            covers=(instruments.facet_summaries,)),
    Measure("scores by",
            lambda table: instruments.scores_by(ibis.memtable(table), TRUST, []),
            trust_answers.map(trust_table), rows=["table"], finite=["table.value"], examples=8,
            covers=(instruments.scores_by,)),
]  # fmt: skip

NOT_MEASURES = [
    answers.with_period,
    answers.given,
    answers.not_finite,
    answers.require,
    csat.scale_mean,
    answers.rating_counts,
    nps.nps_counts_from_tally,
    csat.csat_from_tally,
    ces.ces_from_tally,
    instruments.instrument_from,
]

test_battery = battery(MEASURES)


def test_no_measure_of_the_room_is_forgotten():
    assert unregistered(surveys, MEASURES, NOT_MEASURES) == []
