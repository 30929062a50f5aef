"""Sums of energy by the hour."""
