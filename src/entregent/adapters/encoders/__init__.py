"""Sentence encoders behind one port: which there are, and how to open one."""

from entregent.adapters.encoders.opening import (
    CARRIED,
    PROFILES,
    UnknownEncoder,
    open_encoder,
)
from entregent.adapters.encoders.port import ContextEncoder, Encoder, EncoderAbsent
from entregent.adapters.encoders.tuned import TUNED

__all__ = [
    "CARRIED",
    "PROFILES",
    "TUNED",
    "ContextEncoder",
    "Encoder",
    "EncoderAbsent",
    "UnknownEncoder",
    "open_encoder",
]
