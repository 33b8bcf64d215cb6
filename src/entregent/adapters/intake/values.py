"""Reading single values as exports write them: times, numbers, e-mails, phones, yes and no.

Each parser takes a text that is not empty and returns the value, or raises Unreadable with the
reason a person can act on.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers

from entregent.adapters.readers.batches import Reason

EARLIEST, LATEST = 1900, 2100

_SLASHED = re.compile(
    r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})"
    r"(?:[ T,]+(?:à )?(\d{1,2})[:h](\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*([AaPp]\.?[Mm]\.?)?)?"
)
_YEAR_FIRST = re.compile(
    r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?)?"
)
_IN_WORDS = re.compile(
    r"(?:\w+\.?,? )?(\d{1,2})(?:er)?[ -]([^\W\d]+)\.?[ -](\d{4})(?:[ ,àT]+(\d{1,2})[:h](\d{2})(?::(\d{2}))?)?"
)
_MONTHS = {
    name: place
    for place, names in enumerate(
        (
            "janvier janv jan january", "février févr fevrier fevr fév fev feb february",
            "mars mar march", "avril avr apr april", "mai may", "juin jun june", "juillet juil jul july",
            "août aout aoû aou aug august", "septembre sept sep september", "octobre oct october",
            "novembre nov november", "décembre déc decembre dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}")
_FRENCH_PHONE = re.compile(r"0[1-9]\d{8}")
_PLAIN_NUMBER = re.compile(r"-?\d{1,13}(?:\.\d+)?", re.ASCII)
_YES = {"1", "true", "yes", "y", "oui", "o", "vrai", "x", "t"}
_NO = {"0", "false", "no", "n", "non", "faux", "f"}


class Unreadable(Exception):
    """A cell that does not say what its role asks."""

    def __init__(self, code: str, text: str) -> None:
        self.reason = Reason(code, {"text": text[:200]})
        super().__init__(code, text[:200])


def time_reader(zone_name: str, *, day_first: bool | None) -> Callable[[str], datetime]:
    """A parser of moments, in UTC, for a source whose clocks show a zone's time.

    A text with its own offset keeps it. Day first is taken unless told otherwise.

    >>> read = time_reader("Europe/Paris", day_first=True)
    >>> read("03/02/2026 09:14").isoformat()
    '2026-02-03T08:14:00+00:00'
    >>> read("2026-07-01T10:00:00Z").isoformat()
    '2026-07-01T10:00:00+00:00'
    """
    zone = timezone.utc if zone_name == "UTC" else ZoneInfo(zone_name)  # noqa: UP017

    def read(text: str) -> datetime:
        moment = _moment(text, day_first=day_first is not False)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        if not EARLIEST <= moment.year <= LATEST:
            raise Unreadable("time_out_of_range", text)
        return moment.astimezone(UTC)

    return read


def stamp(moment: datetime) -> str:
    """A moment's text in UTC, as both databases read it.

    >>> stamp(datetime(2026, 2, 3, 8, 14, tzinfo=UTC))
    '2026-02-03 08:14:00'
    """
    return str(moment.astimezone(UTC).replace(tzinfo=None))


def moment_of(text: str) -> datetime:
    """The moment of a stamp."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def stamp_reader(zone_name: str, *, day_first: bool | None) -> Callable[[str], str]:
    """A parser of moments like `time_reader`, into their stamps; several times as fast.

    >>> stamp_reader("Europe/Paris", day_first=True)("2026-02-03T09:14:25")
    '2026-02-03 08:14:25'
    """
    read = time_reader(zone_name, day_first=day_first)
    hours: dict[str, str] = {}

    def hour_of(text: str) -> str:
        """The hour in UTC of an hour on the zone's clocks; empty if it is none, or not a whole one."""
        if len(hours) > 200_000:
            hours.clear()
        found = ""
        if _PLAIN_TIME.fullmatch(text):
            with suppress(Unreadable):
                start, end = (stamp(read(text[:13] + rest)) for rest in (":00:00", ":59:59"))
                found = start[:13] if start[:13] == end[:13] and start[13:] == ":00:00" else ""
        hours[text[:13]] = found
        return found

    def read_stamp(text: str) -> str:
        if len(text) == 19:
            hour = hours.get(text[:13])
            if hour is None:
                hour = hour_of(text)
            if hour and _PLAIN_MINUTES.fullmatch(text, 13):
                return hour + text[13:]
        return stamp(read(text))

    return read_stamp


_PLAIN_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T][0-2]\d:\d\d:\d\d", re.ASCII)
_PLAIN_MINUTES = re.compile(r":[0-5]\d:[0-5]\d", re.ASCII)


