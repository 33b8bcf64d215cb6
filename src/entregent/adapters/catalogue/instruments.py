"""The catalogue of instruments."""

from typing import Literal

from pydantic import Field, model_validator

from entregent.adapters.catalogue.validation import (
    Bilingual,
    Catalogue,
    Conflict,
    Entry,
    Name,
    Status,
    Words,
    known,
)
from entregent.engine.relationship.replies import FacetItem, reply_column


class Anchors(Entry):
    low: float
    high: float
    from_: Bilingual = Field(alias="from")
    to: Bilingual


class Item(Entry):
    """One question. `form` tells how it is answered; a `scale` item takes the instrument's scale."""

    id: Name
    form: Literal["scale", "differential", "choice_of_kind", "yes_no", "number"] = "scale"
    text: Bilingual
    axis: Name | None = None
    low: float | None = None
    high: float | None = None
    from_: Bilingual | None = Field(default=None, alias="from")
    to: Bilingual | None = None
    reversed: bool = False


class Facet(Entry):
    name: Bilingual
    items: tuple[Name, ...]


class Instrument(Entry):
    """A set of questions asked together, and how its items gather into facets."""

    id: Name
    name: Bilingual
    measures: Bilingual
    source: Words
    status: Status
    minutes: int
    scale: Name | None = None
    about_a_change: bool = False
    facets: dict[Name, Facet] = Field(default_factory=dict)
    items: tuple[Item, ...]
    switched_off: bool = False

    @model_validator(mode="after")
    def _every_item_can_be_answered(self) -> "Instrument":
        for name, facet in self.facets.items():
            known(("facets", name), facet.items, [item.id for item in self.items])
        for rank, item in enumerate(self.items):
            at = ("items", rank)
            if item.form == "scale" and self.scale is None:
                raise Conflict(
                    "l’instrument n’a pas d’échelle.", "the instrument has no scale.", at
                )
            if item.form == "differential" and (item.low is None or item.high is None):
                raise Conflict("il manque low ou high.", "low or high is missing.", at)
        return self


class Instruments(Catalogue):
    scales: dict[Name, Anchors]
    read_as: dict[Words, tuple[Words, ...]] = Field(default_factory=dict)
    instruments: tuple[Instrument, ...]

    @model_validator(mode="after")
    def _scales_are_known(self) -> "Instruments":
        for rank, instrument in enumerate(self.instruments):
            if instrument.scale is not None:
                known(("instruments", rank, "scale"), [instrument.scale], self.scales)
        ours = [
            f"{instrument.id}.{item.id}"
            for instrument in self.instruments
            for item in instrument.items
        ]
        for item in self.read_as:
            known(("read_as", item), [item], ours)
        return self

    def instrument(self, instrument_id: str) -> Instrument:
        """Raises KeyError."""
        return {instrument.id: instrument for instrument in self.instruments}[instrument_id]

    def facets(self) -> dict[str, tuple[FacetItem, ...]]:
        """For each facet in use, `instrument.facet`, the items to average and their scales."""
        found = {}
        for instrument in self.instruments:
            if instrument.switched_off or instrument.scale is None:
                continue
            scale = self.scales[instrument.scale]
            items = {item.id: item for item in instrument.items}
            for name, facet in instrument.facets.items():
                found[f"{instrument.id}.{name}"] = tuple(
                    FacetItem(
                        reply_column(instrument.id, item),
                        scale.low,
                        scale.high,
                        items[item].reversed,
                    )
                    for item in facet.items
                )
        return found

    def columns_read_as(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """For each column of ours, the (instrument, item) of the firm's own that stand in for it."""
        return {
            column: tuple(_pair(own) for own in owns)
            for column, owns in self.read_as.items()
            if not column.endswith(".metaphor")
        }

    def metaphors(self) -> tuple[tuple[str, str], ...]:
        """(instrument, item) of the questions answered by a kind of relationship, ours first."""
        ours = [
            (instrument.id, item.id)
            for instrument in self.instruments
            for item in instrument.items
            if item.form == "choice_of_kind"
        ]
        owns = [_pair(own) for pair in ours for own in self.read_as.get(".".join(pair), ())]
        return (*ours, *owns)

    def items_to_read(self) -> list[tuple[str, str | None]]:
        """(instrument, item) of every question in use that is answered by a number."""
        return [
            (instrument.id, item.id)
            for instrument in self.instruments
            if not instrument.switched_off
            for item in instrument.items
            if item.form != "choice_of_kind"
        ]


def _pair(column: str) -> tuple[str, str]:
    instrument, _, item = column.partition(".")
    return instrument, item
