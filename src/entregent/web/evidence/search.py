"""Full-text search over everything customers wrote or said, and over their names: one door.

SQLite has FTS5 tables, PostgreSQL tsvectors under GIN; neither holds the text itself. A verbatim
is known by its *position*, one whole number that sorts by time:

    seconds since 1970 · 2²⁹  +  row id · 2  +  (0 for an interaction, 1 for an answer)

so that "newest first", "before this one" and "between two dates" are walks along the index itself,
as fast for words that everybody writes as for rare ones. What people filter on (channel, direction,
language, source, rating, codes) is indexed as words too, for the same reason.

The index follows the rows by three verbs, inside the writer's transaction:

    index_rows("interactions", first=…, last=…)   after rows were added; answers before interactions,
                                                  which take their ratings from them
    forget_rows("interactions", ids)              BEFORE rows are changed or removed
    rebuild()                                     everything again, from the tables
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from entregent.web.evidence.code_facets import CodesAsked
from entregent.web.evidence.search_statements import FORGET, INDEX, SECOND, TABLES, Table
from entregent.web.shared.asked_words import Asked, Term, understand
from entregent.web.shared.folding import folded_words

NO_CODE = CodesAsked()
Rating = Literal["", "low", "middle", "high"]

FARTHEST = 2**63 - 1
"""Beyond every position: some five hundred years either way of 1970."""
MOST_BEGINNINGS = 1_000
"""Words with one beginning that are looked for one by one."""
BATCH = 50_000
"""Rows indexed at once: FTS5 wants them in order of position, and sorting them takes memory."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A verbatim that answers, by its place in time."""

    position: int

    @property
    def table(self) -> Literal["interactions", "answers"]:
        return "answers" if self.position & 1 else "interactions"

    @property
    def row_id(self) -> int:
        return self.position % SECOND >> 1

    @property
    def second(self) -> int:
        """Seconds since 1970."""
        return self.position // SECOND


