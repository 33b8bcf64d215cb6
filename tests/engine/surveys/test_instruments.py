"""Questionnaires described as data: reversed items, facets, missing answers, tables."""

import ibis
import numpy as np
import pyarrow as pa
import pytest

from entregent.engine.errors import (
    BrokenContract,
    LengthsDiffer,
    MissingColumns,
    MixedVersions,
    NoRatings,
    NotFinite,
    RatingOutOfScale,
)
from entregent.engine.surveys.instruments import (
    BadInstrument,
    MissingAnswers,
    facet_summaries,
    instrument_from,
    score,
    scores_by,
)

ITEMS = [
    {"name": "keeps word", "facet": "integrity"},
    {"name": "hides facts", "facet": "integrity", "reversed": True},
    {"name": "cares", "facet": "benevolence"},
    {"name": "listens", "facet": "benevolence"},
    {"name": "helps", "facet": "benevolence", "weight": 2},
]


def trust(**changed):
    described = {"name": "trust", "version": "1", "low": 1, "high": 7, "items": ITEMS}
    return instrument_from(described | changed)


ANSWERS = {
    "keeps word": [7, 4, np.nan],
    "hides facts": [1, 2, np.nan],
    "cares": [6, np.nan, np.nan],
    "listens": [4, 5, np.nan],
    "helps": [5, 2, 3],
}


def test_facets_turn_reversed_items_around_and_weigh():
    scores = score(trust(), ANSWERS)
    assert scores.facets["integrity"] == pytest.approx([7, 5, np.nan], nan_ok=True)
    # (6 + 4 + 2 x 5) / 4, then (5 + 2 x 2) / 3; one answer of three is fewer than half
    assert scores.facets["benevolence"] == pytest.approx([5, 3, np.nan], nan_ok=True)
    assert scores.answered["benevolence"] == pytest.approx([1, 2 / 3, 1 / 3])


def test_policies_on_gaps():
    assert np.isnan(score(trust(missing="leave out"), ANSWERS).facets["benevolence"][1])
    assert score(trust(answered=0.3), ANSWERS).facets["benevolence"][2] == 3
    with pytest.raises(MissingAnswers, match="2 answers are missing"):
        score(trust(missing="refuse"), ANSWERS)


def test_scores_can_be_sums_or_run_from_0_to_100():
    rescaled = trust(rescale=[0, 100])
    assert score(rescaled, ANSWERS).facets["integrity"][:2] == pytest.approx([100, 400 / 6])
    summed = trust(combine="sum")
    # weights 1 + 1 + 2, gaps filled with the mean of answered
    assert score(summed, ANSWERS).facets["benevolence"][:2] == pytest.approx([20, 12])
    assert (rescaled.range_of("integrity"), summed.range_of("benevolence")) == ((0, 100), (4, 28))


def test_facets_are_summed_up_with_their_reliability():
    integrity, benevolence = facet_summaries(trust(), ANSWERS)
    assert (integrity.mean.value, integrity.mean.n, integrity.left_out) == (6.0, 2, 1)
    assert integrity.alpha is not None
    # One respondent answered all three items, and one alone has no consistency.
    assert benevolence.alpha is None


@pytest.mark.parametrize(
    ("changed", "fact"),
    [
        ({"items": []}, "no items"),
        ({"items": [ITEMS[0], ITEMS[0]]}, "named twice"),
        ({"missing": "guess"}, "leave out"),
        ({"combine": "median"}, "sum"),
        ({"answered": 0}, "share above 0"),
        ({"low": 7}, "scale of keeps word is empty"),
        ({"low": "one"}, "scale of keeps word is empty"),
        ({"items": [{"name": "a", "facet": "f", "weight": 0}]}, "weight of a"),
        ({"items": [{"name": "a", "facet": "f"}, {"name": "b", "facet": "f", "high": 5}]}, "different scales"),
        ({"rescale": [100, 0]}, "rescale is empty"),
        ({"rescale": [0, 100], "combine": "sum"}, "sum is not rescaled"),
        ({"rescale": [0]}, "cannot be read"),
        ({"colour": "blue"}, "cannot be read"),
        ({"items": [{"name": "a"}]}, "cannot be read"),
    ],
)  # fmt: skip
def test_descriptions_that_contradict_themselves_are_refused(changed, fact):
    with pytest.raises(BadInstrument, match=fact):
        trust(**changed)


