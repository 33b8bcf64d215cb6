"""What customers say of a declared change, as the machine finds and reads it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from entregent.adapters.coders.coder import TrainedCoder
from entregent.adapters.coders.examples import carried_examples, setting_of
from entregent.engine.change.balance import FOR_CHANGE, FOR_KEEPING, Cell
from entregent.engine.voice.coders import Reading
from entregent.engine.voice.segments import words_of
from entregent.web.decisions.catalogue import ready_change
from entregent.web.decisions.models import Change, Heard, Item
from entregent.web.decisions.queries import items_of, sentences
from entregent.web.evidence import likeness
from entregent.web.evidence.models import CodedText

TEXTS_EACH = 2_000
"""Texts looked at for each phrase of a change: beyond these, none is near."""
NEAR = 0.36
"""Nearness from which a sentence counts as speaking of a change; chosen by eye on the demonstration."""
NAMED = 0.40
"""Nearness to the name or target itself from which a sentence may be said to go one way or the other."""
LEANING = 0.05
"""How much nearer what is listened for on one side must be than on the other."""
CONFIDENT = 0.6
MOST_HEARD = 5_000
FEWEST_WORDS = 3
ORDINARY = 2_000
OWN_TURN = "Moi :"
"""How a chat marks the customer's turns; where it does, all others are somebody else's."""
_CELLS = {"change": FOR_CHANGE, "sustain": FOR_KEEPING}
Vectors = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: CodedText
    place: int
    words: str


def hear(change: Change, coder: TrainedCoder) -> list[Heard]:
    """Sentences said since a change was begun that are near its words, each read by the coder.

    The nearest first, at most MOST_HEARD; nothing is stored. Which way a sentence goes is said only
    where two readings agree, see `_ways`.
    """
    prompts = prompts_of(change)
    found = _sentences_near(change, _phrases(change, prompts))
    if not found:
        return []
    vectors = _vectors([one.words for one in found])
    near = _nearness(change, prompts, found, vectors)
    kept = [rank for rank in np.argsort(-near, kind="stable")[:MOST_HEARD] if near[rank] >= NEAR]
    if not kept:
        return []
    words = [found[rank].words for rank in kept]
    fit = {cell: _nearest(vectors[kept], prompts[cell]) for cell in Cell}
    named = _nearest(vectors[kept], _named(change))
    ways, confidences, kinds = _ways(change, coder, words, named, fit)
    heard = []
    for place, rank in enumerate(kept):
        said = ways[place]
        cells = _CELLS.get(said, ())
        row = found[rank].text.row
        heard.append(
            Heard(
                change=change,
                kind="echange" if found[rank].text.interaction_id else "reponse",
                row=row.pk,
                place=found[rank].place,
                customer_id=row.customer_id,
                said_at=row.at,
                text=found[rank].words,
                near=float(near[rank]),
                talk=said,
                talk_confidence=float(confidences[place]),
                talk_kind=kinds.answers[place] if cells and kinds.sure[place] else "",
                cell=max(cells, key=lambda cell: float(fit[cell][place]), default=""),
            )
        )
    return heard


def _ways(
    change: Change,
    coder: TrainedCoder,
    words: Sequence[str],
    named: Vectors,
    fit: Mapping[Cell, Vectors],
) -> tuple[list[str], Vectors, Reading]:
    """Which way each sentence goes (change, sustain, neutral, or empty where unknown), and how surely.

    Staying and leaving are what the codebook's movement codes: for such a change the coder's movement
    tells the way. For any other, the coder's reading of talk counts where the sentence itself names the
    change and is nearer to what is listened for on the same side.
    """
    read = coder.read_utterances(words, [setting_of(change.target, None)] * len(words))
    talk, kinds = read["talk"], read["talk_kind"]
    example = ready_change(change.ready)
    if example and example.movement:
        moves = coder.read_segments(words, words)["movement"]
        towards, against = ("A", "T") if example.movement == "away" else ("T", "A")
        way_of = {towards: "change", against: "sustain"}
        ways = [
            way_of.get(answer, "neutral") if sure else ""
            for answer, sure in zip(moves.answers, moves.sure, strict=True)
        ]
        return ways, moves.confidences, kinds
    leans = np.max([fit[cell] for cell in FOR_CHANGE], axis=0) - np.max(
        [fit[cell] for cell in FOR_KEEPING], axis=0
    )
    side = {"change": 1.0, "sustain": -1.0}
    told = talk.sure & (named >= NAMED) & (talk.confidences >= CONFIDENT)
    ways = []
    for place, answer in enumerate(talk.answers):
        agreed = told[place] and side.get(answer, 0.0) * leans[place] >= LEANING
        neutral = answer == "neutral" and talk.sure[place]
        ways.append(answer if agreed or neutral else "")
    return ways, talk.confidences, kinds


def prompts_of(change: Change) -> dict[Cell, list[str]]:
    """What to listen for in each cell: the catalogue's hints, and the customers' items that stand there."""
    example = ready_change(change.ready)
    found = {cell: list(getattr(example.cells, cell).fr) if example else [] for cell in Cell}
    for item in items_of(change):
        if item.holder == Item.Holder.CUSTOMER:
            found[Cell(item.cell)].append(item.text)
    return found


def _named(change: Change) -> list[str]:
    return [change.name, change.target]


def _phrases(change: Change, prompts: dict[Cell, list[str]]) -> list[str]:
    """All words that tell of a change: its name, its target, its steps and what to listen for."""
    steps = [step.strip() for step in change.steps.splitlines() if step.strip()]
    hints = [words for cell in Cell for words in prompts[cell]]
    return list(dict.fromkeys([*_named(change), *steps, *hints]))


def _sentences_near(change: Change, phrases: Sequence[str]) -> list[_Sentence]:
    return [
        _Sentence(text, place, words)
        for text in likeness.texts_near(phrases, TEXTS_EACH)
        if text.row.at.date() >= change.since
        for place, words in _own_sentences(text.words)
    ]


def _own_sentences(text: str) -> Iterator[tuple[int, str]]:
    """The customer's own sentences with their rank; greetings, signatures and others' turns are left out."""
    own = words_of(text)
    for place, (start, end) in enumerate(sentences(text)):
        middle, words = (start + end) // 2, text[start:end].strip()
        if len(words.split()) < FEWEST_WORDS or not any(
            one.start <= middle < one.end for one in own
        ):
            continue
        line = text[text.rfind("\n", 0, start + 1) + 1 : end].lstrip()
        if OWN_TURN not in text or line.startswith(OWN_TURN):
            yield place, words.removeprefix(OWN_TURN).strip()


def _nearness(
    change: Change, prompts: dict[Cell, list[str]], found: Sequence[_Sentence], vectors: Vectors
) -> Vectors:
    """How near each sentence is to the change, 0 to 1.

    To its name or target; or, for what is only a reason (« je préfère une voix »), to anything that
    tells of it, halved with how near the whole text is to name or target.
    """
    named = _named(change)
    texts = {one.text.pk: one.text.words for one in found}
    of_text = dict(zip(texts, _nearest(_vectors(list(texts.values())), named), strict=True))
    around = np.array([of_text[one.text.pk] for one in found])
    reasons = _nearest(vectors, _phrases(change, prompts))
    near = np.maximum(_nearest(vectors, named), (reasons + around) / 2)
    return np.asarray(np.clip(near, 0.0, 1.0), dtype=float)


def _nearest(vectors: Vectors, phrases: Sequence[str]) -> Vectors:
    """Cosine of each vector with the nearest of some phrases; -1 without any."""
    if not phrases:
        return np.full(len(vectors), -1.0)
    return np.asarray((vectors @ _vectors(phrases).T).max(axis=1), dtype=float)


def _vectors(texts: Sequence[str]) -> Vectors:
    """Meanings less what any customer's sentence means, at length one."""
    encoder = likeness.encoder_in_use()
    return _unit(np.asarray(_unit(_encoded(encoder, texts)) - _ordinary(encoder)))


@lru_cache(maxsize=2)
def _ordinary(encoder: str) -> Vectors:
    """The mean meaning of the package's own examples of customers' words."""
    examples = carried_examples().segments[:ORDINARY]
    return np.asarray(_unit(_encoded(encoder, [one.text for one in examples])).mean(axis=0))


def _encoded(encoder: str, texts: Sequence[str]) -> Vectors:
    return np.asarray(likeness.opened(encoder).encode(list(texts)), dtype=float)


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0))
