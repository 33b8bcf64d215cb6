"""Gamma-Gamma: what a purchase of each customer is worth on average.

Fader and Hardie 2013, "The Gamma-Gamma Model of Monetary Value"; Fader, Hardie and Lee 2005,
"RFM and CLV: Using Iso-Value Curves for Customer Base Analysis", J. Marketing Research 42(4).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, gammaln

from entregent.engine.arrays import side_by_side
from entregent.engine.errors import NotFinite
from entregent.engine.value.cautions import Caution
from entregent.engine.value.errors import ImpossibleHistory, NegativeSpend, NoRepeatPurchases
from entregent.engine.value.histories import enough_customers
from entregent.engine.value.maximum_likelihood import Fit, LogLikelihood, fitted, highest
from entregent.engine.value.settings import FEWEST_CUSTOMERS, positive

Floats = NDArray[np.float64]
NAMES = ("p", "q", "v")
CORRELATION_TO_DOUBT = 0.3  # proposed: the model takes frequency and value as independent


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """Values of one customer ~ gamma(p, nu); nu of the customers ~ gamma(q, v).

    p and q have no unit; v is in the currency of the values.
    """

    p: float
    q: float
    v: float

    def __post_init__(self) -> None:
        positive(**{name: getattr(self, name) for name in NAMES})

    @property
    def population_mean(self) -> float:
        """Mean value of a purchase over all customers; infinite when q is at most 1."""
        return self.p * self.v / (self.q - 1) if self.q > 1 else float("inf")

    def expected_value(self, purchases: ArrayLike, mean_value: ArrayLike) -> Floats:
        """Mean value expected of each customer's purchases, shape (customers,).

        purchases: repeat purchases; mean_value: their mean value. Whoever has none is given the
        population mean. NaN where the model has no mean to give (p x + q at most 1).
        """
        x, mean = checked_values(purchases, mean_value)
        weight = self.p * x + self.q - 1
        spent = np.where(x > 0, x * mean, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(weight > 0, self.p * (self.v + spent) / weight, np.nan)


def fit_gamma_gamma(purchases: ArrayLike, mean_value: ArrayLike) -> Fit[GammaGamma]:
    """Fit Gamma-Gamma by maximum likelihood on customers with repeat purchases of some value.

    purchases: shape (customers,), repeat purchases; mean_value: their mean value, in one currency.
    Customers without repeat purchase, or whose purchases are worth zero, tell nothing here and
    are left out; n counts the others.
    Returns p, q (no unit) and v (currency), each positive, with standard errors from the observed
    information. Cautions: `not_converged`; `frequency_value_correlation` above 0.3 either way,
    since the model holds only where value does not depend on frequency; `infinite_mean` when q is
    at most 1.
    Raises NegativeSpend, NotFinite, ImpossibleHistory, NoRepeatPurchases, TooFewCustomers below 10.
    Source: Fader and Hardie 2013, equation 1a.

    >>> round(GammaGamma(p=6.25, q=3.74, v=15.44).population_mean, 1)
    35.2
    """
    x, mean = checked_values(purchases, mean_value)
    told = (x > 0) & (mean > 0)
    if not told.any():
        raise NoRepeatPurchases(x.size)
    x, mean = x[told], mean[told]
    enough_customers(x.size, FEWEST_CUSTOMERS, "customers with repeat purchases")

    centre = float(np.exp(np.log(mean).mean()))
    top = highest(likelihood(x, mean / centre), np.array([2.0, 3.0, 1.0]), x.size).in_units(
        np.array([1.0, 1.0, centre]), x.size * np.log(centre)
    )
    fit = fitted(GammaGamma(*map(float, top.parameters)), NAMES, top, x.size)
    return replace(fit, cautions=fit.cautions + _doubts(x, mean, fit.model))


def likelihood(purchases: Floats, mean_value: Floats) -> LogLikelihood:
    """Log likelihood and gradient in (p, q, v) over customers with repeat purchases."""
    counts, place = np.unique(purchases, return_inverse=True)
    customers = np.bincount(place).astype(np.float64)
    spent = purchases * mean_value
    log_spent = np.log(spent)
    constant = float(log_spent.sum() - np.log(purchases).sum())
    total_log_spent = float(purchases @ log_spent)
    n = purchases.size

    def at(parameters: Floats) -> tuple[float, Floats]:
        p, q, v = parameters
        shape = p * counts
        log_all = np.log(v + spent)
        value = (
            customers @ (gammaln(shape + q) - gammaln(shape))
            + n * (q * np.log(v) - gammaln(q))
            + p * total_log_spent
            - constant
            - p * float(purchases @ log_all)
            - q * float(log_all.sum())
        )
        share = 1 / (v + spent)
        gradient = np.array(
            [
                (customers * counts) @ (digamma(shape + q) - digamma(shape))
                + total_log_spent
                - purchases @ log_all,
                customers @ digamma(shape + q) + n * (np.log(v) - digamma(q)) - log_all.sum(),
                n * q / v - p * float(purchases @ share) - q * float(share.sum()),
            ]
        )
        return float(value), gradient

    return at


def checked_values(purchases: ArrayLike, mean_value: ArrayLike) -> tuple[Floats, Floats]:
    """Both as arrays of one length; a mean value of no purchase counts as zero.

    Raises LengthsDiffer, NotFinite, NegativeSpend, ImpossibleHistory.
    """
    x = np.asarray(purchases, dtype=np.float64).reshape(-1)
    mean = np.asarray(mean_value, dtype=np.float64).reshape(-1)
    side_by_side(purchases=x, mean_value=mean)
    mean = np.where((x == 0) & np.isnan(mean), 0.0, mean)
    if not (np.isfinite(x).all() and np.isfinite(mean).all()):
        raise NotFinite("NaN or infinity stands among the purchases and their values")
    if (x < 0).any() or (x != np.floor(x)).any():
        raise ImpossibleHistory("purchases are counted in whole numbers from zero")
    if (mean < 0).any():
        raise NegativeSpend(int((mean < 0).sum()))
    return x, mean


def _doubts(x: Floats, mean: Floats, model: GammaGamma) -> tuple[Caution, ...]:
    doubts = []
    if np.ptp(x) > 0 and np.ptp(mean) > 0:
        correlation = float(np.corrcoef(x, mean)[0, 1])
        if abs(correlation) > CORRELATION_TO_DOUBT:
            doubts.append(
                Caution(
                    "frequency_value_correlation",
                    f"number and value of purchases correlate at {correlation:.2f}; "
                    "the model takes them as independent",
                )
            )
    if model.q <= 1:
        doubts.append(
            Caution("infinite_mean", f"q is {model.q:.3g}: the mean over all customers is infinite")
        )
    return tuple(doubts)
