"""Compile each room's English catalogue (.po) to what Django reads (.mo).

Called by the build (as a hatch hook) and by `make translations`.
"""

import sys
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # called from make, where hatchling is not installed
    BuildHookInterface = object  # type: ignore[assignment,misc]

SOURCES = Path(__file__).resolve().parent.parent / "src"


def compile_all(root: Path = SOURCES) -> int:
    compiled = 0
    for source in root.rglob("locale/*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as lines:
            catalogue = read_po(lines, locale=source.parent.parent.name)
        # Test processes compile side by side: each writes apart, and the last one stands.
        with NamedTemporaryFile(dir=target.parent, delete=False) as out:
            write_mo(out, catalogue)
        Path(out.name).replace(target)
        compiled += 1
    return compiled


class CompileTranslations(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        compile_all()


if __name__ == "__main__":
    sys.stdout.write(f"{compile_all()} catalogues compiled\n")
