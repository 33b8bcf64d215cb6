"""Key drivers: how much of what explains satisfaction each driver carries.

The figures share out R2 among predictors that overlap. They describe association, not cause.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any, Literal

import ibis.expr.types as ir
import numpy as np
from numpy.typing import ArrayLike, NDArray

from entregent.engine.arrays import finite_matrix, finite_vector, side_by_side
from entregent.engine.errors import (
    BrokenContract,
    Collinear,
    ConstantColumn,
    NoRatings,
    NotFinite,
    TooFewRespondents,
    UnknownOption,
)
from entregent.engine.estimates import Estimate, percentile_interval
from entregent.engine.surveys.answers import given, not_finite, require

EXACT_UP_TO = 15  # predictors; beyond, orders are sampled
ORDERS = 10_000  # sampled orders, half of them the other half reversed
ORDERS_RESAMPLED = 200
HIGH_VIF = 5.0
# A predictor this well explained by the others (VIF of a hundred million) is their combination.
COLLINEAR_TOLERANCE = 1e-8
RESAMPLED_CELLS = 4_000_000  # numbers held at once while resampling
SUBSETS_AT_ONCE = 1 << 20

Method = Literal["lmg", "johnson"]
METHODS = ("lmg", "johnson")


@dataclass(frozen=True, slots=True)
class Driver:
    """One predictor.

    importance: part of R2 that it carries, 0 to 1; parts sum to R2.
    share: the same in percent of R2.
    correlation: with the outcome, alone. beta: standardised slope among the others.
    suppressor: correlation and beta have opposite signs, so what it carries is not what it seems.
    vif: variance inflation, 1 when nothing overlaps; from 5 the overlap makes parts uncertain.
    sampling_error: of the sampled orders, 0 when the parts are exact.
    """

    name: str
    importance: Estimate
    share: float
    correlation: float
    beta: float
    vif: float
    suppressor: bool
    sampling_error: float


@dataclass(frozen=True, slots=True)
class DriverReport:
    """Drivers, most important first, with what they explain together.

    r2: of the regression, 0 to 1. resamples: those the intervals rest on; dropped: those that had
    to be left out because drivers coincided in them. warnings: facts a reader must know.
    """

    method: str
    r2: Estimate
    drivers: tuple[Driver, ...]
    resamples: int
    dropped: int
    warnings: tuple[str, ...]


def lmg(predictors: ArrayLike, outcome: ArrayLike) -> NDArray[np.float64]:
    """Shapley or LMG parts of R2: each predictor's gain averaged over all orders of entry. Exact.

    predictors: shape (p, p), correlations between predictors, p up to 15.
    outcome: shape (p,), their correlations with the outcome.
    Returns shape (p,), parts of R2 that sum to it, none below 0.
    Raises Collinear, BrokenContract beyond 15 predictors or on what is no correlation matrix.
    Source: Lindeman, Merenda and Gold 1980; Grömping 2006, Journal of Statistical Software 17(1).

    >>> np.round(lmg([[1, 0.5], [0.5, 1]], [0.6, 0.4]), 4).tolist()
    [0.2867, 0.0867]
    """
    among, with_outcome = _correlations(predictors, outcome)
    if len(among) > EXACT_UP_TO:
        raise BrokenContract(
            f"{len(among)} predictors are too many for all orders; sample them (up to {EXACT_UP_TO})"
        )
    parts: NDArray[np.float64] = _exact_parts(_bordered(among, with_outcome)[None])[0]
    return parts


def sampled_lmg(
    predictors: ArrayLike, outcome: ArrayLike, *, orders: int = ORDERS, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """LMG parts over a sample of orders of entry, for more predictors than all orders allow.

    As `lmg`; half of the orders are the other half reversed, which steadies the average.
    Returns the parts, which still sum to R2 exactly, and their standard errors of sampling.

    >>> parts, errors = sampled_lmg([[1, 0.5], [0.5, 1]], [0.6, 0.4], orders=100)
    >>> np.round(parts, 4).tolist(), bool(errors.max() < 1e-12)
    ([0.2867, 0.0867], True)
    """
    among, with_outcome = _correlations(predictors, outcome)
    if orders < 4:
        raise BrokenContract(f"{orders} orders; at least 4 are needed")
    gains = _sampled_gains(_bordered(among, with_outcome), _orders(len(among), orders, seed))
    return gains.mean(axis=0), gains.std(axis=0, ddof=1) / np.sqrt(len(gains))


def johnson_weights(predictors: ArrayLike, outcome: ArrayLike) -> NDArray[np.float64]:
    """Johnson's relative weights: parts of R2 through the closest uncorrelated stand-ins.

    As `lmg`, for any number of predictors; close to it as a rule, and much cheaper.
    Source: Johnson 2000, Multivariate Behavioral Research 35(1), 1-19 (the same as Genizi 1993).

    >>> np.round(johnson_weights([[1, 0.5], [0.5, 1]], [0.6, 0.4]), 4).tolist()
    [0.2867, 0.0867]
    """
    among, with_outcome = _correlations(predictors, outcome)
    parts: NDArray[np.float64] = _johnson_parts(_bordered(among, with_outcome)[None])[0]
    return parts


def key_drivers(
    predictors: ArrayLike,
    outcome: ArrayLike,
    names: Sequence[str],
    *,
    method: Method = "lmg",
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> DriverReport:
    """Each driver's part of what explains the outcome, with bootstrap intervals and warnings.

    predictors: shape (respondents, p). outcome: shape (respondents,). names: one per predictor.
    LMG is exact up to 15 predictors; beyond, it is sampled over 10,000 orders of entry
    (Driver.sampling_error says what that costs), and resamples use 200 of them, shifted by what
    those 200 miss on the answers themselves.
    Intervals resample respondents and are percentiles; as parts cannot be below 0, an interval
    that nearly touches 0 is what a driver without effect looks like.
    Raises NoRatings, NotFinite, LengthsDiffer, TooFewRespondents (p + 2 at least), ConstantColumn,
    Collinear, UnknownOption.

    >>> draw = np.random.default_rng(0)
    >>> quality, price = draw.normal(size=(2, 300))
    >>> report = key_drivers(np.column_stack([quality, price]), 2 * quality + price, ["q", "p"])
    >>> [driver.name for driver in report.drivers], round(report.r2.value, 6)
    (['q', 'p'], 1.0)
    """
    columns = _side_by_side(predictors, outcome, names)
    n = len(columns)
    correlations = np.atleast_2d(np.corrcoef(columns.T))
    draws = _resampled_correlations(columns, resamples, np.random.default_rng(seed))
    interval = Resampling("bootstrap percentile", draws, resamples, seed, confidence)
    return _report(correlations, n, names, method, interval)


def key_drivers_from_correlations(
    correlations: ArrayLike,
    n: int,
    names: Sequence[str],
    *,
    method: Method = "lmg",
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> DriverReport:
    """As `key_drivers`, when only the correlations are at hand (large tables, published ones).

    correlations: shape (p + 1, p + 1), the outcome last. n: respondents behind them.
    Intervals draw correlation matrices from the Wishart distribution, as if the answers were
    normal: somewhat too sure where answers pile up at one end of the scale.

    >>> report = key_drivers_from_correlations([[1, .5, .6], [.5, 1, .4], [.6, .4, 1]], 250,
    ...                                        ["quality", "price"])
    >>> report.drivers[0].name, round(report.drivers[0].importance.value, 4)
    ('quality', 0.2867)
    """
    matrix = finite_matrix(correlations, "correlations")
    if matrix.shape != (len(names) + 1, len(names) + 1):
        raise BrokenContract(f"{len(names)} names and the outcome ask a matrix of that size")
    if n < len(names) + 2:
        raise TooFewRespondents(n, len(names) + 2)
    draws = _wishart_correlations(matrix, n, resamples, np.random.default_rng(seed))
    interval = Resampling("Wishart percentile", draws, resamples, seed, confidence)
    return _report(matrix, n, names, method, interval)


def correlations_of(table: ir.Table, columns: Sequence[str]) -> tuple[NDArray[np.float64], int]:
    """Correlations between the columns of a table, and the rows they rest on, on any engine.

    Rows where one of the columns is null are left out. Two passes: means first, then products of
    centred columns, so that large values lose nothing.
    Raises MissingColumns, NoRatings, TooFewRespondents below two, NotFinite, ConstantColumn.

    >>> import ibis
    >>> table = ibis.memtable({"quality": [1, 2, 3], "overall": [2, 4, 6]})
    >>> correlations_of(table, ["quality", "overall"])[0].round(6).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    require(table, columns, "predictors")
    values = table.select(**{name: table[name].cast("float64") for name in columns})
    complete = values.filter([given(values[name]) for name in columns])
    means, n = _means(complete, columns)
    centred = complete.select(**{name: complete[name] - means[name] for name in columns})
    pairs = [(i, j) for i in range(len(columns)) for j in range(i + 1)]
    products = _only_row(
        centred.aggregate(
            **{f"p{i}_{j}": (centred[columns[i]] * centred[columns[j]]).sum() for i, j in pairs}
        )
    )
    covariances = np.empty((len(columns), len(columns)))
    for i, j in pairs:
        covariances[i, j] = covariances[j, i] = products[f"p{i}_{j}"]
    spread = np.sqrt(np.diag(covariances))
    scale = np.array([abs(means[name]) for name in columns])
    constant = [
        name
        for name, s, m in zip(columns, spread, scale, strict=True)
        if s <= 1e-12 * max(m, 1e-300)
    ]
    if constant:
        raise ConstantColumn(constant)
    return covariances / np.outer(spread, spread), n


