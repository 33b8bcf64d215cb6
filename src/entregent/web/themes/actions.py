"""What changes themes: one transaction and one audit row each."""

import random
from collections.abc import Sequence
from itertools import chain, count
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.utils import timezone
from numpy.typing import NDArray

from entregent.adapters.subjects import completing_words, nearest_tag, words_without_name
from entregent.engine.voice.themes import (
    NO_THEME,
    TooFewTexts,
    apply_themes,
    halves_of,
    propose_themes,
)
from entregent.engine.voice.themes import Theme as Proposed
from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.evidence.bulk import insert
from entregent.web.evidence.models import CodedSegment, Watermark
from entregent.web.themes.models import Centre, Mention, Proposal, Theme
from entregent.web.themes.reading import Portion, portions

MARK = "themes"
MOST_LEARNED = 20_000
FEWEST_SEGMENTS = 60
NEAR_ENOUGH = 0.35
FINE, BROAD = (4, 30), 3
SEGMENTS_PER_SQUARE = 15
"""Segments over the square of the number of fine themes that are looked for."""


class AlreadyAsked(Exception):
    """Themes are being proposed."""


class NotMergeable(Exception):
    """A theme cannot be merged into itself, nor into a finer one of its own."""


class NotSplittable(Exception):
    """Too few segments to tell two themes apart."""


@transaction.atomic
def ask_for_themes(*, by: User | None) -> Proposal:
    """Note that themes are asked for; one proposal at a time."""
    try:
        with transaction.atomic():
            proposal = Proposal.objects.create(by=by)
    except IntegrityError:
        raise AlreadyAsked from None
    record(Verb.CREATED, proposal, by=by, about="thèmes")
    return proposal


def propose(proposal: Proposal) -> None:
    """Propose themes from the words known now; what people have edited stays as it is."""
    learned = _sample()
    found = _found(learned) if learned else []
    if learned is None or not found:
        Proposal.objects.filter(pk=proposal.pk).update(
            finished_at=timezone.now(), refused="too_few_words"
        )
        return
    with transaction.atomic():
        kept = _replace(found)
        Watermark.set(MARK, 0)
        Mention.objects.all().delete()
        Proposal.objects.filter(pk=proposal.pk).update(
            finished_at=timezone.now(), segments=len(learned.keys), themes=kept
        )
    follow_new_words()


