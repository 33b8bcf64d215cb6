"""What every page is made of: icons, pictures, sortable headers."""

import json
import re
from typing import Any

from django import template
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from entregent.web.shared.asked_words import Asked, pieces, spans
from entregent.web.shared.seeking import SeekPage

register = template.Library()
_EMPTY_LINES = re.compile(r"\n\s*\n")


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
    written = json.dumps(specification).replace("<", "\\u003c") if specification else ""
    return {
        "name": name,
        "description": description,
        "specification": mark_safe(written),  # noqa: S308
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
    for place in ("page", "after", "before"):
        asked.pop(place, None)
    asked["sort"] = column if (name == column and down) else f"-{column}"
    state = ("descending" if down else "ascending") if name == column else "none"
    return {"url": f"?{asked.urlencode()}", "label": label, "state": state, "kind": kind}


@register.inclusion_tag("shared/_pager.html", takes_context=True)
def pager(context: RequestContext, page: Any) -> dict[str, Any]:
    asked = context["request"].GET.copy()
    asked.pop("page", None)
    return {"page": page, "rest": f"&{asked.urlencode()}" if asked else ""}


@register.filter
def snug(text: str) -> str:
    """A text without its empty lines, for lists of many."""
    return _EMPTY_LINES.sub("\n", text.strip())


@register.simple_tag
def marked(text: str, asked: Asked | None, length: int = 0) -> SafeString:
    """The text with the words asked for marked; with a length, the part around the first of them."""
    before, after = "", ""
    if length and len(text) > length:
        found = spans(text, asked) if asked else []
        start = max(0, found[0][0] - length // 3) if found else 0
        # Cut between words, never inside one.
        start = text.rfind(" ", 0, start + 1) + 1 if start else 0
        end = text.rfind(" ", start, start + length) if start + length < len(text) else len(text)
        end = end if end > start else min(start + length, len(text))
        before, after = "… " if start else "", " …" if end < len(text) else ""
        text = text[start:end]
    parts = pieces(text, asked) if asked else [(text, False)]
    return format_html(
        "{}{}{}",
        before,
        format_html_join(
            "", "{}", ((format_html("<mark>{}</mark>", p) if hit else p,) for p, hit in parts)
        ),
        after,
    )


@register.simple_tag(takes_context=True)
def address(context: RequestContext, **changes: Any) -> str:
    """This page's address with some of its parameters changed; an empty one is taken out."""
    asked = context["request"].GET.copy()
    for name, value in changes.items():
        if value in ("", None):
            asked.pop(name, None)
        else:
            asked[name] = str(value)
    return f"?{asked.urlencode()}"


@register.inclusion_tag("shared/_seek_pager.html", takes_context=True)
def seek_pager(context: RequestContext, page: SeekPage[Any]) -> dict[str, Any]:
    """Links either way from a page found by seeking."""
    asked = context["request"].GET.copy()
    for name in ("after", "before"):
        asked.pop(name, None)
    return {"page": page, "rest": f"&{asked.urlencode()}" if asked else ""}


@register.simple_tag
def confidence_words(probability: float | None) -> str:
    """How sure, in words."""
    if probability is None or probability < 0.35:
        return _("on ne sait pas")
    if probability < 0.6:
        return _("incertain")
    return _("presque certain") if probability >= 0.9 else _("probable")
