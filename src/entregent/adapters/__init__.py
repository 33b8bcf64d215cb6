"""The outside world: readers, encoders, writers and engines."""
