"""Pareto of causes: the few that make most of the trouble, by count and by cost, and how surely.

The two rankings differ and both are kept. The A set is the smallest number of causes, largest
first, that reaches the share asked (80 % unless told).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ibis.expr.types as ir
import numpy as np
from numpy.typing import ArrayLike, NDArray

from entregent.engine.arrays import finite_vector, side_by_side
from entregent.engine.errors import BrokenContract, NoRatings, NotFinite, UnknownOption
from entregent.engine.surveys.answers import given, not_finite, require

RankBy = Literal["count", "cost"]
RANKINGS = ("count", "cost")


class NegativeCost(BrokenContract):
    """A case costs less than nothing."""


@dataclass(frozen=True, slots=True)
class CauseTally:
    """Cases of one cause: how many, what they cost in all, and the squares of those costs."""

    count: int
    cost: float = 0.0
    cost_squares: float = 0.0


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause in the ranking.

    share, cumulative_share: percent of all cases, or of all cost. in_a_set: among the few.
    stability: percent of resamples in which it is among the few.
    """

    cause: Any
    count: int
    cost: float
    share: float
    cumulative_share: float
    in_a_set: bool
    stability: float


@dataclass(frozen=True, slots=True)
class Pareto:
    """Causes, largest first.

    n: cases. a_set_stability: percent of resamples that give exactly this A set; low when causes
    around the edge are too close to call.
    """

    ranked_by: str
    n: int
    total: float
    causes: tuple[Cause, ...]
    a_set_stability: float
    resamples: int


def pareto(
    causes: Sequence[Hashable] | NDArray[Any],
    costs: ArrayLike | None = None,
    *,
    by: RankBy = "count",
    reach: float = 0.8,
    resamples: int = 2000,
    seed: int = 0,
) -> Pareto:
    """Rank the causes of cases by how many they are, or by what they cost.

    causes: one name per case. costs: shape (cases,), same unit (euros, minutes), 0 or more;
    needed to rank by cost (count x severity x value at risk, if that is what a case costs).
    Raises NoRatings, NotFinite, LengthsDiffer, NegativeCost, UnknownOption, BrokenContract when
    costs are asked and absent or all 0.

    >>> first, *_ = pareto(["late"] * 8 + ["rude"] * 2).causes
    >>> first.cause, first.share, first.in_a_set
    ('late', 80.0, True)
    """
    names, place = np.unique(np.asarray(causes), return_inverse=True)
    if len(place) == 0:
        raise NoRatings("cases")
    each = np.zeros(len(place)) if costs is None else _costs(costs)
    side_by_side(causes=place, costs=each)
    order = np.lexsort((each, place))
    counts = np.bincount(place)
    sums = np.bincount(place[order], each[order])
    squares = np.bincount(place[order], each[order] ** 2)
    tallies = {
        name: CauseTally(int(count), float(cost), float(square))
        for name, count, cost, square in zip(names.tolist(), counts, sums, squares, strict=True)
    }
    return pareto_of_tallies(tallies, by=by, reach=reach, resamples=resamples, seed=seed)


def pareto_of_tallies(
    tallies: Mapping[Any, CauseTally],
    *,
    by: RankBy = "count",
    reach: float = 0.8,
    resamples: int = 2000,
    seed: int = 0,
) -> Pareto:
    """As `pareto`, from the tally of each cause.

    Stability redraws how many cases each cause has (multinomial) and, for cost, what that many
    cases would cost (gamma with the cause's own mean and variance per case).
    Ties go to the larger count, then to the name.

    >>> ranked = pareto_of_tallies({"late": CauseTally(8, 80.0, 900.0),
    ...                             "rude": CauseTally(2, 400.0, 90000.0)}, by="cost")
    >>> [cause.cause for cause in ranked.causes]
    ['rude', 'late']
    """
    if by not in RANKINGS:
        raise UnknownOption("by", by, RANKINGS)
    if not 0 < reach < 1:
        raise BrokenContract(f"reach is {reach}; it lies between 0 and 1, both excluded")
    listed = sorted(tallies.items(), key=lambda item: str(item[0]))
    counts = np.array([tally.count for _, tally in listed], dtype=np.int64)
    costs = np.array([tally.cost for _, tally in listed], dtype=np.float64)
    n = int(counts.sum())
    if n == 0:
        raise NoRatings("cases")
    sizes = counts.astype(np.float64) if by == "count" else costs
    total = float(sizes.sum())
    if total <= 0:
        raise BrokenContract("costs are absent or all 0, so causes cannot be ranked by cost")
    order = np.lexsort((np.arange(len(sizes)), -counts, -sizes))
    chosen = _a_sets(sizes[None], order, reach)[0]
    draws = _redrawn(listed, by, n, resamples, np.random.default_rng(seed))
    redrawn = _a_sets(draws, order, reach)
    cumulative = np.cumsum(sizes[order])
    return Pareto(
        by,
        n,
        total,
        tuple(
            Cause(
                listed[place][0],
                int(counts[place]),
                float(costs[place]),
                100 * float(sizes[place]) / total,
                100 * float(reached) / total,
                bool(chosen[place]),
                100 * float(redrawn[:, place].mean()),
            )
            for place, reached in zip(order, cumulative, strict=True)
        ),
        100 * float((redrawn == chosen).all(axis=1).mean()),
        resamples,
    )


