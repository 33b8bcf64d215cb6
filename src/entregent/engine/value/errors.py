"""What the measures of value refuse.

NotMeasurable
├── NoCustomers
│   └── NothingObserved            no purchase on or before the end of observation
├── TooFewCustomers
├── NoRevenue                      every customer's revenue is zero
└── NoRepeatPurchases              nobody bought twice: no model of buying can be fitted
BrokenContract
├── NegativeRevenue
├── NegativeSpend                  refunds among the purchases
├── DuplicatedTransactions
├── DuplicatedCustomers
├── ImpossibleHistory              a purchase before the first one, after the end, or half a purchase
└── OutOfRange                     a setting lies where its definition does not reach
"""

from entregent.engine.errors import BrokenContract, NotMeasurable


class NoCustomers(NotMeasurable):
    """There is no customer to measure."""

    def __init__(self, fact: str = "there are no customers to measure") -> None:
        super().__init__(fact)


class NothingObserved(NoCustomers):
    """Every purchase lies after the end of observation."""


class TooFewCustomers(NotMeasurable):
    """There are customers, but fewer than the measure needs."""

    def __init__(self, have: int, need: int, who: str = "customers") -> None:
        self.have, self.need = have, need
        super().__init__(f"there are {have} {who}, {need} are needed")


class NoRevenue(NotMeasurable):
    """No customer brought any revenue."""

    def __init__(self) -> None:
        super().__init__("the revenue of every customer is zero; there is nothing to share out")


class NoRepeatPurchases(NotMeasurable):
    """Nobody bought twice, so nothing tells how often customers come back."""

    def __init__(self, customers: int) -> None:
        self.customers = customers
        super().__init__(f"none of the {customers} customers bought a second time")


class NegativeRevenue(BrokenContract):
    """A customer's revenue is below zero."""

    def __init__(self, customers: int) -> None:
        self.customers = customers
        super().__init__(
            f"{customers} customers have negative revenue; net the refunds or leave them out"
        )


class NegativeSpend(BrokenContract):
    """A purchase has a negative amount."""

    def __init__(self, purchases: int) -> None:
        self.purchases = purchases
        super().__init__(f"{purchases} purchases have a negative amount; refunds may be left out")


class DuplicatedTransactions(BrokenContract):
    """A transaction is there twice."""

    def __init__(self, duplicates: int) -> None:
        self.duplicates = duplicates
        super().__init__(f"{duplicates} rows repeat the transaction_id of another row")


class DuplicatedCustomers(BrokenContract):
    """A table with one row per customer has more."""

    def __init__(self, duplicates: int) -> None:
        self.duplicates = duplicates
        super().__init__(f"{duplicates} rows repeat the customer_id of another row")


class ImpossibleHistory(BrokenContract):
    """A purchase history that cannot have happened."""


class OutOfRange(BrokenContract):
    """A setting lies where its definition does not reach."""
