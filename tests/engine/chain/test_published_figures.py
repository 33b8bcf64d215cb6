"""The chain against what SmartPLS, semPLS and seminr print for the mobile-phone survey."""

import csv
import json

import pytest
from tests.engine.real_data import shared, survey

from entregent.engine.chain.criteria import Worry, chain_criteria, refuse_unsound
from entregent.engine.chain.errors import UnsoundChain
from entregent.engine.chain.estimation import estimate_chain
from entregent.engine.chain.models import ECSI, Construct, Mode, PathModel
from entregent.engine.chain.weighting import Scheme

pytestmark = pytest.mark.real_data

SMARTPLS = {
    Scheme.PATH: "pathWeighting",
    Scheme.FACTORIAL: "factorial",
    Scheme.CENTROID: "centroid",
}


@pytest.fixture(scope="module")
def mobi():
    return survey("data/ecsi_mobi/mobi.csv")


@pytest.fixture(scope="module")
def vectors():
    return json.loads(shared("domain/vectors.json").read_text())["ecsi_mobi"]


@pytest.fixture(scope="module")
def small():
    """Image, Expectation and Value → Satisfaction."""
    causes = ("Image", "Expectation", "Value")
    return PathModel(
        tuple(ECSI.construct(name) for name in (*causes, "Satisfaction")),
        tuple((cause, "Satisfaction") for cause in causes),
    )


def smartpls(scheme, what):
    """A table of SmartPLS output: (row, column) → number."""
    file = shared(f"data/ecsi_mobi/smartpls_{SMARTPLS[scheme]}_{what}.txt")
    header, *lines = [line.split("\t") for line in file.read_text().splitlines() if line.strip()]
    return {
        (line[0].strip(), column.strip()): float(cell.strip().replace(",", "."))
        for line in lines
        for column, cell in zip(header[1:], line[1:], strict=False)
        if cell.strip()
    }


def test_path_weighting_gives_the_twelve_published_coefficients_to_four_decimals(mobi, vectors):
    estimate = estimate_chain(mobi, ECSI)
    for arrow, published in vectors["path_scheme_C"].items():
        assert round(estimate.path(*arrow.split("->")), 4) == published


def test_centroid_gives_the_published_coefficients_to_three_decimals(mobi, vectors):
    estimate = estimate_chain(mobi, ECSI, scheme=Scheme.CENTROID)
    for arrow, published in vectors["paths"].items():
        assert estimate.path(*arrow.split("->")) == pytest.approx(published, abs=6e-4)
    for target, published in vectors["total_effects_image"].items():
        assert estimate.total_effect("Image", target) == pytest.approx(published, abs=6e-4)
    for target, published in vectors["r2_centroid_C"].items():
        assert round(estimate.explained(target), 4) == published


@pytest.mark.parametrize("scheme", list(Scheme))
def test_every_table_of_smartpls_is_met(mobi, scheme):
    estimate = estimate_chain(mobi, ECSI, scheme=scheme)
    names, items = ECSI.names, ECSI.items
    paths, totals = smartpls(scheme, "pathCoefficients"), smartpls(scheme, "totalEffects")
    assert len([value for value in paths.values() if value]) == 12
    for (source, target), value in paths.items():
        assert estimate.path(source, target) == pytest.approx(value, abs=6e-4)
    for (source, target), value in totals.items():
        assert estimate.total_effect(source, target) == pytest.approx(value, abs=6e-4)
    for (item, construct), value in smartpls(scheme, "crossLoadings").items():
        loading = estimate.loadings[items.index(item), names.index(construct)]
        assert loading == pytest.approx(value, abs=2e-3)


def test_consistent_pls_matches_seminr_to_eight_digits(mobi, small, vectors):
    published = vectors["small_model_seminr"]["paths"]
    estimate = estimate_chain(mobi, small, scheme=Scheme.FACTORIAL, consistent=True)
    for source, value in published.items():
        assert estimate.path(source, "Satisfaction") == pytest.approx(value, abs=1e-8)


def test_plain_paths_of_the_small_model_are_lower_than_the_consistent_ones(mobi, small):
    estimate = estimate_chain(mobi, small)
    assert estimate.path("Image", "Satisfaction") == pytest.approx(0.447004, abs=1e-6)
    assert estimate.path("Expectation", "Satisfaction") == pytest.approx(0.171830, abs=1e-6)
    assert estimate.path("Value", "Satisfaction") == pytest.approx(0.316425, abs=1e-6)
    assert estimate.explained("Satisfaction") == pytest.approx(0.590603, abs=1e-6)


def test_reliability_matches_seminr_to_six_digits(mobi, small, vectors):
    published = vectors["small_model_seminr"]["reliability"]
    found = {
        part.construct: part for part in chain_criteria(estimate_chain(mobi, small)).reliability
    }
    assert found.keys() == published.keys()
    for construct, figures in published.items():
        part = found[construct]
        assert part.alpha == pytest.approx(figures["alpha"], abs=1e-9)
        assert part.rho_c == pytest.approx(figures["rhoC"], abs=1e-6)
        assert part.ave == pytest.approx(figures["AVE"], abs=1e-6)
        assert part.rho_a == pytest.approx(figures["rhoA"], abs=1e-6)


