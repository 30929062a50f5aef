"""The pure part: what devices say, and what the grid company makes of it."""
