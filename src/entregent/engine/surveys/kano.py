"""Kano: what must be there, what pays in proportion, what delights, what leaves people cold.

Every attribute is asked twice: how would you feel if it were there (functional), and if it were
not (dysfunctional)? Answers are coded 1 like, 2 must-be, 3 neutral, 4 live with, 5 dislike.
Segment before classifying: an attribute that delights one half and leaves the other cold averages
to nonsense. Categories age (what delights today is expected tomorrow), so date every study.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from entregent.engine.arrays import finite_matrix, finite_vector, side_by_side
from entregent.engine.errors import (
    BrokenContract,
    NoRatings,
    RatingOutOfScale,
    TooFewRespondents,
    UnknownOption,
)
from entregent.engine.estimates import Estimate, mean_of, percentile_interval, wilson_share
from entregent.engine.surveys.answers import given, require

CATEGORIES = ("M", "O", "A", "I", "R", "Q")
M, O, A, I, R, Q = range(6)  # noqa: E741 - the field's letters
LETTERS = "MOAIRQ"

# Rows: functional answer, columns: dysfunctional answer. Berger et al. 1993, page 6.
BERGER = np.array(
    [
        [Q, A, A, A, O],
        [R, I, I, I, M],
        [R, I, I, I, M],
        [R, I, I, I, M],
        [R, R, R, R, Q],
    ]
)
# Pouliot 1993: the same answer to both questions is questionable, unless it is neutral.
POULIOT = np.array(
    [
        [Q, A, A, A, O],
        [R, Q, I, I, M],
        [R, I, I, I, M],
        [R, I, I, Q, M],
        [R, R, R, R, Q],
    ]
)
TABLES = {"Berger": BERGER, "Pouliot": POULIOT}
EvaluationTable = Literal["Berger", "Pouliot"]

# The two top categories count as level within this many hundredths of the answers (Matzler 1996).
LEVEL_WITHIN = 5
CLEAR_FROM = 0.06  # category strength, Lee and Newcomb 1997
FEWEST_TO_RESAMPLE = 10  # fewer answers resample onto themselves, and look sure
FONG_POINT = 1.65  # one-sided 5 %, that is two-sided 10 %, as Fong printed it

# DuMouchel's values of the answers, in Berger et al. 1993.
FUNCTIONAL_VALUES = np.array([4.0, 2.0, 0.0, -1.0, -2.0])
DYSFUNCTIONAL_VALUES = np.array([-2.0, -1.0, 0.0, 2.0, 4.0])


@dataclass(frozen=True, slots=True)
class KanoCounts:
    """Answers per category: must-be, one-dimensional (performance), attractive, indifferent,
    reverse, questionable."""

    M: int
    O: int  # noqa: E741
    A: int
    I: int  # noqa: E741
    R: int
    Q: int

    def __post_init__(self) -> None:
        if min(astuple(self)) < 0:
            raise BrokenContract(f"a count is below 0: {self}")

    @property
    def n(self) -> int:
        return sum(astuple(self))


@dataclass(frozen=True, slots=True)
class Fong:
    """Whether the two largest categories differ: |a - b| against what sampling allows."""

    difference: int
    threshold: float
    significant: bool


@dataclass(frozen=True, slots=True)
class KanoResult:
    """One attribute.

    mode: the most frequent category. by_rule: M > O > A > I decides when the two largest are
    within five hundredths. blauth: largest of O, A, M when together they outweigh I, R, Q.
    better, worse: satisfaction gained by having it (0 to 1) and lost by lacking it (-1 to 0); None
    when everybody's answer is reverse or questionable.
    total_strength: share of M, O, A. category_strength: first share less second, clear from .06.
    """

    counts: KanoCounts
    mode: str
    by_rule: str
    blauth: str
    better: Estimate | None
    worse: Estimate | None
    total_strength: Estimate
    category_strength: float
    clear: bool
    fong: Fong


@dataclass(frozen=True, slots=True)
class KanoPoint:
    """The attribute as a point: functional mean up, dysfunctional mean across, -2 to 4 both.

    deviation: standard deviations (functional, dysfunctional); correlation gives the ellipse's
    tilt, 0 where one of the two does not vary.
    """

    functional: Estimate
    dysfunctional: Estimate
    deviation: tuple[float, float]
    correlation: float
    category: str


@dataclass(frozen=True, slots=True)
class KanoBootstrap:
    """How sure the category is: its probability over resamples, with coefficient intervals."""

    probabilities: Mapping[str, float]
    better: Estimate | None
    worse: Estimate | None
    resamples: int


@dataclass(frozen=True, slots=True)
class KanoSegments:
    """One result per segment, and whether the segments answer alike.

    heterogeneity_p: chi-square test of the same distribution in every segment; contradictory is
    true when it is below 5 % and the segments fall in different categories: then the overall
    category describes nobody. cramers_v: 0 alike to 1 unlike.
    """

    segments: Mapping[Any, KanoResult]
    heterogeneity_p: float
    cramers_v: float
    contradictory: bool


def kano_counts(
    functional: ArrayLike, dysfunctional: ArrayLike, *, table: EvaluationTable = "Berger"
) -> KanoCounts:
    """Classify every pair of answers through the 5 x 5 table, and count.

    functional, dysfunctional: shape (respondents,), whole numbers 1 like to 5 dislike.
    Raises NoRatings, NotFinite, RatingOutOfScale, LengthsDiffer, UnknownOption.
    Source: Kano 1984; table of Berger et al. 1993, Center for Quality of Management Journal 2(4).

    >>> kano_counts([1, 1, 3], [5, 3, 5])
    KanoCounts(M=1, O=1, A=1, I=0, R=0, Q=0)
    """
    categories = _evaluation(table)[_codes(functional, dysfunctional)]
    return KanoCounts(*np.bincount(categories, minlength=6).tolist())


def kano_result(counts: KanoCounts, *, confidence: float = 0.95) -> KanoResult:
    """Everything that the counts of one attribute say about it; see KanoResult.

    Coefficients leave R and Q out and carry Wilson intervals; total strength is a share, 0 to 1.
    Ties go to the earlier of M, O, A, I, R, Q.
    Raises NoRatings when the counts are all 0.
    Source: Berger et al. 1993 for the coefficients; Matzler et al. 1996 for the rule; Lee and
    Newcomb 1997 for the strengths; Fong 1996 for the test.

    >>> hotline = kano_result(KanoCounts(M=15, O=24, A=121, I=124, R=6, Q=6))
    >>> hotline.mode, hotline.by_rule, round(hotline.better.value, 3), hotline.fong.significant
    ('I', 'A', 0.511, False)
    """
    if counts.n == 0:
        raise NoRatings("Kano answers")
    tally = np.array(astuple(counts))
    by_size = np.sort(tally)[::-1]
    strength = float(by_size[0] - by_size[1]) / counts.n
    better, worse = _coefficients(counts, confidence)
    return KanoResult(
        counts,
        mode=LETTERS[int(tally.argmax())],
        by_rule=LETTERS[int(_by_rule(tally[None])[0])],
        blauth=LETTERS[_blauth(tally)],
        better=better,
        worse=worse,
        total_strength=wilson_share(
            counts.M + counts.O + counts.A, counts.n, confidence=confidence, unit=1
        ),
        category_strength=strength,
        clear=strength >= CLEAR_FROM,
        fong=_fong(tally),
    )


def kano_continuous(
    functional: ArrayLike, dysfunctional: ArrayLike, *, confidence: float = 0.95
) -> KanoPoint:
    """The attribute as a mean point with its spread, instead of one category for everybody.

    functional, dysfunctional: shape (respondents,), whole numbers 1 like to 5 dislike.
    Returns means in DuMouchel's values (-2 to 4); M when only the dysfunctional mean reaches 2, O
    when both do, A when only the functional one does, else I.
    Raises as `kano_counts` does.
    Source: DuMouchel, in Berger et al. 1993.

    >>> point = kano_continuous([1, 1, 2], [5, 4, 5])
    >>> round(point.functional.value, 2), point.category
    (3.33, 'O')
    """
    rows, columns = _codes(functional, dysfunctional)
    up, across = FUNCTIONAL_VALUES[rows], DYSFUNCTIONAL_VALUES[columns]
    up_mean = mean_of(up, confidence=confidence)
    across_mean = mean_of(across, confidence=confidence)
    deviation = (_deviation(up), _deviation(across))
    together = float(((up - up.mean()) * (across - across.mean())).sum()) / max(up.size - 1, 1)
    product = deviation[0] * deviation[1]
    high_up, high_across = up_mean.value >= 2, across_mean.value >= 2
    category = "O" if high_up and high_across else "A" if high_up else "M" if high_across else "I"
    return KanoPoint(
        up_mean, across_mean, deviation, together / product if product else 0.0, category
    )


def kano_fuzzy(
    functional: ArrayLike,
    dysfunctional: ArrayLike,
    *,
    threshold: float = 0.4,
    table: EvaluationTable = "Berger",
) -> KanoCounts:
    """Count categories where respondents spread their answer over several boxes.

    functional, dysfunctional: shape (respondents, 5), shares of each answer, each row summing
    to 1. A respondent counts in every category whose membership reaches `threshold`, so counts
    may add up to more or fewer than the respondents.
    Raises NoRatings, NotFinite, LengthsDiffer, BrokenContract on shares that do not sum to 1.
    Source: Lee and Huang 2009, Expert Systems with Applications 36(3), 4479-4484.

    >>> kano_fuzzy([[0.6, 0.4, 0, 0, 0]], [[0, 0, 0, 0, 1.0]])
    KanoCounts(M=1, O=1, A=0, I=0, R=0, Q=0)
    """
    if not 0 < threshold <= 1:
        raise BrokenContract(f"threshold is {threshold}; it lies between 0 and 1")
    up, across = (
        _memberships(functional, "functional"),
        _memberships(dysfunctional, "dysfunctional"),
    )
    side_by_side(functional=up, dysfunctional=across)
    cells = (up[:, :, None] * across[:, None, :]).reshape(len(up), 25)
    belongs = cells @ np.eye(6)[_evaluation(table).ravel()]
    # Products of decimals such as 0.8 x 0.5 may fall a hair below the threshold they equal.
    return KanoCounts(*(belongs >= threshold - 1e-9).sum(axis=0).tolist())


def kano_bootstrap(
    counts: KanoCounts, *, resamples: int = 10_000, seed: int = 0, confidence: float = 0.95
) -> KanoBootstrap:
    """Probability of each category (M > O > A > I rule) if other customers had been asked.

    Resamples respondents; for categories that is a draw of the counts themselves.
    Raises NoRatings when the counts are all 0, TooFewRespondents below ten: so few resample onto
    themselves and look sure.

    >>> chances = kano_bootstrap(KanoCounts(M=15, O=24, A=121, I=124, R=6, Q=6)).probabilities
    >>> chances["A"] > 0.6, chances["I"] > 0.1, chances["M"]
    (True, True, 0.0)
    """
    if counts.n == 0:
        raise NoRatings("Kano answers")
    if counts.n < FEWEST_TO_RESAMPLE:
        raise TooFewRespondents(counts.n, FEWEST_TO_RESAMPLE)
    tally = np.array(astuple(counts))
    draws = np.random.default_rng(seed).multinomial(counts.n, tally / counts.n, size=resamples)
    share = np.bincount(_by_rule(draws), minlength=6) / resamples
    decided = draws[:, [M, O, A, I]].sum(axis=1)
    usable = draws[decided > 0]
    better = worse = None
    if counts.M + counts.O + counts.A + counts.I:
        base = usable[:, [M, O, A, I]].sum(axis=1)
        better = _bootstrapped(counts, usable[:, [A, O]].sum(axis=1) / base, (A, O), 1, confidence)
        worse = _bootstrapped(counts, usable[:, [O, M]].sum(axis=1) / base, (O, M), -1, confidence)
    return KanoBootstrap(
        dict(zip(CATEGORIES, share.tolist(), strict=True)), better, worse, resamples
    )


def kano_by_segment(
    functional: ArrayLike,
    dysfunctional: ArrayLike,
    segments: Sequence[Hashable] | NDArray[Any],
    *,
    table: EvaluationTable = "Berger",
    confidence: float = 0.95,
) -> KanoSegments:
    """Each segment on its own, and whether one category for all would hide a contradiction.

    segments: one name per respondent.
    Raises as `kano_counts` does, and as `compare_kano_segments`.

    >>> both = kano_by_segment([1, 1, 1, 3, 3, 3], [3, 3, 3, 3, 3, 3], list("aaabbb"))
    >>> both.segments["a"].mode, both.segments["b"].mode
    ('A', 'I')
    """
    categories = _evaluation(table)[_codes(functional, dysfunctional)]
    names, place = np.unique(np.asarray(segments), return_inverse=True)
    side_by_side(answers=categories, segments=place)
    tallies = np.bincount(place * 6 + categories, minlength=6 * len(names)).reshape(-1, 6)
    counted = {
        name: KanoCounts(*tally)
        for name, tally in zip(names.tolist(), tallies.tolist(), strict=True)
    }
    return compare_kano_segments(counted, confidence=confidence)


def compare_kano_segments(
    counts: Mapping[Any, KanoCounts], *, confidence: float = 0.95
) -> KanoSegments:
    """As `kano_by_segment`, from the counts of each segment.

    Raises NoRatings when a segment has no answer, TooFewRespondents below two segments.

    >>> compare_kano_segments({"a": KanoCounts(0, 0, 60, 10, 0, 0),
    ...                        "b": KanoCounts(0, 0, 10, 60, 0, 0)}).contradictory
    True
    """
    if len(counts) < 2:
        raise TooFewRespondents(len(counts), 2)
    results = {name: kano_result(tally, confidence=confidence) for name, tally in counts.items()}
    tallies = np.array([astuple(tally) for tally in counts.values()], dtype=np.float64)
    tallies = tallies[:, tallies.sum(axis=0) > 0]
    expected = np.outer(tallies.sum(axis=1), tallies.sum(axis=0)) / tallies.sum()
    chi2 = float(((tallies - expected) ** 2 / expected).sum())
    rows, columns = tallies.shape
    freedom = (rows - 1) * (columns - 1)
    p = float(chdtrc(freedom, chi2)) if freedom else 1.0
    v = math.sqrt(chi2 / tallies.sum() / min(rows - 1, columns - 1)) if freedom else 0.0
    unlike = len({result.by_rule for result in results.values()}) > 1
    return KanoSegments(results, p, v, contradictory=unlike and p < 0.05)


def kano_pairs(
    answers: ir.Table,
    *,
    keep: Sequence[str] = (),
    functional: str = ".functional",
    dysfunctional: str = ".dysfunctional",
) -> ir.Table:
    """The evidence table `answers` as one row per respondent and attribute, both answers beside.

    Items are named after the attribute with the two endings. keep: columns to carry over (a
    segment), the same on both answers. Half-answered pairs are left out; where a respondent
    answered twice, `kano_counts_by` refuses the pair.
    Returns columns response_id, attribute, functional, dysfunctional, answered_twice and `keep`.
    Raises MissingColumns.

    >>> answers = ibis.memtable({"response_id": ["r1", "r1"], "value": [1.0, 5.0],
    ...                          "item": ["app.functional", "app.dysfunctional"]})
    >>> kano_pairs(answers).select("attribute", "functional", "dysfunctional").to_pyarrow().to_pylist()
    [{'attribute': 'app', 'functional': 1.0, 'dysfunctional': 5.0}]
    """
    require(answers, ["response_id", "item", "value", *keep])
    asked_if_there = answers["item"].endswith(functional)
    asked_if_not = answers["item"].endswith(dysfunctional)
    ending = asked_if_not.ifelse(len(dysfunctional), len(functional))
    halves = answers.filter(asked_if_there | asked_if_not, given(answers["value"])).mutate(
        attribute=answers["item"].substr(0, answers["item"].length() - ending),
        if_not=asked_if_not,
    )
    paired = halves.group_by(["response_id", "attribute", *keep]).aggregate(
        functional=halves["value"].max(where=~halves["if_not"]),
        dysfunctional=halves["value"].max(where=halves["if_not"]),
        answered_twice=halves.count() > 2,
    )
    return paired.filter(given(paired["functional"]), given(paired["dysfunctional"]))


def kano_counts_by(
    pairs: ir.Table, by: Sequence[str] = ("attribute",), *, table: EvaluationTable = "Berger"
) -> list[tuple[Any, ...]]:
    """Kano categories per group of a table with columns `functional` and `dysfunctional`.

    pairs: as `kano_pairs` gives them, or any table with the two columns, coded 1 to 5.
    Returns (group..., KanoCounts), sorted by group. Rows where one answer is null are left out.
    Raises NoRatings, RatingOutOfScale, MissingColumns, BrokenContract on pairs answered twice.

    >>> pairs = ibis.memtable({"attribute": ["app", "app"], "functional": [1, 3],
    ...                        "dysfunctional": [5, 5]})
    >>> kano_counts_by(pairs)
    [('app', KanoCounts(M=1, O=1, A=0, I=0, R=0, Q=0))]
    """
    require(pairs, ["functional", "dysfunctional", *by], "pairs")
    up, across = (pairs[name].cast("float64") for name in ("functional", "dysfunctional"))
    scale = [1.0, 2.0, 3.0, 4.0, 5.0]
    cell = (up.isin(scale) & across.isin(scale)).ifelse((up - 1) * 5 + across - 1, -1.0)
    both = pairs.filter(given(up), given(across)).mutate(cell=cell.cast("int64"))
    repeated = (
        both["answered_twice"].sum() if "answered_twice" in pairs.columns else ibis.literal(0)
    )
    grouped = both.group_by([*by, "cell"]).aggregate(answers=both.count(), repeated=repeated)
    rows = grouped.to_pyarrow().to_pylist()
    if not rows:
        raise NoRatings("Kano answers")
    if any(row["cell"] < 0 for row in rows):
        raise RatingOutOfScale("Kano answers are coded 1 like to 5 dislike; some are not")
    twice = sum(row["repeated"] or 0 for row in rows)
    if twice:
        raise BrokenContract(f"{twice} pairs were answered more than once by the same respondent")
    return _summed(rows, by, _evaluation(table).ravel())


def _summed(
    rows: Sequence[Mapping[str, Any]], by: Sequence[str], category_of: NDArray[np.intp]
) -> list[tuple[Any, ...]]:
    tallies: dict[tuple[Any, ...], NDArray[np.int64]] = {}
    for row in rows:
        tally = tallies.setdefault(tuple(row[name] for name in by), np.zeros(6, dtype=np.int64))
        tally[category_of[row["cell"]]] += row["answers"]
    ordered = sorted(tallies, key=lambda group: tuple((part is None, part) for part in group))
    return [(*group, KanoCounts(*tallies[group].tolist())) for group in ordered]


def _evaluation(table: EvaluationTable) -> NDArray[np.intp]:
    if table not in TABLES:
        raise UnknownOption("table", table, TABLES)
    return TABLES[table]


def _codes(
    functional: ArrayLike, dysfunctional: ArrayLike
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of every respondent in the evaluation table."""
    up = finite_vector(functional, "functional answers")
    across = finite_vector(dysfunctional, "dysfunctional answers")
    side_by_side(functional=up, dysfunctional=across)
    for answers in (up, across):
        if answers.min() < 1 or answers.max() > 5 or (answers != np.floor(answers)).any():
            raise RatingOutOfScale(
                f"Kano answers run from {answers.min():g} to {answers.max():g}; "
                "they are coded 1 like to 5 dislike"
            )
    return up.astype(np.intp) - 1, across.astype(np.intp) - 1


