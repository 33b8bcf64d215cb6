"""Customer lifetime value: purchases to come, times what each is worth, discounted."""

from dataclasses import astuple, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from entregent.engine.arrays import side_by_side
from entregent.engine.estimates import Estimate, normal_quantile
from entregent.engine.value.cautions import Caution
from entregent.engine.value.errors import OutOfRange
from entregent.engine.value.gamma_gamma import GammaGamma
from entregent.engine.value.histories import PurchaseHistories
from entregent.engine.value.maximum_likelihood import Fit
from entregent.engine.value.settings import between, positive

Floats = NDArray[np.float64]
STEP = 1e-3  # of the central difference in a parameter's logarithm


class BuyingModel(Protocol):
    """What BG/NBD and Pareto/NBD both answer."""

    def probability_alive(self, histories: PurchaseHistories) -> Floats: ...
    def expected_purchases(self, time: float | Floats) -> Floats: ...
    def expected_purchases_of(self, histories: PurchaseHistories, time: float) -> Floats: ...
    def probability_of_buying(self, histories: PurchaseHistories, time: float) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far ahead value is counted, and what waiting costs.

    periods: how many. period_length: in the unit of the models' times (52 / 12 weeks a month).
    discount_rate: per period. margin: share of revenue that the firm keeps, up to 1.
    Purchases of a period are counted at its end.
    """

    periods: int = 12
    period_length: float = 52 / 12
    discount_rate: float = 0.0
    margin: float = 1.0

    def __post_init__(self) -> None:
        if self.periods < 1:
            raise OutOfRange(f"{self.periods} periods; at least one is needed")
        positive(period_length=self.period_length, margin=self.margin)
        between(0, 1, discount_rate=self.discount_rate, margin=self.margin)


@dataclass(frozen=True, slots=True)
class LifetimeValues:
    """Value of each customer over the horizon, in the currency of the values, shape (rows,).

    standard_error, low, high: the doubt of the models' parameters (delta method, symmetric in the
    logarithm): how well the *mean* of customers with this history is known. What one person will
    really do scatters far more widely.
    total: the worth of all customers of the histories, with the same doubt.
    """

    value: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    expected_purchases: Floats
    expected_value_per_purchase: Floats
    probability_alive: Floats
    total: Estimate
    cautions: tuple[Caution, ...]


def customer_lifetime_value(
    buying: Fit[Any],
    spending: Fit[GammaGamma],
    histories: PurchaseHistories,
    mean_repeat_value: ArrayLike,
    *,
    horizon: Horizon | None = None,
    confidence: float = 0.95,
) -> LifetimeValues:
    """Discounted value of the purchases that each customer is expected to make.

    buying: a fitted BG/NBD or Pareto/NBD.  spending: a fitted Gamma-Gamma.
    histories: one row per customer, or per group of equal ones.
    mean_repeat_value: shape (rows,), mean value of repeat purchases; ignored without any.
    horizon: twelve months of 52 / 12 weeks, no discount, full margin where left out.
    Returns values with intervals at `confidence`; NaN bounds where a fit did not converge.
    Cautions are those of both fits.
    Raises LengthsDiffer, NegativeSpend, NotFinite, OutOfRange.
    Source: Fader, Hardie and Lee 2005, J. Marketing Research 42(4), 415-430.

    >>> from entregent.engine.value.bg_nbd import BgNbd, fit_bg_nbd
    >>> from entregent.engine.value.gamma_gamma import fit_gamma_gamma
    >>> generator = np.random.default_rng(1)
    >>> base = BgNbd(0.8, 6, 0.9, 3).simulated(np.full(500, 50.0), generator)
    >>> spent = generator.gamma(5, 4, 500)
    >>> buying = fit_bg_nbd(base)
    >>> spending = fit_gamma_gamma(base.repeat_purchases, spent)
    >>> worth = customer_lifetime_value(buying, spending, base, spent)
    >>> worth.total.low < worth.total.value < worth.total.high
    True
    """
    ahead = horizon or Horizon()
    spent = np.asarray(mean_repeat_value, dtype=np.float64).reshape(-1)
    side_by_side(histories=histories.age, mean_repeat_value=spent)

    def value_with(bought: BuyingModel, spends: GammaGamma) -> Floats:
        per_purchase = spends.expected_value(histories.repeat_purchases, spent)
        return _discounted_purchases(bought, histories, ahead) * per_purchase * ahead.margin

    value = value_with(buying.model, spending.model)
    slopes = _log_slopes(buying.model, lambda model: value_with(model, spending.model))
    slopes += _log_slopes(spending.model, lambda model: value_with(buying.model, model))
    slope = np.array(slopes)
    covariance = _log_covariance(buying, spending)
    error = np.sqrt(np.einsum("ir,ij,jr->r", slope, covariance, slope))
    whole = slope @ histories.customers
    total = float(histories.customers @ value)
    total_error = float(np.sqrt(whole @ covariance @ whole))
    reach = normal_quantile(confidence)
    low, high = _around(value, error, reach)
    total_low, total_high = _around(np.array([total]), np.array([total_error]), reach)
    return LifetimeValues(
        value,
        error,
        low,
        high,
        buying.model.expected_purchases_of(histories, ahead.periods * ahead.period_length),
        spending.model.expected_value(histories.repeat_purchases, spent),
        buying.model.probability_alive(histories),
        Estimate(
            total,
            total_error if np.isfinite(total_error) else None,
            histories.customer_count,
            float(total_low[0]) if np.isfinite(total_error) else None,
            float(total_high[0]) if np.isfinite(total_error) else None,
            confidence,
            "delta method, log scale",
        ),
        buying.cautions + spending.cautions,
    )


def _discounted_purchases(
    model: BuyingModel, histories: PurchaseHistories, horizon: Horizon
) -> Floats:
    total = np.zeros_like(histories.age)
    before = np.zeros_like(histories.age)
    for period in range(1, horizon.periods + 1):
        after = model.expected_purchases_of(histories, period * horizon.period_length)
        total += (after - before) / (1 + horizon.discount_rate) ** period
        before = after
    return total


def _log_slopes(model: Any, value: Any) -> list[Floats]:
    """Slope of the value in the logarithm of each parameter of the model."""
    slopes = []
    parameters = np.array(astuple(model))
    for place in range(parameters.size):
        factor = np.ones_like(parameters)
        factor[place] = np.exp(STEP)
        above, below = type(model)(*parameters * factor), type(model)(*parameters / factor)
        slopes.append((value(above) - value(below)) / (2 * STEP))
    return slopes


def _log_covariance(buying: Fit[Any], spending: Fit[Any]) -> Floats:
    """Of the logarithms of all parameters; the two models are fitted independently."""
    sizes = buying.parameters.size, spending.parameters.size
    covariance = np.zeros((sum(sizes), sum(sizes)))
    for fit, place in ((buying, slice(0, sizes[0])), (spending, slice(sizes[0], None))):
        covariance[place, place] = fit.covariance / np.outer(fit.parameters, fit.parameters)
    return covariance


def _around(value: Floats, error: Floats, reach: float) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.exp(np.where(value > 0, reach * error / value, 0.0))
    return value / spread, value * spread
