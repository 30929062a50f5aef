"""Measurements of the integration; every result is a ratio within one run."""
