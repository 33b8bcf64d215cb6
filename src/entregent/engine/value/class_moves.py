"""Who changed ABC class between two years."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from entregent.engine.errors import BrokenContract, MissingColumns
from entregent.engine.estimates import Estimate, wilson_share
from entregent.engine.value.abc import CLASSES
from entregent.engine.value.errors import DuplicatedCustomers, NoCustomers, OutOfRange

ABSENT = "absent"
STATES = (*CLASSES, ABSENT)


@dataclass(frozen=True, slots=True)
class ClassMoves:
    """Counts of customers by class before (rows) and after (columns), both in order of `states`.

    Row `absent` holds the customers who are new, column `absent` those who are gone.
    """

    states: tuple[str, ...]
    counts: NDArray[np.int64]

    def share(self, before: str, after: str) -> Estimate | None:
        """Share, 0 to 1, of those in class `before` found in `after`; None where nobody was."""
        row = self.counts[self.states.index(before)]
        if not row.sum():
            return None
        return wilson_share(int(row[self.states.index(after)]), int(row.sum()), unit=1.0)

    @property
    def stability(self) -> Estimate | None:
        """Share, 0 to 1, of customers with revenue both times who kept their class."""
        both = self.counts[:3, :3]
        if not both.sum():
            return None
        return wilson_share(int(np.trace(both)), int(both.sum()), unit=1.0)

    @property
    def risen(self) -> int:
        """Customers with revenue both times who are in a better class than before."""
        return int(np.tril(self.counts[:3, :3], -1).sum())

    @property
    def fallen(self) -> int:
        """Customers with revenue both times who are in a worse class than before."""
        return int(np.triu(self.counts[:3, :3], 1).sum())


def class_moves(before: ir.Table, after: ir.Table) -> ClassMoves:
    """The transition matrix between two results of abc_classes.

    before, after: customer_id and abc_class (A, B, C or P), one row per customer.
    Raises MissingColumns, NoCustomers when both are empty, DuplicatedCustomers, BrokenContract where
    the two count customers by different identifiers, OutOfRange where
    a class is none of A, B, C, P.

    >>> import ibis
    >>> last_year = ibis.memtable({"customer_id": [1, 2], "abc_class": ["A", "B"]})
    >>> this_year = ibis.memtable({"customer_id": [1, 3], "abc_class": ["A", "C"]})
    >>> class_moves(last_year, this_year).counts[0, 0]
    np.int64(1)
    """
    for table in (before, after):
        absent = [name for name in ("customer_id", "abc_class") if name not in table.columns]
        if absent:
            raise MissingColumns("classes", absent)
    before, after = _same_identifiers(before, after)
    # A union with two class columns, rather than an outer join, so that a customer's identifier
    # never has to be picked from one side or the other.
    nothing = ibis.null("string")
    seen = before.select("customer_id", before=before.abc_class, after=nothing).union(
        after.select("customer_id", before=nothing, after=after.abc_class)
    )
    pairs = seen.group_by("customer_id").aggregate(
        before=seen.before.max().fill_null(ABSENT),
        after=seen.after.max().fill_null(ABSENT),
        rows_before=seen.before.count(),
        rows_after=seen.after.count(),
    )
    repeated = (pairs.rows_before > 1).cast("int64") + (pairs.rows_after > 1).cast("int64")
    rows = (
        pairs.group_by("before", "after")
        .aggregate(customers=pairs.count(), repeated=repeated.sum())
        .to_pyarrow()
        .to_pylist()
    )
    if not rows:
        raise NoCustomers
    if repeated_customers := sum(row["repeated"] for row in rows):
        raise DuplicatedCustomers(repeated_customers)
    counts = np.zeros((len(STATES), len(STATES)), dtype=np.int64)
    for row in rows:
        if row["before"] not in STATES or row["after"] not in STATES:
            raise OutOfRange(f"{row['before']} or {row['after']} is no class among A, B, C, P")
        counts[STATES.index(row["before"]), STATES.index(row["after"])] = row["customers"]
    return ClassMoves(STATES, counts)


def _same_identifiers(before: ir.Table, after: ir.Table) -> tuple[ir.Table, ir.Table]:
    kinds = [table.customer_id.type() for table in (before, after)]
    if all(kind.is_integer() for kind in kinds):
        return (
            before.mutate(customer_id=before.customer_id.cast("int64")),
            after.mutate(customer_id=after.customer_id.cast("int64")),
        )
    if not all(kind.is_string() for kind in kinds):
        raise BrokenContract(f"customer_id is {kinds[0]} before and {kinds[1]} after")
    return before, after
