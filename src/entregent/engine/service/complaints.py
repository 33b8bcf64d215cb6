"""Complaints: how often, how fast, how many open, how many come back.

Times are read with the open cases in view (Kaplan and Meier): a median over closed cases alone
flatters whoever leaves the hard ones open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri

from entregent.engine.arrays import side_by_side
from entregent.engine.errors import BrokenContract, MissingColumns, NotMeasurable
from entregent.engine.estimates import Abstention, Estimate, normal_quantile, wilson_share
from entregent.engine.instants import whole_seconds

STEPS = {"acknowledge": "acknowledged_at", "answer": "resolved_at", "close": "closed_at"}
RECORDED_BY = {
    "acknowledge": ("acknowledged_at",),
    "answer": ("resolved_at", "closed_at"),
    "close": ("closed_at",),
}
HOUR = 3600.0


class NoCases(NotMeasurable):
    """No case was open or opened by the instant asked about."""

    def __init__(self) -> None:
        super().__init__("no case had been opened by then")


class NoExposure(BrokenContract):
    """A rate needs something that problems could have happened to."""

    def __init__(self, exposure: float) -> None:
        super().__init__(f"an exposure of {exposure} can have no rate")


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step of handling (acknowledge, answer, close), as of an instant.

    median_hours, slow_hours: time from opening by which half, and nine in ten, of the cases have
    had the step, cases still waiting counted as such; an Abstention when too few have had it.
    done, waiting: cases with and without the step.  impossible: cases left out because the step
    stands before the opening.
    late: waiting beyond the promise.  kept: percent within the promise of those whose time has
    come (done, or waiting beyond it); None without a promise or without such cases.
    """

    median_hours: Estimate | Abstention
    slow_hours: Estimate | Abstention
    done: int
    waiting: int
    impossible: int
    late: int | None
    kept: Estimate | None


@dataclass(frozen=True, slots=True)
class ComplaintFigures:
    """How cases were handled, as of an instant.

    opened: cases in all.  open: without an end.  steps: those of which the table has the column
    (a close is an answer too).  reopened: percent of the cases once resolved or
    closed that were opened again; None before any was.
    """

    as_of: datetime
    opened: int
    open: int
    steps: dict[str, StepFigures]
    reopened: Estimate | None


def complaint_figures(
    cases: ir.Table,
    *,
    as_of: datetime,
    promises: Mapping[str, timedelta] | None = None,
    confidence: float = 0.95,
) -> ComplaintFigures:
    """Handling of all the cases given, as it stood at an instant.

    cases: evidence table `cases`; filter by kind or period beforehand. Cases opened after `as_of`
    are left out, and steps after it have not happened yet. A close without an answer is an answer.
    promises: longest time from opening promised for `acknowledge`, `answer` or `close`.
    Returns hours with log-log intervals, percents with Wilson's.
    Raises MissingColumns, NoCases, BrokenContract on an unknown step or an instant without zone.
    Source: Kaplan and Meier 1958, JASA 53, 457-481; interval: Brookmeyer and Crowley 1982.

    >>> from datetime import UTC
    >>> day = [datetime(2026, 3, number, tzinfo=UTC) for number in range(1, 6)]
    >>> cases = ibis.memtable({"opened_at": day[:3], "closed_at": [day[1], day[4], None]},
    ...     schema={"opened_at": "timestamp('UTC')", "closed_at": "timestamp('UTC')"})
    >>> found = complaint_figures(cases, as_of=day[3])
    >>> found.opened, found.open, found.steps["close"].done
    (3, 2, 1)
    """
    [(figures,)] = complaint_figures_by(
        cases, [], as_of=as_of, promises=promises, confidence=confidence
    )
    found: ComplaintFigures = figures
    return found


def complaint_figures_by(
    cases: ir.Table,
    by: Sequence[str],
    *,
    as_of: datetime,
    promises: Mapping[str, timedelta] | None = None,
    confidence: float = 0.95,
) -> list[tuple[Any, ...]]:
    """As `complaint_figures`, per group of cases (cause, kind, severity…).

    Returns (group..., ComplaintFigures), sorted by group.
    """
    promises = promises or {}
    _check_asked(promises, as_of)
    if absent := [name for name in ("opened_at", *by) if name not in cases.columns]:
        raise MissingColumns("cases", absent)
    seen = _as_of(cases, by, as_of)
    totals = _totals(seen, by)
    if not totals:
        raise NoCases
    recorded = [step for step in STEPS if any(c in cases.columns for c in RECORDED_BY[step])]
    durations = _durations(seen, by, recorded)
    figures = []
    for group, row in totals.items():
        steps = {
            step: _step_figures(
                _Waits.of(durations.get((step, *group), [])), promises.get(step), confidence
            )
            for step in recorded
        }
        reopened = (
            wilson_share(row["_reopened"], row["_ended"], confidence=confidence)
            if row["_ended"] and "reopened" in cases.columns
            else None
        )
        found = ComplaintFigures(as_of, row["_opened"], row["_open"], steps, reopened)
        figures.append((*group, found))
    return sorted(figures, key=lambda row: tuple((part is None, part) for part in row[:-1]))


