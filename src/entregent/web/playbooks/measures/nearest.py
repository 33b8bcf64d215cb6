"""What would be best to do next with one customer, among playbooks nobody switched on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from entregent.web.playbooks.measures.drawing import Asked, plan
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
    (row,) = facts.to_pylist()
    # As `next_best_action` has it for many: the highest priority, then the order given.
    about = [one for one in fitting if one.entry.for_engine().concerns(row)]
    if not about:
        return None
    standing = max(about, key=lambda one: one.entry.priority)
    this = Asked(standing.key, None, standing.entry, 0.0)
    found = plan(facts, this, ground_for(standing.entry, standing.row, now, customer_id))
    shown = {condition.field for condition in standing.entry.all}
    kept = {name: value for name, value in found.facts[customer_id].items() if name in shown}
    return Nearest(standing, kept, found.refused.get(customer_id, ""))
