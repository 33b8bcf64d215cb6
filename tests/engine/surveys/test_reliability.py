"""Reliability: seminr's figures on the mobile phone survey, textbook identities, refusals."""

import csv

import numpy as np
import pytest

from entregent.engine.errors import (
    BrokenContract,
    ConstantColumn,
    LengthsDiffer,
    NoRatings,
    NotFinite,
    TooFewRespondents,
)
from entregent.engine.surveys.reliability import (
    NothingInCommon,
    TooFewItems,
    alpha_from_covariances,
    average_variance_extracted,
    composite_reliability,
    cronbach_alpha,
    htmt,
    item_analysis,
    mcdonald_omega,
    omega_from_loadings,
    one_factor,
    rho_a,
)

ONE_FACTOR = np.array([0.8, 0.7, 0.6, 0.5])
CORRELATIONS = np.outer(ONE_FACTOR, ONE_FACTOR) + np.diag(1 - ONE_FACTOR**2)


def answers(n=400, noise=1.0, seed=0):
    draw = np.random.default_rng(seed)
    return draw.normal(size=(n, 1)) * ONE_FACTOR + noise * draw.normal(size=(n, 4))


def test_alpha_of_equal_items_is_spearman_and_brown():
    k, r = 5, 0.4
    equal = np.full((k, k), r) + (1 - r) * np.eye(k)
    assert alpha_from_covariances(equal) == pytest.approx(k * r / (1 + (k - 1) * r))


def test_feldt_interval_covers_the_truth_as_often_as_it_says():
    truth = alpha_from_covariances(np.outer(ONE_FACTOR, ONE_FACTOR) + np.eye(4))
    intervals = [cronbach_alpha(answers(60, seed=seed)) for seed in range(400)]
    covered = np.mean([each.low <= truth <= each.high for each in intervals])
    assert 0.92 <= covered <= 0.98


def test_one_factor_is_found_again():
    fit = one_factor(CORRELATIONS)
    assert fit.loadings == pytest.approx(ONE_FACTOR, abs=1e-5)
    assert not fit.improper


def test_a_wholly_explained_item_makes_the_model_improper():
    heywood = np.array([[1, 0.9, 0.9], [0.9, 1, 0.66], [0.9, 0.66, 1]])
    assert one_factor(heywood).improper


def test_every_reliability_agrees_on_one_factor():
    omega = omega_from_loadings(ONE_FACTOR, 1 - ONE_FACTOR**2)
    assert composite_reliability(ONE_FACTOR) == pytest.approx(omega)
    # Weights in proportion to the loadings: the composite's true reliability.
    weights = ONE_FACTOR / np.sqrt(ONE_FACTOR @ CORRELATIONS @ ONE_FACTOR)
    assert rho_a(ONE_FACTOR, CORRELATIONS) == pytest.approx((weights @ ONE_FACTOR) ** 2)
    assert average_variance_extracted(ONE_FACTOR) == pytest.approx((ONE_FACTOR**2).mean())


def test_omega_is_at_least_alpha_when_items_differ_in_strength():
    survey = answers(5000)
    assert mcdonald_omega(survey) > cronbach_alpha(survey).value


def test_a_reversed_item_is_noticed():
    survey = answers()
    survey[:, 2] *= -1
    told = item_analysis(survey, ["a", "b", "c", "d"])
    assert [item.name for item in told if item.probably_reversed] == ["c"]
    assert told[2].alpha_without > cronbach_alpha(survey).value


def test_two_measures_of_one_thing_have_a_ratio_of_one():
    same = htmt(np.full((4, 4), 0.5) + 0.5 * np.eye(4), {"a": [0, 1], "b": [2, 3]})
    assert same == {("a", "b"): pytest.approx(1.0)}


