"""A coder made by tuning a transformer on coded examples."""

import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from entregent.adapters.coders.coder import TrainedCoder, encoder_signature, vectors_in_context
from entregent.adapters.coders.examples import CodedSet
from entregent.adapters.coders.training import RECIPES, first_card, made_examples, units_of
from entregent.adapters.coders.tuning.graph import graph_of
from entregent.adapters.coders.tuning.lessons import Teacher
from entregent.adapters.coders.tuning.transformer import Learner
from entregent.adapters.encoders import TUNED
from entregent.adapters.encoders.static import fast_encoder
from entregent.adapters.encoders.tuned.base import (
    Base,
    first_weights,
    installed_base,
    pieces_for,
    places_of,
)
from entregent.adapters.encoders.tuned.documents import LONGEST
from entregent.adapters.encoders.tuned.encoder import (
    GRAPH,
    PIECES,
    SHORTER,
    TunedEncoder,
    vectors_of,
    written_pieces,
)
from entregent.adapters.encoders.tuned.pieces import Pieces
from entregent.engine.voice.coders import (
    Panel,
    balanced_target,
    calibrated_head,
    rows_of,
    temperature_for,
)
from entregent.engine.voice.examples import Example, fold_of
from entregent.engine.voice.features import WordFeatures, learn_features
from entregent.engine.voice.regression import Floats, fit_together

HELD_OUT = 6
"""One text in so many is never learned from: calibration rests on it."""
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
WEIGHTS = "weights.npz"


@dataclass(frozen=True, slots=True)
class Plan:
    """rounds: how often every text is read.  rate: at its highest.  still: lower layers that keep
    what they know.  threads: of this machine."""

    rounds: float = 4.0
    rate: float = 1.5e-4
    still: int = 3
    threads: int = 1
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Tuned:
    """coder: with its encoder.  graph, pieces: the encoder's files.  weights: to go on from."""

    coder: TrainedCoder
    graph: bytes
    pieces: bytes
    weights: Mapping[str, NDArray[np.float32]]

    def write(self, encoder: Path, heads: Path, coder: TrainedCoder) -> None:
        """The files that the package carries; coder: with a card that tells more, if there is."""
        encoder.mkdir(parents=True, exist_ok=True)
        (encoder / GRAPH).write_bytes(self.graph)
        (encoder / PIECES).write_bytes(self.pieces)
        coder.write(heads)


def tune(
    examples: CodedSet,
    *,
    plan: Plan,
    begun: Path | None = None,
    say: Callable[[str], None],
) -> Tuned:
    """Tune the installed transformer on five texts in six, and calibrate on the sixth.

    begun: weights of an earlier tuning to go on from.
    Raises EncoderAbsent when the package with the first weights is not installed.
    """
    base = _base_for(examples)
    held = {one.group for one in _all(examples) if fold_of(one.group, HELD_OUT) == 0}
    seen, judged = _apart(examples, held)
    counts = _counts(examples)
    weights = first_weights(base) if begun is None else dict(np.load(begun))
    if plan.rounds:
        weights = _learned(base, seen, weights, counts, plan=plan, say=say)
    values = {code: tuple(sorted(told)) for code, told in counts.items()}
    places = places_of(base, LONGEST + 2)
    graph = graph_of(weights, layers=base.layers, heads=base.heads)
    pieces = written_pieces(base.pieces, base.chances, base.nibbles, base.scales, places)
    encoder = TunedEncoder(graph, pieces, fast_encoder(), threads=plan.threads)
    panels = {
        unit: _panel(
            unit,
            codes,
            (rows, units_of(judged)[unit][0]),
            values=values,
            encoder=encoder,
            weights=weights,
        )
        for unit, (rows, codes) in units_of(seen).items()
    }
    card = first_card(panels, encoder, seen, profile=TUNED)
    return Tuned(TrainedCoder(encoder, panels, card), graph, pieces, weights)


def written_weights(weights: Mapping[str, NDArray[np.float32]]) -> bytes:
    written = io.BytesIO()
    np.savez(written, allow_pickle=False, **weights)
    return written.getvalue()


def _all(examples: CodedSet) -> list[Example]:
    return [*examples.segments, *examples.texts, *examples.utterances]


def _apart(examples: CodedSet, held: set[str]) -> tuple[CodedSet, CodedSet]:
    return examples.only({one.group for one in _all(examples)} - held), examples.only(held)


def _base_for(examples: CodedSet) -> Base:
    base = installed_base()
    words = {word for one in _all(examples) for word in f"{one.text} {one.setting}".split()}
    return base.only(pieces_for(base, sorted(words | set(fast_encoder().words))))


def _counts(examples: CodedSet) -> dict[str, Counter[str]]:
    return {
        code: Counter(str(one.codes[code]) for one in rows if one.codes.get(code) is not None)
        for rows, codes in units_of(examples).values()
        for code in codes
    }


