"""Customers' words: cut, recognised, coded, grouped and masked, each figure with its doubt."""
