"""Which kind of relationship each customer has, with its doubt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, xlogy

from entregent.engine.errors import BrokenContract, NotFinite
from entregent.engine.relationship.signals import SOURCES, Readings, SignalModel, precision_of
from entregent.engine.relationship.space import Floats, KindSpace
from entregent.engine.relationship.votes import Vote

ABSTENTION_LEVEL = 0.35
"""Proposed: below this probability a kind is not named."""


@dataclass(frozen=True, slots=True)
class KindPosterior:
    """Probabilities of every kind for every customer.

    kinds: shape (customers, kinds), rows sum to 1.
    pieces: shape (customers,), readings and votes each row rests on.
    level: below it no kind is named.
    """

    space: KindSpace
    kinds: Floats
    pieces: NDArray[np.int64]
    level: float

    @property
    def families(self) -> Floats:
        """Shape (customers, families), rows sum to 1."""
        return self.space.by_family(self.kinds)

    @property
    def abstains(self) -> NDArray[np.bool_]:
        """No evidence at all, or no kind reaches the level."""
        return np.asarray((self.pieces == 0) | (self.kinds.max(axis=1) < self.level))

    @property
    def family_abstains(self) -> NDArray[np.bool_]:
        """No evidence at all, or no family reaches the level."""
        return np.asarray((self.pieces == 0) | (self.families.max(axis=1) < self.level))

    def likeliest(self, count: int = 3) -> tuple[NDArray[np.intp], Floats]:
        """Positions and probabilities of the most likely kinds, shape (customers, count).

        Equal probabilities keep the catalogue's order.
        """
        order = np.argsort(-self.kinds, axis=1, kind="stable")[:, :count]
        return order, np.take_along_axis(self.kinds, order, axis=1)


@dataclass(frozen=True, slots=True)
class KindModel:
    """Everything that inference needs to know before it hears about any customer.

    prior: shape (kinds,), how common each kind is in the sector; positive, summing to 1.
    signals: what is listened to, and what each kind is expected to sound like.
    temperature: for each source, above 1 where its readings were found too sure of themselves;
    measured by `calibration.fit_temperatures`. Neither the prior nor votes, which hold their own
    chance of being wrong, are tempered.
    level: probability under which no kind is named.
    """

    space: KindSpace
    prior: Floats
    signals: SignalModel
    temperature: Mapping[str, float] = field(default_factory=dict)
    level: float = ABSTENTION_LEVEL

    def __post_init__(self) -> None:
        kinds = len(self.space.kinds)
        good = self.prior.shape == (kinds,) and bool(np.all(self.prior > 0))
        if not good or not np.isclose(self.prior.sum(), 1.0):
            raise BrokenContract("the prior must be one positive share per kind, summing to 1")
        if self.signals.expected.shape != (len(self.signals.signals), kinds):
            raise BrokenContract("each signal must say what it expects of each kind")


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard about customers: readings on axes, and votes on kinds; rows are customers."""

    readings: Readings
    votes: tuple[Vote, ...] = ()

    def __post_init__(self) -> None:
        if np.isinf(self.readings.value).any():
            raise NotFinite("a reading is infinite")
        for vote in self.votes:
            if len(vote.log_likelihood) != len(self.readings.value):
                raise BrokenContract(
                    f"vote {vote.name} has {len(vote.log_likelihood)} rows, "
                    f"{len(self.readings.value)} are needed"
                )

    def of(self, customers: NDArray[np.intp] | NDArray[np.bool_]) -> "Heard":
        """What was heard about these rows only."""
        return Heard(
            Readings(self.readings.value[customers], self.readings.noise[customers]),
            tuple(
                replace(
                    vote,
                    log_likelihood=vote.log_likelihood[customers],
                    spoken=vote.spoken[customers],
                )
                for vote in self.votes
            ),
        )

    def only(self, model: KindModel, *sources: str) -> "Heard":
        """What these sources said; the others fall silent."""
        mine = np.array([signal.source in sources for signal in model.signals.signals], dtype=bool)
        value = np.where(mine, self.readings.value, np.nan)
        votes = tuple(vote for vote in self.votes if vote.source in sources)
        return Heard(Readings(value, self.readings.noise), votes)


