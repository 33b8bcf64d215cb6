"""Linear coders of customers' words: trained, calibrated, and silent where they are unsure.

A *head* reads one code. It sees a row of features (words, the encoder's vector, the vector of what
stands around) and gives each value of the code a probability. Heads that look at the same rows
form a *panel*, which multiplies once for all of them.
"""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from scipy.special import log_softmax, softmax

from entregent.engine.errors import BrokenContract, LengthsDiffer, NotMeasurable
from entregent.engine.voice.evaluation import macro_f1
from entregent.engine.voice.examples import Example, fold_of
from entregent.engine.voice.features import WordFeatures, learn_features
from entregent.engine.voice.regression import Floats, Rows, Target, fit_together

Numbers = NDArray[np.float64]
Embed = Callable[[Sequence[str]], Floats]

FORMAT = "2"


class TooFewExamples(NotMeasurable):
    """A code has fewer than two values with enough examples, or fewer groups than folds."""


class UnknownFormat(BrokenContract):
    """Trained heads were written in a form that this version does not read."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is open when a panel is trained.

    strength: inverse of the ridge penalty.  balance: 0 leaves classes as they come, 1 makes them
    weigh the same; the square root (0.5) is best on every set we tried.  meaning, setting: length
    given to the vectors of the text and of what stands around it, words having length 1.
    folds: of the held-out readings that calibration rests on.  precision: share of right answers
    that each value must reach where the head does not abstain.
    """

    strength: float = 1.0
    balance: float = 0.5
    meaning: float = 1.5
    setting: float = 0.7
    folds: int = 3
    precision: float = 0.7


@dataclass(frozen=True, slots=True)
class Head:
    """A trained reader of one code.

    values: what it can answer.  weights: features by values; bias: one per value.
    expected: share of each value that the weights were balanced for.
    temperature: what logits are divided by, so that confidence is the share of right answers.
    thresholds: per value, the class-balanced margin below which it does not say that value; above
    1 where it never may.  precision: what they were chosen for.
    """

    code: str
    values: tuple[str, ...]
    weights: Floats
    bias: Floats
    expected: Numbers
    temperature: float
    thresholds: Numbers
    precision: float

    def reading(self, logits: Numbers) -> "Reading":
        """Values, confidences and margins of rows of logits."""
        probabilities = softmax(logits / self.temperature, axis=1)
        best = probabilities.argmax(axis=1)
        margins = balanced_margins(probabilities, self.expected)
        return Reading(self.values, probabilities, best, margins, margins >= self.thresholds[best])


@dataclass(frozen=True, slots=True)
class Reading:
    """What one head says of many rows.

    probabilities: calibrated, rows by values.  best: rank of the likeliest value.
    margins: class-balanced, 0 to 1.  sure: False where the head abstains.
    """

    values: tuple[str, ...]
    probabilities: Numbers
    best: NDArray[np.intp]
    margins: Numbers
    sure: NDArray[np.bool_]

    @property
    def answers(self) -> list[str]:
        """The likeliest value of each row, unsure or not."""
        return [self.values[rank] for rank in self.best]

    @property
    def confidences(self) -> Numbers:
        return np.asarray(self.probabilities[np.arange(self.best.size), self.best])


def balanced_margins(probabilities: Numbers, expected: Numbers) -> Numbers:
    """How far the likeliest value stands above the next, were all values equally frequent.

    probabilities: rows by values.  expected: share of each value, summing to 1.
    Returns 0 to 1 per row; 0 when another value would lead if values were equally frequent.
    A plain top probability would keep mostly the frequent value; this keeps each value's clear cases.

    >>> balanced_margins(np.array([[0.8, 0.2], [0.5, 0.5]]), np.array([0.8, 0.2])).round(3).tolist()
    [0.0, 0.0]
    >>> balanced_margins(np.array([[0.2, 0.8]]), np.array([0.8, 0.2])).round(3).tolist()
    [0.882]
    """
    balanced = probabilities / expected
    balanced = balanced / balanced.sum(axis=1, keepdims=True)
    rows = np.arange(len(balanced))
    best = probabilities.argmax(axis=1)
    own = balanced[rows, best]
    balanced[rows, best] = -1.0
    return np.asarray(np.maximum(own - balanced.max(axis=1), 0.0))


def temperature_for(logits: Numbers, truth: NDArray[np.intp]) -> float:
    """The temperature under which held-out truth is likeliest.

    logits: rows by values.  truth: rank of the right value, one per row.
    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", ICML.

    >>> temperature_for(np.array([[4.0, 0.0], [4.0, 0.0], [4.0, 0.0]]), np.array([0, 0, 1])) > 3
    True
    """
    rows = np.arange(truth.size)

    def loss(log_temperature: float) -> float:
        scaled = log_softmax(logits / np.exp(log_temperature), axis=1)
        return float(-scaled[rows, truth].mean())

    found = minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded")
    return float(np.exp(found.x))


