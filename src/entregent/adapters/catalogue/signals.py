"""The catalogue of signals, and the model it gives the engine."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from entregent.adapters.catalogue.validation import (
    Bilingual,
    Catalogue,
    Conflict,
    Entry,
    Name,
    Words,
    known,
)
from entregent.engine.relationship.signals import Signal, SignalModel, signal_model
from entregent.engine.relationship.space import AXES, TREATMENTS, KindSpace
from entregent.engine.relationship.words import SPEAKING_FAMILIES, Listening

Source = Literal["survey", "text", "behaviour", "treatment"]


class SignalEntry(Entry):
    """One signal, with the words in which a page speaks of it."""

    id: Name
    source: Source
    feature: Words
    axis: Name
    at: tuple[float, ...]
    reads: tuple[float, ...]
    noise: Annotated[float, Field(gt=0)]
    noise_per_piece: Annotated[float, Field(ge=0)] = 0.0
    pieces: Words | None = None
    needs: float = 1.0
    says: Bilingual
    switched_off: bool = False

    @model_validator(mode="after")
    def _reads_a_broken_line(self) -> "SignalEntry":
        known(("axis",), [self.axis], TREATMENTS if self.source == "treatment" else AXES)
        rising = all(b > a for a, b in zip(self.at, self.at[1:], strict=False))
        if len(self.at) != len(self.reads) or len(self.at) < 2 or not rising:
            raise Conflict(
                "`at` doit croître et compter autant de points que `reads`, deux au moins.",
                "`at` must rise and have as many points as `reads`, at least two.",
                ("at",),
            )
        return self

    def for_engine(self) -> Signal:
        return Signal(
            name=self.id,
            source=self.source,
            feature=self.feature,
            axis=self.axis,
            at=self.at,
            reads=self.reads,
            noise=self.noise,
            noise_per_piece=self.noise_per_piece,
            pieces=self.pieces,
            needs=self.needs,
        )


Share = Annotated[float, Field(ge=0, le=1)]


class Texts(Entry):
    """How far texts speak of the bond; see `engine.relationship.words.Listening`."""

    reach: Share
    public_reach: Share
    public_shares: dict[Name, Share]
    public_odds: dict[Name, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _tells_every_family(self) -> "Texts":
        known(("public_shares",), self.public_shares, SPEAKING_FAMILIES)
        known(("public_odds",), self.public_odds, SPEAKING_FAMILIES)
        if set(self.public_shares) != set(SPEAKING_FAMILIES):
            missing = sorted(set(SPEAKING_FAMILIES) - set(self.public_shares))
            raise Conflict(
                f"`public_shares` doit donner chaque famille : il manque {', '.join(missing)}.",
                f"`public_shares` must give every family: {', '.join(missing)} is missing.",
                ("public_shares",),
            )
        return self


class Signals(Catalogue):
    texts: Texts
    overlap: dict[Source, Annotated[float, Field(ge=0, le=1)]]
    temperature: dict[Source, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    signals: tuple[SignalEntry, ...]
    treatment_signals: tuple[SignalEntry, ...]

    def model(self, space: KindSpace) -> SignalModel:
        """The signals in use, each expected to read the coordinate of the kind on its axis."""
        used = [signal.for_engine() for signal in self.signals if not signal.switched_off]
        overlap = {str(source): share for source, share in self.overlap.items()}
        return signal_model(used, space, overlap)

    def treatment_model(self) -> SignalModel:
        """The signals in use of what the firm does; they expect nothing of any kind."""
        used = [s.for_engine() for s in self.treatment_signals if not s.switched_off]
        return SignalModel(tuple(used), np.zeros((len(used), 0)), {})

    def listening(self) -> Listening:
        return Listening(
            self.texts.reach,
            self.texts.public_reach,
            {str(family): share for family, share in self.texts.public_shares.items()},
            {str(family): odds for family, odds in self.texts.public_odds.items()},
        )

    def survey_items(self) -> list[tuple[str, str | None]]:
        """(instrument, item) of the answers that signals read; no item means any of its items."""
        features = [s.feature for s in self.signals if s.source == "survey" and not s.switched_off]
        pairs = [feature.partition(".") for feature in features]
        return [(instrument, item or None) for instrument, _, item in pairs]

    def words_for(self, signal_id: str, language: str) -> str:
        """How a page names a signal; raises KeyError."""
        both = (*self.signals, *self.treatment_signals)
        return {signal.id: signal.says for signal in both}[signal_id].in_(language)
