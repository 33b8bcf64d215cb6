"""The firm's edits over the package's catalogue, as a mapping; and what two versions say differently."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entregent.adapters.catalogue.lined_yaml import read_lined
from entregent.adapters.catalogue.relationships import Kind, Relationships
from entregent.web.relationships.catalogue import EDITS, said
from entregent.web.shared.templatetags.figures import number

OWN = "E"
"""The mark of a claim that the firm wrote."""

Edits = dict[str, Any]

PARTS = {
    "name": gettext_lazy("nom"),
    "definition": gettext_lazy("définition"),
    "family": gettext_lazy("famille"),
    "share_of_family": gettext_lazy("part de la famille"),
    "a_goal": gettext_lazy("peut être visé"),
    "wants": gettext_lazy("ce que ce client souhaite"),
    "wants_source": gettext_lazy("source de ce souhait"),
    "rules": gettext_lazy("règles à tenir"),
    "breaks": gettext_lazy("ce qui la brise"),
    "breaks_source": gettext_lazy("source de ce qui la brise"),
    "do": gettext_lazy("à faire"),
    "never": gettext_lazy("jamais"),
    "speak": gettext_lazy("comment lui parler"),
    "axes": gettext_lazy("coordonnée"),
    "treatment": gettext_lazy("traitement souhaité"),
    "also_called": gettext_lazy("aussi appelé"),
    "also_open_to": gettext_lazy("passages ouverts en plus"),
    "also_closed_to": gettext_lazy("passages fermés en plus"),
    "source_label": gettext_lazy("intitulé d’origine"),
    "label_source": gettext_lazy("source de l’intitulé"),
    "switched_off": gettext_lazy("éteint"),
}
LANGUAGES = {"fr": gettext_lazy("en français"), "en": gettext_lazy("en anglais")}


def edits_of(text: str) -> Edits:
    """What a YAML text of edits holds; raises CatalogueRefused when it is none."""
    content = read_lined(text, EDITS).content
    return content if isinstance(content, dict) else {}


def written(edits: Edits) -> str:
    """The edits as a person would keep them in a file; empty when there are none."""
    return yaml.safe_dump(edits, allow_unicode=True, sort_keys=False, width=100) if edits else ""


def with_kind(edits: Edits, base: Relationships, kind: str, content: Mapping[str, Any]) -> Edits:
    """The edits, saying of one kind only what differs from the package's; all of it where it is the firm's own."""
    shipped = _dumped(base).get(kind)
    differs = dict(content) if shipped is None else _differing(shipped, content)
    kinds = dict(edits.get("kinds") or {})
    kinds.pop(kind, None)
    if differs:
        kinds[kind] = differs
    others = {part: value for part, value in edits.items() if part != "kinds"}
    return others | ({"kinds": kinds} if kinds else {})


def with_switch(edits: Edits, kind: str, *, off: bool) -> Edits:
    """The edits, with one kind switched off or on."""
    kinds = dict(edits.get("kinds") or {})
    its = {part: value for part, value in (kinds.get(kind) or {}).items() if part != "switched_off"}
    if off:
        its["switched_off"] = True
    kinds.pop(kind, None)
    if its:
        kinds[kind] = its
    others = {part: value for part, value in edits.items() if part != "kinds"}
    return others | ({"kinds": kinds} if kinds else {})


def content_of(kind: Kind) -> dict[str, Any]:
    """A kind as files hold it."""
    return kind.model_dump(mode="json")


def with_marks(content: dict[str, Any], base: Relationships) -> dict[str, Any]:
    """The content with the mark of each claim: the package's where it says the same, the firm's elsewhere."""
    shipped = _dumped(base).get(content["id"])
    marked = dict(content)
    for claim in ("wants", "breaks"):
        same = shipped is not None and shipped[claim] == content[claim]
        marked[f"{claim}_source"] = shipped[f"{claim}_source"] if shipped and same else OWN
    if shipped is None:
        marked["source_label"], marked["label_source"] = content["name"]["en"], [OWN]
    return marked


def free_id(name: str, catalogue: Relationships) -> str:
    """An id for a kind of the firm's own."""
    base = "ours_" + (slugify(name).replace("-", "_")[:40].strip("_") or "kind")
    taken = {kind.id for kind in catalogue.kinds}
    key, rank = base, 2
    while key in taken:
        key, rank = f"{base}_{rank}", rank + 1
    return key


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two versions say differently.

    where: the kind, or the part of the file. what: empty where a whole kind came or went.
    old, new: in words; empty where there is none.
    """

    where: str
    what: str
    old: str
    new: str


def differences(before: Relationships, after: Relationships, kind: str = "") -> list[Difference]:
    """Everything two versions say differently, in the catalogue's order; of one kind, if it is named."""
    found: list[Difference] = []
    olds, news = _dumped(before), _dumped(after)
    names = {one.id: said(one.name) for one in (*before.kinds, *after.kinds)}
    for key in [*olds, *(key for key in news if key not in olds)]:
        if kind and key != kind:
            continue
        if key not in news:
            found.append(Difference(names[key], "", _definition(before, key), ""))
        elif key not in olds:
            found.append(Difference(names[key], "", "", _definition(after, key)))
        else:
            found += [
                Difference(names[key], _part(path, after), _words(old, names), _words(new, names))
                for path, old, new in _apart(olds[key], news[key])
            ]
    if not kind:
        old_rest, new_rest = (
            one.model_dump(mode="json", exclude={"kinds"}) for one in (before, after)
        )
        found += [
            Difference(" › ".join(path), _("le reste du fichier"), _words(old, names), _words(new, names))
            for path, old, new in _apart(old_rest, new_rest)
        ]  # fmt: skip
    return found


