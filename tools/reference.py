"""Write the reference pages that are drawn from the code: the evidence contract and the commands.

python tools/reference.py          writes docs/reference/evidence.md and docs/reference/commands.md
python tools/reference.py --check  says whether they are up to date
"""

import sys
from pathlib import Path
from typing import Any

from typer.main import get_command

from entregent.cli.main import app
from entregent.engine import evidence

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def evidence_page() -> str:
    lines = [
        "# The evidence contract",
        "",
        "Every measure reads these tables: the store, the snapshot, Parquet files given to the shell and Spark tables",
        "all keep to them. Times are UTC with zone; an identifier is a whole number or a text. Columns in bold must be",
        "there; the others may be absent, and are then null.",
    ]
    for contract in evidence.CONTRACTS.values():
        lines += _contract(contract)
    lines += [
        "",
        "# Derived tables",
        "",
        "Each row says what made it, or who: people's codings are never overwritten by a machine's.",
    ]
    for contract in evidence.DERIVED.values():
        lines += _contract(contract)
    return "\n".join(lines) + "\n"


def _contract(contract: evidence.Contract) -> list[str]:
    lines = [
        "",
        f"## {contract.name}",
        "",
        f"One row is {contract.row_is}.",
        "",
        "| column | type | holds |",
        "|---|---|---|",
    ]
    for column in contract.columns:
        name = f"**{column.name}**" if column.required else column.name
        lines.append(f"| {name} | {column.type} | {column.holds} |")
    return lines


def commands_page() -> str:
    lines = ["# Commands", "", "`entregent COMMAND --help` says the same at the prompt."]
    lines += _described(get_command(app), "entregent")
    return "\n".join(lines) + "\n"


def _described(command: Any, path: str) -> list[str]:
    if hasattr(command, "commands"):
        return [
            line
            for name in sorted(command.commands)
            for line in _described(command.commands[name], f"{path} {name}")
        ]
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [
        p
        for p in command.params
        if p.param_type_name == "option"
        and p.name not in {"help", "install_completion", "show_completion"}
    ]
    usage = " ".join(
        [path, *(p.name.upper() if p.required else f"[{p.name.upper()}]" for p in arguments)]
    )
    lines = ["", f"## `{usage}`", "", " ".join((command.help or "").split("\n\n")[0].split())]
    if options:
        lines += ["", "| option | default | what it does |", "|---|---|---|"]
        for option in options:
            default = (
                "required"
                if option.required
                else ""
                if option.default in {None, False, ()}
                else f"`{option.default}`"
            )
            lines.append(
                f"| `{option.opts[0]}` | {default} | {' '.join((option.help or '').split())} |"
            )
    return lines


def pages() -> dict[Path, str]:
    return {REFERENCE / "evidence.md": evidence_page(), REFERENCE / "commands.md": commands_page()}


def main() -> int:
    stale = [
        path for path, text in pages().items() if not path.exists() or path.read_text() != text
    ]
    if "--check" in sys.argv:
        for path in stale:
            sys.stdout.write(f"{path.name} is behind the code: run python tools/reference.py\n")
        return 1 if stale else 0
    for path, text in pages().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
