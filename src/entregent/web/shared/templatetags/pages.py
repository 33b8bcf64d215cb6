"""What every page is made of: icons, pictures, sortable headers."""

import json
from typing import Any

from django import template
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing from the sheet of icons; decorative, so hidden from screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        static("icons.svg"),
        name,
    )


@register.inclusion_tag("shared/_picture.html")
def picture(
    specification: dict[str, Any] | None, name: str, description: str = ""
) -> dict[str, Any]:
    """A Vega-Lite picture, with a description for those who do not see it.

    name: unique on the page. Without a specification nothing is drawn.
    """
    # "<" in the data must never end the script element that carries it.
    return {
        "name": name,
        "description": description,
        "specification": mark_safe(json.dumps(specification).replace("<", "\\u003c"))
        if specification
        else "",  # noqa: S308
    }


@register.inclusion_tag("shared/_sort_header.html", takes_context=True)
def sort_header(context: RequestContext, column: str, label: str, kind: str = "") -> dict[str, Any]:
    """A column header that sorts: first click down, next click up; the state is in the address.

    kind: "number" aligns right.
    """
    request = context["request"]
    current = request.GET.get("sort", context.get("sort", ""))
    name, down = current.lstrip("-"), current.startswith("-")
    asked = request.GET.copy()
    asked.pop("page", None)
    asked["sort"] = column if (name == column and down) else f"-{column}"
    state = ("descending" if down else "ascending") if name == column else "none"
    return {"url": f"?{asked.urlencode()}", "label": label, "state": state, "kind": kind}


@register.inclusion_tag("shared/_pager.html", takes_context=True)
def pager(context: RequestContext, page: Any) -> dict[str, Any]:
    asked = context["request"].GET.copy()
    asked.pop("page", None)
    return {"page": page, "rest": f"&{asked.urlencode()}" if asked else ""}


@register.simple_tag
def confidence_words(probability: float | None) -> str:
    """How sure, in words."""
    if probability is None or probability < 0.35:
        return _("on ne sait pas")
    if probability < 0.6:
        return _("incertain")
    return _("presque certain") if probability >= 0.9 else _("probable")