def _found(learned: Portion) -> list[Proposed]:
    fine = int(np.clip(round((len(learned.keys) / SEGMENTS_PER_SQUARE) ** 0.5), *FINE))
    return propose_themes(
        learned.words, learned.vectors, of_text=learned.texts, fine=fine, broad=max(fine // BROAD, 2),
        stop_words=words_without_name(), completing=completing_words(),
    )  # fmt: skip


def _sample() -> Portion | None:
    """Segments to learn from: all of them, or as many drawn the same way each time."""
    read = list(portions(CodedSegment.objects.all())) if _few() else list(portions(_drawn()))
    keys = [key for one in read for key in one.keys]
    if len(keys) < FEWEST_SEGMENTS:
        return None
    return Portion(
        keys,
        [text for one in read for text in one.texts],
        [words for one in read for words in one.words],
        np.concatenate([one.vectors for one in read if one.keys]),
        0,
    )


def _few() -> bool:
    return CodedSegment.objects.count() <= MOST_LEARNED


def _drawn() -> Any:
    keys = list(CodedSegment.objects.order_by("pk").values_list("pk", flat=True))
    return CodedSegment.objects.filter(pk__in=random.Random(0).sample(keys, MOST_LEARNED))  # noqa: S311


def _replace(found: Sequence[Proposed]) -> int:
    Theme.objects.filter(edited_at=None).delete()
    edited = list(Centre.objects.filter(theme__excluded=False).select_related("theme"))
    above: dict[str, Theme] = {}
    finer = {one.parent for one in found}
    kept = 0
    names = set(Theme.objects.values_list("name", flat=True))
    for one in found:
        leaf = one.key not in finer
        if leaf and _taken(one.centre, edited):
            continue
        theme = Theme.objects.create(
            name=_name(one, names), words=list(one.words), seven_p=nearest_tag(one.words, one.centre),
            parent=above.get(one.parent or ""),
        )  # fmt: skip
        above[one.key] = theme
        kept += 1
        if leaf:
            Centre.objects.create(theme=theme, place=one.centre.tobytes())
    return kept


def _taken(centre: NDArray[np.float32], edited: Sequence[Centre], *, same: float = 0.9) -> bool:
    return any(float(one.vector @ centre) >= same for one in edited)


def _name(proposed: Proposed, taken: set[str]) -> str:
    """Its telling phrases, and more of its telling words if others have that name."""
    phrases = proposed.phrases or proposed.words[:1] or ("?",)
    further = [word for word in proposed.words if all(word not in one for one in phrases)]
    names = [
        ", ".join([*phrases, *further[:most]])[:80].capitalize() for most in range(len(further) + 1)
    ]
    numbered = (f"{names[0][:70]} ({number})" for number in count(2))
    name = next(name for name in chain(names, numbered) if name not in taken)
    taken.add(name)
    return name


def follow_new_words(**_news: Any) -> int:
    """Find the theme of every segment that came since; returns how many speak of one."""
    centres = list(Centre.objects.order_by("pk"))
    if not centres:
        return 0
    found = 0
    for portion in portions(CodedSegment.objects.all(), after=Watermark.of(MARK)):
        with transaction.atomic():
            found += _mention(portion, centres)
            Watermark.set(MARK, portion.last)
    return found


def _mention(portion: Portion, centres: Sequence[Centre]) -> int:
    if not portion.keys:
        return 0
    places = [centre.vector for centre in centres]
    best = apply_themes(portion.vectors, places, at_least=NEAR_ENOUGH)
    speaking = np.flatnonzero(best != NO_THEME)
    closeness = (portion.vectors @ np.stack(places).T).max(axis=1)
    keys = [portion.keys[rank] for rank in speaking]
    Mention.objects.filter(pk__in=keys).delete()
    insert(
        Mention,
        {
            "segment_id": keys,
            "theme_id": [centres[best[rank]].theme_id for rank in speaking],
            "closeness": [float(closeness[rank]) for rank in speaking],
        },
    )
    return len(keys)


@transaction.atomic
def edit_theme(*, theme: Theme, name: str, seven_p: str, parent: Theme | None, by: User) -> Theme:
    """Rename a theme, correct its tag, or put it under a broader one."""
    before = {"name": theme.name, "seven_p": theme.seven_p, "parent": theme.parent_id}
    theme.name, theme.seven_p, theme.parent = name, seven_p, parent
    theme.edited_at = timezone.now()
    theme.save()
    record(Verb.CHANGED, theme, by=by, about=theme.name, before=before)
    return theme


@transaction.atomic
def merge_theme(*, theme: Theme, into: Theme, by: User) -> Theme:
    """All that one theme holds goes to another; words to come follow.

    Raises NotMergeable; nothing is changed then.
    """
    inside = {theme.pk, *theme.finer.values_list("pk", flat=True)}
    if into.pk in inside:
        raise NotMergeable
    moved = Mention.objects.filter(theme__in=inside).update(theme=into)
    Centre.objects.filter(theme__in=inside).update(theme=into)
    into.edited_at = timezone.now()
    into.save(update_fields=["edited_at"])
    record(Verb.CHANGED, into, by=by, about=into.name, merged=theme.name, segments=moved)
    Theme.objects.filter(pk__in=inside).delete()
    return into


@transaction.atomic
def split_theme(*, theme: Theme, by: User) -> list[Theme]:
    """Two finer themes in the place of one, by what its segments are about.

    Raises NotSplittable; nothing is changed then.
    """
    held = list(portions(CodedSegment.objects.filter(mention__theme=theme)))
    keys = [key for one in held for key in one.keys]
    words = [said for one in held for said in one.words]
    try:
        vectors = np.concatenate([one.vectors for one in held if one.keys]) if keys else np.zeros((0, 1), np.float32)  # fmt: skip
        halves = halves_of(words, vectors, stop_words=words_without_name(), completing=completing_words())  # fmt: skip
    except TooFewTexts as few:
        raise NotSplittable from few
    if len(halves) < 2:
        raise NotSplittable
    above = theme if theme.parent is None else theme.parent
    best = apply_themes(vectors, [one.centre for one in halves], at_least=-1)
    made = []
    names = set(Theme.objects.values_list("name", flat=True))
    for rank, one in enumerate(halves):
        part = Theme.objects.create(
            name=_name(one, names), words=list(one.words), seven_p=theme.seven_p, parent=above,
            edited_at=timezone.now(),
        )  # fmt: skip
        Centre.objects.create(theme=part, place=one.centre.tobytes())
        inside = [key for key, half in zip(keys, best, strict=True) if half == rank]
        for start in range(0, len(inside), 500):
            Mention.objects.filter(pk__in=inside[start : start + 500]).update(theme=part)
        made.append(part)
    theme.centres.all().delete()
    record(Verb.CHANGED, theme, by=by, about=theme.name, split=[part.name for part in made])
    if theme.parent is None:
        theme.edited_at = timezone.now()
        theme.save(update_fields=["edited_at"])
    else:
        theme.delete()
    return made


@transaction.atomic
def exclude_theme(*, theme: Theme, excluded: bool, by: User) -> None:
    """Leave a theme out of every figure, or take it in again."""
    Theme.objects.filter(pk__in=[theme.pk, *theme.finer.values_list("pk", flat=True)]).update(
        excluded=excluded, edited_at=timezone.now()
    )
    record(Verb.REMOVED if excluded else Verb.UNDID, theme, by=by, about=theme.name)
