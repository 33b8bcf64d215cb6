"""What the chain refuses, beyond what every measure refuses.

EngineError
├── NotMeasurable
│   ├── InadmissibleCorrection the correction for unreliability leaves the range of correlations
│   └── UnsoundChain           reliability or distinctness fails, and the caller asked to refuse
└── BrokenContract
    ├── BrokenModel            the model itself cannot be estimated (a circle, an empty block…)
    └── UnknownIndicators      the model names items that the answers lack
"""

from collections.abc import Sequence

from entregent.engine.errors import BrokenContract, NotMeasurable


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
