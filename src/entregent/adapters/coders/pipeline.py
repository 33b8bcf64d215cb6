"""From texts to coded evidence: segments, language, codes, Arrow; in constant memory.

The same path runs in this process and, batch by batch, inside Spark's `mapInArrow`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from entregent.adapters.coders.coder import TrainedCoder, carried_coder
from entregent.adapters.coders.examples import setting_of
from entregent.engine.evidence import DERIVED, FAMILIES, IDENTIFIER, Contract
from entregent.engine.voice.coders import Reading
from entregent.engine.voice.examples import JUSTICES, YES
from entregent.engine.voice.languages import language_of
from entregent.engine.voice.segments import words_of

BATCH = 2000
STAMP = pa.timestamp("us", "UTC")
_ARROW = {"int64": pa.int64(), "float64": pa.float64(), "string": pa.string()}


class Verbatim(NamedTuple):
    """One text to code.

    target, before: a declared change the words are about and what was said just before them;
    without a target, talk is left uncoded.  language: told by the source, or found.
    """

    interaction_id: int | str
    text: str
    customer_id: int | str | None = None
    at: datetime | None = None
    language: str | None = None
    target: str | None = None
    before: str | None = None


_FIELDS = tuple(Verbatim.__annotations__)


@dataclass(frozen=True, slots=True)
class Coded:
    """One batch, with the columns of the contracts `coded_segments` and `coded_texts`.

    texts has one column more, `language`.
    """

    segments: pa.RecordBatch
    texts: pa.RecordBatch


def code_texts(
    texts: Iterable[Verbatim | tuple[Any, ...]],
    coder: TrainedCoder | None = None,
    *,
    identifier: pa.DataType | None = None,
    at_once: int = BATCH,
) -> Iterator[Coded]:
    """Code texts as they come, so many at once; memory does not grow with their number.

    texts: Verbatim, or its first fields.  coder: the package's fast one unless told.
    identifier: Arrow type of the keys; whole number or text as the first key is, unless told.
    """
    reader = coder or carried_coder()
    coming = (Verbatim(*one) for one in texts)
    while batch := list(islice(coming, at_once)):
        if identifier is None:
            whole = isinstance(batch[0].interaction_id, int)
            identifier = pa.int64() if whole else pa.string()
        yield _coded(batch, reader, identifier)


def segments_schema(identifier: pa.DataType) -> pa.Schema:
    return _schema(DERIVED["coded_segments"], identifier)


def texts_schema(identifier: pa.DataType) -> pa.Schema:
    return _schema(DERIVED["coded_texts"], identifier).append(pa.field("language", pa.string()))


def arrow_coder(
    what: str = "segments", profile: str = "fast"
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A function for Spark's `mapInArrow`: batches of interactions in, coded batches out.

    what: segments or texts.  Batches in must hold interaction_id and text; customer_id, at and
    language are carried over where they are.
    """

    def code(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        coder = carried_coder(profile)
        for batch in batches:
            identifier = batch.schema.field("interaction_id").type
            for coded in code_texts(_verbatims(batch), coder, identifier=identifier):
                yield coded.segments if what == "segments" else coded.texts

    return code


def _verbatims(batch: pa.RecordBatch) -> Iterator[Verbatim]:
    names = [name for name in _FIELDS if name in batch.schema.names]
    columns = [batch.column(name).to_pylist() for name in names]
    for values in zip(*columns, strict=True):
        row = dict(zip(names, values, strict=True))
        if row["text"]:
            yield Verbatim(**row)


def _schema(contract: Contract, identifier: pa.DataType) -> pa.Schema:
    return pa.schema(
        [
            pa.field(column.name, identifier if column.type == IDENTIFIER else _arrow(column.type))
            for column in contract.columns
        ]
    )


def _arrow(type_: str) -> pa.DataType:
    return _ARROW.get(type_, STAMP)


def _coded(batch: Sequence[Verbatim], coder: TrainedCoder, identifier: pa.DataType) -> Coded:
    owners: list[int] = []
    positions: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    pieces: list[str] = []
    read = np.array([coder.reads(one.language) for one in batch])
    for owner, verbatim in enumerate(batch):
        if not read[owner]:
            continue
        for position, segment in enumerate(words_of(verbatim.text)):
            owners.append(owner)
            positions.append(position)
            starts.append(segment.start)
            ends.append(segment.end)
            pieces.append(verbatim.text[segment.start : segment.end])
    owner_of = np.asarray(owners, np.int64)
    keys = _keys(batch, identifier)
    segments: dict[str, Any] = {
        name: column.take(pa.array(owner_of)) for name, column in keys.items()
    }
    segments |= {"position": positions, "start": starts, "end": ends}
    of_segments, of_texts = coder.read_cut(pieces, owner_of, [one.text for one in batch])
    if pieces:
        segments |= _segment_codes(of_segments)
        segments |= _talk(batch, owner_of, pieces, coder)
    texts: dict[str, Any] = dict(keys) | _text_codes(of_texts, pa.array(~read))
    texts["language"] = [one.language or language_of(one.text).code for one in batch]
    return Coded(
        _filled(segments, segments_schema(identifier), coder.name, len(pieces)),
        _filled(texts, texts_schema(identifier), coder.name, len(batch)),
    )


def _keys(batch: Sequence[Verbatim], identifier: pa.DataType) -> dict[str, pa.Array]:
    return {
        "interaction_id": pa.array([one.interaction_id for one in batch], identifier),
        "customer_id": pa.array([one.customer_id for one in batch], identifier),
        "at": pa.array([one.at for one in batch], STAMP),
    }


def _filled(columns: dict[str, Any], schema: pa.Schema, coder: str, rows: int) -> pa.RecordBatch:
    arrays = []
    for column in schema:
        if column.name == "coder":
            arrays.append(pa.repeat(pa.scalar(coder), rows))
        elif column.name in columns:
            found = columns[column.name]
            arrays.append(found if isinstance(found, pa.Array) else pa.array(found, column.type))
        else:
            arrays.append(pa.nulls(rows, column.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _answers(reading: Reading, also: NDArray[np.bool_] | None = None) -> pa.Array:
    """Values by name; null where the head abstains, or where `also` is False."""
    said = reading.sure if also is None else reading.sure & also
    ranks = pa.array(reading.best.astype(np.int32), mask=~said)
    return pa.DictionaryArray.from_arrays(ranks, list(reading.values)).dictionary_decode()


def _segment_codes(found: dict[str, Reading]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for code in ("movement", "sentiment", "trust"):
        columns[code] = _answers(found[code])
        columns[f"{code}_confidence"] = found[code].confidences
    letters = np.zeros(found["movement"].best.size, np.int32)
    weakest = np.ones(letters.size)
    for place, code in enumerate(JUSTICES):
        reading = found[code]
        letters += (reading.best == reading.values.index(YES)).astype(np.int32) << place
        weakest = np.minimum(weakest, reading.confidences)
    joined = ["".join("DPIF"[p] for p in range(4) if mask >> p & 1) for mask in range(16)]
    columns["justice"] = pa.DictionaryArray.from_arrays(
        pa.array(letters), joined
    ).dictionary_decode()
    columns["justice_confidence"] = weakest
    return columns


def _talk(
    batch: Sequence[Verbatim], owners: NDArray[np.int64], pieces: list[str], coder: TrainedCoder
) -> dict[str, Any]:
    """Talk of the segments whose text is about a declared change; nothing when none is."""
    about = np.asarray([one.target is not None for one in batch])[owners]
    if "utterance" not in coder.panels or not about.any():
        return {}
    settings = [setting_of(batch[owner].target, batch[owner].before) for owner in owners]
    found = coder.read_utterances(pieces, settings)
    talk, kind = found["talk"], found["talk_kind"]
    leaning = np.asarray([value != "neutral" for value in talk.values])[talk.best]
    return {
        "talk": _answers(talk, about),
        "talk_confidence": pa.array(talk.confidences, mask=~about),
        "talk_kind": _answers(kind, about & leaning & talk.sure),
        "target": [batch[owner].target for owner in owners],
    }


def _text_codes(found: dict[str, Reading], unread: pa.Array) -> dict[str, Any]:
    """Codes of whole texts; nothing where the coder does not know their language."""
    columns: dict[str, Any] = {}
    for code, reading in found.items():
        columns[code] = _answers(reading)
        columns[f"{code}_confidence"] = pa.array(reading.confidences)
    families = found["relationship"]
    for family in FAMILIES:
        columns[f"p_{family}"] = (
            families.probabilities[:, families.values.index(family)]
            if family in families.values
            else np.zeros(families.best.size)
        )
    return {name: pc.if_else(unread, None, column) for name, column in columns.items()}
