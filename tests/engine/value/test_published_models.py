"""The models of buying against what their authors and the packages of reference print."""

import numpy as np
import pytest

from entregent.engine.value.bg_bb import BgBb, fit_bg_bb, occasion_histories
from entregent.engine.value.bg_nbd import BgNbd, fit_bg_nbd
from entregent.engine.value.gamma_gamma import GammaGamma, fit_gamma_gamma
from entregent.engine.value.histories import purchase_histories
from entregent.engine.value.pareto_nbd import ParetoNbd, fit_pareto_nbd


@pytest.fixture(scope="module")
def bg_nbd(cdnow_histories):
    return fit_bg_nbd(cdnow_histories)


@pytest.fixture(scope="module")
def pareto_nbd(cdnow_histories):
    return fit_pareto_nbd(cdnow_histories)


@pytest.fixture(scope="module")
def gamma_gamma(cdnow):
    return fit_gamma_gamma(cdnow["x"], cdnow["zbar"])


@pytest.fixture(scope="module")
def bg_bb(donations):
    return fit_bg_bb(donations)


def test_bg_nbd_finds_the_published_parameters_of_cdnow(bg_nbd):
    assert bg_nbd.parameters.round(3).tolist() == [0.243, 4.414, 0.793, 2.426]
    assert bg_nbd.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    assert bg_nbd.converged
    assert bg_nbd.customers == 2357


def test_the_published_bg_nbd_has_the_published_likelihood(cdnow_histories):
    published = BgNbd(0.243, 4.414, 0.793, 2.426)
    assert published.log_likelihood(cdnow_histories) == pytest.approx(-9582.429, abs=0.005)


def test_bg_nbd_expects_the_published_purchases_of_a_new_customer(bg_nbd):
    weeks = np.array([1 / 7, 1.0, 3.0, 31 + 6 / 7, 32.0, 78.0])
    published = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576]
    assert bg_nbd.model.expected_purchases(weeks) == pytest.approx(published, abs=0.0004)


def test_bg_nbd_expects_the_published_purchases_of_a_known_customer(bg_nbd):
    known = purchase_histories([2], [30.43], [38.86])
    assert bg_nbd.model.expected_purchases_of(known, 39.0)[0] == pytest.approx(1.226, abs=5e-4)
    assert bg_nbd.model.probability_alive(known)[0] == pytest.approx(0.7266, abs=5e-5)


def test_bg_nbd_gives_the_published_share_without_repeat_purchase():
    published = BgNbd(0.243, 4.414, 0.793, 2.426)
    none = published.probability_of_count(np.array([0]), 39.0)[0]
    assert none == pytest.approx(0.5737864, abs=5e-8)


def test_pareto_nbd_finds_the_published_parameters_of_cdnow(pareto_nbd):
    assert pareto_nbd.parameters == pytest.approx([0.553, 10.578, 0.606, 11.669], rel=5e-4)
    assert pareto_nbd.log_likelihood == pytest.approx(-9594.976, abs=0.005)
    assert pareto_nbd.converged


def test_pareto_nbd_foretells_as_published():
    # The published parameters are rounded to four decimals, hence the tolerance.
    published = ParetoNbd(0.5534, 10.5802, 0.6061, 11.6562)
    assert published.expected_purchases(52.0) == pytest.approx(1.473434, rel=3e-4)
    # The published age at the last purchase, 30.86 weeks, is 216 days.
    best = purchase_histories([26], [216 / 7], [31])
    assert published.probability_alive(best)[0] == pytest.approx(0.997874, abs=1e-6)
    assert published.expected_purchases_of(best, 52.0)[0] == pytest.approx(25.45647, rel=2e-4)


def test_pareto_nbd_expects_the_published_purchases_of_the_first_weeks(pareto_nbd):
    # Printed from a fit on another cut of CDNOW; lifetimes itself holds them to 0.01.
    published = [0, 0.05077821, 0.09916088, 0.14542507, 0.1897893]
    published += [0.23247466, 0.27361274, 0.31335159, 0.35181024, 0.38909211]
    weeks = np.arange(10.0)
    assert pareto_nbd.model.expected_purchases(weeks) == pytest.approx(published, abs=0.003)


def test_gamma_gamma_finds_the_published_parameters_of_cdnow(gamma_gamma):
    assert gamma_gamma.parameters == pytest.approx([6.25, 3.74, 15.44], rel=2e-3)
    assert gamma_gamma.log_likelihood == pytest.approx(-4055.92, abs=0.005)
    assert gamma_gamma.customers == 946
    assert gamma_gamma.cautions == ()


def test_gamma_gamma_expects_the_published_values(cdnow):
    published = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    model = GammaGamma(6.25, 3.74, 15.44)
    expected = model.expected_value(cdnow["x"][:10], cdnow["zbar"][:10])
    assert expected == pytest.approx(published, abs=0.1)
    assert model.population_mean == pytest.approx(35.2, abs=0.05)


def test_bg_bb_finds_the_published_parameters_of_the_donors(bg_bb, donations):
    assert bg_bb.parameters.round(3) == pytest.approx([1.204, 0.750, 0.657, 2.783], abs=1.1e-3)
    assert bg_bb.log_likelihood == pytest.approx(-33225.58, abs=0.005)
    assert bg_bb.customers == 11_104
    assert len(donations.purchases) == 22


def test_bg_bb_foretells_the_donors_as_published(donations):
    published = BgBb(1.204, 0.750, 0.657, 2.783)
    donors = occasion_histories([0, 2, 6], [0, 4, 6], 6)
    assert published.probability_alive(donors).round(2).tolist() == [0.11, 0.59, 0.93]
    expected = published.expected_purchases_of(donors, 5)
    assert expected[[0, 2]] == pytest.approx([0.073, 3.752], abs=0.001)


def test_bg_bb_foretells_the_gifts_of_the_next_five_years(bg_bb, donations):
    total = bg_bb.model.expected_purchases_of(donations, 5) @ donations.customers
    assert total == pytest.approx(12_884.2, abs=0.1)