NEVER = 1.01
FEWEST_ANSWERS = 10


def thresholds_for(
    margins: Numbers,
    answers: NDArray[np.intp],
    truth: NDArray[np.intp],
    values: int,
    precision: float,
) -> Numbers:
    """Per value, the lowest margin from which it is right as often as `precision` asks.

    margins, answers, truth: one per held-out case; answers and truth are ranks below `values`.
    A value right too rarely even where it is clearest gets NEVER, and so does one answered too
    rarely to tell: a frequent value cannot vouch for a rare one.

    >>> margins, answers = np.linspace(0.1, 0.9, 20), np.zeros(20, int)
    >>> truth = np.array([1] * 10 + [0] * 10)
    >>> thresholds_for(margins, answers, truth, 2, 0.9).round(2).tolist()
    [0.48, 1.01]
    """
    found = np.full(values, NEVER)
    for value in range(values):
        own = np.flatnonzero(answers == value)
        clearest = own[np.argsort(-margins[own], kind="stable")]
        shares = np.cumsum(truth[clearest] == value) / np.arange(1, clearest.size + 1)
        enough = np.flatnonzero(shares >= precision)
        enough = enough[enough + 1 >= FEWEST_ANSWERS]
        if enough.size:
            last = int(enough[-1])
            found[value] = 0.0 if last == clearest.size - 1 else margins[clearest[last]]
    return found


def balanced_target(labels: Sequence[str | None], balance: float) -> tuple[tuple[str, ...], Target]:
    """The values that labels hold, and the target to fit; rare values weigh more by `balance`.

    >>> values, target = balanced_target(["a", "a", "a", "b", None], 1.0)
    >>> values, target.weights.tolist()[3:]
    (('a', 'b'), [2.0, 0.0])
    """
    told = np.asarray([label is not None for label in labels])
    values, ranks = np.unique(
        [str(label) for label in labels if label is not None], return_inverse=True
    )
    counts = np.bincount(ranks)
    each = (ranks.size / counts) ** balance
    weighing = np.zeros(len(labels), np.float32)
    weighing[told] = each[ranks] / each[ranks].mean()
    places = np.zeros(len(labels), np.intp)
    places[told] = ranks
    return tuple(str(value) for value in values), Target(places, values.size, weighing)


def _calibrated(
    code: str,
    values: tuple[str, ...],
    fitted: tuple[Floats, Floats],
    *,
    held_out: Numbers,
    target: Target,
    recipe: Recipe,
) -> Head:
    """The head, with temperature and threshold from readings by weights that never saw the text."""
    told = target.weights > 0
    return calibrated_head(
        code, values, fitted, logits=held_out[told], truth=target.ranks[told], recipe=recipe
    )


def calibrated_head(
    code: str,
    values: tuple[str, ...],
    fitted: tuple[Floats, Floats],
    *,
    logits: Numbers,
    truth: NDArray[np.intp],
    recipe: Recipe,
) -> Head:
    """The head of fitted weights and bias, with temperature and thresholds from held-out readings.

    logits: held-out cases by values.  truth: rank of the right value, one per case.
    """
    temperature = temperature_for(logits, truth)
    expected = _expected(truth, len(values), recipe.balance)
    probabilities = softmax(logits / temperature, axis=1)
    thresholds = thresholds_for(
        balanced_margins(probabilities, expected),
        probabilities.argmax(axis=1),
        truth,
        len(values),
        recipe.precision,
    )
    return Head(code, values, *fitted, expected, temperature, thresholds, recipe.precision)


def _expected(truth: NDArray[np.intp], values: int, balance: float) -> Numbers:
    counts = np.maximum(np.bincount(truth, minlength=values), 1).astype(float)
    weighed = counts ** (1 - balance)
    return np.asarray(weighed / weighed.sum())


