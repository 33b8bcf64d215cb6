"""Entregent: a relational-intelligence workbench."""
