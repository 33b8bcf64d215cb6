"""What customers speak about: themes proposed from the words, applied, followed over time.

Proposals are a start that people edit: merging, splitting, renaming and excluding only change the
list of centres, and `apply_themes` reads any such list.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.cluster.hierarchy import ClusterNode, linkage, to_tree
from scipy.stats import fisher_exact
from sklearn.cluster import KMeans

from entregent.engine.arrays import finite_vector, side_by_side
from entregent.engine.errors import BrokenContract, LengthsDiffer, NotMeasurable
from entregent.engine.estimates import Estimate, normal_quantile
from entregent.engine.voice.naming import Naming

Vectors = NDArray[np.float32]
TooWide = Callable[[NDArray[np.bool_]], bool]
"""Whether some of the segments are in too many of the texts to make one theme."""

FEWEST_TEXTS = 3
NEAREST = 12
NO_THEME = -1
CLEAR = 0.5
"""Mean likeness to its centre, below which a cluster is only what was left over."""

PIECES = 3
"""Into how many parts each vague cluster is cut, once."""

LEAST = 0.01
"""Share of the segments that a piece of a vague cluster must hold to be a theme."""

TOLD = 0.25
"""Share of a theme's segments that must hold one of its telling words."""

MOST_HELD = 0.25
"""A theme that more of the texts speak of is cut: what everybody speaks of tells nothing. Where few
are looked for, twice an even part."""


class TooFewTexts(NotMeasurable):
    """There are fewer texts than themes could be told apart in."""

    def __init__(self, have: int, need: int) -> None:
        self.have, self.need = have, need
        super().__init__(f"there are {have} texts, {need} are needed to propose themes")


@dataclass(frozen=True, slots=True)
class Theme:
    """Segments that resemble each other.

    key: stable, made of its telling words.  centre: of length 1.  phrases: that name it, as written
    by those who speak of it.  words: most telling first, one of each family.
    nearest: ranks of the segments closest to its centre.  size: different segments it was found in.
    parent: key of the broader theme, None for a broad one.
    """

    key: str
    centre: Vectors = field(repr=False)
    phrases: tuple[str, ...]
    words: tuple[str, ...]
    nearest: tuple[int, ...]
    size: int
    parent: str | None = None


def propose_themes(
    segments: Sequence[str],
    vectors: Vectors,
    *,
    of_text: ArrayLike | None = None,
    fine: int = 20,
    broad: int = 7,
    seed: int = 0,
    stop_words: frozenset[str] = frozenset(),
    completing: frozenset[str] = frozenset(),
) -> list[Theme]:
    """Themes of a set of segments: broad ones first, each followed by its fine ones.

    segments, vectors: side by side, vectors of length 1.  of_text: the text that each is a part of;
    each is a text of its own unless told.  fine: how many at first; what is then too vague is tried
    once more in smaller pieces, and left without a theme if it stays so.  broad: how many at least,
    more where one would hold over a quarter of the texts.  stop_words, completing: see `Naming`.
    The same seed gives the same themes.
    Raises TooFewTexts under three segments for each fine theme, LengthsDiffer.

    >>> segments = ["late parcel", "parcel late again", "price too high", "high price"] * 3
    >>> vectors = np.eye(2, dtype=np.float32)[[0, 0, 1, 1] * 3]
    >>> sorted(theme.words[0] for theme in propose_themes(segments, vectors, fine=2, broad=2))
    ['high', 'late']
    """
    if len(segments) != len(vectors):
        raise LengthsDiffer({"segments": len(segments), "vectors": len(vectors)})
    if len(segments) < FEWEST_TEXTS * fine:
        raise TooFewTexts(len(segments), FEWEST_TEXTS * fine)
    texts = np.arange(len(segments)) if of_text is None else np.asarray(of_text)
    # What many wrote word for word is a formula: it counts once for what it is about.
    once, wording = np.unique(
        [one.casefold() for one in segments], return_index=True, return_inverse=True
    )[1:]
    vectors = vectors[once]
    naming = Naming([segments[rank] for rank in once], stop_words=stop_words, completing=completing)

    def too_wide(held: NDArray[np.bool_]) -> bool:
        return np.unique(texts[held[wording]]).size > most

    most = max(MOST_HELD, 2 / fine) * np.unique(texts).size
    found = _told(_clusters(vectors, too_wide, fine, seed), naming)
    groups = _groups(found, vectors, too_wide, broad)
    proposed: list[Theme] = []
    taken: set[str] = set()
    for group in _by_size(groups):
        members = np.flatnonzero(groups == group)
        above = _theme(members, vectors, naming, taken, None)
        proposed.append(above)
        clusters = _by_size(found[members])
        if len(clusters) > 1:
            proposed += [
                _theme(members[found[members] == cluster], vectors, naming, taken, above.key)
                for cluster in clusters
            ]
    return [
        replace(one, nearest=tuple(int(rank) for rank in once[list(one.nearest)]))
        for one in proposed
    ]


