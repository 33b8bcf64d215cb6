"""What the field knows, as data: each entry in French and English, with its source and status."""