def _by_rule(tallies: NDArray[np.int64]) -> NDArray[np.intp]:
    """M > O > A > I between the two largest categories of each row, when they are level."""
    ranked = np.argsort(-tallies, axis=1, kind="stable")
    first, second = ranked[:, 0], ranked[:, 1]
    lead = np.take_along_axis(tallies, ranked, axis=1)[:, :2] @ np.array([1, -1])
    level = lead * 100 <= LEVEL_WITHIN * tallies.sum(axis=1)
    return np.where(level, np.minimum(first, second), first)


def _blauth(tally: NDArray[np.int64]) -> int:
    telling, silent = [M, O, A], [I, R, Q]
    chosen = telling if tally[telling].sum() > tally[silent].sum() else silent
    return chosen[int(tally[chosen].argmax())]


def _fong(tally: NDArray[np.int64]) -> Fong:
    n, (second, first) = int(tally.sum()), np.sort(tally[:Q])[-2:].tolist()
    threshold = FONG_POINT * math.sqrt((first + second) * (2 * n - first - second) / (2 * n))
    return Fong(first - second, threshold, first - second >= threshold > 0)


def _coefficients(counts: KanoCounts, confidence: float) -> tuple[Estimate | None, Estimate | None]:
    decided = counts.A + counts.O + counts.M + counts.I
    if decided == 0:
        return None, None
    better = wilson_share(counts.A + counts.O, decided, confidence=confidence, unit=1)
    lost = wilson_share(counts.O + counts.M, decided, confidence=confidence, unit=1)
    return better, _negative(lost)


