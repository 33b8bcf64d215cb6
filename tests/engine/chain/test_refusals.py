"""What the chain refuses, one by one."""

import numpy as np
import pytest

from entregent.engine.chain.bootstrap import TooFewUsableSamples, bootstrap_chain
from entregent.engine.chain.errors import (
    BrokenModel,
    InadmissibleCorrection,
    UnknownIndicators,
)
from entregent.engine.chain.estimation import Missing, construct_scores, estimate_chain
from entregent.engine.chain.groups import NotTwoGroups, compare_groups
from entregent.engine.chain.importance import (
    NoPerformanceScale,
    construct_index,
    importance_performance,
)
from entregent.engine.chain.models import (
    ECSI,
    RELATIONAL_CHAIN,
    Construct,
    Mode,
    PathModel,
    model_from,
)
from entregent.engine.chain.prediction import UnpredictableFold, predictive_relevance
from entregent.engine.errors import (
    BrokenContract,
    Collinear,
    ConstantColumn,
    LengthsDiffer,
    NoRatings,
    NotFinite,
    RatingOutOfScale,
    TooFewRespondents,
)


def pair(source_items=("a",), target_items=("b",), mode=Mode.A):
    return PathModel(
        (Construct("Cause", source_items, mode), Construct("Outcome", target_items)),
        (("Cause", "Outcome"),),
    )


def test_nobody_answered(model, answers):
    with pytest.raises(NoRatings):
        estimate_chain({item: [] for item in answers}, model)


def test_one_respondent_is_too_few(model, answers):
    with pytest.raises(TooFewRespondents, match="1 respondents answered, 4 are needed"):
        estimate_chain({item: values[:1] for item, values in answers.items()}, model)


@pytest.mark.parametrize("intruder", [np.nan, np.inf, -np.inf])
def test_an_answer_that_is_no_number_is_refused(model, answers, intruder):
    spoilt = answers | {"t1": np.append(answers["t1"][:-1], intruder)}
    with pytest.raises(NotFinite):
        estimate_chain(spoilt, model)


def test_missing_answers_leave_the_respondent_out_only_when_asked(model, answers):
    spoilt = answers | {"t1": np.append(np.nan, answers["t1"][1:])}
    estimate = estimate_chain(spoilt, model, missing=Missing.LISTWISE)
    without = estimate_chain({item: values[1:] for item, values in answers.items()}, model)
    assert (estimate.n, estimate.left_out) == (119, 1)
    assert np.array_equal(estimate.paths, without.paths)


def test_infinity_is_no_missing_answer(model, answers):
    spoilt = answers | {"t1": np.append(np.inf, answers["t1"][1:])}
    with pytest.raises(NotFinite):
        estimate_chain(spoilt, model, missing=Missing.LISTWISE)


def test_nobody_left_once_the_incomplete_are_out(model, answers):
    spoilt = answers | {"t1": np.full(120, np.nan)}
    with pytest.raises(TooFewRespondents, match="0 respondents"):
        estimate_chain(spoilt, model, missing=Missing.LISTWISE)


def test_an_item_that_everybody_answers_alike_is_named(model, answers):
    with pytest.raises(ConstantColumn, match="t2"):
        estimate_chain(answers | {"t2": np.full(120, 7.0)}, model)


def test_causes_that_determine_each_other_are_named(answers):
    model = model_from(
        {
            "constructs": {"Quality": ["q1"], "Price": ["price"], "Loyalty": ["l1", "l2"]},
            "paths": [("Quality", "Loyalty"), ("Price", "Loyalty")],
        }
    )
    with pytest.raises(Collinear, match="Quality, Price"):
        estimate_chain(answers | {"price": 20 - 3 * answers["q1"]}, model)


def test_items_of_mode_b_that_determine_each_other_are_named(answers):
    model = pair(("q1", "q2", "sum"), ("l1",), Mode.B)
    total = answers["q1"] + answers["q2"]
    with pytest.raises(Collinear, match="q1, q2, sum"):
        estimate_chain(answers | {"sum": total}, model)


def test_the_same_items_are_welcome_in_mode_a(answers):
    model = pair(("q1", "q2", "sum"), ("l1",))
    estimate = estimate_chain(answers | {"sum": answers["q1"] + answers["q2"]}, model)
    assert 0 < estimate.path("Cause", "Outcome") < 1


def test_items_of_different_lengths_are_refused(model, answers):
    with pytest.raises(LengthsDiffer):
        estimate_chain(answers | {"t1": answers["t1"][:-1]}, model)


def test_absent_items_are_named(model, answers):
    with pytest.raises(UnknownIndicators, match="t2"):
        estimate_chain({item: v for item, v in answers.items() if item != "t2"}, model)


