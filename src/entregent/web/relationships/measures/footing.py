"""The firm's own footing of a model, kept with a reckoning and put back for customers one by one."""

from dataclasses import replace
from typing import Any

import numpy as np

from entregent.engine.relationship.profiling import ProfileModel


def footing_of(model: ProfileModel) -> dict[str, Any]:
    """What each signal is expected to read in this firm, and its texts to say, as it is kept."""
    fitted = model.kinds
    return {
        "text_shares": dict(model.text_shares),
        "kinds": list(fitted.space.kinds),
        "signals": {
            signal.name: {
                "noise": signal.noise,
                "noise_per_piece": signal.noise_per_piece,
                "expected": np.round(fitted.signals.expected[rank], 4).tolist(),
            }
            for rank, signal in enumerate(fitted.signals.signals)
        },
    }


def standing_on(model: ProfileModel, footing: dict[str, Any]) -> ProfileModel:
    """The model with the firm's footing put back; as it was where the catalogue has changed since."""
    kinds = model.kinds
    kept = footing.get("signals", {})
    if footing.get("kinds") != list(kinds.space.kinds):
        return model
    signals, expected = list(kinds.signals.signals), kinds.signals.expected.copy()
    for rank, signal in enumerate(signals):
        if (its := kept.get(signal.name)) is not None:
            expected[rank] = its["expected"]
            signals[rank] = replace(
                signal, noise=its["noise"], noise_per_piece=its["noise_per_piece"]
            )
    fitted = replace(kinds.signals, signals=tuple(signals), expected=expected)
    return replace(
        model,
        kinds=replace(kinds, signals=fitted),
        text_shares=footing.get("text_shares", {}),
    )