def _learned(
    base: Base,
    seen: CodedSet,
    weights: Mapping[str, NDArray[np.float32]],
    counts: Mapping[str, Mapping[str, int]],
    *,
    plan: Plan,
    say: Callable[[str], None],
) -> dict[str, NDArray[np.float32]]:
    learner = Learner(
        weights,
        vectors_of(base.nibbles, base.scales.astype(np.float32)),
        places_of(base, LONGEST + 2).astype(np.float32),
        counts,
        layers=base.layers,
        heads=base.heads,
        still=plan.still,
    )
    teacher = Teacher(seen, Pieces(base.pieces, base.chances), seed=plan.seed)
    learner.learn(teacher, rounds=plan.rounds, rate=plan.rate, seed=plan.seed, say=say)
    return learner.learned()


@dataclass(frozen=True, slots=True)
class _Linear:
    """Heads on words and on the fast table's vectors: they see what the transformer overlooks.

    fitted: weights and bias of each code, words first, then the passage, then what is around it.
    """

    features: WordFeatures
    fitted: Sequence[tuple[Floats, Floats]]


def _linear(unit: str, codes: Sequence[str], seen: Sequence[Example]) -> _Linear:
    recipe, encoder = RECIPES[unit], fast_encoder()
    everything = [*seen, *made_examples(unit, seen, recipe)]
    features = learn_features([one.text for one in seen])
    rows, dimension = rows_of(everything, features, encoder.encode, recipe)
    targets = [
        balanced_target([one.codes.get(code) for one in everything], recipe.balance)[1]
        for code in codes
    ]
    lengths = np.repeat(
        np.array([1.0, recipe.meaning, recipe.setting], np.float32),
        [features.size, dimension, dimension],
    )
    unread = np.zeros((0 if recipe.setting else dimension, 1), np.float32)
    return _Linear(
        features,
        [
            (np.concatenate([weights, unread.repeat(bias.size, 1)]) * lengths[:, None], bias)
            for weights, bias in fit_together(rows, targets, recipe.strength)
        ],
    )


def _panel(
    unit: str,
    codes: Sequence[str],
    rows: tuple[Sequence[Example], Sequence[Example]],
    *,
    values: Mapping[str, tuple[str, ...]],
    encoder: TunedEncoder,
    weights: Mapping[str, NDArray[np.float32]],
) -> Panel:
    """The readers that learned with the transformer, and linear ones beside them.

    How much the linear ones weigh, and all calibration, rests on texts that neither learned from.
    """
    seen, held = rows
    linear = _linear(unit, codes, seen)
    texts, settings = [one.text for one in held], [one.setting for one in held]
    matrix = linear.features.matrix(texts)
    vectors = vectors_in_context(encoder, unit, texts, settings)
    heads = []
    for code, (fitted, bias) in zip(codes, linear.fitted, strict=True):
        tuned = weights[f"say.{code}.weight"].T / SHORTER, weights[f"say.{code}.bias"]
        told, truth = _truth(code, values[code], held)
        by_words = matrix[told] @ fitted[: linear.features.size] + bias
        by_words += vectors[told, encoder.width :] @ fitted[linear.features.size :]
        by_meaning = vectors[told, : encoder.width] @ tuned[0] + tuned[1]
        share = _share(by_words, by_meaning, truth)
        both = (
            np.insert(fitted * share, [linear.features.size], tuned[0], axis=0),
            bias * share + tuned[1],
        )
        logits = np.asarray(by_words * share + by_meaning, np.float64)
        heads.append(
            calibrated_head(
                code, values[code], both, logits=logits, truth=truth, recipe=RECIPES[unit]
            )
        )
    signature = encoder_signature(encoder)
    return Panel(unit, linear.features, signature, encoder.dim, 1.0, 0.0, tuple(heads))


def _share(by_words: Floats, by_meaning: Floats, truth: NDArray[np.intp]) -> float:
    """How much the linear reader of a code weighs: under which held-out truth is likeliest."""

    def surprise(share: float) -> float:
        logits = np.asarray(by_words * share + by_meaning, np.float64)
        likely = log_softmax(logits / temperature_for(logits, truth), axis=1)
        return -float(likely[np.arange(truth.size), truth].mean())

    return min(SHARES, key=surprise)


def _truth(
    code: str, values: Sequence[str], held: Sequence[Example]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which examples tell a code, and the rank of what they tell."""
    told = [(at, one.codes.get(code)) for at, one in enumerate(held)]
    known = [(at, values.index(value)) for at, value in told if value is not None]
    return np.array([at for at, _ in known], np.intp), np.array(
        [rank for _, rank in known], np.intp
    )