def infer_kinds(model: KindModel, heard: Heard) -> KindPosterior:
    """Probabilities of the kinds given everything that was heard.

    Each reading is Gaussian around what its signal expects of a kind, with the reading's own noise;
    votes add their log-likelihoods; Bayes' rule combines both with the prior. Rows without evidence
    come out as the prior, and abstain.
    Raises BrokenContract when readings or votes do not fit the model.
    Source: proposed.
    """
    said = log_likelihood_by_source(model, heard)
    logits = np.log(model.prior) + sum(said.values())
    logits -= logsumexp(logits, axis=1, keepdims=True)
    pieces = heard.readings.spoken.sum(axis=1)
    for vote in heard.votes:
        pieces = pieces + vote.spoken
    return KindPosterior(model.space, np.exp(logits), pieces.astype(np.int64), model.level)


def log_likelihood_by_source(model: KindModel, heard: Heard) -> dict[str, Floats]:
    """What each source says, as log-likelihoods of shape (customers, kinds), its readings tempered."""
    said = read_by_source(model, heard)
    for source, readings in said.items():
        said[source] = readings / model.temperature.get(source, 1.0)
    return {source: told + voted_by(source, model, heard) for source, told in said.items()}


def voted_by(source: str, model: KindModel, heard: Heard) -> Floats:
    """What a source's votes say, as log-likelihoods of shape (customers, kinds)."""
    kinds = len(model.space.kinds)
    total = np.zeros((len(heard.readings.value), kinds))
    for vote in heard.votes:
        if vote.log_likelihood.shape[1] != kinds:
            raise BrokenContract(f"vote {vote.name} does not speak of {kinds} kinds")
        if vote.source == source:
            total = total + vote.log_likelihood
    return total


def read_by_source(model: KindModel, heard: Heard) -> dict[str, Floats]:
    """What each source's readings say before they are tempered, shape (customers, kinds)."""
    signals = model.signals
    if heard.readings.value.shape[1] != len(signals.signals):
        raise BrokenContract(
            f"{heard.readings.value.shape[1]} columns of readings, {len(signals.signals)} signals"
        )
    weight = precision_of(heard.readings, signals)
    weighted_value = weight * np.nan_to_num(heard.readings.value)
    by_source = {}
    for source in SOURCES:
        mine = np.array([signal.source == source for signal in signals.signals], dtype=bool)
        expected = signals.expected[mine]
        # (r - e)^2 written out: what depends on the reading alone is common to all kinds.
        by_source[source] = weighted_value[:, mine] @ expected - 0.5 * weight[:, mine] @ expected**2
    return by_source


@dataclass(frozen=True, slots=True)
class Weight:
    """What one piece of evidence weighs for one customer.

    name: the signal or vote.  reading: on the signal's axis; None for a vote.
    for_kinds: shape (kinds,), ln of how much more often this piece is seen with that kind than over
    all kinds as common as the prior says; above zero it speaks for the kind, below against.
    """

    name: str
    source: str
    reading: float | None
    for_kinds: Floats


def weigh_evidence(model: KindModel, heard: Heard, customer: int = 0) -> list[Weight]:
    """Every piece of evidence on one customer, with what it says for and against each kind.

    customer: row of what was heard.
    Returns the pieces that spoke, the most telling first. Each piece is weighed alone against the
    prior, so that the sum over pieces and the ln of the prior rank kinds as the posterior does.
    """
    one = heard.of(np.array([customer]))
    weight = precision_of(one.readings, model.signals)[0]
    pieces = []
    for i, signal in enumerate(model.signals.signals):
        reading = one.readings.value[0, i]
        if np.isnan(reading):
            continue
        says = -0.5 * weight[i] * (reading - model.signals.expected[i]) ** 2
        says = says / model.temperature.get(signal.source, 1.0)
        pieces.append(Weight(signal.name, signal.source, float(reading), _against(model, says)))
    for vote in one.votes:
        if vote.spoken[0]:
            says = _against(model, vote.log_likelihood[0])
            pieces.append(Weight(vote.name, vote.source, None, says))
    return sorted(pieces, key=lambda piece: -float(np.ptp(piece.for_kinds)))