def test_htmt_matches_seminr(mobi, small, vectors):
    htmt = chain_criteria(estimate_chain(mobi, small)).htmt
    for pair, value in vectors["small_model_seminr"]["htmt"].items():
        one, other = (small.names.index(name) for name in pair.split("-"))
        assert htmt[one, other] == pytest.approx(value, abs=1e-9)


def test_mode_b_matches_seminr(mobi):
    """Quality formed by its items, three causes of Loyalty, one of Expectation."""
    model = PathModel(
        (
            ECSI.construct("Image"),
            ECSI.construct("Expectation"),
            Construct("Quality", ECSI.construct("Quality").items, Mode.B),
            ECSI.construct("Complaints"),
            ECSI.construct("Loyalty"),
        ),
        (
            ("Image", "Expectation"),
            ("Expectation", "Loyalty"),
            ("Quality", "Loyalty"),
            ("Complaints", "Loyalty"),
        ),
    )
    estimate = estimate_chain(mobi, model)
    with shared("data/ecsi_mobi/seminr-mobi-basic-paths.csv").open() as file:
        for row in csv.DictReader(file):
            source = row.pop("")
            for target, value in row.items():
                assert estimate.path(source, target) == pytest.approx(float(value), abs=1e-6)
    with shared("data/ecsi_mobi/seminr-mobi-basic-outer-model.csv").open() as file:
        for row in csv.DictReader(file):
            place = model.items.index(row[""])
            weight = estimate.weights[place].sum()
            assert weight == pytest.approx(float(row["weight"]), abs=1e-6)
            own = estimate.weights[place] != 0
            loading = estimate.loadings[place, own][0]
            assert loading == pytest.approx(float(row["loading"]), abs=1e-6)


def test_the_mobile_phone_chain_is_doubted_and_not_applauded(mobi):
    criteria = chain_criteria(estimate_chain(mobi, ECSI))
    alpha = {part.construct: part.alpha for part in criteria.reliability}
    assert alpha["Expectation"] == pytest.approx(0.452, abs=5e-4)
    assert alpha["Loyalty"] == pytest.approx(0.472, abs=5e-4)
    doubts = {(concern.worry, concern.about): concern for concern in criteria.concerns}
    assert doubts[Worry.UNRELIABLE, ("Expectation",)].threshold == 0.70
    assert doubts[Worry.WEAK_LOADING, ("Loyalty", "CUSL2")].value == pytest.approx(0.20, abs=5e-3)
    for pair, value in (
        (("Quality", "Satisfaction"), 0.954),
        (("Satisfaction", "Loyalty"), 0.957),
        (("Image", "Quality"), 0.929),
    ):
        assert doubts[Worry.NOT_DISTINCT, pair].value == pytest.approx(value, abs=5e-4)


def test_whoever_wants_a_sound_chain_only_is_refused_the_mobile_phone_one(mobi):
    with pytest.raises(UnsoundChain, match=r"Expectation is not reliable: alpha 0\.452"):
        refuse_unsound(estimate_chain(mobi, ECSI))


def test_the_trust_chain_of_the_privacy_survey_runs_end_to_end():
    answers = survey("data/csem_surveys/LancelotMiltgenetal2016.csv")
    model = PathModel(
        (
            Construct("Concern", ("privcon1", "privcon2", "privcon3", "privcon4")),
            Construct("Trust", ("trust1", "trust2")),
            Construct("Risk", ("risk1", "risk2", "risk3")),
            Construct("Intention", ("intent1", "intent2")),
        ),
        (
            ("Concern", "Trust"),
            ("Concern", "Risk"),
            ("Trust", "Risk"),
            ("Trust", "Intention"),
            ("Risk", "Intention"),
        ),
    )
    estimate = estimate_chain(answers, model, consistent=True)
    assert estimate.n == 1090
    assert estimate.path("Trust", "Intention") > 0 > estimate.path("Risk", "Intention")
    worries = {concern.worry for concern in chain_criteria(estimate).concerns}
    assert Worry.UNRELIABLE not in worries


def test_the_switching_survey_runs_end_to_end():
    answers = survey("data/csem_surveys/Switching.csv")
    model = PathModel(
        (
            Construct("Involvement", ("INV1", "INV2", "INV3", "INV4")),
            Construct("Satisfaction", ("SAT1", "SAT2", "SAT3")),
            Construct("Intention to switch", ("INT1", "INT2")),
        ),
        (("Involvement", "Intention to switch"), ("Satisfaction", "Intention to switch")),
    )
    estimate = estimate_chain(answers, model)
    assert estimate.n == 767
    assert estimate.path("Satisfaction", "Intention to switch") < 0