@dataclass(frozen=True, slots=True)
class Panel:
    """Heads that read the same rows: words, meaning and setting side by side.

    dimension: of the encoder's vectors, 0 without one.  encoder: its name and version.
    """

    unit: str
    features: WordFeatures
    encoder: str
    dimension: int
    meaning: float
    setting: float
    heads: tuple[Head, ...]

    def read(
        self, texts: Sequence[str], meanings: Floats | None, settings: Floats | None
    ) -> dict[str, Reading]:
        """What each head says of each text; vectors: texts by `dimension`, of length 1."""
        weights = np.concatenate([head.weights for head in self.heads], axis=1)
        logits = self._products(texts, meanings, settings, weights)
        found, place = {}, 0
        for head in self.heads:
            own = logits[:, place : place + len(head.values)] + head.bias
            found[head.code] = head.reading(own.astype(np.float64))
            place += len(head.values)
        return found

    def _products(
        self,
        texts: Sequence[str],
        meanings: Floats | None,
        settings: Floats | None,
        weights: Floats,
    ) -> Floats:
        words = self.features.size
        logits = np.asarray(self.features.matrix(texts) @ weights[:words], np.float32)
        place = words
        for vectors, length in ((meanings, self.meaning), (settings, self.setting)):
            if vectors is None or length == 0:
                continue
            logits += (vectors * length) @ weights[place : place + self.dimension]
            place += self.dimension
        return logits

    def to_bytes(self) -> bytes:
        """As an npz without pickled objects: features once, each head in eighth-bits per value."""
        arrays: dict[str, NDArray[Any]] = {
            "hashes": self.features.hashes,
            "rarity": self.features.rarity.astype(np.float16),
        }
        for head in self.heads:
            scale = np.abs(head.weights).max(axis=0) / 127 + 1e-12
            arrays[f"{head.code}.weights"] = np.round(head.weights / scale).astype(np.int8)
            arrays[f"{head.code}.scale"] = scale.astype(np.float32)
            arrays[f"{head.code}.bias"] = head.bias
            arrays[f"{head.code}.expected"] = head.expected
            arrays[f"{head.code}.thresholds"] = head.thresholds
        arrays["header"] = np.frombuffer(json.dumps(self._header()).encode(), np.uint8)
        written = io.BytesIO()
        np.savez_compressed(written, allow_pickle=False, **arrays)
        return written.getvalue()

    def _header(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "unit": self.unit,
            "encoder": self.encoder,
            "dimension": self.dimension,
            "meaning": self.meaning,
            "setting": self.setting,
            "heads": [
                {
                    "code": head.code,
                    "values": list(head.values),
                    "temperature": head.temperature,
                    "precision": head.precision,
                }
                for head in self.heads
            ],
        }


def panel_of(written: bytes) -> Panel:
    """The panel that `Panel.to_bytes` wrote.

    Raises UnknownFormat when the bytes were written in another form.
    """
    try:
        arrays = np.load(io.BytesIO(written), allow_pickle=False)
        header = json.loads(bytes(arrays["header"]))
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as problem:
        raise UnknownFormat("these bytes hold no trained heads") from problem
    if header["format"] != FORMAT:
        raise UnknownFormat(f"heads are written in form {header['format']}, {FORMAT} is read here")
    heads = tuple(
        Head(
            told["code"],
            tuple(told["values"]),
            arrays[f"{told['code']}.weights"].astype(np.float32) * arrays[f"{told['code']}.scale"],
            arrays[f"{told['code']}.bias"],
            arrays[f"{told['code']}.expected"],
            told["temperature"],
            arrays[f"{told['code']}.thresholds"],
            told["precision"],
        )
        for told in header["heads"]
    )
    features = WordFeatures(arrays["hashes"], arrays["rarity"].astype(np.float32))
    return Panel(
        header["unit"],
        features,
        header["encoder"],
        header["dimension"],
        header["meaning"],
        header["setting"],
        heads,
    )


def panel_rows(
    words: csr_matrix,
    meanings: Floats | None,
    settings: Floats | None,
    meaning: float,
    setting: float,
) -> Rows:
    """Words and scaled vectors side by side; raises LengthsDiffer."""
    parts = [np.zeros((words.shape[0], 0), np.float32)]
    for vectors, length in ((meanings, meaning), (settings, setting)):
        if vectors is None or length == 0:
            continue
        if len(vectors) != words.shape[0]:
            raise LengthsDiffer({"texts": words.shape[0], "vectors": len(vectors)})
        parts.append(vectors * np.float32(length))
    return Rows(words, np.concatenate(parts, axis=1))


