"""Pages of a sorted list found by their last row, not by counting: as fast at the end as at the start.

Rows whose sort value is unknown come last, whichever way the list is sorted.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, Self, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Place:
    """A row's place in a list: its sort value (None when unknown) and its key."""

    value: Any
    key: int

    def written(self) -> str:
        """As it travels in an address."""
        plain = (
            self.value.isoformat()
            if isinstance(self.value, date | datetime)
            else str(self.value)
            if isinstance(self.value, Decimal)
            else self.value
        )
        return urlsafe_b64encode(json.dumps([plain, self.key]).encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Seeker(Generic[Row]):
    """How a list is walked: by one column, then by key."""

    rows: QuerySet[Row]
    column: str
    descending: bool = False
    key: str = "pk"

    def page(self, *, after: str = "", before: str = "", size: int = 50) -> "SeekPage[Row]":
        """The rows that follow a place, or those that come before it; a place misread is the start."""
        place = self.read(before or after)
        backward = bool(before) and place is not None
        found = self._walk(place, size + 1, backward=backward)
        more = len(found) > size
        rows = found[:size]
        if backward:
            rows.reverse()
        return SeekPage(
            rows,
            previous=self.place(rows[0]).written()
            if rows and (more if backward else place is not None)
            else "",
            following=self.place(rows[-1]).written() if rows and (backward or more) else "",
        )

    def place(self, row: Row) -> Place:
        value: Any = row
        for step in self.column.split("__"):
            value = getattr(value, step)
        return Place(value, row.pk)

    def read(self, written: str) -> Place | None:
        try:
            padded = written + "=" * (-len(written) % 4)
            value, key = json.loads(urlsafe_b64decode(padded))
            field = self.rows.model._meta.get_field(self.column)
            return Place(None if value is None else field.to_python(value), int(key))  # type: ignore[union-attr]
        except (ValueError, TypeError, NotBase64, ValidationError):
            return None

    def _walk(self, place: Place | None, size: int, *, backward: bool) -> list[Row]:
        down = self.descending != backward
        found: list[Row] = []
        for unknown in (True, False) if backward else (False, True):
            if len(found) >= size:
                break
            beyond = Q(**{f"{self.column}__isnull": unknown})
            if place is not None and (place.value is None) == unknown:
                beyond &= self._beyond(place, down=down)
            elif place is not None and (place.value is None) != backward:
                continue  # this part lies on the side already seen
            order = [self.key] if unknown else [self.column, self.key]
            rows = self.rows.filter(beyond).order_by(
                *(f"-{name}" if down else name for name in order)
            )
            found += list(rows[: size - len(found)])
        return found

    def _beyond(self, place: Place, *, down: bool) -> Q:
        past = "lt" if down else "gt"
        further = Q(**{f"{self.key}__{past}": place.key})
        if place.value is None:
            return further
        # The first condition alone lets the index jump to the place.
        return Q(**{f"{self.column}__{past}e": place.value}) & (
            Q(**{f"{self.column}__{past}": place.value}) | further
        )


@dataclass(frozen=True, slots=True)
class Gathered(Seeker[Row]):
    """The same walk over rows few enough to be sorted here: their places are read once, in any order."""

    places: tuple[Place, ...] = ()

    @classmethod
    def of(
        cls, rows: QuerySet[Row], column: str, places: Iterable[Place], *, descending: bool
    ) -> Self:
        known = sorted(
            (place for place in places if place.value is not None),
            key=lambda place: (place.value, place.key), reverse=descending,
        )  # fmt: skip
        unknown = sorted(
            (place for place in places if place.value is None),
            key=lambda place: place.key, reverse=descending,
        )  # fmt: skip
        return cls(rows, column, descending, places=(*known, *unknown))

    def _walk(self, place: Place | None, size: int, *, backward: bool) -> list[Row]:
        if place is None:
            wanted = self.places[:size]
        elif backward:
            end = sum(self._precedes(one, place) for one in self.places)
            wanted = self.places[max(0, end - size) : end][::-1]
        else:
            start = len(self.places) - sum(self._precedes(place, one) for one in self.places)
            wanted = self.places[start : start + size]
        rows = self.rows.in_bulk([one.key for one in wanted])
        return [rows[one.key] for one in wanted if one.key in rows]

    def _precedes(self, one: Place, other: Place) -> bool:
        if (one.value is None) != (other.value is None):
            return other.value is None
        same = one.value == other.value
        further = one.key < other.key if same else bool(one.value < other.value)
        return further != self.descending and one != other


@dataclass(frozen=True, slots=True)
class SeekPage(Generic[Row]):
    """Some rows, and the places from which the list goes on either way (empty at its ends)."""

    rows: list[Row]
    previous: str
    following: str
