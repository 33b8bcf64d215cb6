"""BG/NBD: buying at a customer's own pace until leaving after some purchase.

Fader, Hardie and Lee 2005, "Counting Your Customers the Easy Way: An Alternative to the
Pareto/NBD Model", Marketing Science 24(2), 275-284.
"""

from dataclasses import astuple, dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, digamma, gammaln, hyp2f1

from entregent.engine.value.cautions import Caution
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
NAMES = ("r", "alpha", "a", "b")
SAMPLE_ROWS = 20_000  # on which a large fit begins; the fit itself uses every row
CHUNK = 16_384  # rows at a time, so that the work arrays stay in the processor's cache


@dataclass(frozen=True, slots=True)
class BgNbd:
    """Rates of purchase ~ gamma(r, alpha); chance to leave after a purchase ~ beta(a, b).

    r, a, b have no unit; alpha is in the unit of the times that the model was fitted on.
    """

    r: float
    alpha: float
    a: float
    b: float

    def __post_init__(self) -> None:
        positive(**{name: getattr(self, name) for name in NAMES})

    def log_likelihood(self, histories: PurchaseHistories) -> float:
        """Log likelihood of all customers of the histories."""
        return likelihood(grouped(histories))(np.array(astuple(self)))[0]

    def probability_alive(self, histories: PurchaseHistories) -> Floats:
        """Probability, shape (rows,), that the customer has not left; 1 without repeat purchase.

        A customer can only leave after a repeat purchase in this model, so that someone who
        never came back counts as alive: use Pareto/NBD where that matters.
        """
        return 1 / (1 + np.exp(_log_odds_of_having_left(self, histories)))

    def expected_purchases(self, time: float | Floats) -> Floats:
        """Repeat purchases expected of a new customer within `time` after the first one."""
        t = times(time)
        return _expected(self.r, self.alpha, self.a, self.b, np.asarray(t, dtype=np.float64))

    def expected_purchases_of(self, histories: PurchaseHistories, time: float) -> Floats:
        """Purchases expected of each customer within `time` after the end of observation."""
        x = histories.repeat_purchases
        alive = _expected(
            self.r + x,
            self.alpha + histories.age,
            self.a,
            self.b + x,
            times(time),
        )
        return np.asarray(alive * self.probability_alive(histories))

    def probability_of_buying(self, histories: PurchaseHistories, time: float) -> Floats:
        """Probability of at least one purchase within `time` after the end of observation."""
        base = self.alpha + histories.age
        quiet = (self.r + histories.repeat_purchases) * (np.log(base) - np.log(base + times(time)))
        return np.asarray(-np.expm1(quiet) * self.probability_alive(histories))

    def probability_of_count(self, purchases: NDArray[np.int_], time: float) -> Floats:
        """Probability of exactly so many repeat purchases of a new customer within `time`."""
        x = np.asarray(purchases, dtype=np.float64)
        r, alpha, a, b = astuple(self)
        t = float(times(time))
        wait, share = alpha / (alpha + t), t / (alpha + t)
        stayed = np.exp(betaln(a, b + x) - betaln(a, b)) * _negative_binomial(r, wait, share, x)
        most = int(x.max(initial=0))
        below = np.concatenate(
            ([0.0], np.cumsum(_negative_binomial(r, wait, share, np.arange(most, dtype=float))))
        )
        left = np.exp(betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b))
        return np.asarray(stayed + np.where(x > 0, left * (1 - below[x.astype(int)]), 0.0))

    def simulated(self, ages: Floats, generator: np.random.Generator) -> PurchaseHistories:
        """Histories of as many new customers as there are ages, drawn from the model."""
        age = times(ages)
        rate = generator.gamma(self.r, 1 / self.alpha, age.size)
        leaving = generator.beta(self.a, self.b, age.size)
        x, last = np.zeros(age.size), np.zeros(age.size)
        active = np.arange(age.size)
        while active.size:
            with np.errstate(divide="ignore", over="ignore"):  # a rate of zero never comes back
                waited = generator.standard_exponential(active.size) / rate[active]
            bought = last[active] + waited
            within = bought <= age[active]
            active = active[within]
            x[active] += 1
            last[active] = bought[within]
            active = active[generator.random(active.size) >= leaving[active]]
        return PurchaseHistories(x, last, age, np.ones(age.size))


def fit_bg_nbd(histories: PurchaseHistories) -> Fit[BgNbd]:
    """Fit BG/NBD by maximum likelihood.

    histories: one row per customer, or per group of equal customers.
    Returns r, alpha (unit of the times), a and b, each positive, with standard errors from the
    observed information. Cautions: `not_converged`; `alive_without_repeat`, the share of customers
    whom the model calls alive for certain because they never came back.
    Raises TooFewCustomers below 10, NoRepeatPurchases when nobody bought twice.
    Source: Fader, Hardie and Lee 2005, Marketing Science 24(2), equations 6 to 10.

    >>> model = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> round(float(model.expected_purchases(39.0)), 2)
    1.2
    """
    rows = grouped(histories)
    customers = rows.customer_count
    enough_customers(customers, FEWEST_CUSTOMERS)
    again = rows.repeat_purchases > 0
    if not again.any():
        raise NoRepeatPurchases(customers)

    mean_age = float(rows.customers @ rows.age) / customers
    purchases = float(rows.customers @ rows.repeat_purchases)
    scaled = rows.in_units_of(mean_age)
    sample = systematic_sample(scaled, SAMPLE_ROWS)
    top = highest(
        likelihood(scaled),
        np.array([1.0, customers / purchases, 1.0, 2.0]),
        customers,
        rough=None if sample is scaled else likelihood(sample),
    ).in_units(np.array([1.0, mean_age, 1.0, 1.0]), purchases * np.log(mean_age))
    fit = fitted(BgNbd(*map(float, top.parameters)), NAMES, top, customers)
    once = float(rows.customers[~again].sum())
    return replace(fit, cautions=fit.cautions + _alive_without_repeat(round(once), customers))


