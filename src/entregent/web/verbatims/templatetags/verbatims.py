"""Customers' words on a page, with what a coder read in them."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from entregent.web.evidence.models import CodedSegment, CodedText
from entregent.web.shared.asked_words import Asked, pieces, spans
from entregent.web.shared.templatetags.figures import percent
from entregent.web.verbatims.words import Read, read_of

register = template.Library()
_EMPTY_LINES = re.compile(r"\n\s*\n")
_LOOKS = {"T": "toward", "A": "away", "+": "pleased", "-": "displeased", "~": "mixed"}


@register.simple_tag
def read_words(row: Any, asked: Asked | None = None, length: int = 0) -> SafeString:
    """The words of an interaction or an answer: passages that say something stand out, and beside
    each what was read in it, with its confidence for who points at it or comes by keyboard.

    asked: words to mark.  length: show the part around the first of them, of so many characters.
    """
    text = row.text
    start, end = _window(text, asked, length)
    shown = format_html_join("", "{}", ((part,) for part in _parts(row, asked, start, end)))
    return format_html(
        "{}{}{}", "… " if start else "", shown, " …" if end < len(text.rstrip()) else ""
    )


@register.simple_tag(takes_context=True)
def narrowed(context: RequestContext, code: str, value: str) -> str:
    """The address asked for, with one code besides."""
    asked = context["request"].GET.copy()
    asked.pop("before", None)
    asked[code] = value
    return f"?{asked.urlencode()}"


@register.simple_tag
def read_whole(row: Any) -> SafeString:
    """What was read of the text as a whole: kind of relationship, stage, effort."""
    coded: CodedText | None = getattr(row, "coded", None)
    if coded is None:
        return format_html("")
    told = [read for read in read_of(coded) if read.says_something or read.value is None]
    return format_html_join(
        " ",
        '<span class="tag{}">{} <span class="doubt">{}</span></span>',
        (
            (
                " unsure" if read.value is None else "",
                _("%(code)s : %(value)s") % {"code": read.title, "value": read.name},
                percent(read.confidence),
            )
            for read in told
        ),
    )


def _window(text: str, asked: Asked | None, length: int) -> tuple[int, int]:
    """The part to show, cut between words."""
    end = len(text.rstrip())
    if not length or end <= length:
        return 0, end
    found = spans(text, asked) if asked else []
    start = max(0, found[0][0] - length // 3) if found else 0
    start = text.rfind(" ", 0, start + 1) + 1 if start else 0
    if start + length >= end:
        return start, end
    cut = text.rfind(" ", start, start + length)
    return start, cut if cut > start else start + length


def _parts(row: Any, asked: Asked | None, start: int, end: int) -> Iterator[SafeString]:
    coded: CodedText | None = getattr(row, "coded", None)
    segments = coded.segments.all() if coded else ()
    here = start
    for segment in segments:
        first, last = max(segment.start, here), min(segment.end, end)
        if first >= last:
            continue
        yield _plain(row.text[here:first], asked)
        yield _passage(segment, _plain(row.text[first:last], asked))
        here = last
    yield _plain(row.text[here:end], asked)


def _passage(segment: CodedSegment, words: SafeString) -> SafeString:
    read = list(read_of(segment))
    told = [one for one in read if one.says_something]
    if not told and all(one.value is not None for one in read):
        return words
    looks = " ".join(["read", *(_LOOKS[one.value] for one in told if one.value in _LOOKS)])
    return format_html('<span class="{}">{}</span>{}', looks, words, _marks(read))


def _marks(read: Iterable[Read]) -> SafeString:
    """Signs beside a passage; each says its code in full when pointed at or reached by keyboard."""
    kept = [one for one in read if one.says_something or one.value is None]
    signs = list(dict.fromkeys(sign for one in kept for sign in one.marks))
    sentences = [
        _("%(code)s : %(value)s, sûr à %(share)s")
        % {"code": one.title, "value": one.name, "share": percent(one.confidence)}
        if one.value is not None
        else _("%(code)s : pas assez sûr (%(share)s)")
        % {"code": one.title, "share": percent(one.confidence)}
        for one in kept
    ]
    return format_html(
        ' <span class="codes" tabindex="0" role="note" aria-label="{}">{}<span class="says" aria-hidden="true">{}</span></span>',
        " ; ".join(sentences),
        format_html_join(
            "", '<span class="sign" aria-hidden="true">{}</span>', ((sign,) for sign in signs)
        ),
        format_html_join("", '<span class="line">{}</span>', ((one,) for one in sentences)),
    )


def _plain(text: str, asked: Asked | None) -> SafeString:
    snug = _EMPTY_LINES.sub("\n", text)
    if not asked:
        return format_html("{}", snug)
    return format_html_join(
        "",
        "{}",
        ((format_html("<mark>{}</mark>", p) if hit else p,) for p, hit in pieces(snug, asked)),
    )
