"""News of the evidence, for rooms that stand on it."""

from django.dispatch import Signal

snapshot_refreshed = Signal()
"""The snapshot has moved on to a new version; sent by the worker that refreshed it."""
