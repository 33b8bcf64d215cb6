"""Kinds of relationship: what they rest on, how they move, what they are worth.

Everything here takes tables (Ibis) and arrays, and a `KindSpace` that the catalogue fills. Nothing
here knows the names of the kinds: a firm may edit, add or switch off any of them.
"""
