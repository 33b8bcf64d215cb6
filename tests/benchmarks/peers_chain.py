"""The satisfaction model of the mobile-phone survey with its bootstrap, against plspm.

    python -m tests.benchmarks.peers_chain [SAMPLES OF THE PEER]

plspm needs minutes for 5,000 samples; its time beyond start-up grows in proportion to them, so by
default it draws fewer and its time is scaled. Give 5000 to have it draw them all.
"""

import sys

from tests.benchmarks.side_by_side import (
    ROOT,
    environment_of,
    machine,
    ours,
    peers,
    table,
    versions,
)
from tests.engine.real_data import SHARED

SAMPLES = 5000
TARGET = 100.0
ROUNDS = 3
PROCESSES = 2
REPORT = ROOT / "docs" / "benchmarks" / "chain.md"


def main() -> None:
    mobi = SHARED / "data" / "ecsi_mobi" / "mobi.csv"
    drawn = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    own = min((ours("path_model", mobi, SAMPLES) for _ in range(ROUNDS)), key=lambda r: r.seconds)
    none = peers("plspm", "plspm_path_model", mobi, 10, PROCESSES)
    other = peers("plspm", "plspm_path_model", mobi, drawn, PROCESSES)
    per_sample = (other.seconds - none.seconds) / (drawn - 10)
    whole = none.seconds + per_sample * (SAMPLES - 10)
    ratio = whole / own.seconds
    print(f"{own.seconds:.2f} s against {whole:.0f} s: {ratio:.0f} times")
    write(own, other, drawn, whole, ratio)


def write(own, other, drawn, whole, ratio) -> None:
    theirs = {(source, target): value for source, target, value, _ in other.answer["paths"]}
    furthest = max(abs(value - theirs[source, target]) for source, target, value, _ in own.answer)
    errors = {(source, target): error for source, target, _, error in other.answer["paths"]}
    wide = [error / errors[source, target] for source, target, _, error in own.answer]
    how = "drawn" if drawn >= SAMPLES else f"{drawn} drawn, scaled in proportion"
    verdict = "met" if ratio >= TARGET else f"missed by {TARGET - ratio:.0f}"
    rows = [
        {
            "program": "entregent",
            "bootstrap samples": f"{SAMPLES:,}",
            "seconds": f"{own.seconds:.2f}",
            "processor seconds": f"{own.processor_seconds:.2f}",
            "peak memory (MB)": f"{own.megabytes:.0f}",
        },
        {
            "program": f"plspm, {PROCESSES} processes",
            "bootstrap samples": f"{SAMPLES:,} ({how})",
            "seconds": f"{whole:.0f}",
            "processor seconds": "-",
            "peak memory (MB)": f"{other.megabytes:.0f} per process",
        },
    ]
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(
        f"""# Chain: a path model with 5,000 bootstrap samples

The satisfaction index model of the mobile-phone survey (250 respondents, 24 items, 7 constructs,
12 paths), mode A, path weighting. Whole processes, start-up and reading included; ours is the best
of {ROUNDS}, and also gives intervals of total effects, R², weights, loadings and HTMT.

{table(rows)}

Entregent takes {ratio:.0f} times less time; the target of {TARGET:.0f} times is {verdict}.

The two do not give the same coefficients: they differ by up to {furthest:.3f}. Ours are those of
SmartPLS and semPLS to four decimals, which the tests hold us to. Bootstrap standard errors agree
within a factor of {min(wide):.2f} to {max(wide):.2f}.

Machine: {machine()}. Versions: {versions(sys.executable, ["numpy", "scipy"])};
{versions(environment_of("plspm"), ["plspm", "pandas", "numpy"])} (plspm fails on pandas 3).

Run again with `python -m tests.benchmarks.peers_chain`, or `… 5000` to let plspm draw every sample.
""",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
