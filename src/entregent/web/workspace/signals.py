"""News of the firm's conventions, for rooms that stand on them."""

from django.dispatch import Signal

sector_changed = Signal()
"""The firm is of another trade; sent once that is stored."""
