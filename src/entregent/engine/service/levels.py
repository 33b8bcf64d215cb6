"""Service level: the share of calls answered within the target."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from entregent.engine.errors import MissingColumns, UnknownOption
from entregent.engine.estimates import Estimate, wilson_share
from entregent.engine.service.conventions import AbandonedCalls
from entregent.engine.service.errors import BrokenLine, ImpossibleWait, NoCalls


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """A service level with the counts it comes from, so that any other convention can be had.

    level: percent, with Wilson's interval; its n is the convention's denominator.
    in_time, abandoned_in_time: at or within the target.
    unsaid: calls whose abandonment is not recorded, taken as answered.
    without_wait: interactions left out because no waiting time is recorded.
    """

    level: Estimate
    target_seconds: float
    convention: AbandonedCalls
    answered: int
    in_time: int
    abandoned: int
    abandoned_in_time: int
    unsaid: int
    without_wait: int


@dataclass(frozen=True, slots=True)
class CallCounts:
    """Calls counted against a target; the fields as ServiceLevel names them.

    impossible: calls whose waiting time is negative, infinite or no number.
    """

    answered: int
    in_time: int
    abandoned: int
    abandoned_in_time: int
    unsaid: int = 0
    without_wait: int = 0
    impossible: int = 0


def service_level(
    interactions: ir.Table,
    *,
    target_seconds: float = 20,
    abandoned: AbandonedCalls = AbandonedCalls.MISSED,
    confidence: float = 0.95,
) -> ServiceLevel:
    """Share of calls answered within `target_seconds`, over all the interactions given.

    interactions: evidence table `interactions`, of which `wait_seconds` and `abandoned` are read;
    rows without a wait (letters, visits) are left out and counted. For an abandoned call
    `wait_seconds` is how long the customer stayed. Filter by channel or date beforehand.
    abandoned: how abandoned calls count; see AbandonedCalls.
    Returns percent with Wilson's interval.
    Raises MissingColumns, NoCalls, ImpossibleWait, BrokenLine on a negative target.
    Source: conventions as call-centre practice names them; 80 % in 20 s is custom, not optimum.

    >>> import ibis
    >>> calls = ibis.memtable(
    ...     {
    ...         "wait_seconds": [5.0, 12.0, 45.0, 8.0],
    ...         "abandoned": [False, False, False, True],
    ...     }
    ... )
    >>> service_level(calls).level.value
    50.0
    >>> service_level(calls, abandoned=AbandonedCalls.MET_WHEN_SHORT).level.value
    75.0
    """
    [(level,)] = service_level_by(
        interactions,
        [],
        target_seconds=target_seconds,
        abandoned=abandoned,
        confidence=confidence,
    )
    found: ServiceLevel = level
    return found


def service_level_by(
    interactions: ir.Table,
    by: Sequence[str],
    *,
    target_seconds: float = 20,
    abandoned: AbandonedCalls = AbandonedCalls.MISSED,
    confidence: float = 0.95,
) -> list[tuple[Any, ...]]:
    """As `service_level`, per group of interactions.

    by: columns that make the groups. Returns (group..., ServiceLevel), sorted by group; groups
    where the convention leaves no call to count are not there.

    >>> import ibis
    >>> calls = ibis.memtable(
    ...     {"wait_seconds": [5.0, 45.0, 10.0], "abandoned": [False] * 3, "shop": ["a", "a", "b"]}
    ... )
    >>> [(shop, found.level.value) for shop, found in service_level_by(calls, ["shop"])]
    [('a', 50.0), ('b', 100.0)]
    """
    if abandoned not in list(AbandonedCalls):
        raise UnknownOption("abandoned", abandoned, list(AbandonedCalls))
    if not 0 <= target_seconds < float("inf"):
        raise BrokenLine(f"a target of {target_seconds} seconds cannot be met or missed")
    abandoned = AbandonedCalls(abandoned)
    rows = _counted(interactions, by, target_seconds)
    if impossible := sum(row["_impossible"] for row in rows):
        raise ImpossibleWait(impossible)
    found = []
    for row in rows:
        group = [row.pop(name) for name in by]
        counts = CallCounts(**{name.removeprefix("_"): n for name, n in row.items()})
        with contextlib.suppress(NoCalls):
            level = service_level_from_counts(
                counts, target_seconds=target_seconds, abandoned=abandoned, confidence=confidence
            )
            found.append((*group, level))
    if not found:
        raise NoCalls
    return sorted(found, key=lambda row: tuple((part is None, part) for part in row[:-1]))


def service_level_from_counts(
    counts: CallCounts,
    *,
    target_seconds: float,
    abandoned: AbandonedCalls,
    confidence: float = 0.95,
) -> ServiceLevel:
    """As `service_level`, from calls already counted against the target.

    Raises ImpossibleWait, and NoCalls where the convention leaves no call to count.

    >>> counts = CallCounts(answered=3, in_time=2, abandoned=1, abandoned_in_time=1)
    >>> service_level_from_counts(
    ...     counts, target_seconds=20, abandoned=AbandonedCalls.MISSED
    ... ).level.value
    50.0
    """
    if counts.impossible:
        raise ImpossibleWait(counts.impossible)
    met, out_of = abandoned.share(
        counts.in_time, counts.answered, counts.abandoned, counts.abandoned_in_time
    )
    if not out_of:
        raise NoCalls
    return ServiceLevel(
        level=wilson_share(met, int(out_of), confidence=confidence),
        target_seconds=target_seconds,
        convention=abandoned,
        answered=counts.answered,
        in_time=counts.in_time,
        abandoned=counts.abandoned,
        abandoned_in_time=counts.abandoned_in_time,
        unsaid=counts.unsaid,
        without_wait=counts.without_wait,
    )


def _counted(
    interactions: ir.Table, by: Sequence[str], target_seconds: float
) -> list[dict[str, Any]]:
    """One row of whole-number counts per group, in one pass over the table."""
    if absent := [name for name in ("wait_seconds", *by) if name not in interactions.columns]:
        raise MissingColumns("interactions", absent)
    wait = interactions["wait_seconds"].cast("float64")
    waited = wait.notnull()
    possible = waited & ~wait.isnan() & ~wait.isinf() & (wait >= 0)
    if "abandoned" in interactions.columns:
        gave_up = interactions["abandoned"].cast("boolean")
        unsaid = gave_up.isnull()
        gave_up = gave_up.fill_null(False)
    else:
        gave_up, unsaid = waited & ~waited, waited | ~waited
    in_time = possible & (wait <= target_seconds)
    counts = {
        "_answered": _count(possible & ~gave_up),
        "_in_time": _count(in_time & ~gave_up),
        "_abandoned": _count(possible & gave_up),
        "_abandoned_in_time": _count(in_time & gave_up),
        "_unsaid": _count(possible & unsaid),
        "_without_wait": _count(~waited),
        "_impossible": _count(waited & ~possible),
    }
    grouped = interactions.group_by(list(by)) if by else interactions
    rows: list[dict[str, Any]] = grouped.aggregate(**counts).to_pyarrow().to_pylist()
    return rows


def _count(condition: Any) -> Any:
    # Not a bare sum, which is null when there is no row at all.
    return condition.fill_null(False).cast("int64").sum().fill_null(0)
