"""YAML read with the line of every entry kept, so that a mistake can be pointed at."""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from entregent.adapters.catalogue.problems import CatalogueProblem, CatalogueRefused

Path = tuple[str | int, ...]


class _PlainLoader(yaml.SafeLoader):
    """Safe YAML in which only true and false are booleans: `no` and `off` stay words."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _word, _first in (("true", "t"), ("false", "f")):
    _PlainLoader.yaml_implicit_resolvers.setdefault(_first, []).append(
        ("tag:yaml.org,2002:bool", re.compile(rf"^{_word}$"))
    )


@dataclass(frozen=True, slots=True)
class LinedDocument:
    """What a YAML text holds, and the line where each part of it stands."""

    name: str
    content: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line_of(self, path: Path) -> int | None:
        """The line of a part, or of the nearest part around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None


def read_lined(text: str, name: str) -> LinedDocument:
    """Read one YAML document; raises CatalogueRefused when it is not YAML or repeats a key."""
    loader = _PlainLoader(text)
    reading = _Reading(loader, name)
    try:
        node = loader.get_single_node()
        content = reading.plain(node, ()) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else None
        what = str(getattr(error, "problem", None) or "unreadable")
        raise CatalogueRefused([CatalogueProblem(name, line, (), "not_yaml", what)]) from None
    finally:
        loader.dispose()
    if reading.problems:
        raise CatalogueRefused(reading.problems)
    return LinedDocument(name, content, reading.lines)


class _Reading:
    """One document being turned from nodes into plain values, lines and problems on the way."""

    def __init__(self, loader: yaml.SafeLoader, name: str) -> None:
        self.loader, self.name = loader, name
        self.lines: dict[Path, int] = {}
        self.problems: list[CatalogueProblem] = []

    def plain(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(child, (*path, i)) for i, child in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        return self.loader.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(self.loader.construct_object(key_node))
            here, line = (*path, key), key_node.start_mark.line + 1
            if key in mapping:
                self.problems.append(CatalogueProblem(self.name, line, here, "twice", key))
            self.lines[here] = line
            mapping[key] = self.plain(value_node, here)
        return mapping
