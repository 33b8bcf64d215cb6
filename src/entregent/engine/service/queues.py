"""A waiting line in steady state: Erlang's formulas, and what they say about one call."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaincc

from entregent.engine.service.conventions import AbandonedCalls
from entregent.engine.service.errors import BrokenLine, OverloadedLine

NEGLIGIBLE = 1e-16  # share of the likeliest state below which a longer queue is not followed
LONGEST_QUEUE = 2**24


@dataclass(frozen=True, slots=True)
class Line:
    """What arrives at a line. Calls arrive at random, one rate throughout.

    calls_per_hour, handle_seconds: means.  patience_seconds: mean time before a caller gives up;
    None when callers wait for ever, which is Erlang C and overstates the waits.
    Raises BrokenLine unless rates and durations are positive numbers.
    """

    calls_per_hour: float
    handle_seconds: float
    patience_seconds: float | None = None

    def __post_init__(self) -> None:
        for what, value in (
            ("calls per hour", self.calls_per_hour),
            ("handling time", self.handle_seconds),
            ("patience", self.patience_seconds),
        ):
            if value is not None and not 0 < value < float("inf"):
                raise BrokenLine(f"the {what} of a line is above zero and finite, not {value}")

    @property
    def load(self) -> float:
        """Erlangs: agents kept busy on average if nobody gave up."""
        return self.calls_per_hour * self.handle_seconds / 3600


@dataclass(frozen=True, slots=True)
class LinePerformance:
    """What a call meets at a line with so many agents.

    waits: probability of not being answered at once.  mean_wait_seconds: over all calls.
    in_time, abandoned, abandoned_in_time: probabilities; in_time is answered within the target.
    occupancy: share of time an agent is with a caller.
    """

    agents: int
    waits: float
    mean_wait_seconds: float
    in_time: float
    abandoned: float
    abandoned_in_time: float
    occupancy: float

    def service_level(self, convention: AbandonedCalls = AbandonedCalls.MISSED) -> float:
        """Percent answered within the target, abandoned calls counted as the convention says."""
        met, out_of = convention.share(
            self.in_time, 1 - self.abandoned, self.abandoned, self.abandoned_in_time
        )
        return 100 * met / out_of


def blocking_probability(load: float, agents: int) -> float:
    """Erlang B: probability that a call finds every agent busy and is turned away.

    load: erlangs, 0 or more.  agents: whole, 0 or more.
    Raises BrokenLine outside these.
    Source: Erlang 1917; the recursion B(k) = A B(k-1) / (k + A B(k-1)).

    >>> round(blocking_probability(5, 10), 10)
    0.0183845703
    """
    if not 0 <= load < float("inf") or agents < 0:
        raise BrokenLine(f"no line has a load of {load} erlangs and {agents} agents")
    blocked = 1.0
    for agent in range(1, agents + 1):
        blocked = load * blocked / (agent + load * blocked)
    return blocked


def waiting_probability(load: float, agents: int) -> float:
    """Erlang C: probability that a call waits, when callers wait for ever.

    load: erlangs, 0 or more and below `agents`.
    Raises OverloadedLine when the agents cannot carry the load, BrokenLine as above.
    Source: Erlang 1917.

    >>> round(waiting_probability(5, 10), 10)
    0.0361053592
    """
    blocked = blocking_probability(load, agents)
    if agents <= load:
        raise OverloadedLine(load, agents)
    return agents * blocked / (agents - load * (1 - blocked))


def line_performance(line: Line, agents: int, *, target_seconds: float = 20) -> LinePerformance:
    """What a call meets at a line: Erlang C, or Erlang A when callers lose patience.

    agents: whole, 1 or more.  target_seconds: 0 or more.
    Handling times and patience are taken as exponential, the usual assumption of the formulas.
    Raises OverloadedLine (Erlang C only), BrokenLine.
    Source: Erlang A: Palm 1957; Garnett, Mandelbaum and Reiman 2002, MSOM 4(3), 208-227.

    >>> found = line_performance(Line(200, 180), 14)
    >>> round(found.waits, 4), round(found.service_level(), 1), round(found.mean_wait_seconds, 2)
    (0.1741, 88.8, 7.84)
    """
    if agents < 1:
        raise BrokenLine(f"a line needs an agent, not {agents}")
    if not 0 <= target_seconds < float("inf"):
        raise BrokenLine(f"a target of {target_seconds} seconds cannot be met or missed")
    if line.patience_seconds is None:
        return _with_endless_patience(line, agents, target_seconds)
    return _with_patience(line, agents, target_seconds, line.patience_seconds)


def _with_endless_patience(line: Line, agents: int, target_seconds: float) -> LinePerformance:
    waits = waiting_probability(line.load, agents)
    spare = agents - line.load
    late = waits * float(np.exp(-spare * target_seconds / line.handle_seconds))
    return LinePerformance(
        agents=agents,
        waits=waits,
        mean_wait_seconds=waits * line.handle_seconds / spare,
        in_time=1 - late,
        abandoned=0.0,
        abandoned_in_time=0.0,
        occupancy=line.load / agents,
    )


def _with_patience(
    line: Line, agents: int, target_seconds: float, patience_seconds: float
) -> LinePerformance:
    """Sum over the queue a call finds.

    With j callers ahead, the time V until an agent is free is a sum of exponentials at rates
    (c + k)/patience, k = 0 … j, where c = agents × patience / handling: so exp(-V/patience)
    follows a Beta(c, j + 1) law, from which all three outcomes are incomplete beta integrals.
    """
    arrivals = line.calls_per_hour / 3600
    free, queue = _states(line, agents, patience_seconds)
    ahead = np.arange(len(queue))
    c = agents * patience_seconds / line.handle_seconds
    patient = float(np.exp(-target_seconds / patience_seconds))
    answered = c / (c + ahead + 1)
    in_time = answered * betaincc(c + 1, ahead + 1, patient)
    still_waiting = patient * betainc(c, ahead + 1, patient)
    abandoned = float(queue @ (1 - answered))
    in_queue = float(queue @ ahead)
    return LinePerformance(
        agents=agents,
        waits=float(queue.sum()),
        mean_wait_seconds=in_queue / arrivals,
        in_time=free + float(queue @ in_time),
        abandoned=abandoned,
        abandoned_in_time=float(queue @ (1 - in_time - still_waiting)),
        occupancy=line.load * (1 - abandoned) / agents,
    )


def _states(line: Line, agents: int, patience_seconds: float) -> tuple[float, np.ndarray]:
    """Probability that an agent is free, and of each queue length when none is."""
    arrivals, done, lost = line.calls_per_hour / 3600, 1 / line.handle_seconds, 1 / patience_seconds
    length = 64
    while True:
        present = np.arange(1, agents + length)
        leaving = np.minimum(present, agents) * done + np.maximum(present - agents, 0) * lost
        weights = np.concatenate([[0.0], np.cumsum(np.log(arrivals / leaving))])
        if weights[-1] < weights.max() + np.log(NEGLIGIBLE) and arrivals < leaving[-1]:
            break
        if length >= LONGEST_QUEUE:
            raise OverloadedLine(line.load, agents)
        length *= 4
    states = np.exp(weights - weights.max())
    states /= states.sum()
    return float(states[:agents].sum()), states[agents:]