def complaint_figures_of(
    opened: ArrayLike,
    stamps: Mapping[str, ArrayLike],
    reopened: ArrayLike,
    *,
    as_of: datetime,
    promises: Mapping[str, timedelta] | None = None,
    confidence: float = 0.95,
) -> ComplaintFigures:
    """As `complaint_figures`, of cases at hand.

    opened: shape (cases,), whole seconds since 1970.  stamps: `acknowledged_at`, `resolved_at` and
    `closed_at`, each of the same shape, NaN where it has not happened.  reopened: times, likewise.
    Raises NoCases, MissingColumns, LengthsDiffer, BrokenContract.

    >>> from datetime import UTC
    >>> never = [np.nan, np.nan]
    >>> stamps = {"acknowledged_at": never, "resolved_at": [7200, np.nan], "closed_at": never}
    >>> found = complaint_figures_of([0, 0], stamps, [0, 0], as_of=datetime(2026, 3, 1, tzinfo=UTC))
    >>> found.opened, found.open, found.steps["answer"].median_hours.value
    (2, 2, 2.0)
    """
    promises = promises or {}
    _check_asked(promises, as_of)
    if absent := [column for column in STEPS.values() if column not in stamps]:
        raise MissingColumns("cases", absent)
    columns = {name: np.asarray(stamps[name], dtype=np.float64) for name in STEPS.values()}
    start, again = (np.asarray(column, dtype=np.float64) for column in (opened, reopened))
    side_by_side(opened=start, reopened=again, **columns)
    instant = int(as_of.timestamp())
    seen = start <= instant
    if not seen.any():
        raise NoCases
    start = start[seen]
    happened = {name: _until(column[seen], instant) for name, column in columns.items()}
    answered, closed = happened["resolved_at"], happened["closed_at"]
    unanswered = np.isnan(columns["resolved_at"][seen])
    happened["resolved_at"] = np.where(unanswered, closed, answered)
    steps = {
        step: _step_figures(
            _Waits.until(instant - start, happened[column] - start), promises.get(step), confidence
        )
        for step, column in STEPS.items()
    }
    ended = ~np.isnan(closed) | ~np.isnan(happened["resolved_at"])
    once_more = int((ended & (again[seen] > 0)).sum())
    share = (
        wilson_share(once_more, int(ended.sum()), confidence=confidence) if ended.any() else None
    )
    return ComplaintFigures(as_of, start.size, int(np.isnan(closed).sum()), steps, share)


def complaint_rates(
    cases: ir.Table,
    exposure: float,
    *,
    by: Sequence[str] = ("cause",),
    per: float = 1000,
    confidence: float = 0.95,
) -> list[tuple[Any, ...]]:
    """Cases per problem (cause), for so many orders, calls or customers that could have had one.

    exposure: how many, above 0, over the same period as the cases.  per: of the rate returned.
    Returns (group..., Estimate), most frequent first, with the exact Poisson interval.
    Raises MissingColumns, NoCases, NoExposure.
    Source: Garwood 1936, Biometrika 28, 437-442.

    >>> cases = ibis.memtable({"cause": ["late", "late", "broken"]})
    >>> [(cause, rate.value) for cause, rate in complaint_rates(cases, 500)]
    [('late', 4.0), ('broken', 2.0)]
    """
    if not 0 < exposure < float("inf"):
        raise NoExposure(exposure)
    if absent := [name for name in by if name not in cases.columns]:
        raise MissingColumns("cases", absent)
    counted = cases.group_by(list(by)).aggregate(_n=ibis._.count()).to_pyarrow().to_pylist()
    if not counted:
        raise NoCases
    ordered = sorted(
        counted, key=lambda row: (-row["_n"], *((row[name] is None, row[name]) for name in by))
    )
    return [
        (*(row[name] for name in by), poisson_rate(row["_n"], exposure / per, confidence))
        for row in ordered
    ]


def poisson_rate(count: int, exposure: float, confidence: float = 0.95) -> Estimate:
    """Events per unit of exposure, with Garwood's exact interval.

    >>> rate = poisson_rate(10, 2.0)
    >>> rate.value, round(rate.low, 3), round(rate.high, 3)
    (5.0, 2.398, 9.195)
    """
    normal_quantile(confidence)
    if not 0 < exposure < float("inf"):
        raise NoExposure(exposure)
    tail = (1 - confidence) / 2
    # chdtri gives the quantile of the upper tail.
    low = float(chdtri(2 * count, 1 - tail)) / 2 if count else 0.0
    high = float(chdtri(2 * count + 2, tail)) / 2
    return Estimate(
        count / exposure,
        count**0.5 / exposure,
        count,
        low / exposure,
        high / exposure,
        confidence,
        "exact Poisson (Garwood)",
    )