def position_at(moment: datetime) -> int:
    """The first position of a moment's second."""
    return max(-FARTHEST, min(FARTHEST, int(moment.timestamp() // 1) * SECOND))


def search(
    query: str | Asked,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    channel: str = "",
    direction: str = "",
    language: str = "",
    source: int | None = None,
    rating: Rating = "",
    codes: CodesAsked = NO_CODE,
    before: int | None = None,
    limit: int = 50,
) -> list[Hit]:
    """The verbatims that answer a query, newest first.

    query: as typed (see asked_words), or empty for all. since is included, until is not.
    before: the position of the last one already seen. rating: of what the person scored there and
    then: low (NPS 0 to 6, CSAT 1 or 2, CES 1 to 3), middle, or high (9 or 10; 4 or 5; 5 to 7).
    codes: what a coder read of it; codes of segments are asked of one and the same segment.
    """
    sql, bounds = _positions(
        query, since=since, until=until, channel=channel, direction=direction, language=language,
        source=source, rating=rating, codes=codes, before=before,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY 1 DESC LIMIT %s", [*bounds, limit])
        return [Hit(position) for (position,) in cursor.fetchall()]


def find_and_count(
    query: str | Asked, most: int, *, limit: int, **filters: Any
) -> tuple[list[Hit], int]:
    """The newest verbatims that answer, and how many do, counting no further than `most`.

    One walk along the index for both: `most` is at least `limit`. filters: those of `search`.
    """
    hits = search(query, limit=most, **filters)
    return hits[:limit], len(hits)


def count_up_to(most: int, query: str | Asked, **filters: Any) -> int:
    """How many verbatims answer, counting no further than `most`; filters: those of `search`."""
    sql, bounds = _positions(query, **filters)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql} LIMIT %s) AS those", [*bounds, most])
        return int(cursor.fetchone()[0])


def _positions(
    query: str | Asked,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    channel: str = "",
    direction: str = "",
    language: str = "",
    source: int | None = None,
    rating: Rating = "",
    codes: CodesAsked = NO_CODE,
    before: int | None = None,
) -> tuple[str, list[Any]]:
    """A SELECT of the positions that answer, without order or limit, and its parameters."""
    asked = understand(query) if isinstance(query, str) else query
    facets = _facets(channel, direction, language, source, rating) + codes.facets()
    first = position_at(since) if since else -FARTHEST
    end = min(position_at(until) if until else FARTHEST, FARTHEST if before is None else before)
    if connection.vendor == "sqlite":
        asked = _spelled_out(asked)
        sql = """SELECT rowid FROM evidence_verbatim WHERE evidence_verbatim MATCH %s
            AND rowid >= %s AND rowid < %s"""
        return sql, [_match(asked, facets), first, end]
    sql = """SELECT position FROM evidence_verbatim WHERE words @@ %s::tsquery
        AND position >= %s AND position < %s"""
    return sql, [_tsquery(asked, facets), first, end]


def customers_named(query: str) -> RawSQL | None:
    """Ids of customers whose name has words beginning with all the words typed; None without words.

    A subquery, for `pk__in`: a short beginning fits a hundred thousand names.
    """
    words = folded_words(query)
    if not words:
        return None
    if connection.vendor == "sqlite":
        sql = "SELECT rowid FROM evidence_name WHERE evidence_name MATCH %s"
        asked = " AND ".join(f'"{word}"*' for word in words)
    else:
        sql = "SELECT position FROM evidence_name WHERE words @@ %s::tsquery"
        asked = " & ".join(f"'{word}':*" for word in words)
    return RawSQL(sql, [asked])  # noqa: S611  letters and digits alone, and as a parameter


def index_rows(
    table: Table, ids: Sequence[int] = (), *, first: int | None = None, last: int | None = None
) -> None:
    """Make rows searchable: those named, or all whose id runs from first to last.

    Rows already there are passed over, rows without words too.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        for condition, bounds in _portions(ids, first, last):
            cursor.execute(INDEX[connection.vendor, table].format(condition=condition), bounds)


def forget_rows(
    table: Table, ids: Sequence[int] = (), *, first: int | None = None, last: int | None = None
) -> None:
    """Take rows out of the index, while they still stand as they were indexed.

    FTS5 is told the words to remove, so this comes before the rows change or go.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        for condition, bounds in _portions(ids, first, last):
            cursor.execute(FORGET[connection.vendor, table].format(condition=condition), bounds)


def rebuild() -> None:
    """Drop the index and make it again from the tables."""
    with transaction.atomic(), connection.cursor() as cursor:
        for name in ("evidence_verbatim", "evidence_name"):
            if connection.vendor == "sqlite":
                cursor.execute(f"INSERT INTO {name}({name}) VALUES('delete-all')")
            else:
                cursor.execute(f"TRUNCATE {name}")
        for table, (stored, _) in TABLES.items():
            cursor.execute(f"SELECT min(id), max(id) FROM {stored}")
            first, last = cursor.fetchone()
            if first is not None:
                index_rows(table, first=first, last=last)


def _portions(
    ids: Sequence[int], first: int | None, last: int | None
) -> list[tuple[str, list[int]]]:
    if first is not None and last is not None:
        return [
            ("BETWEEN %s AND %s", [start, min(start + BATCH - 1, last)])
            for start in range(first, last + 1, BATCH)
        ]
    portions = []
    for start in range(0, len(ids), 500):
        some = list(ids[start : start + 500])
        portions.append((f"IN ({', '.join(['%s'] * len(some))})", some))
    return portions


# What is asked, in the words of each engine. Typed words are folded to letters and digits alone, so
# neither language's own signs can come from the person.


def _facets(
    channel: str, direction: str, language: str, source: int | None, rating: Rating
) -> list[str]:
    named = [("c", channel), ("d", direction), ("l", language[:2]), ("r", rating)]
    facets = [f"{letter}{''.join(folded_words(value))}" for letter, value in named if value]
    return facets + ([f"s{source}"] if source is not None else [])


def _match(asked: Asked, facets: list[str]) -> str:
    wanted = [f'facets : "{facet}"' for facet in facets]
    wanted += [f"words : ({' OR '.join(map(_fts_term, group))})" for group in asked.groups]
    if not wanted:
        # Every verbatim has a direction: together they are all there is.
        wanted = ['facets : ("din" OR "dout" OR "dinternal")']
    expression = " AND ".join(wanted)
    for term in asked.unwanted:
        expression = f"({expression}) NOT words : ({_fts_term(term)})"
    return expression


def _spelled_out(asked: Asked) -> Asked:
    """The query with each beginning of words told as the words that begin so.

    FTS5 merges every text under a beginning before it gives the first; words one by one it walks
    from the newest. Where very many words begin so, the beginning stays.
    """
    return Asked(
        tuple(tuple(map(_spelled, group)) for group in asked.groups),
        tuple(map(_spelled, asked.unwanted)),
    )


def _spelled(term: Term) -> Term:
    if not term.beginning:
        return term
    with connection.cursor() as cursor:
        cursor.execute(_BEGINNING_SO, {"start": term.words[0], "most": MOST_BEGINNINGS + 1})
        words = tuple(word for (word,) in cursor.fetchall())
    return term if len(words) > MOST_BEGINNINGS else replace(term, any_of=words)


# One step down the vocabulary for each word, past all its uses.
_BEGINNING_SO = """WITH RECURSIVE known(word) AS (
  SELECT (SELECT term FROM evidence_vocabulary WHERE term >= %(start)s LIMIT 1)
  UNION ALL
  SELECT (SELECT term FROM evidence_vocabulary WHERE term >= known.word || char(1) LIMIT 1)
  FROM known WHERE substr(known.word, 1, length(%(start)s)) = %(start)s
)
SELECT word FROM known WHERE substr(word, 1, length(%(start)s)) = %(start)s LIMIT %(most)s"""


def _fts_term(term: Term) -> str:
    if not term.forms:
        return '"' + " ".join(term.words) + '"'
    if term.any_of:
        return " OR ".join(f'"{word}"' for word in term.any_of)
    star = "*" if term.beginning else ""
    return " OR ".join(f'"{form}"{star}' for form in term.forms)


def _tsquery(asked: Asked, facets: list[str]) -> str:
    wanted = [f"'={facet}'" for facet in facets]
    wanted += [f"({' | '.join(map(_ts_term, group))})" for group in asked.groups]
    wanted = wanted or ["('=din' | '=dout' | '=dinternal')"]
    return " & ".join(wanted + [f"!({_ts_term(term)})" for term in asked.unwanted])


def _ts_term(term: Term) -> str:
    if not term.forms:
        return "(" + " <-> ".join(f"'{word}'" for word in term.words) + ")"
    star = ":*" if term.beginning else ""
    return " | ".join(f"'{form}'{star}" for form in term.forms)
