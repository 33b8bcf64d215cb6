"""Journeys counted: what follows what, how long it takes, where it loops, switches and ends."""
