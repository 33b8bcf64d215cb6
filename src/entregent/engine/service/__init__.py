"""Service: how long customers wait, how many people it takes, and how complaints are handled."""
