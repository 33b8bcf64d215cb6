"""What the rows of each day add up to, kept beside the parts of the snapshot.

Every part of four tables has a file of sums of its own, written with it and named after it, so
that sums follow rows wherever these go: new parts bring new sums, a part read again is summed
again. Whatever adds up over days is read from the sums, what each customer spent among it. How old
each case was at the end of a period does not add up, and is read from the rows; nor does the exact
wait in the middle, which is read from the few waits that the sums point to.
"""

import math
import os
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import duckdb
import numpy as np
from numpy.typing import NDArray

from entregent.adapters.snapshot.parts import Manifest
from entregent.engine.evidence import PAID_OUT
from entregent.engine.service.levels import CallCounts
from entregent.engine.surveys.answers import Tally

Every = Literal["W", "M"]

FOLDER = "daily"
_SCORED = "instrument IN ('nps', 'csat', 'ces')"
_CALL = "channel = 'phone' AND direction <> 'out' AND wait_seconds IS NOT NULL"
_POSSIBLE = "isfinite(wait_seconds) AND wait_seconds >= 0"
UNITS = 10_000
"""Of one unit of money: amounts have four places, and whole numbers add up exactly."""
IMPOSSIBLE = -1
"""In place of the second of a wait that is negative, infinite or no number."""
MANY = 1_000_000
"""Numbers of owners beyond their count up to which counting through all of them is quickest."""
AT_ONCE = 20_480
"""Rows of sums that are read or passed over together."""

SUMS = {
    # second: whole seconds up to which a call waited; null for what is no call.
    "interactions": f"""
        SELECT CAST("at" AS DATE) AS day, coalesce(channel, '') AS channel, direction,
          CASE WHEN {_CALL} THEN CASE WHEN {_POSSIBLE}
            THEN CAST(ceil(least(wait_seconds, 1e15)) AS BIGINT) ELSE {IMPOSSIBLE} END END AS second,
          CASE WHEN {_CALL} THEN abandoned END AS gave_up,
          count(*) AS n,
          list(wait_seconds) FILTER ({_CALL} AND {_POSSIBLE}) AS waits
        FROM read_parquet($part) GROUP BY ALL ORDER BY second NULLS FIRST, day""",
    "answers": f"""
        SELECT CAST("at" AS DATE) AS day,
          CASE WHEN {_SCORED} THEN instrument END AS instrument,
          CASE WHEN {_SCORED} THEN item END AS item,
          CASE WHEN {_SCORED} THEN coalesce(instrument_version, '') END AS version,
          CASE WHEN {_SCORED} THEN value END AS value,
          count(*) AS n
        FROM read_parquet($part) GROUP BY ALL ORDER BY day""",
    # A day's total comes first, without brought; then what each customer brought, without n.
    "transactions": f"""
        SELECT CAST("at" AS DATE) AS day, CAST(NULL AS BIGINT) AS customer_id, count(*) AS n,
          CAST(NULL AS DOUBLE) AS brought
        FROM read_parquet($part) GROUP BY day
        UNION ALL
        SELECT CAST("at" AS DATE), customer_id, NULL,
          CAST(sum(CAST(amount * {UNITS} AS BIGINT)) AS DOUBLE)
        FROM read_parquet($part)
        WHERE customer_id IS NOT NULL AND coalesce(kind, '') NOT IN {PAID_OUT}
        GROUP BY ALL ORDER BY n NULLS LAST, day, customer_id""",
    "cases": """
        SELECT CAST(opened_at AS DATE) AS day, count(*) AS n
        FROM read_parquet($part) GROUP BY ALL ORDER BY day""",
}


def write_sums(
    duck: duckdb.DuckDBPyConnection,
    folder: Path,
    manifest: Manifest,
    anew: Collection[str] = (),
) -> None:
    """Sum every part of the manifest that has no sums yet, and those named anew.

    duck: a connection that speaks UTC.
    """
    for table, select in SUMS.items():
        for part in manifest.tables.get(table, []):
            sums = _sums_of(folder, part.file)
            if sums.exists() and part.file not in anew:
                continue
            sums.parent.mkdir(exist_ok=True)
            draft = sums.with_suffix(f".{os.getpid()}")
            summed = select.replace("$part", _quoted(folder / part.file))
            duck.execute(
                f"COPY ({summed}) TO {_quoted(draft)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {AT_ONCE})"
            )
            draft.replace(sums)


def forget_sums(folder: Path, files: Collection[str]) -> None:
    """Remove the sums of parts that are no more."""
    for file in files:
        _sums_of(folder, file).unlink(missing_ok=True)