def problems_per_complaint(
    respondents: int,
    with_problem: int,
    customers: int,
    complaints: int,
    *,
    confidence: float = 0.95,
) -> Estimate:
    """How many customers met a problem for one who complained: measured, not folklore.

    respondents, with_problem: of a survey that asks "did you meet a problem?".  customers,
    complaints: over the same period, complaints counted once per customer.
    Returns a multiple, 1 meaning that everybody with a problem complains; n is the respondents.
    Raises NoExposure without respondents or customers, NoCases when nobody met a problem or
    complained, BrokenContract when a part exceeds its whole.
    Source: ratio of two independent shares, Katz et al. 1978, Biometrics 34, 469-474.

    >>> ratio = problems_per_complaint(400, 60, 10_000, 300)
    >>> ratio.value, round(ratio.low, 2), round(ratio.high, 2)
    (5.0, 3.86, 6.48)
    """
    z = normal_quantile(confidence)
    if respondents <= 0 or customers <= 0:
        raise NoExposure(min(respondents, customers))
    if with_problem > respondents or complaints > customers:
        raise BrokenContract("a part exceeds its whole")
    if with_problem <= 0 or complaints <= 0:
        raise NoCases
    ratio = (with_problem / respondents) / (complaints / customers)
    spread = (1 / with_problem - 1 / respondents + 1 / complaints - 1 / customers) ** 0.5
    return Estimate(
        ratio,
        ratio * spread,
        respondents,
        ratio * float(np.exp(-z * spread)),
        ratio * float(np.exp(z * spread)),
        confidence,
        "Katz log",
    )


def _check_asked(promises: Mapping[str, timedelta], as_of: datetime) -> None:
    if unknown := sorted(set(promises) - set(STEPS)):
        raise BrokenContract(f"a promise is on {', '.join(STEPS)}, not on {', '.join(unknown)}")
    if as_of.tzinfo is None:
        raise BrokenContract("the instant has no time zone")


def _until(stamps: NDArray[np.float64], instant: int) -> NDArray[np.float64]:
    """The stamps that had been set by then; NaN for the others."""
    return np.where(stamps <= instant, stamps, np.nan)


# ---------------------------------------------------------------- counting on the table's engine


def _as_of(cases: ir.Table, by: Sequence[str], as_of: datetime) -> ir.Table:
    """Cases opened by the instant, with hours to each step that had happened by then."""
    instant = ibis.literal(int(as_of.timestamp()), "int64")
    opened = _seconds(cases, "opened_at")
    stamps = {column: _seconds(cases, column) for column in STEPS.values()}
    stamps["resolved_at"] = ibis.coalesce(stamps["resolved_at"], stamps["closed_at"])
    happened = {
        step: (stamps[column] <= instant).ifelse(stamps[column] - opened, ibis.null("int64"))
        for step, column in STEPS.items()
    }
    reopened = cases["reopened"].cast("int64") if "reopened" in cases.columns else ibis.literal(0)
    return cases.filter(opened <= instant).select(
        *by,
        **{f"_{step}": seconds for step, seconds in happened.items()},
        _age=instant - opened,
        _reopened=(reopened > 0).fill_null(False),
    )


def _seconds(cases: ir.Table, column: str) -> Any:
    if column not in cases.columns:
        return ibis.null("int64")
    return whole_seconds(cases[column])


def _totals(seen: ir.Table, by: Sequence[str]) -> dict[tuple[Any, ...], dict[str, int]]:
    ended = seen["_close"].notnull() | seen["_answer"].notnull()
    grouped = seen.group_by(list(by)) if by else seen
    rows = grouped.aggregate(
        _opened=seen.count(),
        _open=seen["_close"].isnull().cast("int64").sum(),
        _ended=ended.cast("int64").sum(),
        _reopened=(ended & seen["_reopened"]).cast("int64").sum(),
    )
    return {
        tuple(row[name] for name in by): row
        for row in rows.to_pyarrow().to_pylist()
        if row["_opened"]
    }


