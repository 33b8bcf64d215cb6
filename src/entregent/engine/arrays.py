"""What every measure asks of the arrays it is given before it counts."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from entregent.engine.errors import BrokenContract, LengthsDiffer, NoRatings, NotFinite


def finite_vector(values: ArrayLike, what: str = "ratings") -> NDArray[np.float64]:
    """The values as floats: one dimension, at least one, no NaN and no infinity.

    Raises NoRatings when empty, BrokenContract when not one column of numbers, NotFinite.

    >>> finite_vector([1, 2])
    array([1., 2.])
    """
    return _finite(values, what, dimensions=1)


def finite_matrix(values: ArrayLike, what: str = "answers") -> NDArray[np.float64]:
    """The values as floats: rows by columns, at least one of each, no NaN and no infinity.

    Raises as `finite_vector` does.

    >>> finite_matrix([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    return _finite(values, what, dimensions=2)


def side_by_side(**columns: NDArray[np.generic]) -> int:
    """The common number of rows of the columns named; raises LengthsDiffer.

    >>> import numpy as np
    >>> side_by_side(ratings=np.zeros(3), weights=np.ones(3))
    3
    """
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise LengthsDiffer(lengths)
    return next(iter(lengths.values()))


def _finite(values: ArrayLike, what: str, *, dimensions: int) -> NDArray[np.float64]:
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise BrokenContract(f"{what} are not all numbers: {problem}") from None
    if numbers.size == 0:
        raise NoRatings(what)
    if numbers.ndim != dimensions:
        raise BrokenContract(f"{what} have {numbers.ndim} dimensions, {dimensions} are needed")
    if not np.isfinite(numbers).all():
        count = int((~np.isfinite(numbers)).sum())
        raise NotFinite(f"{count} of {numbers.size} {what} are not a number or are infinite")
    return numbers
