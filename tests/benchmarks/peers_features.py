"""The table of twenty figures per customer on 10 million events, against pandas.

python -m tests.benchmarks.peers_features
"""

import math
import sys

from tests.benchmarks.event_log import event_log
from tests.benchmarks.side_by_side import (
    ROOT,
    environment_of,
    machine,
    ours,
    peers,
    table,
    versions,
)

FASTER, LIGHTER = 3.0, 2.0
ROUNDS = 3
REPORT = ROOT / "docs" / "benchmarks" / "features.md"


def main() -> None:
    ten = event_log(10_000_000)
    turns = [
        (ours("customer_table", ten), peers("pandas", "pandas_customer_table", ten))
        for _ in range(ROUNDS)
    ]
    own = min((turn[0] for turn in turns), key=lambda found: found.seconds)
    other = min((turn[1] for turn in turns), key=lambda found: found.seconds)
    assert own.answer.keys() == other.answer.keys()
    for name, total in own.answer.items():
        assert math.isclose(total, other.answer[name], rel_tol=1e-9), name
    write(own, other)


def write(own, other) -> None:
    faster, lighter = other.seconds / own.seconds, other.megabytes / own.megabytes
    work = other.processor_seconds / own.processor_seconds
    print(f"{faster:.1f} times faster, {lighter:.1f} times less memory")
    rows = [
        {
            "program": name,
            "seconds": f"{found.seconds:.1f}",
            "processor seconds": f"{found.processor_seconds:.1f}",
            "peak memory (MB)": f"{found.megabytes:,.0f}",
        }
        for name, found in (("entregent on DuckDB", own), ("pandas", other))
    ]
    quick = "met" if faster >= FASTER else f"missed: {faster:.1f}"
    light = "met" if lighter >= LIGHTER else f"missed: {1 / lighter:.0%} of its memory"
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(
        f"""# Customer table: twenty figures from 10,000,000 events

Whole processes, start-up and reading of the Parquet file included, 833,333 customers, the same
twenty figures (distinct counts, exact medians, windows and sums among them) checked against each
other by their sums to nine digits. The pandas program works on whole columns and calls no function
per customer. Turn by turn, best of {ROUNDS}.

{table(rows)}

Three times faster: {quick} ({faster:.1f} times, {work:.1f} times less processor time). Half the
memory: {light} ({lighter:.1f} times less). The machine does other work meanwhile, so that processor
time is the steadier of the two; ours runs on both cores, pandas on one.

Machine: {machine()}. Versions: {versions(sys.executable, ["duckdb", "ibis-framework"])};
{versions(environment_of("pandas"), ["pandas", "numpy"])}.

Run again with `python -m tests.benchmarks.peers_features`.
""",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