def test_a_description_without_items_is_refused():
    with pytest.raises(BadInstrument, match="items"):
        instrument_from({"name": "trust", "version": "1"})


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"cares": [8, 1, 1]}, RatingOutOfScale),
        ({"cares": [np.inf, 1, 1]}, NotFinite),
        ({"cares": [1, 1]}, LengthsDiffer),
        ({"cares": ["a", "b", "c"]}, BrokenContract),
        ({"cares": [[1, 2, 3]]}, BrokenContract),
        ({item: [] for item in ANSWERS}, NoRatings),
    ],
)
def test_answers_that_are_none_are_refused(changed, refusal):
    with pytest.raises(refusal):
        score(trust(), ANSWERS | changed)


def test_an_absent_item_and_an_unscored_facet_are_refused():
    with pytest.raises(BrokenContract, match="no answers to item helps"):
        score(trust(), {name: ANSWERS[name] for name in list(ANSWERS)[:-1]})
    with pytest.raises(NoRatings, match="integrity"):
        facet_summaries(trust(), {name: [np.nan, np.nan] for name in ANSWERS})


# ---------------------------------------------------------------- on tables


def long(answers, version="1", shops=None):
    rows = [
        (f"r{place}", item, float(value), version, (shops or ["a"] * len(given))[place])
        for item, given in answers.items()
        for place, value in enumerate(given)
        if not np.isnan(value)
    ]
    names = ["response_id", "item", "value", "instrument_version", "shop"]
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return ibis.memtable(pa.table(columns | {"instrument": ["trust"] * len(rows)}))


@pytest.mark.parametrize(
    "changed", [{}, {"missing": "leave out"}, {"combine": "sum"}, {"rescale": [0, 100]}]
)
def test_a_table_gives_what_its_rows_give(changed):
    instrument = trust(**changed)
    table = dict(scores_by(long(ANSWERS), instrument, []))
    for summary in facet_summaries(instrument, ANSWERS):
        other = table[summary.facet]
        assert (other.value, other.n) == (pytest.approx(summary.mean.value), summary.mean.n)
        if summary.mean.low is not None:
            assert other.low == pytest.approx(summary.mean.low)


def test_groups_are_scored_apart():
    scored = scores_by(long(ANSWERS, shops=["a", "b", "b"]), trust(), ["shop"])
    assert [(shop, facet, mean.value) for shop, facet, mean in scored] == [
        ("a", "benevolence", 5.0),
        ("a", "integrity", 7.0),
        ("b", "benevolence", 3.0),
        ("b", "integrity", 5.0),
    ]


def test_tables_that_cannot_be_scored_are_refused():
    with pytest.raises(MixedVersions, match="1 and 2"):
        scores_by(long(ANSWERS, version="2"), trust(), [])
    with pytest.raises(RatingOutOfScale, match="1 answers"):
        scores_by(long(ANSWERS | {"cares": [9]}), trust(), [])
    with pytest.raises(MissingAnswers):
        scores_by(long(ANSWERS), trust(missing="refuse"), [])
    with pytest.raises(NoRatings):
        scores_by(long(ANSWERS), trust(name="loyalty"), [])
    with pytest.raises(NoRatings, match="complete enough"):
        scores_by(long({"helps": [3]}), trust(), [])
    with pytest.raises(MissingColumns, match="region"):
        scores_by(long(ANSWERS), trust(), ["region"])
    twice = ibis.union(long({"cares": [3]}), long({"cares": [4]}))
    with pytest.raises(BrokenContract, match="twice"):
        scores_by(twice, trust(), [])
