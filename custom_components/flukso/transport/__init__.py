"""Network side of the integration: bytes in, no Home Assistant."""