def _moment(text: str, *, day_first: bool) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    text = text.strip().replace("\u202f", " ").replace("\u00a0", " ")
    try:
        if (
            text.lstrip("-").replace(".", "", 1).isdigit()
            and len(text.partition(".")[0].lstrip("-")) >= 9
        ):
            seconds = float(text)
            return datetime.fromtimestamp(
                seconds / 1000 if abs(seconds) > 1e11 else seconds, tz=UTC
            )
        if match := _SLASHED.fullmatch(text):
            first, second, year, hour, minute, part, half = match.groups()
            day, month = (first, second) if day_first else (second, first)
            if int(month) > 12 >= int(day):
                day, month = month, day
            century = 2000 if len(year) == 2 else 0
            return datetime(
                century + int(year),
                int(month),
                int(day),
                _hour(hour, half),
                int(minute or 0),
                int(part or 0),
            )
        if match := _YEAR_FIRST.fullmatch(text):
            parts = [int(part or 0) for part in match.groups()]
            return datetime(*parts)  # type: ignore[arg-type]
        if (match := _IN_WORDS.fullmatch(text.lower())) and match[2] in _MONTHS:
            day, _, year, hour, minute, part = match.groups()
            return datetime(
                int(year),
                _MONTHS[match[2]],
                int(day),
                int(hour or 0),
                int(minute or 0),
                int(part or 0),
            )
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, OSError) as problem:
        raise Unreadable("not_a_time", text) from problem


def _hour(hour: str | None, half: str | None) -> int:
    value = int(hour or 0)
    if half:
        value = value % 12 + (12 if half[0] in "pP" else 0)
    return value


def day_reader(zone_name: str, *, day_first: bool | None) -> Callable[[str], date]:
    """A parser of days: a moment's day as the source's clocks show it."""
    read = time_reader(zone_name, day_first=day_first)
    zone = ZoneInfo(zone_name)

    def day(text: str) -> date:
        return read(text).astimezone(zone).date()

    return day


def number_reader(*, decimal_comma: bool | None) -> Callable[[str], Decimal]:
    """A parser of numbers with either decimal sign, grouping spaces, currency and percent signs.

    >>> number_reader(decimal_comma=None)("1 234,50 €")
    Decimal('1234.50')
    >>> number_reader(decimal_comma=False)("1,234.5")
    Decimal('1234.5')
    """

    def read(text: str) -> Decimal:
        if not decimal_comma and _PLAIN_NUMBER.fullmatch(text):
            return Decimal(text)
        bare = re.sub(r"[\s\u202f\u00a0'’€$£%]|EUR|USD|GBP", "", text).replace("−", "-")
        if bare.startswith("(") and bare.endswith(")"):
            bare = f"-{bare[1:-1]}"
        if decimal_comma or (decimal_comma is None and _comma_is_decimal(bare)):
            bare = bare.replace(".", "").replace(",", ".")
        else:
            bare = bare.replace(",", "")
        try:
            value = Decimal(bare)
        except InvalidOperation as problem:
            raise Unreadable("not_a_number", text) from problem
        if not value.is_finite() or abs(value) >= Decimal(10) ** 14:
            raise Unreadable("not_a_number", text)
        return value

    return read


def _comma_is_decimal(bare: str) -> bool:
    """Without being told: the last of the two signs to stand is the decimal one; 1,234 groups."""
    comma, point = bare.rfind(","), bare.rfind(".")
    if comma < 0:
        return False
    if point >= 0:
        return comma > point
    return bare.count(",") == 1 and len(bare) - comma - 1 != 3


@lru_cache(maxsize=100_000)
def email(text: str) -> str:
    """An address in lower case, out of `Name <address>` if need be."""
    found = _EMAIL.search(text)
    if found is None or len(found[0]) > 254:
        raise Unreadable("not_an_email", text)
    return found[0].lower()


@lru_cache(maxsize=100_000)
def phone(text: str, country: str = "FR") -> str:
    """A number in E.164.

    >>> phone("06 39 98 12 34")
    '+33639981234'
    """
    bare = re.sub(r"[\s.\-()\u202f\u00a0]", "", text)
    if country == "FR" and _FRENCH_PHONE.fullmatch(bare):
        return f"+33{bare[1:]}"
    try:
        number = phonenumbers.parse(bare, country)
    except phonenumbers.NumberParseException as problem:
        raise Unreadable("not_a_phone", text) from problem
    if not phonenumbers.is_possible_number(number):
        raise Unreadable("not_a_phone", text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def yes_or_no(text: str) -> bool:
    word = text.strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Unreadable("not_yes_or_no", text)


def seconds_reader(unit: str) -> Callable[[str], float]:
    """A parser of durations into seconds: a number in the unit, or h:mm:ss."""
    factor = {"milliseconds": 0.001, "seconds": 1.0, "minutes": 60.0, "hours": 3600.0}[unit]
    number = number_reader(decimal_comma=None)

    def read(text: str) -> float:
        if text.isdecimal() and len(text) < 9:
            seconds = int(text) * factor
        elif ":" in text:
            try:
                parts = [float(part) for part in text.split(":")]
            except ValueError as problem:
                raise Unreadable("not_a_duration", text) from problem
            seconds = sum(part * 60**place for place, part in enumerate(reversed(parts)))
        else:
            seconds = float(number(text)) * factor
        if not 0 <= seconds <= timedelta(days=3660).total_seconds():
            raise Unreadable("not_a_duration", text)
        return seconds

    return read
