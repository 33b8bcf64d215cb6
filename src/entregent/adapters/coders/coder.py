"""One coder: an encoder and the panels of heads trained on its vectors."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from entregent.adapters.encoders import (
    CARRIED,
    TUNED,
    ContextEncoder,
    Encoder,
    open_encoder,
)
from entregent.adapters.encoders.port import Vectors
from entregent.engine.voice.coders import Panel, Reading, panel_of
from entregent.engine.voice.examples import TEXT_CODES

UNITS = ("segment", "text", "utterance")
CARD = "card.json"


class NoSuchCoder(Exception):
    """No trained heads are found for this profile or in this folder."""


TWO_LANGUAGES = frozenset({"fast", TUNED})
BOTH = frozenset({"fr", "en"})


class AnotherEncoder(Exception):
    """Heads were trained on the vectors of another encoder, or of another version of it."""


@dataclass(frozen=True, slots=True)
class TrainedCoder:
    """Reads segments, texts, and utterances about a declared change.

    panels: by unit.  card: what it was trained on and how often it is right.
    """

    encoder: Encoder
    panels: Mapping[str, Panel]
    card: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name and version, as stored beside everything it codes."""
        return str(self.card["coder"])

    def reads(self, language: str | None) -> bool:
        """Whether words of a language are read at all; of an unknown one, they are.

        The fast table and the tuned transformer know French and English words and no other:
        anything they said of a text in another language would be chance.
        """
        told = (language or "").split("-")[0].lower()
        return not told or self.card.get("profile") not in TWO_LANGUAGES or told in BOTH

    def read_segments(self, texts: Sequence[str], wholes: Sequence[str]) -> dict[str, Reading]:
        """Movement, sentiment, justice and trust of segments, each with the whole text it is of."""
        return self._read("segment", texts, wholes)

    def read_texts(self, texts: Sequence[str]) -> dict[str, Reading]:
        """Relationship family, stage and effort of whole texts."""
        return self._read("text", texts, [""] * len(texts))

    def read_cut(
        self, pieces: Sequence[str], owners: NDArray[np.int64], texts: Sequence[str]
    ) -> tuple[dict[str, Reading], dict[str, Reading]]:
        """What `read_segments` and `read_texts` say, each whole text encoded once for both.

        owners: for each piece, the rank of the text it was cut from.
        """
        if isinstance(self.encoder, ContextEncoder):
            wholes = [texts[owner] for owner in owners]
            return self.read_segments(pieces, wholes) if pieces else {}, self.read_texts(texts)
        cut, whole = self.panels["segment"], self.panels["text"]
        vectors = self.encoder.encode(texts) if cut.setting or whole.dimension else None
        of_texts = whole.read(texts, vectors if whole.dimension else None, None)
        if not pieces:
            return {}, of_texts
        meanings = self.encoder.encode(pieces) if cut.dimension else None
        around = vectors[owners] if vectors is not None and cut.setting else None
        return cut.read(pieces, meanings, around), of_texts

    def read_utterances(self, texts: Sequence[str], settings: Sequence[str]) -> dict[str, Reading]:
        """Talk about a declared change; settings: `examples.setting_of` each utterance."""
        return self._read("utterance", texts, settings)

    def _read(self, unit: str, texts: Sequence[str], settings: Sequence[str]) -> dict[str, Reading]:
        panel = self.panels[unit]
        if not panel.dimension:
            return panel.read(texts, None, None)
        if isinstance(self.encoder, ContextEncoder):
            vectors = vectors_in_context(self.encoder, unit, texts, settings)
            return panel.read(texts, vectors, None)
        around = None
        if panel.setting:
            # Many segments share one text: each distinct setting is encoded once.
            rank = {text: place for place, text in enumerate(dict.fromkeys(settings))}
            around = self.encoder.encode(list(rank))[[rank[text] for text in settings]]
        return panel.read(texts, self.encoder.encode(texts), around)

    def write(self, folder: Path) -> None:
        """One file per panel and the model card."""
        folder.mkdir(parents=True, exist_ok=True)
        for unit, panel in self.panels.items():
            (folder / f"{unit}.npz").write_bytes(panel.to_bytes())
        (folder / CARD).write_text(
            json.dumps(self.card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )


@lru_cache(maxsize=4)
def carried_coder(profile: str = "fast") -> TrainedCoder:
    """The coder that the package carries for a profile; raises NoSuchCoder, EncoderAbsent."""
    if profile not in CARRIED:
        raise NoSuchCoder(f"no coder is called {profile}; there are {', '.join(CARRIED)}")
    folder = files("entregent.catalogue") / "voice" / "heads" / profile
    return _coder(lambda name: (folder / name).read_bytes(), open_encoder(profile))


def read_coder(folder: Path, encoder: Encoder) -> TrainedCoder:
    """A coder that the firm trained itself; raises NoSuchCoder, AnotherEncoder."""
    return _coder(lambda name: (folder / name).read_bytes(), encoder)


def read_card(folder: Path) -> dict[str, Any]:
    """The model card of a coder that the firm trained itself; raises NoSuchCoder."""
    try:
        found: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise NoSuchCoder("no trained heads are found there") from problem
    return found


def carried_card(profile: str = "fast") -> dict[str, Any]:
    """The model card of a profile, without opening its encoder."""
    card = files("entregent.catalogue") / "voice" / "heads" / profile / CARD
    if not card.is_file():
        raise NoSuchCoder(f"the package carries no heads for {profile}")
    found: dict[str, Any] = json.loads(card.read_text(encoding="utf-8"))
    return found


def vectors_in_context(
    encoder: ContextEncoder, unit: str, texts: Sequence[str], settings: Sequence[str]
) -> Vectors:
    """Vectors of words as their unit is read: in their text, by themselves, or after others."""
    if unit == "segment":
        return encoder.encode_within(texts, settings)
    if unit == "utterance":
        return encoder.encode_after(texts, settings)
    return encoder.encode(texts)


def encoder_signature(encoder: Encoder) -> str:
    return f"{encoder.name} {encoder.version}"


def coder_name(profile: str, panels: Mapping[str, Panel]) -> str:
    """A name that changes whenever a weight does."""
    digest = sha256(b"".join(panels[unit].to_bytes() for unit in sorted(panels))).hexdigest()
    return f"entregent-{profile} {digest[:8]}"


def _coder(read: Callable[[str], bytes], encoder: Encoder) -> TrainedCoder:
    try:
        card = json.loads(read(CARD))
        panels = {unit: panel_of(read(f"{unit}.npz")) for unit in card["panels"]}
    except (OSError, ValueError, KeyError) as problem:
        raise NoSuchCoder("no trained heads are found there") from problem
    for panel in panels.values():
        if panel.dimension and panel.encoder != encoder_signature(encoder):
            raise AnotherEncoder(
                f"these heads read vectors of {panel.encoder}, not of {encoder_signature(encoder)}"
            )
    return TrainedCoder(encoder, panels, card)


__all__ = [
    "TEXT_CODES",
    "TrainedCoder",
    "carried_card",
    "carried_coder",
    "read_card",
    "read_coder",
]
