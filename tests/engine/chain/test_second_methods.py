"""The batched arithmetic against slow, separate ways to the same figures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entregent.engine.chain.bootstrap import Interval, bootstrap_chain
from entregent.engine.chain.criteria import Worry, chain_criteria, standardised_residual
from entregent.engine.chain.estimation import construct_scores, estimate_chain
from entregent.engine.chain.groups import compare_groups
from entregent.engine.chain.importance import construct_index, importance_performance
from entregent.engine.chain.models import Construct, Mode, PathModel
from entregent.engine.chain.prediction import Antecedents, predictive_relevance
from entregent.engine.chain.resampling import draws_with_replacement, weighted_moments
from entregent.engine.chain.weighting import Scheme
from entregent.engine.surveys import reliability


def test_batched_reliability_and_htmt_are_those_of_one_sample(model, answers):
    estimate = estimate_chain(answers, model)
    blocks = {"Quality": [0, 1], "Trust": [2, 3], "Loyalty": [4, 5]}
    alone = reliability.htmt(estimate.correlations, blocks)
    criteria = chain_criteria(estimate)
    for place, (name, block) in enumerate(blocks.items()):
        within = estimate.correlations[np.ix_(block, block)]
        rho = reliability.rho_a(estimate.weights[block, place], within)
        assert estimate.reliability[place] == pytest.approx(rho)
        for other, together in enumerate(blocks):
            if other > place:
                assert criteria.htmt[place, other] == pytest.approx(alone[name, together])


def test_a_loading_beyond_one_is_pointed_out():
    """The outcome goes along with what only the first item holds: corrected, it overshoots."""
    trait, own, noise, rest = np.random.default_rng(12).normal(size=(4, 400))
    answers = {"a1": trait + own, "a2": trait + 2 * noise, "b": trait + 3 * own + rest}
    model = PathModel((Construct("A", ("a1", "a2")), Construct("B", ("b",))), (("A", "B"),))
    criteria = chain_criteria(estimate_chain(answers, model, consistent=True))
    assert Worry.INADMISSIBLE_LOADING in {part.worry for part in criteria.concerns}
    assert np.isnan(criteria.reliability[0].rho_c)


def test_reweighted_correlations_are_those_of_the_repeated_rows():
    rows = np.random.default_rng(2).normal(size=(40, 5))
    counts = draws_with_replacement(40, 3, np.random.default_rng(3))
    means, deviations, correlations = weighted_moments(rows, counts)
    for sample in range(3):
        repeated = np.repeat(rows, counts[sample].astype(int), axis=0)
        assert len(repeated) == 40
        assert means[sample] == pytest.approx(repeated.mean(axis=0))
        assert deviations[sample] == pytest.approx(repeated.std(axis=0))
        assert correlations[sample] == pytest.approx(np.corrcoef(repeated.T))


@pytest.mark.parametrize("consistent", [False, True])
def test_a_bootstrap_draw_is_the_estimate_on_the_repeated_respondents(model, answers, consistent):
    found = bootstrap_chain(answers, model, samples=20, seed=4, consistent=consistent, workers=1)
    seed = np.random.SeedSequence(4).spawn(1)[0]
    counts = draws_with_replacement(120, 20, np.random.default_rng(seed)).astype(int)
    for drawn, times in zip(found.path_draws, counts, strict=True):
        repeated = {item: np.repeat(values, times) for item, values in answers.items()}
        alone = estimate_chain(repeated, model, consistent=consistent)
        assert drawn == pytest.approx(alone.paths, abs=1e-6)


def test_the_number_of_threads_changes_nothing(model, answers):
    alone = bootstrap_chain(answers, model, samples=600, workers=1)
    together = bootstrap_chain(answers, model, samples=600, workers=4)
    assert alone.paths == together.paths
    assert np.array_equal(alone.path_draws, together.path_draws)


def test_a_single_pair_of_items_has_the_textbook_interval_of_a_correlation():
    """Fisher's z gives the interval of one correlation without resampling."""
    draw = np.random.default_rng(8).normal(size=(2, 400))
    answers = {"a": draw[0], "b": 0.5 * draw[0] + draw[1]}
    model = PathModel((Construct("A", ("a",)), Construct("B", ("b",))), (("A", "B"),))
    correlation = np.corrcoef(answers["a"], answers["b"])[0, 1]
    low, high = np.tanh(np.arctanh(correlation) + np.array([-1.96, 1.96]) / np.sqrt(397))
    for interval in Interval:
        path = bootstrap_chain(answers, model, interval=interval).paths["A", "B"]
        assert path.value == pytest.approx(correlation)
        assert (path.low, path.high) == pytest.approx((low, high), abs=0.015)


