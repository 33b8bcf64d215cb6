"""Nested objects as one row of text cells, named by dotted paths."""

import json
from decimal import Decimal
from typing import Any

# How lists of settings are written: [{"id": 360, "value": "Lyon"}] says custom field 360 is Lyon.
NAMED_PAIRS = (("id", "value"), ("name", "value"), ("key", "value"), ("field", "value"))
DEEPEST = 12
MOST_DIGITS = 40


def flattened(record: dict[str, Any]) -> dict[str, str]:
    """The cells of one record.

    Objects spread into dotted paths, lists of plain values are joined by commas, lists of named
    values spread by name, and other lists stay as JSON.

    >>> flattened({"id": 7, "via": {"channel": "email"}, "tags": ["vip", "auto"]})
    {'id': '7', 'via.channel': 'email', 'tags': 'vip, auto'}
    """
    cells: dict[str, str] = {}
    _spread(cells, "", record, 0)
    return cells


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
        return _number(value)
    return str(value)


def _number(value: Decimal) -> str:
    """Plain decimal form, whole numbers without a point."""
    if not value.is_finite():
        return ""
    if abs(value.adjusted()) > MOST_DIGITS:
        # Ten characters may stand for a thousand million zeros.
        return str(value)
    text = format(value, "f")
    whole, _, decimals = text.partition(".")
    return text if decimals.strip("0") else whole


def _spread(cells: dict[str, str], prefix: str, record: dict[str, Any], depth: int) -> None:
    for name, value in record.items():
        path = prefix + name
        if isinstance(value, str):
            cells[path] = value
        elif isinstance(value, list):
            _list(cells, path, value, depth)
        elif not isinstance(value, dict):
            cells[path] = plain_text(value)
        elif depth < DEEPEST:
            _spread(cells, path + ".", value, depth + 1)
        else:
            cells[path] = as_json(value)


def _list(cells: dict[str, str], path: str, values: list[Any], depth: int) -> None:
    if not any(isinstance(value, dict | list) for value in values):
        cells[path] = ", ".join(plain_text(value) for value in values)
        return
    for name, held in NAMED_PAIRS:
        if all(isinstance(value, dict) and set(value) == {name, held} for value in values):
            pairs = {str(value[name]): value[held] for value in values}
            _spread(cells, path + ".", pairs, depth + 1)
            return
    cells[path] = as_json(values)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) <= MOST_DIGITS:
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)
