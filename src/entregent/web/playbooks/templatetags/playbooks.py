"""Playbooks and actions, as people say them."""

from babel.units import format_unit
from django import template

from entregent.engine.estimates import Estimate
from entregent.web.playbooks import words
from entregent.web.playbooks.catalogue import entry_of, said
from entregent.web.playbooks.fields import field_of
from entregent.web.playbooks.measures.effects import Compared
from entregent.web.playbooks.models import Action
from entregent.web.shared.templatetags.figures import interval, locale, percent, signed

register = template.Library()
register.filter("trace_words", words.trace_words)
register.filter("purpose_words", words.purpose_words)


@register.filter
def action_name(action: Action) -> str:
    """The playbook that an action was drawn by, as it was called then."""
    return said(entry_of(action.version.entry).name)


@register.filter
def field_name(name: str) -> str:
    return str(field_of(name).label)


@register.filter
def in_days(days: int) -> str:
    """A time to act, which is counted in days however long."""
    return str(format_unit(days, "duration-day", "long", locale=locale()))


@register.filter
def side(compared: Compared, which: str) -> str:
    """The mean of one side, or the difference: a share for what happened, a change for the measure."""
    figure: Estimate = getattr(compared, which)
    if compared.name == "measure":
        return signed(figure.value, 2)
    return _points(figure.value) if which == "difference" else percent(figure.value)


@register.filter
def reach(compared: Compared) -> str:
    """The interval of the difference."""
    gap = compared.difference
    if gap is None or gap.low is None or gap.high is None:
        return ""
    if compared.name == "measure":
        return str(interval(gap.low, gap.high, "signed", 2))
    return str(interval(100 * gap.low, 100 * gap.high, "signed"))


def _points(share: float) -> str:
    return signed(100 * share)
