"""Nested objects as one row of text cells, named by dotted paths."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

# How lists of settings are written: [{"id": 360, "value": "Lyon"}] says custom field 360 is Lyon.
NAMED_PAIRS = (("id", "value"), ("name", "value"), ("key", "value"), ("field", "value"))
DEEPEST = 12


def flattened(record: dict[str, Any]) -> dict[str, str]:
    """The cells of one record.

    Objects spread into dotted paths, lists of plain values are joined by commas, lists of named
    values spread by name, and other lists stay as JSON.

    >>> flattened({"id": 7, "via": {"channel": "email"}, "tags": ["vip", "auto"]})
    {'id': '7', 'via.channel': 'email', 'tags': 'vip, auto'}
    """
    return dict(_cells("", record, 0))


def as_json(record: Any) -> str:
    return json.dumps(record, ensure_ascii=False, default=_plain)


def plain_text(value: Any) -> str:
    """A single value in the form the evidence wants.

    >>> plain_text(Decimal("1E+3")), plain_text(True), plain_text(None), plain_text(4.0)
    ('1000', 'true', '', '4')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        if not value.is_finite():
            return ""
        whole = value == value.to_integral_value() if abs(value) < Decimal(10) ** 18 else False
        return format(value.quantize(Decimal(1)) if whole else value, "f")
    return str(value)


def _cells(path: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and depth < DEEPEST:
        for name, inner in value.items():
            yield from _cells(f"{path}.{name}" if path else name, inner, depth + 1)
    elif isinstance(value, list):
        yield from _listed(path, value, depth)
    elif isinstance(value, dict):
        yield path, as_json(value)
    else:
        yield path, plain_text(value)


def _listed(path: str, values: list[Any], depth: int) -> Iterator[tuple[str, str]]:
    if not any(isinstance(value, dict | list) for value in values):
        yield path, ", ".join(plain_text(value) for value in values)
        return
    for name, held in NAMED_PAIRS:
        if all(isinstance(value, dict) and set(value) == {name, held} for value in values):
            for value in values:
                yield from _cells(f"{path}.{value[name]}", value[held], depth + 1)
            return
    yield path, as_json(values)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)
