"""What the service room refuses, beyond what every measure refuses.

EngineError
├── NotMeasurable
│   ├── NoCalls            no call with a waiting time
│   ├── OverloadedLine     more work than the agents can ever do, and nobody gives up
│   └── OutOfReach         the goal cannot be met with the agents allowed
└── BrokenContract
    ├── ImpossibleWait     a wait that is negative, NaN or infinite
    └── BrokenLine         a line without sense (no calls, negative durations, shrinkage of one)
"""

from entregent.engine.errors import BrokenContract, NotMeasurable


class NoCalls(NotMeasurable):
    """No call with a waiting time stands in the evidence."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"no call with a waiting time is there to measure{detail}")


class OverloadedLine(NotMeasurable):
    """More work arrives than the agents can do, so the queue only ever grows."""

    def __init__(self, load: float, agents: int) -> None:
        self.load, self.agents = load, agents
        super().__init__(
            f"{agents} agents cannot carry a load of {load:.2f} erlangs: the queue never empties; "
            "add agents, or say how long callers are ready to wait"
        )


class OutOfReach(NotMeasurable):
    """The goal cannot be met with the agents allowed."""

    def __init__(self, agents: int, reached: str) -> None:
        self.agents = agents
        super().__init__(f"{agents} agents do not meet the goal: {reached}")


class ImpossibleWait(BrokenContract):
    """A waiting time that no call can have."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(f"{count} calls have a wait that is negative, NaN or infinite")


class BrokenLine(BrokenContract):
    """The description of a line makes no sense."""