def _durations(
    seen: ir.Table, by: Sequence[str], steps: Sequence[str]
) -> dict[tuple[Any, ...], list[tuple[int, bool, int]]]:
    """Per step and group: (seconds, whether it happened, cases), each pair of the first two once."""
    counted = [
        seen.select(
            *by,
            _step=ibis.literal(step),
            _seconds=ibis.coalesce(seen[f"_{step}"], seen["_age"]),
            _done=seen[f"_{step}"].notnull(),
        )
        .group_by([*by, "_step", "_seconds", "_done"])
        .aggregate(_n=ibis._.count())
        for step in steps
    ]
    if not counted:
        return {}
    found: dict[tuple[Any, ...], list[tuple[int, bool, int]]] = {}
    for row in ibis.union(*counted).to_pyarrow().to_pylist():
        key = (row["_step"], *(row[name] for name in by))
        found.setdefault(key, []).append((row["_seconds"], row["_done"], row["_n"]))
    return found


# ---------------------------------------------------------------- times with the waiting in view


@dataclass(frozen=True, slots=True)
class _Waits:
    """Seconds from opening to a step, or to the instant asked about where it has not happened.

    seconds, done, cases: side by side; cases: how many waited so long, as counted.
    """

    seconds: NDArray[np.float64]
    done: NDArray[np.bool_]
    cases: NDArray[np.float64]

    @classmethod
    def of(cls, counted: Sequence[tuple[int, bool, int]]) -> "_Waits":
        seconds, done, cases = zip(*counted, strict=True) if counted else ((), (), ())
        return cls(
            np.array(seconds, dtype=np.float64),
            np.array(done, dtype=np.bool_),
            np.array(cases, dtype=np.float64),
        )

    @classmethod
    def until(cls, ages: NDArray[np.float64], steps: NDArray[np.float64]) -> "_Waits":
        done = ~np.isnan(steps)
        return cls(np.where(done, steps, ages), done, np.ones(ages.size))

    def where(self, chosen: NDArray[np.bool_]) -> "_Waits":
        return _Waits(self.seconds[chosen], self.done[chosen], self.cases[chosen])

    def count(self, chosen: NDArray[np.bool_]) -> int:
        return int(self.cases[chosen].sum())


def _step_figures(counted: _Waits, promise: timedelta | None, confidence: float) -> StepFigures:
    possible = counted.where(counted.seconds >= 0)
    done, waiting = possible.count(possible.done), possible.count(~possible.done)
    late, kept = None, None
    if promise is not None:
        beyond = possible.seconds > promise.total_seconds()
        late = possible.count(~possible.done & beyond)
        if done + late:
            in_time = possible.count(possible.done & ~beyond)
            kept = wilson_share(in_time, done + late, confidence=confidence)
    return StepFigures(
        median_hours=_time_by_which(possible, 0.5, confidence),
        slow_hours=_time_by_which(possible, 0.9, confidence),
        done=done,
        waiting=waiting,
        impossible=counted.count(counted.seconds < 0),
        late=late,
        kept=kept,
    )


def _time_by_which(counted: _Waits, share: float, confidence: float) -> Estimate | Abstention:
    """Hours by which a share of the cases have had the step, and the interval of that time."""
    n = int(counted.cases.sum())
    if not counted.done.any():
        return Abstention("no case has had this step yet", n)
    times, where = np.unique(counted.seconds, return_inverse=True)
    happened = np.bincount(where, counted.cases * counted.done)
    leaving = np.bincount(where, counted.cases)
    at_risk = n - np.concatenate([[0.0], np.cumsum(leaving)[:-1]])
    surviving = np.cumprod(1 - happened / at_risk)
    still = 1 - share
    reached = np.flatnonzero(surviving <= still + 1e-12)
    if not reached.size:
        return Abstention(f"fewer than {share:.0%} of the cases have had this step yet", n)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(happened / (at_risk * (at_risk - happened)))
        spread = normal_quantile(confidence) * np.sqrt(variance) / np.abs(np.log(surviving))
        # Before the first step and after the last case nothing is in doubt.
        settled = (surviving == 0) | (surviving == 1)
        highest = np.where(settled, surviving, surviving ** np.exp(-spread))
        lowest = np.where(settled, surviving, surviving ** np.exp(spread))
    earliest = np.flatnonzero(lowest <= still)
    latest = np.flatnonzero(highest <= still)
    return Estimate(
        value=_crossed(times, surviving, int(reached[0]), still) / HOUR,
        standard_error=None,
        n=n,
        low=float(times[earliest[0]]) / HOUR,
        high=float(times[latest[0]]) / HOUR if latest.size else None,
        confidence=confidence,
        method="Kaplan-Meier, log-log",
    )


def _crossed(times: np.ndarray, surviving: np.ndarray, place: int, still: float) -> float:
    """The time the curve goes below; midway to the next when it stays level exactly there."""
    if abs(surviving[place] - still) < 1e-12 and place + 1 < len(times):
        following = np.flatnonzero(surviving < still - 1e-12)
        if following.size:
            return float((times[place] + times[following[0]]) / 2)
    return float(times[place])
