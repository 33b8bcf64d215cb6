"""A path model as data: constructs, the items that measure them, and the arrows between them.

`ECSI` is the European customer satisfaction index model (Tenenhaus, Esposito Vinzi, Chatelin and
Lauro 2005, "PLS path modeling", CSDA 48, 159-205) with the item names of its mobile-phone
survey. `RELATIONAL_CHAIN` is quality → value → satisfaction → trust → commitment → behaviour
(Gauzente, Julienne, N'Goala and Stevens 2012, in Volle (ed.), Stratégie clients, ch. 7); its
item names are ours, and `with_items` gives them those of a survey.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Any

from entregent.engine.chain.errors import BrokenModel


class Mode(StrEnum):
    """How items and construct weigh on each other."""

    A = "A"  # correlation weights: items reflect the construct
    B = "B"  # regression weights: items form the construct


@dataclass(frozen=True, slots=True)
class Construct:
    """What cannot be asked in one question, and the items that measure it."""

    name: str
    items: tuple[str, ...]
    mode: Mode = Mode.A


@dataclass(frozen=True)
class PathModel:
    """Constructs and the arrows between them.

    paths: (source, target) pairs; together they form no circle.
    Raises BrokenModel when a construct has no item or no arrow, when a name or an item is used
    twice, when an arrow names an unknown construct, or when the arrows run in a circle.

    >>> model = PathModel(
    ...     (Construct("Trust", ("t1", "t2")), Construct("Loyalty", ("l1", "l2"))),
    ...     (("Trust", "Loyalty"),),
    ... )
    >>> model.predictors("Loyalty")
    ['Trust']
    """

    constructs: tuple[Construct, ...]
    paths: tuple[tuple[str, str], ...]
    name: str = ""

    def __post_init__(self) -> None:
        _refuse_repeats("construct", self.names)
        _refuse_repeats("item", self.items)
        _refuse_repeats("arrow", [f"{source} → {target}" for source, target in self.paths])
        for construct in self.constructs:
            if not construct.items:
                raise BrokenModel(f"{construct.name} has no item")
        named = {name for path in self.paths for name in path}
        if unknown := sorted(named - set(self.names)):
            raise BrokenModel(f"arrows name constructs that the model lacks: {', '.join(unknown)}")
        if alone := [name for name in self.names if name not in named]:
            raise BrokenModel(f"no arrow reaches or leaves {', '.join(alone)}")
        self.causes_first()

    @property
    def names(self) -> list[str]:
        return [construct.name for construct in self.constructs]

    @property
    def items(self) -> list[str]:
        return [item for construct in self.constructs for item in construct.items]

    @property
    def endogenous(self) -> list[str]:
        """Constructs that an arrow reaches."""
        return [name for name in self.names if self.predictors(name)]

    def construct(self, name: str) -> Construct:
        return next(construct for construct in self.constructs if construct.name == name)

    def predictors(self, target: str) -> list[str]:
        """Sources of the arrows that reach a construct, in the model's order."""
        reaching = {source for source, end in self.paths if end == target}
        return [name for name in self.names if name in reaching]

    def causes_first(self) -> list[str]:
        """The constructs in an order where every source stands before its targets."""
        sorter = TopologicalSorter({name: self.predictors(name) for name in self.names})
        try:
            return list(sorter.static_order())
        except CycleError as circle:
            around = " → ".join(reversed(circle.args[1]))
            raise BrokenModel(f"the arrows run in a circle: {around}") from circle

    def with_items(self, items: Mapping[str, Sequence[str]]) -> "PathModel":
        """The same arrows, measured by a survey's own items; constructs left out keep theirs."""
        if unknown := sorted(set(items) - set(self.names)):
            raise BrokenModel(f"the model has no construct {', '.join(unknown)}")
        constructs = tuple(
            replace(construct, items=tuple(items.get(construct.name, construct.items)))
            for construct in self.constructs
        )
        return replace(self, constructs=constructs)


def _refuse_repeats(what: str, names: Sequence[str]) -> None:
    if twice := sorted({name for name in names if list(names).count(name) > 1}):
        raise BrokenModel(f"the model names the {what} {', '.join(twice)} twice")


def model_from(described: Mapping[str, Any]) -> PathModel:
    """A model read from plain data, as a YAML or JSON file gives it.

    described: `constructs` maps a name to its items, or to {items, mode}; `paths` lists
    [source, target] pairs; `name` is optional.
    Raises BrokenModel when a part is absent, and as PathModel does.

    >>> model_from(
    ...     {
    ...         "constructs": {"Trust": ["t1"], "Loyalty": {"items": ["l1"], "mode": "B"}},
    ...         "paths": [["Trust", "Loyalty"]],
    ...     }
    ... ).construct("Loyalty").mode
    <Mode.B: 'B'>
    """
    try:
        constructs = tuple(
            _construct_from(name, part) for name, part in described["constructs"].items()
        )
        paths = tuple((str(source), str(target)) for source, target in described["paths"])
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise BrokenModel(
            "a model is `constructs` (name: items, or name: {items, mode A or B}) "
            f"and `paths` ([source, target] pairs); could not read {problem}"
        ) from problem
    return PathModel(constructs, paths, str(described.get("name", "")))


def _construct_from(name: str, part: Any) -> Construct:
    if isinstance(part, Mapping):
        return Construct(str(name), tuple(part["items"]), Mode(part.get("mode", "A")))
    return Construct(str(name), tuple(part))


def _numbered(stem: str, count: int) -> tuple[str, ...]:
    return tuple(f"{stem}{number}" for number in range(1, count + 1))


ECSI = PathModel(
    name="ECSI",
    constructs=(
        Construct("Image", _numbered("IMAG", 5)),
        Construct("Expectation", _numbered("CUEX", 3)),
        Construct("Quality", _numbered("PERQ", 7)),
        Construct("Value", _numbered("PERV", 2)),
        Construct("Satisfaction", _numbered("CUSA", 3)),
        Construct("Complaints", ("CUSCO",)),
        Construct("Loyalty", _numbered("CUSL", 3)),
    ),
    paths=(
        ("Image", "Expectation"),
        ("Expectation", "Quality"),
        ("Expectation", "Value"),
        ("Quality", "Value"),
        ("Image", "Satisfaction"),
        ("Expectation", "Satisfaction"),
        ("Quality", "Satisfaction"),
        ("Value", "Satisfaction"),
        ("Satisfaction", "Complaints"),
        ("Image", "Loyalty"),
        ("Satisfaction", "Loyalty"),
        ("Complaints", "Loyalty"),
    ),
)

RELATIONAL_CHAIN = PathModel(
    name="relational chain",
    constructs=(
        Construct("Quality", _numbered("QUAL", 4)),
        Construct("Value", _numbered("VALU", 3)),
        Construct("Satisfaction", _numbered("SATI", 3)),
        Construct("Trust", _numbered("TRUS", 8)),
        Construct("Commitment", _numbered("COMM", 4)),
        Construct("Behaviour", _numbered("BEHA", 3)),
    ),
    paths=(
        ("Quality", "Value"),
        ("Quality", "Satisfaction"),
        ("Value", "Satisfaction"),
        ("Satisfaction", "Trust"),
        ("Satisfaction", "Commitment"),
        ("Trust", "Commitment"),
        ("Trust", "Behaviour"),
        ("Commitment", "Behaviour"),
    ),
)

READY_MODELS: Mapping[str, PathModel] = {"ecsi": ECSI, "relational": RELATIONAL_CHAIN}
