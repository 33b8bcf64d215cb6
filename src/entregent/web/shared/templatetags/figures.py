"""Numbers, money, dates and intervals as the reader's language writes them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from babel.core import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol
from babel.units import format_unit
from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

register = template.Library()
UNKNOWN = "–"
MINUS = "−"
"""As wide as a figure; a hyphen before an amount reads as a dash."""


def locale() -> Locale:
    return Locale.parse("fr_FR" if (get_language() or "fr").startswith("fr") else "en_GB")


@register.filter
def number(value: float | Decimal | None, decimals: int = 0) -> str:
    """1 234,5 in French, 1,234.5 in English; a dash when unknown."""
    if value is None:
        return UNKNOWN
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    written = format_decimal(round(Decimal(str(value)), decimals), format=pattern, locale=locale())
    return written.replace("-", MINUS)


@register.filter
def signed(value: float | None, decimals: int = 0) -> str:
    if value is None:
        return UNKNOWN
    text = number(abs(value), decimals)
    rounded = round(value, decimals)
    return f"+{text}" if rounded > 0 else f"{MINUS}{text}" if rounded < 0 else text


@register.filter
def percent(share: float | None, decimals: int = 0) -> str:
    """A share between 0 and 1 as a percentage."""
    if share is None:
        return UNKNOWN
    pattern = (
        "#,##0"
        + ("." + "0" * decimals if decimals else "")
        + ("\u202f%" if locale().language == "fr" else "%")
    )
    return format_percent(share, format=pattern, locale=locale()).replace("-", MINUS)


_firm = {"currency": "EUR"}


def speak_currency(code: str) -> None:
    """From now on, amounts of which nothing else is said are in the firm's own currency."""
    _firm["currency"] = code or "EUR"


def currency_sign() -> str:
    """€, or R$: the firm's own."""
    return get_currency_symbol(_firm["currency"], locale=locale())


@register.filter
def money(value: float | Decimal | None, currency: str = "") -> str:
    if value is None:
        return UNKNOWN
    amount = Decimal(str(value))
    whole = amount == amount.to_integral_value() or abs(amount) >= 10_000
    pattern = "#,##0" if whole else "#,##0.00"
    pattern = f"{pattern}\u00a0¤" if locale().language == "fr" else f"¤{pattern}"
    written = format_currency(
        amount,
        currency or _firm["currency"],
        format=pattern,
        locale=locale(),
        currency_digits=False,
    )
    return written.replace("-", MINUS)


@register.filter
def day(value: date | datetime | None) -> str:
    """21 nov. 2026"""
    if value is None:
        return UNKNOWN
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return format_date(value, "d MMM y", locale=locale())


@register.filter
def month(value: date | datetime | None) -> str:
    return UNKNOWN if value is None else format_skeleton("yMMM", _midnight(value), locale=locale())


@register.filter
def moment(value: datetime | None) -> str:
    """21 nov. 2026, 14:05, in the workspace's time zone."""
    if value is None:
        return UNKNOWN
    return format_datetime(
        value, "d MMM y, HH:mm", tzinfo=timezone.get_current_timezone(), locale=locale()
    )


@register.filter
def ago(value: datetime | date | None) -> SafeString | str:
    """Relative under a week, absolute beyond; the exact moment on hover."""
    if value is None:
        return UNKNOWN
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=timezone.get_current_timezone())
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.astimezone(UTC).isoformat(),
        moment(value),
        _near(value) or day(value),
    )


def ago_words(value: datetime) -> str:
    """As `ago`, within a sentence: il y a 3 jours, le 21 nov. 2026."""
    return _near(value) or _("le %(day)s") % {"day": day(value)}


def _near(value: datetime) -> str:
    """How far a moment within a week is; nothing beyond."""
    since = timezone.now() - value
    if timedelta(0) <= since < timedelta(minutes=1):
        return _("à l’instant")
    if abs(since) < timedelta(days=7):
        return str(
            format_timedelta(
                -since, granularity="minute", threshold=1, add_direction=True, locale=locale()
            )
        )
    return ""


@register.filter
def span(days: int | None) -> str:
    """12 jours, 8 mois, 7 ans: whole units that have passed, of the largest that says enough."""
    if days is None:
        return UNKNOWN
    if days < 90:
        return str(format_unit(days, "duration-day", "long", locale=locale()))
    if days < 730:
        return str(format_unit(int(days / 30.44), "duration-month", "long", locale=locale()))
    return str(format_unit(int(days / 365.25), "duration-year", "long", locale=locale()))


@register.filter
def age(value: date | datetime | None) -> str:
    """How long ago, as a span."""
    return UNKNOWN if value is None else span(max((timezone.localdate() - _date(value)).days, 0))


@register.filter
def due(value: date | datetime | None) -> str:
    """aujourd’hui, demain, dans 47 jours, il y a 5 jours: how far a day is."""
    if value is None:
        return UNKNOWN
    days = (_date(value) - timezone.localdate()).days
    if -1 <= days <= 1:
        return {-1: _("hier"), 0: _("aujourd’hui"), 1: _("demain")}[days]
    words = _("dans %(span)s") if days > 0 else _("il y a %(span)s")
    return words % {"span": span(abs(days))}


@register.filter
def duration(seconds: float | None) -> str:
    """45 s, 3 min 20 s, 2 h 05, 3 j 4 h"""
    if seconds is None:
        return UNKNOWN
    total = round(seconds)
    if total < 60:
        return f"{total} s"
    if total < 3600:
        return f"{total // 60} min {total % 60} s" if total % 60 else f"{total // 60} min"
    if total < 86_400:
        return f"{total // 3600} h {total % 3600 // 60:02d}"
    days, hours = total // 86_400, total % 86_400 // 3600
    unit = _("j")
    return f"{days} {unit} {hours} h" if hours else f"{days} {unit}"


@register.filter
def hours(value: float | None) -> str:
    """A length of time given in hours."""
    return UNKNOWN if value is None else duration(value * 3600)


@register.filter
def filesize(octets: float | None) -> str:
    if octets is None:
        return UNKNOWN
    size = float(octets)
    for unit in (_("o"), _("ko"), _("Mo"), _("Go")):
        if size < 1000 or unit == _("Go"):
            return f"{number(size, 0 if size >= 10 or unit == _('o') else 1)} {unit}"
        size /= 1000
    return UNKNOWN


@register.simple_tag
def interval(low: float | None, high: float | None, form: str = "number", decimals: int = 0) -> str:
    """entre 5 % et 8 %, in the form asked: number, signed, percent, money or duration."""
    if low is None or high is None:
        return ""
    write: Any = {"number": number, "signed": signed, "percent": percent}.get(form)
    if write is not None:
        return _("entre %(low)s et %(high)s") % {
            "low": write(low, decimals),
            "high": write(high, decimals),
        }
    write = {"money": money, "duration": duration}[form]
    return _("entre %(low)s et %(high)s") % {"low": write(low), "high": write(high)}


@register.simple_tag
def count(n: int, one: str, many: str) -> str:
    """`{% count n "client" "clients" %}`: the number and its noun, both already translated."""
    # French counts zero and one alike; English only one.
    singular = abs(n) == 1 or (n == 0 and locale().language == "fr")
    return f"{number(n)} {one if singular else many}"


def _date(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


def _midnight(value: date | datetime) -> datetime:
    return (
        value
        if isinstance(value, datetime)
        else datetime(value.year, value.month, value.day, tzinfo=UTC)
    )
