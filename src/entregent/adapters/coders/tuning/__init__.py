"""Tune a small transformer on coded examples: torch is needed here and nowhere else."""
