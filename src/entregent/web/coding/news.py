"""What people coded of a customer's words goes when the customer is erased."""

from collections.abc import Mapping, Sequence
from typing import Any

from entregent.web.coding.models import Words

ADDRESSES = {"interactions": "echange", "answers": "reponse"}
AT_ONCE = 500


def customer_erased(rows: Mapping[str, Sequence[int]], **_news: Any) -> None:
    """By the address of the words: their customer may have been another when they were given to code."""
    for table, kind in ADDRESSES.items():
        keys = list(rows[table])
        for start in range(0, len(keys), AT_ONCE):
            Words.objects.filter(kind=kind, row__in=keys[start : start + AT_ONCE]).delete()
