"""The row that names the columns: finding it, and making each name its own."""

import re
from collections import Counter
from collections.abc import Sequence

from entregent.adapters.readers.batches import Notice, Reason, UnreadableFile
from entregent.adapters.readers.limits import MOST_COLUMNS

PREAMBLE_ROWS = 20
VALUE_NOT_NAME = re.compile(
    r"[^@\s]+@[^@\s]+\.\w+"
    r"|[-+]?[\d\s.,]*\d\s*[€%$]?"
    r"|\d{4}-\d\d-\d\d([T ].*)?"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}(\s.*)?"
)


def header_place(rows: Sequence[Sequence[str]]) -> int:
    """Which of the opening rows names the columns: the first as wide as the rows that follow.

    Exports like to begin with a title, a period or a remark, in one cell or two.
    """
    widths = Counter(_filled(row) for row in rows)
    usual = max(widths, key=lambda width: (widths[width], width))
    for place, row in enumerate(rows[:PREAMBLE_ROWS]):
        if _filled(row) > usual // 2:
            return place
    return 0


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def looks_like_a_row(header: Sequence[str]) -> bool:
    """Whether the row that should name the columns holds values: dates, numbers, addresses."""
    filled = [cell.strip() for cell in header if cell.strip()]
    values = sum(1 for cell in filled if VALUE_NOT_NAME.fullmatch(cell))
    return bool(filled) and 2 * values >= len(filled)


def named(header: Sequence[str], width: int = 0) -> tuple[tuple[str, ...], list[Notice]]:
    """Column names, all different; an unnamed column is called by its place, `#3`.

    >>> named(["note", "", "note "])[0]
    ('note', '#2', 'note (2)')
    """
    wide = max(len(header), width)
    if wide > MOST_COLUMNS:
        raise UnreadableFile(
            Reason("too_many_columns", {"have": str(wide), "limit": str(MOST_COLUMNS)})
        )
    names: list[str] = []
    taken: set[str] = set()
    renamed: list[str] = []
    unnamed: list[str] = []
    for place in range(wide):
        wanted = " ".join(header[place].split()) if place < len(header) else ""
        if not wanted:
            wanted = f"#{place + 1}"
            unnamed.append(wanted)
        name, again = wanted, 1
        while name in taken:
            again += 1
            name = f"{wanted} ({again})"
        if again > 1:
            renamed.append(name)
        taken.add(name)
        names.append(name)
    return tuple(names), _notices(renamed, unnamed)


def numbered(width: int) -> tuple[str, ...]:
    """Names for the columns of a file that has none."""
    return tuple(f"#{place + 1}" for place in range(width))


def _notices(renamed: list[str], unnamed: list[str]) -> list[Notice]:
    notices = []
    if renamed:
        notices.append(Notice("duplicate_headers", {"columns": _listed(renamed)}))
    if unnamed:
        notices.append(Notice("unnamed_columns", {"columns": _listed(unnamed)}))
    return notices


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
