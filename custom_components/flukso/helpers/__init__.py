"""Small tools on top of Home Assistant."""
