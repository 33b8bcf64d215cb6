"""Two programs on the same work, each as a whole process: seconds, processor seconds, memory.

Peers live in environments of their own under var/peers, one per peer as they do not agree on
versions; each is made on first use from peers/PEER.txt, and the product never imports them.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PRODUCTS = HERE / ".cache"
# One thread for the small matrices of numpy; DuckDB and thread pools use the processors they find.
QUIET = {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore", "TQDM_DISABLE": "1"}


@dataclass(frozen=True)
class Run:
    """A process from its start to its end; answer is what its last line says."""

    seconds: float
    processor_seconds: float
    megabytes: float
    answer: Any


def run(python: Path | str, script: Path, *arguments: object) -> Run:
    """Run a script that prints its answer as JSON on its last line."""
    command = [
        "/usr/bin/time",
        "-f",
        "%e %U %S %M",
        str(python),
        str(script),
        *map(str, arguments),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | QUIET
    )
    if done.returncode:
        raise RuntimeError(f"{script.name} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    elapsed, user, system, kilobytes = done.stderr.split("\n")[-2].split()
    return Run(
        seconds=float(elapsed),
        processor_seconds=float(user) + float(system),
        megabytes=int(kilobytes) / 1024,
        answer=json.loads(done.stdout.strip().splitlines()[-1]),
    )


def ours(script: str, *arguments: object) -> Run:
    return run(sys.executable, HERE / "ours" / f"{script}.py", *arguments)


def peers(peer: str, script: str, *arguments: object) -> Run:
    return run(environment_of(peer), HERE / "peers" / f"{script}.py", *arguments)


def environment_of(peer: str) -> Path:
    """The Python of a peer's environment, made when it is not there yet."""
    python = ROOT / "var" / "peers" / peer / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", python.parents[1]], check=True)
        wanted = HERE / "peers" / f"{peer}.txt"
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", wanted], check=True)
    return python


def versions(python: Path | str, packages: Iterable[str]) -> str:
    asked = ", ".join(repr(name) for name in packages)
    code = f"from importlib.metadata import version; print(*(f'{{p}} {{version(p)}}' for p in [{asked}]), sep=', ')"
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}"
    )


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as a Markdown table."""
    columns = list(rows[0])
    lines = [
        columns,
        ["---"] * len(columns),
        *([str(row[name]) for name in columns] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