def halves_of(
    segments: Sequence[str],
    vectors: Vectors,
    *,
    seed: int = 0,
    stop_words: frozenset[str] = frozenset(),
    completing: frozenset[str] = frozenset(),
) -> list[Theme]:
    """The two themes that some segments fall into most easily, the larger one first.

    Only one where all lie in one place. Raises TooFewTexts under six segments.
    """
    if len(segments) < 2 * FEWEST_TEXTS:
        raise TooFewTexts(len(segments), 2 * FEWEST_TEXTS)
    naming = Naming(segments, stop_words=stop_words, completing=completing)
    found = _nearest_together(vectors, 2, seed)
    taken: set[str] = set()
    return [
        _theme(np.flatnonzero(found == half), vectors, naming, taken, None)
        for half in _by_size(found)
    ]


def _clusters(vectors: Vectors, too_wide: TooWide, fine: int, seed: int) -> NDArray[np.int64]:
    """The cluster of each segment; NO_THEME where those put together do not resemble each other."""
    found = _nearest_together(vectors, fine, seed)
    vague = [
        one
        for one in range(fine)
        if _closeness(vectors[found == one]) < CLEAR or too_wide(found == one)
    ]
    again = np.flatnonzero(np.isin(found, vague))
    least = LEAST * len(found)
    pieces = min(PIECES * len(vague), len(again) // FEWEST_TEXTS)
    found[again] = NO_THEME
    if pieces:
        parts = _nearest_together(vectors[again], pieces, seed)
        for one in range(pieces):
            members = again[parts == one]
            if members.size >= least and _closeness(vectors[members]) >= CLEAR:
                found[members] = fine + one
    return found


def _nearest_together(vectors: Vectors, number: int, seed: int) -> NDArray[np.int64]:
    number = min(number, len(np.unique(vectors, axis=0)))
    fitted = KMeans(number, n_init=2, random_state=seed).fit(vectors)
    return np.asarray(fitted.labels_, np.int64)


def _closeness(vectors: Vectors) -> float:
    """Mean likeness of some segments to their centre, -1 to 1."""
    return float(np.mean(vectors @ _centre(vectors))) if len(vectors) else 1.0


def _centre(vectors: Vectors) -> Vectors:
    centre = vectors.mean(axis=0)
    return np.asarray(centre / (np.linalg.norm(centre) or 1), np.float32)


def _told(found: NDArray[np.int64], naming: Naming) -> NDArray[np.int64]:
    """The clusters, less those too few of whose segments hold the words that tell them."""
    kept = found.copy()
    for one in _by_size(found):
        if naming.of(np.flatnonzero(found == one).tolist()).told < TOLD:
            kept[found == one] = NO_THEME
    return kept


def _groups(
    found: NDArray[np.int64], vectors: Vectors, too_wide: TooWide, broad: int
) -> NDArray[np.int64]:
    """The broad group of each segment: the clusters' tree cut, and cut again where one holds too much."""
    clusters = _by_size(found)
    if len(clusters) < 2:
        return found
    tree = linkage(np.stack([_centre(vectors[found == one]) for one in clusters]), "ward")
    branches = [to_tree(tree)]
    while True:
        divisible = [one for one in branches if not one.is_leaf()]
        too_broad = [one for one in divisible if too_wide(np.isin(found, _inside(one, clusters)))]
        asked = too_broad or (divisible if len(branches) < broad else [])
        if not asked:
            break
        branch = max(asked, key=lambda one: one.dist)
        branches.remove(branch)
        branches += [one for one in (branch.get_left(), branch.get_right()) if one]
    groups = np.full(len(found), NO_THEME, np.int64)
    for rank, branch in enumerate(branches):
        groups[np.isin(found, _inside(branch, clusters))] = rank
    return groups


def _inside(branch: ClusterNode, clusters: Sequence[int]) -> list[int]:
    return [clusters[leaf] for leaf in branch.pre_order()]


def _by_size(labels: NDArray[np.int64]) -> list[int]:
    found, counts = np.unique(labels[labels != NO_THEME], return_counts=True)
    return [int(found[place]) for place in np.lexsort((found, -counts))]


def _theme(
    members: NDArray[np.int64],
    vectors: Vectors,
    naming: Naming,
    taken: set[str],
    parent: str | None,
) -> Theme:
    centre = _centre(vectors[members])
    closeness = vectors[members] @ centre
    order = np.lexsort((members, -closeness.round(5)))
    named = naming.of(members.tolist())
    key = wanted = "-".join(named.words[:3]) or "theme"
    number = 1
    while key in taken:
        number += 1
        key = f"{wanted}-{number}"
    taken.add(key)
    nearest = tuple(int(one) for one in members[order][:NEAREST])
    return Theme(key, centre, named.phrases, named.words, nearest, members.size, parent)


def apply_themes(
    vectors: Vectors, centres: Sequence[Vectors], *, at_least: float = 0.3
) -> NDArray[np.int64]:
    """Rank of the nearest centre of each text; NO_THEME where none is `at_least` so close.

    vectors, centres: of length 1.  at_least: cosine, -1 to 1.

    >>> apply_themes(np.eye(3, dtype=np.float32), [np.array([1, 0, 0]), np.array([0, 1, 0])]).tolist()
    [0, 1, -1]
    """
    if not len(centres):
        return np.full(len(vectors), NO_THEME)
    closeness = vectors @ np.stack(list(centres)).T
    best = closeness.argmax(axis=1)
    return np.where(closeness.max(axis=1) >= at_least, best, NO_THEME).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Emergence:
    """How a theme's share moved.

    before, recent: share of texts, 0 to 1.  p_value: of Fisher's exact test that it did not grow.
    emerging: whether that holds for all themes tested together, at the false-discovery rate asked.
    """

    before: float
    recent: float
    p_value: float
    emerging: bool


def emerging_themes(
    recent: Sequence[int],
    before: Sequence[int],
    *,
    recent_texts: int,
    texts_before: int,
    false_discoveries: float = 0.05,
) -> list[Emergence]:
    """Themes that grew, tested together.

    recent, before: texts of each theme in the two periods, side by side.
    Source: Fisher's exact test, one-sided; Benjamini and Hochberg 1995, JRSS B 57(1).

    >>> [one.emerging for one in emerging_themes([30, 10], [10, 11], recent_texts=100, texts_before=100)]
    [True, False]
    """
    if len(recent) != len(before):
        raise LengthsDiffer({"recent": len(recent), "before": len(before)})
    if recent_texts < 1 or texts_before < 1:
        raise BrokenContract("both periods need at least one text")
    found = []
    for now, then in zip(recent, before, strict=True):
        table = np.array([[now, recent_texts - now], [then, texts_before - then]])
        found.append(float(fisher_exact(table, alternative="greater").pvalue))
    flagged = _discovered(np.asarray(found), false_discoveries)
    return [
        Emergence(then / texts_before, now / recent_texts, p, bool(flag))
        for now, then, p, flag in zip(recent, before, found, flagged, strict=True)
    ]


def _discovered(p_values: NDArray[np.float64], rate: float) -> NDArray[np.bool_]:
    order = np.argsort(p_values)
    passing = np.flatnonzero(
        p_values[order] <= rate * np.arange(1, p_values.size + 1) / max(p_values.size, 1)
    )
    flagged = np.zeros(p_values.size, bool)
    if passing.size:
        flagged[order[: passing[-1] + 1]] = True
    return flagged


def score_without(
    scores: ArrayLike, speaks_of_it: ArrayLike, *, confidence: float = 0.95
) -> Estimate:
    """How much higher the mean score would be, were the answers that speak of a theme not there.

    scores: one per respondent, in any unit.  speaks_of_it: whether the answer holds the theme.
    Returns the difference in the unit of the scores, above zero when the theme pulls down; its
    error takes respondents as independent and the theme's share as it is. What is left out is the
    answers, not the theme's cause: read it as an upper bound of what mending it could bring.
    Raises NotMeasurable when everybody speaks of it, or nobody.

    >>> score_without([10, 10, 2, 2], [False, False, True, True]).value
    4.0
    """
    rated, held = finite_vector(scores), np.asarray(speaks_of_it, bool)
    n = side_by_side(scores=rated, speaks_of_it=held)
    if held.all() or not held.any():
        raise NotMeasurable("a theme that everybody or nobody speaks of cannot be left out")
    share = float(held.mean())
    gap = float(rated[~held].mean() - rated[held].mean())
    variance = _variance_of_mean(rated[~held]) + _variance_of_mean(rated[held])
    error = share * float(np.sqrt(variance))
    z = normal_quantile(confidence)
    value = share * gap
    return Estimate(value, error, n, value - z * error, value + z * error, confidence, "Welch")


def _variance_of_mean(values: NDArray[np.float64]) -> float:
    return float(values.var(ddof=1) / values.size) if values.size > 1 else 0.0
