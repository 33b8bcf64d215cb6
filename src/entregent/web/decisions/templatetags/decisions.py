"""What the templates of this room need beside the shared ones."""

from typing import Any

from django import template

register = template.Library()


@register.filter
def coordinate(value: float) -> str:
    """A place in a drawing, with a point whatever the reader's language.

    >>> coordinate(12.345)
    '12.3'
    """
    return f"{value:.1f}"


@register.filter
def of(table: dict[Any, Any], key: Any) -> Any:
    """What a table holds under a key; nothing where it holds none."""
    return table.get(key)


@register.filter
def weight_step(weight: float | None) -> int:
    """The whole weight nearest to a mean, for the bar that shows it."""
    return round(weight or 0)
