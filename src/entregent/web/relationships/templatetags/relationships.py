"""Kinds, families, stages and quadrants, as people say them."""

from django import template

from entregent.adapters.catalogue.validation import Bilingual, BilingualList
from entregent.web.evidence.models import Customer
from entregent.web.relationships import catalogue, words
from entregent.web.relationships.measures.weighing import METAPHOR, Piece
from entregent.web.relationships.models import Profile
from entregent.web.shared.templatetags import figures

register = template.Library()
register.filter("kind_name", catalogue.kind_name)
register.filter("family_name", catalogue.family_name)
register.filter("direction_words", words.direction_words)
register.filter("piece_words", words.piece_words)
register.filter("value_words", words.value_words)


@register.filter
def in_words(text: Bilingual) -> str:
    return catalogue.said(text)


@register.filter
def in_lines(text: BilingualList) -> tuple[str, ...]:
    return catalogue.all_said(text)


@register.filter
def kind_of(kind: str) -> object:
    return catalogue.kind_of(kind)


@register.filter
def family_of(family: str) -> object:
    return catalogue.family_of(family)


@register.filter
def stage_name(stage: str) -> str:
    named = {one.id: one.name for one in catalogue.shelf().trust.stages}
    return catalogue.said(named[stage]) if stage in named else stage


@register.filter
def stage_rule(stage: str) -> str:
    rules = {one.id: one.rule for one in catalogue.shelf().trust.stages}
    return catalogue.said(rules[stage]) if stage in rules else ""


@register.filter
def quadrant_name(quadrant: str) -> str:
    return catalogue.said(catalogue.shelf().trust.attachment.quadrants[quadrant].name)


@register.filter
def quadrant_meaning(quadrant: str) -> str:
    return catalogue.said(catalogue.shelf().trust.attachment.quadrants[quadrant].meaning)


@register.filter
def verdict_name(verdict: str) -> str:
    return catalogue.said(catalogue.shelf().trust.attachment.constraints[verdict].name)


@register.filter
def verdict_meaning(verdict: str) -> str:
    return catalogue.said(catalogue.shelf().trust.attachment.constraints[verdict].meaning)


@register.filter
def dimension_name(dimension: str) -> str:
    return catalogue.said(catalogue.shelf().trust.dimensions[dimension].name)


@register.filter
def dimension_meaning(dimension: str) -> str:
    return catalogue.said(catalogue.shelf().trust.dimensions[dimension].meaning)


@register.filter
def question_words(name: str) -> str:
    """The question of our own instrument that tells most."""
    items = {
        item.axis or item.id: item
        for item in catalogue.shelf().instruments.instrument("relationship").items
    }
    item = items.get("metaphor" if name == METAPHOR else name) or items.get(name)
    return catalogue.said(item.text) if item else words.axis_words(name)


@register.filter
def source_words(mark: str) -> str:
    """Where a claim comes from, in a sentence."""
    named = catalogue.relationships().sources
    if mark in named:
        return catalogue.said(named[mark])
    return words.mark_words(mark)


@register.filter
def gap_words(profile: Profile) -> str:
    return words.gap_words(profile)


@register.filter
def figure(value: float | None, form_and_decimals: str) -> str:
    """A figure in the form asked: money, number, signed or percent, and its decimals."""
    form, _colon, decimals = form_and_decimals.partition(":")
    if form == "money":
        return figures.money(None if value is None else round(value))
    write = {"number": figures.number, "signed": figures.signed, "percent": figures.percent}[form]
    return write(value, int(decimals or 0))


@register.filter
def form_of(cell: object) -> str:
    return f"{cell.form}:{cell.decimals}"  # type: ignore[attr-defined]


@register.filter
def weight_bar(piece: Piece) -> str:
    """How wide a piece's bar is, from 0 to 100."""
    return f"{min(100.0, 60 * abs(piece.weight)):.0f}"


@register.inclusion_tag("relationships/_handover.html")
def relationship_line(customer: Customer) -> dict[str, object]:
    """The kind of relationship as the hand-over sheet tells it; nothing where nothing is inferred."""
    profile = Profile.objects.filter(pk=customer.pk).first()
    if profile is None:
        return {}
    return {
        "profile": profile,
        "reason": words.reason(profile) if profile.direction else "",
        "kind": catalogue.kind_of(profile.shown_kind) if profile.shown_kind else None,
    }
