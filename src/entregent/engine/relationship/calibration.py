"""How sure the inference may be: measured on customers whose kind or family somebody told us."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from entregent.engine.errors import BrokenContract, TooFewRespondents
from entregent.engine.estimates import Estimate, wilson_share
from entregent.engine.relationship.kinds import Heard, KindModel, read_by_source, voted_by
from entregent.engine.relationship.space import Floats, KindSpace

LABELLED_NEEDED = 300
"""Proposed: labelled customers from which coordinates may be re-estimated."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often the inference is right, on labelled customers.

    top_1, top_3: share whose family is the most likely one, or among the three most likely.
    expected_calibration_error: mean distance of stated probability and share right, 0 to 1, over
    ten bins of equal count; lower is better.
    log_loss: mean of minus ln of the probability given to the truth; lower is better.
    coverage: share on which the inference does not abstain.
    top_1_when_it_speaks: `top_1` among those.
    bins: shape (bins, 3): mean stated probability, share right, customers.
    """

    top_1: Estimate
    top_3: Estimate
    expected_calibration_error: float
    log_loss: float
    coverage: float
    top_1_when_it_speaks: Estimate | None
    bins: Floats


def measure_accuracy(
    probabilities: Floats,
    truth: NDArray[np.intp],
    *,
    abstains: NDArray[np.bool_] | None = None,
    bins: int = 10,
) -> Accuracy:
    """Compare stated probabilities with what was true.

    probabilities: shape (customers, classes), rows sum to 1.
    truth: shape (customers,), position of the true class.
    Raises TooFewRespondents when there is nobody, BrokenContract when shapes differ.

    >>> measure_accuracy(np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 1])).top_1.value
    1.0
    """
    if len(truth) == 0:
        raise TooFewRespondents(0, 1)
    if len(probabilities) != len(truth):
        raise BrokenContract(f"{len(probabilities)} rows of probabilities, {len(truth)} truths")
    order = np.argsort(-probabilities, axis=1, kind="stable")
    right = order[:, 0] == truth
    near = (order[:, :3] == truth[:, None]).any(axis=1)
    speaks = ~abstains if abstains is not None else np.ones(len(truth), bool)
    table = _reliability(probabilities.max(axis=1), right, bins)
    stated = np.clip(probabilities[np.arange(len(truth)), truth], 1e-12, None)
    return Accuracy(
        top_1=_share(right),
        top_3=_share(near),
        expected_calibration_error=float(
            np.average(np.abs(table[:, 0] - table[:, 1]), weights=table[:, 2])
        ),
        log_loss=float(-np.log(stated).mean()),
        coverage=float(speaks.mean()),
        top_1_when_it_speaks=_share(right[speaks]) if speaks.any() else None,
        bins=table,
    )


def _share(hits: NDArray[np.bool_]) -> Estimate:
    return wilson_share(float(hits.sum()), len(hits), unit=1.0)


def _reliability(stated: Floats, right: NDArray[np.bool_], bins: int) -> Floats:
    order = np.argsort(stated, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return np.array([[stated[p].mean(), right[p].mean(), len(p)] for p in parts])


def fit_temperatures(
    model: KindModel, heard: Heard, families: NDArray[np.intp]
) -> dict[str, float]:
    """For each source, the temperature at which its readings are as sure as they are right.

    families: shape (customers,), position of the family each labelled customer belongs to.
    Minimises the log loss of the family, with a weak pull towards 1 so that a source that never
    spoke stays at 1. Temperatures lie between 0.2 and 20.
    Raises TooFewRespondents under 30 labelled customers.
    Source: Guo et al. 2017, "On calibration of modern neural networks", per source.
    """
    if len(families) < 30:
        raise TooFewRespondents(len(families), 30)
    said = read_by_source(model, heard)
    voted = sum(voted_by(source, model, heard) for source in said)
    sources = [source for source, says in said.items() if np.ptp(says, axis=1).any()]
    if not sources:
        return {}
    stacked = np.stack([said[source] for source in sources])
    mine = model.space.family_of[None, :] == families[:, None]

    def loss(log_temperature: Floats) -> float:
        logits = (
            np.log(model.prior) + voted + np.tensordot(np.exp(-log_temperature), stacked, axes=1)
        )
        logits -= logits.max(axis=1, keepdims=True)
        odds = np.exp(logits)
        share = (odds * mine).sum(axis=1) / odds.sum(axis=1)
        pull = 0.5 * float((log_temperature**2).sum()) / len(families)
        return float(-np.log(np.clip(share, 1e-300, None)).mean()) + pull

    bounds = [(np.log(0.2), np.log(20.0))] * len(sources)
    fitted = minimize(loss, np.full(len(sources), np.log(1.5)), method="L-BFGS-B", bounds=bounds)
    return {source: float(np.exp(value)) for source, value in zip(sources, fitted.x, strict=True)}


def fit_to_base(
    model: KindModel,
    heard: Heard,
    *,
    needed: int = 100,
    sources: Collection[str] = ("behaviour",),
) -> KindModel:
    """The same model with the signals of some sources put on the firm's own footing, without any label.

    heard: what was heard about the whole base, or a fair sample of it.
    An insurer's customers all have long tenure and few contacts; read on a scale made for every
    trade they would all look alike. What customers say is on a scale of its own: where most of them
    are angry, that is no footing but the news, so that only behaviour is moved unless told. Each signal's expectations and noise are moved and stretched so
    that, with kinds as common as the prior says, its readings have the mean and the spread seen in
    the base. How much a signal tells stays what the catalogue proposes; what is usual becomes the
    firm's own. Signals heard of fewer than `needed` customers, or that never vary, stay as they are.
    Source: proposed; matching of two moments.
    """
    signals, expected = list(model.signals.signals), model.signals.expected.copy()
    spoken = heard.readings.spoken
    for i, signal in enumerate(signals):
        value = heard.readings.value[spoken[:, i], i]
        if signal.source not in sources or len(value) < needed or value.std() < 1e-9:
            continue
        middle = float(model.prior @ expected[i])
        between = float(model.prior @ (expected[i] - middle) ** 2)
        within = float((heard.readings.noise[spoken[:, i], i] ** 2).mean())
        stretch = float(value.std()) / (between + within) ** 0.5
        expected[i] = value.mean() + stretch * (expected[i] - middle)
        signals[i] = replace(
            signal, noise=stretch * signal.noise, noise_per_piece=stretch * signal.noise_per_piece
        )
    fitted = replace(model.signals, signals=tuple(signals), expected=expected)
    return replace(model, signals=fitted)


def measured_hit(chosen: NDArray[np.intp], truth: NDArray[np.intp]) -> Estimate:
    """How often customers choose the metaphor of their own kind, as people coded it."""
    answered = chosen >= 0
    if not answered.any():
        raise TooFewRespondents(0, 1)
    return _share(chosen[answered] == truth[answered])


def learn_signals(
    model: KindModel,
    heard: Heard,
    families: NDArray[np.intp],
    *,
    firmness: float = 20.0,
    needed: int = LABELLED_NEEDED,
) -> KindModel:
    """What each signal really reads for each family, and how noisy it really is.

    families: shape (customers,), position of each labelled customer's family.
    firmness: how many labelled customers the catalogue's own expectation is worth; a family with
    few labelled customers keeps close to the catalogue.
    Kinds of one family move together; a signal that seldom spoke stays as it was.
    Returns a new model: shifted expectations, noise measured as the spread around them.
    Raises TooFewRespondents under `needed` labelled customers.
    """
    if len(families) < needed:
        raise TooFewRespondents(len(families), needed)
    space, readings = model.space, heard.readings
    expected = model.signals.expected.copy()
    signals = list(model.signals.signals)
    for i, signal in enumerate(signals):
        spoke = readings.spoken[:, i]
        if spoke.sum() < 30:
            continue
        value, mine = readings.value[spoke, i], families[spoke]
        expected[i] = _shifted(expected[i], value, mine, space, firmness)
        spread = _spread_around(expected[i], value, mine, space)
        per_piece = readings.noise[spoke, i] ** 2 - signal.noise**2
        own = max(spread - float(per_piece.mean()), 0.25 * spread)
        signals[i] = replace(signal, noise=float(np.sqrt(own)))
    learned = replace(model.signals, signals=tuple(signals), expected=expected)
    return replace(model, signals=learned)


def _shifted(
    expected: Floats,
    value: Floats,
    families: NDArray[np.intp],
    space: KindSpace,
    firmness: float,
) -> Floats:
    shifted = expected.copy()
    for family in range(len(space.families)):
        kinds, mine = space.family_of == family, families == family
        if not kinds.any():
            continue
        surprise = (value[mine] - expected[kinds].mean()).sum()
        shifted[kinds] += surprise / (firmness + mine.sum())
    return shifted


def _spread_around(
    expected: Floats, value: Floats, families: NDArray[np.intp], space: KindSpace
) -> float:
    centres = np.array(
        [
            expected[space.family_of == family].mean() if (space.family_of == family).any() else 0.0
            for family in range(len(space.families))
        ]
    )
    return float(np.mean((value - centres[families]) ** 2)) + 1e-6


def learn_prior(
    model: KindModel, families: NDArray[np.intp], *, firmness: float = 50.0
) -> KindModel:
    """How common each kind is, the sector's prior moved towards the labelled customers' shares.

    firmness: how many labelled customers the sector's prior is worth. Labelled customers are taken
    as a fair sample: weigh or thin them first where they answered by choice.
    """
    counts = np.bincount(families, minlength=len(model.space.families))
    shares = model.space.by_family(model.prior)
    learned = (firmness * shares + counts) / (firmness + counts.sum())
    ratio = np.divide(learned, shares, out=np.ones_like(learned), where=shares > 0)
    moved = model.prior * ratio[model.space.family_of]
    return replace(model, prior=np.asarray(moved / moved.sum()))