def train_panel(
    unit: str,
    codes: Sequence[str],
    examples: Sequence[Example],
    embed: Embed | None,
    *,
    encoder: str,
    made: Sequence[Example] = (),
    recipe: Recipe | None = None,
) -> Panel:
    """Learn codes of one unit from examples, and calibrate them on readings held out by group.

    made: further examples made from these, for weights alone: neither features nor calibration
    rest on them, and they keep the group they were made in.
    embed: texts to vectors of length 1; None to read words alone.
    Raises TooFewExamples when a code has fewer than two values, or all groups fall in one fold.
    """
    chosen = recipe or Recipe()
    everything = [*examples, *made]
    folds = np.asarray([fold_of(one.group, chosen.folds) for one in everything], np.int64)
    features = learn_features([one.text for one in examples])
    rows, dimension = rows_of(everything, features, embed, chosen)
    told = [
        balanced_target([one.codes.get(code) for one in everything], chosen.balance)
        for code in codes
    ]
    for code, (values, _) in zip(codes, told, strict=True):
        if len(values) < 2 or np.unique(folds).size < 2:
            raise TooFewExamples(
                f"{code} has {len(values)} values in {np.unique(folds).size} folds; two are needed"
            )
    targets = [target for _, target in told]
    fitted = fit_together(rows, targets, chosen.strength)
    held_out = held_out_logits(rows, targets, folds, chosen.strength)
    own = np.arange(len(everything)) < len(examples)
    heads = tuple(
        _calibrated(
            code, values, weights, held_out=logits[own], target=_only(target, own), recipe=chosen
        )
        for code, (values, target), weights, logits in zip(
            codes, told, fitted, held_out, strict=True
        )
    )
    return Panel(
        unit,
        features,
        encoder,
        dimension,
        chosen.meaning if dimension else 0.0,
        chosen.setting if dimension else 0.0,
        heads,
    )


STRENGTHS, MEANINGS = (1.0, 5.0, 25.0), (1.5, 3.0, 6.0)
"""What is tried when a recipe chooses itself, one thing after the other."""
MOST_TO_CHOOSE_ON = 3000


def chosen_recipe(
    codes: Sequence[str],
    examples: Sequence[Example],
    embed: Embed | None,
    *,
    start: Recipe | None = None,
    seed: int = 0,
) -> Recipe:
    """The recipe under which held-out examples are read best: first its strength, then meaning.

    Best is the mean over codes of macro-F1, in folds grouped by text within these examples, of
    which so many are drawn where there are more. The one we start from is kept unless another is
    better; the same examples always give the same recipe.
    """
    best = start or Recipe()
    drawn = np.random.default_rng(seed).permutation(len(examples))[:MOST_TO_CHOOSE_ON]
    few = [examples[rank] for rank in np.sort(drawn)]
    features = learn_features([one.text for one in few])
    words = features.matrix([one.text for one in few])
    meanings = embed([one.text for one in few]) if embed else None
    settings = embed([one.setting for one in few]) if embed and best.setting else None
    folds = np.asarray([fold_of(one.group, best.folds) for one in few], np.int64)
    told = [balanced_target([one.codes.get(code) for one in few], best.balance) for code in codes]
    targets = [target for _, target in told]

    def read(recipe: Recipe) -> float:
        rows = panel_rows(words, meanings, settings, recipe.meaning, recipe.setting)
        held_out = held_out_logits(rows, targets, folds, recipe.strength)
        return float(np.mean([_macro_f1(*pair) for pair in zip(targets, held_out, strict=True)]))

    def bettered(reached: float, kept: Recipe, tries: list[Recipe]) -> tuple[float, Recipe]:
        found = [(read(one), one) for one in tries if one != kept]
        return max([(reached, kept), *found], key=lambda pair: pair[0])

    reached, best = bettered(read(best), best, [replace(best, strength=one) for one in STRENGTHS])
    if embed:
        lengths = [replace(best, meaning=one) for one in MEANINGS]
        reached, best = bettered(reached, best, lengths)
    return best


def _macro_f1(target: Target, logits: Numbers) -> float:
    told = target.weights > 0
    truth, answers = target.ranks[told], logits[told].argmax(axis=1)
    return macro_f1(truth.astype(str).tolist(), answers.astype(str).tolist(), at_least=1)


def held_out_logits(
    rows: Rows, targets: Sequence[Target], folds: NDArray[np.int64], strength: float
) -> list[Numbers]:
    """Logits of every row, per target, by weights that never saw its fold."""
    found = [np.zeros((folds.size, target.values)) for target in targets]
    for fold in np.unique(folds):
        test = folds == fold
        seen = [_only(target, ~test) for target in targets]
        fitted = fit_together(rows[~test], seen, strength)
        for place, (weights, bias) in enumerate(fitted):
            found[place][test] = rows[test] @ weights + bias
    return found


def _only(target: Target, kept: NDArray[np.bool_]) -> Target:
    return Target(target.ranks[kept], target.values, target.weights[kept])


def rows_of(
    examples: Sequence[Example], features: WordFeatures, embed: Embed | None, recipe: Recipe
) -> tuple[Rows, int]:
    """Rows to learn from, and the length of the encoder's vectors; 0 without one."""
    texts = [one.text for one in examples]
    words = features.matrix(texts)
    if embed is None:
        return panel_rows(words, None, None, 0, 0), 0
    meanings = embed(texts)
    settings = embed([one.setting for one in examples]) if recipe.setting else None
    rows = panel_rows(words, meanings, settings, recipe.meaning, recipe.setting)
    return rows, int(meanings.shape[1])
