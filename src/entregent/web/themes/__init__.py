"""What customers speak about: themes proposed from their words, kept by people, followed over time."""
