"""devices/fluksometer_rest."""
