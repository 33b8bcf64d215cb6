"""The workbench at a shell prompt."""
