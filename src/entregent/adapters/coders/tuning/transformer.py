"""The transformer while it learns, in torch; its weights go by the names of `graph_of`."""

import math
import random
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from entregent.adapters.coders.tuning.lessons import Lesson, Teacher
from entregent.adapters.encoders.tuned.documents import Document

Tensors = dict[str, torch.Tensor]
AT_ONCE = 1000
MOST_DOCUMENTS = 48
WARMING = 0.08
LOWER_LEARN_LESS = 0.9
HEAD_RATE = 2e-3
FORGETTING = 0.1
FAR = -1e4
COUNTS_HALF = frozenset({"talk_kind"})


class Learner:
    """A transformer and one linear reader of every code.

    weights: by the names of `graph_of`.  vectors: of pieces, which stay as they are.
    values: what each code may be, in order; rare ones weigh more, by the square root.
    still: layers, from the first on, that do not learn.
    """

    def __init__(
        self,
        weights: Mapping[str, NDArray[np.float32]],
        vectors: NDArray[np.float32],
        places: NDArray[np.float32],
        counts: Mapping[str, Mapping[str, int]],
        *,
        layers: int,
        heads: int,
        still: int,
    ) -> None:
        self.weights: Tensors = {name: torch.tensor(told) for name, told in weights.items()}
        self._vectors, self._places = torch.tensor(vectors), torch.tensor(places)
        self._layers, self._heads, self._still = layers, heads, still
        self.values = {code: tuple(sorted(told)) for code, told in counts.items()}
        self._weighing = {
            code: _weighing([counts[code][value] for value in values])
            for code, values in self.values.items()
        }
        width = vectors.shape[1]
        for code, values in self.values.items():
            self.weights.setdefault(f"say.{code}.weight", torch.randn(len(values), width) * 0.02)
            self.weights.setdefault(f"say.{code}.bias", torch.zeros(len(values)))
        for name, tensor in self.weights.items():
            tensor.requires_grad_(self._learns(name))

    def learn(
        self, teacher: Teacher, *, rounds: float, rate: float, seed: int, say: Callable[[str], None]
    ) -> None:
        """Go through lessons so many times; the rate rises, then falls to nothing."""
        torch.manual_seed(seed)
        chance = random.Random(seed)  # noqa: S311 - not secrecy
        optimiser = torch.optim.AdamW(self._groups(rate), fused=True, betas=(0.9, 0.98))
        tops = [group["lr"] for group in optimiser.param_groups]
        steps = math.ceil(rounds * len(_batches(teacher.round(), chance)))
        done, losses = 0, 0.0
        while done < steps:
            for batch in _batches(teacher.round(), chance)[: steps - done]:
                share = min(1.0, (done + 1) / (steps * WARMING)) * (1 - done / steps)
                for group, top in zip(optimiser.param_groups, tops, strict=True):
                    group["lr"] = top * share
                loss = self._loss(batch)
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(
                    [one for group in optimiser.param_groups for one in group["params"]], 1.0
                )
                optimiser.step()
                done, losses = done + 1, losses + loss.item()
                if done % 20 == 0:
                    say(f"{done} of {steps} steps, {losses / 20:.2f}")
                    losses = 0.0

    def learned(self) -> dict[str, NDArray[np.float32]]:
        return {name: tensor.detach().numpy() for name, tensor in self.weights.items()}

    def _learns(self, name: str) -> bool:
        layer, _, _ = name.partition(".")
        return layer == "say" or (layer.isdigit() and int(layer) >= self._still)

    def _groups(self, rate: float) -> list[dict[str, object]]:
        groups: list[dict[str, object]] = []
        for name, tensor in self.weights.items():
            if tensor.requires_grad:
                layer, _, _ = name.partition(".")
                depth = self._layers - 1 - int(layer) if layer.isdigit() else 0
                top = HEAD_RATE if layer == "say" else rate * LOWER_LEARN_LESS**depth
                decay = 0.01 if tensor.dim() > 1 else 0.0
                groups.append({"params": [tensor], "lr": top, "weight_decay": decay})
        return groups

    def _loss(self, batch: Sequence[Lesson]) -> torch.Tensor:
        made = self._read([lesson.document for lesson in batch])
        codes: list[Mapping[str, str | None]] = []
        rows: list[int] = []
        places: list[int] = []
        for rank, lesson in enumerate(batch):
            for passage, first, end in lesson.document.spans:
                rows += [len(codes)] * (end - first)
                places += range(rank * made.shape[1] + first, rank * made.shape[1] + end)
                codes.append(lesson.codes[passage])
        owners = torch.tensor(rows)
        sizes = torch.bincount(owners, minlength=len(codes)).clamp(min=1)[:, None]
        flat = made.reshape(-1, made.shape[2])[torch.tensor(places)]
        means = torch.zeros(len(codes), flat.shape[1]).index_add(0, owners, flat) / sizes
        total = torch.zeros(())
        for code, values in self.values.items():
            told = [(at, one.get(code)) for at, one in enumerate(codes)]
            known = [(at, values.index(value)) for at, value in told if value is not None]
            if not known:
                continue
            own = means[torch.tensor([at for at, _ in known])]
            logits = functional.linear(
                own, self.weights[f"say.{code}.weight"], self.weights[f"say.{code}.bias"]
            )
            wrong = functional.cross_entropy(
                logits,
                torch.tensor([rank for _, rank in known]),
                self._weighing[code],
                reduction="sum",
            )
            # A code told rarely in a batch must not shake everything.
            share = (0.5 if code in COUNTS_HALF else 1.0) / math.sqrt(len(known))
            total = total + share * wrong / 4
        return total

    def _read(self, documents: Sequence[Document]) -> torch.Tensor:
        longest = max(len(one.pieces) for one in documents)
        ranks = torch.zeros(len(documents), longest, dtype=torch.long)
        away = torch.full((len(documents), longest), FAR)
        for row, document in enumerate(documents):
            ranks[row, : len(document.pieces)] = torch.tensor(document.pieces)
            away[row, : len(document.pieces)] = 0
        with torch.autocast("cpu", torch.bfloat16):
            rows = self._levelled(self._vectors[ranks] + self._places[:longest], "start")
            for layer in range(self._layers):
                with torch.set_grad_enabled(layer >= self._still):
                    rows = self._layer(rows, away[:, None, None, :].bfloat16(), layer)
        return functional.dropout(rows.float(), FORGETTING)

    def _layer(self, rows: torch.Tensor, away: torch.Tensor, layer: int) -> torch.Tensor:
        documents, places, width = rows.shape
        split = (documents, places, 3, self._heads, width // self._heads)
        asked, offered, said = self._times(rows, f"{layer}.read").view(split).permute(2, 0, 3, 1, 4)
        looked = asked @ offered.transpose(-1, -2) * (width // self._heads) ** -0.5 + away
        heard = (looked.softmax(-1).to(said.dtype) @ said).transpose(1, 2).reshape(rows.shape)
        rows = self._levelled(rows + self._times(heard, f"{layer}.join"), f"{layer}.middle")
        bent = functional.gelu(self._times(rows, f"{layer}.up"))
        added = self._times(bent, f"{layer}.down")
        if layer >= self._still:
            added = functional.dropout(added, FORGETTING)
        return self._levelled(rows + added, f"{layer}.end")

    def _times(self, rows: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(rows, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _levelled(self, rows: torch.Tensor, name: str) -> torch.Tensor:
        scale, shift = self.weights[f"{name}.scale"], self.weights[f"{name}.shift"]
        return functional.layer_norm(rows, scale.shape, scale, shift, 1e-12)


def _weighing(counts: Sequence[int]) -> torch.Tensor:
    told = torch.tensor(counts, dtype=torch.float32)
    weights = (told.sum() / told) ** 0.5
    return weights * told.sum() / (weights * told).sum()


def _batches(lessons: Sequence[Lesson], chance: random.Random) -> list[list[Lesson]]:
    """Lessons of like length together, in any order."""
    sized = [(len(one.document.pieces) + chance.random() * 6, one) for one in lessons]
    batches: list[list[Lesson]] = []
    widest = 0
    for _, lesson in sorted(sized, key=lambda pair: pair[0]):
        widest = max(widest, len(lesson.document.pieces))
        full = (
            not batches
            or len(batches[-1]) >= MOST_DOCUMENTS
            or (len(batches[-1]) + 1) * widest > AT_ONCE
        )
        if full:
            batches.append([])
            widest = len(lesson.document.pieces)
        batches[-1].append(lesson)
    chance.shuffle(batches)
    return batches
