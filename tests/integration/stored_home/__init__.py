"""The stored home: its devices, its Home Assistant, and what is told in it."""
