"""devices/p1."""
