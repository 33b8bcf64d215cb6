"""How often a coder is right, how well it knows it, and how sure we are of that."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from entregent.engine.arrays import side_by_side
from entregent.engine.errors import BrokenContract, NoRatings
from entregent.engine.estimates import Estimate

Answers = NDArray[np.str_]
Score = Callable[[Answers, Answers], float]


def macro_f1(truth: Sequence[str], answers: Sequence[str], *, at_least: int = 10) -> float:
    """Mean F1 of the values that come at least so often in the truth, each weighing the same.

    truth, answers: one value per case, side by side.
    Returns 0 to 1. An answer of a rarer value still counts as wrong for the value it should be.
    Raises NoRatings when no value comes often enough, LengthsDiffer.

    >>> macro_f1(["a", "a", "b", "b"], ["a", "b", "b", "b"], at_least=2)
    0.7333333333333334
    """
    right, given = _pair(truth, answers)
    values, counts = np.unique(right, return_counts=True)
    scored = values[counts >= at_least]
    if not scored.size:
        raise NoRatings(f"values with {at_least} examples")
    return float(np.mean([_f1(right == value, given == value) for value in scored]))


def positive_f1(truth: Sequence[str], answers: Sequence[str], *, positive: str = "yes") -> float:
    """F1 of one value against all others; 0 when it is neither there nor answered.

    >>> positive_f1(["yes", "no", "yes"], ["yes", "yes", "no"])
    0.5
    """
    right, given = _pair(truth, answers)
    return _f1(right == positive, given == positive)


def accuracy(truth: Sequence[str], answers: Sequence[str]) -> float:
    """Share of answers that are the truth, 0 to 1.

    >>> accuracy(["a", "b"], ["a", "a"])
    0.5
    """
    right, given = _pair(truth, answers)
    return float(np.mean(right == given))


def _f1(truth: NDArray[np.bool_], answered: NDArray[np.bool_]) -> float:
    both = float(np.sum(truth & answered))
    either = float(np.sum(truth) + np.sum(answered))
    return 2 * both / either if either else 0.0


def _pair(truth: Sequence[str], answers: Sequence[str]) -> tuple[Answers, Answers]:
    right, given = np.asarray(truth, dtype=str), np.asarray(answers, dtype=str)
    if not side_by_side(truth=right, answers=given):
        raise NoRatings("answers")
    return right, given


def with_interval(
    score: Score,
    truth: Sequence[str],
    answers: Sequence[str],
    groups: Sequence[Hashable],
    *,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """A score with the percentile interval over groups drawn anew with replacement.

    groups: the text or transcript each case comes from; cases of one group are not independent,
    so that groups are drawn, not cases.
    Returns the score's own unit; `n` counts cases.

    >>> estimate = with_interval(accuracy, ["a", "b"] * 20, ["a", "a"] * 20, list(range(40)))
    >>> estimate.value, estimate.low < 0.5 < estimate.high
    (0.5, True)
    """
    right, given = _pair(truth, answers)
    _, place = np.unique(np.asarray([str(group) for group in groups]), return_inverse=True)
    members = [np.flatnonzero(place == group) for group in range(int(place.max()) + 1)]
    draws = np.random.default_rng(seed).integers(0, len(members), (resamples, len(members)))
    scores = []
    for draw in draws:
        cases = np.concatenate([members[group] for group in draw])
        try:
            scores.append(score(right[cases], given[cases]))
        except NoRatings:
            continue  # a draw in which no value comes often enough says nothing
    tails = (1 - confidence) / 2
    low, high = np.quantile(scores, [tails, 1 - tails]) if scores else (np.nan, np.nan)
    return Estimate(
        float(score(right, given)),
        float(np.std(scores)) if scores else None,
        right.size,
        float(low),
        float(high),
        confidence,
        "percentile bootstrap over groups",
    )


def expected_calibration_error(
    confidences: ArrayLike, right: ArrayLike, *, bins: int = 10
) -> float:
    """Mean distance between how sure a coder says it is and how often it is right.

    confidences: 0 to 1, of the value answered.  right: whether it was.  bins: of equal width.
    Returns 0 to 1, lower is better.
    Raises BrokenContract when a confidence lies outside 0 to 1.
    Source: Naeini et al. 2015, "Obtaining Well Calibrated Probabilities Using Bayesian Binning".

    >>> expected_calibration_error([0.9] * 10, [True] * 8 + [False] * 2).__round__(3)
    0.1
    """
    sure, hits = np.asarray(confidences, float), np.asarray(right, float)
    if not side_by_side(confidences=sure, right=hits):
        raise NoRatings("confidences")
    if sure.min() < 0 or sure.max() > 1:
        raise BrokenContract(f"confidences run from {sure.min()} to {sure.max()}")
    held = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = np.bincount(held, sure - hits, minlength=bins)
    return float(np.abs(gaps).sum() / sure.size)


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """What is wrong among the clearest answers, for every share of answers kept.

    coverage, risk: from the clearest answer alone to all of them; both 0 to 1.
    """

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]

    def risk_at(self, coverage: float) -> float:
        """Share of wrong answers when at least that share of all is answered."""
        place = int(np.searchsorted(self.coverage, coverage - 1e-12))
        return float(self.risk[min(place, self.risk.size - 1)])


def risk_coverage(clearness: ArrayLike, right: ArrayLike) -> RiskCoverage:
    """Wrong answers among those kept, as the least clear are given up one after another.

    clearness: confidence or margin, higher is clearer.  right: whether each answer was right.
    Source: El-Yaniv and Wiener 2010, "On the Foundations of Noise-free Selective Classification".

    >>> curve = risk_coverage([0.9, 0.8, 0.7, 0.6], [True, True, True, False])
    >>> curve.risk_at(0.75), curve.risk_at(1.0)
    (0.0, 0.25)
    """
    clear, hits = np.asarray(clearness, float), np.asarray(right, float)
    if not side_by_side(clearness=clear, right=hits):
        raise NoRatings("answers")
    kept = np.arange(1, clear.size + 1)
    order = np.argsort(-clear, kind="stable")
    return RiskCoverage(kept / clear.size, 1 - np.cumsum(hits[order]) / kept)


@dataclass(frozen=True, slots=True)
class CodeScore:
    """One code, judged.

    f1: macro, or of the positive value for a code of yes and no.  baseline: `f1` of always
    answering the commonest value.  calibration_error, risk, risk_at_80: 0 to 1, lower is better.
    abstained: share of cases the head leaves unsaid; precision: of those it does say.
    """

    code: str
    f1: Estimate
    accuracy: Estimate
    baseline: float
    calibration_error: float
    risk: float
    risk_at_80: float
    abstained: float
    precision: float | None


def score_code(
    code: str,
    truth: Sequence[str],
    answers: Sequence[str],
    groups: Sequence[Hashable],
    *,
    confidences: ArrayLike,
    sure: ArrayLike,
    positive: str | None = None,
    at_least: int = 10,
) -> CodeScore:
    """Everything the model card says of one code.

    truth, answers, groups, confidences, sure: side by side, one per case.
    positive: the value whose F1 counts, for a code of two values; macro-F1 when None.
    """
    right, given = _pair(truth, answers)

    def judged(some: Answers, other: Answers) -> float:
        if positive is not None:
            return positive_f1(some.tolist(), other.tolist(), positive=positive)
        return macro_f1(some.tolist(), other.tolist(), at_least=at_least)

    def hits(some: Answers, other: Answers) -> float:
        return float(np.mean(some == other))

    values, counts = np.unique(right, return_counts=True)
    commonest = np.full(right.size, values[counts.argmax()])
    kept = np.asarray(sure, bool)
    curve = risk_coverage(confidences, right == given)
    return CodeScore(
        code,
        with_interval(judged, truth, answers, groups),
        with_interval(hits, truth, answers, groups),
        judged(right, commonest),
        expected_calibration_error(confidences, right == given),
        curve.risk_at(1.0),
        curve.risk_at(0.8),
        float(np.mean(~kept)),
        float(np.mean((right == given)[kept])) if kept.any() else None,
    )
