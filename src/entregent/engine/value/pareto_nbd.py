"""Pareto/NBD: buying at a customer's own pace until leaving at any moment, unseen.

Schmittlein, Morrison and Colombo 1987, "Counting Your Customers: Who Are They and What Will They
Do Next?", Management Science 33(1), 1-24; likelihood as in Fader and Hardie 2005, "A Note on
Deriving the Pareto/NBD Model and Related Expressions".

The published likelihood holds a Gaussian hypergeometric function, in one form for alpha >= beta
and another for alpha < beta. Both are the same integral over the moment of leaving,

    s * integral from tx to T of (alpha + u)^-(r + x) (beta + u)^-(s + 1) du,

which is computed here by Gauss-Legendre quadrature: one form for all parameters, and the gradient
comes from the same nodes. In the variable log(min(alpha, beta) + u) the integrand is smooth, and
cut where it has fallen by e^-32, so that 20 nodes give about 10 digits.
"""

from dataclasses import astuple, dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln

from entregent.engine.value.errors import NoRepeatPurchases
from entregent.engine.value.histories import (
    PurchaseHistories,
    enough_customers,
    grouped,
    systematic_sample,
)
from entregent.engine.value.maximum_likelihood import Fit, LogLikelihood, fitted, highest
from entregent.engine.value.settings import FEWEST_CUSTOMERS, positive, times

Floats = NDArray[np.float64]
NAMES = ("r", "alpha", "s", "beta")
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
FALLEN = 32.0  # the integrand is cut where its logarithm has fallen by so much
CHUNK = 1_024  # rows at a time: with 20 nodes each, they stay in the processor's cache
SAMPLE_ROWS = 4_000  # on which a large fit begins; the fit itself uses every row


@dataclass(frozen=True, slots=True)
class ParetoNbd:
    """Rates of purchase ~ gamma(r, alpha); rates of leaving ~ gamma(s, beta).

    r, s have no unit; alpha and beta are in the unit of the times that the model was fitted on.
    """

    r: float
    alpha: float
    s: float
    beta: float

    def __post_init__(self) -> None:
        positive(**{name: getattr(self, name) for name in NAMES})

    def log_likelihood(self, histories: PurchaseHistories) -> float:
        """Log likelihood of all customers of the histories."""
        return likelihood(grouped(histories))(np.array(astuple(self)))[0]

    def probability_alive(self, histories: PurchaseHistories) -> Floats:
        """Probability, shape (rows,), that the customer has not left by the end of observation."""
        silence = _silence(histories, self.r, self.alpha, self.s, self.beta)
        stayed = silence.stayed()
        return stayed / (stayed + silence.left())

    def expected_purchases(self, time: float | Floats) -> Floats:
        """Repeat purchases expected of a new customer within `time` after the first one."""
        lifetime = _expected_lifetime(self.s, self.beta, times(time))
        return np.asarray(self.r / self.alpha * lifetime)

    def expected_purchases_of(self, histories: PurchaseHistories, time: float) -> Floats:
        """Purchases expected of each customer within `time` after the end of observation."""
        pace = (self.r + histories.repeat_purchases) / (self.alpha + histories.age)
        lifetime = _expected_lifetime(self.s, self.beta + histories.age, times(time))
        return pace * lifetime * self.probability_alive(histories)

    def probability_of_buying(self, histories: PurchaseHistories, time: float) -> Floats:
        """Probability of at least one purchase within `time` after the end of observation.

        Someone alive at the end of observation is a new customer of the model whose parameters
        have learnt from the history; silence is that customer's history without repeat purchase.
        """
        age = histories.age
        silence = _Silence(
            self.r + histories.repeat_purchases,
            self.alpha + age,
            self.s,
            self.beta + age,
            np.zeros_like(age),
            np.broadcast_to(times(time), age.shape),
        )
        quiet = silence.stayed() + silence.left()
        return (1 - quiet) * self.probability_alive(histories)

    def simulated(self, ages: Floats, generator: np.random.Generator) -> PurchaseHistories:
        """Histories of as many new customers as there are ages, drawn from the model."""
        age = times(ages)
        rate = generator.gamma(self.r, 1 / self.alpha, age.size)
        leaving = generator.gamma(self.s, 1 / self.beta, age.size)
        with np.errstate(divide="ignore", over="ignore"):  # a rate of zero never leaves
            lifetime = np.minimum(age, generator.standard_exponential(age.size) / leaving)
        x = generator.poisson(rate * lifetime).astype(np.float64)
        # The last of x moments drawn evenly over the lifetime.
        latest = generator.random(age.size) ** (1 / np.maximum(x, 1))
        return PurchaseHistories(x, np.where(x > 0, lifetime * latest, 0), age, np.ones(age.size))


