"""The battery, on every public function of the room of value."""

from datetime import UTC, date, datetime, timedelta

import ibis
import numpy as np
import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.engine.battery import Measure, Unit, battery, unregistered

from entregent.engine import value
from entregent.engine.value import (
    abc,
    bg_bb,
    bg_nbd,
    class_moves,
    crossed_matrix,
    equity,
    gamma_gamma,
    histories,
    holdout,
    lifetime_value,
    maximum_likelihood,
    pareto_nbd,
    purchases,
    rfm,
    settings,
    wallet,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
SPLIT = date(2026, 1, 20)
FEW = 5  # a query or a fit costs more than a sum


def numbered(columns):
    n = len(next(iter(columns.values())))
    return pa.table({"customer_id": np.arange(n), **columns})


def figures(least, n):
    return n.flatmap(lambda size: arrays(np.float64, size, elements=st.integers(least, 999)))


bases = st.integers(2, 12).flatmap(
    lambda n: st.fixed_dictionaries(
        {
            "revenue": figures(1, st.just(n)),
            "potential": figures(1, st.just(n)),
            "days_since_last_purchase": figures(0, st.just(n)),
            "purchases": figures(1, st.just(n)),
            "value": figures(1, st.just(n)),
        }
    ).map(numbered)
)
classed = st.lists(st.sampled_from("ABCP"), min_size=1, max_size=9).map(
    lambda names: numbered({"abc_class": names})
)
sold = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 40), st.integers(1, 99)), min_size=2, max_size=20
).map(
    lambda lines: pa.table(
        {
            "customer_id": [who for who, _, _ in lines],
            "at": pa.array(
                [START + timedelta(days=day) for _, day, _ in lines], pa.timestamp("us", tz="UTC")
            ),
            "amount": [float(amount) for _, _, amount in lines],
        }
    )
)


def of_table(measure, order=None, **options):
    """The measure on an Arrow table; a table that comes back is read in the order named."""

    def measured(table):
        found = measure(ibis.memtable(table), **options)
        return found.order_by(order).to_pyarrow() if order else found

    return measured


def lived(count):
    """Histories of `count` customers: repeat purchases, age at the last one, age."""
    one = st.tuples(st.integers(0, 12), st.floats(0.1, 1.0), st.integers(10, 60)).map(
        lambda drawn: (drawn[0], drawn[0] and round(drawn[1] * drawn[2], 2), drawn[2])
    )
    return st.lists(one, min_size=count, max_size=count + 20).map(
        lambda rows: {
            "purchases": np.array([row[0] for row in rows], dtype=float),
            "last": np.array([row[1] for row in rows], dtype=float),
            "age": np.array([row[2] for row in rows], dtype=float),
        }
    )


def fitted(fit, purchases, last, age):
    found = fit(histories.purchase_histories(purchases, last, age))
    # A likelihood without single top leaves the parameters where the climb ended.
    return found.parameters if found.converged else np.zeros(4)


def on_histories(name, fit, unit_of):
    return Measure(
        name,
        lambda **of: fitted(fit, **of),
        lived(12),
        rows=[("purchases", "last", "age")],
        finite=["purchases", "last", "age"],
        units=[
            Unit(("last", "age"), figure=lambda found: found[unit_of]),
            Unit(("last", "age"), power=0, figure=lambda found: found[0]),
        ],
        tolerance=1e-4,
        examples=FEW,
        covers=(fit,),
    )


spent = st.integers(12, 30).flatmap(
    lambda n: st.fixed_dictionaries(
        {
            "purchases": arrays(np.float64, n, elements=st.integers(1, 9)),
            "mean_value": arrays(np.float64, n, elements=st.integers(1, 200)),
        }
    )
)


def gamma_gamma_fitted(purchases, mean_value):
    found = gamma_gamma.fit_gamma_gamma(purchases, mean_value)
    return found.parameters if found.converged else np.zeros(3)


donors = st.lists(st.sampled_from([(0, 0), (1, 2), (2, 5), (3, 6)]), min_size=12, max_size=40).map(
    lambda rows: {
        "purchases": np.array([row[0] for row in rows], dtype=float),
        "last": np.array([row[1] for row in rows], dtype=float),
    }
)


def bg_bb_fitted(purchases, last):
    found = bg_bb.fit_bg_bb(bg_bb.occasion_histories(purchases, last, 6))
    return found.parameters if found.converged else np.zeros(4)