def likelihood(rows: PurchaseHistories) -> LogLikelihood:
    """Log likelihood and gradient in (r, alpha, a, b) over grouped histories."""
    counts, place = np.unique(rows.repeat_purchases, return_inverse=True)
    customers_by_count = np.bincount(place, weights=rows.customers)
    again = rows.repeat_purchases > 0
    came_back, stopped = rows.rows(again), rows.rows(~again)
    place = place[again]

    def at(parameters: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = parameters
        n = customers_by_count.sum()
        value = float(
            customers_by_count @ (gammaln(r + counts) + betaln(a, b + counts))
            - n * (gammaln(r) + betaln(a, b) - r * np.log(alpha))
        )
        gradient = np.array(
            [
                customers_by_count @ digamma(r + counts) - n * (digamma(r) - np.log(alpha)),
                n * r / alpha,
                n * digamma(a + b) - customers_by_count @ digamma(a + b + counts),
                customers_by_count @ (digamma(b + counts) - digamma(a + b + counts))
                - n * (digamma(b) - digamma(a + b)),
            ]
        )
        waited = np.log(alpha + stopped.age)
        value -= r * float(stopped.customers @ waited)
        gradient[0] -= stopped.customers @ waited
        gradient[1] -= r * float(stopped.customers @ (1 / (alpha + stopped.age)))

        log_a = np.log(a)
        log_stays = np.log(b + counts - 1, where=counts > 0, out=np.zeros_like(counts))
        for first in range(0, len(came_back), CHUNK):
            part = slice(first, first + CHUNK)
            weight, index = came_back.customers[part], place[part]
            x = came_back.repeat_purchases[part]
            until_end = alpha + came_back.age[part]
            until_last = alpha + came_back.age_at_last_purchase[part]
            log_end = np.log(until_end)
            silence = log_end - np.log(until_last)
            left = np.exp(log_a - log_stays[index] + (r + x) * silence)
            gone = weight * (left / (1 + left))
            paced = r + x
            value += float(weight @ (np.log1p(left) - paced * log_end))
            by_end, by_last = paced / until_end, paced / until_last
            gradient[0] += gone @ silence - weight @ log_end
            gradient[1] += gone @ (by_end - by_last) - weight @ by_end
            gradient[2] += gone.sum() / a
            gradient[3] -= gone @ (1 / (b - 1 + x))
        return value, gradient

    return at


def _log_odds_of_having_left(model: BgNbd, histories: PurchaseHistories) -> Floats:
    x = histories.repeat_purchases
    silence = np.log(model.alpha + histories.age) - np.log(
        model.alpha + histories.age_at_last_purchase
    )
    odds = np.log(model.a) - np.log(model.b + np.maximum(x, 1) - 1) + (model.r + x) * silence
    return np.where(x > 0, np.minimum(odds, 700.0), -np.inf)


def _expected(
    r: Floats | float, alpha: Floats | float, a: float, b: Floats | float, t: Floats
) -> Floats:
    """Purchases in t of someone alive."""
    if abs(a - 1) < 1e-5:  # 0/0 at a = 1: the mean of both sides is right to the second order
        return (_expected(r, alpha, 1 - 2e-5, b, t) + _expected(r, alpha, 1 + 2e-5, b, t)) / 2
    z, log_wait = t / (alpha + t), np.log(alpha) - np.log(alpha + t)
    # Euler's transformation exchanges r for a - 1; the smaller of the two keeps 2F1 from
    # overflowing, for customers of many purchases as for models where hardly anybody leaves.
    whole = a + b - 1
    exchanged = np.asarray(r) > a
    first = np.where(exchanged, whole - r, r)
    second = np.where(exchanged, a - 1, b)
    power = np.where(exchanged, a - 1, r)
    return np.asarray(
        whole / (a - 1) * (1 - np.exp(power * log_wait) * hyp2f1(first, second, whole, z))
    )


def _negative_binomial(r: float, wait: float, share: float, x: Floats) -> Floats:
    log_ways = gammaln(r + x) - gammaln(r) - gammaln(x + 1)
    return np.asarray(np.exp(log_ways + r * np.log(wait)) * share**x)


def _alive_without_repeat(once: int, customers: int) -> tuple[Caution, ...]:
    if not once:
        return ()
    return (
        Caution(
            "alive_without_repeat",
            f"{once} of {customers} customers never bought again; "
            "BG/NBD calls each of them alive with probability 1",
        ),
    )
