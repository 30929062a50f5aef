"""devices/fluksometer/history."""
