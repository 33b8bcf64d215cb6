"""How relationships move: which moves are open, by what path, and which really happened."""

import itertools
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from entregent.engine.errors import BrokenContract, TooFewRespondents
from entregent.engine.relationship.space import AXES, Floats, KindSpace


def open_moves(space: KindSpace) -> NDArray[np.bool_]:
    """Which direct moves are open, shape (kinds from, kinds to).

    Slow axes rise by at most the rule's steps and fall freely; a kind of negative feeling opens
    unless strength would leap; out of a negative kind, feeling is repaired to neutral first; some
    kinds are entered, never chosen; a bond must exist before it can be ended. The firm's own
    exceptions come last. A kind never moves to itself.
    Source: proposed; checked against the one published example, stranger to teammate closed and
    stranger to fling open (Avery, Fournier and Wittenbraker 2014).
    """
    rule = space.rule
    valence, strength = space.axis("valence"), space.axis("strength")
    rise = {axis: space.axis(axis)[None, :] - space.axis(axis)[:, None] for axis in AXES}
    into_negative = np.broadcast_to(valence < 0, rise["valence"].shape)
    from_negative = np.broadcast_to((valence < 0)[:, None], rise["valence"].shape)

    slow = np.ones_like(into_negative)
    for axis, most in rule.rise.items():
        slow = slow & (rise[axis] <= most)
    repaired = (valence[None, :] <= rule.repair_valence) & (rise["valence"] <= rule.repair_rise)
    ordinary = slow & (~from_negative | repaired)
    worsening = rise["strength"] <= rule.rise_of_strength_into_negative
    moves = np.where(into_negative, worsening, ordinary)

    for j, kind in enumerate(space.kinds):
        if kind in rule.entered_never_chosen:
            moves[:, j] = False
        if kind in rule.needs_a_bond_of:
            moves[:, j] &= strength >= rule.needs_a_bond_of[kind]
    for exceptions, is_open in ((rule.also_open, True), (rule.also_closed, False)):
        for origin, goal in exceptions:
            if origin in space.kinds and goal in space.kinds:
                moves[space.position(origin), space.position(goal)] = is_open
    np.fill_diagonal(moves, False)
    return np.asarray(moves, dtype=bool)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason why a direct move is closed.

    because: `rise` (a slow axis would rise too fast), `leap` (strength would leap into a bad
    feeling), `repair` (a bad feeling is repaired to neutral first), `never_chosen`, `no_bond`,
    `closed_by_firm`.
    axis: the axis at fault, empty where there is none. by, most: how far the move would go on it, and
    how far the rule lets it; for `repair`, the feeling it would reach and the highest that opens.
    """

    because: str
    axis: str = ""
    by: float = 0.0
    most: float = 0.0


def obstacles(space: KindSpace, origin: str, goal: str) -> list[Obstacle]:
    """Why the direct move between two kinds is closed; nothing where it is open.

    Says of one move what `open_moves` says of all. Raises UnknownKind.
    """
    rule, start, end = space.rule, space.position(origin), space.position(goal)
    change = dict(zip(AXES, space.coordinates[end] - space.coordinates[start], strict=True))
    before, after = space.axis("valence")[start], space.axis("valence")[end]
    found = []
    if after < 0:
        most = rule.rise_of_strength_into_negative
        if change["strength"] > most:
            found.append(Obstacle("leap", "strength", float(change["strength"]), most))
    else:
        found += [
            Obstacle("rise", axis, float(change[axis]), most)
            for axis, most in rule.rise.items()
            if change[axis] > most
        ]
        if before < 0 and (after > rule.repair_valence or change["valence"] > rule.repair_rise):
            found.append(Obstacle("repair", "valence", float(after), rule.repair_valence))
    if goal in rule.entered_never_chosen:
        found.append(Obstacle("never_chosen"))
    if goal in rule.needs_a_bond_of:
        strength, least = float(space.axis("strength")[start]), rule.needs_a_bond_of[goal]
        if strength < least:
            found.append(Obstacle("no_bond", "strength", strength, least))
    if (origin, goal) in rule.also_closed:
        return [Obstacle("closed_by_firm")]
    return [] if (origin, goal) in rule.also_open or start == end else found


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a plan, and what it asks for.

    rises, falls: for each axis that changes, by how much; a rise on a slow axis is what must be
    earned.
    """

    origin: str
    goal: str
    rises: Mapping[str, float]
    falls: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Path:
    """The shortest way from one kind to another; no steps when there is none or none is needed."""

    kinds: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def exists(self) -> bool:
        return bool(self.kinds)


def shortest_path(
    space: KindSpace, origin: str, goal: str, *, through_goals_only: bool = False
) -> Path:
    """The shortest way by open moves; ties go to the kinds that stand first in the catalogue.

    A way never passes through a kind of negative feeling or an imposed one to reach a better place:
    no plan may hurt somebody first. With `through_goals_only`, each kind on the way must be one that
    a firm may aim at.
    Raises UnknownKind.
    """
    moves = open_moves(space)
    start, end = space.position(origin), space.position(goal)
    passable = (space.axis("valence") >= 0) & (space.axis("voluntary") > 0)
    if through_goals_only:
        passable = passable & space.goals
    before = {start: start}
    queue = deque([start])
    while queue and end not in before:
        here = queue.popleft()
        for there in np.flatnonzero(moves[here]).tolist():
            if there not in before and (there == end or passable[there]):
                before[there] = here
                queue.append(there)
    if end not in before:
        return Path((), ())
    way = [end]
    while way[-1] != start:
        way.append(before[way[-1]])
    kinds = tuple(space.kinds[i] for i in reversed(way))
    steps = tuple(_step(space, a, b) for a, b in itertools.pairwise(kinds))
    return Path(kinds, steps)


