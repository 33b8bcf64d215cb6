"""Warnings as part of the result: what a reader must know before using a figure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caution:
    """One reason to doubt.

    code: a stable name that pages translate from.  fact: the same in English, with its figures.
    """

    code: str
    fact: str
