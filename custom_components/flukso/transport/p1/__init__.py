"""transport/p1."""
