"""The network: bytes in, nothing of Home Assistant."""
