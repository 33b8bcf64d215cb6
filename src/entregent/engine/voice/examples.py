"""Coded examples, and new ones made from them by saying two things in one breath."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np

JUSTICES = ("justice_D", "justice_P", "justice_I", "justice_F")
SEGMENT_CODES = ("movement", "sentiment", *JUSTICES, "trust")
TEXT_CODES = ("relationship", "stage", "effort")
UTTERANCE_CODES = ("talk", "talk_kind")
YES, NO = "yes", "no"
UNSAID = {"stage": "unknown", "effort": "none"}
"""The value of a code of whole texts that gives way to what other words of the text say."""


@dataclass(frozen=True, slots=True)
class Example:
    """Words with what people coded in them.

    group: the text or transcript they come from.  setting: what stands around them.
    codes: by name; absent or None where nobody said, or people disagreed.
    """

    text: str
    group: str
    setting: str
    codes: Mapping[str, str | None]
    language: str = ""


def fold_of(group: str, folds: int) -> int:
    """The fold of a group: always the same, whatever else is in the set.

    >>> fold_of("fr-insurance-1-001", 5)
    1
    """
    return crc32(group.encode()) % folds


def joined_neighbours(
    examples: Sequence[Example], count: int, *, folds: int, seed: int = 0
) -> list[Example]:
    """New examples, each two or three coded ones said in one breath.

    Half of them join neighbours of one text, half join words of different texts of one language.
    People write without full stops; examples cut neatly do not teach that. Only examples of one
    fold are joined, so that no word stands on both sides of it.
    Codes follow the codebook: the movement that ends the thought, every fairness spoken of, the
    first trust, the one stage or effort shown. Where feelings differ, and for the bond, nobody said
    which one weighs more: left uncoded.

    >>> two = [Example("nul", "a", "", {"sentiment": "-"}, "fr"),
    ...        Example("mais aimable", "a", "", {"sentiment": "+"}, "fr")]
    >>> {made.codes["sentiment"] for made in joined_neighbours(two, 3, folds=5)}
    {None}
    """
    chance = np.random.default_rng(seed)
    by_text: dict[str, list[Example]] = {}
    by_fold: dict[str, list[Example]] = {}
    for example in examples:
        by_text.setdefault(example.group, []).append(example)
        fold = f"{example.language} {fold_of(example.group, folds)}"
        by_fold.setdefault(fold, []).append(example)
    texts = [segments for segments in by_text.values() if len(segments) > 1]
    strangers = [segments for segments in by_fold.values() if len(segments) > 1]
    made: list[Example] = []
    for number in range(count):
        pools, neighbours = (texts, True) if number % 2 and texts else (strangers, False)
        if not pools:
            return made
        sizes = np.array([len(pool) for pool in pools], float)
        pool = pools[int(chance.choice(len(pools), p=sizes / sizes.sum()))]
        size = min(int(chance.integers(2, 4)), len(pool))
        first = int(chance.integers(0, len(pool) - size + 1))
        ranks = (
            range(first, first + size)
            if neighbours
            else chance.choice(len(pool), size, replace=False)
        )
        made.append(in_one_breath([pool[int(rank)] for rank in ranks]))
    return made


def in_one_breath(parts: Sequence[Example]) -> Example:
    codes: dict[str, str | None] = {}
    for code in parts[0].codes:
        told = [part.codes.get(code) for part in parts]
        codes[code] = None if None in told else together(code, [str(one) for one in told])
    return Example(
        " ".join(part.text for part in parts),
        parts[0].group,
        parts[0].setting,
        codes,
        parts[0].language,
    )


def together(code: str, told: list[str]) -> str | None:
    if code == "movement":
        return next((one for one in reversed(told) if one != "N"), "N")
    if code == "sentiment":
        felt = set(told) - {"0"}
        return "0" if not felt else felt.pop() if len(felt) == 1 else None
    if code in JUSTICES:
        return YES if YES in told else NO
    if code in UNSAID:
        said = set(told) - {UNSAID[code]}
        return UNSAID[code] if not said else said.pop() if len(said) == 1 else None
    if code == "relationship":
        return None
    return next((one for one in told if one), "")
