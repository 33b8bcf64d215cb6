"""Is the chain the same for two groups of customers? Permutation, after a check that it measures
the same thing in both."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from entregent.engine.chain.estimation import (
    Answers,
    ChainEstimate,
    Missing,
    Solved,
    estimate_chain,
    item_matrix,
    solve,
    standardise,
)
from entregent.engine.chain.models import PathModel
from entregent.engine.chain.resampling import weighted_moments
from entregent.engine.chain.weighting import Matrix, Scheme, plan_of
from entregent.engine.errors import BrokenContract, NotMeasurable

COUNTS_HELD = 2_000_000
LARGEST_BATCH = 250


class NotTwoGroups(NotMeasurable):
    """The comparison needs two groups, each with respondents."""


class TooFewUsablePermutations(NotMeasurable):
    """Most permutations could not be estimated."""

    def __init__(self, usable: int, permutations: int) -> None:
        self.usable, self.permutations = usable, permutations
        super().__init__(
            f"only {usable} of {permutations} permutations could be estimated; "
            "a group is too small for this model"
        )


@dataclass(frozen=True, slots=True)
class PathDifference:
    """One path in two groups. p_value: share of permutations at least as far apart, two-sided."""

    source: str
    target: str
    first: float
    second: float
    difference: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Invariance:
    """Does a construct mean the same in both groups (MICOM, second step)?

    correlation: between the scores that the two groups' weights give; 1 is identical.
    threshold: 5 % quantile under permutation.  invariant: correlation at or above it.
    p_value: share of permutations at or below the correlation.
    """

    construct: str
    correlation: float
    threshold: float
    p_value: float
    invariant: bool


@dataclass(frozen=True)
class GroupComparison:
    """A chain in two groups; where `invariance` fails, differences of paths mean little."""

    groups: tuple[str, str]
    sizes: tuple[int, int]
    estimates: tuple[ChainEstimate, ChainEstimate]
    invariance: list[Invariance]
    differences: list[PathDifference]
    permutations: int
    failed: int


def compare_groups(
    answers: Answers,
    groups: Sequence[str] | ArrayLike,
    model: PathModel,
    *,
    scheme: Scheme = Scheme.PATH,
    consistent: bool = False,
    permutations: int = 1000,
    seed: int = 0,
) -> GroupComparison:
    """Permutation test of every path between two groups of respondents.

    answers, model, scheme, consistent: as in `estimate_chain`; unanswered items are refused.
    groups: one label per respondent, two different ones in all.
    Returns each group's chain, whether constructs mean the same in both, and p-values from
    1/(permutations + 1) to 1, not corrected for the number of paths.
    Raises NotTwoGroups, TooFewUsablePermutations, and as `estimate_chain` does for each group.
    Source: Chin and Dibbern 2010, Handbook of PLS, 171-193; MICOM: Henseler, Ringle and Sarstedt
    2016, International Marketing Review 33(3), 405-431.

    >>> import numpy as np
    >>> from entregent.engine.chain.models import Construct
    >>> trust, noise = np.random.default_rng(1).normal(size=(2, 200))
    >>> groups = np.repeat(["online", "shop"], 100)
    >>> loyalty = np.where(groups == "shop", trust, 0) + noise
    >>> model = PathModel(
    ...     (Construct("Trust", ("t",)), Construct("Loyalty", ("l",))), (("Trust", "Loyalty"),)
    ... )
    >>> compare_groups({"t": trust, "l": loyalty}, groups, model).differences[0].p_value < 0.01
    True
    """
    table, _ = item_matrix(answers, model, Missing.REFUSE)
    labels = np.asarray(groups).astype(str)
    if len(labels) != len(table):
        raise BrokenContract(f"{len(labels)} group labels for {len(table)} respondents")
    found = np.unique(labels)
    if len(found) != 2:
        raise NotTwoGroups(f"the labels name {len(found)} groups, not two: {', '.join(found[:6])}")
    in_first = labels == found[0]
    first, second = (
        estimate_chain(
            dict(zip(model.items, table[chosen].T, strict=True)),
            model,
            scheme=scheme,
            consistent=consistent,
        )
        for chosen in (in_first, ~in_first)
    )
    standardised, _, _ = standardise(table, model.items)
    plan = plan_of(model)
    _, _, pooled = weighted_moments(standardised, np.ones((1, len(table))))

    def both(members: Matrix) -> tuple[Solved, Solved]:
        _, _, ours = weighted_moments(standardised, members)
        _, _, theirs = weighted_moments(standardised, 1.0 - members)
        return (
            solve(ours, plan, scheme, consistent=consistent),
            solve(theirs, plan, scheme, consistent=consistent),
        )

    generator = np.random.default_rng(seed)
    size = int(np.clip(COUNTS_HELD // len(table), 1, LARGEST_BATCH))
    gaps, likenesses = [], []
    for start in range(0, permutations, size):
        drawn = np.tile(in_first.astype(float), (min(size, permutations - start), 1))
        one, other = both(generator.permuted(drawn, axis=1))
        usable = one.usable & other.usable
        gaps.append((one.paths - other.paths)[usable])
        likenesses.append(_likeness(one.weights, other.weights, pooled[0])[usable])
    gap, likeness = np.concatenate(gaps), np.concatenate(likenesses)
    if len(gap) < permutations / 2:
        raise TooFewUsablePermutations(len(gap), permutations)

    observed = first.paths - second.paths
    alike = _likeness(first.weights[None], second.weights[None], pooled[0])[0]
    return GroupComparison(
        groups=(str(found[0]), str(found[1])),
        sizes=(int(in_first.sum()), int((~in_first).sum())),
        estimates=(first, second),
        invariance=_invariance(model, alike, likeness),
        differences=[
            PathDifference(
                source=source,
                target=target,
                first=first.path(source, target),
                second=second.path(source, target),
                difference=first.path(source, target) - second.path(source, target),
                p_value=_share(np.abs(gap[:, a, b]) >= abs(observed[a, b])),
            )
            for source, target in model.paths
            for a, b in [(model.names.index(source), model.names.index(target))]
        ],
        permutations=permutations,
        failed=permutations - len(gap),
    )


def _likeness(one: Matrix, other: Matrix, pooled: Matrix) -> Matrix:
    """Correlation of the scores two sets of weights give to all respondents."""
    with_other = pooled @ other
    crossed = np.einsum("bij,bij->bj", one, with_other)
    ours = np.einsum("bij,bij->bj", one, pooled @ one)
    theirs = np.einsum("bij,bij->bj", other, with_other)
    correlation: Matrix = crossed / np.sqrt(ours * theirs)
    return correlation


def _invariance(model: PathModel, alike: Matrix, permuted: Matrix) -> list[Invariance]:
    rounding = 1e-12
    thresholds = np.quantile(permuted, 0.05, axis=0)
    return [
        Invariance(
            construct=name,
            correlation=float(alike[number]),
            threshold=float(thresholds[number]),
            p_value=_share(permuted[:, number] <= alike[number] + rounding),
            invariant=bool(alike[number] >= thresholds[number] - rounding),
        )
        for number, name in enumerate(model.names)
    ]


def _share(hits: np.ndarray) -> float:
    """With the observed grouping counted as one of the permutations, so never zero."""
    return float((hits.sum() + 1) / (len(hits) + 1))
