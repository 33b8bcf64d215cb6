"""A language model beside the coder in use, on texts that people coded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from entregent.adapters.coders.cards import score_rows
from entregent.adapters.coders.coder import TrainedCoder
from entregent.adapters.coders.judging import Judged
from entregent.adapters.coders.language_model import ModelCoding
from entregent.adapters.redaction import find_identifiers
from entregent.engine.estimates import Estimate
from entregent.engine.voice.evaluation import accuracy, with_interval
from entregent.engine.voice.examples import SEGMENT_CODES, TEXT_CODES, Example, fold_of
from entregent.web.coding.codes import flat
from entregent.web.coding.measures.learning import HELD_OUT, group_of
from entregent.web.coding.models import Words
from entregent.web.coding.queries import masked, readings_of, settled_values

TRIED = 20
_HEADS = {"segment": SEGMENT_CODES, "text": TEXT_CODES}
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tried:
    """One text of a trial: its words, and what stands there by span and head."""

    words: Words
    text: str
    values: Mapping[Span, Mapping[str, str]]


def texts_to_try() -> list[Tried]:
    """The latest texts that people coded; those that no coder of the firm learned from come first."""
    values = settled_values()
    rows = readings_of(Words.objects.filter(pk__in=values).order_by("-pk"))
    words = {one.pk: one for one in Words.objects.filter(pk__in=rows)}
    heads = {head for told in _HEADS.values() for head in told}
    found = [
        Tried(words[pk], rows[pk].text, values[pk])
        for pk in sorted(rows, reverse=True)
        if any(head in heads for told in values[pk].values() for head in told)
    ]
    found.sort(key=lambda one: fold_of(group_of(one.words), HELD_OUT) != 0)
    return found[:TRIED]


def compared(
    tried: Sequence[Tried], codings: Iterable[ModelCoding], coder: TrainedCoder
) -> list[dict[str, Any]]:
    """A row per head: how often each is right where the model answered, and F1 where it can be said."""
    by_key = {one.key: one for one in codings if one.problem is None}
    found: list[dict[str, Any]] = []
    for unit, heads in _HEADS.items():
        examples, said = _side(tried, by_key, unit)
        if not examples:
            continue
        mine = _read(coder, unit, examples)
        scored = [
            {row["code"]: row["f1"] for row in score_rows({unit: _judged(examples, answers)})}
            for answers in (said, mine)
        ]
        for head in heads:
            kept = [at for at, one in enumerate(examples) if one.codes.get(head) is not None]
            if not kept:
                continue
            truth = [str(examples[at].codes[head]) for at in kept]
            groups = [examples[at].group for at in kept]
            row: dict[str, Any] = {"head": head, "n": len(kept)}
            for name, answers, f1 in zip(("model", "coder"), (said, mine), scored, strict=True):
                right = with_interval(_hits, truth, [answers[head][at] for at in kept], groups)
                row[name] = _told(right) | {"f1": f1.get(head)}
            found.append(row)
    return found


def _hits(truth: Any, answers: Any) -> float:
    return accuracy(truth.tolist(), answers.tolist())


def _told(estimate: Estimate) -> dict[str, float | None]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def _side(
    tried: Sequence[Tried], codings: Mapping[str, ModelCoding], unit: str
) -> tuple[list[Example], dict[str, list[str]]]:
    """Examples of one unit that people and the model both coded, and the model's answers to them."""
    examples: list[Example] = []
    answers: dict[str, list[str]] = {head: [] for head in _HEADS[unit]}
    for one in tried:
        coding = codings.get(str(one.words.pk))
        if coding is None:
            continue
        hidden = find_identifiers(one.text)
        whole = masked(one.text, 0, len(one.text), hidden)
        cut = {(told["start"], told["end"]): told for told in coding.segments}
        for (start, end), values in one.values.items():
            told = coding.codes if unit == "text" else cut.get((start, end), {})
            codes = {head: values.get(head) for head in _HEADS[unit]}
            flattened = {
                head: value
                for code, answer in told.items()
                if isinstance(answer, str)
                for head, value in flat(code, answer).items()
            }
            if not any(codes.values()) or not set(_HEADS[unit]) <= set(flattened):
                continue
            piece = masked(one.text, start, end, hidden)
            setting = whole if unit == "segment" else ""
            examples.append(Example(piece, str(one.words.pk), setting, codes, one.words.language))
            for head, its in answers.items():
                its.append(flattened[head])
    return examples, answers


def _read(coder: TrainedCoder, unit: str, examples: Sequence[Example]) -> dict[str, list[str]]:
    texts = [one.text for one in examples]
    if unit == "text":
        found = coder.read_texts(texts)
    else:
        found = coder.read_segments(texts, [one.setting for one in examples])
    return {head: reading.answers for head, reading in found.items()}


def _judged(examples: Sequence[Example], answers: dict[str, list[str]]) -> Judged:
    """Without confidences: a language model gives none."""
    n = len(examples)
    return Judged(
        examples,
        answers,
        {head: [1.0] * n for head in answers},
        {head: [True] * n for head in answers},
    )
