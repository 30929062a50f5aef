"""Counters and powers of several sensors, added up to a grid connection."""
