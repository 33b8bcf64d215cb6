"""Catalogues: what the field knows, read from data, checked, edited by a firm, kept by version.

`shelf.shipped()` gives all of them as the package carries them; `edits.edited` puts a firm's own
edits over one; `shelf.take_into_force` keeps the old one when the new one cannot be read.
"""
