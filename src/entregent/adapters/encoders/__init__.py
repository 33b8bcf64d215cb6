"""Sentence encoders behind one port: which there are, and how to open one."""

from entregent.adapters.encoders.opening import PROFILES, UnknownEncoder, open_encoder
from entregent.adapters.encoders.port import Encoder, EncoderAbsent

__all__ = ["PROFILES", "Encoder", "EncoderAbsent", "UnknownEncoder", "open_encoder"]