def _sums_of(folder: Path, part: str) -> Path:
    return folder / FOLDER / part


@dataclass(frozen=True, slots=True)
class Question:
    """One survey question and its version, and how its answers fell: first day of a step → tally."""

    instrument: str
    item: str
    version: str
    steps: dict[date, Tally]

    @property
    def tally(self) -> Tally:
        return [pair for step in self.steps.values() for pair in step]


class DailySums:
    """What a period adds up to. Days are days in UTC, the first and the last included.

    A first day of None asks from the beginning.
    """

    def __init__(self, duck: duckdb.DuckDBPyConnection, folder: Path, manifest: Manifest) -> None:
        self.duck = duck
        write_sums(duck, folder, manifest)
        duck.execute("SET parquet_metadata_cache = true")
        files = {
            table: [part.file for part in manifest.tables.get(table, []) if part.rows]
            for table in SUMS
        }
        self._sums = {
            table: _files(_sums_of(folder, file) for file in named)
            for table, named in files.items()
        }
        self._cases = _files(folder / file for file in files["cases"])

    def rows_by_day(self) -> Counter[date]:
        """How many rows there are of each day: exchanges, purchases, answers and cases together."""
        rows: Counter[date] = Counter()
        for sums in self._sums.values():
            for day, n in self._asked(
                f"SELECT day, sum(n) FROM {sums} WHERE n IS NOT NULL GROUP BY day", sums
            ):
                rows[day] += int(n)
        return rows

    def volumes(
        self, first: date | None, last: date, every: Every
    ) -> list[tuple[date, str, int, int]]:
        """Exchanges by step of time and channel: (first day of the step, channel, all, received)."""
        sums = self._sums["interactions"]
        rows = self._asked(
            f"""SELECT {_step(every)} AS step, channel, sum(n),
                  coalesce(sum(n) FILTER (direction = 'in'), 0)
                FROM {sums} WHERE {_within(first)} GROUP BY ALL ORDER BY step, channel""",
            sums, first, last,
        )  # fmt: skip
        return [(step, channel, int(n), int(received)) for step, channel, n, received in rows]

    def calls(
        self, first: date | None, last: date, every: Every, target_seconds: int
    ) -> dict[date, CallCounts]:
        """Calls counted against a target, by step of time."""
        sums = self._sums["interactions"]
        counted = ", ".join(
            f"CAST(coalesce(sum(n) FILTER ({condition}), 0) AS BIGINT)"
            for condition in (
                "second >= 0 AND gave_up IS NOT TRUE",
                "second BETWEEN 0 AND $target AND gave_up IS NOT TRUE",
                "second >= 0 AND gave_up",
                "second BETWEEN 0 AND $target AND gave_up",
                "second >= 0 AND gave_up IS NULL",
                "FALSE",
                f"second = {IMPOSSIBLE}",
            )
        )
        rows = self._asked(
            f"""SELECT {_step(every)} AS step, {counted} FROM {sums}
                WHERE {_within(first)} AND second IS NOT NULL GROUP BY ALL ORDER BY step""",
            sums, first, last, target=target_seconds,
        )  # fmt: skip
        return {step: CallCounts(*counts) for step, *counts in rows}

    def waits(self, first: date | None, last: date, shares: Sequence[float]) -> list[float | None]:
        """Seconds within which each share of the answered calls was answered; None without calls.

        The sums say in which seconds these waits lie, and only those seconds are looked into.
        """
        sums = self._sums["interactions"]
        answered = f"{_within(first)} AND second >= 0 AND gave_up IS NOT TRUE"
        rows = self._asked(
            f"SELECT second, sum(n) FROM {sums} WHERE {answered} GROUP BY second ORDER BY second",
            sums, first, last,
        )  # fmt: skip
        if not rows:
            return [None] * len(shares)
        seconds, counts = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
        reached = np.cumsum(counts)
        ranks = [(int(reached[-1]) - 1) * share for share in shares]
        around = sorted({place for rank in ranks for place in (math.floor(rank), math.ceil(rank))})
        wanted = sorted({int(np.searchsorted(reached, place, side="right")) for place in around})
        looked = ", ".join(str(seconds[place]) for place in wanted)
        found = self._columns(
            f"""SELECT second, unnest(waits) AS wait FROM {sums}
                WHERE {answered} AND second IN ({looked}) ORDER BY second, wait""",
            sums, first, last,
        )  # fmt: skip
        ends = np.cumsum(counts[wanted])[:-1]
        inside = dict(zip(wanted, np.split(found["wait"], ends), strict=True))

        def at(rank: int) -> float:
            place = int(np.searchsorted(reached, rank, side="right"))
            return float(inside[place][rank - (int(reached[place]) - int(counts[place]))])

        lows = [(at(math.floor(rank)), at(math.ceil(rank)), rank % 1) for rank in ranks]
        return [low + (high - low) * between for low, high, between in lows]

    def questions(self, first: date | None, last: date, every: Every) -> list[Question]:
        """The survey questions that are scores, the most answered first."""
        sums = self._sums["answers"]
        rows = self._asked(
            f"""SELECT instrument, item, version, {_step(every)} AS step, value, sum(n)
                FROM {sums} WHERE {_within(first)} AND value IS NOT NULL GROUP BY ALL
                ORDER BY instrument, item, version, step, value""",
            sums, first, last,
        )  # fmt: skip
        found: dict[tuple[str, str, str], dict[date, list[tuple[float, int]]]] = {}
        for instrument, item, version, step, value, n in rows:
            steps = found.setdefault((instrument, item, version), {})
            steps.setdefault(step, []).append((value, int(n)))
        questions = [Question(*key, dict(steps)) for key, steps in found.items()]
        return sorted(questions, key=lambda one: -sum(n for _value, n in one.tally))

    def revenue(self, first: date | None, last: date) -> NDArray[np.float64]:
        """What each customer brought who paid or was paid back, in no order."""
        sums = self._sums["transactions"]
        found = self._columns(
            f"""SELECT customer_id, brought FROM {sums}
                WHERE {_within(first)} AND brought IS NOT NULL""",
            sums, first, last,
        )  # fmt: skip
        return _added_up(found["customer_id"], found["brought"]) / UNITS if found else np.zeros(0)

    def cases(self, last: date) -> dict[str, NDArray[np.float64]]:
        """The cases opened by the end of a day: stamps in seconds since 1970, NaN where there is none."""
        rows = self._cases
        stamps = ", ".join(
            f"CAST(epoch_us({name}) AS DOUBLE) AS {name}"
            for name in ("opened_at", "acknowledged_at", "resolved_at", "closed_at")
        )
        found = self._columns(
            f"SELECT {stamps}, CAST(reopened AS DOUBLE) AS reopened FROM {rows} WHERE opened_at < $until",
            rows,
            until=_midnight(last, after=1),
        )
        return {
            name: np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan)
            if name == "reopened"
            else np.floor(np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan) / 1e6)
            for name, column in found.items()
        }

    def _asked(
        self,
        sql: str,
        files: str,
        first: date | None = None,
        last: date | None = None,
        **asked: Any,
    ) -> list[tuple[Any, ...]]:
        return self._told(sql, first, last, asked).fetchall() if files else []

    def _columns(
        self,
        sql: str,
        files: str,
        first: date | None = None,
        last: date | None = None,
        **asked: Any,
    ) -> dict[str, NDArray[Any]]:
        found: Any = self._told(sql, first, last, asked).fetchnumpy() if files else {}
        return dict(found)

    def _told(
        self, sql: str, first: date | None, last: date | None, asked: dict[str, Any]
    ) -> duckdb.DuckDBPyConnection:
        bounds = {name: day for name, day in (("first", first), ("last", last)) if day is not None}
        return self.duck.execute(sql, bounds | asked)


def _added_up(whose: NDArray[np.int64], amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The amounts of each owner together, in no order."""
    if not len(whose):
        return np.zeros(0)
    if whose.max() > 10 * len(whose) + MANY:
        # Owners are numbered from one on; these are not, and counting up to the last would be long.
        whose = np.unique(whose, return_inverse=True)[1]
    added = np.bincount(whose, amounts).astype(np.float64, copy=False)
    return added[np.bincount(whose) > 0]


def _files(paths: Iterator[Path]) -> str:
    """Parquet files as a table in SQL; empty without any."""
    named = ", ".join(map(_quoted, paths))
    return f"read_parquet([{named}])" if named else ""


def _quoted(path: Path) -> str:
    """A path as SQL writes it, whatever the name of the folder it lies in."""
    return "'" + str(path).replace("'", "''") + "'"


def _step(every: Every) -> str:
    unit = {"W": "week", "M": "month"}[every]
    return f"CAST(date_trunc('{unit}', day) AS DATE)"


def _within(first: date | None) -> str:
    return "day <= $last" if first is None else "day BETWEEN $first AND $last"


def _midnight(day: date, *, after: int = 0) -> datetime:
    """The first instant of a day, or of so many days after it."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=after)
