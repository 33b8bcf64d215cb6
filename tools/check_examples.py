"""Check the coded examples that the package carries, and count what they hold.

    python tools/check_examples.py [--against TEXTS ...]

Says every example that breaks a rule of the codebook, every text found twice or nearly so, and,
for each file of texts given by --against (one JSON object, or one text, a line), every sentence of
eight words or more that an example shares with it. Exits with 1 when something is wrong.
"""

import argparse
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

VOICE = Path(__file__).resolve().parent.parent / "src" / "entregent" / "catalogue" / "voice"
SHARED_WORDS = 8
NEAR = 0.8  # share of common word triples above which two texts are nearly the same
NEAR_WORDS = (
    6  # shorter texts are only compared whole: customers do say "very good" and "very poor"
)

Example = dict[str, Any]


def read_examples(folder: Path = VOICE / "examples") -> dict[str, list[Example]]:
    return {
        path.name: [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for path in sorted(folder.glob("*.jsonl"))
    }


def legal_codes(codebook: Path = VOICE / "codebook.yaml") -> dict[str, set[str]]:
    codes = yaml.safe_load(codebook.read_text("utf-8"))["codes"]
    return {name: {value["code"] for value in code["values"]} for name, code in codes.items()}


def faults_of(example: Example, legal: dict[str, set[str]]) -> Iterator[str]:
    """Every rule the example breaks: segments in order, codes of the codebook."""
    if example["lang"] not in {"fr", "en"}:
        yield f"unknown language {example['lang']}"
    yield from _faults_of_order(example)
    about_change = "context" in example
    for segment in example["segments"]:
        if about_change:
            yield from _faults_of_talk(segment["talk"], legal)
        else:
            yield from _faults_of_segment(segment, legal)
    for name in () if about_change else ("relationship", "stage", "effort"):
        if example[name] not in legal[name]:
            yield f"{name} cannot be {example[name]}"


def _faults_of_order(example: Example) -> Iterator[str]:
    start = 0
    for segment in example["segments"]:
        found = example["text"].find(segment["text"], start)
        if found < 0 or example["text"][start:found].strip():
            yield f"segment is not where the text goes on: {segment['text']}"
            return
        start = found + len(segment["text"])
    if not example["segments"] or example["text"][start:].strip():
        yield "some of the text is in no segment"


def _faults_of_segment(segment: dict[str, Any], legal: dict[str, set[str]]) -> Iterator[str]:
    for name in ("movement", "sentiment", "trust"):
        if segment[name] not in legal[name]:
            yield f"{name} cannot be {segment[name]}"
    if set(segment["justice"]) != legal["justice"]:
        yield f"justice names {sorted(segment['justice'])}"


def _faults_of_talk(talk: dict[str, Any], legal: dict[str, set[str]]) -> Iterator[str]:
    if talk["code"] not in legal["talk"]:
        yield f"talk cannot be {talk['code']}"
    if (talk["kind"] is None) != (talk["code"] == "neutral"):
        yield "only change and sustain talk have a kind"
    elif talk["kind"] is not None and talk["kind"] not in legal["talk_kind"]:
        yield f"kind cannot be {talk['kind']}"


def plain_words(text: str) -> list[str]:
    """Lower-case words without accents, so that copies with small changes still meet."""
    folded = unicodedata.normalize("NFKD", text.lower())
    return re.findall(r"[a-z0-9]+", "".join(c for c in folded if not unicodedata.combining(c)))


def repeated(examples: Iterable[Example]) -> Iterator[tuple[str, str]]:
    """Pairs of examples whose texts, and what was said before, are the same or nearly so."""
    whole: dict[tuple[str, ...], str] = {}
    posting: dict[tuple[str, ...], list[str]] = {}
    triples: dict[str, set[tuple[str, ...]]] = {}
    for example in examples:
        context = example.get("context", {})
        words = plain_words(example["text"])
        said_before = plain_words(f"{context.get('target')} {context.get('before')}")
        key = (example["lang"], *words, "|", *said_before)
        if key in whole and words:
            yield whole[key], example["id"]
        whole.setdefault(key, example["id"])
        if len(words) < NEAR_WORDS:
            continue
        own: set[tuple[str, ...]] = set(zip(words, words[1:], words[2:], strict=False))
        meetings = Counter(other for triple in own for other in posting.get(triple, ()))
        for other, common in meetings.items():
            if common / len(own | triples[other]) >= NEAR:
                yield other, example["id"]
        triples[example["id"]] = own
        for triple in own:
            posting.setdefault(triple, []).append(example["id"])


def long_sentences(text: str) -> set[str]:
    sentences = (plain_words(part) for part in re.split(r"[.!?…;\n]+", text))
    return {" ".join(words) for words in sentences if len(words) >= SHARED_WORDS}


def shared_sentences(
    examples: Iterable[Example], texts: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Sentences of eight words or more that an example has in common with other texts."""
    elsewhere = {sentence for text in texts for sentence in long_sentences(text)}
    for example in examples:
        own = long_sentences(example["text"])
        own |= {s for segment in example["segments"] for s in long_sentences(segment["text"])}
        yield from ((example["id"], sentence) for sentence in sorted(own & elsewhere))


def read_texts(path: Path) -> Iterator[str]:
    for line in path.read_text("utf-8", errors="replace").splitlines():
        yield json.loads(line)["text"] if path.suffix == ".jsonl" else line


def counts(examples: Iterable[Example]) -> dict[str, Counter[str]]:
    tallies: dict[str, Counter[str]] = {}

    def tally(name: str, value: str) -> None:
        tallies.setdefault(name, Counter())[value] += 1

    for example in examples:
        about_change = "context" in example
        tally("texts", f"{example['lang']} {'talk' if about_change else 'voice'}")
        tally("sector", example["sector"])
        for segment in example["segments"]:
            tally("segments", f"{example['lang']} {'talk' if about_change else 'voice'}")
            if about_change:
                tally("talk", segment["talk"]["code"])
                tally("talk_kind", f"{segment['talk']['code']} {segment['talk']['kind']}")
                continue
            for name in ("movement", "sentiment", "trust"):
                tally(name, segment[name])
            letters = "".join(letter for letter in "DPIF" if segment["justice"][letter])
            for letter in letters or "0":
                tally("justice", letter)
        for name in () if about_change else ("relationship", "stage", "effort"):
            tally(name, example[name])
    return tallies


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", nargs="*", type=Path, default=[])
    against = parser.parse_args().against

    legal = legal_codes()
    by_file = read_examples()
    examples = [example for rows in by_file.values() for example in rows]
    problems = [f"{e['id']}: {fault}" for e in examples for fault in faults_of(e, legal)]
    problems += [f"{two} repeats {one}" for one, two in repeated(examples)]
    for path in against:
        problems += [
            f"{own} shares with {path.name}: {sentence}"
            for own, sentence in shared_sentences(examples, read_texts(path))
        ]
    for name, tally in counts(examples).items():
        print(name, dict(tally.most_common()))
    print("\n".join(problems) or "no fault found")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