def test_bca_meets_scipys_on_the_same_statistic():
    stats = pytest.importorskip("scipy.stats")
    draw = np.random.default_rng(9).exponential(size=(2, 60))
    answers = {"a": draw[0], "b": draw[0] ** 2 + draw[1]}
    model = PathModel((Construct("A", ("a",)), Construct("B", ("b",))), (("A", "B"),))
    ours = bootstrap_chain(answers, model, interval=Interval.BCA, samples=8000).paths["A", "B"]
    theirs = stats.bootstrap(
        (answers["a"], answers["b"]),
        lambda a, b: np.corrcoef(a, b)[0, 1],
        paired=True,
        vectorized=False,
        n_resamples=8000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_turned_resamples_do_not_widen_the_interval(model, answers):
    """Mode B with an item that hardly counts turns easily; turned back, the path keeps its side."""
    formed = PathModel(
        tuple(Construct(part.name, part.items, Mode.B) for part in model.constructs), model.paths
    )
    found = bootstrap_chain(answers, formed, samples=400)
    assert found.paths["Quality", "Trust"].low > 0


def test_total_effects_add_up_what_runs_through_the_middle(model, answers):
    estimate = estimate_chain(answers, model)
    through = estimate.path("Quality", "Trust") * estimate.path("Trust", "Loyalty")
    direct = estimate.path("Quality", "Loyalty")
    assert estimate.total_effect("Quality", "Loyalty") == pytest.approx(direct + through)
    assert estimate.total_effect("Loyalty", "Quality") == 0


def test_effect_sizes_come_from_leaving_a_cause_out(model, answers):
    estimate = estimate_chain(answers, model)
    scores = construct_scores(answers, estimate)
    both, without = (
        1 - np.linalg.lstsq(scores[:, causes], scores[:, 2])[1][0] / (scores[:, 2] ** 2).sum()
        for causes in ([0, 1], [1])
    )
    criteria = chain_criteria(estimate)
    assert estimate.explained("Loyalty") == pytest.approx(both)
    assert criteria.f_squared[0, 2] == pytest.approx((both - without) / (1 - both))
    correlation = estimate.score_correlations[0, 1]
    assert criteria.inner_vif[0, 2] == pytest.approx(1 / (1 - correlation**2))
    assert criteria.inner_vif[0, 1] == pytest.approx(1)
    assert np.isnan(criteria.f_squared[2, 0])


def test_a_model_without_room_to_err_implies_its_own_construct_correlations(model, answers):
    """Every pair of constructs is joined, so the paths imply what is observed."""
    estimate = estimate_chain(answers, model)
    assert standardised_residual(estimate, saturated=False) == pytest.approx(
        standardised_residual(estimate), abs=1e-12
    )


def test_srmr_counts_the_residuals_of_single_items_by_hand():
    """Single items in a chain A → B → C leave one residual: r(A,C) less r(A,B) r(B,C)."""
    draw = np.random.default_rng(4).normal(size=(3, 90))
    answers = {"a": draw[0], "b": draw[0] + draw[1], "c": draw[0] + draw[1] + draw[2]}
    names = {"A": ["a"], "B": ["b"], "C": ["c"]}
    model = PathModel(
        tuple(Construct(name, tuple(items)) for name, items in names.items()),
        (("A", "B"), ("B", "C")),
    )
    r = np.corrcoef(np.array(list(answers.values())))
    residual = r[0, 2] - r[0, 1] * r[1, 2]
    estimate = estimate_chain(answers, model)
    assert standardised_residual(estimate) == pytest.approx(0, abs=1e-12)
    assert standardised_residual(estimate, saturated=False) == pytest.approx(
        np.sqrt(residual**2 / 6)
    )


def test_importance_is_the_gain_of_the_outcome_when_a_construct_gains_a_point():
    """With single items on one scale, importance is the plain regression coefficient."""
    rng = np.random.default_rng(6)
    trust = rng.integers(1, 11, 300).astype(float)
    loyalty = np.clip(np.round(0.5 * trust + rng.normal(3, 1.5, 300)), 1, 10)
    model = PathModel((Construct("T", ("t",)), Construct("L", ("l",))), (("T", "L"),))
    estimate = estimate_chain({"t": trust, "l": loyalty}, model)
    found = importance_performance(estimate, "L", (1, 10))
    assert [priority.construct for priority in found] == ["T"]
    assert found[0].importance == pytest.approx(np.polyfit(trust, loyalty, 1)[0])
    assert found[0].performance == pytest.approx((trust.mean() - 1) / 9 * 100)


def test_the_index_is_fornells_weighted_mean(model, answers):
    """100 Σ w(x̄-1) / 9 Σ w with unstandardised weights, on items from 1 to 10."""
    rated = {item: np.clip(np.round(5.5 + 1.5 * v), 1, 10) for item, v in answers.items()}
    estimate = estimate_chain(rated, model)
    items = slice(2, 4)
    w = estimate.weights[items, 1] / estimate.deviations[items]
    expected = 100 * (w * (estimate.means[items] - 1)).sum() / (9 * w.sum())
    assert construct_index(estimate, "Trust", (1, 10)) == pytest.approx(expected)


def test_prediction_beats_the_mean_where_there_is_something_to_predict(model, answers):
    noise = np.random.default_rng(1).normal(size=(6, 120))
    blind = dict(zip(answers, noise, strict=True))
    assert min(part.q_squared for part in predictive_relevance(answers, model)) > 0.2
    assert max(part.q_squared for part in predictive_relevance(blind, model)) < 0.05


def test_prediction_of_a_single_item_is_a_plain_regression_left_out_fold_by_fold():
    """One item on one item: the chain and the linear benchmark are the same line."""
    draw = np.random.default_rng(3).normal(size=(2, 50))
    answers = {"a": draw[0], "b": draw[0] + draw[1]}
    model = PathModel((Construct("A", ("a",)), Construct("B", ("b",))), (("A", "B"),))
    for antecedents in Antecedents:
        found = predictive_relevance(answers, model, antecedents=antecedents, folds=50)[0]
        errors = []
        for out in range(50):
            kept = np.arange(50) != out
            line = np.polyfit(answers["a"][kept], answers["b"][kept], 1)
            errors.append(answers["b"][out] - np.polyval(line, answers["a"][out]))
        assert found.rmse == pytest.approx(np.sqrt(np.mean(np.square(errors))))
        assert found.linear_rmse == pytest.approx(found.rmse)


def test_groups_that_differ_are_told_apart_and_equal_ones_are_not(model, answers):
    groups = np.repeat(["calm", "upset"], 60)
    turned = answers | {
        item: np.where(groups == "upset", np.random.default_rng(2).permuted(answers[item]), values)
        for item, values in answers.items()
        if item.startswith("l")
    }
    differs = compare_groups(turned, groups, model, permutations=400)
    p = {(part.source, part.target): part.p_value for part in differs.differences}
    assert p["Trust", "Loyalty"] < 0.05
    assert differs.sizes == (60, 60)
    same = compare_groups(answers, groups, model, permutations=400)
    assert min(part.p_value for part in same.differences) > 0.05


def test_a_construct_measured_otherwise_in_one_group_is_not_invariant(model, answers):
    groups = np.tile(["one", "two"], 60)
    rng = np.random.default_rng(4)
    spoilt = answers | {
        "q1": np.where(groups == "two", rng.normal(size=120), answers["q1"]),
        "q2": np.where(groups == "one", rng.normal(size=120), answers["q2"]),
    }
    found = {part.construct: part for part in compare_groups(spoilt, groups, model).invariance}
    assert not found["Quality"].invariant
    assert found["Trust"].invariant


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from(list(Scheme)),
    st.floats(0.1, 50),
    st.floats(-100, 100),
)
def test_scale_and_order_of_answers_do_not_matter(seed, scheme, factor, shift):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=80)
    names = ["a1", "a2", "b1", "b2"]
    answers = {name: common + rng.normal(size=80) for name in names}
    model = PathModel((Construct("A", ("a1", "a2")), Construct("B", ("b1", "b2"))), (("A", "B"),))
    order = rng.permutation(80)
    changed = {name: values[order] for name, values in answers.items()}
    changed["a1"] = changed["a1"] * factor + shift
    before = estimate_chain(answers, model, scheme=scheme)
    after = estimate_chain(changed, model, scheme=scheme)
    assert after.paths == pytest.approx(before.paths, abs=1e-6)
    assert after.loadings == pytest.approx(before.loadings, abs=1e-6)


def test_an_item_that_runs_backwards_is_pointed_out(model, answers):
    criteria = chain_criteria(estimate_chain(answers | {"q2": -answers["q2"]}, model))
    opposed = [part for part in criteria.concerns if part.worry is Worry.OPPOSED_ITEM]
    assert {part.about[0] for part in opposed} == {"Quality"}


def test_few_respondents_are_pointed_out(model, answers):
    few = {item: values[:15] for item, values in answers.items()}
    worries = {part.worry for part in chain_criteria(estimate_chain(few, model)).concerns}
    assert Worry.FEW_RESPONDENTS in worries
