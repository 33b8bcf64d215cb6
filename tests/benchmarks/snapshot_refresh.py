"""Refreshing the columnar snapshot after 1 % new rows, beside building it whole.

Both run in one go on a copy of the store that pages_at_scale builds; the ratio is what counts. A
refresh is measured twice: rows only added, and as many changed besides.

    python -m tests.benchmarks.snapshot_refresh [INTERACTIONS]
"""

import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks import pages_at_scale

TABLES = ("interaction", "transaction", "answer", "case")


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    began, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - used


def add(store: Path, share: int = 100) -> int:
    """Tell one row in so many again, as a new one; returns how many there are now."""
    connection = sqlite3.connect(store)
    added = 0
    for table in TABLES:
        columns = [
            row[1]
            for row in connection.execute(f"PRAGMA table_info(evidence_{table})")
            if row[1] not in {"id", "row_key"}
        ]
        said = ", ".join(f'"{column}"' for column in columns)
        added += connection.execute(
            f"INSERT INTO evidence_{table} (row_key, {said}) SELECT randomblob(16), {said} FROM evidence_{table} WHERE id % {share} = 0"
        ).rowcount
    connection.commit()
    connection.close()
    return added


def main(interactions: int) -> None:
    built = pages_at_scale.home(interactions) / "entregent.sqlite3"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copy(built, home / "entregent.sqlite3")
        pages_at_scale.prepare(interactions, home)
        from entregent.web.evidence import snapshot
        from entregent.web.evidence.changes import mark_stale

        full = timed(snapshot.rebuild_snapshot)
        added = add(home / "entregent.sqlite3")
        grown = timed(snapshot.refresh_snapshot)
        mark_stale("interactions", list(range(1, 1_001)))
        changed = timed(snapshot.refresh_snapshot)
    pages_at_scale.say(f"{'':34}{'seconds':>9} {'of CPU':>8} {'share of a full build':>24}")
    for name, (wall, used) in (
        ("full build", full),
        (f"{added:,} rows added", grown),
        ("1,000 rows changed", changed),
    ):
        pages_at_scale.say(
            f"{name:34}{wall:9.2f} {used:8.2f} {wall / full[0]:12.1%} {used / full[1]:11.1%}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
