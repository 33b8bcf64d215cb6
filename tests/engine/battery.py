"""One battery that every measure of the engine passes.

A room registers its measures in a test file of its own, and the battery gives back the tests:

    from tests.engine.battery import Measure, Unit, battery

    MEASURES = [
        Measure(
            "average basket",
            average_basket,                             # called with what `evidence` draws
            evidence={"amounts": arrays(float, integers(1, 30), elements=floats(1, 1e6))},
            rows=["amounts"],                           # one entry per transaction
            finite=["amounts"],                         # NaN and infinity are refused here
            units=[Unit("amounts", figure=lambda result: result.value)],
        ),
    ]
    test_battery = battery(MEASURES)

What each field promises, and the battery then tries on drawn evidence:

rows      arguments that hold one entry (first axis) per respondent, customer or event. Their
          order does not matter, and without entries the measure raises an EngineError. Arguments
          that share their rows are named together: rows=[("purchases", "observed_weeks")].
per_row   the result itself has one entry per row, and follows them when they are shuffled.
finite    arguments, or "argument.column" of an Arrow table, where NaN and infinities are refused.
missing   those of `finite` where NaN stands for a missing answer, so only infinities are refused.
units     arguments in a unit (euros, days, points): multiplied by a factor, the figure is
          multiplied by the factor to the given power; power 0 says that the unit drops out.
always    no global random state, error mode or option is touched, the arguments are left as they
          were even when they are read-only, and the same evidence gives the same answer twice.

Evidence is drawn as NumPy arrays, lists, tuples, or Arrow tables (an Ibis measure is registered as
`lambda table: measure(ibis.memtable(table))`). Evidence that the measure refuses with an
EngineError is drawn again, so registering a strategy that is mostly refused fails loudly.
`unregistered` tells which public functions of a room no list names.
"""

import copy
import dataclasses
import importlib
import pkgutil
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from entregent.engine.errors import EngineError

EXAMPLES = 12
FACTORS = (0.25, 2.0, 8.0)  # powers of two, so that scaling itself rounds nothing


@dataclasses.dataclass(frozen=True)
class Unit:
    """Multiply `arguments` by f, and `figure` of the result is multiplied by f ** power."""

    arguments: str | tuple[str, ...]
    power: float = 1.0
    figure: Callable[[Any], Any] = lambda result: result


@dataclasses.dataclass(frozen=True)
class Measure:
    """A measure and what it promises; fields as the top of this file says."""

    name: str
    compute: Callable[..., Any]
    evidence: Mapping[str, SearchStrategy[Any]] | SearchStrategy[Mapping[str, Any]]
    rows: Sequence[str | tuple[str, ...]] = ()
    per_row: bool = False
    finite: Sequence[str] = ()
    missing: Sequence[str] = ()
    units: Sequence[Unit] = ()
    empty_raises: type[Exception] = EngineError
    tolerance: float = 1e-7
    examples: int = EXAMPLES
    covers: tuple[Callable[..., Any], ...] = ()

    @property
    def drawn(self) -> SearchStrategy[Mapping[str, Any]]:
        if isinstance(self.evidence, SearchStrategy):
            return self.evidence
        return st.fixed_dictionaries(dict(self.evidence))

    @property
    def row_groups(self) -> list[tuple[str, ...]]:
        return [(group,) if isinstance(group, str) else group for group in self.rows]

    def on(self, evidence: Mapping[str, Any]) -> Any:
        try:
            return self.compute(**evidence)
        except EngineError:
            reject()


def battery(measures: Sequence[Measure]) -> Callable[..., None]:
    """A parametrised test: every property that applies, for every measure."""

    @pytest.mark.parametrize("keeps_its_promise", list(_properties(measures)))
    def test_battery(keeps_its_promise: Callable[[], None]) -> None:
        keeps_its_promise()

    return test_battery


