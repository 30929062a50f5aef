"""devices/energy_meter."""
