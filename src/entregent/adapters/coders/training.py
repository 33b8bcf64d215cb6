"""Train a coder from coded examples."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from entregent.adapters.coders.coder import TrainedCoder, coder_name, encoder_signature
from entregent.adapters.coders.examples import CodedSet
from entregent.adapters.encoders import Encoder
from entregent.engine.voice.coders import Panel, Recipe, chosen_recipe, train_panel
from entregent.engine.voice.examples import (
    SEGMENT_CODES,
    TEXT_CODES,
    UTTERANCE_CODES,
    Example,
    joined_neighbours,
)

JOINED = 0.5
"""Examples said in one breath, made for every one written by a person."""

RECIPES: Mapping[str, Recipe] = {
    "segment": Recipe(),
    "text": Recipe(strength=0.4, setting=0.0),
    "utterance": Recipe(),
}


def train_coder(
    examples: CodedSet,
    encoder: Encoder,
    *,
    profile: str,
    recipes: Mapping[str, Recipe] = RECIPES,
) -> TrainedCoder:
    """Learn every code the examples hold; its card says only what it was trained on.

    Raises TooFewExamples when a code cannot be learned.
    """
    panels = train_panels(examples, encoder, recipes=recipes)
    return TrainedCoder(
        encoder, panels, first_card(panels, encoder, examples, profile=profile, recipes=recipes)
    )


def first_card(
    panels: Mapping[str, Panel],
    encoder: Encoder,
    examples: CodedSet,
    *,
    profile: str,
    recipes: Mapping[str, Recipe] = RECIPES,
) -> dict[str, Any]:
    """A card that says what was learned from, and where the coder abstains; no scores yet."""
    return {
        "coder": coder_name(profile, panels),
        "profile": profile,
        "encoder": encoder_signature(encoder),
        "panels": sorted(panels),
        "trained_on": _counts(examples),
        "recipes": {unit: dataclasses.asdict(recipes[unit]) for unit in sorted(panels)},
        "codes": {
            head.code: {
                "stated_precision": head.precision,
                "abstains_below": dict(zip(head.values, head.thresholds.round(3), strict=True)),
            }
            for panel in panels.values()
            for head in panel.heads
        },
    }


def train_panels(
    examples: CodedSet, encoder: Encoder, *, recipes: Mapping[str, Recipe] = RECIPES
) -> dict[str, Panel]:
    """One panel for each unit of which there are examples."""
    return {
        unit: train_panel(
            unit,
            codes,
            rows,
            encoder.encode,
            encoder=encoder_signature(encoder),
            made=made_examples(unit, rows, recipes[unit]),
            recipe=recipes[unit],
        )
        for unit, (rows, codes) in units_of(examples).items()
    }


def chosen_recipes(examples: CodedSet, encoder: Encoder) -> dict[str, Recipe]:
    """For each unit the recipe that reads examples held out of these best, starting from ours."""
    return {
        unit: chosen_recipe(codes, rows, encoder.encode, start=RECIPES[unit])
        for unit, (rows, codes) in units_of(examples).items()
    }


def units_of(examples: CodedSet) -> dict[str, tuple[Sequence[Example], tuple[str, ...]]]:
    """Examples and codes of each unit of which there are examples."""
    units = {
        "segment": (examples.segments, SEGMENT_CODES),
        "text": (examples.texts, TEXT_CODES),
        "utterance": (examples.utterances, UTTERANCE_CODES),
    }
    return {unit: found for unit, found in units.items() if found[0]}


def made_examples(unit: str, examples: Sequence[Example], recipe: Recipe) -> list[Example]:
    """What is learned from beside what people wrote; what was said before an utterance is one
    person's, so that utterances are not joined."""
    if unit == "utterance":
        return []
    return joined_neighbours(examples, int(JOINED * len(examples)), folds=recipe.folds)


def _counts(examples: CodedSet) -> dict[str, dict[str, int]]:
    return {
        name: {
            language: sum(one.language == language for one in rows)
            for language in sorted({one.language for one in rows})
        }
        for name, rows in (
            ("segments", examples.segments),
            ("texts", examples.texts),
            ("utterances", examples.utterances),
        )
    }
