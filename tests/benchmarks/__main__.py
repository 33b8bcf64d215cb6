"""Every comparison with a peer, one after the other: `python -m tests.benchmarks`."""

import importlib
from pathlib import Path

for found in sorted(Path(__file__).parent.glob("peers_*.py")):
    print(f"\n{found.stem}")
    importlib.import_module(f"tests.benchmarks.{found.stem}").main()
