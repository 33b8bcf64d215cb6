"""How often a coder is right on coded examples: those it never saw, or in folds of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from entregent.adapters.coders.coder import TrainedCoder
from entregent.adapters.coders.examples import CodedSet
from entregent.adapters.coders.training import train_coder
from entregent.adapters.encoders import Encoder
from entregent.engine.errors import NoRatings
from entregent.engine.estimates import Estimate
from entregent.engine.voice.coders import Reading
from entregent.engine.voice.evaluation import (
    CodeScore,
    macro_f1,
    positive_f1,
    score_code,
    with_interval,
)
from entregent.engine.voice.examples import JUSTICES, YES, Example, fold_of

FOLDS = 5
NEITHER = {"+": "positive", "-": "negative"}


@dataclass(frozen=True, slots=True)
class Judged:
    """What a coder said of examples, beside what people said. One list entry per example."""

    examples: Sequence[Example]
    answers: dict[str, list[str]]
    confidences: dict[str, list[float]]
    sure: dict[str, list[bool]]

    def __add__(self, other: "Judged") -> "Judged":
        return Judged(
            [*self.examples, *other.examples],
            {code: self.answers[code] + other.answers[code] for code in self.answers},
            {code: self.confidences[code] + other.confidences[code] for code in self.confidences},
            {code: self.sure[code] + other.sure[code] for code in self.sure},
        )


def judged(coder: TrainedCoder, unit: str, examples: Sequence[Example]) -> Judged:
    """The coder's readings of examples of one unit."""
    texts = [one.text for one in examples]
    settings = [one.setting for one in examples]
    readers: dict[str, Callable[[], dict[str, Reading]]] = {
        "segment": lambda: coder.read_segments(texts, settings),
        "text": lambda: coder.read_texts(texts),
        "utterance": lambda: coder.read_utterances(texts, settings),
    }
    found = readers[unit]()
    return Judged(
        examples,
        {code: reading.answers for code, reading in found.items()},
        {code: reading.confidences.tolist() for code, reading in found.items()},
        {code: reading.sure.tolist() for code, reading in found.items()},
    )


def scores(said: Judged) -> list[CodeScore]:
    """One score per code, in the order of the panel; a code coded too rarely to judge is left out."""
    found = []
    for code in said.answers:
        try:
            found.append(_score(said, code))
        except NoRatings:
            continue
    return found


def sentiment_of_three(said: Judged) -> Estimate:
    """Macro-F1 of positive, negative and neither, mixed feelings being neither alone."""
    kept = _told(said, "sentiment")
    truth = [NEITHER.get(str(said.examples[at].codes["sentiment"]), "neither") for at in kept]
    answers = [NEITHER.get(said.answers["sentiment"][at], "neither") for at in kept]
    return with_interval(
        lambda a, b: macro_f1(a.tolist(), b.tolist()),
        truth,
        answers,
        [said.examples[at].group for at in kept],
    )


def mean_justice(said: Judged) -> Estimate:
    """Mean over the four fairnesses of the F1 of speaking of it."""
    kept = [
        at
        for at, one in enumerate(said.examples)
        if all(one.codes.get(code) is not None for code in JUSTICES)
    ]
    truth = ["|".join(str(said.examples[at].codes[code]) for code in JUSTICES) for at in kept]
    answers = ["|".join(said.answers[code][at] for code in JUSTICES) for at in kept]

    def mean(some: np.ndarray, other: np.ndarray) -> float:
        right, given = [[one.split("|") for one in side] for side in (some, other)]
        return float(
            np.mean(
                [
                    positive_f1([r[c] for r in right], [g[c] for g in given], positive=YES)
                    for c in range(len(JUSTICES))
                ]
            )
        )

    return with_interval(mean, truth, answers, [said.examples[at].group for at in kept])


def _told(said: Judged, code: str) -> list[int]:
    return [at for at, one in enumerate(said.examples) if one.codes.get(code) is not None]


def _score(said: Judged, code: str) -> CodeScore:
    kept = _told(said, code)
    return score_code(
        code,
        [str(said.examples[at].codes[code]) for at in kept],
        [said.answers[code][at] for at in kept],
        [said.examples[at].group for at in kept],
        confidences=[said.confidences[code][at] for at in kept],
        sure=[said.sure[code][at] for at in kept],
        positive=YES if code in JUSTICES else None,
    )


def judged_in_folds(
    examples: CodedSet, encoder: Encoder, *, profile: str, beside: CodedSet | None = None
) -> dict[str, Judged]:
    """Readings of every example by a coder that never saw its text, by unit.

    beside: further examples that every fold learns from.
    """
    said: dict[str, Judged] = {}
    groups = {
        one.group
        for rows in (examples.segments, examples.texts, examples.utterances)
        for one in rows
    }
    for fold in range(FOLDS):
        held = {group for group in groups if fold_of(group, FOLDS) == fold}
        seen = examples.only(groups - held)
        coder = train_coder(beside + seen if beside else seen, encoder, profile=profile)
        for unit, part in judged_units(coder, examples.only(held)).items():
            said[unit] = said[unit] + part if unit in said else part
    return said


def judged_units(coder: TrainedCoder, examples: CodedSet) -> dict[str, Judged]:
    """The coder's readings of examples, for each unit it reads and of which there are examples."""
    units = {
        "segment": examples.segments,
        "text": examples.texts,
        "utterance": examples.utterances,
    }
    return {
        unit: judged(coder, unit, rows)
        for unit, rows in units.items()
        if rows and unit in coder.panels
    }
