"""devices/fluksometer."""
