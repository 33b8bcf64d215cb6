"""The workbench in the browser: shared ground, then one Django app per room of the domain."""
