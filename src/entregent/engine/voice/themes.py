"""What customers speak about: themes proposed from the words, applied, followed over time.

Proposals are a start that people edit: merging, splitting, renaming and excluding only change the
list of centres, and `apply_themes` reads any such list.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.stats import fisher_exact
from sklearn.cluster import KMeans

from entregent.engine.arrays import finite_vector, side_by_side
from entregent.engine.errors import BrokenContract, LengthsDiffer, NotMeasurable
from entregent.engine.estimates import Estimate, normal_quantile
from entregent.engine.voice.words import words_in

Vectors = NDArray[np.float32]

FEWEST_TEXTS = 3
NEAREST = 12
SAME_BEGINNING = 6
NO_THEME = -1


class TooFewTexts(NotMeasurable):
    """There are fewer texts than themes could be told apart in."""

    def __init__(self, have: int, need: int) -> None:
        self.have, self.need = have, need
        super().__init__(f"there are {have} texts, {need} are needed to propose themes")


@dataclass(frozen=True, slots=True)
class Theme:
    """Texts that resemble each other.

    key: stable, made of its telling words.  centre: of length 1.  words: most telling first.
    nearest: ranks of the texts closest to its centre.  size: texts it was found in.
    parent: key of the broader theme, None for a broad one.
    """

    key: str
    centre: Vectors = field(repr=False)
    words: tuple[str, ...]
    nearest: tuple[int, ...]
    size: int
    parent: str | None = None


def propose_themes(
    texts: Sequence[str],
    vectors: Vectors,
    *,
    fine: int = 20,
    broad: int = 7,
    seed: int = 0,
    stop_words: frozenset[str] = frozenset(),
) -> list[Theme]:
    """Themes of a set of texts: broad ones first, each followed by its fine ones.

    texts, vectors: side by side, vectors of length 1.  fine, broad: how many of each at most.
    stop_words: that never name a theme.  The same seed gives the same themes.
    Raises TooFewTexts under three texts for each fine theme, LengthsDiffer.

    >>> texts = ["late parcel", "parcel late again", "price too high", "high price"] * 3
    >>> vectors = np.eye(2, dtype=np.float32)[[0, 0, 1, 1] * 3]
    >>> sorted(theme.words[0] for theme in propose_themes(texts, vectors, fine=2, broad=2))
    ['high', 'late']
    """
    if len(texts) != len(vectors):
        raise LengthsDiffer({"texts": len(texts), "vectors": len(vectors)})
    if len(texts) < FEWEST_TEXTS * fine:
        raise TooFewTexts(len(texts), FEWEST_TEXTS * fine)
    fine = min(fine, len(np.unique(vectors, axis=0)))
    clustered = KMeans(fine, n_init=2, random_state=seed).fit(vectors)
    group_of = _groups(clustered.cluster_centers_, broad)
    bags = [set(words_in(text)) - stop_words for text in texts]
    proposed: list[Theme] = []
    taken: set[str] = set()
    for group in _by_size(group_of[clustered.labels_]):
        members = np.flatnonzero(group_of[clustered.labels_] == group)
        above = _theme(members, vectors, bags, taken, None)
        proposed.append(above)
        own = clustered.labels_[members]
        clusters = _by_size(own)
        if len(clusters) > 1:
            proposed += [
                _theme(members[own == cluster], vectors, bags, taken, above.key)
                for cluster in clusters
            ]
    return proposed


def _groups(centres: NDArray[np.float64], broad: int) -> NDArray[np.int64]:
    if len(centres) <= broad:
        return np.arange(len(centres))
    return np.asarray(fcluster(linkage(centres, "ward"), broad, "maxclust"), np.int64)


def _by_size(labels: NDArray[np.int64]) -> list[int]:
    found, counts = np.unique(labels, return_counts=True)
    return [int(found[place]) for place in np.lexsort((found, -counts))]


def _theme(
    members: NDArray[np.int64],
    vectors: Vectors,
    bags: Sequence[set[str]],
    taken: set[str],
    parent: str | None,
) -> Theme:
    centre = vectors[members].mean(axis=0)
    centre = (centre / (np.linalg.norm(centre) or 1)).astype(np.float32)
    closeness = vectors[members] @ centre
    order = np.lexsort((members, -closeness.round(5)))
    words = telling_words(bags, members)
    key = wanted = "-".join(unlike(words)) or "theme"
    number = 1
    while key in taken:
        number += 1
        key = f"{wanted}-{number}"
    taken.add(key)
    return Theme(
        key,
        centre,
        words,
        tuple(int(one) for one in members[order][:NEAREST]),
        members.size,
        parent,
    )


def telling_words(
    bags: Sequence[set[str]], members: ArrayLike, *, most: int = 6
) -> tuple[str, ...]:
    """The words that tell some texts from the others: highest z of the log-odds ratio.

    bags: the words of every text.  members: ranks of the texts in question.
    The other texts serve as the informative prior, so that rare words do not win by chance.
    Source: Monroe, Colaresi and Quinn 2008, "Fightin' Words", Political Analysis 16(4).

    >>> telling_words([{"late", "parcel"}, {"parcel"}, {"price"}, {"price", "late"}], [0, 1], most=1)
    ('parcel',)
    """
    inside = {int(one) for one in np.asarray(members)}
    own = Counter(word for rank in inside for word in bags[rank])
    everywhere = Counter(word for bag in bags for word in bag)
    total, own_total = sum(everywhere.values()), sum(own.values())
    prior = 0.01

    def z(word: str) -> float:
        weight = prior * everywhere[word]
        mine, theirs = own[word] + weight, everywhere[word] - own[word] + weight
        all_mine = own_total + prior * total
        all_theirs = total - own_total + prior * total
        odds = np.log(mine / max(all_mine - mine, 0.5)) - np.log(
            theirs / max(all_theirs - theirs, 0.5)
        )
        return float(odds / np.sqrt(1 / mine + 1 / theirs))

    named = [word for word in own if any(letter.isalpha() for letter in word) and len(word) > 2]
    return tuple(sorted(named, key=lambda word: (-z(word), word))[:most])


def unlike(words: Sequence[str], *, most: int = 3) -> tuple[str, ...]:
    """The first words that are not forms of one another: those that begin with the same letters.

    >>> unlike(["remboursement", "remboursements", "frais", "rembourser", "mutuelle"])
    ('remboursement', 'frais', 'mutuelle')
    """
    kept: dict[str, str] = {}
    for word in words:
        kept.setdefault(word[:SAME_BEGINNING].rstrip("s"), word)
    return tuple(kept.values())[:most]


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
