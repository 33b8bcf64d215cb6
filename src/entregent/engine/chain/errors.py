"""What the chain refuses.

EngineError
├── NotMeasurable
│   ├── ConstantIndicator      an item to which everybody gave the same answer
│   ├── CollinearIndicators    items of a mode B block that say the same thing exactly
│   ├── CollinearConstructs    predictors that the scores cannot tell apart
│   ├── NotConverged           the weights never settled
│   ├── InadmissibleCorrection the correction for unreliability leaves the range of correlations
│   └── UnsoundChain           reliability or distinctness fails, and the caller asked to refuse
└── BrokenContract
    ├── BrokenModel            the model itself cannot be estimated (a circle, an empty block…)
    └── UnknownIndicators      the model names items that the answers lack
"""

from collections.abc import Sequence

from entregent.engine.errors import BrokenContract, NotMeasurable


class ConstantIndicator(NotMeasurable):
    """Everybody gave the same answer to an item, so it correlates with nothing."""

    def __init__(self, items: Sequence[str]) -> None:
        self.items = list(items)
        super().__init__(f"everybody answered the same to {', '.join(items)}")


class CollinearIndicators(NotMeasurable):
    """Items of one mode B block determine each other exactly: their weights have no single value."""

    def __init__(self, construct: str) -> None:
        self.construct = construct
        super().__init__(
            f"the items of {construct} determine each other exactly; mode B cannot weigh them: "
            f"drop one, or measure {construct} in mode A"
        )


class CollinearConstructs(NotMeasurable):
    """The predictors of a construct determine each other: their paths have no single value."""

    def __init__(self, target: str, predictors: Sequence[str]) -> None:
        self.target, self.predictors = target, list(predictors)
        super().__init__(
            f"{', '.join(predictors)} determine each other exactly; "
            f"their separate effects on {target} cannot be told apart"
        )


class NotConverged(NotMeasurable):
    """The weights did not settle."""

    def __init__(self, iterations: int) -> None:
        self.iterations = iterations
        super().__init__(f"the weights did not settle in {iterations} iterations")


class InadmissibleCorrection(NotMeasurable):
    """Corrected for unreliability, the constructs' correlations are no longer correlations."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"correcting for unreliability is inadmissible here: {detail}; "
            "the items are too few or too noisy for consistent PLS"
        )


class UnsoundChain(NotMeasurable):
    """Reliability or distinctness fails, and the caller asked for a refusal."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        super().__init__("; ".join(words))


class BrokenModel(BrokenContract):
    """The model cannot be estimated whatever the answers."""


class UnknownIndicators(BrokenContract):
    """The model names items that the answers do not have."""

    def __init__(self, items: Sequence[str]) -> None:
        self.items = list(items)
        super().__init__(f"the answers lack the items {', '.join(items)}")
