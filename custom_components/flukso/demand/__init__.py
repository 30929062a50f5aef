"""The demand meter inside Home Assistant, whatever measures."""
