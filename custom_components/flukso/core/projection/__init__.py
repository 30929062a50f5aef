"""How the running window is likely to end, learned from the powers of this home."""