BUYING = bg_nbd.fit_bg_nbd(
    bg_nbd.BgNbd(0.8, 6.0, 0.9, 3.0).simulated(np.full(400, 50.0), np.random.default_rng(1))
)
SPENDING = gamma_gamma.fit_gamma_gamma(
    np.tile(np.arange(1.0, 9), 50), np.random.default_rng(1).gamma(3, 10, 400)
)


def valued(purchases, last, age):
    known = histories.purchase_histories(purchases, last, age)
    return lifetime_value.customer_lifetime_value(BUYING, SPENDING, known, age).value


def judged(table):
    held = holdout.split_holdout(ibis.memtable(table), calibration_until=SPLIT)
    return holdout.validate_holdout(BUYING.model, held, groups=2)


money = Unit("table.revenue", figure=lambda found: found.revenue)

MEASURES = [
    Measure(
        "abc classes",
        of_table(abc.abc_classes, order=["place", "customer_id"]),
        {"table": bases},
        rows=["table"],
        examples=FEW,
        finite=["table.revenue"],
        covers=(abc.abc_classes, abc.check_revenue, abc.classed),
    ),
    Measure(
        "concentration",
        of_table(abc.concentration),
        {"table": bases},
        rows=["table"],
        examples=FEW,
        finite=["table.revenue"],
        units=[money, Unit("table.revenue", power=0, figure=lambda found: found.gini.value)],
        covers=(abc.concentration,),
    ),
    Measure(
        "concentration curve",
        of_table(abc.concentration_curve),
        {"table": bases},
        rows=["table"],
        examples=FEW,
        finite=["table.revenue"],
        covers=(abc.concentration_curve,),
    ),
    Measure(
        "concentration of customers at hand",
        abc.concentration_of,
        {"revenue": bases.map(lambda table: table["revenue"].to_numpy())},
        rows=["revenue"],
        finite=["revenue"],
        units=[
            Unit("revenue", figure=lambda found: found.revenue),
            Unit("revenue", power=0, figure=lambda found: found.gini.value),
        ],
        covers=(abc.concentration_of,),
    ),
    Measure(
        "concentration curve of customers at hand",
        abc.concentration_curve_of,
        {"revenue": bases.map(lambda table: table["revenue"].to_numpy())},
        rows=["revenue"],
        finite=["revenue"],
        covers=(abc.concentration_curve_of,),
    ),
    Measure(
        "crossed matrix",
        of_table(crossed_matrix.crossed_matrix),
        {"table": bases},
        rows=["table"],
        examples=FEW,
        finite=["table.revenue", "table.potential"],
        units=[money],
        covers=(crossed_matrix.crossed_matrix, crossed_matrix.crossed_classes),
    ),
    Measure(
        "class moves",
        lambda before, after: (
            class_moves.class_moves(ibis.memtable(before), ibis.memtable(after)).counts
        ),
        {"before": classed, "after": classed},
        examples=FEW,
        covers=(class_moves.class_moves,),
    ),
    Measure(
        "rfm scores",
        of_table(rfm.rfm_scores, order="customer_id"),
        {"table": bases},
        rows=["table"],
        examples=FEW,
        finite=["table.value"],
        covers=(rfm.rfm_scores, rfm.rfm_cells),
    ),
    Measure(
        "rfm by thresholds",
        of_table(
            rfm.rfm_scores_by_thresholds,
            order="customer_id",
            days_since_last_purchase=(30, 90),
            purchases=(2, 5),
            value=(10.0, 100.0),
        ),
        {"table": bases},
        rows=["table"],
        examples=FEW,
        finite=["table.value"],
        covers=(rfm.rfm_scores_by_thresholds,),
    ),
    Measure(
        "rfm table",
        of_table(rfm.rfm_table, order="customer_id"),
        {"table": sold},
        rows=["table"],
        examples=FEW,
        finite=["table.amount"],
        units=[Unit("table.amount", figure=lambda found: found["value"].to_numpy())],
        covers=(rfm.rfm_table,),
    ),
    Measure(
        "transaction counts",
        of_table(purchases.transaction_counts),
        {"table": sold},
        rows=["table"],
        examples=FEW,
        finite=["table.amount"],
        covers=(purchases.transaction_counts,),
    ),
    Measure(
        "purchase history",
        of_table(purchases.purchase_history, order="customer_id"),
        {"table": sold},
        rows=["table"],
        examples=FEW,
        finite=["table.amount"],
        units=[Unit("table.amount", figure=lambda found: found["total_value"].to_numpy())],
        covers=(
            purchases.purchase_history,
            purchases.purchase_days,
            purchases.histories_of,
            purchases.customer_histories,
        ),
    ),
    Measure(
        "revenue by customer",
        of_table(purchases.revenue_by_customer, order="customer_id"),
        {"table": sold},
        rows=["table"],
        examples=FEW,
        finite=["table.amount"],
        covers=(purchases.revenue_by_customer,),
    ),
    on_histories("bg/nbd", bg_nbd.fit_bg_nbd, unit_of=1),
    on_histories("pareto/nbd", pareto_nbd.fit_pareto_nbd, unit_of=3),
    Measure(
        "gamma-gamma",
        gamma_gamma_fitted,
        spent,
        rows=[("purchases", "mean_value")],
        finite=["purchases", "mean_value"],
        units=[Unit("mean_value", figure=lambda found: found[2])],
        tolerance=1e-4,
        examples=FEW,
        covers=(gamma_gamma.fit_gamma_gamma,),
    ),
    Measure(
        "bg/bb",
        bg_bb_fitted,
        donors,
        rows=[("purchases", "last")],
        finite=["purchases", "last"],
        tolerance=1e-4,
        examples=FEW,
        covers=(bg_bb.fit_bg_bb, bg_bb.occasion_histories),
    ),
    Measure(
        "lifetime value",
        valued,
        lived(1),
        rows=[("purchases", "last", "age")],
        per_row=True,
        finite=["purchases", "last", "age"],
        covers=(lifetime_value.customer_lifetime_value, histories.purchase_histories),
    ),
    Measure(
        "holdout",
        judged,
        {"table": sold},
        rows=["table"],
        examples=FEW,
        finite=["table.amount"],
        covers=(holdout.split_holdout, holdout.validate_holdout, holdout.track),
    ),
    Measure(
        "wallet shares",
        wallet.wallet_allocation_share,
        {
            "satisfaction": st.integers(1, 8).flatmap(
                lambda n: arrays(np.float64, (n, 3), elements=st.integers(0, 10))
            )
        },
        rows=["satisfaction"],
        per_row=True,
        finite=["satisfaction"],
        missing=["satisfaction"],
        units=[Unit("satisfaction", power=0)],
        covers=(wallet.wallet_shares,),
    ),
    Measure(
        "remaining potential",
        lambda revenue, elsewhere: wallet.remaining_potential(revenue + elsewhere, revenue),
        st.integers(1, 8).flatmap(
            lambda n: st.fixed_dictionaries(
                {"revenue": figures(0, st.just(n)), "elsewhere": figures(0, st.just(n))}
            )
        ),
        rows=[("revenue", "elsewhere")],
        per_row=True,
        finite=["revenue", "elsewhere"],
        units=[Unit(("revenue", "elsewhere"))],
        covers=(wallet.remaining_potential,),
    ),
    Measure(
        "customer equity",
        lambda groups: (
            equity.customer_equity(
                [equity.CustomerGroup(str(place), *group) for place, group in enumerate(groups)],
                0.1,
            ).total
        ),
        {
            "groups": st.lists(
                st.tuples(st.integers(1, 99), st.floats(1, 99), st.floats(0, 1)), min_size=1
            )
        },
        rows=["groups"],
        covers=(equity.customer_equity, equity.margin_multiple),
    ),
]

# Pieces that the measures share.
PIECES = (
    bg_bb.likelihood,
    bg_nbd.likelihood,
    gamma_gamma.likelihood,
    gamma_gamma.checked_values,
    histories.enough_customers,
    histories.grouped,
    histories.systematic_sample,
    maximum_likelihood.fitted,
    maximum_likelihood.highest,
    maximum_likelihood.positive_estimate,
    pareto_nbd.likelihood,
    purchases.date_of,
    purchases.day_number,
    purchases.last_day_observed,
    settings.between,
    settings.positive,
    settings.times,
)

test_battery = battery(MEASURES)


def test_no_measure_of_value_is_forgotten():
    assert unregistered(value, MEASURES, PIECES) == []
