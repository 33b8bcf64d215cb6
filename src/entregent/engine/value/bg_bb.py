"""BG/BB: buying or not at each of a row of occasions, until leaving unseen.

For giving year after year, renewals, events, cruises: wherever there is one chance to buy per
period. Fader, Hardie and Shang 2010, "Customer-Base Analysis in a Discrete-Time Noncontractual
Setting", Marketing Science 29(6), 1086-1108.
"""

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, digamma

from entregent.engine.arrays import side_by_side
from entregent.engine.errors import NotFinite
from entregent.engine.value.errors import (
    ImpossibleHistory,
    NoCustomers,
    NoRepeatPurchases,
    OutOfRange,
)
from entregent.engine.value.histories import enough_customers
from entregent.engine.value.maximum_likelihood import Fit, LogLikelihood, fitted, highest
from entregent.engine.value.settings import FEWEST_CUSTOMERS, positive

Floats = NDArray[np.float64]
NAMES = ("alpha", "beta", "gamma", "delta")


@dataclass(frozen=True, slots=True)
class OccasionHistories:
    """What BG/BB needs to know of each group of equal customers; four columns of one length.

    purchases: occasions taken, after the one that made the customer.
    last_purchase: number of the last occasion taken, 0 without one.
    occasions: occasions there were.  customers: how many customers share the row.
    """

    purchases: Floats
    last_purchase: Floats
    occasions: Floats
    customers: Floats

    @property
    def customer_count(self) -> int:
        return round(float(self.customers.sum()))


def occasion_histories(
    purchases: ArrayLike,
    last_purchase: ArrayLike,
    occasions: ArrayLike,
    customers: ArrayLike | None = None,
) -> OccasionHistories:
    """The histories, once checked, equal rows merged; occasions may be one number for all.

    Raises NoCustomers when empty, NotFinite, ImpossibleHistory where numbers are not whole, a last
    purchase lies outside the occasions, or purchases do not fit before it.

    >>> occasion_histories([0, 1, 0], [0, 3, 0], 6).customers
    array([2., 1.])
    """
    x, last = (np.asarray(v, dtype=np.float64).reshape(-1) for v in (purchases, last_purchase))
    n = np.broadcast_to(np.asarray(occasions, dtype=np.float64), x.shape)
    counts = np.ones(x.shape) if customers is None else np.asarray(customers, dtype=np.float64)
    side_by_side(purchases=x, last_purchase=last, customers=counts)
    if x.size == 0 or counts.sum() == 0:
        raise NoCustomers
    columns = np.column_stack((x, last, n))
    if not (np.isfinite(columns).all() and np.isfinite(counts).all()):
        raise NotFinite("NaN or infinity stands among the purchase histories")
    if (columns != np.floor(columns)).any() or (columns < 0).any() or (counts < 0).any():
        raise ImpossibleHistory("occasions are counted in whole numbers from zero")
    if (last > n).any():
        raise ImpossibleHistory("a last purchase lies after the last occasion")
    if (x > last).any() or ((x == 0) & (last > 0)).any():
        raise ImpossibleHistory("the purchases do not fit between the first and the last one")
    unique, place = np.unique(columns, axis=0, return_inverse=True)
    merged = np.bincount(place.reshape(-1), weights=counts).astype(np.float64)
    return OccasionHistories(unique[:, 0], unique[:, 1], unique[:, 2], merged)