def fit_pareto_nbd(histories: PurchaseHistories) -> Fit[ParetoNbd]:
    """Fit Pareto/NBD by maximum likelihood.

    histories: one row per customer, or per group of equal customers.
    Returns r, s, and alpha, beta in the unit of the times, each positive, with standard errors
    from the observed information. Caution: `not_converged`, frequent where few customers leave
    (s and beta then grow together without bound).
    Raises TooFewCustomers below 10, NoRepeatPurchases when nobody bought twice.
    Source: Schmittlein, Morrison and Colombo 1987, Management Science 33(1), 1-24.

    >>> model = ParetoNbd(r=0.5534, alpha=10.5802, s=0.6061, beta=11.6562)
    >>> round(float(model.expected_purchases(52.0)), 4)
    1.4731
    """
    rows = grouped(histories)
    customers = rows.customer_count
    enough_customers(customers, FEWEST_CUSTOMERS)
    if not (rows.repeat_purchases > 0).any():
        raise NoRepeatPurchases(customers)

    mean_age = float(rows.customers @ rows.age) / customers
    purchases = float(rows.customers @ rows.repeat_purchases)
    scaled = rows.in_units_of(mean_age)
    sample = systematic_sample(scaled, SAMPLE_ROWS)
    top = highest(
        likelihood(scaled),
        np.array([1.0, customers / purchases, 1.0, 1.0]),
        customers,
        rough=None if sample is scaled else likelihood(sample),
    ).in_units(np.array([1.0, mean_age, 1.0, mean_age]), purchases * np.log(mean_age))
    return fitted(ParetoNbd(*map(float, top.parameters)), NAMES, top, customers)


def likelihood(rows: PurchaseHistories) -> LogLikelihood:
    """Log likelihood and gradient in (r, alpha, s, beta) over grouped histories."""
    counts, place = np.unique(rows.repeat_purchases, return_inverse=True)
    customers_by_count = np.bincount(place, weights=rows.customers)
    n = float(rows.customers.sum())

    def at(parameters: Floats) -> tuple[float, Floats]:
        r, alpha, s, beta = parameters
        value = float(
            customers_by_count @ gammaln(r + counts)
            + n * (r * np.log(alpha) + s * np.log(beta) - gammaln(r))
        )
        gradient = np.array(
            [
                customers_by_count @ digamma(r + counts) + n * (np.log(alpha) - digamma(r)),
                n * r / alpha,
                n * np.log(beta),
                n * s / beta,
            ]
        )
        for first in range(0, len(rows), CHUNK):
            part = rows.rows(slice(first, first + CHUNK))
            log_mean, slope = _log_mean_over_leaving(_silence(part, r, alpha, s, beta))
            value += float(part.customers @ log_mean)
            gradient += slope @ part.customers
        return value, gradient

    return at


def _silence(
    histories: PurchaseHistories, r: float, alpha: float, s: float, beta: float
) -> "_Silence":
    same = np.ones_like(histories.age)
    return _Silence(
        r + histories.repeat_purchases,
        alpha * same,
        s,
        beta * same,
        histories.age_at_last_purchase,
        histories.age,
    )