@pytest.mark.parametrize(
    ("items", "refusal"),
    [
        ([], NoRatings),
        ([[1, 2], [3, np.nan]], NotFinite),
        ([[1, 2], [3, np.inf]], NotFinite),
        ([[1], [2]], TooFewItems),
        ([[1, 2]], TooFewRespondents),
        ([[1, 2], [3, 2]], ConstantColumn),
        ([[1, -1], [2, -2], [3, -3]], NothingInCommon),
        ([1, 2, 3], BrokenContract),
    ],
)
def test_answers_that_carry_no_alpha_are_refused(items, refusal):
    with pytest.raises(refusal):
        cronbach_alpha(items)


def test_other_refusals_name_the_fact():
    with pytest.raises(TooFewItems, match="3 are needed"):
        mcdonald_omega([[1, 2], [2, 3], [3, 3]])
    with pytest.raises(NothingInCommon, match="combination"):
        one_factor(np.ones((3, 3)))
    with pytest.raises(BrokenContract, match="symmetric"):
        one_factor([[1, 0.2, 0], [0.5, 1, 0], [0, 0, 1]])
    with pytest.raises(BrokenContract, match="outside -1 to 1"):
        composite_reliability([1.2, 0.5])
    with pytest.raises(LengthsDiffer):
        omega_from_loadings([0.8, 0.7], [0.36])
    with pytest.raises(BrokenContract, match="uniqueness"):
        omega_from_loadings([0.8], [-0.1])
    with pytest.raises(NothingInCommon):
        omega_from_loadings([0.0], [0.0])
    with pytest.raises(NothingInCommon, match="does not vary"):
        rho_a([0, 0], [[1, 0.5], [0.5, 1]])
    with pytest.raises(NothingInCommon, match="all the weight"):
        rho_a([1, 0], [[1, 0.5], [0.5, 1]])
    with pytest.raises(LengthsDiffer):
        rho_a([1, 1, 1], [[1, 0.5], [0.5, 1]])
    with pytest.raises(TooFewItems):
        htmt(CORRELATIONS, {"a": [0], "b": [1, 2]})
    with pytest.raises(BrokenContract, match="not among"):
        htmt(CORRELATIONS, {"a": [0, 9], "b": [1, 2]})
    with pytest.raises(NothingInCommon):
        htmt(np.eye(4), {"a": [0, 1], "b": [2, 3]})


# seminr, tests/testthat/test-consistent.R and test-reliability.R (R to 8 and 6 digits).
MOBI = {
    "Image": (["IMAG1", "IMAG2", "IMAG3", "IMAG4", "IMAG5"], 0.722834595427083),
    "Expectation": (["CUEX1", "CUEX2", "CUEX3"], 0.451902555978063),
    "Value": (["PERV1", "PERV2"], 0.823631979352573),
    "Satisfaction": (["CUSA1", "CUSA2", "CUSA3"], 0.779195021918597),
}
MOBI_HTMT = {
    ("Image", "Expectation"): 0.88803042750925,
    ("Image", "Value"): 0.651659392487802,
    ("Image", "Satisfaction"): 0.910100923782741,
    ("Expectation", "Value"): 0.588628982316289,
    ("Expectation", "Satisfaction"): 0.865108193553153,
    ("Value", "Satisfaction"): 0.740808927759395,
}


@pytest.mark.real_data
def test_mobile_phone_customers_as_seminr_sees_them(shared):
    with (shared / "ecsi_mobi" / "mobi.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = [item for items, _ in MOBI.values() for item in items]
    survey = np.array([[float(row[name]) for name in names] for row in rows])
    blocks = {name: [names.index(item) for item in items] for name, (items, _) in MOBI.items()}
    for name, (_, alpha) in MOBI.items():
        found = cronbach_alpha(survey[:, blocks[name]], standardised=True)
        assert found.value == pytest.approx(alpha, abs=1e-12)
        assert found.n == 250
    assert htmt(np.corrcoef(survey.T), blocks) == pytest.approx(MOBI_HTMT, abs=1e-12)
