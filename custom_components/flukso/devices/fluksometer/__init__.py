"""A Fluksometer that publishes over MQTT."""
