"""Finding customers by what their sources know them as: e-mail, telephone, key."""

import re
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from entregent.web.evidence.models import Identity

SHORTEST_NUMBER = 4
_NUMBER = re.compile(r"\+?[\d\s.()/-]+")


def customers_known_by(words: str) -> QuerySet[Identity, Any] | None:
    """Ids of customers one of whose identities begins as typed; None when it looks like a name."""
    typed = words.strip()
    beginnings: set[str] = set()
    if "@" in typed:
        beginnings.add(typed.lower())
    elif _NUMBER.fullmatch(typed):
        digits = re.sub(r"\D", "", typed)
        if len(digits) >= SHORTEST_NUMBER:
            beginnings |= {f"+{digits}", typed, digits}
            if digits.startswith("00"):
                beginnings.add(f"+{digits[2:]}")
            elif digits.startswith("0"):
                # A national number: stored in the international form, France first.
                beginnings.add(f"+33{digits[1:]}")
    elif " " not in typed and any(sign.isdigit() for sign in typed):
        beginnings |= {typed, typed.upper()}
    if not beginnings:
        return None
    meets = Q()
    for beginning in beginnings:
        meets |= _begins(beginning)
    return Identity.objects.filter(meets).values("customer_id")


def _begins(beginning: str) -> Q:
    if connection.vendor == "sqlite":
        # LIKE would read the whole table; a range walks the index.
        return Q(value__gte=beginning, value__lt=beginning + "\U0010ffff")
    return Q(value__startswith=beginning)
