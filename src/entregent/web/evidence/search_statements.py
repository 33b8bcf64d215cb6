"""The statements that fill the search index and empty it, for both engines.

One select per table and engine gives (position, words, facets). Adding and removing both stand on
it, so that what FTS5 is told to remove is what it was told to add.
"""

from typing import Literal

Table = Literal["interactions", "answers", "customers"]

SECOND = 2**29
"""Positions in one second: 2²⁸ row ids of two kinds."""
LONGEST_TEXT = 200_000
"""Characters of one text that are searchable; a tsvector holds no more than a megabyte."""

_LEVEL = """CASE WHEN {r}.instrument = 'nps' AND {r}.value BETWEEN 0 AND 10 THEN
      CASE WHEN {r}.value <= 6 THEN 'low' WHEN {r}.value < 9 THEN 'middle' ELSE 'high' END
    WHEN {r}.instrument = 'csat' AND {r}.value BETWEEN 1 AND 5 THEN
      CASE WHEN {r}.value < 3 THEN 'low' WHEN {r}.value < 4 THEN 'middle' ELSE 'high' END
    WHEN {r}.instrument = 'ces' AND {r}.value BETWEEN 1 AND 7 THEN
      CASE WHEN {r}.value < 4 THEN 'low' WHEN {r}.value < 5 THEN 'middle' ELSE 'high' END END"""
_LANGUAGE = """nullif(lower(substr(coalesce({told},
      (SELECT coded.language FROM evidence_codedtext coded WHERE coded.{row}_id = r.id)), 1, 2)), '')"""
_CODES = "(SELECT coded.facets FROM evidence_codedtext coded WHERE coded.{row}_id = r.id)"
_SCORE = _LEVEL.format(r="score")
TABLES: dict[Table, tuple[str, int]] = {
    "answers": ("evidence_answer", 1),
    "interactions": ("evidence_interaction", 0),
    "customers": ("evidence_customer", 0),
}
_FACETS: dict[Table, list[tuple[str, str]]] = {
    "interactions": [
        ("c", "coalesce(nullif(r.channel, ''), 'other')"),
        ("d", "coalesce(nullif(r.direction, ''), 'in')"),
        ("l", _LANGUAGE.format(told="nullif(r.language, '')", row="interaction")),
        ("s", "r.source_id"),
        # Only these two channels come with a score given there and then.
        ("r", f"""CASE WHEN r.channel IN ('review', 'survey') AND r.customer_id IS NOT NULL THEN
          (SELECT {_SCORE} FROM evidence_answer score WHERE score.customer_id = r.customer_id
           AND score.at = r.at AND score.value IS NOT NULL ORDER BY score.id LIMIT 1) END"""),
    ],
    "answers": [
        ("c", "'survey'"),
        ("d", "'in'"),
        ("l", _LANGUAGE.format(told="NULL", row="answer")),
        ("s", "r.source_id"),
        ("r", f"""coalesce({_LEVEL.format(r="r")},
          (SELECT {_SCORE} FROM evidence_answer score WHERE score.at = r.at
           AND (score.customer_id = r.customer_id
                OR (score.customer_id IS NULL AND r.customer_id IS NULL))
           AND score.response_id = r.response_id AND score.value IS NOT NULL
           ORDER BY score.id LIMIT 1))"""),
    ],
}  # fmt: skip


def _sqlite_select(table: Table) -> str:
    stored, bit = TABLES[table]
    opened = "r.{column}"
    for ligature, letters in (("œ", "oe"), ("Œ", "OE"), ("æ", "ae"), ("Æ", "AE")):
        opened = f"replace({opened}, '{ligature}', '{letters}')"
    if table == "customers":
        return f"""SELECT r.id AS position, {opened.format(column="name")} AS words FROM {stored} r
            WHERE r.id {{condition}} AND r.name <> '' AND r.merged_into_id IS NULL"""
    facets = " || ".join(
        f"coalesce('{letter}' || {value} || ' ', '')" for letter, value in _FACETS[table]
    )
    codes = _CODES.format(row=table[:-1])
    # Cut before it is read: unixepoch rounds to the millisecond, and so to the next second.
    return f"""SELECT unixepoch(substr(r.at, 1, 19)) * {SECOND} + r.id * 2 + {bit} AS position,
        substr({opened.format(column="text")}, 1, {LONGEST_TEXT}) AS words,
        {facets} || coalesce({codes}, '') AS facets
        FROM {stored} r WHERE r.id {{condition}} AND r.text <> ''"""


def _postgres_select(table: Table) -> str:
    stored, bit = TABLES[table]
    if table == "customers":
        return f"""SELECT r.id AS position, to_tsvector('simple', evidence_folded(r.name)) AS words
            FROM {stored} r
            WHERE r.id {{condition}} AND r.name <> '' AND r.merged_into_id IS NULL"""
    facets = ", ".join(f"'={letter}' || {value}" for letter, value in _FACETS[table])
    codes = _CODES.format(row=table[:-1])
    return f"""SELECT floor(extract(epoch FROM r.at))::bigint * {SECOND} + r.id * 2 + {bit} AS position,
        to_tsvector('simple', evidence_folded(left(r.text, {LONGEST_TEXT})))
        || array_to_tsvector(array_remove(ARRAY[{facets}], NULL)
        || string_to_array({codes}, ' ')) AS words
        FROM {stored} r WHERE r.id {{condition}} AND r.text <> ''"""


def _sqlite_index(table: Table) -> str:
    name, columns = _index_of(table)
    return f"""INSERT INTO {name}(rowid, {columns}) SELECT position, {columns}
        FROM ({_sqlite_select(table)})
        WHERE NOT EXISTS (SELECT 1 FROM {name}_docsize WHERE id = position) ORDER BY position"""


def _sqlite_forget(table: Table) -> str:
    name, columns = _index_of(table)
    return f"""INSERT INTO {name}({name}, rowid, {columns}) SELECT 'delete', position, {columns}
        FROM ({_sqlite_select(table)})
        WHERE EXISTS (SELECT 1 FROM {name}_docsize WHERE id = position) ORDER BY position"""


def _postgres_index(table: Table) -> str:
    name, _ = _index_of(table)
    return f"INSERT INTO {name}(position, words) {_postgres_select(table)} ON CONFLICT DO NOTHING"


def _postgres_forget(table: Table) -> str:
    name, _ = _index_of(table)
    return f"""DELETE FROM {name} WHERE position IN
        (SELECT position FROM ({_postgres_select(table)}) AS those)"""


def _index_of(table: Table) -> tuple[str, str]:
    return (
        ("evidence_name", "words")
        if table == "customers"
        else ("evidence_verbatim", "words, facets")
    )


INDEX = {("sqlite", table): _sqlite_index(table) for table in TABLES} | {
    ("postgresql", table): _postgres_index(table) for table in TABLES
}
FORGET = {("sqlite", table): _sqlite_forget(table) for table in TABLES} | {
    ("postgresql", table): _postgres_forget(table) for table in TABLES
}