def _against(model: KindModel, log_likelihood: Floats) -> Floats:
    return np.asarray(log_likelihood - logsumexp(log_likelihood, b=model.prior))


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Where two sources, each sure of itself, name different families.

    contradicted: shape (customers,).
    family_by_source: for each source, shape (customers,), position of the family it would name
    alone; -1 where it is silent or unsure.
    """

    contradicted: NDArray[np.bool_]
    family_by_source: Mapping[str, NDArray[np.intp]]


def find_contradictions(model: KindModel, heard: Heard, *, sure: float = 0.5) -> Contradiction:
    """Customers whose sources speak against each other.

    sure: probability above which a source alone names a family. Only sources that spoke count.
    """
    space = model.space
    named: dict[str, NDArray[np.intp]] = {}
    for source, log_likelihood in log_likelihood_by_source(model, heard).items():
        logits = np.log(model.prior) + log_likelihood
        alone = space.by_family(np.exp(logits - logsumexp(logits, axis=1, keepdims=True)))
        silent = np.ptp(log_likelihood, axis=1) == 0
        named[source] = np.where(
            silent | (alone.max(axis=1) < sure), -1, alone.argmax(axis=1)
        ).astype(np.intp)
    stacked = np.stack(list(named.values()), axis=1)
    highest = stacked.max(axis=1)
    lowest = np.where(stacked < 0, len(space.families), stacked).min(axis=1)
    return Contradiction((highest >= 0) & (lowest < highest), named)


@dataclass(frozen=True, slots=True)
class Question:
    """A question that could be asked, with how often each answer comes from each kind.

    answers: shape (answers, kinds), columns sum to 1.
    """

    name: str
    answers: Floats


def scale_question(
    name: str, axis: str, space: KindSpace, *, points: int = 7, noise: float = 1.0
) -> Question:
    """A semantic differential on one axis: its points spread evenly over the axis.

    noise: standard deviation of an answer around the kind's place, in the axis's unit.
    """
    place = space.axis(axis)
    low, high = place.min(), place.max()
    marks = np.linspace(low, high, points)[:, None]
    likelihood = np.exp(-0.5 * ((marks - place) / noise) ** 2)
    return Question(name, likelihood / likelihood.sum(axis=0))


def information_gained(kinds: Floats, questions: Sequence[Question]) -> Floats:
    """How much each question would tell about each customer, in bits.

    kinds: shape (customers, kinds), what is believed now.
    Returns shape (customers, questions), the mutual information of answer and kind: at least 0, at
    most the doubt there is now; higher is better to ask.
    Source: Lindley 1956, "On a measure of the information provided by an experiment".

    >>> sure = Question("sure", np.eye(2))
    >>> idle = Question("idle", np.full((2, 2), 0.5))
    >>> information_gained(np.array([[0.5, 0.5], [1.0, 0.0]]), [sure, idle]).round(6)
    array([[1., 0.],
           [0., 0.]])
    """
    gains = []
    for question in questions:
        answers = kinds @ question.answers.T
        doubt_of_answer = -xlogy(answers, answers).sum(axis=1)
        doubt_given_kind = -xlogy(question.answers, question.answers).sum(axis=0)
        gains.append((doubt_of_answer - kinds @ doubt_given_kind) / np.log(2))
    return np.asarray(np.maximum(np.stack(gains, axis=1), 0.0) + 0.0)