@dataclass(frozen=True, slots=True)
class BgBb:
    """Chance to buy at an occasion ~ beta(alpha, beta); chance to leave before one ~ beta(gamma, delta)."""

    alpha: float
    beta: float
    gamma: float
    delta: float

    def __post_init__(self) -> None:
        positive(**{name: getattr(self, name) for name in NAMES})

    def log_likelihood(self, histories: OccasionHistories) -> float:
        """Log likelihood of all customers of the histories."""
        return likelihood(histories)(np.array(astuple(self)))[0]

    def probability_alive(self, histories: OccasionHistories, ahead: int = 1) -> Floats:
        """Probability, shape (rows,), to be a customer still at the occasion `ahead` of the last."""
        if ahead < 0:
            raise OutOfRange("an occasion ahead cannot lie behind")
        x, n = histories.purchases, histories.occasions
        bought = betaln(self.alpha + x, self.beta + n - x) - betaln(self.alpha, self.beta)
        stayed = betaln(self.gamma, self.delta + n + ahead) - betaln(self.gamma, self.delta)
        return np.exp(bought + stayed - _log_likelihoods(histories, np.array(astuple(self)))[0])

    def expected_purchases_of(self, histories: OccasionHistories, occasions: int) -> Floats:
        """Purchases expected of each customer over the next `occasions`."""
        if occasions < 0:
            raise OutOfRange("occasions ahead are counted from zero")
        total = np.zeros_like(histories.purchases)
        for ahead in range(1, occasions + 1):
            total += self.probability_alive(histories, ahead)
        taken = (self.alpha + histories.purchases) / (self.alpha + self.beta + histories.occasions)
        return total * taken


def fit_bg_bb(histories: OccasionHistories) -> Fit[BgBb]:
    """Fit BG/BB by maximum likelihood.

    Returns alpha, beta (buying), gamma, delta (leaving), each positive, with standard errors from
    the observed information. Caution: `not_converged`.
    Raises TooFewCustomers below 10, NoRepeatPurchases when nobody bought after the first time.
    Source: Fader, Hardie and Shang 2010, Marketing Science 29(6), equation 7.

    >>> six_years = occasion_histories([0, 6], [0, 6], 6)
    >>> BgBb(1.204, 0.750, 0.657, 2.783).probability_alive(six_years).round(2)
    array([0.11, 0.93])
    """
    customers = histories.customer_count
    enough_customers(customers, FEWEST_CUSTOMERS)
    if not (histories.purchases > 0).any():
        raise NoRepeatPurchases(customers)
    top = highest(likelihood(histories), np.array([1.0, 1.0, 1.0, 2.0]), customers)
    return fitted(BgBb(*map(float, top.parameters)), NAMES, top, customers)


def likelihood(histories: OccasionHistories) -> LogLikelihood:
    """Log likelihood and gradient in (alpha, beta, gamma, delta)."""

    def at(parameters: Floats) -> tuple[float, Floats]:
        values, slopes = _log_likelihoods(histories, parameters)
        return float(histories.customers @ values), slopes @ histories.customers

    return at


def _log_likelihoods(histories: OccasionHistories, parameters: Floats) -> tuple[Floats, Floats]:
    """Each row's log likelihood, shape (rows,), and gradient, (4, rows).

    A sum over the occasion after which the customer left: term 0 is to have stayed to the end,
    the others to have left after the last purchase and i more occasions.
    """
    alpha, beta, gamma, delta = parameters
    x, last, n = (
        column[:, None]
        for column in (histories.purchases, histories.last_purchase, histories.occasions)
    )
    step = np.arange(int((n - last).max(initial=0)) + 1, dtype=np.float64)[None, :]
    stayed = step == 0
    seen = np.where(stayed, n, last + step - 1)  # occasions at which the customer was there
    possible = seen <= n - ~stayed
    seen = np.minimum(seen, n)
    leaves = gamma + ~stayed
    bought, passed = alpha + x + 0 * seen, beta + seen - x
    terms = np.where(
        possible,
        betaln(bought, passed)
        - betaln(alpha, beta)
        + betaln(leaves, delta + seen)
        - betaln(gamma, delta),
        -np.inf,
    )
    most = terms.max(axis=1, keepdims=True)
    share = np.exp(terms - most)
    whole = share.sum(axis=1, keepdims=True)
    share = share / whole
    both, either = digamma(bought + passed), digamma(leaves + delta + seen)
    slopes = np.array(
        [
            (share * (digamma(bought) - both)).sum(axis=1) - digamma(alpha) + digamma(alpha + beta),
            (share * (digamma(passed) - both)).sum(axis=1) - digamma(beta) + digamma(alpha + beta),
            (share * (digamma(leaves) - either)).sum(axis=1)
            - digamma(gamma)
            + digamma(gamma + delta),
            (share * (digamma(delta + seen) - either)).sum(axis=1)
            - digamma(delta)
            + digamma(gamma + delta),
        ]
    )
    return (np.log(whole) + most)[:, 0], slopes