def _negative(share: Estimate) -> Estimate:
    assert share.low is not None
    assert share.high is not None
    # 0 - x, for -x would write no loss as -0.
    return Estimate(
        0.0 - share.value,
        share.standard_error,
        share.n,
        0.0 - share.high,
        0.0 - share.low,
        share.confidence,
        share.method,
    )


def _bootstrapped(
    counts: KanoCounts,
    draws: NDArray[np.float64],
    categories: tuple[int, int],
    sign: int,
    confidence: float,
) -> Estimate:
    tally = astuple(counts)
    decided = tally[A] + tally[O] + tally[M] + tally[I]
    value = sum(tally[category] for category in categories) / decided
    low, high = percentile_interval(sign * draws, confidence=confidence)
    return Estimate(
        0.0 + sign * value,
        float(draws.std()),
        decided,
        float(low),
        float(high),
        confidence,
        "bootstrap percentile",
    )


def _deviation(values: NDArray[np.float64]) -> float:
    return float(values.std(ddof=1)) if values.size > 1 else 0.0


def _memberships(shares: ArrayLike, what: str) -> NDArray[np.float64]:
    spread = finite_matrix(shares, f"{what} shares")
    if spread.shape[1] != 5:
        raise BrokenContract(f"{what} shares have {spread.shape[1]} columns, 5 are needed")
    if spread.min() < 0 or not np.allclose(spread.sum(axis=1), 1, atol=1e-6):
        raise BrokenContract(f"{what} shares are below 0, or do not sum to 1")
    return spread
