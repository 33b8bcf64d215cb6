"""Masking what names a person: places found, masks put in, and a key kept apart to undo it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from entregent.engine.errors import BrokenContract, NoRatings
from entregent.engine.estimates import Estimate, wilson_share


class Identifier(StrEnum):
    """What is masked. A later one gives way to an earlier one that overlaps it."""

    EMAIL = "email"
    IBAN = "iban"
    CARD = "card"
    SOCIAL_SECURITY = "social_security"
    PHONE = "phone"
    ADDRESS = "address"
    CONTRACT = "contract"
    NAME = "name"


_RANK = {kind: rank for rank, kind in enumerate(Identifier)}


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """text[start:end] names a person, in this way."""

    start: int
    end: int
    kind: Identifier


@dataclass(frozen=True, slots=True)
class Redacted:
    """A masked text, and the key that gives each mask its words back; keep the two apart."""

    text: str
    key: Mapping[str, str]


def without_overlaps(found: Iterable[Found]) -> list[Found]:
    """In order of place; of two that overlap, the surer kind stays.

    >>> card = Found(0, 19, Identifier.CARD)
    >>> without_overlaps([Found(5, 19, Identifier.PHONE), card]) == [card]
    True
    """
    kept: list[Found] = []
    for one in sorted(_united(found), key=lambda f: (_RANK[f.kind], f.start - f.end, f.start)):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept)


def _united(found: Iterable[Found]) -> list[Found]:
    """Places of one kind that overlap become one."""
    united: list[Found] = []
    for one in sorted(set(found), key=lambda f: (f.kind, f.start, f.end)):
        last = united[-1] if united else None
        if last and last.kind == one.kind and one.start < last.end:
            united[-1] = Found(last.start, max(last.end, one.end), one.kind)
        else:
            united.append(one)
    return united


def redact(text: str, found: Iterable[Found]) -> Redacted:
    """The text with each place masked; the same words get the same mask.

    >>> redacted = redact("Appelez Léa, oui Léa", [Found(8, 11, Identifier.NAME), Found(17, 20, Identifier.NAME)])
    >>> redacted.text, dict(redacted.key)
    ('Appelez [name 1], oui [name 1]', {'[name 1]': 'Léa'})
    """
    masks: dict[tuple[Identifier, str], str] = {}
    counts = dict.fromkeys(Identifier, 0)
    pieces, place = [], 0
    for one in without_overlaps(found):
        words = text[one.start : one.end]
        mask = masks.get((one.kind, words))
        while mask is None:
            counts[one.kind] += 1
            mask = f"[{one.kind.value} {counts[one.kind]}]"
            # A text that already holds this mask would be given somebody's words on the way back.
            mask = None if mask in text else mask
        masks[one.kind, words] = mask
        pieces += [text[place : one.start], mask]
        place = one.end
    return Redacted(
        "".join([*pieces, text[place:]]), {mask: words for (_, words), mask in masks.items()}
    )


def restore(redacted: Redacted) -> str:
    """The text as it was before `redact`.

    >>> restore(Redacted("Appelez [name 1]", {"[name 1]": "Léa"}))
    'Appelez Léa'
    """
    text = redacted.text
    for mask, words in redacted.key.items():
        text = text.replace(mask, words)
    return text


@dataclass(frozen=True, slots=True)
class RedactionScore:
    """recall: share of the identifiers there that were masked whole; precision: share of masks
    that cover one. Percent, with Wilson's interval; None where there is nothing to count."""

    recall: Estimate | None
    precision: Estimate | None


def score_redaction(
    truth: Sequence[Iterable[Found]], found: Sequence[Iterable[Found]]
) -> dict[Identifier | None, RedactionScore]:
    """Recall and precision per kind, and over all kinds under None.

    truth, found: one collection per text. An identifier counts as masked when the masks of a text
    cover it whole, whatever their kind: what leaks is what matters. A mask counts as right when it
    touches an identifier.
    Raises BrokenContract when texts differ in number, NoRatings when there is none.

    >>> place = [Found(0, 3, Identifier.NAME)]
    >>> score_redaction([place], [place])[None].recall.value
    100.0
    """
    if len(truth) != len(found):
        raise BrokenContract(f"{len(truth)} texts were marked and {len(found)} were read")
    if not truth:
        raise NoRatings("texts")
    there = [
        (one.kind, _covered(one, list(masks))) for own, masks in _both(truth, found) for one in own
    ]
    put = [(one.kind, _touches(one, own)) for own, masks in _both(truth, found) for one in masks]
    kinds: list[Identifier | None] = [*Identifier, None]
    return {
        kind: RedactionScore(_share(there, kind), _share(put, kind))
        for kind in kinds
        if any(kind in {None, told} for told, _ in [*there, *put])
    }


def _both(
    truth: Sequence[Iterable[Found]], found: Sequence[Iterable[Found]]
) -> list[tuple[list[Found], list[Found]]]:
    return [(list(own), list(masks)) for own, masks in zip(truth, found, strict=True)]


def _covered(one: Found, masks: list[Found]) -> bool:
    left = set(range(one.start, one.end))
    for mask in masks:
        left -= set(range(mask.start, mask.end))
    return not left


def _touches(mask: Found, own: list[Found]) -> bool:
    return any(mask.start < one.end and one.start < mask.end for one in own)


def _share(told: list[tuple[Identifier, bool]], kind: Identifier | None) -> Estimate | None:
    right = [hit for found, hit in told if kind in {None, found}]
    return wilson_share(sum(right), len(right)) if right else None
