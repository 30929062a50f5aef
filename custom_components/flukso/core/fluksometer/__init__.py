"""Understand what a Fluksometer says over MQTT."""
