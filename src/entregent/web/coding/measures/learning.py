"""Learning from the firm's codings, and judging before and after on texts that neither coder saw."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from entregent.adapters.coders.cards import score_rows
from entregent.adapters.coders.codebook import codebook
from entregent.adapters.coders.coder import TrainedCoder, coder_name
from entregent.adapters.coders.examples import CodedSet, setting_of
from entregent.adapters.coders.judging import Judged, judged_units
from entregent.adapters.coders.training import train_coder
from entregent.adapters.redaction import find_identifiers, redacted
from entregent.engine.errors import NoRatings
from entregent.engine.voice.evaluation import Answers, macro_f1, positive_f1, with_interval
from entregent.engine.voice.examples import (
    JUSTICES,
    SEGMENT_CODES,
    TEXT_CODES,
    UTTERANCE_CODES,
    YES,
    Example,
    fold_of,
)
from entregent.web.coding.codes import of_head
from entregent.web.coding.models import Words
from entregent.web.coding.queries import masked, readings_of, said_before, settled_values

HELD_OUT = 4
"""One text in so many is never learned from: always the same ones, so that no later coder saw them."""
_HEADS = {"segment": SEGMENT_CODES, "text": TEXT_CODES, "utterance": UTTERANCE_CODES}
ENOUGH = 10
"""Cases of a value below which nothing is said of it, as everywhere the coders are judged."""
BESIDE = "|"


@dataclass(frozen=True, slots=True)
class FirmsSet:
    """The firm's own examples, in two parts. learned, held_out: texts in each."""

    learn: CodedSet
    judge: CodedSet
    learned: int
    held_out: int

    @property
    def heads(self) -> list[str]:
        """What there is something to learn of."""
        rows = [*self.learn.segments, *self.learn.texts, *self.learn.utterances]
        there = {head for one in rows for head, value in one.codes.items() if value is not None}
        return [head for heads in _HEADS.values() for head in heads if head in there]


def firms_set() -> FirmsSet:
    """Every text that people coded, with what names a person masked, as examples."""
    values = settled_values()
    words = {
        one.pk: one for one in Words.objects.filter(pk__in=values).prefetch_related("queued__queue")
    }
    rows = readings_of(words.values())
    whole = CodedSet([], [], [])
    for pk, row in rows.items():
        whole = whole + _examples(words[pk], row, values[pk])
    groups = sorted({one.group for one in (*whole.segments, *whole.texts, *whole.utterances)})
    held = {group for group in groups if fold_of(group, HELD_OUT) == 0}
    learned = set(groups) - held
    return FirmsSet(whole.only(learned), whole.only(held), len(learned), len(held))


def firms_counts() -> tuple[int, int]:
    """Texts that a coder of the firm would learn from, and texts it would be judged on."""
    words = Words.objects.filter(pk__in=settled_values())
    groups = {group_of(one) for one in words}
    held = sum(fold_of(group, HELD_OUT) == 0 for group in groups)
    return len(groups) - held, held


def group_of(words: Words) -> str:
    return f"firm {words.kind} {words.row}"


def _examples(
    words: Words, row: Any, spans: Mapping[tuple[int, int], Mapping[str, str]]
) -> CodedSet:
    text, group = row.text, group_of(words)
    hidden = find_identifiers(text)
    whole = masked(text, 0, len(text), hidden)
    targets = [queued.queue.target for queued in words.queued.all() if queued.queue.target]
    target = targets[0] if targets else ""
    parts: dict[str, list[Example]] = {unit: [] for unit in _HEADS}
    for (start, end), told in spans.items():
        piece = masked(text, start, end, hidden)
        settings = {"segment": whole, "text": ""}
        if target and any(head in told for head in UTTERANCE_CODES):
            before = said_before(words, row)
            settings["utterance"] = setting_of(
                target, redacted(before[-1].text).text if before else None
            )
        for unit, setting in settings.items():
            codes = {head: told.get(head) for head in _HEADS[unit]}
            if any(value is not None for value in codes.values()):
                parts[unit].append(Example(piece, group, setting, codes, words.language))
    return CodedSet(parts["segment"], parts["text"], parts["utterance"])


