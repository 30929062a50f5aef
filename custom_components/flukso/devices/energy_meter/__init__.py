"""A meter that other integrations read."""
