"""The stage of change: by instrument, from talk, and from behaviour."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from entregent.engine.errors import BrokenContract
from entregent.engine.relationship.space import Floats

STAGES = ("precontemplation", "contemplation", "preparation", "action", "maintenance")
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Windows:
    """How soon is soon, in days.

    near: an intention this close, with an attempt, is preparation.  far: an intention this close is
    contemplation, and the behaviour kept longer than this is maintenance.
    """

    near: float
    far: float

    def __post_init__(self) -> None:
        if not 0 < self.near < self.far:
            raise BrokenContract(f"windows are {self.near} and {self.far} days; near comes first")


INSTRUMENT = Windows(30, 180)
"""URI Cancer Prevention Research Center, short form: 30 days and 6 months."""


def windows_for_cycle(
    cycle_days: float, *, near_part: float = 1 / 6, far_part: float = 1.0, floor_days: float = 7
) -> Windows:
    """The instrument's windows scaled to how often a customer's decision comes round.

    A cycle of six months gives back the instrument's own. Neither window is ever shorter than
    `floor_days`, and far stays at least twice near.
    Raises BrokenContract unless the cycle is above zero.
    Source: proposed transposition.

    >>> windows_for_cycle(180)
    Windows(near=30.0, far=180.0)
    """
    if not cycle_days > 0:
        raise BrokenContract(f"the cycle is {cycle_days} days; it must be above zero")
    near = max(cycle_days * near_part, floor_days)
    return Windows(near, max(cycle_days * far_part, 2 * near))


def stage_by_instrument(
    doing: NDArray[np.bool_],
    doing_since_days: Floats,
    intends_within_days: Floats,
    attempts: Floats,
    windows: Windows = INSTRUMENT,
) -> NDArray[np.int64]:
    """The stage that somebody's own answers put them in.

    All of shape (respondents,): whether they do it today; for how many days (NaN unknown); within
    how many days they mean to (NaN where they do not); how many times they tried in the last year
    (NaN counts as none).
    Returns positions in STAGES; UNKNOWN where somebody does it and does not say since when.
    Source: URI Cancer Prevention Research Center, short form; for customers, `windows_for_cycle`.

    >>> soon = stage_by_instrument(
    ...     np.array([False, False]), np.full(2, np.nan), np.array([30.0, 30.0]), np.array([1.0, 0.0])
    ... )
    >>> [STAGES[stage] for stage in soon]
    ['preparation', 'contemplation']
    """
    for name, column in (
        ("doing_since_days", doing_since_days),
        ("intends_within_days", intends_within_days),
        ("attempts", attempts),
    ):
        if column.shape != doing.shape:
            raise BrokenContract(f"{name} has shape {column.shape}, {doing.shape} is needed")
        if np.any(column < 0):
            raise BrokenContract(f"{name} holds a negative number")
    tried = np.nan_to_num(attempts) >= 1
    near, far = intends_within_days <= windows.near, intends_within_days <= windows.far
    not_doing = np.select([near & tried, far], [2, 1], default=0)
    doing_stage = np.where(
        np.isnan(doing_since_days), UNKNOWN, np.where(doing_since_days <= windows.far, 3, 4)
    )
    return np.asarray(np.where(doing, doing_stage, not_doing), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class StageFromTalk:
    """The stage that words point to, always an estimate.

    stage: shape (customers,), positions in STAGES; UNKNOWN where nothing was said.
    firm: shape (customers,), whether at least two units of talk carry it.
    """

    stage: NDArray[np.int64]
    firm: NDArray[np.bool_]


def stage_from_talk(
    preparatory: Floats,
    mobilising: Floats,
    sustain: Floats,
    last_step_days: Floats,
    windows: Windows,
    *,
    heard: float = 0.5,
) -> StageFromTalk:
    """The stage that change talk and sustain talk point to.

    All of shape (customers,), as `talk.talk_features` gives them: change talk that prepares, change
    talk that mobilises, sustain talk (confidence-weighted counts), days since the last step spoken
    of (NaN where none).
    A recent step is action; commitment or activation, preparation; reasons alone, contemplation;
    sustain talk alone, precontemplation. An old step without sustain talk since is maintenance.
    heard: weighted count from which something counts as said.
    Source: proposed, after the order of DARN-CAT; not validated.
    """
    stepped = ~np.isnan(last_step_days) & (mobilising >= heard)
    recent = stepped & (last_step_days <= windows.far)
    old = stepped & (last_step_days > windows.far) & (sustain < heard)
    said = (preparatory >= heard) | (mobilising >= heard) | (sustain >= heard)
    stage = np.select(
        [~said, recent, old, mobilising >= heard, preparatory >= heard],
        [UNKNOWN, 3, 4, 2, 1],
        default=0,
    )
    carried = np.select(
        [stage >= 2, stage == 1, stage == 0], [mobilising, preparatory, sustain], default=0.0
    )
    return StageFromTalk(stage.astype(np.int64), np.asarray(carried >= 2.0))


def stage_from_behaviour(
    first_done_days: Floats, last_done_days: Floats, attempts: Floats, windows: Windows
) -> NDArray[np.int64]:
    """The stage that deeds alone show.

    All of shape (customers,): days since the target was first done and last done (NaN never), and
    attempts that were begun and not finished in the last far window.
    Done and kept up within the far window is action, or maintenance once it is older than that;
    done but not since is back to precontemplation or, with an attempt, preparation. Deeds cannot
    tell contemplation from precontemplation: without deed or attempt, UNKNOWN.
    Source: proposed transposition.
    """
    done = ~np.isnan(last_done_days)
    kept_up = done & (last_done_days <= windows.far)
    tried = np.nan_to_num(attempts) >= 1
    stage = np.select(
        [kept_up & (first_done_days > windows.far), kept_up, tried, done],
        [4, 3, 2, 0],
        default=UNKNOWN,
    )
    return stage.astype(np.int64)


def stage_together(
    instrument: NDArray[np.int64], behaviour: NDArray[np.int64], talk: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """One stage from three readings, and whether they contradict each other by two steps or more.

    Deeds of doing (action, maintenance) come first; then what the customer answered; then words;
    then other deeds. UNKNOWN where none speaks.
    """
    readings = np.stack([instrument, behaviour, talk])
    acts = behaviour >= 3
    stage = np.select(
        [acts, instrument >= 0, talk >= 0], [behaviour, instrument, talk], default=behaviour
    )
    highest = readings.max(axis=0)
    lowest = np.where(readings < 0, len(STAGES), readings).min(axis=0)
    return stage.astype(np.int64), np.asarray((highest >= 0) & (highest - lowest >= 2))