def test_a_correction_that_leaves_the_range_of_correlations_is_refused():
    draw = np.random.default_rng(5).normal(size=(4, 60))
    answers = {"a1": draw[0], "a2": -draw[0] * 0.05 + draw[1], "b1": draw[0], "b2": draw[2]}
    with pytest.raises(InadmissibleCorrection):
        estimate_chain(answers, pair(("a1", "a2"), ("b1", "b2")), consistent=True)


@pytest.mark.parametrize(
    ("constructs", "paths", "words"),
    [
        ({"A": ["a"], "B": ["b"]}, [("A", "B"), ("B", "A")], "circle"),
        ({"A": ["a"], "B": ["b"], "C": ["c"]}, [("A", "B")], "no arrow reaches or leaves C"),
        ({"A": [], "B": ["b"]}, [("A", "B")], "A has no item"),
        ({"A": ["a"], "B": ["a"]}, [("A", "B")], "item a twice"),
        ({"A": ["a"], "B": ["b"]}, [("A", "B"), ("A", "B")], "arrow A → B twice"),
        ({"A": ["a"], "B": ["b"]}, [("A", "Z")], "lacks: Z"),
    ],
)
def test_a_model_that_cannot_be_estimated_says_why(constructs, paths, words):
    with pytest.raises(BrokenModel, match=words):
        model_from({"constructs": constructs, "paths": paths})


@pytest.mark.parametrize(
    "described",
    [
        {},
        {"constructs": {"A": ["a"]}},
        {"constructs": ["A"], "paths": []},
        {"constructs": {"A": {"items": ["a"], "mode": "Z"}, "B": ["b"]}, "paths": [["A", "B"]]},
    ],
)
def test_a_description_that_is_no_model_is_refused(described):
    with pytest.raises(BrokenModel):
        model_from(described)


def test_a_ready_model_takes_the_items_of_a_survey():
    renamed = RELATIONAL_CHAIN.with_items({"Trust": ["confiance_1", "confiance_2"]})
    assert renamed.construct("Trust").items == ("confiance_1", "confiance_2")
    assert renamed.paths == RELATIONAL_CHAIN.paths
    with pytest.raises(BrokenModel, match="Love"):
        ECSI.with_items({"Love": ["l1"]})


def test_scores_of_new_respondents_follow_the_estimate(model, answers):
    estimate = estimate_chain(answers, model)
    scores = construct_scores(answers, estimate)
    assert scores.std(axis=0) == pytest.approx(np.ones(3))
    assert np.corrcoef(scores.T) == pytest.approx(estimate.score_correlations)


def test_items_that_vary_in_one_respondent_only_make_no_interval():
    """Most resamples miss one of the two respondents on whom everything rests."""
    answers = {"q": [1, 0, 0, 0, 0, 0], "t": [0, 1, 0, 0, 0, 0], "l": [3, 1, 4, 1, 5, 9]}
    model = model_from(
        {
            "constructs": {"Q": ["q"], "T": ["t"], "L": ["l"]},
            "paths": [("Q", "L"), ("T", "L")],
        }
    )
    with pytest.raises(TooFewUsableSamples):
        bootstrap_chain(answers, model, samples=200)


def test_labels_that_name_one_group_or_three_are_refused(model, answers):
    with pytest.raises(NotTwoGroups, match="1 groups"):
        compare_groups(answers, ["shop"] * 120, model)
    with pytest.raises(NotTwoGroups, match="3 groups"):
        compare_groups(answers, ["shop", "online", "phone"] * 40, model)


def test_a_label_for_each_respondent_is_needed(model, answers):
    with pytest.raises(BrokenContract, match="2 group labels for 120"):
        compare_groups(answers, ["shop", "online"], model)


def test_a_group_of_one_is_too_few(model, answers):
    with pytest.raises(TooFewRespondents):
        compare_groups(answers, ["shop"] + ["online"] * 119, model)


@pytest.mark.parametrize("folds", [1, 121])
def test_folds_that_cannot_be_cut_are_refused(model, answers, folds):
    with pytest.raises(UnpredictableFold):
        predictive_relevance(answers, model, folds=folds)


def test_performance_needs_a_scale_that_holds_the_answers(model, answers):
    estimate = estimate_chain(answers, model)
    with pytest.raises(RatingOutOfScale, match="q1"):
        importance_performance(estimate, "Loyalty", (50, 60))
    with pytest.raises(BrokenContract, match="holds no answer"):
        importance_performance(estimate, "Loyalty", (3, 3))
    with pytest.raises(BrokenContract, match="no construct Love"):
        construct_index(estimate, "Love", (-5, 5))
    with pytest.raises(UnknownIndicators, match="the scale of q2"):
        construct_index(estimate, "Trust", {"q1": (-5, 5)})


def test_an_item_that_runs_backwards_has_no_performance(model, answers):
    estimate = estimate_chain(answers | {"q2": -answers["q2"] + 0.1}, model)
    with pytest.raises(NoPerformanceScale, match="reverse or drop"):
        importance_performance(estimate, "Loyalty", (-6, 6))
