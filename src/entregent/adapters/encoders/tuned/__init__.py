"""A small transformer, tuned on the package's own examples, that reads words in their context."""

from entregent.adapters.encoders.tuned.encoder import TUNED, TunedEncoder, tuned_encoder

__all__ = ["TUNED", "TunedEncoder", "tuned_encoder"]
