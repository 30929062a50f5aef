"""Months: their peaks, what the next kW costs, the bill."""
