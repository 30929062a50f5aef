"""devices/quarter_monitor."""