def _step(space: KindSpace, origin: str, goal: str) -> Step:
    change = space.coordinates[space.position(goal)] - space.coordinates[space.position(origin)]
    return Step(
        origin,
        goal,
        {axis: float(by) for axis, by in zip(AXES, change, strict=True) if by > 0},
        {axis: float(by) for axis, by in zip(AXES, change, strict=True) if by < 0},
    )


@dataclass(frozen=True, slots=True)
class Transitions:
    """How customers moved from one class to another over a period.

    share, low, high: shape (classes from, classes to), rows of `share` sum to 1.
    leaving: shape (classes,), customers each row rests on.
    confidence: of the intervals, each taken alone.
    """

    share: Floats
    low: Floats
    high: Floats
    leaving: Floats
    confidence: float


def count_transitions(
    before: NDArray[np.intp],
    after: NDArray[np.intp],
    classes: int,
    *,
    confidence: float = 0.95,
) -> Transitions:
    """Transitions between classes that are known, such as those people coded.

    before, after: shape (customers,), positions of classes; customers with -1 on either side are
    left out, as nothing is known of their move.
    Jeffreys' interval for each cell. Rows that nobody leaves are flat and run from 0 to 1.
    Raises TooFewRespondents when nobody is known on both sides, BrokenContract on a bad class.
    """
    if before.shape != after.shape:
        raise BrokenContract("before and after do not name the same customers")
    known = (before >= 0) & (after >= 0)
    if not known.any():
        raise TooFewRespondents(0, 1)
    if max(before.max(), after.max()) >= classes:
        raise BrokenContract(f"a class lies beyond the {classes} there are")
    counts = np.zeros((classes, classes))
    np.add.at(counts, (before[known], after[known]), 1.0)
    return _with_intervals(counts, counts.sum(axis=1), confidence)


def estimate_transitions(
    before: Floats,
    after: Floats,
    prior: Floats,
    *,
    starting: Floats | None = None,
    staying: float = 20.0,
    confidence: float = 0.95,
    rounds: int = 500,
    tolerance: float = 1e-8,
) -> Transitions:
    """Transitions between classes that are only inferred, the noise of inference taken out.

    before, after: shape (customers, classes), probabilities inferred apart at the two dates, each
    from the evidence of its own period and the same prior.
    prior: shape (classes,), that prior; it is divided out, so that evidence is counted once.
    starting: shape (classes,), shares at the first date where they are known; estimated together with
    the table unless told, which takes strong evidence: from weak evidence crowds appear where nobody
    is.
    staying: customers that staying where one is is worth beforehand, spread over the rows by the
    prior.
    Comparing the likeliest class at each date would turn every doubtful customer into a move. Here
    the table is the one under which both sets of evidence are most probable (expectation and
    maximisation); intervals come from the expected counts, so they take these as known and are
    somewhat too narrow.
    Raises BrokenContract when shapes differ, TooFewRespondents when there is nobody.
    """
    if before.shape != after.shape or before.shape[1] != len(prior):
        raise BrokenContract("before, after and prior do not speak of the same classes")
    if len(before) == 0:
        raise TooFewRespondents(0, 1)
    classes = len(prior)
    first, second = before / prior, after / prior
    pull = np.diag(staying * prior)
    start = before.mean(axis=0) if starting is None else starting
    table = np.full((classes, classes), 0.1 / classes) + 0.9 * np.eye(classes)
    counts = np.zeros((classes, classes))
    for _ in range(rounds):
        joint = start[:, None] * table
        evidence = np.einsum("nc,cd,nd->n", first, joint, second, optimize=True)
        counts = joint * ((first / evidence[:, None]).T @ second)
        wanted = counts + pull + 1e-9
        new = wanted / wanted.sum(axis=1, keepdims=True)
        moved = float(np.abs(new - table).max())
        table = new
        if starting is None:
            start = counts.sum(axis=1) / counts.sum()
        if moved < tolerance:
            break
    return _with_intervals(counts, counts.sum(axis=1), confidence, share=table)


def _with_intervals(
    counts: Floats, leaving: Floats, confidence: float, share: Floats | None = None
) -> Transitions:
    classes = len(counts)
    rows = leaving[:, None]
    if share is None:
        share = np.divide(counts, rows, out=np.full_like(counts, 1 / classes), where=rows > 0)
    tail = (1 - confidence) / 2
    hits, misses = counts + 0.5, np.maximum(rows - counts, 0.0) + 0.5
    low = np.where(rows > 0, beta.ppf(tail, hits, misses), 0.0)
    high = np.where(rows > 0, beta.ppf(1 - tail, hits, misses), 1.0)
    return Transitions(share, np.minimum(low, share), np.maximum(high, share), leaving, confidence)


def moves_by_error_alone(confusion: Floats, prior: Floats) -> Floats:
    """Moves that would be seen if nobody moved at all, shape (classes, classes), rows sum to 1.

    confusion: shape (classes true, classes named), rows sum to 1, as measured on labelled customers.
    prior: shape (classes,), true shares.
    What two namings of the same customer give when their errors are independent; compare a table of
    likeliest classes with it before believing it.

    >>> moves_by_error_alone(np.eye(2), np.array([0.5, 0.5]))
    array([[1., 0.],
           [0., 1.]])
    """
    joint = confusion.T @ (prior[:, None] * confusion)
    return np.asarray(joint / joint.sum(axis=1, keepdims=True))
