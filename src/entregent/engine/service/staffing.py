"""How many people a line needs: for a goal, or for what waiting is worth."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from entregent.engine.errors import LengthsDiffer
from entregent.engine.service.conventions import AbandonedCalls
from entregent.engine.service.errors import BrokenLine, NoCalls, OutOfReach
from entregent.engine.service.queues import Line, LinePerformance, line_performance

MOST_AGENTS = 10_000
STOP_AFTER = 1.5  # the cost curve is drawn up to this multiple of the cheapest number of agents


@dataclass(frozen=True, slots=True)
class Goal:
    """What a line is asked to reach; 80 % in 20 s is custom, not optimum.

    level: percent answered within target_seconds.  occupancy: highest share of time with callers.
    """

    level: float = 80
    target_seconds: float = 20
    occupancy: float = 1.0
    abandoned: AbandonedCalls = AbandonedCalls.MISSED

    def __post_init__(self) -> None:
        if not 0 < self.level < 100:
            raise BrokenLine(f"a goal of {self.level} % is not between 0 and 100, both excluded")
        if not 0 < self.occupancy <= 1:
            raise BrokenLine(f"an occupancy of {self.occupancy} is not above 0 and at most 1")

    def met_by(self, performance: LinePerformance) -> bool:
        # Rounded, so that the last bit of a sum does not ask for one more person.
        level = round(performance.service_level(self.abandoned), 9)
        return level >= self.level and performance.occupancy <= self.occupancy


@dataclass(frozen=True, slots=True)
class Staffing:
    """Agents needed at the line, people to schedule for them to be there, and what calls meet.

    performance: None for an interval in which nobody calls.
    """

    agents: int
    scheduled: int
    performance: LinePerformance | None


@dataclass(frozen=True, slots=True)
class StaffingCost:
    """One number of agents, and its cost per hour in the money the prices are given in."""

    agents: int
    scheduled: int
    staff: float
    waiting: float
    lost_calls: float
    performance: LinePerformance

    @property
    def total(self) -> float:
        return self.staff + self.waiting + self.lost_calls


@dataclass(frozen=True, slots=True)
class CostCurve:
    """Cost per hour against agents, and the cheapest point.

    holds_from, holds_to: values of an hour of waiting between which the same number of agents
    stays the cheapest: how sure of that value one has to be.
    """

    points: tuple[StaffingCost, ...]
    cheapest: StaffingCost
    holds_from: float
    holds_to: float


def scheduled_for(agents: int, shrinkage: float) -> int:
    """People to schedule so that `agents` are at the line.

    shrinkage: share of paid time away from it (breaks, training, leave), from 0 to below 1.
    Raises BrokenLine outside this.

    >>> scheduled_for(14, 0.30)
    20
    """
    if not 0 <= shrinkage < 1:
        raise BrokenLine(f"a shrinkage of {shrinkage} leaves nobody at the line")
    return math.ceil(round(agents / (1 - shrinkage), 9))


def agents_needed(
    line: Line, goal: Goal | None = None, *, shrinkage: float = 0.0, most: int = MOST_AGENTS
) -> Staffing:
    """Smallest number of agents that meets a goal.

    goal: 80 % in 20 s when not given.  shrinkage: as in `scheduled_for`.
    Raises OutOfReach when `most` agents do not meet it, BrokenLine.

    >>> needed = agents_needed(Line(200, 180), shrinkage=0.30)
    >>> needed.agents, needed.scheduled
    (14, 20)
    """
    goal = goal or Goal()
    scheduled_for(1, shrinkage)
    fewest = max(1, math.floor(line.load) + 1) if line.patience_seconds is None else 1
    if fewest > most:
        raise OutOfReach(most, f"the load alone is {line.load:.1f} erlangs")
    # Every figure of the goal improves with each agent, so halving the range finds the first.
    low, high = fewest, most
    while low < high:
        middle = (low + high) // 2
        met = goal.met_by(line_performance(line, middle, target_seconds=goal.target_seconds))
        low, high = (low, middle) if met else (middle + 1, high)
    performance = line_performance(line, low, target_seconds=goal.target_seconds)
    if not goal.met_by(performance):
        reached = f"{performance.service_level(goal.abandoned):.1f} % within the target"
        raise OutOfReach(low, reached)
    return Staffing(low, scheduled_for(low, shrinkage), performance)


def staffing_plan(
    calls: Sequence[float],
    handle_seconds: float | Sequence[float],
    goal: Goal | None = None,
    *,
    interval_minutes: float = 30,
    patience_seconds: float | None = None,
    shrinkage: float = 0.0,
    fewest: int = 0,
) -> list[Staffing]:
    """Agents and people to schedule, interval by interval, each taken in steady state.

    calls: expected in each interval, 0 or more.  handle_seconds: one mean, or one per interval.
    fewest: agents present even when hardly anybody calls.
    Returns one Staffing per interval, in order.
    Raises NoCalls without intervals, LengthsDiffer, BrokenLine, OutOfReach.

    >>> [needed.scheduled for needed in staffing_plan([100, 20, 0], 180, shrinkage=0.3)]
    [20, 6, 0]
    """
    if not len(calls):
        raise NoCalls
    if not interval_minutes > 0:
        raise BrokenLine(f"an interval of {interval_minutes} minutes holds no call")
    handling = (
        [float(handle_seconds)] * len(calls)
        if isinstance(handle_seconds, int | float)
        else list(handle_seconds)
    )
    if len(handling) != len(calls):
        raise LengthsDiffer({"calls": len(calls), "handle_seconds": len(handling)})
    plan = []
    for arriving, seconds in zip(calls, handling, strict=True):
        if arriving == 0:
            plan.append(Staffing(fewest, scheduled_for(fewest, shrinkage), None))
            continue
        line = Line(arriving * 60 / interval_minutes, seconds, patience_seconds)
        needed = agents_needed(line, goal, shrinkage=shrinkage)
        if needed.agents < fewest:
            target = (goal or Goal()).target_seconds
            performance = line_performance(line, fewest, target_seconds=target)
            needed = Staffing(fewest, scheduled_for(fewest, shrinkage), performance)
        plan.append(needed)
    return plan


def staffing_costs(
    line: Line,
    *,
    agent_hour: float,
    waiting_hour: float,
    lost_call: float = 0.0,
    target_seconds: float = 20,
    shrinkage: float = 0.0,
) -> CostCurve:
    """Cost of staff against the value of waiting, agent by agent.

    agent_hour: cost of an hour of one person scheduled, above 0.  waiting_hour: what an hour of
    a customer's waiting is worth to the firm, 0 or more.  lost_call: what an abandoned call costs.
    All three in one money; costs are per hour of the line. People are counted by shrinkage as
    fractions here, so that the curve has no steps of rounding.
    Returns the curve from the fewest agents that carry the load (one, when callers lose patience)
    to half as many again as the cheapest.
    Raises BrokenLine on a price without sense.
    Source: Borst, Mandelbaum and Reiman 2004, Operations Research 52(1), 17-34.

    >>> curve = staffing_costs(Line(200, 180), agent_hour=25, waiting_hour=60)
    >>> curve.cheapest.agents, round(curve.holds_from), round(curve.holds_to)
    (14, 48, 108)
    """
    if not 0 < agent_hour < math.inf:
        raise BrokenLine(f"an hour of an agent costs more than 0, not {agent_hour}")
    if not (0 <= waiting_hour < math.inf and 0 <= lost_call < math.inf):
        raise BrokenLine("what waiting and lost calls are worth is 0 or more")

    def cost(agents: int) -> StaffingCost:
        performance = line_performance(line, agents, target_seconds=target_seconds)
        waited_hours = line.calls_per_hour * performance.mean_wait_seconds / 3600
        return StaffingCost(
            agents=agents,
            scheduled=scheduled_for(agents, shrinkage),
            staff=agents / (1 - shrinkage) * agent_hour,
            waiting=waited_hours * waiting_hour,
            lost_calls=line.calls_per_hour * performance.abandoned * lost_call,
            performance=performance,
        )

    fewest = math.floor(line.load) + 1 if line.patience_seconds is None else 1
    points = [cost(fewest)]
    cheapest = points[0]
    while points[-1].agents < STOP_AFTER * max(cheapest.agents, line.load) + 2:
        points.append(cost(points[-1].agents + 1))
        cheapest = min(points, key=lambda point: point.total)
    place = points.index(cheapest)

    def worth_one_more(fewer: StaffingCost, more: StaffingCost) -> float:
        """Value of an hour of waiting at which one agent more pays for itself."""
        less_waiting = fewer.performance.mean_wait_seconds - more.performance.mean_wait_seconds
        price = more.staff - fewer.staff - (fewer.lost_calls - more.lost_calls)
        saved_hours = line.calls_per_hour * less_waiting / 3600
        return max(price, 0.0) / saved_hours if saved_hours > 0 else math.inf

    return CostCurve(
        points=tuple(points),
        cheapest=cheapest,
        holds_from=worth_one_more(points[place - 1], cheapest) if place else 0.0,
        holds_to=worth_one_more(cheapest, points[place + 1]),
    )
