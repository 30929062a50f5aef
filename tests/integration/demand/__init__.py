"""The demand meter inside Home Assistant."""