def _properties(measures: Sequence[Measure]) -> Iterable[Any]:
    for measure in measures:
        promises = [same_answer_twice, arguments_left_alone, global_state_left_alone]
        if measure.rows:
            promises += [row_order_does_not_matter, nothing_to_measure_is_refused]
        if measure.finite:
            promises.append(not_a_number_is_refused)
        if measure.units:
            promises.append(units_scale)
        for promise in promises:
            words = promise.__name__.replace("_", " ")
            yield pytest.param(_bound(promise, measure), id=f"{measure.name}: {words}")


def _bound(promise: Callable[[Measure], None], measure: Measure) -> Callable[[], None]:
    return lambda: promise(measure)


# ---------------------------------------------------------------- the promises


def same_answer_twice(measure: Measure) -> None:
    @_tried(measure, measure.drawn)
    def trial(evidence: Mapping[str, Any]) -> None:
        assert_same(measure.on(evidence), measure.on(evidence), 0.0)

    trial()


def arguments_left_alone(measure: Measure) -> None:
    @_tried(measure, measure.drawn)
    def trial(evidence: Mapping[str, Any]) -> None:
        before = copy.deepcopy(dict(evidence))
        for argument in evidence.values():
            if isinstance(argument, np.ndarray):
                argument.flags.writeable = False
        measure.on(evidence)
        assert_same(dict(evidence), before, 0.0)

    trial()


def global_state_left_alone(measure: Measure) -> None:
    @_tried(measure, measure.drawn)
    def trial(evidence: Mapping[str, Any]) -> None:
        before = _global_state()
        measure.on(evidence)
        assert _global_state() == before

    trial()


def row_order_does_not_matter(measure: Measure) -> None:
    @_tried(measure, measure.drawn, st.randoms(use_true_random=False))
    def trial(evidence: Mapping[str, Any], shuffler: random.Random) -> None:
        original, shuffled, expected = measure.on(evidence), dict(evidence), None
        for group in measure.row_groups:
            order = list(range(_length(evidence[group[0]])))
            shuffler.shuffle(order)
            shuffled.update({name: taken(evidence[name], order) for name in group})
            expected = taken(original, order) if measure.per_row else original
        assert_same(measure.on(shuffled), expected, measure.tolerance)

    trial()


def nothing_to_measure_is_refused(measure: Measure) -> None:
    @_tried(measure, measure.drawn)
    def trial(evidence: Mapping[str, Any]) -> None:
        for group in measure.row_groups:
            emptied = dict(evidence) | {name: taken(evidence[name], []) for name in group}
            with pytest.raises(measure.empty_raises):
                measure.compute(**emptied)

    trial()


def not_a_number_is_refused(measure: Measure) -> None:
    @_tried(measure, measure.drawn, st.integers(0, 10**6))
    def trial(evidence: Mapping[str, Any], place: int) -> None:
        measure.on(evidence)
        for where in measure.finite:
            for intruder in (np.nan, np.inf, -np.inf):
                if np.isnan(intruder) and where in measure.missing:
                    continue
                with pytest.raises(EngineError):
                    measure.compute(**_spoiled(evidence, where, place, intruder))

    trial()


def units_scale(measure: Measure) -> None:
    @_tried(measure, measure.drawn, st.sampled_from(FACTORS))
    def trial(evidence: Mapping[str, Any], factor: float) -> None:
        for unit in measure.units:
            names = (unit.arguments,) if isinstance(unit.arguments, str) else unit.arguments
            scaled = dict(evidence)
            for name in names:
                scaled = _with(scaled, name, lambda values: values * factor)
            expected = _times(unit.figure(measure.on(evidence)), factor**unit.power)
            assert_same(unit.figure(measure.on(scaled)), expected, max(measure.tolerance, 1e-6))

    trial()


def _tried(
    measure: Measure, *strategies: SearchStrategy[Any]
) -> Callable[[Callable[..., None]], Callable[[], None]]:
    def decorate(trial: Callable[..., None]) -> Callable[[], None]:
        few = settings(max_examples=measure.examples, deadline=None, database=None)
        return few(given(*strategies)(trial))

    return decorate


