"""What would be best to do next with one customer, among playbooks nobody switched on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis

from entregent.engine.relationship.actions import next_best_action
from entregent.web.playbooks.measures.drawing import Asked, fields_of, plan
from entregent.web.playbooks.measures.facts import asked, whole
from entregent.web.playbooks.measures.reading import facts_now, ground_for
from entregent.web.playbooks.queries import Standing


@dataclass(frozen=True, slots=True)
class Nearest:
    """A playbook that fits a customer: why, and what keeps it from being played now."""

    standing: Standing
    facts: dict[str, Any]
    refusal: str


def nearest(
    customer_id: int, playbooks: Sequence[Standing], lately: Collection[int], now: datetime
) -> Nearest | None:
    """The playbook of highest priority that is about this customer; None where none is.

    lately: playbooks that concerned them lately, held out or not: they are not proposed again.
    """
    fitting = [one for one in playbooks if one.row is None or one.row.pk not in lately]
    fitting = [one for one in fitting if not one.entry.switched_off]
    if not fitting:
        return None
    entries = [one.entry for one in fitting]
    facts = facts_now(entries, now, customer_id)
    if facts is None or not facts.num_rows:
        return None
    table = ibis.memtable(whole(facts, fields_of(entries)))
    first = asked(next_best_action(table, [entry.for_engine() for entry in entries])).to_pylist()
    if not first:
        return None
    standing = next(one for one in fitting if one.key == first[0]["playbook"])
    this = Asked(standing.key, None, standing.entry, 0.0)
    found = plan(facts, this, ground_for(standing.entry, standing.row, now, customer_id))
    shown = {condition.field for condition in standing.entry.all}
    kept = {name: value for name, value in found.facts[customer_id].items() if name in shown}
    return Nearest(standing, kept, found.refused.get(customer_id, ""))
