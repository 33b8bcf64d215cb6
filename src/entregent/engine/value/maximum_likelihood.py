"""Maximum likelihood for models whose parameters are all positive, with what to doubt of it.

The climb is in the logarithms of the parameters, with the model's own gradient. The observed
information is the central difference of that gradient, so that standard errors need no second
derivatives, and its last Newton steps make the optimum exact.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import ndtri

from entregent.engine.estimates import Estimate
from entregent.engine.value.cautions import Caution

Floats = NDArray[np.float64]
Model = TypeVar("Model")

# log likelihood and its gradient at natural (positive) parameters
LogLikelihood = Callable[[Floats], tuple[float, Floats]]

# Bounds of a parameter's logarithm. Callers measure time and money in their own mean, so that
# beyond these the likelihood is flat: gamma(1,800, .) is as good as one rate for everybody.
LOWEST, HIGHEST = -10.0, 7.5
GRADIENT_TOLERANCES = (1e-3, 1e-7)  # of the mean log likelihood: Newton may begin; at the worst
NEWTON_TOLERANCE = 1e-12  # log likelihood that the last step still gains, over all customers
SAME_CURVATURE = 1e-5  # steps that gain less than this leave the information as it is
ROUNDING = 1e-12  # of the log likelihood
MOST_NEWTON_STEPS = 20
MOST_WIDTH = 46.0  # half an interval, in natural logarithms: twenty powers of ten
DIFFERENCE = 1e-4  # step of the central difference in a parameter's logarithm


@dataclass(frozen=True, slots=True)
class Fit(Generic[Model]):
    """A fitted model, its doubt and its cautions.

    estimates: each parameter with standard error (observed information, delta method to the
    natural scale) and an interval that is symmetric in the logarithm, so never below zero.
    covariance: of the parameters on the natural scale, in the order of `estimates`; NaN where the
    likelihood has no single top.
    converged: the gradient vanishes at a top of the likelihood.
    """

    model: Model
    estimates: Mapping[str, Estimate]
    covariance: Floats
    log_likelihood: float
    customers: int
    converged: bool
    cautions: tuple[Caution, ...]

    @property
    def parameters(self) -> Floats:
        return np.array([estimate.value for estimate in self.estimates.values()])


@dataclass(frozen=True, slots=True)
class Top:
    """Where a likelihood is highest, as far as it could be climbed."""

    parameters: Floats
    log_likelihood: float
    covariance: Floats
    converged: bool

    def in_units(self, units: Floats, log_density: float) -> "Top":
        """The same top with each parameter in its unit; the density loses what its unit gains."""
        return Top(
            self.parameters * units,
            self.log_likelihood - log_density,
            self.covariance * np.outer(units, units),
            self.converged,
        )


def highest(
    log_likelihood: LogLikelihood,
    start: Floats,
    customers: float,
    *,
    rough: LogLikelihood | None = None,
) -> Top:
    """Climb from `start`; with `rough`, a cheaper likelihood of similar shape, climb that first."""
    with np.errstate(
        all="ignore"
    ):  # far from the top a trial step may overflow; it is then refused
        place = np.log(start)
        curvature = np.eye(place.size)
        if rough is not None:
            place = np.log(highest(rough, start, customers).parameters)
            curvature = _inverse(_information(rough, place) / customers, curvature)
        for tolerance in GRADIENT_TOLERANCES:
            place = _climbed(log_likelihood, place, customers, curvature, tolerance)
            top = _polished(log_likelihood, place)
            if top.converged:
                break
        return top


def fitted(model: Model, names: tuple[str, ...], top: Top, customers: int) -> Fit[Model]:
    """The top as a fit, with a caution where the likelihood has no single one."""
    errors = np.sqrt(np.diag(top.covariance))
    estimates = {
        name: positive_estimate(float(value), float(error), customers)
        for name, value, error in zip(names, top.parameters, errors, strict=True)
    }
    cautions: tuple[Caution, ...] = ()
    if not top.converged:
        cautions = (
            Caution(
                "not_converged",
                "the likelihood has no single top that could be reached; "
                "the parameters describe these customers badly or cannot be told apart",
            ),
        )
    return Fit(
        model, estimates, top.covariance, top.log_likelihood, customers, top.converged, cautions
    )


def positive_estimate(
    value: float, standard_error: float, n: int, confidence: float = 0.95
) -> Estimate:
    """An estimate whose interval is symmetric in the logarithm."""
    width = ndtri((1 + confidence) / 2) * standard_error / value if value > 0 else np.inf
    # An interval over more than twenty orders of magnitude each way says nothing.
    if not width < MOST_WIDTH:
        return Estimate(value, None, n, confidence=confidence, method="none: no information")
    spread = float(np.exp(width))
    return Estimate(
        value,
        standard_error,
        n,
        low=value / spread,
        high=value * spread,
        confidence=confidence,
        method="Wald on the log scale",
    )


def _climbed(
    log_likelihood: LogLikelihood,
    place: Floats,
    customers: float,
    curvature: Floats,
    tolerance: float,
) -> Floats:
    def downhill(where: Floats) -> tuple[float, Floats]:
        value, gradient = _at(log_likelihood, where)
        if not np.isfinite(value) or not np.isfinite(gradient).all():
            return np.inf, np.zeros_like(where)
        return -value / customers, -gradient / customers

    climbed = minimize(
        downhill,
        place,
        jac=True,
        method="BFGS",
        options={"gtol": tolerance, "hess_inv0": curvature},
    )
    return np.clip(climbed.x, LOWEST, HIGHEST)


def _polished(log_likelihood: LogLikelihood, place: Floats) -> Top:
    value, gradient = _at(log_likelihood, place)
    information = _information(log_likelihood, place)
    converged = False
    for _ in range(MOST_NEWTON_STEPS):
        if converged or not _positive_definite(information):
            break
        try:
            step = np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError:  # positive definite by rounding only
            break
        gain = float(gradient @ step) / 2
        tried_value, tried_gradient = _at(log_likelihood, place + step)
        if not tried_value >= value - ROUNDING * abs(value):
            break
        place, value, gradient = place + step, tried_value, tried_gradient
        if gain > SAME_CURVATURE:
            information = _information(log_likelihood, place)
        converged = gain < NEWTON_TOLERANCE and bool(
            place.min() > LOWEST + 0.5 and place.max() < HIGHEST - 0.5
        )
    parameters = np.exp(place)
    covariance = np.full_like(information, np.nan)
    if converged:
        covariance = np.linalg.inv(information) * np.outer(parameters, parameters)
    return Top(parameters, value, covariance, converged)


def _at(log_likelihood: LogLikelihood, place: Floats) -> tuple[float, Floats]:
    """Value and gradient in the logarithms of the parameters."""
    inside = np.clip(place, LOWEST, HIGHEST)
    parameters = np.exp(inside)
    value, gradient = log_likelihood(parameters)
    return value, np.where(inside == place, gradient * parameters, 0.0)


def _information(log_likelihood: LogLikelihood, place: Floats) -> Floats:
    rows = []
    for step in np.eye(place.size) * DIFFERENCE:
        above, below = _at(log_likelihood, place + step)[1], _at(log_likelihood, place - step)[1]
        rows.append((below - above) / (2 * DIFFERENCE))
    square = np.array(rows)
    return (square + square.T) / 2


def _inverse(information: Floats, otherwise: Floats) -> Floats:
    if not _positive_definite(information):
        return otherwise
    inverse = np.linalg.inv(information)
    return (inverse + inverse.T) / 2


def _positive_definite(square: Floats) -> bool:
    return bool(np.isfinite(square).all() and np.linalg.eigvalsh(square)[0] > 0)
