"""Open an encoder by its name: a profile, a model of sentence-transformers, or a server."""

from collections.abc import Callable, Mapping

from entregent.adapters.encoders.accurate import AccurateEncoder
from entregent.adapters.encoders.combined import CombinedEncoder
from entregent.adapters.encoders.endpoint import EndpointEncoder
from entregent.adapters.encoders.installed import SentenceTransformersEncoder
from entregent.adapters.encoders.multilingual import MultilingualEncoder
from entregent.adapters.encoders.port import Encoder
from entregent.adapters.encoders.static import fast_encoder
from entregent.adapters.encoders.tuned import TUNED, tuned_encoder


class UnknownEncoder(Exception):
    """No encoder has this name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"no encoder is called {name}; there are {', '.join(CARRIED)}, "
            "sentence-transformers:MODEL and http(s)://…/v1#MODEL"
        )


def _accurate() -> Encoder:
    return CombinedEncoder("accurate", [AccurateEncoder(), MultilingualEncoder()])


PROFILES: Mapping[str, Callable[[], Encoder]] = {
    "fast": fast_encoder,
    "multilingual": MultilingualEncoder,
    "accurate": _accurate,
}
"""Encoders on whose vectors heads are trained, with the heads that the package carries."""

CARRIED: Mapping[str, Callable[[], Encoder]] = {**PROFILES, TUNED: tuned_encoder}
"""Every profile that the package carries. The tuned encoder learned with its own heads from the
package's examples, so that vectors of these examples would flatter any other head."""


def open_encoder(name: str, *, key: str = "") -> Encoder:
    """The encoder of that name.

    name: a profile, `sentence-transformers:MODEL`, or a server's address with `#MODEL`.
    key: for a server that asks one.
    Raises UnknownEncoder, or EncoderAbsent when it is not installed or does not answer.
    """
    if name in CARRIED:
        return CARRIED[name]()
    kind, _, model = name.partition(":")
    if kind == "sentence-transformers" and model:
        return SentenceTransformersEncoder(model)
    if kind in {"http", "https"} and "#" in name:
        address, _, model = name.rpartition("#")
        return EndpointEncoder(address, model, key=key)
    raise UnknownEncoder(name)
