"""The reference page of formats and shapes, written from what the readers really know."""

from entregent.adapters.readers.shapes import SHAPES, Shape

FORMATS = (
    (
        "CSV, TSV",
        "any delimiter; UTF-8 with or without mark, UTF-16, Windows-1252, Latin-9",
        "line",
    ),
    ("XLSX", "every sheet can be chosen; values, not formulas", "row of the sheet"),
    ("JSON", "a list of objects wherever it lies in the document, or one object", "record"),
    ("JSON Lines", "one object per line", "line"),
    ("Parquet", "nested columns are spread by dotted names", "row"),
    (
        "mbox, EML",
        "new words, quoted words and signature apart; attachments named, never kept",
        "mail",
    ),
    ("XES", "IEEE 1849 event logs", "event"),
    ("WhatsApp text", "chat exports of Android and iPhone, in French and English", "line"),
)
OPENING = """\
# Formats and known exports

<!-- Written by `python -m entregent.adapters.readers.reference`; a test holds it to the code. -->

A file is recognised by its content, never by its name. Every text format may also come compressed
as `.gz`. Every row is either read or refused with its reason, and one bad row never hides the next.

## Formats

| format | read as | a row's number is its |
|---|---|---|
"""
LIMITS = """
Limits: a text of 1,048,576 characters in one cell, 16,384 columns, 64 MiB for one JSON record or
one mail, 256 MiB of distinct texts in one workbook, and no compressed file that swells more than
200 times beyond 64 MiB. What goes beyond is refused and named; the rest of the file is read.

## Known exports

Each is told by its columns, in whatever order and among whatever others. The mapping proposed can
be corrected and saved. *Unverified* means that its columns come from documentation: nobody here
has seen a real file.

"""


def formats_page() -> str:
    """The whole page, as Markdown."""
    formats = "".join(f"| {name} | {how} | {number} |\n" for name, how, number in FORMATS)
    return OPENING + formats + LIMITS + "\n".join(map(_section, SHAPES))


def _section(shape: Shape) -> str:
    mark = " (*unverified*)" if shape.unseen else ""
    told = " or ".join(", ".join(f"`{name}`" for name in sorted(names)) for names in shape.telling)
    samples = ", ".join(f"`{name}`" for name in shape.samples)
    lines = [
        f"### {shape.name}{mark}\n",
        f"Code `{shape.code}`: {shape.about}. Sample: {samples}.\n",
        f"Told by {told}.\n",
    ]
    if shape.derived:
        worked_out = ", ".join(f"`{name}`" for name in shape.derived)
        lines.append(f"Worked out from the others: {worked_out}.\n")
    if shape.columns:
        lines.append("| column | means |\n|---|---|")
        lines.extend(
            f"| `{column}` | {', '.join(f'`{role}`' for role in roles)} |"
            for column, roles in shape.columns.items()
        )
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    print(formats_page(), end="")  # noqa: T201