def learn(own: FirmsSet, carried: CodedSet, base: TrainedCoder, *, profile: str) -> TrainedCoder:
    """A coder that learned the firm's part too; units the firm did not code stay as they are.

    Raises TooFewExamples where a code cannot be learned.
    """
    taught = CodedSet(
        [*carried.segments, *own.learn.segments] if own.learn.segments else [],
        [*carried.texts, *own.learn.texts] if own.learn.texts else [],
        [*carried.utterances, *own.learn.utterances] if own.learn.utterances else [],
    )
    fresh = train_coder(taught, base.encoder, profile=profile)
    panels = {**base.panels, **fresh.panels}
    counts = {f"{unit}s": unit for unit in fresh.panels}
    card = {
        **{name: value for name, value in base.card.items() if name != "scores"},
        "coder": coder_name(profile, panels),
        "profile": profile,
        "panels": sorted(panels),
        "trained_on": {
            **base.card["trained_on"],
            **{name: fresh.card["trained_on"][name] for name in counts},
        },
        "codes": {**base.card["codes"], **fresh.card["codes"]},
        "firm": {"learned": own.learned, "held_out": own.held_out, "heads": own.heads},
    }
    return TrainedCoder(base.encoder, panels, card)


def judged_on(coder: TrainedCoder, judge: CodedSet) -> dict[str, Judged]:
    return judged_units(coder, judge)


def told_rows(said: Mapping[str, Judged]) -> list[dict[str, Any]]:
    """Rows of the card that rest on enough cases: a fairness spoken of too rarely has no figure."""
    rare = {
        head
        for part in said.values()
        for head in JUSTICES
        if head in part.answers
        and sum(one.codes.get(head) == YES for one in part.examples) < ENOUGH
    }
    left_out = rare | ({"justice_mean"} if rare else set())
    return [row for row in score_rows(said) if row["code"] not in left_out]


def with_figures(coder: TrainedCoder, said: Mapping[str, Judged], held_out: int) -> TrainedCoder:
    """The coder, its card telling how it does on the firm's own held-out texts."""
    scores = [{"set": "firm", "texts": held_out, "codes": told_rows(said)}]
    return dataclasses.replace(coder, card={**coder.card, "scores": scores})


def before_and_after(
    before: Mapping[str, Judged], after: Mapping[str, Judged]
) -> list[dict[str, Any]]:
    """A row per head: both scores on the same texts, and the difference with its interval.

    A head that comes too rarely on held-out texts has its count alone.
    """
    old, new = ({row["code"]: row for row in told_rows(said)} for said in (before, after))
    found = []
    for unit, its in after.items():
        for head in its.answers:
            n = sum(one.codes.get(head) is not None for one in its.examples)
            if n:
                gain = _gain(head, before[unit], its) if head in old and head in new else None
                found.append(
                    {
                        "head": head,
                        "n": n,
                        "before": old.get(head),
                        "after": new.get(head),
                        "gain": gain,
                    }
                )
    return found


def _gain(head: str, before: Judged, after: Judged) -> dict[str, float | None] | None:
    """How much better it became, drawn anew over texts: both coders read the same ones."""
    kept = [at for at, one in enumerate(after.examples) if one.codes.get(head) is not None]
    truth = [str(after.examples[at].codes[head]) for at in kept]
    both = [f"{before.answers[head][at]}{BESIDE}{after.answers[head][at]}" for at in kept]
    score = _score_of(head)

    def gained(right: Answers, given: Answers) -> float:
        sides = [str(one).split(BESIDE) for one in given]
        listed = [str(one) for one in right]
        return score(listed, [new for _, new in sides]) - score(listed, [old for old, _ in sides])

    try:
        found = with_interval(gained, truth, both, [after.examples[at].group for at in kept])
    except NoRatings:
        return None
    return {"value": found.value, "low": found.low, "high": found.high}


def _score_of(head: str) -> Callable[[Sequence[str], Sequence[str]], float]:
    if head in JUSTICES:
        return lambda truth, answers: positive_f1(truth, answers, positive=YES)
    return macro_f1


def codes_of(heads: Sequence[str]) -> list[str]:
    """Names of the codebook, in its order."""
    there = {of_head(head)[0] for head in heads}
    return [name for name in codebook() if name in there]
