"""transport/mqtt."""
