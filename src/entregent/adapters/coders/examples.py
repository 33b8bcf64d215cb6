"""Coded examples read from files of one JSON object a line, as the package carries them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from entregent.engine.voice.examples import NO, TEXT_CODES, YES, Example

# The codebook's keys are short; the evidence contract says them in full.
TALK_KINDS = {"reason": "reasons", "steps": "taking_steps"}


class UnreadableExamples(Exception):
    """A file of examples is not what it should be."""


@dataclass(frozen=True, slots=True)
class CodedSet:
    """Examples by unit: segments and texts of customers' words, utterances about a change."""

    segments: Sequence[Example]
    texts: Sequence[Example]
    utterances: Sequence[Example]

    def __add__(self, other: "CodedSet") -> "CodedSet":
        return CodedSet(
            [*self.segments, *other.segments],
            [*self.texts, *other.texts],
            [*self.utterances, *other.utterances],
        )

    def only(self, groups: Iterable[str]) -> "CodedSet":
        """The examples of these texts."""
        kept = set(groups)
        return CodedSet(
            [one for one in self.segments if one.group in kept],
            [one for one in self.texts if one.group in kept],
            [one for one in self.utterances if one.group in kept],
        )


def carried_examples() -> CodedSet:
    """Every example that the package carries."""
    folder = files("entregent.catalogue") / "voice" / "examples"
    return _coded(
        row
        for path in sorted(folder.iterdir(), key=lambda one: one.name)
        if path.name.endswith(".jsonl")
        for row in _rows(path)
    )


def read_coded_examples(path: Path) -> CodedSet:
    """The examples of one file, or of every `.jsonl` of a folder; raises UnreadableExamples."""
    paths = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    return _coded(row for one in paths for row in _rows(one))


def _rows(path: Traversable | Path) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as problem:
        raise UnreadableExamples(f"{path} cannot be read") from problem
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            row["text"], row["segments"], row["id"]
        except (ValueError, KeyError, TypeError) as problem:
            raise UnreadableExamples(f"line {number} of {path.name} is no example") from problem
        yield row


def _coded(rows: Iterable[dict[str, Any]]) -> CodedSet:
    segments: list[Example] = []
    texts: list[Example] = []
    utterances: list[Example] = []
    for row in rows:
        if "context" in row:
            utterances.extend(_utterances(row))
            continue
        segments.extend(_segments(row))
        codes = {code: row.get(code) for code in TEXT_CODES}
        texts.append(Example(row["text"], row["id"], "", codes, row.get("lang", "")))
    return CodedSet(segments, texts, utterances)


def _segments(row: dict[str, Any]) -> Iterator[Example]:
    for segment in row["segments"]:
        justice = segment["justice"] or {}
        codes = {code: segment[code] for code in ("movement", "sentiment", "trust")}
        for letter in "DPIF":
            spoken = justice.get(letter)
            codes[f"justice_{letter}"] = None if spoken is None else YES if spoken else NO
        yield Example(segment["text"], row["id"], row["text"], codes, row.get("lang", ""))


def _utterances(row: dict[str, Any]) -> Iterator[Example]:
    said_before = setting_of(row["context"].get("target"), row["context"].get("before"))
    for segment in row["segments"]:
        kind = segment["talk"]["kind"]
        codes = {
            "talk": segment["talk"]["code"],
            "talk_kind": None if kind is None else TALK_KINDS.get(kind, kind),
        }
        yield Example(segment["text"], row["id"], said_before, codes, row.get("lang", ""))


def setting_of(target: str | None, before: str | None) -> str:
    """What stands around an utterance: the declared change, then what was just said."""
    return " … ".join(part for part in (target, before) if part)