def key_drivers_of(
    table: ir.Table,
    predictors: Sequence[str],
    outcome: str,
    *,
    method: Method = "lmg",
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> DriverReport:
    """As `key_drivers_from_correlations`, on the columns of a table of any size.

    >>> import ibis
    >>> table = ibis.memtable({"quality": [1, 2, 3, 4, 5], "price": [2, 1, 4, 3, 6],
    ...                        "overall": [1, 2, 3, 5, 5]})
    >>> key_drivers_of(table, ["quality", "price"], "overall").drivers[0].name
    'quality'
    """
    correlations, n = correlations_of(table, [*predictors, outcome])
    return key_drivers_from_correlations(
        correlations,
        n,
        predictors,
        method=method,
        resamples=resamples,
        seed=seed,
        confidence=confidence,
    )


# ---------------------------------------------------------------- parts of R2, many matrices at once
# A bordered matrix holds the predictors' correlations and, last, the outcome's. Batches of them
# come first: shape (batch, p + 1, p + 1).


def _unexplained(bordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the outcome's variance left by every subset of predictors: shape (batch, 2 ** p).

    Predictors enter one after the other; each doubles the subsets, half of them without it (its
    row and column are dropped) and half with it (its part is swept out of what remains). Later
    matrices are many but tiny, so the whole costs about as much as the last predictor.
    """
    batch, size, _ = bordered.shape
    remaining = bordered[:, None]
    for _ in range(size - 1):
        rest = remaining[:, :, 1:, 1:]
        column = remaining[:, :, 1:, 0]
        pivot = remaining[:, :, 0, 0]
        swept = rest - column[..., :, None] * (column / pivot[..., None])[..., None, :]
        remaining = np.stack([rest, swept], axis=2).reshape(batch, -1, *rest.shape[2:])
    return np.asarray(remaining[:, :, 0, 0])


def _exact_parts(bordered: NDArray[np.float64]) -> NDArray[np.float64]:
    p = bordered.shape[1] - 1
    at_once = max(1, SUBSETS_AT_ONCE >> p)
    starts = range(0, len(bordered), at_once)
    parts = [_all_orders(bordered[start : start + at_once]) for start in starts]
    return np.concatenate(parts) if parts else np.empty((0, p))


def _all_orders(bordered: NDArray[np.float64]) -> NDArray[np.float64]:
    batch, p = len(bordered), bordered.shape[1] - 1
    explained = 1 - _unexplained(bordered)
    sizes = np.bitwise_count(np.arange(2 ** (p - 1))).astype(np.intp)
    chance = np.array([1 / (p * comb(p - 1, size)) for size in range(p)])[sizes]
    # Subset number: the first predictor is its highest bit.
    by_predictor = explained.reshape(batch, *(2,) * p)
    parts = np.empty((batch, p))
    for place in range(p):
        halves = np.moveaxis(by_predictor, place + 1, 1).reshape(batch, 2, -1)
        parts[:, place] = (halves[:, 1] - halves[:, 0]) @ chance
    return parts


def _orders(p: int, orders: int, seed: int) -> NDArray[np.intp]:
    drawn = np.random.default_rng(seed).permuted(np.tile(np.arange(p), (orders // 2, 1)), axis=1)
    return np.stack([drawn, drawn[:, ::-1]])


def _sampled_gains(bordered: NDArray[np.float64], orders: NDArray[np.intp]) -> NDArray[np.float64]:
    """Gains in R2 per predictor, averaged over each order and its reverse: (orders / 2, p)."""
    p = bordered.shape[0] - 1
    among, with_outcome = bordered[:p, :p], bordered[:p, p]
    gains = np.empty((2, orders.shape[1], p))
    for half, drawn in enumerate(orders):
        lower = np.linalg.cholesky(among[drawn[:, :, None], drawn[:, None, :]])
        steps = np.linalg.solve(lower, with_outcome[drawn][..., None])[..., 0] ** 2
        np.put_along_axis(gains[half], drawn, steps, axis=1)
    return np.asarray(gains.mean(axis=0))


def _johnson_parts(bordered: NDArray[np.float64]) -> NDArray[np.float64]:
    p = bordered.shape[1] - 1
    values, vectors = np.linalg.eigh(bordered[:, :p, :p])
    root = (vectors * np.sqrt(values)[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    slopes = np.linalg.solve(root, bordered[:, :p, p:])
    return np.asarray((root**2 @ slopes**2)[..., 0])


# ---------------------------------------------------------------- the report


@dataclass(frozen=True, slots=True)
class Resampling:
    """Where the intervals come from: correlation matrices of respondents who might have been."""

    name: str
    draws: Iterator[NDArray[np.float64]]
    resamples: int
    seed: int
    confidence: float

    def around(self, value: float, draws: NDArray[np.float64], n: int) -> Estimate:
        if len(draws) < 2:
            return Estimate(float(value), None, n, None, None, self.confidence, "no resamples")
        low, high = percentile_interval(draws, confidence=self.confidence)
        error = float(draws.std(ddof=1))
        return Estimate(float(value), error, n, float(low), float(high), self.confidence, self.name)


def _report(
    correlations: NDArray[np.float64],
    n: int,
    names: Sequence[str],
    method: Method,
    interval: Resampling,
) -> DriverReport:
    p = len(names)
    _refuse_collinear(correlations[:p, :p], names)
    parts_of, errors = _parts_by(method, p, interval.seed)
    parts, sampling = errors(correlations)
    # What the resamples' few orders miss on the answers themselves: nothing where parts are exact.
    missed = parts - parts_of(correlations[None])[0]
    drawn = [parts_of(batch[_apart(batch)]) + missed for batch in interval.draws]
    resampled = np.concatenate(drawn) if drawn else np.empty((0, p))
    r2 = float(parts.sum())
    inverse = np.linalg.inv(correlations[:p, :p])
    betas, vifs = inverse @ correlations[:p, p], np.diag(inverse)
    drivers = [
        Driver(
            name,
            interval.around(parts[k], resampled[:, k], n),
            100 * float(parts[k]) / r2 if r2 > 0 else 0.0,
            float(correlations[k, p]),
            float(betas[k]),
            float(vifs[k]),
            bool(betas[k] * correlations[k, p] < 0),
            float(sampling[k]),
        )
        for k, name in enumerate(names)
    ]
    dropped = interval.resamples - len(resampled)
    return DriverReport(
        method,
        interval.around(r2, resampled.sum(axis=1), n),
        tuple(sorted(drivers, key=lambda driver: -driver.importance.value)),
        len(resampled),
        dropped,
        tuple(_warnings(drivers, n, dropped)),
    )


Parts = Callable[[NDArray[np.float64]], NDArray[np.float64]]
WithError = Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]


def _parts_by(method: Method, p: int, seed: int) -> tuple[Parts, WithError]:
    """How to find the parts of a batch of matrices, and those of one with their sampling error."""
    if method not in METHODS:
        raise UnknownOption("method", method, METHODS)
    if method == "lmg" and p > EXACT_UP_TO:
        orders = _orders(p, ORDERS, seed)
        few = orders[:, : ORDERS_RESAMPLED // 2]

        def sampled(batch: NDArray[np.float64]) -> NDArray[np.float64]:
            parts = [_sampled_gains(matrix, few).mean(axis=0) for matrix in batch]
            return np.array(parts).reshape(-1, p)

        def with_error(
            matrix: NDArray[np.float64],
        ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            gains = _sampled_gains(matrix, orders)
            return gains.mean(axis=0), gains.std(axis=0, ddof=1) / np.sqrt(len(gains))

        return sampled, with_error
    exact = _exact_parts if method == "lmg" else _johnson_parts
    return exact, lambda matrix: (exact(matrix[None])[0], np.zeros(p))


def _warnings(drivers: Sequence[Driver], n: int, dropped: int) -> Iterator[str]:
    for driver in drivers:
        if driver.suppressor:
            yield (
                f"{driver.name} goes with the outcome one way ({driver.correlation:+.2f}) and "
                f"against it among the others ({driver.beta:+.2f}): a suppressor"
            )
    inflated = [driver.name for driver in drivers if driver.vif >= HIGH_VIF]
    if inflated:
        yield f"{', '.join(inflated)} overlap strongly with the others (VIF from {HIGH_VIF:g})"
    if n < 10 * len(drivers):
        yield f"{n} respondents for {len(drivers)} drivers: fewer than ten each"
    if dropped:
        yield f"{dropped} resamples were left out because drivers coincided in them"


# ---------------------------------------------------------------- resampling


def _resampled_correlations(
    columns: NDArray[np.float64], resamples: int, draw: np.random.Generator
) -> Iterator[NDArray[np.float64]]:
    """Correlations of resampled respondents, some resamples at a time.

    Rows are sorted first, so that the same answers in another order give the same resamples.
    """
    ordered = columns[np.lexsort(columns.T[::-1])]
    centred = (ordered - ordered.mean(axis=0)) / ordered.std(axis=0)
    n, width = centred.shape
    up = np.triu_indices(width)
    products = centred[:, up[0]] * centred[:, up[1]]
    at_once = max(1, min(resamples, RESAMPLED_CELLS // n))
    for start in range(0, resamples, at_once):
        batch = min(at_once, resamples - start)
        picks = draw.integers(n, size=(batch, n)) + n * np.arange(batch)[:, None]
        times = np.bincount(picks.ravel(), minlength=batch * n).reshape(batch, n).astype(np.float64)
        means = times @ centred / n
        moments = np.empty((batch, width, width))
        moments[:, up[0], up[1]] = moments[:, up[1], up[0]] = times @ products / n
        yield _standardised(moments - means[:, :, None] * means[:, None, :])


def _wishart_correlations(
    correlations: NDArray[np.float64], n: int, resamples: int, draw: np.random.Generator
) -> Iterator[NDArray[np.float64]]:
    """Bartlett's decomposition: a Wishart draw from normal and chi-square numbers, no data rows."""
    width = len(correlations)
    values, vectors = np.linalg.eigh(correlations)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    lower = np.tril(draw.normal(size=(resamples, width, width)), -1)
    diagonal = np.sqrt(draw.chisquare(n - 1 - np.arange(width), size=(resamples, width)))
    lower[:, np.arange(width), np.arange(width)] = diagonal
    half = root @ lower
    yield _standardised(half @ np.swapaxes(half, 1, 2))


def _standardised(covariances: NDArray[np.float64]) -> NDArray[np.float64]:
    variances = np.diagonal(covariances, axis1=1, axis2=2)
    spread = np.sqrt(np.where(variances > 1e-12, variances, np.nan))
    return covariances / spread[:, :, None] / spread[:, None, :]


def _apart(batch: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which matrices have predictors that can be told apart (a constant one shows as NaN)."""
    among = batch[:, :-1, :-1]
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(batch).all(axis=(1, 2)))
    apart = finite.copy()
    apart[finite] = np.linalg.eigvalsh(among[finite])[:, 0] > COLLINEAR_TOLERANCE
    return apart


# ---------------------------------------------------------------- what is refused


def _side_by_side(
    predictors: ArrayLike, outcome: ArrayLike, names: Sequence[str]
) -> NDArray[np.float64]:
    drivers, target = finite_matrix(predictors, "predictors"), finite_vector(outcome, "outcome")
    n = side_by_side(predictors=drivers, outcome=target)
    if drivers.shape[1] != len(names):
        raise BrokenContract(f"{len(names)} names for {drivers.shape[1]} predictors")
    if n < len(names) + 2:
        raise TooFewRespondents(n, len(names) + 2)
    columns = np.column_stack([drivers, target])
    constant = [
        name
        for name, spread in zip([*names, "the outcome"], np.ptp(columns, axis=0), strict=True)
        if spread == 0
    ]
    if constant:
        raise ConstantColumn(constant)
    return columns


def _correlations(
    predictors: ArrayLike, outcome: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    among = finite_matrix(predictors, "correlations")
    with_outcome = finite_vector(outcome, "correlations with the outcome")
    side_by_side(predictors=among, outcome=with_outcome)
    if among.shape[0] != among.shape[1] or not np.allclose(among, among.T, atol=1e-8):
        raise BrokenContract("correlations between predictors are not a symmetric matrix")
    if not np.allclose(np.diag(among), 1, atol=1e-8):
        raise BrokenContract("correlations between predictors do not have 1 on the diagonal")
    _refuse_collinear(among, [f"predictor {place + 1}" for place in range(len(among))])
    if with_outcome @ np.linalg.solve(among, with_outcome) > 1 + 1e-8:
        raise BrokenContract("the correlations cannot stand together: R2 would exceed 1")
    return among, with_outcome


def _refuse_collinear(among: NDArray[np.float64], names: Sequence[str]) -> None:
    values, vectors = np.linalg.eigh(among)
    if values[0] <= COLLINEAR_TOLERANCE:
        together = np.flatnonzero(np.abs(vectors[:, 0]) > 1e-3).tolist()
        raise Collinear([names[place] for place in together])


def _bordered(among: NDArray[np.float64], with_outcome: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.block([[among, with_outcome[:, None]], [with_outcome[None], np.ones((1, 1))]])


def _means(complete: ir.Table, columns: Sequence[str]) -> tuple[dict[str, float], int]:
    sums: dict[str, Any] = {"n": complete.count()}
    for name in columns:
        value = complete[name]
        sums[f"odd {name}"] = not_finite(value).sum()
        sums[f"mean {name}"] = value.mean()
    row = _only_row(complete.aggregate(**sums))
    if not row["n"]:
        raise NoRatings("complete rows")
    odd = [name for name in columns if row[f"odd {name}"]]
    if odd:
        raise NotFinite(f"{', '.join(odd)} hold values that are not a number or are infinite")
    if row["n"] < 2:
        raise TooFewRespondents(row["n"], 2)
    return {name: float(row[f"mean {name}"]) for name in columns}, int(row["n"])


def _only_row(table: ir.Table) -> dict[str, Any]:
    row: dict[str, Any] = table.to_pyarrow().to_pylist()[0]
    return row
