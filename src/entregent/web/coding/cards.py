"""A model card, a training and a trial as pages show them: names in the reader's language, targets beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from entregent.engine.estimates import Estimate
from entregent.web.coding.codes import head_name, of_head, value_words

TARGETS = {
    "sentiment_of_three": 0.80,
    "movement": 0.75,
    "justice_mean": 0.72,
    "trust": 0.50,
    "relationship": 0.50,
    "effort": 0.75,
}
"""What the product set itself to reach on real texts; docs/reference/coders.md says how it stands."""
CALIBRATION_BOUND = 0.05


@dataclass(frozen=True, slots=True)
class Row:
    """One line of figures, and where its interval, its target and its baseline stand from 0 to 200."""

    name: str
    figures: Mapping[str, Any]
    target: float | None
    human: Estimate | None

    @property
    def baseline(self) -> float | None:
        value: float | None = self.figures.get("baseline")
        return value

    @property
    def reached(self) -> bool:
        return self.target is not None and self.figures["f1"] >= self.target

    @property
    def within(self) -> bool:
        """Not reached, but the interval holds the target."""
        return self.target is not None and not self.reached and self.figures["high"] >= self.target

    @property
    def at(self) -> dict[str, int]:
        places = {name: self.figures.get(name) for name in ("low", "f1", "high", "baseline")}
        places["target"] = self.target
        return {name: round(200 * value) for name, value in places.items() if value is not None}

    @property
    def calibrated(self) -> bool:
        return bool(self.figures["calibration_error"] <= CALIBRATION_BOUND)

    @property
    def halved(self) -> bool:
        return bool(self.figures["risk_at_80"] <= self.figures["risk"] / 2)


def card_shown(card: Mapping[str, Any], human: Mapping[str, Estimate]) -> dict[str, Any]:
    """human: agreement of people in this firm, by head."""
    sets = []
    for scored in card.get("scores", []):
        rows = [
            Row(_name(row["code"]), row, TARGETS.get(row["code"]), human.get(row["code"]))
            for row in scored["codes"]
        ]
        confusions = [
            {
                "code": head_name(row["code"]),
                "truth": _answer(row["code"], one["truth"]),
                "answer": _answer(row["code"], one["answer"]),
                "times": one["times"],
            }
            for row in scored["codes"]
            for one in row.get("confusions", [])
        ]
        sets.append(
            {
                "name": scored["set"],
                "texts": scored.get("texts"),
                "rows": rows,
                "doubts": [row for row in rows if "risk" in row.figures],
                "confusions": sorted(confusions, key=lambda one: -one["times"]),
            }
        )
    trained = [
        (_unit(unit), counts.get("fr", 0), counts.get("en", 0), sum(counts.values()))
        for unit, counts in card["trained_on"].items()
    ]
    silent = [
        (head_name(head), [_answer(head, value) for value, margin in its["abstains_below"].items() if margin > 1])
        for head, its in card["codes"].items()
    ]  # fmt: skip
    precision = {its["stated_precision"] for its in card["codes"].values()}
    return {
        "coder": card["coder"],
        "profile": card["profile"],
        "encoder": card["encoder"],
        "trained": trained,
        "sets": sets,
        "never": [(name, values) for name, values in silent if values],
        "precision": max(precision, default=None),
        "firm": card.get("firm"),
    }


def _unit(name: str) -> str:
    return {"segments": _("segments"), "texts": _("textes entiers"), "utterances": _("propos sur un changement")}.get(name, name)  # fmt: skip


def _name(head: str) -> str:
    if head == "sentiment_of_three":
        return _("Sentiment : favorable, défavorable, ni l’un ni l’autre")
    if head == "justice_mean":
        return _("Justice perçue, moyenne des quatre")
    return head_name(head)


def _answer(head: str, value: str) -> str:
    code, letter = of_head(head)
    if letter:
        return _("en parle") if value == "yes" else _("n’en parle pas")
    return value_words(code, {"reasons": "reason", "taking_steps": "steps"}.get(value, value))


@dataclass(frozen=True, slots=True)
class Change:
    """A head before and after a training. verdict: better, worse, same or unknown."""

    name: str
    n: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    gain: Mapping[str, float] | None

    @property
    def verdict(self) -> str:
        if self.gain is None:
            return "unknown"
        if self.gain["low"] > 0:
            return "better"
        return "worse" if self.gain["high"] < 0 else "same"


def figures_shown(figures: Sequence[Mapping[str, Any]]) -> list[Change]:
    return [
        Change(head_name(row["head"]), row["n"], row["before"], row["after"], row["gain"])
        for row in figures
    ]


def trial_shown(figures: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [dict(row) | {"name": head_name(row["head"])} for row in figures]
