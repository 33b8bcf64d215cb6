"""How many are treated otherwise than they wish, with its doubt."""

from dataclasses import dataclass

from entregent.engine.estimates import normal_quantile
from entregent.web.relationships.queries import GapSums


@dataclass(frozen=True, slots=True)
class GapsAtLarge:
    """The answer to the page's question.

    customers: who answer to the filters. measured: of whom the treatment is known.
    expected, low, high: how many are expected to be treated otherwise than they wish.
    listed: those for whom it is likelier than not.
    """

    customers: int
    measured: int
    expected: float
    low: float
    high: float
    listed: int
    wanted: str = ""
    given: str = ""
    direction: int = 0
    of_that_sort: int = 0

    @property
    def share(self) -> float:
        return self.expected / self.customers if self.customers else 0.0

    @property
    def share_low(self) -> float:
        return self.low / self.customers if self.customers else 0.0

    @property
    def share_high(self) -> float:
        return self.high / self.customers if self.customers else 0.0


def gaps_at_large(
    sums: GapSums, listed: int, commonest: tuple[str, str, int, int] | None
) -> GapsAtLarge:
    """The number expected is the sum of the probabilities; its doubt takes customers as independent."""
    reach = normal_quantile(0.95) * max(sums.spread, 0.0) ** 0.5
    wanted, given, direction, n = commonest or ("", "", 0, 0)
    return GapsAtLarge(
        sums.customers, sums.measured, sums.expected, max(sums.expected - reach, 0.0),
        min(sums.expected + reach, float(sums.customers)), listed, wanted, given, direction, n,
    )  # fmt: skip