def cause_tallies(
    cases: ir.Table, cause: str = "cause", cost: str | None = None
) -> dict[Any, CauseTally]:
    """Tally of every cause in a table of cases, counted by the engine that holds it.

    cases: the evidence table `cases` or any other with a column of causes and, if named, one of
    costs. Cases without cause are left out, as are cases without cost when a cost is named.
    Raises MissingColumns, NoRatings, NotFinite, NegativeCost.

    >>> import ibis
    >>> cases = ibis.memtable({"cause": ["late", "late", "rude"], "euros": [10.0, 20.0, 5.0]})
    >>> cause_tallies(cases, cost="euros")["late"]
    CauseTally(count=2, cost=30.0, cost_squares=500.0)
    """
    require(cases, [cause] if cost is None else [cause, cost], "cases")
    known = cases.filter(cases[cause].notnull())
    sums: dict[str, Any] = {"_count": known.count()}
    if cost is not None:
        known = known.filter(given(known[cost]))
        each = known[cost].cast("float64")
        sums = {
            "_count": known.count(),
            "_cost": known[cost].sum().cast("float64"),
            "_squares": (each * each).sum(),
            "_lowest": each.min(),
            "_odd": not_finite(each).sum(),
        }
    rows = known.group_by(cause).aggregate(**sums).to_pyarrow().to_pylist()
    if not rows:
        raise NoRatings("cases")
    if cost is None:
        return {row[cause]: CauseTally(row["_count"]) for row in rows}
    odd = sum(row["_odd"] for row in rows)
    _refuse_odd_costs(odd, 0.0 if odd else min(row["_lowest"] for row in rows))
    return {row[cause]: CauseTally(row["_count"], row["_cost"], row["_squares"]) for row in rows}


def pareto_of(
    cases: ir.Table,
    *,
    cause: str = "cause",
    cost: str | None = None,
    by: RankBy = "count",
    reach: float = 0.8,
    resamples: int = 2000,
    seed: int = 0,
) -> Pareto:
    """As `pareto`, on a table of cases of any size; see `cause_tallies` for the columns.

    >>> import ibis
    >>> pareto_of(ibis.memtable({"cause": ["late", "late", "rude"]})).causes[0].cause
    'late'
    """
    tallies = cause_tallies(cases, cause, cost)
    return pareto_of_tallies(tallies, by=by, reach=reach, resamples=resamples, seed=seed)


def _a_sets(sizes: NDArray[np.float64], order: NDArray[np.intp], reach: float) -> NDArray[np.bool_]:
    """For every row of sizes, which causes make the A set; ties as in `order`."""
    standing = np.argsort(order)
    ranked = np.lexsort((np.broadcast_to(standing, sizes.shape), -sizes), axis=1)
    largest_first = np.take_along_axis(sizes, ranked, axis=1)
    before = np.cumsum(largest_first, axis=1) - largest_first
    # A cause is among the few when those before it have not reached the share yet; the hair keeps
    # sums of decimals that should equal the share from falling short of it.
    needed = reach * largest_first.sum(axis=1, keepdims=True) * (1 - 1e-12)
    few = np.empty(sizes.shape, dtype=np.bool_)
    np.put_along_axis(few, ranked, before < needed, axis=1)
    return few


def _redrawn(
    listed: Sequence[tuple[Any, CauseTally]],
    by: RankBy,
    n: int,
    resamples: int,
    draw: np.random.Generator,
) -> NDArray[np.float64]:
    counts = np.array([tally.count for _, tally in listed])
    drawn = draw.multinomial(n, counts / n, size=resamples)
    if by == "count":
        return drawn.astype(np.float64)
    safe = np.maximum(counts, 1)
    means = np.array([tally.cost for _, tally in listed]) / safe
    squares = np.array([tally.cost_squares for _, tally in listed]) / safe
    variances = np.maximum(squares - means**2, 0.0)
    fixed = variances <= 1e-12 * np.maximum(squares, 1e-300)
    spread = np.where(fixed, 1.0, variances)
    typical = np.where(means > 0, means, 1.0)
    varied = draw.gamma(np.maximum(drawn, 1e-9) * typical**2 / spread, spread / typical)
    return np.where(fixed | (drawn == 0), drawn * means, varied)


def _costs(costs: ArrayLike) -> NDArray[np.float64]:
    each = finite_vector(costs, "costs")
    _refuse_odd_costs(0, float(each.min()))
    return each


def _refuse_odd_costs(odd: int, lowest: float) -> None:
    if odd:
        raise NotFinite(f"{odd} costs are not a number or are infinite")
    if lowest < 0:
        raise NegativeCost(f"a case costs {lowest:g}; refunds and gains belong elsewhere")