@dataclass(frozen=True, slots=True)
class _Silence:
    """The time from each last purchase to the end, with what is known of the customer by then.

    paced: r + x.  alpha, beta, last, end: shape (rows,) like paced.
    """

    paced: Floats
    alpha: Floats
    s: float
    beta: Floats
    last: Floats
    end: Floats

    def rows(self, part: slice) -> "_Silence":
        return _Silence(
            self.paced[part],
            self.alpha[part],
            self.s,
            self.beta[part],
            self.last[part],
            self.end[part],
        )

    def stayed(self) -> Floats:
        """Chance to stay and buy nothing, over certainty at the last purchase."""
        quiet = self.paced * (np.log(self.alpha + self.end) - np.log(self.alpha + self.last))
        there = self.s * (np.log(self.beta + self.end) - np.log(self.beta + self.last))
        return np.asarray(np.exp(-quiet - there))

    def left(self) -> Floats:
        """Chance to have bought nothing before leaving, over certainty at the last purchase."""
        chances = np.empty_like(self.last)
        for first in range(0, self.last.size, CHUNK):
            part = slice(first, first + CHUNK)
            chances[part] = _leaving(self.rows(part)).density.sum(axis=1)
        return self.s * chances / (self.beta + self.last)


class _Leaving(NamedTuple):
    """Quadrature over the moment of leaving u; every array has shape (rows, nodes).

    density: of silence until u and leaving then, over (alpha + last)^-paced
    (beta + last)^-(s + 1), times the weight of the node.
    """

    moment: Floats
    log_pace: Floats
    log_leave: Floats
    density: Floats


def _leaving(silence: _Silence) -> _Leaving:
    paced, last, s = silence.paced, silence.last, silence.s
    base = np.minimum(silence.alpha, silence.beta)
    cut = np.minimum(silence.end, _fallen(silence.alpha, last, paced))
    cut = np.minimum(cut, _fallen(silence.beta, last, np.full_like(paced, s + 1)))
    low, high = np.log(base + last), np.log(base + np.maximum(cut, last))
    half = ((high - low) / 2)[:, None]
    place = low[:, None] + half * (1 + NODES)
    moment = np.maximum(np.exp(place) - base[:, None], 0.0)
    log_pace = np.log(silence.alpha[:, None] + moment)
    log_leave = np.log(silence.beta[:, None] + moment)
    log_density = (
        paced[:, None] * (np.log(silence.alpha + last)[:, None] - log_pace)
        + (s + 1) * (np.log(silence.beta + last)[:, None] - log_leave)
        + place
    )
    return _Leaving(moment, log_pace, log_leave, np.exp(log_density) * (half * WEIGHTS))


def _fallen(offset: Floats, last: Floats, power: Floats) -> Floats:
    """The moment when (offset + u)^-power is e^-32 of what it is at the last purchase."""
    growth = np.exp(np.minimum(FALLEN / power, 500.0))
    return np.asarray((offset + last) * growth - offset)


def _log_mean_over_leaving(silence: _Silence) -> tuple[Floats, Floats]:
    """Logarithm of the likelihood's bracket, shape (rows,), and its gradient, (4, rows)."""
    alpha, beta, end, s = silence.alpha, silence.beta, silence.end, silence.s
    at = _leaving(silence)
    stayed = silence.stayed()
    density = at.density / (beta + silence.last)[:, None]
    left = density.sum(axis=1)
    bracket = stayed + s * left
    by_pace = stayed / (alpha + end) + s * (density / (alpha[:, None] + at.moment)).sum(axis=1)
    by_leave = (density / (beta[:, None] + at.moment)).sum(axis=1)
    slope = np.array(
        [
            -np.log(alpha + end) * stayed - s * (density * at.log_pace).sum(axis=1),
            -silence.paced * by_pace,
            -np.log(beta + end) * stayed + left - s * (density * at.log_leave).sum(axis=1),
            -s * (stayed / (beta + end) + (s + 1) * by_leave),
        ]
    )
    scale = -silence.paced * np.log(alpha + silence.last) - s * np.log(beta + silence.last)
    return np.log(bracket) + scale, slope / bracket


def _expected_lifetime(s: float, beta: float | Floats, t: Floats) -> Floats:
    """Time expected before leaving, at most t, from rates of leaving ~ gamma(s, beta)."""
    log_share = np.log(beta) - np.log(beta + t)
    if abs(s - 1) < 1e-9:
        return np.asarray(-beta * log_share)
    return np.asarray(-beta * np.expm1((s - 1) * log_share) / (s - 1))
