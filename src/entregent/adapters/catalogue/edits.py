"""A firm's own edits, put over a catalogue: edit an entry, add one, switch one off.

An edits file has the shape of its catalogue with only what changes; where the catalogue keeps a
list of entries, each with an `id`, the edits give a mapping from id to what changes:

    kinds:
      fling: {name: {fr: "Coup de cœur", en: "Fling"}}
      kinship: {switched_off: true}
      regular: {id: regular, ...}      # a kind of our own, in full
"""

from typing import Any

from entregent.adapters.catalogue.lined_yaml import LinedDocument, Path, read_lined
from entregent.adapters.catalogue.problems import CatalogueProblem, CatalogueRefused
from entregent.adapters.catalogue.validation import AnyCatalogue, checked


def edited(base: AnyCatalogue, edits_text: str, name: str) -> AnyCatalogue:
    """The catalogue with the edits over it.

    Raises CatalogueRefused, its lines pointing into the edits; `base` is left as it was.
    """
    edits = read_lined(edits_text, name)
    if edits.content is None:
        return base
    if not isinstance(edits.content, dict):
        raise CatalogueRefused(
            [CatalogueProblem(name, 1, (), "wrong", wanted=("clé : valeur", "key: value"))]
        )
    overlay = _Overlay(edits)
    content = overlay.over(base.model_dump(mode="json"), edits.content, (), ())
    return checked(LinedDocument(name, content, overlay.lines), type(base))


class _Overlay:
    """Lays edits over a whole, and learns the line where each edited part was written."""

    def __init__(self, edits: LinedDocument) -> None:
        self.edits = edits
        self.lines: dict[Path, int] = {}

    def over(self, base: Any, edit: Any, path: Path, edit_path: Path) -> Any:
        """`edit` laid over `base`; the paths lead to the part in the whole and in the edits."""
        self.lines[path] = self.edits.lines.get(edit_path, 1)
        if not isinstance(edit, dict):
            return self._replaced(edit, path, edit_path)
        if _is_list_of_entries(base):
            return self._over_entries(base, edit, path, edit_path)
        if isinstance(base, dict):
            laid = {
                key: self.over(base.get(key), value, (*path, key), (*edit_path, key))
                for key, value in edit.items()
            }
            return base | laid
        return self._replaced(edit, path, edit_path)

    def _over_entries(
        self, base: list[Any], edit: dict[str, Any], path: Path, edit_path: Path
    ) -> list[Any]:
        entries = list(base)
        ranks = {entry["id"]: rank for rank, entry in enumerate(base)}
        for key, value in edit.items():
            rank = ranks.get(key, len(entries))
            old = base[rank] if key in ranks else {"id": key}
            entries[rank : rank + 1] = [self.over(old, value, (*path, rank), (*edit_path, key))]
        return entries

    def _replaced(self, edit: Any, path: Path, edit_path: Path) -> Any:
        for below, line in self.edits.lines.items():
            if below[: len(edit_path)] == edit_path:
                self.lines[(*path, *below[len(edit_path) :])] = line
        return edit


def _is_list_of_entries(base: Any) -> bool:
    return isinstance(base, list) and bool(base) and isinstance(base[0], dict) and "id" in base[0]
