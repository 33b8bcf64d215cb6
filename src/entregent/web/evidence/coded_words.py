"""Coding what customers say, with the coder in use: what is not coded yet, in portions.

Each portion is one transaction, so that a run interrupted anywhere goes on where it stopped. A
watermark bears the coder's name: another coder begins at the first text and replaces what stands.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

import pyarrow as pa
from django.db import transaction

from entregent.adapters.coders.coder import TrainedCoder
from entregent.adapters.coders.pipeline import Coded, code_texts
from entregent.adapters.coders.pipeline import Verbatim as Words
from entregent.engine.evidence import FAMILIES
from entregent.web.evidence import bulk, likeness, search
from entregent.web.evidence.changes import (
    CODED,
    CODING_MARK,
    customers_words,
    customers_words_of,
    forget_codes,
)
from entregent.web.evidence.code_facets import SEGMENT_CODES, TEXT_CODES, facets_of
from entregent.web.evidence.models import CodedSegment, CodedText, Watermark
from entregent.web.workspace.coder import coder_in_use

PORTION = 2_000
"""Texts coded in one transaction: half a second in which nobody else writes."""


class Done(NamedTuple):
    """What a run coded, and by which coder."""

    texts: int
    segments: int
    coder: str


def code_new_words() -> Done:
    """Code every text that the coder in use has not read; returns how many."""
    coder = coder_in_use()
    texts = segments = 0
    for table in CODED:
        for portion in _portions(table, coder):
            texts += portion[0]
            segments += portion[1]
    likeness.encode_new_words()
    return Done(texts, segments, coder.name)


def texts_waiting(most: int) -> int:
    """Texts that came since customers' words were last coded, counting no further than `most`."""
    waiting = 0
    for table in CODED:
        begun = Watermark.objects.filter(name__startswith=CODING_MARK.format(table=table)).first()
        rows = customers_words(table).filter(pk__gt=begun.last if begun else 0)
        waiting += rows.filter(coded=None)[: most - waiting].count()
    return waiting


def _portions(table: str, coder: TrainedCoder) -> Iterator[tuple[int, int]]:
    """Code a table to its end; texts and segments of each portion."""
    mark = _mark(table, coder)
    while True:
        done = Watermark.of(mark)
        newest = bulk.last_id(customers_words(table).model)
        rows = customers_words(table).filter(pk__gt=done)
        unread = rows.exclude(coded__coder=coder.name).order_by("pk")[:PORTION]
        read = {row["pk"]: row for row in unread.values(*_read_of(table))}
        if not read:
            # Up to here there is nothing; rows that came meanwhile lie beyond.
            _advance(mark, done, newest)
            return
        [coded] = code_texts(
            (Words(key, row["text"], language=row.get("language")) for key, row in read.items()),
            coder,
            at_once=PORTION,
        )
        yield _store(table, mark, done, {key: row["text"] for key, row in read.items()}, coded)


def _read_of(table: str) -> tuple[str, ...]:
    return ("pk", "text", "language") if table == "interactions" else ("pk", "text")


def _mark(table: str, coder: TrainedCoder) -> str:
    """The watermark of this coder, which takes the place of another's."""
    prefix = CODING_MARK.format(table=table)
    mark = f"{prefix}{coder.name}"[:60]
    Watermark.objects.filter(name__startswith=prefix).exclude(name=mark).delete()
    return mark


def _advance(mark: str, done: int, last: int) -> None:
    """Move the watermark, unless words below it changed meanwhile."""
    if Watermark.of(mark) >= done:
        Watermark.set(mark, max(last, done))


@transaction.atomic
def _store(
    table: str, mark: str, done: int, read: Mapping[int, str], coded: Coded
) -> tuple[int, int]:
    """Keep a portion; what changed or went since it was read is left for the next."""
    # One portion at a time, whoever else may be coding.
    Watermark.objects.get_or_create(name=mark)
    Watermark.objects.select_for_update().get(name=mark)
    stands = customers_words_of(table, list(read))
    kept = [key for key, text in read.items() if stands.get(key) == text]
    search.forget_rows(table, kept)  # type: ignore[arg-type]
    forget_codes(table, kept)
    segments = _insert(table, set(kept), coded)
    search.index_rows(table, kept)  # type: ignore[arg-type]
    missed = read.keys() - set(kept)
    _advance(mark, done, (min(missed) - 1) if missed else max(read))
    return len(kept), segments


def _insert(table: str, kept: set[int], coded: Coded) -> int:
    """Store the codes of the rows kept; returns how many segments they have."""
    texts = _rows(coded.texts, kept)
    pieces = _rows(coded.segments, kept)
    of_row = {
        row: list(some) for row, some in groupby(pieces, key=lambda one: one["interaction_id"])
    }
    ids = bulk.next_ids(CodedText, len(texts))
    id_of = {text["interaction_id"]: key for key, text in zip(ids, texts, strict=True)}
    columns = [
        "coder",
        *(name for code in TEXT_CODES for name in (code, f"{code}_confidence")),
        *(f"p_{family}" for family in FAMILIES),
    ]  # fmt: skip
    bulk.insert(
        CodedText,
        {
            "id": ids,
            f"{CODED[table]}_id": [text["interaction_id"] for text in texts],
            "facets": [facets_of(of_row.get(text["interaction_id"], []), text) for text in texts],
            "language": [text["language"] or "" for text in texts],
            **{name: [text[name] for text in texts] for name in columns},
        },
    )
    columns = [
        "position", "start", "end",
        *(name for code in SEGMENT_CODES for name in (code, f"{code}_confidence")),
    ]  # fmt: skip
    return bulk.insert(
        CodedSegment,
        {
            "of_text_id": [id_of[piece["interaction_id"]] for piece in pieces],
            **{name: [piece[name] for piece in pieces] for name in columns},
        },
    )


def _rows(batch: pa.RecordBatch, kept: set[int]) -> list[dict[str, Any]]:
    return [row for row in batch.to_pylist() if row["interaction_id"] in kept]
