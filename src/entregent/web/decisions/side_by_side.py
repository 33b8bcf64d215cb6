"""Families of relationship and value classes side by side: who was heard, and which way."""

from collections.abc import Sequence
from dataclasses import dataclass

from entregent.engine.estimates import Abstention, Estimate, mean_of, wilson_share
from entregent.web.decisions.models import Change
from entregent.web.decisions.queries import RULERS, Ruled, Voice, rulers_on, voices_on

CUSTOMERS_NEEDED = 10
Known = Estimate | Abstention


@dataclass(frozen=True, slots=True)
class Group:
    """One family or class.

    name: its key, empty for those of whom it is not known. heard: customers heard one way at least.
    change, sustain: share of them heard that way, 0 to 1; both may be said by the same person.
    rulers: ruler to its mean, 0 to 10.
    """

    name: str
    heard: int
    change: Known
    sustain: Known
    rulers: dict[str, Known]


def groups_on(change: Change) -> dict[str, list[Group]]:
    """`family` and `value_class` to their groups, the most heard first; abstains under ten customers."""
    voices, ruled = list(voices_on(change).values()), rulers_on(change)
    asked = [ruler for ruler in RULERS if getattr(change, ruler)]
    return {by: _groups(by, voices, ruled, asked) for by in ("family", "value_class")}


def _groups(
    by: str, voices: Sequence[Voice], ruled: Sequence[Ruled], asked: Sequence[str]
) -> list[Group]:
    names = {getattr(one, by) for one in (*voices, *ruled)}
    groups = [
        _group(
            name,
            [one for one in voices if getattr(one, by) == name],
            [one for one in ruled if getattr(one, by) == name],
            asked,
        )
        for name in names
    ]
    return sorted(groups, key=lambda group: (not group.name, -group.heard, group.name))


def _group(
    name: str, voices: Sequence[Voice], ruled: Sequence[Ruled], asked: Sequence[str]
) -> Group:
    values = {ruler: [one.value for one in ruled if one.ruler == ruler] for ruler in asked}
    return Group(
        name=name,
        heard=len(voices),
        change=_share(sum(one.change for one in voices), len(voices)),
        sustain=_share(sum(one.sustain for one in voices), len(voices)),
        rulers={ruler: _mean(given) for ruler, given in values.items()},
    )


def _share(said: int, n: int) -> Known:
    if n < CUSTOMERS_NEEDED:
        return Abstention("too few customers were heard", n, CUSTOMERS_NEEDED)
    return wilson_share(said, n, unit=1.0)


def _mean(values: Sequence[float]) -> Known:
    if len(values) < CUSTOMERS_NEEDED:
        return Abstention("too few customers answered", len(values), CUSTOMERS_NEEDED)
    return mean_of(values)