# ---------------------------------------------------------------- rows, columns, comparison


def taken(rows: Any, order: Sequence[int]) -> Any:
    """The rows in the order given, whatever holds them."""
    if isinstance(rows, (np.ndarray, pa.Table)):
        positions = np.asarray(order, dtype=np.int64)
        return rows[positions] if isinstance(rows, np.ndarray) else rows.take(positions)
    if isinstance(rows, (list, tuple)):
        return type(rows)(rows[place] for place in order)
    raise TypeError(f"the battery cannot reorder a {type(rows).__name__}")


def _length(rows: Any) -> int:
    return int(rows.num_rows) if isinstance(rows, pa.Table) else len(rows)


def _with(
    evidence: Mapping[str, Any], where: str, change: Callable[[np.ndarray], np.ndarray]
) -> dict[str, Any]:
    """The evidence with one argument, or one column of an Arrow table, changed."""
    name, _, column = where.partition(".")
    held = evidence[name]
    if not column:
        changed = change(np.array(held))
        return dict(evidence) | {name: changed if isinstance(held, np.ndarray) else list(changed)}
    values = change(held[column].to_numpy(zero_copy_only=False))
    place = held.schema.get_field_index(column)
    return dict(evidence) | {name: held.set_column(place, column, pa.array(values))}


def _spoiled(
    evidence: Mapping[str, Any], where: str, place: int, intruder: float
) -> dict[str, Any]:
    def spoil(values: np.ndarray) -> np.ndarray:
        spoilt = values.astype(float)
        spoilt.flat[place % spoilt.size] = intruder
        return spoilt

    return _with(evidence, where, spoil)


def _times(figure: Any, factor: float) -> Any:
    if factor == 1:
        return figure
    if isinstance(figure, (list, tuple)):
        return type(figure)(_times(part, factor) for part in figure)
    return None if figure is None else figure * factor


def assert_same(one: Any, other: Any, tolerance: float) -> None:
    """Equal through dataclasses, mappings and sequences; numbers to the tolerance."""
    if dataclasses.is_dataclass(one) and not isinstance(one, type):
        assert type(one) is type(other)
        for field in dataclasses.fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name), tolerance)
    elif isinstance(one, Mapping):
        assert one.keys() == other.keys()
        for key, value in one.items():
            assert_same(value, other[key], tolerance)
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            assert_same(left, right, tolerance)
    elif isinstance(one, (float, np.ndarray, np.number)) and np.asarray(one).dtype.kind in "fc":
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other)
    elif isinstance(one, pa.Table):
        assert one.equals(other)
    else:
        assert one == other


def _global_state() -> tuple[str, ...]:
    algorithm, keys, *rest = np.random.get_state()
    return (
        f"{algorithm} {hash(keys.tobytes())} {rest}",
        str(hash(random.getstate())),
        str(np.geterr()),
        str(np.get_printoptions()),
        str(ibis.options.interactive),
        repr(ibis.options.default_backend),
    )


# ---------------------------------------------------------------- nobody forgotten


def unregistered(
    room: ModuleType,
    measures: Sequence[Measure],
    except_for: Iterable[Callable[..., Any]] = (),
) -> list[str]:
    """Public functions defined in the room that no measure computes or covers.

    `Measure.covers` names the functions that a lambda stands for; `except_for` those that are no
    measure (readers of definitions, pieces shared between measures).
    """
    known = {measure.compute for measure in measures} | set(except_for)
    known |= {function for measure in measures for function in measure.covers}
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")
    ]
    return sorted(
        f"{module.__name__}.{name}"
        for module in modules
        for name, thing in vars(module).items()
        if callable(thing)
        and not isinstance(thing, type)
        and not name.startswith("_")
        and getattr(thing, "__module__", None) == module.__name__
        and thing not in known
    )