def edited_kinds(catalogue: Relationships, base: Relationships) -> dict[str, str]:
    """Kinds that do not say what the package says: `added` or `edited`."""
    shipped = _dumped(base)
    return {
        key: "edited" if key in shipped else "added"
        for key, content in _dumped(catalogue).items()
        if shipped.get(key) != content
    }


def claims_counted(catalogue: Relationships) -> dict[str, int]:
    """Of how many kinds in use what the customer wants is `read` in a source, `proposed` or the firm's `own`."""
    marks = Counter(
        {"P": "proposed", "K": "proposed", OWN: "own"}.get(kind.wants_source, "read")
        for kind in catalogue.in_use
    )
    return {claim: marks[claim] for claim in ("read", "proposed", "own")}


def _dumped(catalogue: Relationships) -> dict[str, dict[str, Any]]:
    return {kind.id: content_of(kind) for kind in catalogue.kinds}


def _differing(base: Mapping[str, Any], content: Mapping[str, Any]) -> Edits:
    """Only what differs, at any depth of mappings."""
    differs: Edits = {}
    for part, value in content.items():
        old = base.get(part)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            if below := _differing(old, value):
                differs[part] = below
        elif value != old:
            differs[part] = value
    return differs


def _apart(
    old: Mapping[str, Any], new: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    for part in [*old, *(part for part in new if part not in old)]:
        one, other = old.get(part), new.get(part)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _apart(one, other, (*path, part))
        elif one != other:
            yield (*path, part), one, other


def _part(path: tuple[str, ...], catalogue: Relationships) -> str:
    first = str(PARTS.get(path[0], path[0]))
    if len(path) == 1:
        return first
    scales = catalogue.axes | catalogue.treatments
    below = LANGUAGES.get(path[1]) or (said(scales[path[1]].name) if path[1] in scales else path[1])
    return f"{first}, {below}"


def _words(value: Any, names: Mapping[str, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, int | float):
        return number(value, 0 if float(value).is_integer() else 2)
    if isinstance(value, list):
        return " / ".join(_words(one, names) for one in value)
    return names.get(value, str(value))


def _definition(catalogue: Relationships, key: str) -> str:
    return said(catalogue.kind(key).definition)
