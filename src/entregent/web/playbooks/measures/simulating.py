"""A draw seen before it is made: how many, of whom, who is left out and why, what work it makes."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from entregent.web.playbooks.measures.drawing import Plan

REFUSALS = (
    "no_consent", "too_many", "too_soon", "other_first", "not_again_yet", "held_out",
)  # fmt: skip
SHOWN = 20
SHOWN_LEFT_OUT = 12


def figures_of(
    plan: Plan,
    *,
    customers: int,
    given_to: Mapping[int, int | None],
    loads: Mapping[int, int],
    deadline_days: int,
    purpose_unknown: bool,
) -> dict[str, Any]:
    """The figures of a simulation, as they are kept.

    customers: everybody who has a profile. given_to: customer → who would act.
    purpose_unknown: whether no customer was ever asked for this consent.
    """
    families = Counter(row["family"] or "" for row in plan.facts.values())
    kinds = Counter(row["kind"] or "" for row in plan.facts.values())
    refused = Counter(plan.refused.values())
    refused["held_out"] += len(plan.leave)
    weeks = max(deadline_days, 1) / 7
    shares = Counter(given_to[customer] for customer in plan.play)
    return {
        "customers": customers,
        "concerned": len(plan.facts),
        "to_play": len(plan.play),
        "under_way": len(plan.under_way),
        "families": families.most_common(),
        "kinds": kinds.most_common(8),
        "refused": [[why, refused[why]] for why in REFUSALS if refused[why]],
        "weekly": len(plan.play) / max(weeks, 1.0),
        "people": [
            [person, n, n / max(weeks, 1.0), loads.get(person or 0, 0)]
            for person, n in shares.most_common()
        ],
        "purpose_unknown": purpose_unknown,
    }


def first_of(plan: Plan) -> list[tuple[int, str, dict[str, Any]]]:
    """(customer, why left out or nothing, facts) of the first customers on either side."""
    left_out = plan.refused | dict.fromkeys(plan.leave, "held_out")
    shown = [(customer, "", plan.facts[customer]) for customer in plan.play[:SHOWN]]
    by_reason: dict[str, list[int]] = {}
    for customer, why in left_out.items():
        by_reason.setdefault(why, []).append(customer)
    for why, people in by_reason.items():
        shown += [
            (one, why, plan.facts[one]) for one in people[: SHOWN_LEFT_OUT // len(by_reason) or 1]
        ]
    return shown
