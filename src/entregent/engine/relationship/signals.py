"""Signals: how one column known about customers is read on one axis, and how noisy the reading is.

A signal is data (catalogue/signals.yaml). It reads a feature through a broken line onto the scale
of an axis, and says by how much such a reading is usually off. Signals of one source repeat each
other, so a source's weight grows more slowly than the number of its signals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from entregent.engine.errors import BrokenContract, MissingColumns
from entregent.engine.relationship.space import AXES, TREATMENTS, Floats, KindSpace

SOURCES = ("survey", "text", "behaviour")
"""What speaks of the relationship; signals of what the firm does are of source `treatment`."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One way of reading an axis from a feature.

    feature: the column read.  axis: one of AXES, or of TREATMENTS for what the firm does.
    at, reads: the corners of the broken line, feature on the left, axis on the right; flat beyond.
    noise: standard deviation of a reading around the kind's place, in the axis's unit, however much
    was seen.  noise_per_piece: added variance is its square over the count in `pieces`.
    pieces: column that counts what the feature rests on; null where it is always one.
    needs: least count in `pieces` for the signal to speak.
    """

    name: str
    source: str
    feature: str
    axis: str
    at: tuple[float, ...]
    reads: tuple[float, ...]
    noise: float
    noise_per_piece: float = 0.0
    pieces: str | None = None
    needs: float = 1.0

    def __post_init__(self) -> None:
        if self.source not in (*SOURCES, "treatment"):
            raise BrokenContract(f"signal {self.name}: there is no source {self.source!r}")
        if self.axis not in AXES + TREATMENTS:
            raise BrokenContract(f"signal {self.name}: there is no axis {self.axis!r}")
        if len(self.at) != len(self.reads) or len(self.at) < 2:
            raise BrokenContract(f"signal {self.name}: a broken line needs two corners or more")
        if any(b <= a for a, b in zip(self.at, self.at[1:], strict=False)):
            raise BrokenContract(f"signal {self.name}: its corners must rise")
        if self.noise <= 0:
            raise BrokenContract(f"signal {self.name}: noise must be above zero")


@dataclass(frozen=True, slots=True)
class SignalModel:
    """The signals together with what each is expected to read for each kind.

    expected: shape (signals, kinds), in the unit of each signal's axis.
    overlap: for each source, how much its signals repeat each other: 0 they are independent
    witnesses, 1 all of them together count as one.
    """

    signals: tuple[Signal, ...]
    expected: Floats
    overlap: Mapping[str, float]

    def only(self, *sources: str) -> "SignalModel":
        """The same model listening to these sources only."""
        kept = [i for i, signal in enumerate(self.signals) if signal.source in sources]
        return replace(
            self, signals=tuple(self.signals[i] for i in kept), expected=self.expected[kept]
        )


def signal_model(
    signals: Sequence[Signal], space: KindSpace, overlap: Mapping[str, float]
) -> SignalModel:
    """The model before any learning: every signal is expected to read the kind's coordinate."""
    axes = [AXES.index(signal.axis) for signal in signals]
    return SignalModel(tuple(signals), space.coordinates[:, axes].T.copy(), dict(overlap))


@dataclass(frozen=True, slots=True)
class Readings:
    """What every signal reads for every customer.

    value, noise: shape (customers, signals), in the axes' units; NaN in `value` where the signal
    is silent.
    """

    value: Floats
    noise: Floats

    @property
    def spoken(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.value)


def read_signals(features: Mapping[str, Floats], model: SignalModel) -> Readings:
    """Read every signal from columns of equal length.

    features: column name to array of shape (customers,); NaN where unknown. Columns that no signal
    names are ignored; a signal whose feature is not among them is silent for everybody.
    Raises BrokenContract when columns differ in length, MissingColumns when none is given.

    >>> tenure = Signal("tenure", "behaviour", "tenure_days", "duration", (0, 365), (0, 2), 1.0)
    >>> model = SignalModel((tenure,), np.zeros((1, 1)), {})
    >>> read_signals({"tenure_days": np.array([0.0, 365.0, np.nan])}, model).value.ravel()
    array([ 0.,  2., nan])
    """
    lengths = {len(column) for column in features.values()}
    if not lengths:
        raise MissingColumns("features", [signal.feature for signal in model.signals])
    if len(lengths) > 1:
        raise BrokenContract(f"columns of features have different lengths: {sorted(lengths)}")

    shape = (lengths.pop(), len(model.signals))
    value, noise = np.full(shape, np.nan), np.ones(shape)
    for i, signal in enumerate(model.signals):
        if signal.feature not in features:
            continue
        value[:, i], noise[:, i] = _read_one(signal, features)
    return Readings(value, noise)


def _read_one(signal: Signal, features: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    feature = np.asarray(features[signal.feature], float)
    value = np.where(np.isfinite(feature), np.interp(feature, signal.at, signal.reads), np.nan)
    if signal.pieces is None:
        return value, np.full(len(feature), signal.noise)
    pieces = np.nan_to_num(np.asarray(features.get(signal.pieces, np.zeros(len(feature))), float))
    value = np.where(pieces >= signal.needs, value, np.nan)
    per_piece = signal.noise_per_piece**2 / np.maximum(pieces, 1.0)
    return value, np.sqrt(signal.noise**2 + per_piece)


def precision_of(readings: Readings, model: SignalModel) -> Floats:
    """Shape (customers, signals): the weight of each reading, zero where the signal is silent.

    One over the squared noise, divided by 1 + (m - 1) * overlap where m signals of the same source
    spoke for that customer: the effective number of witnesses under equal correlation.
    """
    spoken = readings.spoken
    weight = np.where(spoken, 1.0 / readings.noise**2, 0.0)
    for source in {signal.source for signal in model.signals}:
        mine = np.array([signal.source == source for signal in model.signals])
        witnesses = np.maximum(spoken[:, mine].sum(axis=1, keepdims=True), 1)
        weight[:, mine] /= 1.0 + (witnesses - 1) * model.overlap.get(source, 0.0)
    return weight
